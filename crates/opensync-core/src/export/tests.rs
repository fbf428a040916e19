use serde_json::{Value, json};

use super::*;
use crate::filter::Status;
use crate::{Body, MicroDollars, Part, Role, SessionId, UserId};

mod cases;
mod reading;
mod whole;

static FORMATS: [&Format; 7] = [&DEEPEVAL, &CONVERSATION, &OPENAI, &PROMPTFOO, &TEXT, &MARKDOWN, &JSON];

fn context(options: Options) -> Context {
    let at = Timestamp::from_millisecond(1_795_427_520_000).unwrap();
    Context { at, zone: TimeZone::UTC, source_name: |id| if id == "tool" { "The Tool" } else { id }, options }
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
        machine: Some("ana-laptop".to_owned()),
        prompt_tokens: Some(4_400),
        completion_tokens: Some(121),
        total_tokens: Some(4_521),
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
        expected_output: Some("It is fixed.".to_owned()),
        reviewed_at: Some(5),
        created_at: 1_795_427_000_000,
        updated_at: 1_795_427_100_000,
    }
}

fn said(id: &str, role: Role, text: &str) -> Message {
    let mut message = Message::new(id, role, Some(1_795_427_000_000));
    message.parts.push(Part::Text(text.to_owned()));
    message
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall { call_id: Some(id.to_owned()), name: name.to_owned(), arguments: Body::from(arguments) }
}

fn result(id: &str, output: &str) -> Part {
    Part::ToolResult {
        call_id: Some(id.to_owned()),
        name: Some("Bash".to_owned()),
        output: Body::from(output),
        is_error: Some(true),
        duration_ms: Some(12),
        details: None,
    }
}

/// Two turns, with everything a session can hold.
fn messages() -> Vec<Message> {
    let system = said("m0", Role::System, "Be brief");
    let mut prompt = said("m1", Role::User, "Look at \u{1b}[31m/home/ana/x\u{1b}[0m");
    prompt.prompt_tokens = Some(40);
    prompt.parts.push(Part::Image {
        media_type: "image/png".to_owned(),
        name: Some("shot.png".to_owned()),
        body: Body::raw(vec![1, 2, 3]),
    });
    let mut answer = Message::new("m2", Role::Assistant, None);
    answer.completion_tokens = Some(7);
    answer.parts.push(Part::Thinking(Body::from("hm")));
    answer.parts.push(Part::Text("I will look.".to_owned()));
    answer.parts.push(call("c1", "Bash", r#"{"z":"/home/ana","a":2.0}"#));
    answer.parts.push(Part::Unknown { kind: "novelty".to_owned(), json: Body::from("{\"x\": 1}") });
    let mut tool = Message::new("m3", Role::Tool, Some(1_795_427_001_000));
    tool.parts.push(result("c1", "\u{1b}]0;title\u{7}no such file\r\n```\n"));
    let mut more = said("m4", Role::Assistant, "```sh\nls\n```");
    more.completion_tokens = Some(3);
    more.created_at = Some(1_795_427_004_000);
    vec![
        system,
        prompt,
        answer,
        tool,
        more,
        said("m5", Role::User, "Nobody answers this"),
        said("m6", Role::User, "Thanks"),
        said("m7", Role::Assistant, " \n"),
        said("m8", Role::Assistant, "Welcome"),
        said("m9", Role::User, "Still there?"),
    ]
}

fn export(format: &Format, sessions: &[(Session, Vec<Message>)], options: Options) -> (String, Option<u64>) {
    let mut exporter = format.exporter(context(options));
    let mut out = String::new();
    exporter.begin(&mut out);
    for (session, messages) in sessions {
        exporter.session(session, None, &mut out);
        for message in messages {
            exporter.message(message, &mut out);
        }
        exporter.end_session(&mut out);
    }
    exporter.end(&mut out);
    (out, exporter.cases())
}

fn one(format: &Format, options: Options) -> String {
    export(format, &[(session("one"), messages())], options).0
}

#[test]
fn a_file_is_named_after_its_day_and_format_or_its_session() {
    let context = Context { zone: TimeZone::fixed(jiff::tz::offset(-12)), ..context(Options::of(Kind::Cases)) };
    assert_eq!(TEXT.file_name(&context, None), "opensync-sessions-2026-11-22.txt");
    assert_eq!(DEEPEVAL.file_name(&context, None), "opensync-deepeval-2026-11-22.json");
    assert_eq!(OPENAI.file_name(&context, None), "opensync-openai-2026-11-22.jsonl");
    assert_eq!(MARKDOWN.file_name(&context, Some("Fix: it")), "Fix-_it.md");
    assert_eq!(CONVERSATION.file_name(&context, Some("x")), "x-deepeval-conversational.json");
}

#[test]
fn cases_are_counted_as_they_are_written() {
    let empty = (session("two"), vec![said("m", Role::User, "Hello?")]);
    let sessions = [(session("one"), messages()), empty];
    for format in FORMATS.iter().filter(|format| format.has_cases()) {
        for turn_mode in TurnMode::ALL {
            for conversations in [false, true] {
                let options = Options { turn_mode, conversations, ..Options::of(format.kind) };
                if conversations && format.id != "openai" {
                    continue;
                }
                let wanted = format.cases_of(2, &options) + format.cases_of(0, &options);
                assert_eq!(export(format, &sessions, options).1, Some(wanted), "{} {turn_mode:?}", format.id);
            }
        }
    }
    assert_eq!(export(&TEXT, &sessions, Options::of(Kind::Reading)).1, None);
}

#[test]
fn broken_escape_sequences_end_with_the_text() {
    for odd in ["\u{1b}", "\u{1b}[", "\u{1b}]0;x", "\u{1b}[31", "a\u{9b}b\u{1b}"] {
        for format in [&TEXT, &MARKDOWN] {
            let mut message = Message::new("m", Role::User, Some(i64::MAX));
            message.parts.push(Part::Text(odd.to_owned()));
            let (out, _) = export(format, &[(session(odd), vec![message])], Options::of(Kind::Reading));
            assert!(!out.contains('\u{1b}'), "{odd:?}");
        }
    }
}
