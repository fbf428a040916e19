//! Who said what: prompts, injected text, results, titles.

use opensync_core::import::TitleRank;
use opensync_core::{Part, Relation, Role};
use serde_json::{Value, json};

use super::{Store, message, session, start, words};
use crate::support::{outline, texts, with};

#[test]
fn a_reminder_beside_a_prompt_is_not_part_of_it() {
    let reminder = "<system-reminder>\nEnvironment facts\n</system-reminder>";
    let session = session(&[
        start(&json!({})),
        message("m1", "user", vec![words(reminder), words(reminder), words("fix the flaky test")]),
        message("m2", "user", format!("{reminder}\nand this")),
        message("m3", "user", vec![words(reminder)]),
    ]);
    assert_eq!(outline(&session), ["system m1:note", "user m1", "system m2:note", "user m2", "system m3"]);
    assert_eq!(texts(&session, Role::User), ["fix the flaky test", "and this"]);
    assert_eq!(session.title, Some(("fix the flaky test".to_owned(), TitleRank::Prompt)));
}

#[test]
fn visibility_says_who_a_message_is_for() {
    let to = |id: &str, more: Value| {
        let mut line = message(id, "user", vec![words("Model: Claude Opus 4.5 [Anthropic]")]);
        line["message"] = with(line["message"].clone(), &more);
        line
    };
    let session = session(&[
        start(&json!({})),
        to("context-1", json!({"visibility": "llm_only"})),
        to("n2", json!({"visibility": "user_only"})),
        to("n3", json!({"visibility": "both"})),
        to("n4", json!({"hiddenFromUserViews": true})),
        to("hook5", json!({"visibility": "user_only", "content": []})),
        message("m6", "system", "Odd"),
    ]);
    assert_eq!(outline(&session), ["system context-1", "system n2", "user n3", "system n4", "system m6"]);
    assert_eq!((session.model.as_deref(), session.provider.as_deref()), (Some("Claude Opus 4.5"), Some("anthropic")));
}

#[test]
fn the_best_title_wins() {
    let title =
        |fields: Value| session(&[start(&fields), message("m1", "user", "Fix the flaky test, please")]).title.unwrap();
    let (prompt, given) = ("Fix the flaky test, please".to_owned(), "Flaky test".to_owned());
    assert_eq!(title(json!({"title": "Fix the flaky te…"})), (prompt.clone(), TitleRank::Prompt));
    assert_eq!(title(json!({"title": "<system-reminder>x</system-reminder>"})), (prompt.clone(), TitleRank::Prompt));
    assert_eq!(title(json!({"title": "", "sessionTitle": "New Session"})), (prompt, TitleRank::Prompt));
    assert_eq!(title(json!({"title": "x", "sessionTitle": "Flaky test"})), (given.clone(), TitleRank::Generated));
    assert_eq!(
        title(json!({"sessionTitle": "Flaky test", "isSessionTitleManuallySet": true})),
        (given, TitleRank::Named)
    );
    let command = "<command-name>/review</command-name><command-args>12</command-args>";
    let session = session(&[start(&json!({})), message("m1", "user", command)]);
    assert_eq!(session.title, Some(("/review 12".to_owned(), TitleRank::Placeholder)));
}

#[test]
fn the_header_is_read_wherever_it_stands() {
    for place in ["session", "session_start"] {
        let line = json!({"type": "session_start", place: start(&json!({"title": "Named", "isSessionTitleManuallySet": true}))});
        let session = session(&[line, message("m1", "user", "Go")]);
        assert_eq!(
            (session.title.unwrap().0.as_str(), session.project_path.as_deref()),
            ("Named", Some("/home/ana/shop"))
        );
    }
}

#[test]
fn a_windows_folder_names_the_project_anywhere() {
    let session = session(&[start(&json!({"cwd": "C:\\work\\shop"})), message("m1", "user", "Go")]);
    let path = session.project_path.as_deref().unwrap();
    assert_eq!(opensync_core::text::project_name(path), Some("shop"));
}

