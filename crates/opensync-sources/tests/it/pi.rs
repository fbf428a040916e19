//! Pi: the real client's files, and small hand-written ones for what those do not show.

use std::fs;
use std::path::{Path, PathBuf};

use opensync_core::import::ImportedSession;
use opensync_sources::pi::Pi;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{FIXTURES, Seen};

mod conversation;
mod damage;
mod ledger;
mod real;

fn root() -> PathBuf {
    Path::new(FIXTURES).join("home/.pi/agent/sessions")
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
        self.folder.path().join("sessions/--home-ana-shop--").join(name)
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
        Seen::of(&Pi, self.folder.path())
    }
}

/// Reads one hand-written file: the header of session `S1`, then `entries`.
fn session(entries: &[Value]) -> ImportedSession {
    let lines: Vec<_> = std::iter::once(header("S1")).chain(entries.iter().cloned()).collect();
    let mut seen = Store::new().lines("t_S1.jsonl", &lines).seen();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    assert_eq!(seen.sessions.len(), 1);
    seen.sessions.remove(0)
}

fn header(id: &str) -> Value {
    json!({"type": "session", "version": 3, "id": id, "timestamp": "2026-04-01T08:00:00.000Z", "cwd": "/home/ana/shop"})
}

/// Entry `id` after `parent` (`-`: after nothing), a second after the beginning for each letter and
/// digit its id is above `a` and `0`.
fn entry(kind: &str, id: &str, parent: &str, fields: &Value) -> Value {
    let seconds: u32 = id.bytes().map(|byte| u32::from(byte % 16)).sum();
    let base = json!({
        "type": kind, "id": id, "parentId": Some(parent).filter(|parent| *parent != "-"),
        "timestamp": format!("2026-04-01T08:{:02}:{:02}.000Z", 1 + seconds / 60, seconds % 60),
    });
    crate::support::with(base, fields)
}

fn message(id: &str, parent: &str, message: &Value) -> Value {
    entry("message", id, parent, &json!({"message": message}))
}

fn user(id: &str, parent: &str, content: impl Into<Value>) -> Value {
    message(id, parent, &json!({"role": "user", "content": content.into(), "timestamp": 1_775_030_404_990_u64}))
}

/// An answer of `output` tokens.
fn answer(id: &str, parent: &str, block: &Value, output: u64) -> Value {
    message(id, parent, &said(id, block, output))
}

fn said(id: &str, block: &Value, output: u64) -> Value {
    json!({
        "role": "assistant", "content": [block], "api": "anthropic-messages", "provider": "anthropic",
        "model": "claude-sonnet-4-6", "stopReason": "stop", "responseId": format!("msg_{id}"),
        "timestamp": 1_775_030_405_100_u64,
        "usage": {"input": 12, "output": output, "cacheRead": 4000, "cacheWrite": 500, "totalTokens": 4512 + output,
                  "cost": {"input": 0.000_036, "output": 0.0009, "cacheRead": 0.0012, "cacheWrite": 0.001_875, "total": 0.004_011}},
    })
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}
