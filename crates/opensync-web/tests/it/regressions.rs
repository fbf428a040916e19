//! What once went wrong for people who sync sessions, by number. Those that only a browser shows are in
//! `e2e/regressions.spec.js`.

use opensync_core::UserId;
use opensync_store::Scope;
use serde_json::{Value, json};

use crate::html::text;
use crate::support::{FORM, Plugin, Site};

mod shown;

async fn site() -> (Site, Plugin) {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    (site, plugin)
}

fn message(session: &str, id: &str, role: &str, more: Value) -> Value {
    with(json!({ "sessionExternalId": session, "externalId": id, "role": role }), more)
}

fn with(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object: {more}") };
    body.as_object_mut().unwrap().extend(more);
    body
}

fn says(session: &str, id: &str, text: &str) -> Value {
    message(session, id, "user", json!({ "textContent": text }))
}

#[tokio::test]
async fn r01_message_tokens_never_add_to_session_totals() {
    let (_site, plugin) = site().await;
    for _ in 0..3 {
        plugin.session(&json!({ "externalId": "S", "promptTokens": 100, "completionTokens": 10 })).await;
        plugin.message(&message("S", "m", "assistant", json!({ "promptTokens": 60, "completionTokens": 6 }))).await;
    }
    let session = plugin.get("S").await;
    assert_eq!((&session["totalTokens"], &session["messages"][0]["promptTokens"]), (&json!(110), &json!(60)));
}

