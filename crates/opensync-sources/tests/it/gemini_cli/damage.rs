//! Damaged, unfinished and strange files.

use std::collections::HashMap;
use std::fs;

use opensync_core::import::ProblemKind;
use opensync_sources::gemini_cli::GeminiCli;
use serde_json::json;

use super::{OLD, answer, header, history, root, seen, text, user};
use crate::home::Home;
use crate::support::{Dice, Seen, outline, texts};

const OLD_FILE: &str = ".gemini/tmp/shop/chats/session-2026-01-12T09-30-7f3a1c2e.json";

/// The fixture of the older layout, changed.
fn old(change: impl Fn(String) -> String) -> Seen {
    let home = Home::new();
    let origins = opensync_sources::Source::find(&GeminiCli, &root(), &mut Vec::new());
    let origin = origins.iter().find(|origin| origin.path.extension().is_some_and(|end| end == "json")).unwrap();
    home.write(OLD_FILE, change(fs::read_to_string(&origin.path).unwrap()));
    home.seen(&GeminiCli)
}

#[test]
fn half_a_file_of_the_older_layout_gives_its_whole_messages() {
    let seen = old(|text| text[..text.find("5d05").unwrap() + 40].to_owned());
    let ids: Vec<_> = seen.session(OLD).messages.iter().map(|message| &message.external_id[34..]).collect();
    assert_eq!(ids, ["01", "02", "03", "04"]);
    assert_eq!(seen.session(OLD).responses.len(), 2);
    assert_eq!(seen.problems.len(), 1);
    assert_eq!(seen.problems[0].kind, ProblemKind::Unfinished);
    assert_eq!(seen.problems[0].reason, "the file is no complete JSON; 4 messages of it can be read");
}

#[test]
fn a_damaged_message_of_the_older_layout_costs_only_itself() {
    let seen = old(|text| text.replace("\"command\": \"npm test\"", "\"command\": \"npm test"));
    let ids: Vec<_> = seen.session(OLD).messages.iter().map(|message| &message.external_id[34..]).collect();
    assert_eq!(ids, ["01", "03", "04", "05", "06", "07", "08"]);
    assert_eq!((seen.problems.len(), seen.problems[0].kind), (1, ProblemKind::Damaged));
    let lines = |seen: &Seen| seen.session(OLD).responses.iter().map(|row| row.line).collect::<Vec<_>>();
    assert_eq!(lines(&seen), lines(&old(|text| text))[1..]);
}

#[test]
fn a_byte_order_mark_and_halves_of_characters_are_no_damage() {
    let seen = old(|text| format!("\u{feff}{}\0\0", text.replace("Go on", "Go \\ud83d on")));
    assert_eq!(seen.session(OLD).messages.len(), 8);
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
}

#[test]
fn a_file_that_is_no_session_is_nobodys_problem() {
    for text in ["{}", "[]", "null", "{\"tag\": 1}"] {
        assert!(old(|_| text.to_owned()).sessions.is_empty(), "{text}");
    }
}

#[test]
fn a_torn_last_line_is_read_once_it_is_complete() {
    let whole = text(&[header("S1"), user("u1", "Go"), user("u2", "And then?")]);
    let home = Home::new();
    let name = ".gemini/tmp/shop/chats/session-2026-04-01T08-00-S1.jsonl";
    let before = home.write(name, &whole[..whole.len() - 30]).seen(&GeminiCli);
    assert_eq!(outline(before.session("S1")), ["user u1"]);
    assert_eq!(before.problems[0].kind, ProblemKind::Unfinished);
    let after = home.write(name, &whole).seen(&GeminiCli);
    assert_eq!(texts(after.session("S1"), opensync_core::Role::User), ["Go", "And then?"]);
    assert!(after.problems.is_empty());
}

#[test]
fn a_damaged_header_leaves_the_session_its_name() {
    let home = Home::new();
    let lines = format!("{{\"sessionId\":\"S\n{}", text(&[user("u1", "Go")]));
    home.write(".gemini/tmp/shop/chats/session-2026-04-01T08-00-abcd1234.jsonl", lines);
    assert_eq!(outline(home.seen(&GeminiCli).session("abcd1234")), ["user u1"]);
}

#[test]
fn records_of_strange_types_cost_nothing_else() {
    let seen = seen(&[
        json!({"id": 7, "type": "user"}),
        json!({"$set": {"messages": {"id": "x"}, "directories": "x", "kind": []}}),
        history(&[json!(1), json!({"type": "user"}), user("u1", "Go")]),
        json!({"id": "a1", "type": 5, "content": {"text": "x"}, "toolCalls": "none", "tokens": []}),
        json!({"id": "u2", "type": "user", "content": {"text": "alone"}, "timestamp": "yesterday"}),
        json!({}),
    ]);
    assert_eq!(outline(&seen.sessions[0]), ["user u1", "system a1", "user u2"]);
    let (missing, others): (Vec<_>, Vec<_>) =
        seen.problems.iter().partition(|problem| problem.kind == ProblemKind::Unsupported);
    assert!(others.iter().all(|problem| problem.kind == ProblemKind::Unknown), "{others:?}");
    let reason = "field `timestamp` is missing or of another type in 2 of 2 messages";
    assert_eq!(missing.iter().map(|problem| problem.reason.as_str()).collect::<Vec<_>>(), [reason]);
}

#[test]
fn whatever_the_order_of_records_each_response_is_counted_once() {
    let mut dice = Dice(0x6e31_1a57);
    for round in 0..200 {
        let (mut lines, mut paid) = (Vec::new(), HashMap::new());
        for _ in 0..dice.roll(40) {
            let id = format!("m{}", dice.roll(12));
            let record = match dice.roll(6) {
                0 => json!({"$rewindTo": id}),
                1 => history(&[user("env", "<state_snapshot>"), answer(&id, "again", 7)]),
                2 => history(&[user(&id, "again")]),
                3 => user(&id, "Go"),
                _ => answer(&id, "x", 7),
            };
            if record.to_string().contains("\"output\":7") {
                *paid.entry(id).or_insert(0) += 1;
            }
            lines.push(record);
        }
        let seen = seen(&lines);
        let rows = seen.sessions.iter().flat_map(|session| &session.responses);
        let counted: HashMap<_, _> = rows.map(|row| (row.key.replace("S1:", ""), row.records)).collect();
        assert_eq!(counted, paid, "round {round}");
    }
}
