//! Files for programs.

use opensync_core::filter::Status;
use opensync_core::label::{Edit, LabelChange};
use opensync_core::{SessionId, UserId};
use opensync_store::Scope;
use serde_json::{Value, json};

use crate::support::{Answer, Site, assistant, lines, user};

const EXPORTS: [&str; 2] = ["/api/export", "/api/export/evals"];

/// Two sessions of Claude Code; the first has a call of a tool and two turns.
async fn site() -> (Site, String) {
    let call = json!([
        {"type": "text", "text": "Done"},
        {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "ls /home/ana"}},
    ]);
    let said = |text: &str| json!([{"type": "text", "text": text}]);
    let site = Site::of(&[
        (
            "S1.jsonl",
            lines(&[user(0, "Fix: the bug"), assistant(1, &call), user(2, "Thanks"), assistant(3, &said("Sure"))]),
        ),
        ("S2.jsonl", lines(&[user(0, "Hello")]).replace("S1", "S2")),
    ])
    .await;
    let key = site.store.create_key(&UserId::local(), "reader", &[Scope::Read]).await.unwrap().secret;
    (site, key)
}

async fn get(site: &Site, key: &str, path: &str) -> Answer {
    site.ask("GET", path, &[("authorization", &format!("Bearer {key}"))]).await
}

async fn label(site: &Site, id: &str, change: LabelChange) {
    let ids = [SessionId::from_stored(id.to_owned())];
    assert_eq!(site.store.label_sessions(&UserId::local(), &ids, &change).await.unwrap().changed.len(), 1);
}

fn ready() -> LabelChange {
    LabelChange { ready: Some(true), ..LabelChange::default() }
}

#[tokio::test]
async fn a_file_takes_a_key_that_may_read() {
    let (site, key) = site().await;
    let sync = site.store.create_key(&UserId::local(), "s", &[Scope::Sync]).await.unwrap().secret;
    for path in EXPORTS {
        assert_eq!(site.get(path).await.status, 401);
        assert_eq!(get(&site, &sync, path).await.status, 403);
        assert_ne!(get(&site, &key, path).await.status, 403);
    }
}

