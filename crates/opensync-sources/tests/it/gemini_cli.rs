//! Gemini CLI: a store in both layouts, and small hand-written files for what it does not show.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use opensync_core::import::{ImportedSession, ProblemKind};
use opensync_core::{Part, Relation, Usage};
use opensync_sources::gemini_cli::GeminiCli;
use opensync_sources::{Source, roots};
use serde_json::{Value, json};

use crate::home::Home;
use crate::support::Seen;

mod conversation;
mod damage;
mod store;

const OLD: &str = "7f3a1c2e-5b0d-4c7e-9a41-0c2d6e8f1b35";
const NEW: &str = "b81d40c6-2f7a-4e19-8d3b-6a5c4f3e2d10";
const AGENT: &str = "c2e95f70-8b14-4a6d-b0f3-9e7d5c3b1a24";

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/gemini-cli/.gemini")).to_owned()
}

/// A session as text: one line for each message, part and response.
fn page(session: &ImportedSession) -> String {
    let mut page = String::new();
    let parent = session.parent.as_ref().map(|parent| (parent.relation.as_str(), &parent.external_id));
    writeln!(page, "{} {:?}", session.external_id, session.title).unwrap();
    writeln!(page, "in {:?}, parent {parent:?}, summary {:?}", session.project_path, session.summary).unwrap();
    writeln!(page, "from {:?} to {:?}, born {:?}", session.created_at, session.updated_at, session.born_at).unwrap();
    for message in &session.messages {
        let off = if message.off_path { "-" } else { "" };
        writeln!(page, "{off}{} {} {:?}", message.role.as_str(), message.external_id, message.model).unwrap();
        for part in &message.parts {
            writeln!(page, "    {part:?}").unwrap();
        }
    }
    for response in &session.responses {
        writeln!(page, "{response:?}").unwrap();
    }
    page
}

/// Fresh input, cached input, output and reasoning of a session.
fn totals(session: &ImportedSession) -> [u64; 4] {
    let mut sum = Usage::default();
    for response in &session.responses {
        sum += response.usage;
    }
    assert_eq!(sum.cache_write(), 0);
    [sum.fresh, sum.cache_read, sum.output, sum.reasoning]
}

#[test]
fn a_store_in_both_layouts_is_read() {
    let seen = Seen::of(&GeminiCli, &root());
    let pages: Vec<_> = [OLD, NEW, AGENT].iter().map(|id| page(seen.session(id))).collect();
    assert_eq!(seen.sessions.len(), 3);
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn every_paid_call_is_counted_once() {
    let seen = Seen::of(&GeminiCli, &root());
    // 8200 + (9100 - 8000) + (9600 - 8900 + 120); 8000 + 8900; 95 + 210 + 140 + 60 + 48; 210 + 60.
    // The call nobody has the tokens of is no row.
    assert_eq!(totals(seen.session(OLD)), [10_120, 16_900, 553, 270]);
    // (12000 - 4000) + (12400 - 11000) + (12100 - 11800) + (12600 - 12000), the rewound one included.
    assert_eq!(totals(seen.session(NEW)), [10_300, 38_800, 495, 130]);
    assert_eq!(totals(seen.session(AGENT)), [6600, 5900, 80, 15]);
    let records = |id: &str| seen.session(id).responses.iter().map(|row| row.records).collect::<Vec<_>>();
    assert_eq!([records(OLD), records(NEW), records(AGENT)], [vec![1, 1, 1], vec![3, 1, 2, 1], vec![2, 1]]);
    let lines = |id: &str| seen.session(id).responses.iter().map(|row| row.line).collect::<Vec<_>>();
    assert_eq!(lines(NEW), [5, 10, 17, 25]);
    let all = || seen.sessions.iter().flat_map(|session| &session.responses);
    assert!(all().all(|row| row.provider.as_deref() == Some("google") && row.stored_cost.is_none()));
}

#[test]
fn a_sub_agent_belongs_to_the_session_in_whose_folder_it_is() {
    let seen = Seen::of(&GeminiCli, &root());
    let agent = seen.session(AGENT);
    let parent = agent.parent.as_ref().unwrap();
    assert_eq!((parent.external_id.as_str(), parent.relation, agent.sidechain), (NEW, Relation::SubAgent, true));
    assert!(!seen.session(NEW).sidechain && seen.session(NEW).parent.is_none());
    let details = seen.session(NEW).messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolResult { details, .. } => details.as_ref(),
        _ => None,
    });
    let details: Vec<_> = details.map(|details| details.text().unwrap()).collect();
    assert_eq!(details, [json!({"agentId": AGENT}).to_string()]);
}

#[test]
fn what_cannot_be_used_is_reported() {
    let problems = Seen::of(&GeminiCli, &root()).problems;
    let problems: Vec<_> = problems.iter().map(|p| (p.line, p.kind, p.reason.as_str())).collect();
    let expected = [
        (Some(12), ProblemKind::Damaged, "not a readable record: it ends too early at column 76"),
        (Some(22), ProblemKind::Unknown, "record type `checkpoint` (1 of them)"),
    ];
    assert_eq!(problems, expected);
}

#[test]
fn the_variable_may_name_the_home_or_the_store() {
    let home = root().parent().unwrap().to_owned();
    let about = GeminiCli.about();
    let below = roots(about, &home, None);
    let by_variable = roots(about, Path::new("/nowhere"), Some(home.to_str().unwrap()));
    for root in below.iter().chain(&by_variable).chain([&root().join("tmp")]) {
        assert_eq!(Seen::of(&GeminiCli, root).sessions.len(), 3, "{}", root.display());
    }
    assert!(GeminiCli.find(home.parent().unwrap(), &mut Vec::new()).is_empty());
}

/// Reads one hand-written `.jsonl` file: the header of session `S1`, then `lines`.
fn seen(lines: &[Value]) -> Seen {
    let lines: Vec<_> = std::iter::once(header("S1")).chain(lines.iter().cloned()).collect();
    let home = Home::new();
    home.write(".gemini/tmp/shop/chats/session-2026-04-01T08-00-S1.jsonl", text(&lines));
    home.seen(&GeminiCli)
}

/// The session in such a file, which has no problems.
fn session(lines: &[Value]) -> ImportedSession {
    let mut seen = seen(lines);
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    assert_eq!(seen.sessions.len(), 1);
    seen.sessions.remove(0)
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn header(id: &str) -> Value {
    json!({"sessionId": id, "projectHash": "0".repeat(64), "startTime": "2026-04-01T08:00:00.000Z",
        "lastUpdated": "2026-04-01T08:00:00.000Z", "kind": "main"})
}

fn user(id: &str, content: impl Into<Value>) -> Value {
    json!({"id": id, "timestamp": "2026-04-01T08:00:10.000Z", "type": "user", "content": content.into()})
}

/// An answer of 100 tokens of input, 40 of them cached, and `output`.
fn answer(id: &str, content: impl Into<Value>, output: u64) -> Value {
    json!({"id": id, "timestamp": "2026-04-01T08:00:20.000Z", "type": "gemini", "content": content.into(),
        "thoughts": [], "model": "gemini-2.5-pro", "tokens": {"input": 100, "output": output, "cached": 40,
        "thoughts": 0, "tool": 0, "total": 100 + output}})
}

fn history(messages: &[Value]) -> Value {
    json!({"$set": {"messages": messages, "lastUpdated": "2026-04-01T08:09:00.000Z"}})
}
