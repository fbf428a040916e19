//! The settings: what was found and imported of each tool, and the import they start.

use std::time::Duration;

use serde_json::json;

use crate::html::{assert_inert, links, tags, text};
use crate::support::{Site, assistant, lines, record, user};

#[tokio::test]
async fn the_settings_say_of_each_tool_what_came_in_and_what_did_not() {
    let records = [
        user(0, "Go"),
        assistant(1, &json!([{"type": "text", "text": "Done"}])),
        record(2, json!({"type": "novelty<b>"})),
        record(3, json!({"type": "novelty<b>"})),
    ];
    let broken = format!("{}not json\n", lines(&records));
    let site = Site::of(&[("S1.jsonl", broken), ("S2.jsonl", lines(&[user(0, "Ask")]))]).await;
    let html = site.get("/settings").await.html();
    assert_inert(&html, "the settings");
    assert!(!html.contains("novelty<b>"));
    let page = text(&html);
    for part in [
        "/data/archive.db",
        "SQLite, one file",
        "2 files imported",
        "1 skipped, 1 unknown type",
        "S1.jsonl:5",
        "record type `novelty<b>` 2 in 1 file",
        "Files seen 2 Imported 2 New or changed 0 Sessions found 2 In the archive 2",
        "2.1.150 2 sessions",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for about in opensync_sources::KNOWN {
        assert!(page.contains(about.name), "{}", about.name);
        let root = site.home().join(about.roots[0]);
        assert!(page.contains(&*root.to_string_lossy()), "{}", root.display());
    }
    assert!(links(&html).iter().any(|(href, label)| href == "/settings" && label == "Settings"));
    let current = tags(&html).into_iter().find(|tag| tag.get("aria-current") == Some("page")).unwrap();
    assert_eq!(current.text, "Settings");
}

#[tokio::test]
async fn the_settings_start_an_import_and_lead_back() {
    let site = Site::of(&[("S1.jsonl", lines(&[user(0, "Go")]))]).await;
    let path = site.home().join(".claude/projects/-home-ana-shop/S2.jsonl");
    std::fs::write(
        path,
        lines(&[record(0, json!({"type": "user", "sessionId": "S2", "message": {"role": "user", "content": "More"}}))]),
    )
    .unwrap();
    assert!(text(&site.get("/settings").await.html()).contains("1 of 2 files imported"));
    let answer = site.ask("POST", "/import", &[("sec-fetch-site", "same-origin"), ("origin", "null")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/settings#sources".to_owned()));
    let done = async {
        while !text(&site.get("/settings").await.html()).contains("2 files imported") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), done).await.unwrap();
}

#[tokio::test]
async fn another_sites_page_starts_nothing() {
    let site = Site::empty().await;
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")],
        [("sec-fetch-site", "same-site"), ("origin", "http://localhost:6796")],
        [("origin", "http://evil.example"), ("x", "y")],
        [("origin", "null"), ("x", "y")],
        [("origin", "http://localhost:1"), ("x", "y")],
    ] {
        assert_eq!(site.ask("POST", "/import", &headers).await.status, 403, "{headers:?}");
    }
    for headers in [[("origin", "http://localhost:6796")].as_slice(), &[("sec-fetch-site", "none")], &[]] {
        assert_eq!(site.ask("POST", "/import", headers).await.status, 303, "{headers:?}");
    }
    assert_eq!(site.ask("GET", "/sessions", &[("sec-fetch-site", "cross-site")]).await.status, 200, "links lead here");
}
