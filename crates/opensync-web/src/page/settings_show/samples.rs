//! Settings to look at: what tests and the gallery render.

use opensync_store::{LastReceived, ListedKey, Scope, Tombstone, TombstonePage};
use opensync_sync::report::{
    Doctor, ProblemReport, ReasonReport, RootReport, SourceReport, UnknownReport, VersionReport,
};

use super::SettingsShowPage;
use super::deleted::Deleted;
use super::keys::{KeyForm, Keys};
use super::plugins::Plugins;
use crate::page::shell::Shell;

/// Every sample by name.
pub fn samples(shell: &Shell) -> Vec<(&'static str, SettingsShowPage)> {
    let (address, secret) = ("http://127.0.0.1:6796", "osk_4nVwZr8yLqT2cB6mXeJ1hKfD0aSgU7pi");
    let listed = Keys::new(&keys(), shell).showing("Work laptop", secret);
    let form = KeyForm { name: String::new(), scopes: Vec::new(), complaint: Some("Tick what it may do.".to_owned()) };
    let none = Keys::new(&[], shell).filled(form);
    vec![
        (
            "settings",
            SettingsShowPage::new(
                shell.clone(),
                &doctor(),
                (listed.asking("k2"), Plugins::new(address, Some(secret), &received(), shell)),
                deleted(shell),
            ),
        ),
        (
            "settings-server",
            SettingsShowPage::new(
                shell.clone(),
                &server(),
                (none, Plugins::new(address, None, &[], shell)),
                Deleted::default(),
            ),
        ),
    ]
}

fn received() -> Vec<LastReceived> {
    vec![LastReceived { source: "pi".to_owned(), at: 1_795_427_160_000, sessions: 12 }]
}

fn keys() -> Vec<ListedKey> {
    let key = |n: u32, name: &str, scopes: &[Scope], last_used_at| ListedKey {
        id: format!("k{n}"),
        name: name.to_owned(),
        prefix: format!("osk_8Kd{n}"),
        scopes: scopes.to_vec(),
        created_at: 1_795_000_000_000,
        last_used_at,
    };
    vec![
        key(1, "Work laptop", &[Scope::Sync, Scope::Read], None),
        key(2, "CI <b>eval</b> export", &Scope::ALL, Some(1_795_427_160_000)),
        key(3, "Old desktop", &[], Some(1_790_000_000_000)),
    ]
}

fn deleted(shell: &Shell) -> Deleted {
    let tombstone = |n: u64| Tombstone {
        source: if n == 0 { "claude-code" } else { "pi" }.to_owned(),
        external_id: format!("4b1e7c92-0d5a-4c1e-9a41-6b0d1f6a8c1{n}"),
        deleted_at: 1_795_427_000_000,
    };
    let page = TombstonePage { tombstones: (0..3).map(tombstone).collect(), total: 60 };
    Deleted::new(&page, 0, shell)
}

fn source(id: &str, name: &str, folder: &str, files: u64) -> SourceReport {
    SourceReport {
        source: id.to_owned(),
        name: name.to_owned(),
        supported: true,
        roots: vec![RootReport { path: format!("/home/mara/{folder}"), exists: files > 0 }],
        files_seen: files,
        files_imported: files,
        files_waiting: 0,
        sessions_found: files,
        sessions: files,
        last_change: (files > 0).then_some(1_795_427_000_000),
        last_import: (files > 0).then_some(1_795_427_160_000),
        versions: if files > 0 { vec![VersionReport { version: None, sessions: files }] } else { Vec::new() },
        unknown: Vec::new(),
        reasons: Vec::new(),
        problems: Vec::new(),
        problem_count: 0,
    }
}

fn doctor() -> Doctor {
    let problem = |line, kind: &str, reason: &str| ProblemReport {
        file: "/home/mara/.claude/projects/-src-ledgerline/4b1e7c92-0d5a-4c1e-9a41-6b0d1f6a8c11.jsonl".to_owned(),
        line,
        kind: kind.to_owned(),
        reason: reason.to_owned(),
    };
    let version = |version: &str, sessions| VersionReport { version: Some(version.to_owned()), sessions };
    let claude = SourceReport {
        files_imported: 1_858,
        files_waiting: 3,
        sessions: 1_846,
        versions: vec![
            version("2.1.197", 1_204),
            version("2.1.150", 640),
            VersionReport { version: None, sessions: 2 },
        ],
        unknown: vec![UnknownReport { name: "record type `agent-<b>color</b>`".to_owned(), count: 214, files: 31 }],
        reasons: vec![ReasonReport {
            kind: "damaged".to_owned(),
            reason: "no valid JSON".to_owned(),
            count: 54,
            files: 3,
        }],
        problems: vec![
            problem(Some(214), "damaged", "no valid JSON"),
            problem(None, "unreadable", "Permission denied (os error 13)"),
            problem(Some(7), "unknown", "record type `agent-<b>color</b>` (214 of them)"),
        ],
        problem_count: 57,
        ..source("claude-code", "Claude Code", ".claude/projects", 1_861)
    };
    Doctor {
        archive: "/home/mara/.local/share/opensync/archive.db".to_owned(),
        engine: "sqlite".to_owned(),
        archive_bytes: 1_400_000_000,
        sources: vec![
            source("opencode", "OpenCode", ".local/share/opencode", 412),
            claude,
            source("codex-cli", "Codex CLI", ".codex", 903),
            source("cursor", "Cursor", ".config/Cursor/User", 0),
            SourceReport { supported: false, ..source("factory-droid", "Factory Droid", ".factory/sessions", 0) },
            source("pi", "Pi", ".pi/agent/sessions", 67),
        ],
    }
}

fn server() -> Doctor {
    Doctor { archive: "postgres://opensync@db.example/opensync".to_owned(), engine: "postgres".to_owned(), ..doctor() }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::page::samples::shell;

    #[test]
    fn each_tool_says_what_came_in_and_what_did_not() {
        let html = samples(&shell()).remove(0).1.render().unwrap();
        for text in [
            "3,240 of 3,243 files imported",
            "3 waiting, 54 skipped, 1 unknown type",
            "4b1e7c92-0d5a-4c1e-9a41-6b0d1f6a8c11.jsonl:214",
            "and 54 more",
            "2.1.197",
            "1,204 sessions",
            "not recorded",
            "214 in 31 files",
            "54 in 3 files",
            "1.4 GB",
            "6m ago",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert!(!html.contains("<b>color") && !html.contains("<b>eval"), "names come from files and forms");
        assert!(samples(&shell()).remove(1).1.render().unwrap().contains("PostgreSQL"));
    }
}
