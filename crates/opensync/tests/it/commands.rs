//! Versions, help, completions and keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Ended, Machine, failed, succeeded};

fn bare(machine: &Machine, arguments: &[&str]) -> Ended {
    machine.bare(arguments).output().unwrap().into()
}

/// The commands a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    commands
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_version_names_the_commit() {
    let text = succeeded(bare(&Machine::new(), &["--version"]));
    let version = concat!("opensync ", env!("CARGO_PKG_VERSION"), " (");
    let commit = text.trim_end().strip_prefix(version).and_then(|rest| rest.strip_suffix(')')).unwrap();
    let is_hash = commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown commit", "{text}");
}

#[test]
fn the_help_of_every_command_has_an_example() {
    let machine = Machine::new();
    let mut waiting = vec![Vec::<String>::new()];
    let mut seen = BTreeSet::new();
    while let Some(command) = waiting.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = succeeded(bare(&machine, &arguments));
        assert!(help.contains("Example"), "{command:?}: {help}");
        let example = format!("opensync {}", command.join(" "));
        assert!(help.contains(example.trim_end()), "{command:?}: {help}");
        for name in listed(&help) {
            waiting.push(command.iter().cloned().chain([name]).collect());
        }
        seen.insert(command.join(" "));
    }
    let known = [
        "",
        "compact",
        "completions",
        "config",
        "doctor",
        "import",
        "key",
        "key create",
        "key list",
        "key revoke",
        "push install",
        "serve",
    ];
    for command in known {
        assert!(seen.contains(command), "{command:?} is not in {seen:?}");
    }
}

#[test]
fn every_shell_gets_completions_without_touching_the_archive() {
    let machine = Machine::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.ok(&["completions", shell]);
        for word in ["opensync", "doctor", "data-dir"] {
            assert!(script.contains(word), "{word} for {shell}");
        }
    }
    assert!(!machine.path("data").exists());
    failed(machine.run(&["completions", "cobol"]));
}

#[test]
fn compacting_says_what_it_gave_back() {
    let machine = Machine::with_real_sessions();
    machine.import(&[]);
    let said = machine.ok(&["compact"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("Before: ") && lines[1].starts_with("After:  "), "{said}");
    assert_eq!(lines.len(), 2);
    // The archive is whole.
    assert!(machine.import(&[]).values().all(|counts| counts["imported"] == 0));
}

#[test]
fn a_key_is_all_that_is_printed_when_one_is_made() {
    let machine = Machine::new();
    let ended = machine.run(&["key", "create", "laptop"]);
    assert!(ended.stderr.contains("not shown again"), "{ended:?}");
    let text = succeeded(ended);
    let key = text.strip_suffix('\n').unwrap();
    let secret = key.strip_prefix("osk_").unwrap();
    assert_eq!(secret.len(), 32);
    assert!(secret.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)), "{key}");
    assert_ne!(machine.key(), key);
    let kept = machine.archive();
    assert!(
        kept.values().all(|bytes| !bytes.windows(32).any(|window| window == secret.as_bytes())),
        "only its hash is kept"
    );
}

#[test]
fn a_key_can_be_limited_and_an_unknown_right_is_refused() {
    let machine = Machine::new();
    let key = machine.ok(&["key", "create", "hook", "--scope", "sync"]);
    let server = machine.serve(&["--no-import"]);
    assert_eq!(server.get("/api/sessions", Some(key.trim_end())).status, 403);
    let message = failed(machine.run(&["key", "create", "x", "--scope", "root"]));
    for word in ["root", "sync", "read", "admin"] {
        assert!(message.contains(word), "{word}: {message}");
    }
    let message = failed(machine.run(&["key", "create", " "]));
    assert!(message.contains("opensync key create"), "{message}");
}

#[test]
fn doctor_says_of_every_known_tool_whether_it_was_found() {
    let machine = Machine::with_real_sessions();
    machine.ok(&["import"]);
    let text = machine.ok(&["doctor"]);
    for name in ["OpenCode", "Claude Code", "Codex CLI", "Cursor", "Factory Droid", "Pi", "Gemini CLI"] {
        assert!(text.lines().any(|line| line == name), "{name}: {text}");
    }
    assert!(text.contains("14 files seen, 14 imported, 0 new or changed since; 14 sessions in the archive"), "{text}");
    assert!(text.contains(&*machine.path("data/archive.db").to_string_lossy()), "{text}");
    assert!(text.contains("written by client versions, with sessions: 2.1.197 (14)"), "{text}");
    assert!(text.contains("last change 20") && text.contains("last import 20"), "{text}");
    let report = machine.doctor();
    assert_eq!(report["claude-code"]["versions"], json!([{"version": "2.1.197", "sessions": 14}]));
    assert_eq!(report["claude-code"]["sessionsFound"], 14);
    assert!(report["claude-code"]["lastChange"].as_i64() > Some(1_700_000_000_000));
    assert!(report["claude-code"]["lastImport"].as_i64() > Some(1_700_000_000_000));
    assert_eq!(report["codex-cli"]["versions"].as_array().unwrap().len(), 2);
    assert_eq!((&report["pi"]["unknown"], &report["pi"]["reasons"]), (&json!([]), &json!([])));
    assert_eq!(report.len(), 7);
    for (source, supported) in [("claude-code", true), ("codex-cli", true), ("pi", true), ("cursor", true)] {
        assert_eq!(report[source]["supported"], supported, "{source}");
    }
}

