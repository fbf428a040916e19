//! A session's page: its messages, further ones, whole parts and images.

use serde_json::{Value, json};

use crate::html::{addresses, is_whole, links, sessions, text};
use crate::support::{Site, assistant, lines, user};

/// A session of 150 messages, numbered from 0.
async fn long() -> (Site, String) {
    let record = |n: usize| match n % 2 {
        0 => user(n, format!("Question {n}.")),
        _ => assistant(n, &json!([{"type": "text", "text": format!("Answer {n}.")}])),
    };
    let mut records: Vec<Value> = (0..150).map(record).collect();
    // A title of its own, so that only messages hold their numbers.
    records.push(json!({"type": "custom-title", "customTitle": "A long talk", "sessionId": "S1"}));
    let site = Site::of(&[("S1.jsonl", lines(&records))]).await;
    let id = site.id("S1").await;
    (site, id)
}

/// The first and last message shown.
fn shown(html: &str) -> (usize, usize) {
    let text = text(html);
    let is_shown = |n: &usize| text.contains(&format!("Answer {n}.")) || text.contains(&format!("Question {n}."));
    let numbers: Vec<usize> = (0..150).filter(is_shown).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "no gap: {numbers:?}");
    (numbers[0], *numbers.last().unwrap())
}

#[tokio::test]
async fn a_session_opens_by_its_address() {
    let site = Site::real().await;
    let id = site.id("da087a8b-2922-4f60-a05d-ec99b03dc3fc").await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    assert!(is_whole(&html));
    let text = text(&html);
    for wanted in [
        "The discount test fails. Find the bug, fix it and show me the passing run.",
        "claude-sonnet-4-6",
        "Claude Code",
        "checkout-api",
        "/home/dev/work/checkout-api",
        "9 messages",
        "da087a8b-2922-4f60-a05d-ec99b03dc3fc",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
}

#[tokio::test]
async fn a_session_keeps_the_list_it_was_opened_from() {
    let site = Site::real().await;
    let id = site.id("12f9be30-187b-4d9c-96c8-e52e0a7f1704").await;
    let html = site.get(&format!("/sessions/{id}?source=claude-code")).await.html();
    assert!(links(&html).iter().any(|(href, _)| href == "/sessions?source=claude-code"), "back to the list");
    let neighbours = sessions(&html);
    let codex = site.id("01a208b9-912d-7a60-a7b3-986bde1a0e98").await;
    assert!(neighbours.contains(&id) && !neighbours.contains(&codex), "its neighbours are of that list");
}

#[tokio::test]
async fn parents_and_sub_agents_lead_to_each_other() {
    let site = Site::real().await;
    for (parent, child) in [
        ("c1e07cac-8648-4bd4-baa3-b5cf26712908", "c1e07cac-8648-4bd4-baa3-b5cf26712908:agent-a3710820d03a2738d"),
        ("01a208ba-0ff4-7c21-88d8-baff520f1888", "01a208ba-106b-7223-87ad-62f3c66a3613"),
        ("da087a8b-2922-4f60-a05d-ec99b03dc3fc", "fbe0e6c0-edfa-48e1-8390-26c4974e861b"),
    ] {
        let (parent, child) = (site.id(parent).await, site.id(child).await);
        let html = site.get(&format!("/sessions/{child}")).await.html();
        assert!(sessions(&html).contains(&parent), "{child} names its parent");
        let html = site.get(&format!("/sessions/{parent}")).await.html();
        assert!(sessions(&html).contains(&child), "{parent} names {child}");
    }
}

#[tokio::test]
async fn a_long_session_opens_at_its_beginning_and_goes_on() {
    let (site, id) = long().await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    let (first, last) = shown(&html);
    assert_eq!(first, 0);
    assert!(last < 149, "not all at once");
    let fragment = addresses(&html).into_iter().find(|path| path.contains("/messages?")).unwrap();
    let mut reached = last;
    let mut next = Some(fragment);
    while let Some(path) = next {
        let more = site.get(&path).await.html();
        assert!(!is_whole(&more));
        let (from, to) = shown(&more);
        assert_eq!(from, reached + 1, "{path}");
        reached = to;
        next = addresses(&more).into_iter().find(|path| path.contains("/messages?"));
    }
    assert_eq!(reached, 149);
}

#[tokio::test]
async fn messages_come_before_and_after_a_place() {
    let (site, id) = long().await;
    let of = async |query: &str| shown(&site.get(&format!("/sessions/{id}/messages?{query}")).await.html());
    assert_eq!(of("after=99").await.0, 100);
    assert_eq!(of("before=50").await, (0, 49));
    assert_eq!(of("before=100").await.1, 99);
    let whole = site.get(&format!("/sessions/{id}?after=99")).await.html();
    assert!(is_whole(&whole));
    assert_eq!(shown(&whole).0, 100, "the same without a script");
    let at = site.get(&format!("/sessions/{id}?m=m120")).await.html();
    let (first, last) = shown(&at);
    assert!(first < 120 && last > 120, "around the message: {first} to {last}");
    let unknown = site.get(&format!("/sessions/{id}?m=nothing")).await.html();
    assert_eq!(shown(&unknown).0, 0, "from the beginning");
    for odd in ["before=x", "after=99999999999999999999", "m=", "before=0", "after=149"] {
        assert_eq!(site.get(&format!("/sessions/{id}?{odd}")).await.status, 200, "{odd}");
        assert_eq!(site.get(&format!("/sessions/{id}/messages?{odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn a_long_output_is_cut_and_shown_whole_on_request() {
    let output: Vec<String> = (0..20_000).map(|n| format!("line {n} of the output")).collect();
    let records = [
        user(0, "Run it."),
        assistant(1, &json!([{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "make"}}])),
        user(2, json!([{"type": "tool_result", "tool_use_id": "t1", "content": output.join("\n")}])),
    ];
    let site = Site::of(&[("S1.jsonl", lines(&records))]).await;
    let id = site.id("S1").await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    assert!(html.contains("line 0 of the output"));
    assert!(!html.contains("line 19999 of the output"), "the page stays small");
    let part = addresses(&html).into_iter().find(|path| path.contains("/parts/")).unwrap();
    let whole = site.get(&part).await.html();
    assert!(is_whole(&whole) && whole.contains("line 3999 of the output"), "{part}");
    assert!(sessions(&whole).contains(&id), "and back to the session");
    let last = site.fragment(&format!("{part}?piece=4"), "div#part").await.html();
    assert!(!is_whole(&last) && last.contains("line 19999 of the output"));
}

#[tokio::test]
async fn an_image_is_shown_and_its_bytes_are_the_originals() {
    let site = Site::real().await;
    for external_id in ["12f9be30-187b-4d9c-96c8-e52e0a7f1704", "01a208ba-1791-7f63-8f8e-08eb0753ef38"] {
        let id = site.id(external_id).await;
        let html = site.get(&format!("/sessions/{id}")).await.html();
        let image = addresses(&html).into_iter().find(|path| path.ends_with("/image")).unwrap();
        let answer = site.get(&image).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png".to_owned()));
        assert!(answer.body.starts_with(b"\x89PNG\r\n\x1a\n"), "{image}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("cache-control").starts_with("private"), "it never changes");
        assert_eq!(answer.header("content-encoding"), "");
    }
}
