//! Where words are in a whole session.
//!
//! Messages are read in windows and shown as a page would show them, except that nothing is kept but
//! the number of marks in each place. So what is counted is what is marked, and a reader can be led
//! from one to the next, wherever it is folded or cut.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use opensync_core::search::{Sieve, Term};
use opensync_core::{Part, Session, StoredMessage};
use serde::Serialize;

use super::calls::Scene;
use super::content::{Contents, Place};
use super::folds::Folds;
use super::links::Links;
use super::messages::Reader;
use super::printable;
use super::results::Results;

/// A place of a conversation that has words, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The message.
    pub seq: u64,
    /// The part of it.
    pub index: usize,
    /// Which view of the part; empty for its content.
    pub view: String,
    /// Which piece of a long text.
    pub piece: usize,
    /// Marks there.
    pub count: usize,
}

/// The mark that is read: the `n`-th of a spot, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    pub(super) seq: u64,
    pub(super) index: usize,
    pub(super) view: String,
    pub(super) piece: usize,
    pub(super) n: usize,
}

/// All spots of a session, in the order of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The spots.
    pub spots: Vec<Spot>,
    /// Their marks together.
    pub total: usize,
}

impl Found {
    /// The mark with a number, from 1; the last one when there are fewer.
    pub fn hit(&self, number: usize) -> Option<Now> {
        let mut n = number.clamp(1, self.total.max(1)) - 1;
        let spot = self.spots.iter().find(|spot| {
            let here = n < spot.count;
            n -= if here { 0 } else { spot.count };
            here
        })?;
        Some(Now { seq: spot.seq, index: spot.index, view: spot.view.clone(), piece: spot.piece, n })
    }

    /// The number, from 1, of the first mark at or after a message; the first of all when none follows.
    pub fn from(&self, seq: u64) -> usize {
        let before: usize = self.spots.iter().take_while(|spot| spot.seq < seq).map(|spot| spot.count).sum();
        if before < self.total { before + 1 } else { 1 }
    }
}

impl Now {
    /// The message it is in.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// Counts marks.
#[derive(Debug)]
pub(super) struct Tally {
    sieve: Sieve,
    found: Found,
}

impl Tally {
    /// Whether a text may have one of the words.
    pub(super) fn passes(&mut self, text: &str) -> bool {
        self.sieve.passes(text)
    }

    pub(super) fn add(&mut self, place: Place, view: &str, piece: usize, count: usize) {
        if count > 0 {
            let view = view.to_owned();
            self.found.spots.push(Spot { seq: place.seq, index: place.index, view, piece, count });
            self.found.total += count;
        }
    }

    pub(super) fn total(&self) -> usize {
        self.found.total
    }

    /// Forgets the spots of a view unless they have more than `least` marks.
    pub(super) fn keep_more_than(&mut self, least: usize, place: Place, view: &str) {
        let is_of = |spot: &Spot| (spot.seq, spot.index) == (place.seq, place.index) && spot.view == view;
        let count: usize = self.found.spots.iter().rev().take_while(|spot| is_of(spot)).map(|spot| spot.count).sum();
        if count <= least {
            while self.found.spots.pop_if(|spot| is_of(spot)).is_some() {}
            self.found.total -= count;
        }
    }
}

/// Finds words in the messages of a session, window by window.
#[derive(Debug)]
pub struct Finder {
    session: Session,
    links: Links,
    terms: Vec<Term>,
    tally: Tally,
}

impl Finder {
    /// For any of `terms`.
    pub fn new(session: &Session, terms: Vec<Term>) -> Self {
        let tally = Tally { sieve: Sieve::new(&terms), found: Found::default() };
        Self { session: printable(session), links: Links::new(&session.id, ""), terms, tally }
    }

    /// Reads the next messages.
    #[must_use]
    pub fn read(mut self, messages: &[StoredMessage]) -> Self {
        let Self { session, links, terms, tally } = &mut self;
        let has = |part: &Part, tally: &mut Tally| may_have(part, &mut tally.sieve);
        let seqs: HashSet<u64> = messages
            .iter()
            .filter(|stored| stored.message.parts.iter().any(|part| has(part, tally)))
            .map(|stored| stored.seq)
            .collect();
        let empty = Tally { sieve: Sieve::new(&[]), found: Found::default() };
        let tally = std::mem::replace(tally, empty);
        let zone = TimeZone::UTC;
        let mut reader = Reader {
            scene: Scene { session, sub_agents: &[], links, folds: Folds::default() },
            contents: Contents::counting(links, terms, tally),
            results: Results::of(messages),
            prompts: &[],
            zone: &zone,
            cut_off: true,
        };
        for stored in messages.iter().filter(|stored| !stored.message.off_path) {
            if seqs.contains(&stored.seq) || reader.results.answered_in(stored, &seqs) {
                reader.pieces(stored);
            }
        }
        if let Some(tally) = reader.contents.into_tally() {
            self.tally = tally;
        }
        self
    }

    /// What was found.
    pub fn found(self) -> Found {
        self.tally.found
    }
}

fn may_have(part: &Part, sieve: &mut Sieve) -> bool {
    let mut bodies = Vec::new();
    match part {
        Part::Text(text) => return sieve.passes(text),
        Part::Thinking(body) | Part::Unknown { json: body, .. } => bodies.push(body),
        Part::ToolCall { name, arguments, .. } => {
            if sieve.passes(name) {
                return true;
            }
            bodies.push(arguments);
        }
        Part::ToolResult { output, details, .. } => {
            bodies.extend([Some(output), details.as_ref()].into_iter().flatten());
        }
        Part::Image { .. } => {}
    }
    bodies.into_iter().any(|body| body.text().is_ok_and(|text| sieve.passes(&text)))
}
