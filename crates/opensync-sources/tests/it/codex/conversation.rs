//! Messages and their parts.

use super::*;

fn kinds(message: &Message) -> Vec<&'static str> {
    let kind = |part: &Part| match part {
        Part::Text(_) => "text",
        Part::Thinking(_) => "thinking",
        Part::ToolCall { .. } => "call",
        Part::ToolResult { .. } => "result",
        Part::Image { .. } => "image",
        Part::Unknown { .. } => "unknown",
    };
    message.parts.iter().map(kind).collect()
}

fn thought(text: &str) -> Value {
    let summary = json!([{"type": "summary_text", "text": text}]);
    item(&json!({"type": "reasoning", "summary": summary, "content": null, "encrypted_content": "gAAAA"}))
}

#[test]
fn a_response_is_one_message_with_its_reasoning_and_calls() {
    let session = session(&[
        said("user", &["Go"]),
        event(&json!({"type": "agent_reasoning", "text": "Hm"})),
        thought("Hm"),
        event(&json!({"type": "agent_message", "message": "Looking."})),
        said("assistant", &["Looking."]),
        call("c1"),
        call("c2"),
        output("c1", "one"),
        output("c2", "two"),
        thought("So"),
        call("c3"),
        output("c3", "three"),
        said("assistant", &["Done."]),
    ]);
    let shape: Vec<_> = session.messages.iter().map(|message| (message.role.as_str(), kinds(message))).collect();
    assert_eq!(
        shape,
        [
            ("user", vec!["text"]),
            ("assistant", vec!["thinking", "text", "call", "call"]),
            ("tool", vec!["result"]),
            ("tool", vec!["result"]),
            ("assistant", vec!["thinking", "call"]),
            ("tool", vec!["result"]),
            ("assistant", vec!["text"]),
        ]
    );
}

#[test]
fn a_second_text_is_a_second_message_unless_records_delimit_the_responses() {
    let lines = [said("assistant", &["One"]), thought("Hm"), said("assistant", &["Two"])];
    let session = session(&lines);
    assert_eq!(texts(&session, Role::Assistant), ["One", "Two"]);
    assert_eq!(kinds(&session.messages[1]), ["thinking", "text"]);

    let header = with(meta(ID), &json!({"history_mode": "paginated"}));
    let end = record(ID, "resp_1", [10, 0, 1, 0], [10, 0, 1, 0]);
    let lines = [&[header][..], &lines, &[end, said("assistant", &["Three"])]].concat();
    let seen = Store::new().thread(ID, &lines).seen();
    assert_eq!(texts(seen.session(ID), Role::Assistant), ["One\n\nTwo", "Three"]);
}

#[test]
fn events_are_shown_where_their_items_are_missing() {
    let session = session(&[
        event(&json!({"type": "agent_reasoning", "text": "Hm"})),
        event(&json!({"type": "agent_message", "message": "Only an event"})),
        event(&json!({"type": "task_complete", "turn_id": "t1", "duration_ms": 70})),
        said("assistant", &["Item first"]),
        event(&json!({"type": "agent_message", "message": "Item first"})),
        event(&json!({"type": "task_complete", "turn_id": "t2", "duration_ms": 30})),
    ]);
    assert_eq!(texts(&session, Role::Assistant), ["Only an event", "Item first"]);
    assert_eq!(kinds(&session.messages[0]), ["thinking", "text"]);
    assert_eq!(session.duration_ms, Some(100));
}

#[test]
fn every_shape_of_an_output_is_read() {
    let wrapped = json!({"output": "no such file", "metadata": {"exit_code": 2, "duration_seconds": 1.5}}).to_string();
    let image = json!({"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="});
    let session = session(&[
        call("c1"),
        output("c1", "plain"),
        output("c2", wrapped),
        output("c3", json!([{"type": "input_text", "text": "seen"}, image])),
        output("c4", json!({"content": "refused", "success": false})),
        output("c5", "Exit code: 0\nWall time: 0.25 seconds\nOutput:\nExit code: 9"),
        output("c6", Value::Null),
    ]);
    let got: Vec<_> = results(&session)
        .into_iter()
        .map(|part| match part {
            Part::ToolResult { output, is_error, duration_ms, .. } => (output.text().unwrap(), *is_error, *duration_ms),
            _ => panic!(),
        })
        .collect();
    let want = [
        ("plain", None, None),
        ("no such file", Some(true), Some(1500)),
        ("seen", None, None),
        ("refused", Some(true), None),
        ("Exit code: 0\nWall time: 0.25 seconds\nOutput:\nExit code: 9", Some(false), Some(250)),
        ("", None, None),
    ];
    assert_eq!(got, want.map(|(text, failed, time)| (text.to_owned(), failed, time)));
    assert_eq!(kinds(&session.messages[3]), ["result", "image"]);
}

