//! Those of pages, files and public links.

use opensync_core::{SessionId, UserId};
use serde_json::{Value, json};

use super::{message, says, site};
use crate::html::text;

/// Every kind of part in every shape, each with a word of its own.
fn all_parts() -> Value {
    json!([
        "alpacas",
        { "type": "text", "content": "badgers" },
        { "type": "text", "content": { "text": "caimans" } },
        { "type": "text", "content": { "content": "dingoes" } },
        { "type": "thinking", "content": "echidnas" },
        { "type": "tool-call", "content": { "name": "Finches", "arguments": { "x": "geckos" } } },
        { "type": "tool-result", "content": { "output": "herons" } },
        { "type": "tool_use", "content": { "toolName": "Ibexes", "input": { "x": "jackals" }, "result": "koalas" } },
        { "type": "mystery", "content": { "x": "lemurs" } },
    ])
}

const WORDS: [&str; 12] = [
    "alpacas", "badgers", "caimans", "dingoes", "echidnas", "Finches", "geckos", "herons", "Ibexes", "jackals",
    "koalas", "lemurs",
];

#[tokio::test]
async fn r07_no_shape_of_a_part_is_a_blank_bubble() {
    let (site, plugin) = site().await;
    plugin.message(&says("S", "u", "Name animals")).await;
    plugin.message(&message("S", "m", "assistant", json!({ "parts": all_parts() }))).await;
    plugin.message(&message("S", "t", "assistant", json!({ "textContent": "mandrills", "parts": [] }))).await;
    let page = plugin.page("S").await;
    let id = plugin.get("S").await["id"].as_str().unwrap().to_owned();
    site.post(&format!("/sessions/{id}/share"), "").await;
    let stored = SessionId::from_stored(id.clone());
    let slug = site.store.session(&UserId::local(), &stored).await.unwrap().unwrap().public_slug.unwrap();
    let public = site.get(&format!("/s/{slug}")).await.html();
    for (name, html) in [("page", page), ("public page", public)] {
        let shown = text(&html);
        for word in WORDS.iter().chain(&["mandrills"]) {
            assert!(shown.contains(word), "{word} is not on the {name}: {shown}");
        }
        assert!(!shown.contains("Nothing was recorded"), "{name}");
    }
    let chat = text(&site.get(&format!("/sessions/{id}?view=chat")).await.html());
    assert!(chat.contains("mandrills"), "{chat}");
}

#[tokio::test]
async fn r08_a_tool_has_its_name_under_either_field() {
    let (_site, plugin) = site().await;
    let call = |name: &str| json!({ "type": "tool-call", "content": { name: "Frobnicate", "args": { "a": 1 } } });
    plugin.message(&message("S", "m", "assistant", json!({ "parts": [call("name"), call("toolName")] }))).await;
    let page = text(&plugin.page("S").await);
    assert!(page.contains("Frobnicate") && !page.contains("Unknown Tool"), "{page}");
    let parts = plugin.get("S").await["messages"][0]["parts"].clone();
    assert_eq!(
        (&parts[0]["content"]["name"], &parts[1]["content"]["name"]),
        (&json!("Frobnicate"), &json!("Frobnicate"))
    );
}

#[tokio::test]
async fn r20_unknown_figures_are_no_odd_numbers() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "S", "promptTokens": null, "completionTokens": null, "cost": null, "durationMs": null })).await;
    plugin.message(&message("S", "m", "assistant", json!({ "textContent": "hi", "promptTokens": null }))).await;
    let session = plugin.get("S").await;
    assert_eq!((&session["totalTokens"], &session["cost"]), (&Value::Null, &Value::Null));
    for html in [plugin.page("S").await, site.get("/sessions").await.html(), site.get("/settings").await.html()] {
        let shown = text(&html);
        assert!(!shown.contains("NaN") && !shown.contains("undefined") && !shown.contains("inf"), "{shown}");
    }
}

