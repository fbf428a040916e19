//! What `import` says, writes and leaves alone; the archive against what the real clients were billed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Machine, REAL, expected, failed, real_sessions, succeeded};
use crate::transcript::{Transcript, short};

/// Row of a source in a summary.
fn row(source: &str, found: u64, imported: u64, updated: u64, unchanged: u64, problems: u64) -> Value {
    json!({
        "source": source, "found": found, "imported": imported, "updated": updated, "unchanged": unchanged,
        "problems": problems,
    })
}

/// The numbers behind each name in the printed table.
fn table(text: &str) -> BTreeMap<&str, Vec<u64>> {
    text.lines()
        .filter_map(|line| {
            let name = REAL.iter().map(|(_, name, _)| *name).find(|name| line.starts_with(name))?;
            Some((name, line[name.len()..].split_whitespace().map(|cell| cell.parse().unwrap()).collect()))
        })
        .collect()
}

#[test]
fn the_summary_counts_every_session_of_every_source() {
    let machine = Machine::with_real_sessions();
    let text = machine.ok(&["import"]);
    assert_eq!(table(&text), REAL.iter().map(|(_, name, n)| (*name, vec![*n, *n, 0, 0, 0])).collect(), "{text}");
    assert!(text.contains(&format!("{} new and 0 changed", real_sessions())), "{text}");
}

#[test]
fn the_summary_as_json_has_exactly_the_documented_fields() {
    let machine = Machine::with_real_sessions();
    let text = machine.ok(&["import", "--json"]);
    assert_eq!(text.lines().count(), 1, "one line, for programs: {text}");
    let mut summary: Value = serde_json::from_str(&text).unwrap();
    assert!(summary["durationMs"].as_u64().is_some());
    summary["durationMs"] = json!(0);
    let known = opensync_sources::KNOWN.iter().map(|about| about.id);
    let found = |id: &str| REAL.iter().find(|(source, ..)| *source == id).map_or(0, |(.., n)| *n);
    let sources: Vec<Value> = known.map(|id| row(id, found(id), found(id), 0, 0, 0)).collect();
    assert_eq!(summary, json!({ "sources": sources, "durationMs": 0 }));
}

#[test]
fn a_second_import_writes_nothing_and_says_so() {
    let machine = Machine::with_real_sessions();
    machine.ok(&["import"]);
    let before = machine.archive();
    let text = machine.ok(&["import"]);
    assert_eq!(table(&text), REAL.iter().map(|(_, name, n)| (*name, vec![*n, 0, 0, *n, 0])).collect());
    assert!(text.contains("nothing was written"), "{text}");
    machine.ok(&["doctor"]);
    assert!(machine.archive() == before, "every byte of the archive is as it was");
}

#[test]
fn a_session_that_grew_is_the_only_one_updated() {
    let machine = Machine::new();
    let first = Transcript::new("S1", 540).turn("Begin", "Begun.");
    fs::write(machine.claude("S1.jsonl"), first.text()).unwrap();
    fs::write(machine.claude("S2.jsonl"), short("S2")).unwrap();
    assert_eq!(machine.import(&[])["claude-code"], row("claude-code", 2, 2, 0, 0, 0));
    let more = first.clone().turn("Go on", "Gone on.").text();
    let mut file = OpenOptions::new().append(true).open(machine.claude("S1.jsonl")).unwrap();
    file.write_all(&more.as_bytes()[first.text().len()..]).unwrap();
    assert_eq!(machine.import(&[])["claude-code"], row("claude-code", 2, 0, 1, 1, 0));
    let (key, server) = (machine.key(), machine.serve(&["--no-import"]));
    let counts: BTreeMap<String, Value> = server
        .sessions(&key, "")
        .iter()
        .map(|session| (session["externalId"].as_str().unwrap().to_owned(), session["messageCount"].clone()))
        .collect();
    assert_eq!(counts, BTreeMap::from([("S1".to_owned(), json!(4)), ("S2".to_owned(), json!(2))]));
}

#[test]
fn a_file_that_disappears_leaves_its_session_in_the_archive() {
    let machine = Machine::new();
    fs::write(machine.claude("S1.jsonl"), short("S1")).unwrap();
    machine.ok(&["import"]);
    fs::remove_file(machine.claude("S1.jsonl")).unwrap();
    assert_eq!(machine.import(&[])["claude-code"], row("claude-code", 0, 0, 0, 0, 0));
    assert_eq!(machine.doctor()["claude-code"]["sessions"], 1);
}

