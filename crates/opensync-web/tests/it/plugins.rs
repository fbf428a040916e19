//! What the plugins send, call by call as they were recorded, and what the archive then has.

use serde_json::{Value, json};

use crate::html::text;
use crate::support::{Plugin, Site};

/// Roles and texts of a session's messages.
fn said(session: &Value) -> Vec<(&str, &str)> {
    let message = |message| (field(message, "role"), field(message, "textContent"));
    session["messages"].as_array().unwrap().iter().map(message).collect()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn a_session_of_claude_code_with_its_hooks() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    let start = json!({ "externalId": "c1", "source": "claude-code", "projectPath": "/home/x/proj",
                        "projectName": "proj", "model": "claude-sonnet-4-20250514" });
    plugin.session(&start).await;
    plugin.session(&json!({ "externalId": "c1", "source": "claude-code", "title": "List the files" })).await;
    let message = |id: &str, role: &str| json!({ "sessionExternalId": "c1", "externalId": id, "role": role, "source": "claude-code" });
    let with = |mut body: Value, more: Value| {
        let Value::Object(more) = more else { panic!("an object: {more}") };
        body.as_object_mut().unwrap().extend(more);
        body
    };
    plugin.message(&with(message("c1-user-1795438803239", "user"), json!({ "textContent": "List the files" }))).await;
    let call = json!({ "durationMs": 1500, "parts": [
        { "type": "tool-call", "content": { "toolName": "Bash", "args": { "command": "ls" } } },
        { "type": "tool-result", "content": "a.txt" },
    ] });
    plugin.message(&with(message("toolu_1", "assistant"), call)).await;
    let answer = json!({ "textContent": "There is a.txt.", "model": "claude-sonnet-4-20250514" });
    plugin.message(&with(message("0b6c", "assistant"), answer.clone())).await;
    let stop = json!({ "externalId": "c1", "source": "claude-code", "model": "claude-sonnet-4-20250514",
                       "promptTokens": 233, "completionTokens": 47, "cost": 0.000_871_5, "messageCount": 3, "toolCallCount": 1 });
    plugin.session(&stop).await;
    // After a resumption all answers come again, and the next prompt as a title.
    plugin.session(&start).await;
    plugin.session(&json!({ "externalId": "c1", "source": "claude-code", "title": "And now delete them" })).await;
    plugin
        .message(&with(message("c1-user-1795438803999", "user"), json!({ "textContent": "And now delete them" })))
        .await;
    plugin.message(&with(message("0b6c", "assistant"), answer)).await;
    plugin
        .session(&with(
            stop,
            json!({ "title": "quiet-fox", "endReason": "other", "durationMs": 60_000,
                                       "projectPath": "/home/x/proj", "projectName": "proj" }),
        ))
        .await;

    let session = plugin.get("c1").await;
    assert_eq!(field(&session, "title"), "List the files");
    assert_eq!((field(&session, "provider"), field(&session, "projectName")), ("anthropic", "proj"));
    assert_eq!((&session["totalTokens"], &session["durationMs"]), (&json!(280), &json!(60_000)));
    assert!((session["cost"].as_f64().unwrap() - 0.000_872).abs() < 1e-9);
    assert_eq!(
        said(&session),
        [
            ("user", "List the files"),
            ("assistant", ""),
            ("assistant", "There is a.txt."),
            ("user", "And now delete them")
        ]
    );
    let parts = &session["messages"][1]["parts"];
    assert_eq!(
        (&parts[0]["content"]["callId"], &parts[1]["content"]["callId"]),
        (&json!("toolu_1"), &json!("toolu_1"))
    );
    let page = text(&plugin.page("c1").await);
    assert!(page.contains("Bash") && page.contains("a.txt") && page.contains("There is a.txt."), "{page}");
}

