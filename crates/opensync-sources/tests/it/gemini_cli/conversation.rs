//! Who said what: rewinds, histories that are replaced, calls, context.

use opensync_core::import::TitleRank;
use opensync_core::{Part, Role};
use serde_json::{Value, json};

use super::{answer, history, page, seen, session, user};
use crate::support::{outline, texts, with};

/// As the client writes a message after a resume: neither tokens nor calls, and another time.
fn resumed(id: &str, kind: &str, content: &Value) -> Value {
    json!({"id": id, "timestamp": "2026-04-02T10:00:00.000Z", "type": kind, "content": content})
}

fn call(id: &str, output: &str) -> Value {
    json!({"id": id, "name": "read_file", "args": {"file_path": id}, "status": "success",
        "timestamp": "2026-04-01T08:00:21.000Z", "result": [answered(id, output)]})
}

fn answered(id: &str, output: &str) -> Value {
    json!({"functionResponse": {"id": id, "name": "read_file", "response": {"output": output}}})
}

#[test]
fn a_rewind_takes_back_the_message_and_what_follows() {
    let session = session(&[
        user("u1", "One"),
        answer("a1", "1", 10),
        user("u2", "Two"),
        answer("a2", "2", 20),
        json!({"$rewindTo": "u2"}),
        user("u3", "Three"),
        answer("a3", "3", 30),
    ]);
    let expected = ["user u1", "assistant a1", "-user u2", "-assistant a2", "user u3", "assistant a3"];
    assert_eq!(outline(&session), expected);
    assert_eq!(session.responses.iter().map(|row| row.usage.output).collect::<Vec<_>>(), [10, 20, 30]);
}

#[test]
fn a_rewind_to_nowhere_hides_nothing() {
    let seen = seen(&[user("u1", "One"), json!({"$rewindTo": "lost"})]);
    assert_eq!(outline(&seen.sessions[0]), ["user u1"]);
    assert_eq!((seen.problems.len(), seen.problems[0].line), (1, Some(3)));
}

#[test]
fn a_later_line_replaces_a_message_in_its_place() {
    let first = answer("a1", "Half", 10);
    let second = with(answer("a1", "All of it", 10), &json!({"toolCalls": [call("c1", "x")]}));
    let session = session(&[user("u1", "One"), first, user("u2", "Two"), second]);
    assert_eq!(outline(&session), ["user u1", "assistant a1", "user u2"]);
    assert_eq!(texts(&session, Role::Assistant), ["All of it"]);
    let rows: Vec<_> = session.responses.iter().map(|row| (row.usage.output, row.records, row.line)).collect();
    assert_eq!(rows, [(10, 2, 3)]);
}

#[test]
fn a_resume_takes_nothing_away() {
    let context = user("env", "<session_context>\nLinux\n</session_context>");
    let thought = json!({"subject": "Look", "description": "First this."});
    let a1 = with(answer("a1", "Hi", 10), &json!({"toolCalls": [call("c1", "x")], "thoughts": [thought]}));
    let again = json!([{"text": "**Look** First this.", "thought": true}, {"text": "Hi"},
        {"functionCall": {"id": "c1", "name": "read_file", "args": {}}}]);
    let before = session(&[
        history(std::slice::from_ref(&context)),
        user("u1", "One"),
        a1.clone(),
        user("r1", json!([answered("c1", "x")])),
    ]);
    let after = session(&[
        history(std::slice::from_ref(&context)),
        user("u1", "One"),
        a1,
        user("r1", json!([answered("c1", "x")])),
        history(std::slice::from_ref(&context)),
        history(&[
            context,
            resumed("u1", "user", &json!([{"text": "One"}])),
            resumed("a1", "gemini", &again),
            resumed("a1_response", "user", &json!([answered("c1", "x")])),
            resumed("r1", "user", &json!([answered("c1", "x")])),
        ]),
    ]);
    assert_eq!(outline(&before), ["system env", "user u1", "assistant a1"]);
    assert_eq!(page(&after), page(&before));
}

#[test]
fn a_compressed_conversation_stays_in_sight() {
    let session = session(&[
        user("u1", "One"),
        answer("a1", "1", 10),
        history(&[
            user("env", "<session_context></session_context>"),
            user("s1", "<state_snapshot>\nShort.\n</state_snapshot>"),
            resumed("k1", "gemini", &json!("Got it. Thanks for the additional context!")),
            resumed("u1again", "user", &json!("One")),
        ]),
        user("u2", "Two"),
        answer("a2", "2", 20),
        history(&[
            user("s1", "<state_snapshot>\nShort.\n</state_snapshot>"),
            resumed("u1again", "user", &json!("One")),
        ]),
    ]);
    let expected = ["user u1", "assistant a1", "system env", "system s1", "-assistant k1", "-user u1again"];
    assert_eq!(outline(&session)[..6], expected);
    assert_eq!(outline(&session)[6..], ["-user u2", "-assistant a2"]);
    assert_eq!(session.responses.len(), 2);
    assert_eq!(session.title.unwrap().0, "One");
}

#[test]
fn notices_survive_a_history_without_them() {
    let notice = |id: &str, kind: &str| json!({"id": id, "type": kind, "content": format!("{kind}!")});
    let notices = [notice("n1", "info"), notice("n2", "warning"), notice("n3", "error"), notice("n4", "info")];
    let mut lines = vec![user("u1", "One")];
    lines.extend(notices);
    lines[4]["content"] = json!("");
    lines.push(history(&[user("u1", "One")]));
    let session = session(&lines);
    assert_eq!(outline(&session), ["user u1", "system n1", "system n2", "system n3"]);
    assert_eq!(texts(&session, Role::System), ["info!", "warning!", "error!"]);
}