#[test]
fn doctor_names_what_a_store_has_that_nobody_knows() {
    let machine = Machine::with_real_sessions();
    let transcript = machine.home().join(".claude/projects/-home-dev-work-checkout-api");
    let path = transcript.join("bc44bb71-7c8b-404c-a9b8-68011b04f1cf.jsonl");
    let renamed = std::fs::read_to_string(&path).unwrap().replace("\"type\":\"assistant\"", "\"type\":\"answer\"");
    std::fs::write(&path, format!("{renamed}broken\nbroken\n")).unwrap();
    machine.ok(&["import"]);
    let report = machine.doctor().remove("claude-code").unwrap();
    let unknown = &report["unknown"][0];
    assert_eq!((&unknown["name"], &unknown["files"]), (&json!("record type `answer`"), &json!(1)));
    assert!(unknown["count"].as_u64() > Some(0));
    assert_eq!((&report["reasons"][0]["kind"], &report["reasons"][0]["count"]), (&json!("damaged"), &json!(2)));
    let text = machine.ok(&["doctor"]);
    assert!(text.contains("unknown: record type `answer`"), "{text}");
    assert!(text.contains("2 x ") && text.contains("(damaged), in 1 files"), "{text}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_a_new_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    machine.ok(&["doctor"]);
    let mode = std::fs::metadata(machine.path("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn keys_are_listed_without_their_secrets() {
    let machine = Machine::new();
    let ended = machine.run(&["key", "list"]);
    assert!(ended.stderr.contains("opensync key create") && ended.stdout.is_empty(), "{ended:?}");
    assert_eq!(serde_json::from_str::<Value>(&machine.ok(&["key", "list", "--json"])).unwrap(), json!([]));
    let secret = machine.ok(&["key", "create", "laptop", "--scope", "sync,read"]);
    let (prefix, secret) = secret.trim_end().split_at(8);
    let text = machine.ok(&["key", "list"]);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["NAME", "BEGINS", "MAY", "CREATED", "LAST", "USED"]);
    assert_eq!((&lines[1][..3], lines[1][4]), (["laptop", prefix, "sync,read"].as_slice(), "never"));
    assert!(!text.contains(secret), "{text}");
    let json: Value = serde_json::from_str(&machine.ok(&["key", "list", "--json"])).unwrap();
    assert_eq!((&json[0]["name"], &json[0]["scopes"]), (&json!("laptop"), &json!(["sync", "read"])));
    assert_eq!((&json[0]["prefix"], &json[0]["lastUsedAt"]), (&json!(prefix), &Value::Null));
    assert!(json[0]["createdAt"].is_i64() && !json.to_string().contains(secret));
}

#[test]
fn a_revoked_key_is_refused_while_the_server_runs() {
    let machine = Machine::new();
    let (one, two) = (machine.ok(&["key", "create", "one"]), machine.ok(&["key", "create", "two"]));
    let (one, two) = (one.trim_end(), two.trim_end());
    let server = machine.serve(&["--no-import"]);
    let status = |key: &str| server.get("/api/sessions", Some(key)).status;
    assert_eq!((status(one), status(two)), (200, 200));
    let ended = machine.run(&["key", "revoke", "one"]);
    assert!(ended.stderr.contains("one (osk_"), "{ended:?}");
    succeeded(ended);
    assert_eq!((status(one), status(two)), (401, 200));
    machine.ok(&["key", "revoke", &two[..8]]);
    assert_eq!(status(two), 401);
}

#[test]
fn a_key_that_is_not_there_or_not_clear_is_not_revoked() {
    let machine = Machine::new();
    for _ in 0..2 {
        machine.ok(&["key", "create", "same"]);
    }
    let message = failed(machine.run(&["key", "revoke", "same"]));
    let json: Value = serde_json::from_str(&machine.ok(&["key", "list", "--json"])).unwrap();
    let keys = json.as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(message.contains(key["id"].as_str().unwrap()) && message.contains(key["prefix"].as_str().unwrap()));
    }
    let unknown = format!("osk_{}", "-".repeat(32));
    for wrong in ["other", "osk_", unknown.as_str()] {
        let message = failed(machine.run(&["key", "revoke", wrong]));
        assert!(message.contains("opensync key list") && !message.contains(&unknown), "{message}");
    }
    machine.ok(&["key", "revoke", keys[1]["id"].as_str().unwrap()]);
    machine.ok(&["key", "revoke", "same"]);
    assert_eq!(machine.ok(&["key", "list", "--json"]).trim(), "[]");
}