#[tokio::test]
async fn live_messages_of_opencode_make_their_session() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    // They come at once and in any order.
    let message = |id: &str, role: &str, text: &str, tokens: Option<(u64, u64)>| {
        json!({ "sessionExternalId": "ses_1", "externalId": id, "role": role, "textContent": text,
                "model": tokens.map(|_| "claude-sonnet-4-5"), "promptTokens": tokens.map(|(prompt, _)| prompt),
                "completionTokens": tokens.map(|(_, completion)| completion) })
    };
    let messages = [
        message("msg_2", "assistant", "Done.", Some((100, 50))),
        message("msg_1", "user", "Rename the module", None),
        message("msg_4", "assistant", "", Some((200, 60))),
        message("msg_3", "user", "And the tests", None),
    ];
    let [two, one, four, three] = messages.each_ref().map(|message| plugin.message(message));
    tokio::join!(two, one, four, three);
    let session = plugin.get("ses_1").await;
    assert_eq!((field(&session, "source"), field(&session, "title")), ("opencode", "Rename the module"));
    assert_eq!((&session["promptTokens"], &session["completionTokens"]), (&json!(300), &json!(110)));
    assert_eq!(
        said(&session),
        [("user", "Rename the module"), ("assistant", "Done."), ("user", "And the tests"), ("assistant", "")]
    );
    assert!(session["cost"].as_f64().unwrap() > 0.0, "priced by the list");
}

#[tokio::test]
async fn the_command_line_of_opencode_can_send_everything_again() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    assert_eq!(plugin.get_json("/sync/sessions/list").await, json!({ "sessionIds": [] }));
    let session = json!({ "externalId": "ses_9", "title": "New session - 2026-01-02T03:04:05.678Z", "projectPath": "/w/app",
                          "projectName": "app", "model": "unknown", "provider": "opencode",
                          "promptTokens": 900, "completionTokens": 80, "cost": 0.5 });
    let message = |n: u32, role: &str| {
        json!({ "sessionExternalId": "ses_9", "externalId": format!("msg_{n}"), "role": role,
                "textContent": format!("text {n}"), "promptTokens": 0, "completionTokens": 0, "durationMs": null })
    };
    let send = async || {
        plugin.session(&session).await;
        for (n, role) in [(3, "user"), (2, "assistant"), (1, "user"), (4, "assistant")] {
            plugin.message(&message(n, role)).await;
        }
    };
    send().await;
    let first = plugin.get("ses_9").await;
    send().await;
    assert_eq!(plugin.get("ses_9").await, first, "nothing moves");
    assert_eq!(
        said(&first).iter().map(|(_, text)| *text).collect::<Vec<_>>(),
        ["text 1", "text 2", "text 3", "text 4"]
    );
    assert_eq!((field(&first, "title"), &first["cost"], &first["totalTokens"]), ("text 1", &json!(0.5), &json!(980)));
    assert_eq!(plugin.get_json("/sync/sessions/list").await, json!({ "sessionIds": ["ses_9"] }));
}

#[tokio::test]
async fn a_stop_of_droid_sends_what_is_new() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    let session = json!({ "externalId": "d1", "title": "Build it", "projectPath": "/w/app", "projectName": "app",
                          "model": "claude-sonnet-4-5-20250929", "source": "factory-droid", "promptTokens": 1000,
                          "completionTokens": 100, "durationMs": 42_000 });
    plugin.session(&session).await;
    let message = |id: &str, role: &str, text: &str| json!({ "sessionExternalId": "d1", "externalId": id, "role": role, "textContent": text, "source": "factory-droid" });
    let call = json!({ "sessionExternalId": "d1", "externalId": "m2-tool-t1", "role": "assistant", "source": "factory-droid",
                       "parts": [{ "type": "tool_use", "content": { "toolName": "Execute", "args": { "command": "make" } } }] });
    let batch = json!({ "sessions": [], "messages": [message("m1", "user", "Build it"), message("m2", "assistant", "Building."), call] });
    let answer = plugin.batch(&batch).await;
    assert_eq!((&answer["sessions"], &answer["messages"], &answer["errors"]), (&json!(0), &json!(3), &json!([])));
    // The same messages come again after a batch that failed.
    let again = plugin.batch(&batch).await;
    assert_eq!(again["details"]["messages"], json!({ "inserted": 0, "updated": 0, "skipped": 3 }));
    let session = plugin.get("d1").await;
    assert_eq!((field(&session, "title"), &session["messageCount"]), ("Build it", &json!(3)));
    // 1000 at 3 dollars a million, 100 at 15.
    assert_eq!((&session["cost"], &session["durationMs"]), (&json!(0.0045), &json!(42_000)));
    assert!(text(&plugin.page("d1").await).contains("make"));
}