#[tokio::test]
async fn r21_a_page_shows_a_window_of_a_long_session() {
    let (_site, plugin) = site().await;
    let messages: Vec<Value> = (0..3_000).map(|n| says("S", &format!("m{n}"), &format!("message-{n}."))).collect();
    plugin.batch(&json!({ "messages": messages })).await;
    let html = plugin.page("S").await;
    let shown = (0..3_000).filter(|n| html.contains(&format!(">message-{n}."))).count();
    assert!((1..200).contains(&shown), "{shown}");
}

#[tokio::test]
async fn r24_filters_filter_the_sums_above_a_list_too() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "a", "source": "pi", "promptTokens": 1_111 })).await;
    plugin.session(&json!({ "externalId": "b", "source": "codex-cli", "promptTokens": 2_222 })).await;
    let sums = async |query: &str| text(&site.get(&format!("/sessions{query}")).await.html());
    assert!(sums("").await.contains("3.3K"), "{}", sums("").await);
    let one = sums("?source=pi").await;
    assert!(one.contains("1.1K") && !one.contains("3.3K"), "{one}");
}

#[tokio::test]
async fn r25_a_markdown_file_has_the_messages_and_a_safe_name() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "S", "source": "pi", "title": "../../etc/passwd \"<x>\"" })).await;
    plugin.message(&says("S", "m", "the body of it")).await;
    let id = plugin.get("S").await["id"].as_str().unwrap().to_owned();
    let file = site.api(&format!("/api/export?id={id}&format=markdown")).await;
    assert!(file.text().contains("the body of it"));
    let name = file.header("content-disposition");
    let name = name.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(!name.contains(['/', '<', '\\']) && !name.contains(".."), "{name}");
    assert!(std::path::Path::new(name).extension().is_some_and(|ending| ending == "md"), "{name}");
}

#[tokio::test]
async fn r26_a_public_page_hides_what_is_private() {
    let (site, plugin) = site().await;
    plugin.session(&json!({ "externalId": "external-S", "source": "pi", "title": "Shared", "projectPath": "/home/ana/secret-dir/app", "cost": 7.77 })).await;
    plugin.message(&says("external-S", "m", "public words")).await;
    let id = plugin.get("external-S").await["id"].as_str().unwrap().to_owned();
    site.post(&format!("/sessions/{id}/share"), "").await;
    let stored = SessionId::from_stored(id.clone());
    let slug = site.store.session(&UserId::local(), &stored).await.unwrap().unwrap().public_slug.unwrap();
    let html = site.ask("GET", &format!("/s/{slug}"), &[("cookie", "theme=dark")]).await.html();
    assert!(html.contains("public words") && html.contains("dark"));
    for private in ["secret-dir", "7.77", "external-S", id.as_str()] {
        assert!(!html.contains(private), "{private}");
    }
}

#[tokio::test]
async fn r27_addresses_answer_when_they_are_loaded_again() {
    let (site, _) = site().await;
    for path in ["/sessions", "/settings", "/evals", "/views"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(site.get("/s/nothing-there").await.status, 404);
}

/// There are no accounts to delete: what one would hold is what is deleted here.
#[tokio::test]
async fn r28_who_deletes_everything_is_at_the_start_again() {
    let (site, plugin) = site().await;
    for name in ["S", "T"] {
        plugin.message(&says(name, "m", "words of mine")).await;
    }
    let ids: Vec<Value> = site.sessions("").await.iter().map(|session| session["id"].clone()).collect();
    let answer = site.admin("POST", "/api/sessions/bulk", &json!({ "ids": ids, "action": "delete" })).await;
    assert_eq!(answer.json()["done"], 2);
    assert_eq!(site.get("/").await.header("location"), "/sessions");
    let start = text(&site.get("/sessions").await.html());
    assert!(start.contains("Nothing here yet"), "{start}");
    for path in ["/sessions", "/evals", "/settings", "/palette?q=mine"] {
        assert!(!site.get(path).await.text().contains("words of mine"), "{path}");
    }
}