#[tokio::test]
async fn r02_dates_of_the_client_are_kept() {
    let (_site, plugin) = site().await;
    let (began, said) = (1_700_000_000_000_i64, 1_700_000_500_000_i64);
    let session = json!({ "externalId": "S", "createdAt": began });
    let text = json!({ "textContent": "x", "createdAt": said });
    plugin.session(&session).await;
    plugin.message(&message("S", "m", "user", text.clone())).await;
    let batch = json!({ "sessions": [{ "externalId": "B", "createdAt": "2023-11-14T22:13:20Z" }],
                        "messages": [message("B", "m", "user", text)] });
    plugin.batch(&batch).await;
    // Sent again with another moment, or without one.
    plugin.message(&message("S", "m", "user", json!({ "textContent": "x", "createdAt": said + 9_000 }))).await;
    plugin.message(&says("B", "m", "x")).await;
    plugin.session(&json!({ "externalId": "S", "createdAt": began + 9_000 })).await;
    for name in ["S", "B"] {
        let session = plugin.get(name).await;
        assert_eq!(
            (&session["createdAt"], &session["messages"][0]["createdAt"]),
            (&json!(began), &json!(said)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn r03_messages_before_their_session_make_it() {
    let (_site, plugin) = site().await;
    plugin.message(&message("S", "m", "user", json!({ "textContent": "first", "source": "pi" }))).await;
    assert_eq!(plugin.get("S").await["source"], "pi");
}

#[tokio::test]
async fn r04_a_session_that_was_made_of_messages_learns_the_rest() {
    let (_site, plugin) = site().await;
    plugin.message(&says("S", "m", "first")).await;
    plugin.session(&json!({ "externalId": "S", "source": "pi", "title": "A plan", "projectPath": "/w/app" })).await;
    let session = plugin.get("S").await;
    let fields = ["source", "title", "projectName", "messageCount"].map(|name| session[name].clone());
    assert_eq!(fields, [json!("pi"), json!("A plan"), json!("app"), json!(1)]);
}

#[tokio::test]
async fn r05_both_names_of_cursor_are_one_source() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "a", "source": "cursor-sync" })).await;
    plugin.session(&json!({ "externalId": "b", "source": " Cursor " })).await;
    plugin.session(&json!({ "externalId": "a", "source": "cursor" })).await;
    assert_eq!(site.sessions("").await.len(), 2);
    for name in ["cursor", "cursor-sync"] {
        assert_eq!(site.sessions(&format!("source={name}")).await.len(), 2, "{name}");
        let ids = plugin.get_json(&format!("/sync/sessions/list?source={name}")).await;
        assert_eq!(ids["sessionIds"].as_array().unwrap().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn r06_a_tool_may_be_who_says_something() {
    let (_site, plugin) = site().await;
    plugin
        .message(&message(
            "S",
            "c",
            "assistant",
            json!({ "parts": [{ "type": "tool-call", "toolName": "grep", "args": "{}" }] }),
        ))
        .await;
    plugin
        .message(&message(
            "S",
            "r",
            "tool",
            json!({ "parts": [{ "type": "tool-result", "content": "nothing found" }] }),
        ))
        .await;
    assert_eq!(plugin.get("S").await["messages"][1]["role"], "tool");
    assert!(text(&plugin.page("S").await).contains("nothing found"));
}

#[tokio::test]
async fn r09_everything_can_be_deleted_at_once() {
    let (site, plugin) = site().await;
    let sessions: Vec<Value> = (0..450).map(|n| json!({ "externalId": format!("s{n}"), "source": "pi" })).collect();
    let messages: Vec<Value> = (0..450).map(|n| says(&format!("s{n}"), "m", "words")).collect();
    plugin.batch(&json!({ "sessions": sessions, "messages": messages })).await;
    let answer = site.admin("POST", "/api/sessions/bulk", &json!({ "query": "source:pi", "action": "delete" })).await;
    assert_eq!(answer.json(), json!({ "done": 450, "failed": [] }));
    assert!(site.sessions("").await.is_empty() && site.sessions("q=words").await.is_empty());
    assert_eq!(plugin.get_json("/sync/sessions/list").await, json!({ "sessionIds": [] }));
    assert_eq!(site.api("/api/stats").await.json()["messageCount"], 0);
}

#[tokio::test]
async fn r10_a_deleted_session_leaves_nothing_in_the_search() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "a very special word")).await;
    let id = plugin.get("S").await["id"].as_str().unwrap().to_owned();
    site.admin("DELETE", &format!("/api/sessions/{id}"), &Value::Null).await;
    assert!(site.sessions("q=special").await.is_empty());
    // Nor does the plugin bring it back by itself.
    assert_eq!(plugin.message(&says("S", "m2", "again special")).await["ok"], true);
    assert!(site.sessions("").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r11_many_who_send_at_once_lose_no_count() {
    let (site, plugin) = site().await;
    let plugin = std::sync::Arc::new(plugin);
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let plugin = plugin.clone();
            tokio::spawn(async move {
                plugin.message(&says("S", &format!("m{n}"), "hello")).await;
                plugin.session(&json!({ "externalId": "S", "promptTokens": 10, "completionTokens": 5 })).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let session = plugin.get("S").await;
    assert_eq!((&session["messageCount"], &session["totalTokens"]), (&json!(60), &json!(15)));
    assert_eq!(site.sessions("").await.len(), 1);
}

#[tokio::test]
async fn r12_a_message_sent_again_in_a_batch_keeps_its_parts() {
    let (_site, plugin) = site().await;
    let parts = json!({ "parts": [{ "type": "tool-call", "content": { "toolName": "Bash", "args": {} } }] });
    plugin.batch(&json!({ "messages": [message("S", "m", "assistant", parts.clone())] })).await;
    let before = plugin.get("S").await["messages"].clone();
    plugin.batch(&json!({ "messages": [message("S", "m", "assistant", parts)] })).await;
    plugin.batch(&json!({ "messages": [message("S", "m", "assistant", json!({ "durationMs": 5 }))] })).await;
    assert_eq!(plugin.get("S").await["messages"], before);
}

#[tokio::test]
async fn r13_an_update_a_moment_later_is_not_ignored() {
    let (_site, plugin) = site().await;
    for (text, total) in [("Let", 1), ("Let me", 2), ("Let me see", 3)] {
        plugin.message(&message("S", "m", "assistant", json!({ "textContent": text }))).await;
        plugin.session(&json!({ "externalId": "S", "completionTokens": total, "cost": total })).await;
        let session = plugin.get("S").await;
        assert_eq!(
            (&session["messages"][0]["textContent"], &session["completionTokens"]),
            (&json!(text), &json!(total))
        );
    }
}

#[tokio::test]
async fn r14_a_new_title_leaves_messages_searchable() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "the quokka sleeps")).await;
    plugin.session(&json!({ "externalId": "S", "source": "pi", "title": "Marsupials" })).await;
    assert_eq!((site.sessions("q=quokka").await.len(), site.sessions("q=marsupials").await.len()), (1, 1));
}

#[tokio::test]
async fn r15_a_text_without_parts_is_searchable() {
    let (site, plugin) = site().await;
    plugin.message(&message("S", "m", "assistant", json!({ "textContent": "an axolotl" }))).await;
    assert_eq!(site.sessions("q=axolotl").await.len(), 1);
}

#[tokio::test]
async fn r16_the_search_follows_what_changes() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "an axolotl")).await;
    plugin.message(&says("S", "m", "a salamander")).await;
    assert_eq!((site.sessions("q=axolotl").await.len(), site.sessions("q=salamander").await.len()), (0, 1));
}

