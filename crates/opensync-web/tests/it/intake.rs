//! What the routes for plugins refuse, and how they answer then.

use serde_json::{Value, json};

use crate::support::{Answer, Plugin, Site};

fn refused(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["error"]["code"], code);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_a_key_that_may_send_sends() {
    let site = Site::empty().await;
    let body = json!({ "externalId": "S" }).to_string();
    for path in ["/sync/session", "/sync/message", "/sync/batch"] {
        refused(&site.send("POST", path, &[], body.clone()).await, 401, "UNAUTHORIZED");
        let read = format!("Bearer {}", site.key);
        refused(&site.send("POST", path, &[("authorization", &read)], body.clone()).await, 403, "FORBIDDEN");
        refused(&site.get(path).await, 405, "METHOD_NOT_ALLOWED");
    }
    refused(&site.get("/sync/sessions/list").await, 401, "UNAUTHORIZED");
    refused(&site.send("POST", "/sync/sessions/list", &[], body).await, 405, "METHOD_NOT_ALLOWED");
    refused(&site.get("/sync/nothing").await, 404, "NOT_FOUND");
    assert!(site.sessions("").await.is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    for (path, body, message) in [
        ("/sync/session", "", "The body must be a JSON object"),
        ("/sync/session", "[]", "The body must be a JSON object"),
        ("/sync/session", "{", "The body must be a JSON object"),
        ("/sync/session", "{}", "Missing externalId or sessionId"),
        ("/sync/session", r#"{"externalId":null}"#, "Missing externalId or sessionId"),
        ("/sync/session", r#"{"externalId":5}"#, "externalId must be a text"),
        ("/sync/session", r#"{"externalId":"S","title":5}"#, "title must be a text"),
        ("/sync/session", r#"{"externalId":"S","cost":"much"}"#, "cost must be a number"),
        ("/sync/message", "{}", "Missing required field: sessionExternalId"),
        ("/sync/message", r#"{"sessionExternalId":"S"}"#, "Missing required field: externalId"),
        ("/sync/message", r#"{"sessionExternalId":"S","externalId":"m"}"#, "Missing required field: role"),
        (
            "/sync/message",
            r#"{"sessionExternalId":"S","externalId":"m","role":"user","parts":{}}"#,
            "parts must be a list",
        ),
        ("/sync/batch", "5", "The body must be a JSON object"),
        ("/sync/batch", r#"{"messages":"x"}"#, "messages must be a list"),
    ] {
        let answer = plugin.send(path, body.to_owned()).await;
        assert_eq!(refused(&answer, 400, "INVALID_REQUEST"), message, "{path} {body}");
    }
    assert!(site.sessions("").await.is_empty());
}

#[tokio::test]
async fn a_batch_names_what_it_could_not_take() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    let answer = plugin
        .batch(&json!({
            "sessions": [{ "externalId": "S", "source": "pi" }, { "externalId": "T", "title": 5 }, 7, {}],
            "messages": [{ "externalId": "m", "role": "user" },
                         { "sessionExternalId": "S", "externalId": "n", "role": "user", "textContent": "x" }],
        }))
        .await;
    assert_eq!((&answer["sessions"], &answer["messages"]), (&json!(1), &json!(1)));
    assert_eq!(
        answer["errors"],
        json!([
            "T: title must be a text",
            "an item without an id: The body must be a JSON object",
            "an item without an id: Missing externalId or sessionId",
            "m: Missing required field: sessionExternalId"
        ])
    );
    let many: Vec<Value> = vec![json!({}); 5_000];
    let answer = plugin.batch(&json!({ "sessions": many })).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 101);
    assert_eq!(plugin.batch(&json!({})).await["errors"], json!([]));
}

#[tokio::test]
async fn large_bodies_are_taken_and_larger_ones_are_not() {
    let site = Site::empty().await;
    let plugin = Plugin::of(&site).await;
    let output = "0123456789abcdef".repeat(20 << 16);
    let body = json!({ "sessionExternalId": "S", "externalId": "m", "role": "assistant", "textContent": "done",
                       "parts": [{ "type": "tool-result", "content": output }] });
    plugin.message(&body).await;
    assert!(plugin.page("S").await.contains("0123456789abcdef"));
    let answer = plugin.send("/sync/message", "x".repeat((32 << 20) + 1)).await;
    refused(&answer, 413, "PAYLOAD_TOO_LARGE");
}