/// Compares the archive with what the clients' server billed, session by session and by source.
pub fn meets_expectations(sessions: &[Value], stats: &Value) {
    let expected = expected();
    let by_id: BTreeMap<&str, &Value> =
        sessions.iter().map(|session| (session["externalId"].as_str().unwrap(), session)).collect();
    let mut totals: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut compared = 0;
    for row in expected["sessions"].as_array().unwrap() {
        let Some(source) = REAL.iter().map(|real| real.0).find(|source| row["source"] == *source) else { continue };
        let label = &row["label"];
        let session = by_id[row["externalId"].as_str().unwrap()];
        compared += 1;
        for field in ["source", "title", "model", "provider", "projectPath", "gitBranch", "messageCount"] {
            assert_eq!(session[field], row[field], "{field} of {label}");
        }
        let figures = [
            ("promptTokens", &row["promptTokens"]),
            ("completionTokens", &row["completionTokens"]),
            ("totalTokens", &row["totalTokens"]),
            ("cacheReadTokens", &row["ledger"]["cacheRead"]),
            ("cacheWriteTokens", &row["ledger"]["cacheWrite"]),
            ("reasoningTokens", &row["ledger"]["reasoning"]),
        ];
        for (field, wanted) in figures {
            assert_eq!(&session[field], wanted, "{field} of {label}");
            *totals.entry((source, field)).or_default() += session[field].as_u64().unwrap_or(0);
        }
        *totals.entry((source, "messageCount")).or_default() += session["messageCount"].as_u64().unwrap();
        *totals.entry((source, "sessions")).or_default() += 1;
        let parent = row["parent"].as_str().map(|parent| by_id[parent]["id"].clone());
        assert_eq!(session["parentId"], parent.unwrap_or_default(), "parent of {label}");
        assert_eq!(session["relation"], row["relation"], "relation of {label}");
    }
    assert_eq!(sessions.len(), compared, "nothing else is in the archive");
    assert_eq!(by_id.len(), compared, "nothing is in it twice");
    let all = |field: &str| -> u64 {
        REAL.iter().map(|(source, ..)| expected["totalsBySource"][source][field].as_u64().unwrap()).sum()
    };
    for (source, ..) in REAL {
        let wanted = &expected["totalsBySource"][source];
        for (field, name) in [
            ("sessions", "sessions"),
            ("messageCount", "messageCount"),
            ("promptTokens", "promptTokens"),
            ("completionTokens", "completionTokens"),
            ("totalTokens", "totalTokens"),
            ("cacheReadTokens", "cacheRead"),
            ("cacheWriteTokens", "cacheWrite"),
            ("reasoningTokens", "reasoning"),
        ] {
            assert_eq!(wanted[name], totals[&(source, field)], "{field} of {source}");
        }
    }
    assert_eq!(stats["sessionCount"], all("sessions"));
    assert_eq!(stats["messageCount"], all("messageCount"));
    assert_eq!(stats["totalTokens"], all("totalTokens"));
}

#[test]
fn every_session_has_the_figures_its_server_billed() {
    let machine = Machine::with_real_sessions();
    machine.ok(&["import"]);
    let (key, server) = (machine.key(), machine.serve(&["--no-import"]));
    meets_expectations(&server.sessions(&key, ""), &server.get("/api/stats", Some(&key)).json());
}

#[test]
fn one_source_can_be_imported_alone_and_the_others_later() {
    let machine = Machine::with_real_sessions();
    let first = machine.import(&["--source", "codex-cli"]);
    assert_eq!(first, BTreeMap::from([("codex-cli".to_owned(), row("codex-cli", 16, 16, 0, 0, 0))]));
    let second = machine.import(&["--source", "Claude-Code,codex-cli"]);
    assert_eq!(second["claude-code"], row("claude-code", 14, 14, 0, 0, 0));
    assert_eq!(second["codex-cli"], row("codex-cli", 16, 0, 0, 16, 0));
}

#[test]
fn an_unknown_source_is_refused_with_the_choices() {
    let machine = Machine::with_real_sessions();
    let message = failed(machine.run(&["import", "--source", "emacs"]));
    for word in ["emacs", "claude-code", "codex-cli"] {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(!machine.path("data").exists(), "nothing was begun");
}

#[test]
fn a_home_directory_that_is_missing_is_an_error() {
    let machine = Machine::new();
    fs::remove_dir(machine.home()).unwrap();
    let message = failed(machine.run(&["import"]));
    assert!(message.contains(&*machine.home().to_string_lossy()), "{message}");
    assert!(message.contains("--home"), "where it was set: {message}");
}

#[test]
fn an_empty_home_directory_is_no_error_but_says_where_to_look() {
    let machine = Machine::new();
    let text = machine.ok(&["import"]);
    assert!(text.contains("No sessions were found") && text.contains("opensync doctor"), "{text}");
}

#[test]
fn the_tools_own_variables_move_their_stores() {
    let machine = Machine::with_real_sessions();
    let (claude, codex) = (machine.path("claude elsewhere"), machine.path("codex elsewhere"));
    fs::rename(machine.home().join(".claude"), &claude).unwrap();
    fs::rename(machine.home().join(".codex"), &codex).unwrap();
    assert_eq!(machine.import(&[])["claude-code"]["found"], 0);
    let mut command = machine.command(&["import", "--json"]);
    command.env("CLAUDE_CONFIG_DIR", &claude).env("CODEX_HOME", &codex);
    let summary: Value = serde_json::from_str(&succeeded(command.output().unwrap().into())).unwrap();
    assert_eq!(summary["sources"][1], row("claude-code", 14, 14, 0, 0, 0));
    assert_eq!(summary["sources"][2], row("codex-cli", 16, 16, 0, 0, 0));
    let mut doctor = machine.command(&["doctor", "--json"]);
    doctor.env("CLAUDE_CONFIG_DIR", &claude);
    let report: Value = serde_json::from_str(&succeeded(doctor.output().unwrap().into())).unwrap();
    let roots: BTreeSet<_> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["source"] == "claude-code")
        .flat_map(|row| row["roots"].as_array().unwrap().clone())
        .map(|root| (root["path"].as_str().unwrap().to_owned(), root["exists"] == true))
        .collect();
    assert_eq!(roots, BTreeSet::from([(claude.display().to_string(), true)]));
}

#[test]
fn the_sources_files_are_never_changed() {
    let machine = Machine::with_real_sessions();
    let file = machine.home().join(".codex/session_index.jsonl");
    let before = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap());
    let names = || -> BTreeSet<_> {
        fs::read_dir(machine.home().join(".codex")).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let listed = names();
    machine.ok(&["import"]);
    assert_eq!((fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap()), before);
    assert_eq!(names(), listed);
}
