//! The table of calls every server for the plugins must answer, by number.

use serde_json::{Value, json};

use crate::html::text;
use crate::support::{Plugin, Site};

const MODEL: &str = "claude-sonnet-4-20250514";

/// What A1 to A6 send, in order.
fn told() -> Vec<(&'static str, Value)> {
    let totals = json!({ "externalId": "S1", "source": "claude-code", "model": MODEL, "promptTokens": 233,
                         "completionTokens": 47, "cost": 0.000_871_5, "messageCount": 3, "toolCallCount": 1 });
    let mut last = totals.clone();
    let end = json!({ "title": "quiet-fox", "endReason": "other", "durationMs": 60_000 });
    last.as_object_mut().unwrap().extend(end.as_object().unwrap().clone());
    vec![
        (
            "session",
            json!({ "externalId": "S1", "source": "claude-code", "projectPath": "/home/x/proj", "projectName": "proj", "model": MODEL }),
        ),
        ("session", json!({ "externalId": "S1", "source": "claude-code", "title": "fix bug" })),
        (
            "message",
            json!({ "sessionExternalId": "S1", "externalId": "S1-user-1795438803239", "role": "user", "source": "claude-code", "textContent": "fix bug" }),
        ),
        (
            "message",
            json!({ "sessionExternalId": "S1", "externalId": "toolu_1", "role": "assistant", "source": "claude-code",
                            "parts": [{ "type": "tool-call", "content": { "toolName": "Bash", "args": { "command": "ls" } } }] }),
        ),
        ("session", totals.clone()),
        ("session", totals),
        ("session", last),
    ]
}

/// A site that was told the first calls.
async fn after(calls: usize) -> (Site, Plugin) {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    for (path, body) in told().into_iter().take(calls) {
        plugin.post(&format!("/sync/{path}"), &body).await;
    }
    (site, plugin)
}

#[tokio::test]
async fn a01_a_session_without_figures() {
    let (_site, plugin) = after(1).await;
    let session = plugin.get("S1").await;
    let figures = ["promptTokens", "completionTokens", "totalTokens", "messageCount"].map(|name| session[name].clone());
    assert_eq!(figures, [0, 0, 0, 0].map(Value::from));
}

#[tokio::test]
async fn a02_a_title_leaves_the_rest() {
    let (_site, plugin) = after(2).await;
    let session = plugin.get("S1").await;
    let fields = ["title", "projectPath", "projectName", "model"].map(|name| session[name].clone());
    assert_eq!(fields, ["fix bug", "/home/x/proj", "proj", MODEL].map(Value::from));
}

#[tokio::test]
async fn a03_a_message_is_counted_and_found() {
    let (site, plugin) = after(3).await;
    assert_eq!(plugin.get("S1").await["messageCount"], 1);
    assert_eq!(site.sessions("q=bug").await.len(), 1);
}

#[tokio::test]
async fn a04_a_tool_is_shown_with_its_arguments() {
    let (_site, plugin) = after(4).await;
    let page = text(&plugin.page("S1").await);
    assert!(page.contains("Bash") && page.contains("ls"), "{page}");
    assert_eq!(plugin.get("S1").await["messages"][1]["parts"][0]["content"]["args"], json!({ "command": "ls" }));
}

#[tokio::test]
async fn a05_totals_are_absolute() {
    let (_site, plugin) = after(6).await;
    let session = plugin.get("S1").await;
    let figures = ["promptTokens", "completionTokens", "totalTokens"].map(|name| session[name].clone());
    assert_eq!(figures, [233, 47, 280].map(Value::from));
}

#[tokio::test]
async fn a06_a_slug_is_no_title() {
    let (_site, plugin) = after(7).await;
    let session = plugin.get("S1").await;
    assert_eq!((&session["title"], &session["durationMs"]), (&json!("fix bug"), &json!(60_000)));
}

