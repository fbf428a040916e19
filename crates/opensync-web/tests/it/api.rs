//! The JSON API: who may ask, errors, single sessions and figures.

use opensync_core::UserId;
use opensync_store::Scope;
use serde_json::{Value, json};

use crate::support::{Answer, Site};

const PLAIN: &str = "bc44bb71-7c8b-404c-a9b8-68011b04f1cf";

/// An error: right shape, readable from any origin, and never kept.
fn refused(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    let message = body["message"].as_str().unwrap().to_owned();
    assert_eq!(body, json!({ "error": { "code": code, "message": message }, "message": message }));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "no-store");
    message
}

/// The same value with ids and times replaced, so that only their presence is compared.
fn redacted(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let hidden = match name.as_str() {
                    "id" | "_id" | "externalId" | "parentId" | "callId" | "url" => "[id]",
                    "createdAt" | "updatedAt" | "timestamp" => "[time]",
                    _ => "",
                };
                *value = match (hidden, value.take()) {
                    ("", value) => redacted(value),
                    (_, Value::Null) => Value::Null,
                    (hidden, _) => hidden.into(),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = redacted(item.take())),
        _ => {}
    }
    value
}

#[tokio::test]
async fn only_a_key_that_may_read_opens_the_api() {
    let site = Site::real().await;
    let local = UserId::local();
    let sync = site.store.create_key(&local, "hook", &[Scope::Sync]).await.unwrap().secret;
    let all = site.store.create_key(&local, "all", &Scope::ALL).await.unwrap().secret;
    let unknown = format!("Bearer osk_{}", "A".repeat(32));
    for path in ["/api/sessions", "/api/sessions/get?id=x", "/api/sessions/x", "/api/stats"] {
        let with = async |value: &str| site.ask("GET", path, &[("authorization", value)]).await;
        refused(&site.get(path).await, 401, "UNAUTHORIZED");
        for value in ["", "Bearer", "Bearer ", &unknown, &format!("Basic {all}"), &all, &format!("Bearer {all}x")] {
            refused(&with(value).await, 401, "UNAUTHORIZED");
        }
        refused(&with(&format!("Bearer {sync}")).await, 403, "FORBIDDEN");
        for value in [format!("Bearer {all}"), format!("bearer  {all} ")] {
            assert!([200, 404].contains(&with(&value).await.status.as_u16()), "{path} with {value:?}");
        }
    }
}

