//! Which tokens count, once, and for whom.

use opensync_core::{MicroDollars, Usage};
use serde_json::{Value, json};

use super::{Store, answer, entry, header, message, said, session, user, words};
use crate::support::{owned, with};

#[test]
fn one_entry_is_one_response_with_the_cost_pi_gave_it() {
    let session = session(&[user("u1", "-", "Run the tests"), answer("a1", "u1", &words("Done"), 60)]);
    let [response] = session.responses.as_slice() else { panic!("{:?}", session.responses) };
    assert_eq!(
        response.usage,
        Usage { fresh: 12, cache_read: 4000, cache_write_5m: 500, output: 60, ..Usage::default() }
    );
    assert_eq!(response.usage.total(), 4572);
    assert_eq!(response.stored_cost, Some(MicroDollars(4011)));
    assert_eq!(response.message_id.as_deref(), Some("S1:a1"));
    assert_eq!((session.model.as_deref(), session.provider.as_deref()), (Some("claude-sonnet-4-6"), Some("anthropic")));
}

/// A fork of `S1` with its first two entries, and one more answer.
fn fork(entries: &[Value]) -> Vec<Value> {
    let parent = json!({"parentSession": "/x/t_S1.jsonl", "timestamp": "2026-04-01T09:00:00.000Z"});
    let own = answer("f1", "a1", &words("Other"), 7);
    let own = with(own, &json!({"timestamp": "2026-04-01T09:00:05.000Z"}));
    [&[with(header("S2"), &parent)], &entries[1..3], &[own]].concat()
}

#[test]
fn copied_responses_stay_with_the_parent() {
    let entries =
        [header("S1"), user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 60), answer("b1", "a1", &words("y"), 5)];
    let seen = Store::new().lines("t_S1.jsonl", &entries).lines("u_S2.jsonl", &fork(&entries)).seen();
    let outputs = |id: &str| owned(&seen.sessions)[id].iter().map(|row| row.usage.output).collect::<Vec<_>>();
    assert_eq!(outputs("S2"), [7]);
    let mut original = outputs("S1");
    original.sort_unstable();
    assert_eq!(original, [5, 60]);
    let fork = seen.session("S2");
    assert_eq!(fork.messages.iter().map(|message| message.inherited).collect::<Vec<_>>(), [true, true, false]);
    assert!(fork.born_at > fork.created_at);
}

#[test]
fn a_session_that_only_names_a_parent_inherits_nothing() {
    let head = with(header("S2"), &json!({"parentSession": "/x/t_S1.jsonl"}));
    let seen =
        Store::new().lines("t_S2.jsonl", &[head, user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 60)]).seen();
    assert!(seen.sessions[0].messages.iter().all(|message| !message.inherited));
}

#[test]
fn servers_that_number_responses_from_a_small_range_lose_none() {
    let one = answer("a1", "u1", &words("x"), 60);
    let mut two = answer("b1", "a1", &words("y"), 5);
    two["message"]["responseId"] = one["message"]["responseId"].clone();
    assert_eq!(session(&[user("u1", "-", "Go"), one, two]).responses.len(), 2);
}

/// `lines` as version 1 wrote them.
fn version_1(lines: &[Value]) -> Vec<Value> {
    let mut lines = lines.to_vec();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        if line["type"] == "session" {
            line.remove("version");
        } else {
            line.remove("id");
            line.remove("parentId");
        }
        if let Some(message) = line.get_mut("message") {
            message.as_object_mut().unwrap().remove("responseId");
        }
    }
    lines
}

/// The same after a newer Pi opened it: new random ids.
fn migrated(lines: &[Value], salt: &str) -> Vec<Value> {
    let mut parent = Value::Null;
    let number = |(at, line): (usize, Value)| {
        if line["type"] == "session" {
            return with(line, &json!({"version": 3}));
        }
        let id = json!(format!("{salt}{at:07}"));
        let line = with(line, &json!({"id": id, "parentId": parent}));
        parent = id;
        line
    };
    lines.iter().cloned().enumerate().map(number).collect()
}