#[tokio::test]
async fn a07_a_batch_keeps_order_and_dates() {
    let (_site, plugin) = after(0).await;
    let answer = plugin
        .batch(&json!({ "sessions": [], "messages": [
            { "sessionExternalId": "P2", "externalId": "P2-user-1", "role": "user", "createdAt": 1_700_000_000_000_i64, "textContent": "hi" },
            { "sessionExternalId": "P2", "externalId": "P2-assistant-2", "role": "assistant", "createdAt": 1_700_000_001_000_i64,
              "textContent": "ok", "model": "m" } ] }))
        .await;
    assert_eq!(
        answer,
        json!({ "ok": true, "sessions": 0, "messages": 2, "errors": [], "details": {
        "sessions": { "inserted": 0, "updated": 0, "skipped": 0 }, "messages": { "inserted": 2, "updated": 0, "skipped": 0 } } })
    );
    let session = plugin.get("P2").await;
    let messages: Vec<_> = session["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["textContent"].clone(), m["createdAt"].clone()))
        .collect();
    assert_eq!(messages, [(json!("hi"), json!(1_700_000_000_000_i64)), (json!("ok"), json!(1_700_000_001_000_i64))]);
    assert_eq!((&session["createdAt"], &session["durationMs"]), (&json!(1_700_000_000_000_i64), &json!(1_000)));
}

#[tokio::test]
async fn a08_a_tool_of_droid_is_a_tool_call() {
    let (_site, plugin) = after(0).await;
    plugin
        .batch(&json!({ "messages": [{ "sessionExternalId": "D1", "externalId": "m-tool-1", "role": "assistant", "source": "factory-droid",
            "parts": [{ "type": "tool_use", "content": { "toolName": "Execute", "args": { "command": "make" } } }] }] }))
        .await;
    let part = plugin.get("D1").await["messages"][0]["parts"][0].clone();
    assert_eq!((&part["type"], &part["content"]["toolName"]), (&json!("tool-call"), &json!("Execute")));
    let page = text(&plugin.page("D1").await);
    assert!(page.contains("make") && !page.contains("Nothing was recorded"), "{page}");
}

#[tokio::test]
async fn a09_messages_alone_make_a_session() {
    let (_site, plugin) = after(0).await;
    for (id, role, text, tokens) in [("m1", "user", "Explain the parser", 0), ("m2", "assistant", "It reads.", 30)] {
        plugin
            .message(&json!({ "sessionExternalId": "O1", "externalId": id, "role": role, "textContent": text,
                                "promptTokens": tokens * 2, "completionTokens": tokens }))
            .await;
    }
    let session = plugin.get("O1").await;
    let fields = ["title", "source", "totalTokens"].map(|name| session[name].clone());
    assert_eq!(fields, [json!("Explain the parser"), json!("opencode"), json!(90)]);
}

#[tokio::test]
async fn a10_a_message_without_text_is_no_empty_bubble() {
    let (_site, plugin) = after(0).await;
    plugin
        .message(&json!({ "sessionExternalId": "O1", "externalId": "m1", "role": "assistant", "textContent": "",
                            "promptTokens": 100, "completionTokens": 50 }))
        .await;
    let session = plugin.get("O1").await;
    assert_eq!((&session["messageCount"], &session["totalTokens"]), (&json!(1), &json!(150)));
    assert_eq!(session["messages"][0]["parts"], json!([]));
    assert!(text(&plugin.page("O1").await).contains("Nothing was recorded for this message"));
}

#[tokio::test]
async fn a11_parts_of_pi_are_each_shown_once() {
    let (_site, plugin) = after(0).await;
    let told = "<thinking>A zebra.</thinking>\nIt is a crocodile.";
    plugin.message(&json!({ "sessionExternalId": "P1", "externalId": "m", "role": "assistant", "textContent": told, "parts": [
        { "type": "text", "content": told }, { "type": "tool-call", "content": { "toolName": "read", "args": { "path": "x" } } },
        { "type": "tool-result", "content": "an okapi" }, { "type": "thinking", "content": "A zebra." } ] })).await;
    let html = plugin.page("P1").await;
    let page = text(&html);
    let count = |word: &str| page.matches(word).count();
    assert_eq!(count("It is a crocodile."), 1, "{page}");
    assert!(!page.contains("<thinking>") && count("an okapi") == 1, "{page}");
    assert!(html.contains("<details"), "thoughts are folded");
    let parts = plugin.get("P1").await["messages"][0]["parts"].clone();
    assert_eq!(parts[2]["content"]["callId"], parts[3]["content"]["callId"]);
}

#[tokio::test]
async fn a12_a_name_somebody_gave_stays() {
    let (site, plugin) = after(0).await;
    let call = json!({ "externalId": "P1", "source": "pi", "title": "Untitled", "promptTokens": 5 });
    let id = plugin.session(&call).await["sessionId"].as_str().unwrap().to_owned();
    site.post(&format!("/sessions/{id}/title"), "title=My+own+name").await;
    for title in ["Untitled", "Another title"] {
        plugin.session(&json!({ "externalId": "P1", "source": "pi", "title": title, "promptTokens": 9 })).await;
        assert_eq!(plugin.get("P1").await["title"], "My own name");
    }
}

#[tokio::test]
async fn a13_all_ids_are_listed() {
    let (_site, plugin) = after(3).await;
    plugin.message(&json!({ "sessionExternalId": "O1", "externalId": "m", "role": "user", "textContent": "x" })).await;
    let mut ids: Vec<String> =
        serde_json::from_value(plugin.get_json("/sync/sessions/list").await["sessionIds"].clone()).unwrap();
    ids.sort();
    assert_eq!(ids, ["O1", "S1"]);
    assert_eq!(plugin.get_json("/sync/sessions/list?source=claude-code").await, json!({ "sessionIds": ["S1"] }));
}

#[tokio::test]
async fn a14_addresses_may_have_more_in_front() {
    let (site, plugin) = after(0).await;
    for (n, path) in ["//sync/session", "/convex.site/sync/session", "/.convex.site//sync/session"].iter().enumerate() {
        plugin.post(path, &json!({ "externalId": format!("S{n}") })).await;
    }
    assert_eq!(site.sessions("").await.len(), 3);
    assert_eq!(site.get("/.convex.site/health").await.json()["status"], "ok");
}

#[tokio::test]
async fn a15_one_message_id_in_two_sessions_is_two_messages() {
    let (_site, plugin) = after(4).await;
    let before = plugin.get("S1").await;
    let mut call = told()[3].1.clone();
    call["sessionExternalId"] = json!("S9");
    call["parts"][0]["content"]["args"] = json!({ "command": "pwd" });
    plugin.message(&call).await;
    assert_eq!(plugin.get("S9").await["messages"][0]["parts"][0]["content"]["args"], json!({ "command": "pwd" }));
    assert_eq!(plugin.get("S1").await, before);
}

#[tokio::test]
async fn a16_half_a_character_is_no_error() {
    let (_site, plugin) = after(0).await;
    let answer = plugin.send("/sync/session", r#"{"externalId":"S1","title":"Cut \ud83d..."}"#.to_owned()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(plugin.get("S1").await["title"], "Cut \u{fffd}...");
}

#[tokio::test]
async fn a17_a_duration_of_null_is_none() {
    let (_site, plugin) = after(0).await;
    plugin.session(&json!({ "externalId": "S1", "source": "claude-code", "durationMs": null })).await;
    assert_eq!(plugin.get("S1").await["durationMs"], Value::Null);
}

#[tokio::test]
async fn a18_a_thousand_messages_in_a_row_are_taken() {
    let (_site, plugin) = after(0).await;
    for n in 0..1_000 {
        plugin
            .message(&json!({ "sessionExternalId": "S1", "externalId": format!("m{n}"), "role": "user",
                                "textContent": format!("message {n}") }))
            .await;
    }
    assert_eq!(plugin.get("S1").await["messageCount"], 1_000);
}