#[tokio::test]
async fn r19_an_address_opens_where_it_points() {
    let (_site, plugin) = site().await;
    plugin.message(&says("S", "m", "hello")).await;
    assert!(text(&plugin.page("S").await).contains("hello"));
}

#[tokio::test]
async fn r22_a_provider_is_never_unknown_because_of_a_login() {
    let (site, plugin) = site().await;
    for (n, (name, wanted)) in
        [("anthropic-oauth", "anthropic"), ("openai-codex-oauth", "openai"), ("antigravity", "google")]
            .iter()
            .enumerate()
    {
        plugin.session(&json!({ "externalId": format!("s{n}"), "provider": name, "promptTokens": 5 })).await;
        assert_eq!(plugin.get(&format!("s{n}")).await["provider"], json!(wanted));
        assert_eq!(site.sessions(&format!("q=provider:{wanted}")).await.len(), 1);
    }
}

#[tokio::test]
async fn r30_a_session_with_a_prompt_has_a_title() {
    let (_site, plugin) = site().await;
    for title in ["Untitled", "Untitled Session", "", "New session - 2026-05-04T09:00:00.000Z", "Untitled session"] {
        plugin.session(&json!({ "externalId": "S", "title": title })).await;
    }
    plugin.message(&says("S", "m", "\n  Please   fix\tthe parser\nand more")).await;
    plugin.session(&json!({ "externalId": "S", "title": "Untitled" })).await;
    assert_eq!(plugin.get("S").await["title"], "Please fix the parser");
}

#[tokio::test]
async fn r31_zeros_erase_nothing() {
    let (_site, plugin) = site().await;
    plugin
        .session(
            &json!({ "externalId": "S", "promptTokens": 10, "completionTokens": 5, "cost": 0.25, "durationMs": 900 }),
        )
        .await;
    let before = plugin.get("S").await;
    plugin
        .session(&json!({ "externalId": "S", "promptTokens": 0, "completionTokens": 0, "cost": 0, "durationMs": 0 }))
        .await;
    assert_eq!(plugin.get("S").await, before);
    assert_eq!((&before["totalTokens"], &before["cost"]), (&json!(15), &json!(0.25)));
}

#[tokio::test]
async fn r32_without_totals_those_of_messages_count() {
    let (_site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "S", "promptTokens": 0, "completionTokens": 0 })).await;
    for id in ["a", "b"] {
        plugin.message(&message("S", id, "assistant", json!({ "promptTokens": 10, "completionTokens": 1 }))).await;
    }
    assert_eq!(plugin.get("S").await["totalTokens"], 22);
}

#[tokio::test]
async fn r33_a_missing_cost_is_computed_and_no_token_is_paid_twice() {
    let (_site, plugin) = site().await;
    let totals = json!({ "externalId": "S", "source": "factory-droid", "model": "claude-sonnet-4-5-20250929",
                         "promptTokens": 1_000_000, "completionTokens": 1_000 });
    plugin.session(&totals).await;
    let cost = plugin.get("S").await["cost"].as_f64().unwrap();
    assert!((3.0..6.1).contains(&cost), "{cost}");
    plugin.session(&json!({ "externalId": "S", "source": "factory-droid", "cost": 0.5 })).await;
    assert_eq!(plugin.get("S").await["cost"], 0.5, "what the plugin says wins");
    plugin.session(&json!({ "externalId": "X", "model": "nobody-knows-this", "promptTokens": 5 })).await;
    assert_eq!(plugin.get("X").await["cost"], Value::Null, "unknown is not free");
}

#[tokio::test]
async fn r34_a_new_name_sticks() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "first words")).await;
    let id = plugin.get("S").await["id"].as_str().unwrap().to_owned();
    site.send_form(&format!("/sessions/{id}/title"), "title=Mine", &[FORM, ("sec-fetch-site", "same-origin")]).await;
    plugin.session(&json!({ "externalId": "S", "title": "Theirs" })).await;
    assert_eq!(plugin.get("S").await["title"], "Mine");
}