#[test]
fn an_old_file_is_the_same_session_after_its_migration() {
    let old =
        version_1(&[header("S1"), user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 60), user("u2", "a1", "On")]);
    let store = Store::new();
    let before = store.lines("t_S1.jsonl", &old).seen().sessions.remove(0);
    let after = store.lines("t_S1.jsonl", &migrated(&old, "a")).seen().sessions.remove(0);
    let facts = |session: &opensync_core::import::ImportedSession| {
        let messages: Vec<_> =
            session.messages.iter().map(|m| (m.role, m.created_at, m.parts.clone(), m.off_path)).collect();
        let keys: Vec<_> = session.responses.iter().map(|row| row.key.clone()).collect();
        (session.external_id.clone(), messages, keys, session.title.clone())
    };
    assert_eq!(facts(&before), facts(&after));
    // And again without a migration: the ids hold.
    let again = store.lines("t_S1.jsonl", &[&old[..], &old[3..]].concat()).seen().sessions.remove(0);
    assert!(before.messages.iter().zip(&again.messages).all(|(one, two)| one.external_id == two.external_id));
}

#[test]
fn copies_in_old_files_are_one_response_however_they_were_migrated() {
    let entries =
        [header("S1"), user("u1", "-", "Go"), answer("a1", "u1", &words("x"), 60), answer("b1", "a1", &words("y"), 5)];
    let (old, fork) = (version_1(&entries), version_1(&fork(&entries)));
    for (one, two) in [(old.clone(), fork.clone()), (migrated(&old, "a"), migrated(&fork, "b"))] {
        let seen = Store::new().lines("t_S1.jsonl", &one).lines("u_S2.jsonl", &two).seen();
        let owned = owned(&seen.sessions);
        assert_eq!((owned["S1"].len(), owned["S2"].len()), (2, 1));
    }
}

#[test]
fn a_version_1_header_names_model_and_parent() {
    let head = with(header("S1"), &json!({"provider": "openai", "modelId": "gpt-5", "branchedFrom": "/x/t_S0.jsonl"}));
    let mut reply = answer("a1", "u1", &words("x"), 60);
    for field in ["model", "provider"] {
        reply["message"].as_object_mut().unwrap().remove(field);
    }
    let change = entry("model_change", "m1", "a1", &json!({"provider": "google", "modelId": "gemini-3-pro"}));
    let mut other = reply.clone();
    other["timestamp"] = "2026-04-01T08:30:00.000Z".into();
    other["message"]["usage"]["output"] = 61.into();
    let lines = version_1(&[head, user("u1", "-", "Go"), reply, change, other]);
    let seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    let session = &seen.sessions[0];
    assert_eq!(session.parent.as_ref().unwrap().external_id, "S0");
    let models: Vec<_> = session.responses.iter().map(|row| (row.model.as_deref(), row.provider.as_deref())).collect();
    assert_eq!(models, [(Some("gpt-5"), Some("openai")), (Some("gemini-3-pro"), Some("google"))]);
    assert_eq!(session.model.as_deref(), Some("gemini-3-pro"));
}

#[test]
fn other_programs_names_of_counters_are_read() {
    let usage =
        |usage: Value| session(&[message("a1", "-", &with(said("a1", &words("x"), 0), &json!({"usage": usage})))]);
    let nested = usage(json!({"input": 1, "output": "2", "cache": {"read": 3.0, "write": 4}}));
    assert_eq!(nested.responses[0].usage.total(), 10);
    assert_eq!(nested.responses[0].stored_cost, None);
    assert_eq!(usage(json!({"input": 1, "cacheCreation": 4})).responses[0].usage.cache_write_5m, 4);
}

#[test]
fn an_answer_without_usage_is_no_response_and_said_to_lack_it() {
    let lines = [header("S1"), message("a1", "-", &with(said("a1", &words("x"), 0), &json!({"usage": null})))];
    let seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    assert!(seen.sessions[0].responses.is_empty());
    let reason = "field `message.usage` is missing or of another type in 1 of 1 `assistant` messages";
    assert_eq!(seen.problems.iter().map(|problem| problem.reason.as_str()).collect::<Vec<_>>(), [reason]);
}

#[test]
fn the_usage_of_a_copied_entry_is_discarded() {
    let answer = answer("a1", "u1", &words("x"), 60);
    let session = session(&[user("u1", "-", "Go"), answer.clone(), answer]);
    assert_eq!(session.responses.len(), 1);
    let discarded: Vec<_> = session.discarded.iter().map(|row| (row.line, &*row.why, row.usage.output)).collect();
    assert_eq!(discarded, [(4, "a copy of an entry", 60)]);
}
