//! Transcripts are hostile input: nothing in them runs, and nothing tells others that they are read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::html::{addresses, assert_inert, links, tags, text};
use crate::support::{Site, assistant, lines, record, user};

const ATTACK: &str = "<script>alert('boom')</script><img src=x onerror=alert(1)><svg/onload=alert(2)>\
    \" onmouseover=\"alert(3)\" ' onfocus='alert(4)' <iframe src=//evil.example></iframe></pre></code></details></article>\
    <style>*{background:url(//evil.example)}</style><base href=//evil.example><form action=//evil.example>";
const MARKDOWN: &str = "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(2)) [c](data:text/html,<script>alert(3)</script>) \
    [d](vbscript:x) [e](\u{1}javascript:alert(4)) <javascript:alert(5)> ![pixel](https://evil.example/pixel.png) \
    ![ref][r] <a href=\"javascript:alert(6)\">raw</a>\n\n[r]: //evil.example/ref.png\n\n\
    ```<script>alert(7)</script>\n</code></pre><script>alert(8)</script>\n```\n\n| <b onclick=alert(9)> |\n|-|\n| x |\n";
const TERMINAL: &str = "\u{1b}[31mred\u{1b}[0m \u{1b}]8;;javascript:alert(1)\u{7}link\u{1b}]8;;\u{7} \u{1b}]0;title\u{7} \
    \u{1b}[38;2;1;2;3mcolour \u{1b}[2J\u{1b}[999;999H \u{9b}31m \u{8}\u{0}\u{202e}";

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

/// A session with an attack in every field a transcript has.
fn transcript() -> String {
    let everywhere = format!("{ATTACK}\n\n{MARKDOWN}\n\n{TERMINAL}");
    let svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4=";
    let image = |kind: &str| json!({"type": "image", "source": {"type": "base64", "media_type": kind, "data": svg}});
    let calls = [
        call(ATTACK, ATTACK, &json!({ATTACK: ATTACK})),
        call("bash", "Bash", &json!({"command": everywhere, "description": ATTACK})),
        call("edit", "Edit", &json!({"file_path": ATTACK, "old_string": everywhere, "new_string": MARKDOWN})),
        call("write", "Write", &json!({"file_path": "x.html", "content": everywhere})),
        call("fetch", "WebFetch", &json!({"url": "javascript:alert(1)", "prompt": ATTACK})),
        call("todo", "TodoWrite", &json!({"todos": [{"content": ATTACK, "status": ATTACK}]})),
        call("agent", "Task", &json!({"description": ATTACK, "prompt": everywhere, "subagent_type": ATTACK})),
        call("odd", "Bash", &json!([ATTACK])),
    ];
    let results: Vec<Value> = [ATTACK, "bash", "edit", "write", "fetch", "todo", "agent", "odd"]
        .iter()
        .map(|id| json!({"type": "tool_result", "tool_use_id": id, "content": everywhere, "is_error": *id == "bash"}))
        .chain([image("image/svg+xml"), image("text/html"), image(ATTACK)])
        .collect();
    let mut answer =
        assistant(1, &json!([{"type": "text", "text": everywhere}, {"type": "thinking", "thinking": everywhere}]));
    answer["message"]["model"] = ATTACK.into();
    answer["uuid"] = ATTACK.into();
    let mut with_calls = assistant(2, &json!(calls));
    with_calls["parentUuid"] = ATTACK.into();
    let mut first = user(0, everywhere.as_str());
    for field in ["cwd", "gitBranch", "version"] {
        first[field] = format!("/tmp/{ATTACK}").into();
    }
    lines(&[
        first,
        answer,
        with_calls,
        user(3, results),
        record(4, json!({"type": "system", "subtype": ATTACK, "content": everywhere})),
        user(5, format!("<command-name>/{ATTACK}</command-name>")),
        json!({"type": "custom-title", "customTitle": ATTACK, "sessionId": "S1"}),
        json!({"type": "summary", "summary": everywhere, "leafUuid": "m5"}),
        record(6, json!({"type": ATTACK, "content": ATTACK})),
    ])
}

async fn site() -> Site {
    let long = transcript().replace("\"uuid\":\"m0\"", "\"uuid\":\"other\"").replace("msg_", "msg_o");
    Site::of(&[("\"><script>alert(1)<.jsonl", transcript()), ("S2.jsonl", long)]).await
}

