//! What the tests of all sources share.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use opensync_core::import::{ImportedSession, Problem, Response};
use opensync_core::{Message, Part, Role};
use opensync_sources::{Sink, Source};
use serde_json::Value;

pub const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients");

/// Keeps everything a source reads.
#[derive(Default)]
pub struct Seen {
    pub sessions: Vec<ImportedSession>,
    pub problems: Vec<Problem>,
    pub bytes: u64,
    pub unchanged: u64,
}

impl Sink for Seen {
    fn session(&mut self, session: ImportedSession) {
        self.sessions.push(session);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn advanced(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    fn unchanged(&mut self, sessions: u64) {
        self.unchanged += sessions;
    }
}

impl Seen {
    /// Everything below `root`.
    pub fn of(source: &dyn Source, root: &Path) -> Self {
        let mut unreadable = Vec::new();
        let mut seen = Self::default();
        for origin in source.find(root, &mut unreadable) {
            source.read(&origin, &mut seen).unwrap();
        }
        assert!(unreadable.is_empty(), "{unreadable:?}");
        seen
    }

    /// What another reading saw as well.
    pub fn extend(&mut self, other: Self) {
        self.sessions.extend(other.sessions);
        self.problems.extend(other.problems);
        self.bytes += other.bytes;
    }

    /// The session with this id of its source.
    pub fn session(&self, external_id: &str) -> &ImportedSession {
        let found = self.sessions.iter().find(|session| session.external_id == external_id);
        found.unwrap_or_else(|| panic!("no session {external_id}"))
    }
}

/// Which session owns each response: an ordinary one before a sub-agent's, then the oldest copy.
pub fn owned(sessions: &[ImportedSession]) -> HashMap<&str, Vec<&Response>> {
    let mut owners = BTreeMap::new();
    for session in sessions {
        for response in &session.responses {
            let rank = (session.sidechain, session.born_at);
            let best = owners.entry(&response.key).or_insert((rank, session, response));
            if rank < best.0 {
                *best = (rank, session, response);
            }
        }
    }
    let mut owned: HashMap<&str, Vec<_>> = HashMap::new();
    for (_, session, response) in owners.into_values() {
        owned.entry(&session.external_id).or_default().push(response);
    }
    owned
}

/// The sessions of a source in `expected.json`.
pub fn expected(source: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{FIXTURES}/expected.json")).unwrap();
    let mut expected: Value = serde_json::from_str(&text).unwrap();
    let rows = expected["sessions"].as_array_mut().unwrap();
    rows.drain(..).filter(|row| row["source"] == source).collect()
}

/// `base` with the fields of `more` over it.
pub fn with(mut base: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

/// `role id` of every message, with `-` in front of those off the path.
pub fn outline(session: &ImportedSession) -> Vec<String> {
    let line = |message: &Message| {
        let off = if message.off_path { "-" } else { "" };
        format!("{off}{} {}", message.role.as_str(), message.external_id)
    };
    session.messages.iter().map(line).collect()
}

pub fn texts(session: &ImportedSession, role: Role) -> Vec<String> {
    session.messages.iter().filter(|message| message.role == role).map(Message::text).collect()
}

/// The parts of all messages that are shown.
pub fn shown(session: &ImportedSession) -> impl Iterator<Item = &Part> {
    session.messages.iter().filter(|message| !message.off_path).flat_map(|message| &message.parts)
}

/// A small generator of repeatable numbers (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}