#[tokio::test]
async fn one_session_is_answered_as_texts() {
    let (site, key) = site().await;
    let id = site.id("S1").await;
    let answer = get(&site, &key, &format!("/api/export?id={id}")).await.json();
    let wanted = json!({
        "session": { "id": id, "title": "Fix: the bug", "model": "claude-sonnet-4-6" },
        "messages": [
            { "role": "user", "content": "Fix: the bug" }, { "role": "assistant", "content": "Done" },
            { "role": "user", "content": "Thanks" }, { "role": "assistant", "content": "Sure" },
        ],
    });
    assert_eq!(answer, wanted);
    assert_eq!(
        get(&site, &key, "/api/export?id=S1&format=xml").await.json(),
        wanted,
        "the tool's id, and another format"
    );
    let lines = get(&site, &key, &format!("/api/export?id={id}&format=jsonl")).await.json();
    assert_eq!(lines["filename"], "Fix--the-bug.jsonl");
    assert_eq!(lines["content"].as_str().unwrap().lines().count(), 4);
    let markdown = get(&site, &key, &format!("/api/export?id={id}&format=markdown")).await;
    assert_eq!(markdown.header("content-type"), "text/markdown");
    assert_eq!(markdown.header("content-disposition"), "attachment; filename=\"Fix--the-bug.md\"");
    let text = markdown.text();
    assert!(
        text.starts_with("# Fix: the bug\n\n- **Project:** /home/ana/shop\n- **Model:** claude-sonnet-4-6\n"),
        "{text}"
    );
    assert!(text.contains("\n---\n\n## User\n\nFix: the bug\n\n## Assistant\n\nDone\n\n") && !text.contains("Bash"));
    for (query, status, message) in [
        ("", 400, "Missing session ID"),
        ("?format=markdown", 400, "Missing session ID"),
        ("?id=nobody", 404, "Session not found"),
        ("?format=deepeval&sessionIds=nobody", 404, "Session not found"),
        ("?format=deepeval", 404, "No eval-ready sessions found"),
        ("?format=text&limit=many&id=", 400, "limit must be a number"),
    ] {
        let answer = get(&site, &key, &format!("/api/export{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["message"].as_str().unwrap()), (status, message), "{query}");
    }
}

#[tokio::test]
async fn every_format_of_the_pages_has_its_name() {
    let (site, key) = site().await;
    let id = site.id("S1").await;
    for format in ["deepeval", "deepeval-conversational", "openai", "promptfoo", "text", "html", "archive"] {
        let answer = get(&site, &key, &format!("/api/export?id={id}&format={format}")).await;
        assert_eq!(answer.status, 200, "{format}");
        assert!(answer.header("content-disposition").contains("filename=\"Fix-_the_bug"), "{format}");
        assert!(answer.text().contains("Thanks"), "{format}");
    }
    let file = get(&site, &key, "/api/export?format=archive&sessionIds=S1,S2,S1").await.json();
    assert_eq!(file["sessions"].as_array().unwrap().len(), 2);
    let text = get(&site, &key, &format!("/api/export?id={id}&format=text&tools=0")).await.text();
    assert!(!text.contains("Bash"), "{text}");
    label(&site, &id, ready()).await;
    let cases = get(&site, &key, "/api/export?format=deepeval&limit=1").await.json();
    assert_eq!(cases.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn all_that_is_ready_for_evaluations_is_one_file() {
    let (site, key) = site().await;
    let id = site.id("S1").await;
    let refused = get(&site, &key, "/api/export/evals").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["message"]), (404, &json!("No eval-ready sessions found")));
    let change = LabelChange {
        status: Edit::Set(Status::Golden),
        tags: Some(vec!["rust".to_owned()]),
        expected_output: Edit::Set("42".to_owned()),
        ..ready()
    };
    label(&site, &id, change).await;
    label(&site, &site.id("S2").await, ready()).await;

    let answer = get(&site, &key, "/api/export/evals").await;
    assert_eq!((answer.status.as_u16(), &*answer.header("content-type")), (200, "application/json"));
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"opensync-deepeval-20"));
    assert_eq!((&*answer.header("x-export-sessions"), &*answer.header("x-export-testcases")), ("1", "2"));
    let cases = answer.json();
    assert_eq!(cases.as_array().unwrap().len(), 2);
    assert_eq!(cases[0]["tools_called"][0]["input_parameters"]["command"], "ls /home/user");
    assert_eq!(cases[1]["expected_output"], "42");
    assert_ne!(cases[1]["context"], json!([]));

    let lines = get(&site, &key, "/api/export/evals?format=openai&turn_mode=final_only").await;
    assert_eq!((&*lines.header("content-type"), &*lines.header("x-export-testcases")), ("application/x-ndjson", "1"));
    let line: Value = serde_json::from_str(&lines.text()).unwrap();
    assert_eq!(line["ideal"], "42");
    let bare = get(&site, &key, "/api/export/evals?include_metadata=false&anonymize=false").await.json();
    assert_eq!(bare[1]["context"], json!([]));
    assert_eq!(bare[0]["tools_called"][0]["input_parameters"]["command"], "ls /home/ana");
    for query in [
        "tool=claude-code",
        "tool=Claude,pi",
        "model=claude-sonnet-4-6",
        "tags=other,rust",
        "status=golden",
        "min_tokens=1",
        "date_from=2026-05-04&date_to=2026-05-04",
        "turn_mode=full&format=promptfoo",
        "format=deepeval-conversational",
    ] {
        let answer = get(&site, &key, &format!("/api/export/evals?{query}")).await;
        assert_eq!((answer.status.as_u16(), &*answer.header("x-export-sessions")), (200, "1"), "{query}");
    }
    for query in ["tool=pi", "tags=other", "status=incorrect", "min_tokens=99999999", "date_to=2026-05-03", "model=x"] {
        let answer = get(&site, &key, &format!("/api/export/evals?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["message"]),
            (404, &json!("No sessions match the specified filters"))
        );
    }
    let refused = get(&site, &key, "/api/export/evals?format=csv").await;
    assert!(refused.json()["message"].as_str().unwrap().starts_with("Invalid format. Use: deepeval,"), "{refused:?}");
    for query in ["date_from=soon", "min_tokens=-1", "status=fine"] {
        assert_eq!(get(&site, &key, &format!("/api/export/evals?{query}")).await.status, 400, "{query}");
    }
}
