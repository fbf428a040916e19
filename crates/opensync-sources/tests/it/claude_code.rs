//! Claude Code: the real client's files, and small hand-written ones for what those do not show.

use std::fs;
use std::path::{Path, PathBuf};

use opensync_core::import::ImportedSession;
use opensync_core::{Message, Role};
use opensync_sources::claude_code::ClaudeCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Seen;

mod agents;
mod conversation;
mod damage;
mod ledger;
mod real;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients");

fn fixtures() -> Seen {
    Seen::of(&ClaudeCode, &Path::new(FIXTURES).join("home/.claude"))
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
        self.folder.path().join("projects/-home-ana-shop").join(name)
    }

    fn text(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn lines(&self, name: &str, lines: &[Value]) -> &Self {
        let text: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        self.text(name, &text.concat())
    }

    fn seen(&self) -> Seen {
        Seen::of(&ClaudeCode, self.folder.path())
    }
}

/// Reads one hand-written main transcript, `S1.jsonl`.
fn session(lines: &[Value]) -> ImportedSession {
    let mut seen = Store::new().lines("S1.jsonl", lines).seen();
    assert_eq!(seen.sessions.len(), 1);
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    seen.sessions.remove(0)
}

/// `base` with the fields of `more` over it.
fn with(mut base: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

fn user(uuid: &str, parent: &str, content: impl Into<Value>) -> Value {
    json!({
        "type": "user", "uuid": uuid, "parentUuid": Some(parent).filter(|p| !p.is_empty()), "sessionId": "S1",
        "timestamp": "2026-05-04T09:00:00.120Z", "cwd": "/home/ana/shop", "version": "2.1.150", "gitBranch": "main",
        "isSidechain": false, "message": {"role": "user", "content": content.into()},
    })
}

/// One line of response `id`, with one block and `output` tokens recorded.
fn answer(uuid: &str, parent: &str, id: &str, block: &Value, output: u64) -> Value {
    json!({
        "type": "assistant", "uuid": uuid, "parentUuid": parent, "sessionId": "S1", "requestId": format!("req_{id}"),
        "timestamp": "2026-05-04T09:00:03.400Z", "cwd": "/home/ana/shop", "isSidechain": false,
        "message": {
            "id": id, "role": "assistant", "model": "claude-sonnet-4-6", "content": [block], "stop_reason": null,
            "usage": {"input_tokens": 9, "cache_creation_input_tokens": 1200, "cache_read_input_tokens": 15000,
                      "output_tokens": output},
        },
    })
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

fn result(call: &str, content: impl Into<Value>) -> Value {
    json!({"type": "tool_result", "tool_use_id": call, "content": content.into()})
}

/// `role id` of every message, with `-` in front of those off the path.
fn outline(session: &ImportedSession) -> Vec<String> {
    let line = |message: &Message| {
        let off = if message.off_path { "-" } else { "" };
        format!("{off}{} {}", message.role.as_str(), message.external_id)
    };
    session.messages.iter().map(line).collect()
}

fn texts(session: &ImportedSession, role: Role) -> Vec<String> {
    session.messages.iter().filter(|message| message.role == role).map(Message::text).collect()
}
