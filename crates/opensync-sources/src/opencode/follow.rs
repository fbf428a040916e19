//! Follows a database: what changed shows in the rows' times, sizes and numbers, so that the other
//! sessions need not be read.
//!
//! What a session has of others (copies, the call that started it) depends on sessions before it.
//! So the traces of all are kept, which are small, and everything is settled anew at each reading.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Error;

use super::copies::Mark;
use super::database;
use super::session::{Header, Ties, Traces};
use crate::foreign_sqlite::{Database, may_pass, number, text};
use crate::tally::Tally;
use crate::{Follow, Origin, Sink, Unreadable};

/// Follows one database.
#[derive(Default)]
pub(super) struct Follower {
    file_id: u64,
    known: Known,
}

impl Follow for Follower {
    fn read(&mut self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        if self.file_id != origin.file_id {
            *self = Self { file_id: origin.file_id, known: Known::default() };
        }
        database::read_changed(origin, Some(&mut self.known), sink)
    }

    fn weight(&self) -> u64 {
        self.known.0.values().map(|session| 400 + session.traces.weight()).sum()
    }
}

/// The sessions of a database as they were read, by id.
#[derive(Default)]
pub(super) struct Known(HashMap<String, Session>);

/// What is kept of a session.
pub(super) struct Session {
    stamp: u64,
    pub traces: Traces,
    /// Hash of what it has of others.
    ties: u64,
    /// What could not be used of it.
    pub tally: Tally,
}

impl Session {
    pub(super) fn new(stamp: Stamp, traces: Traces, ties: &Ties, tally: Tally) -> Self {
        Self { stamp: stamp.print, traces, ties: hash(ties), tally }
    }

    /// Whether it has the same of others as before.
    pub(super) fn is_tied(&self, ties: &Ties) -> bool {
        self.ties == hash(ties)
    }
}

impl Traces {
    fn weight(&self) -> u64 {
        let started = self.started.iter().map(|(session, _)| 120 + session.len() as u64).sum::<u64>();
        self.marks.len() as u64 * size_of::<Mark>() as u64 + started
    }
}

/// Changes when a session does.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    print: u64,
    /// Bytes in its rows.
    bytes: u64,
}

/// Which sessions changed, as far as that can be told before they are read.
pub(super) struct Changes<'a> {
    known: Option<&'a mut Known>,
    /// Rows of each session; nothing when the tables do not tell, or nobody asks.
    rows: Option<HashMap<String, Rows>>,
    unchanged: HashSet<String>,
    learnt: Vec<(String, Session)>,
    /// Everything is read: progress is told by sessions, of a file of this size.
    whole: Option<u64>,
    sessions: u64,
    done: u64,
}

impl<'a> Changes<'a> {
    /// Looks what changed. What is written from now on shows the next time, whether or not it is
    /// read with the rest.
    pub(super) fn since(
        known: Option<&'a mut Known>,
        database: &Database,
        size: u64,
        sessions: usize,
    ) -> Result<Self, Error> {
        let rows = if known.is_some() { rows(database)? } else { None };
        let is_new = known.as_ref().is_none_or(|known| known.0.is_empty());
        let whole = (is_new || rows.is_none()).then_some(size);
        let (unchanged, learnt) = (HashSet::new(), Vec::new());
        Ok(Self { known, rows, unchanged, learnt, whole, sessions: sessions as u64, done: 0 })
    }

    /// The stamp of a session; nothing when it cannot be told whether it changed.
    pub(super) fn stamp(&self, header: &Header) -> Option<Stamp> {
        let rows = self.rows.as_ref()?.get(&header.id).cloned().unwrap_or_default();
        Some(Stamp { print: hash(&(header, &rows.figures)), bytes: rows.bytes })
    }

    /// What is known of a session that has not changed itself.
    pub(super) fn known(&self, id: &str, stamp: Option<Stamp>) -> Option<&Session> {
        self.known.as_ref()?.0.get(id).filter(|known| stamp.is_some_and(|stamp| stamp.print == known.stamp))
    }

    /// A session need not be read.
    pub(super) fn unchanged(&mut self, id: String) {
        self.unchanged.insert(id);
    }

    /// A session was read.
    pub(super) fn read(&mut self, stamp: Option<Stamp>, sink: &mut dyn Sink) {
        match self.whole {
            Some(size) => {
                let until = |done: u64| (u128::from(size) * u128::from(done) / u128::from(self.sessions.max(1))) as u64;
                sink.advanced(until(self.done + 1) - until(self.done));
                self.done += 1;
            }
            None => sink.advanced(stamp.map_or(0, |stamp| stamp.bytes)),
        }
    }

    /// A session is known from now on.
    pub(super) fn learn(&mut self, id: String, session: Session) {
        if self.known.is_some() {
            self.learnt.push((id, session));
        }
    }

    /// Keeps what was learnt, when what was read is `sure` to be one state of the database.
    pub(super) fn keep(self, sure: bool, sink: &mut dyn Sink) {
        if self.sessions == 0
            && let Some(size) = self.whole
        {
            sink.advanced(size);
        }
        sink.unchanged(self.unchanged.len() as u64);
        if let Some(known) = self.known {
            known.0.retain(|id, _| sure && self.unchanged.contains(id));
            known.0.extend(self.learnt.into_iter().filter(|_| sure));
        }
    }
}

/// What the rows of a session add up to.
#[derive(Clone, Default)]
struct Rows {
    figures: Vec<Option<u64>>,
    bytes: u64,
}

/// Number, times and sizes of the rows of each session. Nothing when columns are missing, or damage
/// keeps them from being added up.
fn rows(database: &Database) -> Result<Option<HashMap<String, Rows>>, Error> {
    let has = |table: &str, columns: &[&str]| {
        let there = database.columns(table);
        columns.iter().all(|column| there.iter().any(|name| name == column))
    };
    if !has("message", &["id", "session_id", "time_updated", "data"])
        || !has("part", &["message_id", "time_updated", "data"])
    {
        return Ok(None);
    }
    let mut all: HashMap<String, Rows> = HashMap::new();
    let mut add = |row: &str, tables: &str| {
        // The sum shows a change of an older row in the millisecond of the newest. It is cut to be
        // small enough for any number of rows. Lengths are in the heads of rows: no content is read.
        let sql = format!(
            "select message.session_id, count(*), max({row}.time_updated), sum({row}.time_updated & 4294967295), \
             sum(octet_length({row}.data)) from {tables} group by message.session_id"
        );
        let mut statement = database.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let of = all.entry(text(row, 0).unwrap_or_default().into_owned()).or_default();
            of.figures.extend((1..=4).map(|column| number(row, column).map(f64::to_bits)));
            of.bytes += number(row, 4).map_or(0, |bytes| bytes as u64);
        }
        Ok::<_, Error>(())
    };
    // Parts are met by their messages, as they are when a session is read.
    match add("message", "message")
        .and_then(|()| add("part", "message cross join part on part.message_id = message.id"))
    {
        Ok(()) => Ok(Some(all)),
        Err(error) if may_pass(&error) => Err(error),
        Err(_) => Ok(None),
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
