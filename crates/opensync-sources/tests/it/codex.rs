//! Codex CLI: the real client's files, and small hand-written ones for what those do not show.

use std::fs;
use std::path::{Path, PathBuf};

use opensync_core::import::{ImportedSession, Problem};
use opensync_core::{Message, Part, Role};
use opensync_sources::codex::Codex;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Seen;

mod conversation;
mod damage;
mod ledger;
mod lineage;
mod prompts;
mod real;
mod store;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients");
const ID: &str = "019caa00-0000-7000-8000-000000000001";
const OTHER: &str = "019caa00-0000-7000-8000-000000000002";

fn fixtures() -> Seen {
    Seen::of(&Codex, &Path::new(FIXTURES).join("home/.codex"))
}

/// A store that is filled by hand.
struct Store {
    folder: TempDir,
}

impl Store {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bytes(&self, name: &str, bytes: &[u8]) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// A live rollout of the thread.
    fn thread(&self, id: &str, lines: &[Value]) -> &Self {
        self.bytes(&live(id), text(lines).as_bytes())
    }

    fn seen(&self) -> Seen {
        Seen::of(&Codex, self.folder.path())
    }
}

fn live(id: &str) -> String {
    format!("sessions/2026/03/02/rollout-2026-03-02T10-00-00-{id}.jsonl")
}

fn text(lines: &[Value]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
    lines.concat()
}

/// Reads one hand-written thread with this header and these lines after it.
fn session(lines: &[Value]) -> ImportedSession {
    let (session, missing) = session_without(lines);
    assert!(missing.is_empty(), "{missing:?}");
    session
}

/// Like [`session`], with the fields that are said to be missing, and no other problem.
fn session_without(lines: &[Value]) -> (ImportedSession, Vec<String>) {
    let lines = [&[meta(ID)], lines].concat();
    let mut seen = Store::new().thread(ID, &lines).seen();
    assert_eq!(seen.sessions.len(), 1);
    let field = |problem: &Problem| {
        let name = problem.reason.strip_prefix("field `").and_then(|reason| reason.split_once('`'));
        name.unwrap_or_else(|| panic!("{problem:?}")).0.to_owned()
    };
    (seen.sessions.remove(0), seen.problems.iter().map(field).collect())
}

fn line(kind: &str, payload: &Value) -> Value {
    json!({"timestamp": "2026-03-02T10:00:05.000Z", "type": kind, "payload": payload})
}

fn item(payload: &Value) -> Value {
    line("response_item", payload)
}

fn event(payload: &Value) -> Value {
    line("event_msg", payload)
}

/// `base` with the fields of `more` in its payload.
fn with(mut base: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base["payload"][key] = value.clone();
    }
    base
}

fn meta(id: &str) -> Value {
    line(
        "session_meta",
        &json!({
            "id": id, "timestamp": "2026-03-02T10:00:00.050Z", "cwd": "/home/ana/shop", "originator": "codex_cli_rs",
            "cli_version": "0.110.0", "source": "cli", "model_provider": "openai", "git": {"branch": "main"},
        }),
    )
}

fn fork_of(id: &str, parent: &str) -> Value {
    with(meta(id), &json!({"forked_from_id": parent, "timestamp": "2026-03-02T11:00:00.500Z"}))
}

fn started(turn: &str) -> Value {
    event(&json!({"type": "task_started", "turn_id": turn}))
}

fn context(turn: &str, model: &str) -> Value {
    line("turn_context", &json!({"turn_id": turn, "cwd": "/home/ana/shop", "model": model}))
}

fn said(role: &str, texts: &[&str]) -> Value {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let content: Vec<_> = texts.iter().map(|text| json!({"type": kind, "text": text})).collect();
    item(&json!({"type": "message", "role": role, "content": content}))
}

fn prompt_event(text: &str) -> Value {
    event(&json!({"type": "user_message", "message": text, "images": []}))
}

fn call(id: &str) -> Value {
    item(&json!({"type": "function_call", "name": "exec_command", "arguments": "{\"cmd\":\"ls\"}", "call_id": id}))
}

fn output(id: &str, output: impl Into<Value>) -> Value {
    item(&json!({"type": "function_call_output", "call_id": id, "output": output.into()}))
}

/// Counters with `[input, cached, output, reasoning]`.
fn counters([input, cached, output, reasoning]: [u64; 4]) -> Value {
    json!({
        "input_tokens": input, "cached_input_tokens": cached, "output_tokens": output,
        "reasoning_output_tokens": reasoning, "total_tokens": input + output,
    })
}

fn count(total: [u64; 4], last: [u64; 4]) -> Value {
    let info = json!({"total_token_usage": counters(total), "last_token_usage": counters(last)});
    event(&json!({"type": "token_count", "info": info, "rate_limits": null}))
}

fn record(thread: &str, response: &str, used: [u64; 4], thread_total: [u64; 4]) -> Value {
    line(
        "token_usage_record",
        &json!({
            "thread_id": thread, "response_id": response, "usage": counters(used),
            "thread_token_usage": counters(thread_total),
        }),
    )
}

fn of(session: &ImportedSession, role: Role) -> Vec<&Message> {
    session.messages.iter().filter(|message| message.role == role && !message.off_path).collect()
}

fn texts(session: &ImportedSession, role: Role) -> Vec<String> {
    of(session, role).into_iter().map(Message::text).collect()
}

fn title(session: &ImportedSession) -> &str {
    session.title.as_ref().map_or("", |(title, _)| title)
}

fn results(session: &ImportedSession) -> Vec<&Part> {
    let parts = session.messages.iter().flat_map(|message| &message.parts);
    parts.filter(|part| matches!(part, Part::ToolResult { .. })).collect()
}