#[test]
fn results_stand_by_their_calls_once() {
    let both = json!([answered("c1", "one"), answered("c2", "two"), {"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}}]);
    let calls = json!([with(call("c1", ""), &json!({"result": both})), with(call("c2", ""), &json!({"result": both}))]);
    let session = session(&[
        user("u1", "Go"),
        with(answer("a1", "", 10), &json!({"toolCalls": calls})),
        user("r1", both),
        user("r2", json!([answered("c9", "nobody called"), {"functionResponse": {"response": {"error": "bad"}}}])),
    ]);
    assert_eq!(outline(&session), ["user u1", "assistant a1", "tool r2:results"]);
    let kinds = session.messages[1].parts.iter().map(|part| match part {
        Part::ToolCall { call_id, .. } => format!("call {}", call_id.as_deref().unwrap()),
        Part::ToolResult { output, is_error, .. } => format!("{} {is_error:?}", output.text().unwrap()),
        Part::Image { media_type, .. } => media_type.clone(),
        other => panic!("{other:?}"),
    });
    let expected = ["call c1", "one Some(false)", "image/png", "call c2", "two Some(false)"];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

#[test]
fn a_call_without_an_end_has_no_result() {
    let calls = json!([{"id": "c1", "name": "shell", "status": "executing", "result": null},
        {"id": "c2", "name": "shell", "status": "cancelled", "result": null, "resultDisplay": "stopped"},
        {"id": "c3", "name": "shell", "args": null, "result": "plain", "status": "error"}, 7]);
    let seen = seen(&[user("u1", "Go"), with(answer("a1", "", 1), &json!({"toolCalls": calls}))]);
    let results = seen.sessions[0].messages[1].parts.iter().filter_map(|part| match part {
        Part::ToolResult { call_id, output, is_error, .. } => {
            Some(format!("{} {} {is_error:?}", call_id.as_deref().unwrap(), output.text().unwrap()))
        }
        _ => None,
    });
    assert_eq!(results.collect::<Vec<_>>(), ["c2 stopped Some(true)", "c3 plain Some(true)"]);
    assert_eq!(seen.problems[0].reason, "record type `part/tool call` (1 of them)");
}

#[test]
fn files_of_a_prompt_are_notes_beside_it() {
    let files = "\n--- Content from referenced files ---\nContent from @a.md:\nhello\n--- End of content ---";
    let typed = json!([{"text": "/review the last commit"}]);
    let session = session(&[
        user("u1", format!("Shorten @a.md{files}")),
        with(user("u2", json!([{"text": "Review carefully: the last commit"}])), &json!({"displayContent": typed})),
    ]);
    assert_eq!(outline(&session), ["system u1:files", "user u1", "system u2:files", "user u2"]);
    assert_eq!(texts(&session, Role::User), ["Shorten @a.md", "/review the last commit"]);
    assert_eq!(texts(&session, Role::System)[0], files.trim());
    assert_eq!(texts(&session, Role::System)[1], "Review carefully: the last commit");
}

#[test]
fn the_clients_own_title_comes_first_and_a_command_last() {
    let title = |lines: &[Value]| session(lines).title.unwrap();
    let summary = json!({"$set": {"summary": "Adds a discount"}});
    assert_eq!(title(&[user("u1", "Go"), summary]), ("Adds a discount".to_owned(), TitleRank::Generated));
    assert_eq!(title(&[user("u1", "/model"), user("u2", "Fix it")]), ("Fix it".to_owned(), TitleRank::Prompt));
    assert_eq!(title(&[user("u1", "/model")]), ("/model".to_owned(), TitleRank::Placeholder));
    assert_eq!(title(&[user("u1", "/home/dev is full")]).1, TitleRank::Prompt);
}

#[test]
fn unknown_tokens_are_no_response_and_zeros_are_set_aside() {
    let tokens = |id: &str, tokens: Value| with(answer(id, "x", 1), &json!({"tokens": tokens}));
    let session = session(&[
        user("u1", "Go"),
        tokens("a1", Value::Null),
        tokens("a2", json!({"input": 0, "output": 0, "total": 0})),
        tokens("a3", json!({"input": 3, "output": 1})),
    ]);
    assert_eq!(session.responses.len(), 1);
    assert_eq!(session.discarded.len(), 1);
    let shown: Vec<_> = session.messages.iter().map(|message| message.completion_tokens).collect();
    assert_eq!(shown, [None, None, None, Some(1)]);
}

#[test]
fn what_is_unknown_is_kept_as_it_is() {
    let seen = seen(&[
        user("u1", json!([{"hologram": {"depth": 3}}, {"text": "Go"}])),
        json!({"id": "n1", "type": "narrator", "content": "x"}),
    ]);
    let parts: Vec<_> = seen.sessions[0].messages.iter().flat_map(|message| &message.parts).collect();
    let [Part::Unknown { kind: one, json }, Part::Text(_), Part::Unknown { kind: two, .. }] = parts[..] else {
        panic!("{parts:?}")
    };
    assert_eq!((one.as_str(), two.as_str()), ("hologram", "narrator"));
    assert_eq!(json.text().unwrap(), r#"{"hologram":{"depth":3}}"#);
    let reasons: Vec<_> = seen.problems.iter().map(|problem| problem.reason.as_str()).collect();
    assert_eq!(reasons, ["record type `message/narrator` (1 of them)", "record type `part/hologram` (1 of them)"]);
}
