//! What the tests of all sources share.

use std::path::Path;

use opensync_core::import::{ImportedSession, Problem};
use opensync_sources::{Sink, Source};

/// Keeps everything a source reads.
#[derive(Default)]
pub struct Seen {
    pub sessions: Vec<ImportedSession>,
    pub problems: Vec<Problem>,
    pub bytes: u64,
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

    /// The session with this id of its source.
    pub fn session(&self, external_id: &str) -> &ImportedSession {
        let found = self.sessions.iter().find(|session| session.external_id == external_id);
        found.unwrap_or_else(|| panic!("no session {external_id}"))
    }
}