#[test]
fn events_tell_how_a_call_ended_whichever_comes_first() {
    let session = session(&[
        call("c1"),
        event(
            &json!({"type": "exec_command_end", "call_id": "c1", "exit_code": 3, "duration": {"secs": 1, "nanos": 5_000_000}}),
        ),
        output("c1", "x"),
        output("c2", "y"),
        event(&json!({"type": "patch_apply_end", "call_id": "c2", "success": false})),
        item(&json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": "c2", "input": "*** Begin Patch"})),
        event(&json!({"type": "item_completed", "item": {"type": "McpToolCall", "id": "c3", "status": "failed"}})),
        output("c3", "z"),
    ]);
    let got: Vec<_> = results(&session)
        .into_iter()
        .map(|part| match part {
            Part::ToolResult { name, is_error, duration_ms, .. } => (name.as_deref(), *is_error, *duration_ms),
            _ => panic!(),
        })
        .collect();
    assert_eq!(
        got,
        [
            (Some("exec_command"), Some(true), Some(1005)),
            (Some("apply_patch"), Some(true), None),
            (None, Some(true), None)
        ]
    );
}

#[test]
fn calls_of_all_kinds_are_calls() {
    let session = session(&[
        item(
            &json!({"type": "local_shell_call", "id": "l1", "status": "completed", "action": {"type": "exec", "command": ["ls"]}}),
        ),
        output("l1", "a"),
        item(&json!({"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "rust"}})),
        item(&json!({"type": "function_call", "name": "broken", "arguments": "{not json", "call_id": "b1"})),
        item(
            &json!({"type": "image_generation_call", "id": "i1", "revised_prompt": "a cat", "result": "iVBORw0KGgo="}),
        ),
    ]);
    let names = session.messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolCall { name, arguments, .. } => Some((name.clone(), arguments.text().unwrap())),
        _ => None,
    });
    let names: Vec<_> = names.collect();
    let want = [
        ("shell", r#"{"command":["ls"],"type":"exec"}"#),
        ("web_search", r#"{"query":"rust","type":"search"}"#),
        ("broken", "{not json"),
        ("image_generation", "a cat"),
    ];
    assert_eq!(names, want.map(|(name, arguments)| (name.to_owned(), arguments.to_owned())));
    assert_eq!(kinds(session.messages.last().unwrap()).last(), Some(&"image"));
    let Part::ToolResult { name, .. } = results(&session)[0] else { panic!() };
    assert_eq!(name.as_deref(), Some("shell"));
}

#[test]
fn turns_the_user_took_back_stay_but_are_off_the_path_and_paid() {
    let session = session(&[
        said("user", &["Keep"]),
        prompt_event("Keep"),
        said("assistant", &["Kept"]),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        said("user", &["Drop"]),
        prompt_event("Drop"),
        said("assistant", &["Dropped"]),
        count([300, 0, 30, 0], [200, 0, 20, 0]),
        event(&json!({"type": "thread_rolled_back", "num_turns": 1})),
        said("user", &["Instead"]),
        prompt_event("Instead"),
        said("assistant", &["Better"]),
        count([600, 0, 60, 0], [300, 0, 30, 0]),
    ]);
    assert_eq!(texts(&session, Role::User), ["Keep", "Instead"]);
    assert_eq!(texts(&session, Role::Assistant), ["Kept", "Better"]);
    assert_eq!(session.messages.len(), 6);
    assert_eq!(session.responses.len(), 3);
}

#[test]
fn a_compaction_restates_nothing() {
    let replacement = json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Old"}]}]);
    let session = session(&[
        said("user", &["Old"]),
        said("assistant", &["Answer"]),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        count([400, 0, 90, 0], [300, 0, 80, 0]),
        line(
            "compacted",
            &json!({"message": "Another language model started to solve this problem and … to \
            assist with your own analysis:\nThe summary", "replacement_history": replacement}),
        ),
        event(&json!({"type": "context_compacted"})),
    ]);
    assert_eq!(texts(&session, Role::User), ["Old"]);
    assert_eq!(texts(&session, Role::System), ["The summary"]);
    let completions: Vec<_> = session.messages.iter().map(|message| message.completion_tokens).collect();
    assert_eq!(completions, [None, Some(10), Some(80)]);
}

#[test]
fn a_compaction_answer_without_a_mark_is_recognised_by_its_text() {
    let header = with(meta(ID), &json!({"history_mode": "paginated"}));
    let lines = [
        header,
        started("t1"),
        said("assistant", &["The summary"]),
        record(ID, "resp_1", [10, 0, 5, 0], [10, 0, 5, 0]),
        line("compacted", &json!({"message": "The summary"})),
    ];
    let seen = Store::new().thread(ID, &lines).seen();
    let session = seen.session(ID);
    assert_eq!(of(session, Role::Assistant).len(), 0);
    assert_eq!(texts(session, Role::System), ["The summary"]);
    assert_eq!(session.messages[0].completion_tokens, Some(5));
}

#[test]
fn a_message_from_another_agent_is_the_prompt_of_the_one_that_receives_it() {
    let note = item(&json!({"type": "agent_message", "content": [{"type": "input_text", "text": "Count lines"}]}));
    let header = with(meta(ID), &json!({"source": {"subagent": {"thread_spawn": {"parent_thread_id": OTHER}}}}));
    let seen = Store::new().thread(ID, &[header, note.clone()]).seen();
    assert_eq!(texts(seen.session(ID), Role::User), ["Count lines"]);
    assert_eq!(texts(&session(&[note]), Role::System), ["Count lines"]);
}
