//! Damaged, unfinished and strange files.

use std::fs;

use opensync_core::Role;
use opensync_core::import::ProblemKind;
use opensync_sources::Source;
use opensync_sources::pi::Pi;
use serde_json::json;

use super::{Store, answer, entry, header, user, words};
use crate::support::{Seen, outline, texts, with};

#[test]
fn a_torn_last_line_is_read_once_it_is_complete() {
    let whole = format!("{}\n{}\n{}\n", header("S1"), user("u1", "-", "Go"), user("u2", "u1", "And then?"));
    let store = Store::new();
    let before = store.text("t_S1.jsonl", &whole[..whole.len() - 60]).seen();
    assert_eq!(texts(&before.sessions[0], Role::User), ["Go"]);
    assert_eq!(before.problems[0].kind, ProblemKind::Unfinished);
    let after = store.text("t_S1.jsonl", &whole).seen();
    assert_eq!(texts(&after.sessions[0], Role::User), ["Go", "And then?"]);
    assert!(after.problems.is_empty());
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let lines = [header("S1"), user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 3), user("u2", "a1", "On")];
    let mut lines = lines.map(|line| line.to_string());
    lines[2].truncate(80);
    let seen = Store::new().text("t_S1.jsonl", &format!("{}\n", lines.join("\n"))).seen();
    // What hung on the lost entry is still the same conversation.
    assert_eq!(outline(&seen.sessions[0]), ["user S1:u1", "user S1:u2"]);
    let problems: Vec<_> = seen.problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(problems, [(Some(3), ProblemKind::Damaged)]);
}

#[test]
fn a_damaged_header_leaves_the_session_its_name() {
    let text = format!("{{\"type\":\"sess\n{}\n", user("u1", "-", "Go"));
    let seen = Store::new().text("2026-04-01T08-00-00-000Z_S7.jsonl", &text).seen();
    assert_eq!(outline(seen.session("S7")), ["user S7:u1"]);
    assert_eq!(seen.problems.len(), 1);
}

#[test]
fn whatever_has_no_header_is_no_session() {
    let store = Store::new();
    store.lines(
        "subagent-artifacts/my_run.jsonl",
        &[json!({"event": "x"}), user("u1", "-", "Go"), json!({"type": "y"})],
    );
    store.lines("subagent-artifacts/child.jsonl", &[header("S3"), user("u1", "-", "Go")]);
    store.lines("t_S1.jsonl", &[header("S1")]);
    let seen = store.seen();
    assert_eq!(seen.sessions.iter().map(|session| session.external_id.as_str()).collect::<Vec<_>>(), ["S3"]);
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
}

#[test]
fn a_title_before_the_header_and_a_second_header_are_read_over() {
    let lines = [json!({"type": "title", "title": "A name"}), header("S1"), header("S0"), user("u1", "-", "Go")];
    let seen = Store::new().lines("t_x.jsonl", &lines).seen();
    assert_eq!(seen.session("S1").title.as_ref().unwrap().0, "A name");
    assert!(seen.problems.is_empty());
}

#[test]
fn repeated_entries_are_read_once() {
    let (prompt, reply) = (user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 3));
    let other = with(user("u1", "a1", "Another"), &json!({"timestamp": "2026-04-01T10:00:00Z"}));
    let seen =
        Store::new().lines("t_S1.jsonl", &[header("S1"), prompt.clone(), reply.clone(), prompt, reply, other]).seen();
    assert_eq!(outline(&seen.sessions[0]), ["user S1:u1", "assistant S1:a1", "user S1:u1#2"]);
    assert_eq!(seen.sessions[0].responses.len(), 1);
}

#[test]
fn unknown_entries_are_counted_once_for_each_type() {
    let new = |id: &str, parent: &str| entry("brand-new", id, parent, &json!({"secret": "do not show"}));
    let lines = [header("S1"), user("u1", "-", "Go"), new("n1", "u1"), new("n2", "n1"), user("u2", "n2", "On")];
    let seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    let [problem] = seen.problems.as_slice() else { panic!("{:?}", seen.problems) };
    assert_eq!((problem.kind, problem.line), (ProblemKind::Unknown, Some(3)));
    assert_eq!(problem.reason, "record type `brand-new` (2 of them)");
    assert!(seen.sessions[0].messages.iter().all(|message| !message.off_path));
}

#[test]
fn a_store_is_found_by_any_of_its_folders() {
    let store = Store::new();
    store.lines("t_S1.jsonl", &[header("S1"), user("u1", "-", "Go")]);
    let found = |root: &str| Pi.find(&store.folder.path().join(root), &mut Vec::new()).len();
    assert_eq!([found(""), found("sessions"), found("sessions/--home-ana-shop--"), found("missing")], [1, 1, 1, 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let store = Store::new();
    store.text("t_S1.jsonl", "{}\n");
    let origin = Pi.find(store.folder.path(), &mut Vec::new()).remove(0);
    fs::remove_file(&origin.path).unwrap();
    assert!(Pi.read(&origin, &mut Seen::default()).is_err());
}
