//! What the tests of all sources share.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use opensync_core::import::{ImportedSession, Problem, Response};
use opensync_core::{Message, Part, Role};
use opensync_sources::{Origin, Sink, Source};
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

    /// Damages `bytes` in up to a dozen places; something is left.
    pub fn damage(&mut self, bytes: &mut Vec<u8>) {
        const SNIPPETS: &[&str] =
            &["null", "\"", "{", "]", "\\ud83d", "-1", "1e999", "\n", "true", "[]", "\"type\":", "\0", "\u{feff}"];
        for _ in 0..=self.roll(12) {
            let at = self.roll(bytes.len());
            match self.roll(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = self.roll(256) as u8,
                2 => {
                    let to = (at + self.roll(400)).min(bytes.len());
                    bytes.drain(at..to);
                }
                3 => {
                    let snippet = SNIPPETS[self.roll(SNIPPETS.len())];
                    bytes.splice(at..at, snippet.bytes());
                }
                _ => {
                    // A line moves or repeats: children before parents, circles, doubled ids.
                    let from = self.roll(bytes.len());
                    let lines = bytes[from..].split_inclusive(|byte| *byte == b'\n');
                    let line: Vec<_> = lines.skip(1).take(1).flatten().copied().collect();
                    bytes.splice(0..0, line);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'\n');
            }
        }
    }
}

/// Reads `rounds` damaged versions of every file below `root`, at `path`: all of each is read and
/// the ids of its messages are unique.
pub fn survives_damage(source: &dyn Source, root: &Path, path: &Path, rounds: usize) {
    let originals = source.find(root, &mut Vec::new());
    assert!(!originals.is_empty());
    let mut dice = Dice(0x5eed_c0de);
    for (number, original) in originals.iter().enumerate() {
        let bytes = std::fs::read(&original.path).unwrap();
        for round in 0..rounds {
            let mut damaged = bytes.clone();
            dice.damage(&mut damaged);
            std::fs::write(path, &damaged).unwrap();
            let mut seen = Seen::default();
            source.read(&Origin { path: path.to_owned(), ..original.clone() }, &mut seen).unwrap();
            assert_eq!(seen.bytes, damaged.len() as u64, "file {number}, round {round}");
            for session in &seen.sessions {
                let mut ids: Vec<_> = session.messages.iter().map(|message| &message.external_id).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), session.messages.len(), "file {number}, round {round}");
                let mut keys: Vec<_> = session.responses.iter().map(|response| &response.key).collect();
                keys.sort();
                keys.dedup();
                assert_eq!(keys.len(), session.responses.len(), "file {number}, round {round}");
            }
        }
    }
}

/// The same numbers every time: a failure can be looked at again.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// Damages bytes here and there.
    pub fn disturb(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(40) {
            let at = self.below(bytes.len());
            let to = (at + self.below(300)).min(bytes.len());
            match self.below(12) {
                0 => bytes.truncate(at.max(bytes.len() / 2)),
                1 => bytes[at..to].fill(0),
                2 => drop(bytes.splice(at..at, bytes[at..to].to_vec())),
                3 => drop(bytes.drain(at..to)),
                // What text is made of: records that are whole and odd.
                4..=7 => bytes[at..to].iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'9'),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = self.below(256) as u8;
                    }
                }
            }
        }
    }
}
