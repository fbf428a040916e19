use serde_json::{Value, json};

use super::*;
use crate::filter::Status;
use crate::{Body, MicroDollars, Part, Role, SessionId, UserId};

fn context() -> Context {
    let at = Timestamp::from_millisecond(1_795_427_520_000).unwrap();
    Context { at, zone: TimeZone::UTC, source_name: |id| if id == "tool" { "The Tool" } else { id } }
}

fn session(title: &str) -> Session {
    Session {
        id: SessionId::derive(&UserId::local(), "tool", title),
        external_id: title.to_owned(),
        source: "tool".to_owned(),
        title: title.to_owned(),
        model: Some("big-model".to_owned()),
        model_count: 1,
        provider: None,
        project_path: Some("/home/ana/shop".to_owned()),
        project_name: Some("shop".to_owned()),
        git_branch: None,
        client_version: Some("1.2".to_owned()),
        prompt_tokens: Some(100),
        completion_tokens: Some(10),
        total_tokens: Some(110),
        cache_read_tokens: None,
        cache_write_tokens: None,
        reasoning_tokens: None,
        cost: None,
        cost_partial: false,
        message_count: 2,
        duration_ms: None,
        is_public: false,
        public_slug: None,
        summary: None,
        parent_id: None,
        relation: None,
        sub_agents: 0,
        family: None,
        file: None,
        eval_ready: true,
        eval_status: Some(Status::Golden),
        eval_notes: Some("First line\nsecond line".to_owned()),
        tags: vec!["bug".to_owned(), "rust".to_owned()],
        expected_output: None,
        reviewed_at: Some(5),
        created_at: 1_795_427_000_000,
        updated_at: 1_795_427_100_000,
    }
}

fn messages() -> Vec<Message> {
    let mut prompt = Message::new("m1", Role::User, Some(1_795_427_000_000));
    prompt.parts.push(Part::Text("Look at \u{1b}[31mthis\u{1b}[0m".to_owned()));
    prompt.parts.push(Part::Image {
        media_type: "image/png".to_owned(),
        name: Some("shot.png".to_owned()),
        body: Body::raw(vec![1, 2, 3]),
    });
    let mut answer = Message::new("m2", Role::Assistant, None);
    answer.parts.push(Part::Thinking(Body::default()));
    answer.parts.push(Part::ToolCall {
        call_id: Some("c1".to_owned()),
        name: "Bash".to_owned(),
        arguments: Body::from(r#"{"z":1,"a":2.0}"#),
    });
    answer.parts.push(Part::Unknown { kind: "novelty".to_owned(), json: Body::from("{\"x\": 1}") });
    let mut result = Message::new("m3", Role::Tool, Some(1_795_427_001_000));
    result.parts.push(Part::ToolResult {
        call_id: Some("c1".to_owned()),
        name: Some("Bash".to_owned()),
        output: Body::from("\u{1b}]0;title\u{7}no such file\r\n"),
        is_error: Some(true),
        duration_ms: Some(12),
        details: None,
    });
    vec![prompt, answer, result]
}

fn export(id: &str, sessions: &[Session]) -> String {
    let mut exporter = Format::find(id).unwrap().exporter(context());
    let mut out = String::new();
    exporter.begin(&mut out);
    for session in sessions {
        exporter.session(session, &mut out);
        for message in messages() {
            exporter.message(&message, &mut out);
        }
        exporter.end_session(&mut out);
    }
    exporter.end(&mut out);
    out
}

#[test]
fn json_holds_everything_as_it_was_recorded() {
    let file: Value = serde_json::from_str(&export("json", &[session("one"), session("two")])).unwrap();
    assert_eq!((&file["format"], &file["version"]), (&json!("opensync-sessions"), &json!(1)));
    assert_eq!(file["sessions"].as_array().unwrap().len(), 2);
    let one = &file["sessions"][0];
    assert_eq!((&one["title"], &one["clientVersion"]), (&json!("one"), &json!("1.2")));
    assert_eq!((&one["evalStatus"], &one["evalTags"]), (&json!("golden"), &json!(["bug", "rust"])));
    assert_eq!(one["cost"], Value::Null, "unknown is null, never 0");
    let messages = one["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[0]["parts"][1]["content"]["data"], json!("AQID"));
    let call = &messages[1]["parts"][1]["content"];
    assert_eq!((&call["toolName"], &call["args"]), (&json!("Bash"), &json!(r#"{"z":1,"a":2.0}"#)));
    let unknown = json!({ "type": "unknown", "kind": "novelty", "content": "{\"x\": 1}" });
    assert_eq!(messages[1]["parts"][2], unknown);
    let result = &messages[2]["parts"][0]["content"];
    assert_eq!((&result["callId"], &result["isError"]), (&json!("c1"), &json!(true)));
    assert_eq!(result["result"], json!("\u{1b}]0;title\u{7}no such file\r\n"));
}

#[test]
fn json_without_sessions_is_whole() {
    let file: Value = serde_json::from_str(&export("json", &[])).unwrap();
    assert_eq!(file["sessions"], json!([]));
}

#[test]
fn text_is_a_transcript_that_is_safe_to_print() {
    let priced = Session { cost: Some(MicroDollars(2_940_000)), cost_partial: true, ..session("two") };
    let text = export("text", &[session("one"), priced]);
    for part in [
        "=\none\n=",
        "Source:     The Tool",
        "Project:    shop (/home/ana/shop)",
        "Tokens:     110 (100 prompt, 10 completion)",
        "Cost:       n/a",
        "Cost:       at least $2.9400, estimated",
        "Tags:       bug, rust",
        "Notes:      First line\n            second line",
        "--- User, 2026-11-23 09:43:20 UTC ---",
        "\nLook at this\n\n[Image: image/png, shot.png, 3 bytes]",
        "--- Assistant ---",
        "[Thinking, not recorded]",
        "[Tool call: Bash]\n{\"z\":1,\"a\":2.0}\n",
        "[novelty]\n{\"x\": 1}",
        "[Tool result: Bash, failed]\nno such file\n",
    ] {
        assert!(text.contains(part), "{part:?} in:\n{text}");
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn a_file_is_named_after_its_day_and_format() {
    let context = Context { zone: TimeZone::fixed(jiff::tz::offset(-12)), ..context() };
    assert_eq!(FORMATS[0].file_name(&context), "opensync-sessions-2026-11-22.txt");
    assert_eq!(FORMATS[1].file_name(&context), "opensync-sessions-2026-11-22.json");
    assert!(FORMATS.iter().all(|format| Format::find(format.id).is_some_and(|found| found.id == format.id)));
}

#[test]
fn broken_escape_sequences_end_with_the_text() {
    for odd in ["\u{1b}", "\u{1b}[", "\u{1b}]0;x", "\u{1b}[31", "a\u{9b}b\u{1b}"] {
        let mut message = Message::new("m", Role::User, Some(i64::MAX));
        message.parts.push(Part::Text(odd.to_owned()));
        let mut out = String::new();
        Format::find("text").unwrap().exporter(context()).message(&message, &mut out);
        assert!(!out.contains('\u{1b}'), "{odd:?}");
    }
}
