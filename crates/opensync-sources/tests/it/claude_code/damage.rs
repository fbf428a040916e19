//! Damaged, unfinished, strange and huge files.

use std::fs;

use opensync_core::import::ProblemKind;
use opensync_core::{Part, Role};
use opensync_sources::claude_code::ClaudeCode;
use opensync_sources::{Source, jsonl};
use serde_json::{Value, json};

use super::{Store, result, texts, user, words};
use crate::support::Seen;

#[test]
fn a_torn_last_line_is_read_once_it_is_complete() {
    let whole = format!("{}\n{}\n", user("u1", "", "Go"), user("u2", "u1", "And then?"));
    let torn = &whole[..whole.len() - 60];
    let store = Store::new();
    let before = store.text("S1.jsonl", torn).seen();
    assert_eq!(texts(&before.sessions[0], Role::User), ["Go"]);
    assert_eq!(before.problems[0].kind, ProblemKind::Unfinished);
    let after = store.text("S1.jsonl", &whole).seen();
    assert_eq!(texts(&after.sessions[0], Role::User), ["Go", "And then?"]);
    assert!(after.problems.is_empty());
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let text = format!("{}\n{{\"type\":\"user\",\"uu\n[1]\n{}\n", user("u1", "", "Go"), user("u2", "u1", "On"));
    let seen = Store::new().text("S1.jsonl", &text).seen();
    assert_eq!(texts(&seen.sessions[0], Role::User), ["Go", "On"]);
    let problems: Vec<_> = seen.problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(problems, [(Some(2), ProblemKind::Damaged), (Some(3), ProblemKind::Damaged)]);
}

#[test]
fn two_records_glued_together_are_both_read() {
    let text = format!("{}{}\n", user("u1", "", "Go"), user("u2", "u1", "On"));
    let seen = Store::new().text("S1.jsonl", &text).seen();
    assert_eq!(texts(&seen.sessions[0], Role::User), ["Go", "On"]);
    assert!(seen.problems.is_empty());
}

#[test]
fn half_a_surrogate_pair_is_repaired_wherever_it_is() {
    let line = |place: Value| user("u1", "", place).to_string().replace("HALF", "\\ud83d");
    let block = json!([result("t", vec![words("HALF")])]);
    for line in [line("HALF x".into()), line(block)] {
        let seen = Store::new().text("S1.jsonl", &format!("{line}\n")).seen();
        assert!(seen.problems.is_empty(), "{:?}", seen.problems);
        assert_eq!(seen.sessions[0].messages.len(), 1);
    }
}

#[test]
fn equal_keys_are_no_damage() {
    let text = user("u1", "", "Go").to_string().replacen('{', r#"{"uuid":"u0","#, 1);
    let seen = Store::new().text("S1.jsonl", &format!("{text}\n")).seen();
    assert!(seen.problems.is_empty());
    assert_eq!(seen.sessions[0].messages.len(), 1);
}

#[test]
fn unknown_records_are_counted_once_for_each_type() {
    let new = json!({"type": "brand-new", "uuid": "n1", "parentUuid": "u1", "secret": "do not show"});
    let seen = Store::new()
        .lines("S1.jsonl", &[user("u1", "", "Go"), new.clone(), new, json!({"type": "mode", "mode": "normal"})])
        .seen();
    let [problem] = seen.problems.as_slice() else { panic!("{:?}", seen.problems) };
    assert_eq!((problem.kind, problem.line), (ProblemKind::Unknown, Some(2)));
    assert_eq!(problem.reason, "record type `brand-new` (2 of them)");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let store = Store::new();
    store.text("S1.jsonl", "{}\n");
    let origin = ClaudeCode.find(store.folder.path(), &mut Vec::new()).remove(0);
    fs::remove_file(&origin.path).unwrap();
    assert!(ClaudeCode.read(&origin, &mut Seen::default()).is_err());
}

#[test]
fn a_file_of_metadata_alone_is_no_session() {
    let lines =
        [json!({"type": "summary", "summary": "x", "leafUuid": "y"}), json!({"type": "last-prompt", "leafUuid": "y"})];
    let seen = Store::new().lines("S1.jsonl", &lines).seen();
    assert!(seen.sessions.is_empty() && seen.problems.is_empty());
}

#[test]
fn a_line_of_sixty_megabytes_is_one_message() {
    let big = "x".repeat(60 << 20);
    let text = format!("{}\n", user("u1", "", vec![result("t", big)]));
    assert!(text.len() < jsonl::MAX_LINE);
    let seen = Store::new().text("S1.jsonl", &text).seen();
    let Part::ToolResult { output, .. } = &seen.sessions[0].messages[0].parts[0] else { panic!("a result") };
    assert_eq!(output.size(), 60 << 20);
}
