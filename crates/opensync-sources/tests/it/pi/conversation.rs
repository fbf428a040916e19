//! Who said what: prompts, branches, results, notices.

use opensync_core::import::TitleRank;
use opensync_core::{Part, Relation, Role};
use serde_json::{Value, json};

use super::{Store, answer, entry, header, message, said, session, user, words};
use crate::support::{outline, texts, with};

#[test]
fn the_active_branch_is_shown_and_every_branch_is_counted() {
    let session = session(&[
        user("u1", "-", "Hello"),
        answer("a1", "u1", &words("Hi"), 10),
        user("u2", "a1", "First try"),
        answer("a2", "u2", &words("No."), 20),
        entry("branch_summary", "b1", "a1", &json!({"fromId": "a2", "summary": "Tried once."})),
        user("u3", "b1", "Second try"),
        answer("a3", "u3", &words("Yes."), 30),
    ]);
    let on = ["user S1:u1", "assistant S1:a1", "-user S1:u2", "-assistant S1:a2", "system S1:b1"];
    assert_eq!(outline(&session), [&on[..], &["user S1:u3", "assistant S1:a3"]].concat());
    assert_eq!(session.responses.iter().map(|row| row.usage.output).sum::<u64>(), 60);
    assert_eq!(session.messages.iter().filter(|message| message.counted()).count(), 4);
    assert_eq!(session.summary, None);
}

#[test]
fn going_back_before_the_first_prompt_hides_all_of_it() {
    let session = session(&[user("u1", "-", "Old"), answer("a1", "u1", &words("x"), 1), user("u2", "-", "New")]);
    assert_eq!(outline(&session), ["-user S1:u1", "-assistant S1:a1", "user S1:u2"]);
    assert_eq!(session.title, Some(("New".to_owned(), TitleRank::Prompt)));
}

#[test]
fn the_last_name_wins_and_an_empty_one_takes_it_away() {
    let name = |id: &str, name: &str| entry("session_info", id, "u1", &json!({"name": name}));
    let title = |entries: &[Value]| session(entries).title.unwrap();
    let prompt = user("u1", "-", "Prompt");
    assert_eq!(title(&[prompt.clone(), name("i1", "Old"), name("i2", "New")]), ("New".to_owned(), TitleRank::Named));
    assert_eq!(title(&[prompt, name("i1", "Old"), name("i2", "")]), ("Prompt".to_owned(), TitleRank::Prompt));
}

#[test]
fn attachments_and_skills_are_notes_beside_the_prompt() {
    let file = "<file name=\"/home/ana/a.md\">\ntext\n</file>\n";
    let skill = "<skill name=\"review\" location=\"/s/SKILL.md\">\nHow.\n</skill>";
    let session = session(&[
        user("u1", "-", skill),
        user("u2", "u1", format!("{skill}\n\nthe last commit")),
        user("u3", "u2", vec![words(&format!("{file}Shorten it"))]),
        user("u4", "u3", file),
    ]);
    let expected = ["system S1:u1", "system S1:u2:note", "user S1:u2", "system S1:u3:note", "user S1:u3", "user S1:u4"];
    assert_eq!(outline(&session), expected);
    assert_eq!(texts(&session, Role::User)[..2], ["the last commit", "Shorten it"]);
    assert_eq!(session.title, Some(("the last commit".to_owned(), TitleRank::Prompt)));
}

#[test]
fn a_command_titles_a_session_only_when_nothing_else_does() {
    let title = |entries: &[Value]| session(entries).title.unwrap().0;
    assert_eq!(title(&[user("u1", "-", "/mode"), user("u2", "u1", "Fix it")]), "Fix it");
    assert_eq!(title(&[user("u1", "-", "/mode")]), "/mode");
}

#[test]
fn a_session_of_one_skill_is_called_after_it() {
    let session = session(&[user("u1", "-", "<skill name=\"review\">\nHow.\n</skill>")]);
    assert_eq!(session.title, Some(("/skill:review".to_owned(), TitleRank::Placeholder)));
}