#[tokio::test]
async fn nothing_of_a_hostile_session_becomes_markup_on_any_page() {
    let site = site().await;
    let listed = site.sessions("").await;
    assert_eq!(listed.len(), 2);
    let mut waiting = vec!["/sessions".to_owned(), "/sessions?q=%3Cscript%3Ealert".to_owned()];
    for session in &listed {
        let id = session["id"].as_str().unwrap();
        waiting.push(format!("/sessions/{id}"));
        waiting.push(format!("/sessions/{id}/messages"));
        for (seq, idx) in (0..8).flat_map(|seq| (0..12).map(move |idx| (seq, idx))) {
            for view in ["", "?view=output", "?view=diff", "?view=arguments", "?view=%3Cscript%3E"] {
                waiting.push(format!("/sessions/{id}/parts/{seq}/{idx}{view}"));
            }
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.starts_with("/assets/") || path.matches(['&', ',']).count() > 1 || !seen.insert(path.clone()) {
            continue;
        }
        for answer in [site.get(&path).await, site.fragment(&path, "div#panel").await] {
            assert!([200, 303, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
            assert!(answer.headers.iter().all(|(_, value)| !value.as_bytes().contains(&b'<')), "headers of {path}");
            if answer.header("content-type").starts_with("text/html") {
                let html = answer.text();
                assert_inert(&html, &path);
                if answer.status == 200 && seen.len() < 1500 {
                    waiting.extend(addresses(&html));
                }
            }
        }
    }
}

#[tokio::test]
async fn a_hostile_text_is_still_readable_as_text() {
    let site = site().await;
    let id = site.id("S2").await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    let text = text(&html);
    for wanted in ["<script>alert('boom')</script>", "<img src=x onerror=alert(1)>"] {
        assert!(text.contains(wanted), "{wanted}");
    }
    for (href, _) in links(&html) {
        assert!(!href.contains("script:") && !href.contains("data:"), "{href}");
    }
    let images: Vec<_> = tags(&html).into_iter().filter(|tag| tag.name == "img").collect();
    assert!(images.iter().all(|image| image.get("src").unwrap().starts_with("/sessions/")), "{images:?}");
}

#[tokio::test]
async fn what_a_terminal_would_obey_is_not_shown_in_an_output() {
    let records = [
        user(0, "Run it."),
        assistant(1, &json!([call("t1", "Bash", &json!({"command": "make"}))])),
        user(2, json!([{"type": "tool_result", "tool_use_id": "t1", "content": TERMINAL}])),
    ];
    let site = Site::of(&[("S1.jsonl", lines(&records))]).await;
    let html = site.get(&format!("/sessions/{}", site.id("S1").await)).await.html();
    let text = text(&html);
    assert!(text.contains("red") && text.contains("colour") && text.contains("link"), "{text}");
    for hidden in ["\u{1b}", "\u{9b}", "\u{7}", "\0", "[31m", "[2J", "]8;;", "javascript:"] {
        assert!(!html.contains(hidden), "{hidden:?}");
    }
}

#[tokio::test]
async fn what_is_no_plain_picture_is_handed_over_as_a_file() {
    let site = site().await;
    let id = site.id("S2").await;
    let session = site.api(&format!("/api/sessions/get?id={id}")).await.json();
    let mut found = 0;
    for (seq, message) in session["messages"].as_array().unwrap().iter().enumerate() {
        for (idx, part) in message["parts"].as_array().unwrap().iter().enumerate() {
            if part["type"] != "image" {
                continue;
            }
            found += 1;
            let answer = site.get(&format!("/sessions/{id}/parts/{seq}/{idx}/image")).await;
            assert_eq!(answer.header("content-type"), "application/octet-stream");
            assert_eq!(answer.header("content-disposition"), "attachment");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
    assert!(found > 0);
}

#[tokio::test]
async fn a_hostile_address_is_answered_without_repeating_it_as_markup() {
    let site = Site::real().await;
    let attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/sessions?q={attack}"),
        format!("/sessions?source={attack}"),
        format!("/sessions?project={attack}&model={attack}"),
        format!("/sessions/{attack}"),
        format!("/{attack}"),
        format!("/sessions/x?m={attack}"),
        format!("/sessions?sort={attack}&density={attack}"),
    ] {
        let mut answer = site.get(&path).await;
        if answer.status == 303 {
            let location = answer.header("location");
            assert!(location.starts_with("/sessions") && !location.contains(['<', '"', '\n']), "{location}");
            answer = site.get(&location).await;
        }
        assert_inert(&answer.text(), &path);
    }
}