#[test]
fn results_become_tool_messages_and_text_beside_them_a_prompt() {
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "Execute", "input": {"command": "npm test"}});
    let result = |id: &str, more: Value| with(json!({"type": "tool_result", "tool_use_id": id}), &more);
    let picture = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}});
    let session = session(&[
        start(&json!({})),
        message("m1", "user", "Go"),
        message("m2", "assistant", vec![call("t1"), call("t2"), call("t3")]),
        message(
            "m3",
            "user",
            vec![
                result("t1", json!({"content": "1 failing", "exitCode": 2})),
                result(
                    "t2",
                    json!({"content": ["bare", {"type": "text", "text": "block"}, picture], "is_error": false}),
                ),
                result("t3", json!({"content": {"rows": 3}})),
                words("and stop"),
            ],
        ),
    ]);
    assert_eq!(outline(&session), ["user m1", "assistant m2", "tool m3", "user m3:text"]);
    let results = session.messages[2].parts.iter().filter_map(|part| match part {
        Part::ToolResult { call_id, name, output, is_error, .. } => {
            Some((call_id.as_deref().unwrap(), name.as_deref().unwrap(), output.text().unwrap(), *is_error))
        }
        _ => None,
    });
    let results: Vec<_> = results.collect();
    let row = |id, output: &str, is_error| (id, "Execute", output.to_owned(), is_error);
    assert_eq!(
        results,
        [row("t1", "1 failing", Some(true)), row("t2", "bare\nblock", Some(false)), row("t3", r#"{"rows":3}"#, None)]
    );
    assert!(session.messages[2].parts.iter().any(|part| matches!(part, Part::Image { .. })));
}

#[test]
fn thinking_is_read_once_whatever_it_is_called() {
    let plain = |id: &str, content: Value| {
        let mut line = message(id, "assistant", content);
        line["message"]["chatCompletionReasoningContent"] = "hm".into();
        line
    };
    let session = session(&[
        start(&json!({})),
        message(
            "m1",
            "assistant",
            json!([{"type": "reasoning", "text": "hm"}, {"type": "redacted_thinking", "data": "x"}]),
        ),
        plain("m2", json!([{"type": "thinking", "thinking": "hm", "signature": "reasoning_content"}])),
        plain("m3", json!(["Yes."])),
    ]);
    let thoughts = |at: usize| {
        let thought = |part: &Part| if let Part::Thinking(body) = part { Some(body.text().unwrap()) } else { None };
        session.messages[at].parts.iter().filter_map(thought).collect::<Vec<_>>()
    };
    assert_eq!(
        (thoughts(0), thoughts(1), thoughts(2)),
        (vec!["hm".into(), String::new()], vec!["hm".into()], vec!["hm".into()])
    );
    assert_eq!(session.messages[2].text(), "Yes.");
}

#[test]
fn flat_messages_and_permission_audits_are_told_apart() {
    let session = session(&[
        json!({"type": "message", "id": "f1", "role": "user", "text": "Go", "timestamp": 1_780_308_000_000_u64, "session_id": "S1"}),
        json!({"type": "message", "id": "v1", "entry_type": "verdict", "action": "allow"}),
        json!({"type": "message", "id": "f2", "role": "assistant", "text": "Done", "timestamp": 1_780_308_004_000_u64}),
    ]);
    assert_eq!(outline(&session), ["user f1", "assistant f2"]);
    assert_eq!((session.created_at, session.updated_at), (Some(1_780_308_000_000), Some(1_780_308_004_000)));
}

#[test]
fn a_sub_agent_is_known_by_its_header_or_its_tag() {
    let brief = "# Task Tool Invocation\nSubagent type: explorer\n\nList the exports.";
    let caller = json!({"callingSessionId": "S0", "callingToolUseId": "t9"});
    let tags = json!({"tags": ["odd", {"name": "exec"}, {"name": "subagent", "metadata": caller}]});
    let store = Store::new();
    store.lines("S1.jsonl", &[start(&caller), message("m1", "user", brief), message("m2", "user", brief)]);
    store.lines("S2.jsonl", &[start(&json!({})), message("m1", "user", brief)]).lines("S2.settings.json", &[tags]);
    let seen = store.seen();
    for id in ["S1", "S2"] {
        let session = seen.session(id);
        let parent = session.parent.as_ref().unwrap();
        assert_eq!((parent.external_id.as_str(), parent.relation), ("S0", Relation::SubAgent));
        assert_eq!(parent.call_id.as_deref(), Some("t9"));
        assert_eq!(session.title, Some(("List the exports.".to_owned(), TitleRank::Prompt)));
        assert!(session.sidechain && session.messages.iter().all(|message| message.role == Role::User));
    }
}

#[test]
fn a_compaction_is_a_system_message_and_its_summary_the_sessions() {
    let sent = "A previous instance of Droid has summarized the conversation thus far as follows:\n\n<summary>\nAll done.\n</summary>";
    let session = session(&[
        start(&json!({})),
        json!({"type": "compaction_state", "id": "c1", "summary": {"title": "Old", "body": "Words"}}),
        message("m1", "user", sent),
        message("m2", "user", "Go on"),
        json!({"type": "compaction_state", "id": "c2", "summaryText": "All done.", "anchorMessage": {"id": "m2"}, "removedCount": 2}),
        json!({"type": "agent_turn_outcome", "turnId": "m2", "reason": "completed"}),
        json!({"type": "agent_turn_outcome", "turnId": "m2", "reason": "error"}),
    ]);
    assert_eq!(outline(&session), ["system c1", "system m1", "user m2", "system c2", "system line-7"]);
    assert_eq!(session.summary.as_deref(), Some("All done."));
    assert_eq!(session.title.unwrap().0, "Go on");
}

#[test]
fn an_unknown_block_is_kept_as_it_is() {
    let block = json!({"type": "hologram", "depth": 3});
    let session = session(&[start(&json!({})), message("m1", "assistant", vec![block.clone()])]);
    let [Part::Unknown { kind, json }] = session.messages[0].parts.as_slice() else { panic!("one unknown part") };
    assert_eq!(kind, "hologram");
    assert_eq!(serde_json::from_str::<Value>(&json.text().unwrap()).unwrap(), block);
}
