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
    let answer = site.get("/sessions/export?format=json&agents=0&query=source%3Dclaude-code").await;
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
        let counted = counted.filter(|message| message["offPath"] == false);
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
    let answer = site.send("POST", "/sessions/export", &headers, form.clone()).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("content-disposition").ends_with("Fix_the_bug.txt\""));
    let text = answer.text();
    for part in ["## Session: Fix the bug\n", "\n**User:** Fix the bug\n", "\n**Assistant:** Done\n", "\n---\nTokens: "]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let form = form.replace("format=text", "format=markdown");
    let answer = site.send("POST", "/sessions/export", &headers, form).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"Fix_the_bug.md\"");
    assert!(answer.text().contains("| Date | 2026-05-04T18:00:00+09:00 |"), "{}", answer.text());
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

#[tokio::test]
async fn a_session_is_named_by_ids_as_the_copy_button_does() {
    let site = Site::of(&[(
        "S1.jsonl",
        lines(&[
            user(0, "Été: \u{1f600}"),
            assistant(
                1,
                &serde_json::json!([
                    {"type": "text", "text": "A\n```\nfence\n```"},
                    {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "echo '````' /home/ana"}},
                ]),
            ),
        ]),
    )])
    .await;
    let id = site.id("S1").await;
    let answer = site.get(&format!("/sessions/export?ids={id},{id},gone&format=markdown")).await;
    let name = answer.header("content-disposition");
    assert_eq!(name, "attachment; filename=\"_t_-__.md\"; filename*=UTF-8''%C3%89t%C3%A9-_%F0%9F%98%80.md");
    let text = answer.text();
    assert!(text.contains("`````json\n{\n  \"command\": \"echo '````' /home/ana\"\n}\n`````\n"), "{text}");
    let lean = site.get(&format!("/sessions/export?ids={id}&format=markdown&tools=0&tools=1&anonymise=1")).await.text();
    assert!(lean.contains("/home/user\""), "{lean}");
    let lean = site.get(&format!("/sessions/export?ids={id}&format=markdown&tools=0")).await.text();
    assert!(!lean.contains("Bash"), "{lean}");
}

#[tokio::test]
async fn the_fields_of_a_list_name_all_it_shows() {
    let site = Site::real().await;
    let all = site.get("/sessions/export?all=1&source=claude-code&format=json").await.json();
    let query = site.get("/sessions/export?query=source%3Dclaude-code&format=json").await.json();
    assert_eq!(all["sessions"], query["sessions"]);
    let bare = site.get("/sessions/export?all=1&source=claude-code&format=json&agents=0").await.json();
    let count = |file: &Value| file["sessions"].as_array().unwrap().len();
    assert!(count(&bare) < count(&all), "a file that holds everything has sub-agents too");
}

#[tokio::test]
async fn the_number_of_cases_is_known_before_they_are_written() {
    let site = Site::real().await;
    let user = UserId::local();
    let ids = site.store.all_session_ids(&user).await.unwrap();
    let counts = site.store.case_counts(&user, &ids).await.unwrap();
    for mode in ["turn", "session", "final"] {
        for id in &ids {
            let answered = counts.get(id).map_or(0, |count| count.answered);
            let wanted = if mode == "turn" { answered } else { answered.min(1) };
            let file = site.get(&format!("/sessions/export?ids={id}&format=deepeval&mode={mode}")).await;
            let cases = file.json().as_array().unwrap().len();
            assert_eq!(cases as u64, wanted, "{id} {mode}");
        }
    }
    assert!(counts.values().map(|count| count.answered).sum::<u64>() > 20);
}

#[tokio::test]
async fn a_page_needs_nothing_else_and_runs_nothing() {
    let evil = "<script>alert(1)</script> ![x](https://example.com/x.png) [y](javascript:alert(1))\n\n```html\n<img src=x onerror=alert(1)>\n```";
    let blocks = serde_json::json!([
        {"type": "text", "text": evil},
        {"type": "tool_use", "id": "t1", "name": "<b>Bash", "input": {"command": "</pre><script>1</script>"}},
    ]);
    let site = Site::of(&[("S1.jsonl", lines(&[user(0, evil), assistant(1, &blocks)]))]).await;
    let page = site.get(&format!("/sessions/export?ids={}&format=html", site.id("S1").await)).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = page.text();
    let body = &html[html.find("</style>").unwrap()..];
    for gone in
        ["<script", "<button", "<link", "/assets/", "<use", "href=\"javascript", " onerror=\"", "<b>Bash", "url("]
    {
        assert!(!body.contains(gone), "{gone} in {body}");
    }
    assert!(!html.contains("src=\"http") && !html.contains("@import") && !html.contains("url("), "{html}");
    assert!(html.contains("default-src 'none'") && html.contains("light dark"));
    assert!(body.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && body.contains("<details>"), "{body}");
    assert!(body.ends_with("</html>\n"));
}

#[tokio::test]
async fn cases_that_repeat_much_are_sent_one_by_one() {
    let turns: Vec<Value> = (0..60)
        .flat_map(|n| {
            let text = format!("{n} {}", "word ".repeat(4_000));
            [user(2 * n, text.as_str()), assistant(2 * n + 1, &serde_json::json!([{"type": "text", "text": text}]))]
        })
        .collect();
    let site = Site::of(&[("S1.jsonl", lines(&turns))]).await;
    let path = format!("/sessions/export?format=openai&ids={}", site.id("S1").await);
    let mut body = site.response("GET", &path, &[], String::new()).await.into_body();
    let (mut bytes, mut largest) = (0, 0);
    while let Some(piece) = piece(&mut body).await {
        (bytes, largest) = (bytes + piece.len(), largest.max(piece.len()));
    }
    // Each case holds all before it, twice; the file 60 of them, a piece one or two.
    assert!(bytes > 80_000_000, "{bytes}");
    assert!(largest < 12_000_000, "{largest}");
}
