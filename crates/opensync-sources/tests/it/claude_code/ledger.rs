//! What counts as a paid response, and how much.

use opensync_core::{MicroDollars, Part};
use serde_json::{Value, json};

use super::{answer, call, outline, result, session, user, with, words};

#[test]
fn a_response_on_three_lines_is_one_message_and_counts_once() {
    let session = session(&[
        user("u1", "", "Why does login fail?"),
        answer("a1", "u1", "msg_1", &json!({"type": "thinking", "thinking": "Check.", "signature": "c2ln"}), 85),
        answer("a2", "a1", "msg_1", &words("Looking."), 85),
        answer("a3", "a2", "msg_1", &call("toolu_1", "Bash", &json!({"command": "npm test"})), 85),
        user("u2", "a3", vec![with(result("toolu_1", "Exit code 1\n2 failing"), &json!({"is_error": true}))]),
    ]);
    assert_eq!(outline(&session), ["user u1", "assistant msg_1", "tool u2"]);
    let kinds: Vec<_> = session.messages[1].parts.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 3);
    assert!(matches!(&session.messages[1].parts[2], Part::ToolCall { name, .. } if name == "Bash"));
    let [row] = session.responses.as_slice() else { panic!("one response") };
    assert_eq!((row.key.as_str(), row.records, row.line), ("msg_1:req_msg_1", 3, 2));
    assert_eq!(row.message_id.as_deref(), Some("msg_1"));
    assert_eq!(
        (row.usage.fresh, row.usage.cache_read, row.usage.cache_write(), row.usage.output),
        (9, 15000, 1200, 85)
    );
    assert_eq!(session.messages[1].completion_tokens, Some(85));
    let Part::ToolResult { name, is_error, details, .. } = &session.messages[2].parts[0] else { panic!("a result") };
    assert_eq!((name.as_deref(), *is_error), (Some("Bash"), Some(true)));
    assert_eq!(details.as_ref().unwrap().text().unwrap(), r#"{"exitCode":1}"#);
}

#[test]
fn growing_snapshots_of_a_message_replace_each_other() {
    let session = session(&[
        user("u1", "", "Go"),
        answer("a1", "u1", "m", &words("Let me"), 1),
        answer("a2", "a1", "m", &words("Let me look."), 5),
        answer("a3", "a2", "m", &call("t", "Read", &json!({})), 5),
        answer("a4", "a3", "m", &call("t", "Read", &json!({"file_path": "a"})), 20),
    ]);
    let [Part::Text(text), Part::ToolCall { arguments, .. }] = session.messages[1].parts.as_slice() else {
        panic!("{:?}", session.messages[1].parts)
    };
    assert_eq!((text.as_str(), arguments.text().unwrap().as_str()), ("Let me look.", r#"{"file_path":"a"}"#));
}

#[test]
fn the_largest_count_of_a_response_holds() {
    let session = session(&[
        user("u1", "", "Go"),
        answer("a1", "u1", "m", &words("One"), 1),
        answer("a2", "a1", "m", &words("Two"), 77),
    ]);
    assert_eq!((session.responses[0].usage.output, session.responses[0].incomplete), (77, false));
}

#[test]
fn a_placeholder_output_is_kept_and_flagged() {
    let long = "word ".repeat(400);
    let lines = [user("u1", "", "Go"), answer("a1", "u1", "m", &words(&long), 1)];
    let row = session(&lines).responses.remove(0);
    assert_eq!((row.usage.output, row.incomplete), (1, true));
    let mut stopped = lines;
    stopped[1]["message"]["stop_reason"] = "end_turn".into();
    assert!(!session(&stopped).responses[0].incomplete);
}

#[test]
fn usage_that_only_repeats_a_sub_agents_is_discarded() {
    let usage = json!({"input_tokens": 5, "output_tokens": 6});
    let session = session(&[
        user("u1", "", "Go"),
        answer("a1", "u1", "m", &call("t", "Task", &json!({"prompt": "p"})), 30),
        json!({"type": "progress", "uuid": "p1", "parentUuid": "a1", "parentToolUseID": "t", "data":
            {"type": "agent_progress", "agentId": "x", "message": {"type": "assistant", "message": {"id": "z", "usage": usage}}}}),
        with(user("u2", "a1", vec![result("t", "done")]), &json!({"toolUseResult": {"agentId": "x", "usage": usage}})),
    ]);
    assert_eq!(session.responses.len(), 1);
    let why: Vec<_> = session.discarded.iter().map(|discarded| (discarded.line, &*discarded.why)).collect();
    assert_eq!(why, [(3, "copy of a sub-agent's record"), (4, "sub-agent summary of its last call")]);
}

#[test]
fn cache_writes_are_split_by_lifetime_and_not_added_twice() {
    let mut line = answer("a1", "u1", "m", &words("x"), 5);
    let mut write = |split: Value| {
        line["message"]["usage"]["cache_creation"] = split;
        let usage = session(&[user("u1", "", "Go"), line.clone()]).responses[0].usage;
        (usage.cache_write_5m, usage.cache_write_1h)
    };
    assert_eq!(write(json!({"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 1000})), (200, 1000));
    assert_eq!(write(json!({"ephemeral_1h_input_tokens": 1000})), (200, 1000));
    assert_eq!(write(json!({"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0})), (1200, 0));
    assert_eq!(write(Value::Null), (1200, 0));
}

#[test]
fn numbers_may_be_absent_fractions_or_strings() {
    let mut line = answer("a1", "u1", "m", &words("x"), 5);
    line["message"]["usage"] = json!({"input_tokens": "12", "output_tokens": 7.0, "cache_read_input_tokens": null});
    line["costUSD"] = json!(0.25);
    let row = session(&[user("u1", "", "Go"), line]).responses.remove(0);
    assert_eq!((row.usage.fresh, row.usage.output, row.usage.cache_read), (12, 7, 0));
    assert_eq!(row.stored_cost, Some(MicroDollars(250_000)));
}

#[test]
fn failed_calls_of_the_model_are_system_messages_without_tokens() {
    let mut failed = answer("a1", "u1", "e", &words("API Error: 500"), 3);
    failed["isApiErrorMessage"] = true.into();
    let mut synthetic = answer("a2", "a1", "s", &words("No response requested."), 0);
    synthetic["message"]["model"] = "<synthetic>".into();
    let session = session(&[user("u1", "", "Go"), failed, synthetic]);
    assert_eq!(outline(&session), ["user u1", "system a1", "system a2"]);
    assert!(session.responses.is_empty());
    assert_eq!(session.discarded.len(), 2);
    assert_eq!((session.model, session.provider.as_deref()), (None, Some("anthropic")));
}