#[tokio::test]
async fn a_key_in_the_address_opens_nothing() {
    let site = Site::real().await;
    let answer = site.get(&format!("/api/sessions?key={0}&api_key={0}&token={0}", site.key)).await;
    refused(&answer, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn health_needs_no_key() {
    let answer = Site::empty().await.get("/health").await;
    let health = answer.json();
    assert_eq!((answer.status.as_u16(), &health["status"]), (200, &json!("ok")));
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["timestamp"].as_i64() > Some(1_700_000_000_000), "milliseconds");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_route_nothing_has_and_a_method_nothing_takes_are_json_too() {
    let site = Site::real().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/sessions/", "/api/sessions/x/y", "/api/stats/x"] {
        refused(&site.api(path).await, 404, "NOT_FOUND");
    }
    for path in ["/api/sessions", "/api/sessions/get", "/api/stats", "/health"] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            refused(&site.ask(method, path, &[]).await, 405, "METHOD_NOT_ALLOWED");
        }
    }
    for (method, path) in [("PUT", "/api/sessions/x"), ("POST", "/api/sessions/x"), ("GET", "/api/sessions/bulk")] {
        refused(&site.ask(method, path, &[]).await, 405, "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn programs_on_other_sites_may_ask() {
    let site = Site::real().await;
    for path in ["/api/sessions", "/api/sessions/get?id=x", "/api/stats", "/health", "/api/nothing"] {
        let asked = [("origin", "https://dashboard.example"), ("access-control-request-headers", "authorization")];
        let answer = site.ask("OPTIONS", path, &asked).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("access-control-allow-headers").to_lowercase().contains("authorization"));
        assert!(answer.header("access-control-allow-methods").contains("GET"));
        assert_eq!(answer.header("access-control-allow-credentials"), "", "a cookie opens nothing");
    }
    let answer = site.api("/api/sessions").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_session_is_found_by_its_id_and_by_the_tools_own() {
    let site = Site::real().await;
    let id = site.id(PLAIN).await;
    let mut by_id = site.api(&format!("/api/sessions/get?id={id}")).await.json();
    assert_eq!((&by_id["id"], &by_id["externalId"]), (&json!(id), &json!(PLAIN)));
    for path in
        [format!("/api/sessions/get?id={PLAIN}"), format!("/api/sessions/{id}"), format!("/api/sessions/{PLAIN}")]
    {
        assert_eq!(site.api(&path).await.json(), by_id, "{path}");
    }
    let session = by_id.as_object_mut().unwrap().remove("session").unwrap();
    for (field, value) in session.as_object().unwrap() {
        assert_eq!(&by_id[field], value, "{field} is at the top as well");
    }
    insta::assert_json_snapshot!("session_get", redacted(by_id));
}

#[tokio::test]
async fn messages_and_parts_come_in_order() {
    let site = Site::real().await;
    let session = site.api("/api/sessions/get?id=da087a8b-2922-4f60-a05d-ec99b03dc3fc").await.json();
    let messages = session["messages"].as_array().unwrap();
    let times: Vec<i64> = messages.iter().map(|message| message["createdAt"].as_i64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let counted = messages.iter().filter(|message| message["role"] == "user" || message["role"] == "assistant");
    assert_eq!(json!(counted.count()), session["messageCount"]);
    assert_eq!(messages[0]["role"], "user");
    assert!(messages[0]["textContent"].as_str().unwrap().starts_with("The discount test fails."));
    let parts: Vec<&Value> = messages.iter().flat_map(|message| message["parts"].as_array().unwrap()).collect();
    let place = |kind: &str, call: &Value| {
        parts.iter().position(|part| part["type"] == kind && part["content"]["callId"] == *call)
    };
    let calls: Vec<&Value> =
        parts.iter().filter(|part| part["type"] == "tool-call").map(|part| &part["content"]["callId"]).collect();
    assert_eq!(calls.len(), 6);
    for call in calls {
        assert!(place("tool-call", call) < place("tool-result", call), "a result follows its call");
    }
    for part in parts {
        let content = &part["content"];
        match part["type"].as_str().unwrap() {
            "text" | "thinking" => assert!(content.is_string()),
            "tool-call" => assert!(content["toolName"].is_string() && content["args"].is_object(), "{content}"),
            "tool-result" => assert!(content["result"].is_string(), "{content}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn an_image_says_what_it_is_without_its_bytes() {
    let site = Site::real().await;
    let session = site.api("/api/sessions/get?id=12f9be30-187b-4d9c-96c8-e52e0a7f1704").await.json();
    let parts = session["messages"].as_array().unwrap().iter().flat_map(|message| message["parts"].as_array().unwrap());
    let images: Vec<&Value> = parts.filter(|part| part["type"] == "image").collect();
    assert_eq!(images.len(), 1);
    assert_eq!(images[0]["content"]["mediaType"], "image/png");
    assert!(images[0]["content"]["sizeBytes"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_session_that_is_not_there_is_not_found() {
    let site = Site::real().await;
    for path in ["/api/sessions/get?id=nothing", "/api/sessions/nothing", "/api/sessions/%FF", "/api/sessions/%00"] {
        refused(&site.api(path).await, 404, "NOT_FOUND");
    }
    for path in ["/api/sessions/get", "/api/sessions/get?id=", "/api/sessions/get?name=x"] {
        refused(&site.api(path).await, 400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn figures_cover_the_whole_archive() {
    let site = Site::real().await;
    let stats = site.api("/api/stats").await.json();
    let sessions = site.sessions("").await;
    let sum = |field: &str| sessions.iter().filter_map(|session| session[field].as_u64()).sum::<u64>();
    assert_eq!(stats["sessionCount"], 30);
    assert_eq!(stats["messageCount"], sum("messageCount"));
    assert_eq!(stats["totalTokens"], sum("totalTokens"));
    assert_eq!(stats["totalDurationMs"], sum("durationMs"));
    let cost: f64 = sessions.iter().filter_map(|session| session["cost"].as_f64()).sum();
    assert!((stats["totalCost"].as_f64().unwrap() - cost).abs() < 1e-6, "{stats}");
    assert!(cost > 0.0);
    let models = stats["modelUsage"].as_object().unwrap();
    let tokens: u64 = models.values().map(|model| model["tokens"].as_u64().unwrap()).sum();
    assert_eq!(tokens, sum("totalTokens"), "every token has a model");
    for name in ["claude-sonnet-4-6", "claude-haiku-4-5", "gpt-5.4"] {
        assert!(models[name]["sessions"].as_u64() > Some(0), "{name}");
    }
    let empty = Site::empty().await.api("/api/stats").await.json();
    assert_eq!((&empty["sessionCount"], &empty["modelUsage"]), (&json!(0), &json!({})));
}

#[tokio::test]
async fn a_listed_session_has_these_fields() {
    let site = Site::real().await;
    let sessions = site.sessions("source=claude-code").await;
    let listed = sessions.into_iter().find(|session| session["externalId"] == PLAIN).unwrap();
    insta::assert_json_snapshot!("session_list", redacted(listed));
}

#[tokio::test]
async fn programs_can_ask_how_far_the_import_is() {
    let site = Site::real().await;
    let progress = site.ask("GET", "/import/progress", &[("accept", "application/json")]).await.json();
    assert_eq!(
        (&progress["running"], &progress["filesTotal"], &progress["error"]),
        (&json!(false), &json!(0), &json!(null))
    );
}
