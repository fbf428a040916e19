//! Damaged, unfinished and strange files.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use opensync_core::Role;
use opensync_core::import::ProblemKind;
use opensync_sources::Source;
use opensync_sources::factory_droid::FactoryDroid;
use serde_json::json;

use super::{Store, message, start};
use crate::support::{Seen, outline, texts, with};

#[test]
fn a_torn_last_line_is_read_once_it_is_complete() {
    let whole =
        format!("{}\n{}\n{}\n", start(&json!({})), message("m1", "user", "Go"), message("m2", "user", "And then?"));
    let store = Store::new();
    let before = store.text("S1.jsonl", &whole[..whole.len() - 30]).seen();
    assert_eq!(texts(&before.sessions[0], Role::User), ["Go"]);
    assert_eq!(before.problems[0].kind, ProblemKind::Unfinished);
    let after = store.text("S1.jsonl", &whole).seen();
    assert_eq!(texts(&after.sessions[0], Role::User), ["Go", "And then?"]);
    assert!(after.problems.is_empty());
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let text = format!(
        "{{\"type\":\"session_st\n{}\n[1]\n{{\"type\":\"message\"}}\n{}\n",
        message("m1", "user", "Go"),
        message("m2", "user", "On")
    );
    let seen = Store::new().text("S1.jsonl", &text).seen();
    assert_eq!(outline(seen.session("S1")), ["user m1", "user m2"]);
    let problems: Vec<_> = seen.problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(problems, [1, 3, 4].map(|line| (Some(line), ProblemKind::Damaged)));
}

#[test]
fn repeated_records_are_read_once() {
    let line = message("m1", "user", "Go");
    let other = with(message("m1", "user", "Another"), &json!({"timestamp": "2026-06-01T11:00:00Z"}));
    let seen = Store::new().lines("S1.jsonl", &[line.clone(), line, other]).seen();
    assert_eq!(outline(&seen.sessions[0]), ["user m1", "user m1#2"]);
}

#[test]
fn unknown_records_are_counted_once_for_each_type() {
    let new = json!({"type": "brand-new", "secret": "do not show"});
    let known = ["todo_state", "session_settings", "session_end", "session_event"].map(|kind| json!({"type": kind}));
    let lines = [&[message("m1", "user", "Go"), new.clone(), new][..], &known].concat();
    let seen = Store::new().lines("S1.jsonl", &lines).seen();
    let [problem] = seen.problems.as_slice() else { panic!("{:?}", seen.problems) };
    assert_eq!((problem.kind, problem.line), (ProblemKind::Unknown, Some(2)));
    assert_eq!(problem.reason, "record type `brand-new` (2 of them)");
}

#[test]
fn of_a_session_in_two_places_the_newer_file_counts() {
    let store = Store::new();
    store.lines("S1.jsonl", &[message("m1", "user", "Old")]).lines("../S1.jsonl", &[message("m1", "user", "New")]);
    let age = |name: &str, seconds: u64| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000 + seconds);
        File::options().write(true).open(store.path(name)).unwrap().set_modified(time).unwrap();
    };
    for (nested, flat, expected) in [(1, 2, "New"), (4, 3, "Old")] {
        age("S1.jsonl", nested);
        age("../S1.jsonl", flat);
        let seen = store.seen();
        assert_eq!(seen.sessions.len(), 1);
        assert_eq!(texts(&seen.sessions[0], Role::User), [expected]);
    }
}

#[test]
fn times_come_from_the_file_when_no_message_has_one() {
    let line = json!({"type": "message", "id": "m1", "message": {"role": "user", "content": "Go"}});
    let store = Store::new();
    let seen = store.lines("S1.jsonl", &[line]).seen();
    let changed = FactoryDroid.find(store.folder.path(), &mut Vec::new())[0].mtime_ns / 1_000_000;
    let session = &seen.sessions[0];
    assert_eq!(session.updated_at, Some(changed));
    assert!(session.created_at <= session.updated_at && session.created_at.is_some());
}

#[test]
fn a_session_in_which_nothing_was_said_is_none() {
    let seen = Store::new().lines("S1.jsonl", &[start(&json!({}))]).lines("S1.settings.json", &[json!({})]).seen();
    assert!(seen.sessions.is_empty() && seen.problems.is_empty());
}

#[test]
fn a_store_is_found_by_any_of_its_folders() {
    let store = Store::new();
    store.lines("S1.jsonl", &[message("m1", "user", "Go")]);
    let found = |root: &str| FactoryDroid.find(&store.folder.path().join(root), &mut Vec::new()).len();
    assert_eq!([found(""), found("sessions"), found("missing")], [1, 1, 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let store = Store::new();
    store.text("S1.jsonl", "{}\n");
    let origin = FactoryDroid.find(store.folder.path(), &mut Vec::new()).remove(0);
    fs::remove_file(&origin.path).unwrap();
    assert!(FactoryDroid.read(&origin, &mut Seen::default()).is_err());
}
