//! Factory Droid: the fixtures, and small hand-written files for what those do not show.

use std::fs;
use std::path::{Path, PathBuf};

use opensync_core::import::ImportedSession;
use opensync_sources::factory_droid::FactoryDroid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{FIXTURES, Seen};

mod conversation;
mod damage;
mod real;
mod usage;

fn root() -> PathBuf {
    Path::new(FIXTURES).join("home/.factory/sessions")
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
        self.folder.path().join("sessions/-home-ana-shop").join(name)
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
        Seen::of(&FactoryDroid, self.folder.path())
    }
}

/// Reads one hand-written session, `S1`, without a sidecar.
fn session(lines: &[Value]) -> ImportedSession {
    let mut seen = Store::new().lines("S1.jsonl", lines).seen();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    assert_eq!(seen.sessions.len(), 1);
    seen.sessions.remove(0)
}

fn start(fields: &Value) -> Value {
    let base = json!({"type": "session_start", "id": "S1", "title": "New Session", "owner": "ana", "version": 2, "cwd": "/home/ana/shop"});
    crate::support::with(base, fields)
}

/// Message `id`, a second after ten for each number in its id.
fn message(id: &str, role: &str, content: impl Into<Value>) -> Value {
    let second: u32 = id.chars().filter_map(|c| c.to_digit(10)).sum();
    json!({"type": "message", "id": id, "timestamp": format!("2026-06-01T10:00:{second:02}.000Z"),
        "message": {"role": role, "content": content.into()}})
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn usage(input: u64, output: u64) -> Value {
    json!({"inputTokens": input, "outputTokens": output, "cacheCreationTokens": 2000, "cacheReadTokens": 18000,
        "thinkingTokens": 0, "factoryCredits": 4100})
}
