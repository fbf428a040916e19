//! Databases: only sessions that changed are handed over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use opensync_core::import::ImportedSession;
use opensync_sources::{Follow, Origin, Source};
use rusqlite::Connection;

use super::equals_whole;
use crate::home::Home;
use crate::support::Seen;

mod cursor;
mod opencode;

/// A database that is followed, with what was handed over of it last.
struct Followed {
    home: Home,
    source: &'static dyn Source,
    origin: Origin,
    follower: Box<dyn Follow>,
    held: BTreeMap<String, ImportedSession>,
    /// To change it. It stays open: some things show only while a client runs.
    client: Connection,
}

impl Followed {
    fn new(home: Home, source: &'static dyn Source, root: &str, name: &str) -> Self {
        let mut found = super::found(source, &home.path(root));
        found.retain(|origin| origin.path.ends_with(name));
        let origin = found.remove(0);
        let follower = source.follow(&origin).unwrap();
        let client = Connection::open(&origin.path).unwrap();
        Self { home, source, origin, follower, held: BTreeMap::new(), client }
    }

    fn path(&self) -> PathBuf {
        self.origin.path.clone()
    }

    fn sql(&self, sql: &str) -> &Self {
        self.client.execute_batch(sql).unwrap();
        self
    }

    /// Reads it again. Answers which sessions were handed over; with those handed over before they
    /// must be what a whole reading finds.
    fn changes(&mut self, when: &str) -> BTreeSet<String> {
        self.seen(when).sessions.into_iter().map(|session| session.external_id).collect()
    }

    fn seen(&mut self, when: &str) -> Seen {
        self.origin = self.source.again(&self.origin).unwrap();
        let seen = equals_whole(self.source, &mut *self.follower, &self.origin, when);
        self.held.extend(seen.sessions.iter().map(|session| (session.external_id.clone(), session.clone())));
        let mut whole = Seen::default();
        self.source.read(&self.origin, &mut whole).unwrap();
        for session in &whole.sessions {
            assert!(self.held[&session.external_id] == *session, "{when}: {} is not up to date", session.external_id);
        }
        seen
    }
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}