#[tokio::test]
async fn a_session_of_pi_and_its_fork() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    let head = |id: &str, title: &str, more: Value| {
        let mut body = json!({ "externalId": id, "source": "pi", "projectPath": "/w/app", "projectName": "app",
                               "title": title, "model": "Claude Sonnet 4.5", "provider": "anthropic" });
        let Value::Object(more) = more else { panic!("an object: {more}") };
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let totals =
        json!({ "promptTokens": 50, "completionTokens": 20, "totalTokens": 70, "cost": 0.01, "messageCount": 2 });
    let prompt = |session: &str, at: i64| {
        json!({ "sessionExternalId": session, "externalId": format!("{session}-user-1"), "role": "user",
                "createdAt": at, "textContent": "Look around" })
    };
    let told = "<thinking>Hm.</thinking>\nHere it is.";
    let answer = |session: &str, at: i64| {
        json!({ "sessionExternalId": session, "externalId": format!("{session}-assistant-2"), "role": "assistant",
                "createdAt": at, "textContent": told, "model": "claude-sonnet-4-5", "promptTokens": 50, "completionTokens": 20,
                "parts": [{ "type": "text", "content": told },
                          { "type": "tool-call", "content": { "toolName": "read", "args": { "path": "a.rs" } } },
                          { "type": "tool-result", "content": "fn main() {}" },
                          { "type": "thinking", "content": "Hm." }] })
    };
    plugin.session(&head("pi-1111-2222", "Untitled", json!({}))).await;
    plugin.message(&prompt("pi-1111-2222", 1_795_400_000_000)).await;
    plugin.message(&answer("pi-1111-2222", 1_795_400_005_000)).await;
    plugin.session(&head("pi-1111-2222", "Untitled", totals.clone())).await;
    plugin.session(&head("pi-1111-2222", "Untitled", json!({ "durationMs": 9_000 }))).await;
    let session = plugin.get("pi-1111-2222").await;
    assert_eq!((field(&session, "title"), field(&session, "source")), ("Look around", "pi"));
    assert_eq!((field(&session, "model"), &session["totalTokens"]), ("claude-sonnet-4-5", &json!(70)));
    let kinds: Vec<&str> =
        session["messages"][1]["parts"].as_array().unwrap().iter().map(|part| field(part, "type")).collect();
    assert_eq!(kinds, ["thinking", "text", "tool-call", "tool-result"]);

    plugin.session(&head("pi-3333", "[Fork::pi-1111-] Untitled", json!({}))).await;
    let messages = json!([prompt("pi-3333", 1_795_400_000_000), answer("pi-3333", 1_795_400_005_000)]);
    let stored = plugin.batch(&json!({ "sessions": [], "messages": messages })).await;
    assert_eq!((&stored["messages"], &stored["errors"]), (&json!(2), &json!([])));
    plugin.session(&head("pi-3333", "[Fork::pi-1111-] Untitled", totals)).await;
    let fork = plugin.get("pi-3333").await;
    assert_eq!(field(&fork, "title"), "[Fork::pi-1111-] Look around");
    assert_eq!(fork["messages"][0]["createdAt"], 1_795_400_000_000_i64);
    assert_eq!(fork["messageCount"], 2);
}

#[tokio::test]
async fn a_plugin_that_needs_no_test_leaves_no_trace_of_one() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    plugin
        .session(&json!({ "externalId": "test-1795438803239", "source": "claude-code", "title": "Connection Test" }))
        .await;
    let answer = plugin
        .session(&json!({ "externalId": "test-1795438803240", "title": "CLI Sync Test", "model": "test",
        "provider": "opencode-sync-cli", "promptTokens": 0, "completionTokens": 0, "cost": 0 }))
        .await;
    assert!(answer["sessionId"].is_string());
    assert!(site.sessions("").await.is_empty());
    plugin.message(&json!({ "sessionExternalId": "test-1795438803240", "externalId": "m", "role": "user", "textContent": "real" })).await;
    assert_eq!(site.sessions("").await.len(), 1);
}