#[test]
fn calls_and_results_are_paired() {
    let call = json!({"type": "toolCall", "id": "toolu_9", "name": "bash", "arguments": {"command": "npm test"}});
    let picture = json!({"type": "image", "data": "aGVsbG8=", "mimeType": "image/png"});
    let result = json!({"role": "toolResult", "toolCallId": "toolu_9", "content": [words("2 failing"), words("x"), picture],
        "details": {"exitCode": 1}, "isError": true, "timestamp": 1_775_030_410_000_u64});
    let session = session(&[user("u1", "-", "Go"), answer("a1", "u1", &call, 60), message("r1", "a1", &result)]);
    assert_eq!(outline(&session), ["user S1:u1", "assistant S1:a1", "tool S1:r1"]);
    let [Part::ToolResult { call_id, name, output, is_error, details, .. }, Part::Image { .. }] =
        session.messages[2].parts.as_slice()
    else {
        panic!("{:?}", session.messages[2].parts)
    };
    assert_eq!((call_id.as_deref(), name.as_deref(), *is_error), (Some("toolu_9"), Some("bash"), Some(true)));
    assert_eq!(output.text().unwrap(), "2 failing\nx");
    assert_eq!(details.as_ref().unwrap().text().unwrap(), r#"{"exitCode":1}"#);
}

#[test]
fn notices_of_the_tool_and_of_extensions_are_system_messages() {
    let shell = json!({"role": "bashExecution", "command": "npm test", "output": "1 failing\n", "exitCode": 1,
        "cancelled": true, "truncated": true, "fullOutputPath": "/tmp/out"});
    let session = session(&[
        user("u1", "-", "Go"),
        message("s1", "u1", &shell),
        message(
            "h1",
            "s1",
            &json!({"role": "hookMessage", "customType": "x", "content": "Hook says", "display": true}),
        ),
        entry(
            "custom_message",
            "c1",
            "h1",
            &json!({"customType": "x", "content": [words("Extension says")], "display": false}),
        ),
        entry("custom", "d1", "c1", &json!({"customType": "x", "data": {"secret": 1}})),
        entry("label", "l1", "d1", &json!({"targetId": "u1", "label": "here"})),
        message("k1", "l1", &json!({"role": "compactionSummary", "summary": "Short."})),
        entry(
            "compaction",
            "z1",
            "k1",
            &json!({"summary": "Shorter.", "firstKeptEntryId": "u1", "tokensBefore": 99999}),
        ),
    ]);
    assert_eq!(texts(&session, Role::User), ["Go"]);
    let shell = "! npm test\n\n1 failing\n\n(exit code 1, cancelled, shortened, all of it in /tmp/out)";
    assert_eq!(texts(&session, Role::System), [shell, "Hook says", "Extension says", "Short.", "Shorter."]);
    assert_eq!(session.summary.as_deref(), Some("Shorter."));
    assert!(session.responses.is_empty());
}

#[test]
fn a_failed_call_is_a_notice_and_half_an_answer_an_answer() {
    let failed = |id: &str, reason: &str, content: Value, output: u64| {
        let usage = json!({"input": 0, "output": output, "cacheRead": 0, "cacheWrite": 0});
        let more =
            json!({"content": content, "stopReason": reason, "errorMessage": format!("{reason}!"), "usage": usage});
        message(id, "u1", &with(said(id, &words(""), 0), &more))
    };
    let session = session(&[
        user("u1", "-", "Go"),
        failed("e1", "error", json!([]), 0),
        with(failed("e2", "aborted", json!([words("Half")]), 7), &json!({"parentId": "e1"})),
    ]);
    assert_eq!(outline(&session), ["user S1:u1", "system S1:e1", "assistant S1:e2", "system S1:e2:error"]);
    assert_eq!(texts(&session, Role::System), ["error!", "aborted!"]);
    assert_eq!(session.responses.iter().map(|row| row.usage.output).collect::<Vec<_>>(), [7]);
    assert_eq!(session.discarded.len(), 1);
}

#[test]
fn a_parent_is_found_by_its_header_or_by_its_name() {
    let named = |parent: &str| with(header("S2"), &json!({"parentSession": parent}));
    let parent = |path: &str| {
        let store = Store::new();
        store.lines("2026_named.jsonl", &[header("real-id"), user("u1", "-", "One")]);
        store.lines("../--other--/2026_else.jsonl", &[header("other-id"), user("u1", "-", "One")]);
        let seen = store.lines("2027_S2.jsonl", &[named(path), user("u9", "-", "Two")]).seen();
        seen.session("S2").parent.clone().unwrap()
    };
    assert_eq!(parent("/home/ana/.pi/agent/sessions/--home-ana-shop--/2026_named.jsonl").external_id, "real-id");
    assert_eq!(parent("C:\\u\\sessions\\--other--\\2026_else.jsonl").external_id, "other-id");
    assert_eq!(parent("/elsewhere/2025-01-01T00-00-00-000Z_gone.jsonl").external_id, "gone");
    assert_eq!(parent("/elsewhere/../2026_named.jsonl").external_id, "real-id");
    assert_eq!(parent("my_own_id").external_id, "my_own_id");
    assert_eq!(parent("gone.jsonl").relation, Relation::Fork);
}

#[test]
fn a_windows_folder_names_the_project_anywhere() {
    let lines = [with(header("S1"), &json!({"cwd": "C:\\work\\shop"})), user("u1", "-", "Go")];
    let seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    let path = seen.sessions[0].project_path.as_deref().unwrap();
    assert_eq!(opensync_core::text::project_name(path), Some("shop"));
}

#[test]
fn an_unknown_block_or_role_is_kept_as_it_is() {
    let block = json!({"type": "hologram", "depth": 3});
    let lines =
        [header("S1"), answer("a1", "-", &block, 5), message("n1", "a1", &json!({"role": "narrator", "content": "x"}))];
    let seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    let parts: Vec<_> = seen.sessions[0].messages.iter().flat_map(|message| &message.parts).collect();
    let [Part::Unknown { kind: one, json }, Part::Unknown { kind: two, .. }] = parts[..] else { panic!("{parts:?}") };
    assert_eq!((one.as_str(), two.as_str()), ("hologram", "narrator"));
    assert_eq!(serde_json::from_str::<Value>(&json.text().unwrap()).unwrap(), block);
    assert_eq!(seen.problems.len(), 1);
}
