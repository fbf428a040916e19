//! Files of selected sessions.

use axum::body::Body;
use opensync_core::{SessionId, UserId};
use serde_json::Value;

use crate::html::assert_inert;
use crate::support::{FORM, Site, assistant, lines, record, user};

/// Reads the next piece of a body.
async fn piece(body: &mut Body) -> Option<Vec<u8>> {
    use std::pin::Pin;
    let frame = std::future::poll_fn(|cx| axum::body::HttpBody::poll_frame(Pin::new(&mut *body), cx)).await?;
    Some(frame.unwrap().into_data().unwrap().to_vec())
}

#[tokio::test]
async fn all_that_a_list_shows_is_one_file() {
    let site = Site::real().await;
    let answer = site.get("/sessions/export?format=json&query=source%3Dclaude-code").await;
    assert_eq!(answer.status, 200);
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"opensync-sessions-20") && name.ends_with(".json\""), "{name}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let file: Value = answer.json();
    let listed = site.sessions("source=claude-code").await;
    let listed: Vec<&Value> = listed.iter().filter(|session| session["relation"] != "sub-agent").collect();
    let exported = file["sessions"].as_array().unwrap();
    assert_eq!(exported.len(), listed.len());
    for (one, two) in exported.iter().zip(listed) {
        assert_eq!(one["id"], two["id"], "in the order of the list");
        let counted = one["messages"].as_array().unwrap().iter();
        let counted = counted.filter(|message| message["role"] == "user" || message["role"] == "assistant").count();
        assert_eq!(one["messageCount"], counted, "with all its messages");
    }
}

#[tokio::test]
async fn chosen_sessions_are_a_transcript_in_the_readers_time() {
    let site = Site::of(&[(
        "S1.jsonl",
        lines(&[user(0, "Fix the bug"), assistant(1, &serde_json::json!([{"type": "text", "text": "Done"}]))]),
    )])
    .await;
    let form = format!("format=text&id={}&id=gone", site.id("S1").await);
    let headers = [FORM, ("cookie", "tz=Asia/Tokyo"), ("sec-fetch-site", "same-origin")];
    let answer = site.send("POST", "/sessions/export", &headers, form).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("content-disposition").ends_with(".txt\""));
    let text = answer.text();
    for part in ["Fix the bug", "Source:     Claude Code", "--- User, 2026-05-04 18:00:00 JST ---", "\nDone\n"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn a_file_is_written_while_it_is_sent() {
    let transcripts: Vec<(String, String)> = (0..60)
        .map(|n| {
            let more = serde_json::json!({"type": "user", "sessionId": format!("S{n}"), "message": {"role": "user", "content": "word ".repeat(4_000)}});
            (format!("S{n}.jsonl"), lines(&[record(0, more)]))
        })
        .collect();
    let transcripts: Vec<(&str, String)> =
        transcripts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let site = Site::of(&transcripts).await;
    let mut body = site.response("GET", "/sessions/export?format=json&query=", &[], String::new()).await.into_body();
    let first = piece(&mut body).await.unwrap();
    // Each session has 20 kB: the first piece holds a few, and no more was read for it.
    assert!(first.len() < 200_000, "{}", first.len());
    let all = site.store.session_ids(&UserId::local(), &opensync_core::filter::Selection::default()).await.unwrap();
    site.store.delete_sessions(&UserId::local(), &all[20..]).await.unwrap();
    let mut file = first;
    while let Some(next) = piece(&mut body).await {
        assert!(next.len() < 200_000, "{}", next.len());
        file.extend(next);
    }
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        file["sessions"].as_array().unwrap().len(),
        20,
        "those that were gone when their turn came are left out"
    );
}

#[tokio::test]
async fn an_export_that_names_nothing_is_refused() {
    let site = Site::real().await;
    let id = site.id("bc44bb71-7c8b-404c-a9b8-68011b04f1cf").await;
    for (query, status) in [
        ("", 400),
        ("format=json", 400),
        (&*format!("id={id}"), 400),
        (&*format!("format=%3Cb%3E&id={id}"), 400),
        ("format=json&id=none", 400),
        ("format=json&query=q%3Dzzzz", 400),
        (&*format!("format=json&id={id}"), 200),
    ] {
        let answer = site.get(&format!("/sessions/export?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        if status == 400 {
            assert_inert(&answer.text(), query);
            assert_eq!(answer.header("content-disposition"), "");
        }
    }
    let other = SessionId::derive(&UserId::from_stored("x".to_owned()), "tool", "theirs");
    assert_eq!(site.get(&format!("/sessions/export?format=text&id={other}")).await.status, 400);
}
