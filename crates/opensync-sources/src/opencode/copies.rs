//! Finds what a fork was copied from: nothing in it says so.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use opensync_core::Usage;

/// The milliseconds in an id wrap around after this many (about 2.2 years).
const WRAP: i64 = 1 << 36;

/// What tells a message from others and stays the same in a copy.
pub(super) struct Mark {
    pub created: i64,
    print: u64,
    /// The moment in its id, modulo [`WRAP`].
    id_at: Option<i64>,
}

impl Mark {
    /// Of a message with these calls.
    pub(super) fn new(id: &str, created: i64, role: &str, model: Option<&str>, calls: &[Usage]) -> Self {
        let mut hasher = DefaultHasher::new();
        (created, role, model, calls).hash(&mut hasher);
        let digits = id.split_once('_').and_then(|(_, rest)| rest.get(..12));
        let id_at = digits.and_then(|digits| i64::from_str_radix(digits, 16).ok()).map(|number| number >> 12);
        Self { created, print: hasher.finish(), id_at }
    }

    /// Whether its row was written when the session was there already, although the message is older.
    fn is_copy(&self, born: i64) -> bool {
        let written_later = self.id_at.is_some_and(|at| (at - born).rem_euclid(WRAP) < WRAP / 2);
        self.created < born && written_later
    }
}

/// The messages of the sessions read so far, oldest session first.
#[derive(Default)]
pub(super) struct Copies {
    sessions: Vec<String>,
    seen: HashMap<u64, Vec<usize>>,
}

impl Copies {
    /// Takes the messages of the next session, which began to be written at `born`. Answers for
    /// each whether it was copied, and the session most of them are from.
    pub(super) fn settle(&mut self, session: &str, born: Option<i64>, marks: &[Mark]) -> (Vec<bool>, Option<String>) {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        let mut copied = Vec::with_capacity(marks.len());
        let number = self.sessions.len();
        for mark in marks {
            let others = self.seen.entry(mark.print).or_default();
            let older = born.is_some_and(|born| mark.created < born);
            if older {
                for other in others.iter() {
                    *shared.entry(*other).or_default() += 1;
                }
            }
            copied.push((older && !others.is_empty()) || born.is_some_and(|born| mark.is_copy(born)));
            if others.last() != Some(&number) {
                others.push(number);
            }
        }
        let most = shared.into_iter().max_by_key(|(other, count)| (*count, std::cmp::Reverse(*other)));
        let parent = most.and_then(|(other, _)| self.sessions.get(other).cloned());
        self.sessions.push(session.to_owned());
        (copied, parent)
    }
}