#[tokio::test]
async fn r35_fields_nobody_knows_and_other_names_are_no_reason_to_refuse() {
    let (_site, plugin) = site().await;
    plugin
        .session(&json!({ "sessionId": "S", "brandNew": { "deep": [1] }, "messageCount": "many", "$odd": null }))
        .await;
    plugin
        .message(&json!({ "sessionId": "S", "messageId": "m", "role": "moderator", "content": "hi", "new": true }))
        .await;
    let session = plugin.get("S").await;
    assert_eq!(session["messages"][0]["textContent"], "hi");
}

#[tokio::test]
async fn r36_a_key_opens_every_documented_route() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "hi")).await;
    plugin.message(&message("S", "n", "assistant", json!({ "textContent": "ho" }))).await;
    let id = plugin.get("S").await["id"].as_str().unwrap().to_owned();
    site.admin("PATCH", &format!("/api/sessions/{id}"), &json!({ "evalReady": true })).await;
    for path in [
        "/api/sessions".to_owned(),
        format!("/api/sessions/get?id={id}"),
        format!("/api/sessions/{id}"),
        format!("/api/export?id={id}&format=json"),
        "/api/export/evals".to_owned(),
        "/api/stats".to_owned(),
        "/sync/sessions/list".to_owned(),
    ] {
        plugin.get_json(&path).await;
    }
}

#[tokio::test]
async fn r37_a_browser_may_ask_any_path_first() {
    let (site, _) = site().await;
    for path in ["/sync/session", "/sync/message", "/sync/batch", "/sync/sessions/list", "/api/sessions", "/health"] {
        let asked = [("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")];
        let answer = site.ask("OPTIONS", path, &asked).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("access-control-allow-origin")),
            (204, "*".to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn r38_nobody_reaches_what_another_user_sent_by_the_same_id() {
    let (site, plugin) = site().await;
    let other = UserId::from_stored("someone-else".to_owned());
    let key = site.store.create_key(&other, "theirs", &Scope::ALL).await.unwrap().secret;
    plugin.message(&says("S", "m", "mine")).await;
    let before = plugin.get("S").await;
    let headers = [("authorization", format!("Bearer {key}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(site.ask("GET", "/api/sessions/get?id=S", &headers).await.status, 404);
    let answer = site.send("POST", "/sync/message", &headers, says("S", "m", "theirs").to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(plugin.get("S").await, before);
    let theirs = site.ask("GET", "/api/sessions/get?id=S", &headers).await.json();
    assert_eq!(theirs["messages"][0]["textContent"], "theirs");
    assert_ne!(theirs["id"], before["id"]);
}

#[tokio::test]
async fn r39_nothing_is_exported_without_a_key() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "m", "mine")).await;
    for path in ["/api/export?id=S&format=json", "/api/export/evals?user=local&userId=local", "/sync/sessions/list"] {
        assert_eq!(site.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn r40_odd_texts_and_keys_are_accepted() {
    let (_site, plugin) = site().await;
    let body = r#"{"sessionExternalId":"S","externalId":"m","role":"assistant","textContent":"a\u0000b\u0007\ud83d",
        "promptTokens":1e-7,"completionTokens":2.6,"durationMs":null,"model":null,
        "parts":[{"type":"tool-call","content":{"toolName":"T","args":{"$set":1,"_id":2,"ключ":"\udead","":3}}}]}"#;
    let answer = plugin.send("/sync/message", body.to_owned()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = plugin.get("S").await["messages"][0].clone();
    assert_eq!((&said["textContent"], &said["completionTokens"]), (&json!("a\u{fffd}b\u{7}\u{fffd}"), &json!(3)));
    let arguments = said["parts"].as_array().unwrap().iter().find(|part| part["type"] == "tool-call").unwrap();
    assert_eq!(arguments["content"]["args"], json!({ "$set": 1, "_id": 2, "ключ": "\u{fffd}", "": 3 }));
}

#[tokio::test]
async fn r41_an_address_with_a_slash_at_its_end_works() {
    let (_site, plugin) = site().await;
    plugin.post("//sync/session", &json!({ "externalId": "S" })).await;
    assert_eq!(plugin.get("S").await["externalId"], "S");
}

#[tokio::test]
async fn r42_test_sessions_are_in_no_list() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "test-1795438803239", "title": "Connection Test" })).await;
    plugin.session(&json!({ "externalId": "real" })).await;
    assert_eq!(site.sessions("").await.len(), 1);
    assert_eq!(site.api("/api/stats").await.json()["sessionCount"], 1);
}
