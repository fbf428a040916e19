//! Puts together the rows of several terms: which sessions hold all of them, and how well they fit.

use super::{ROW_BITS, RowIds, TITLE};

/// Sessions that hold all terms that are wanted and none that is not.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// Keys of sessions, ascending, with how well each fits; `None` when nothing has to be found.
    wanted: Option<Vec<(i64, i64)>>,
    excluded: Vec<i64>,
    best_score: i64,
}

impl Matches {
    /// `wanted` and `excluded` hold for every term the rows of what was said and of what tools did.
    pub(crate) fn new(wanted: &[Vec<RowIds>], excluded: &[Vec<RowIds>]) -> Self {
        let mut gone: Vec<i64> = excluded.iter().flatten().flat_map(|rows| keys(rows)).collect();
        gone.sort_unstable();
        gone.dedup();
        // Every term in the title, and all of them in one slice.
        let best_score = 2 * wanted.len() as i64 + i64::from(wanted.len() > 1);
        Self { wanted: (!wanted.is_empty()).then(|| ranked(wanted)), excluded: gone, best_score }
    }

    /// What a session scores that fits as well as can be.
    pub(crate) fn best_score(&self) -> i64 {
        self.best_score
    }

    /// The sessions that hold all terms, when any are wanted.
    pub(crate) fn wanted(&self) -> Option<&[(i64, i64)]> {
        self.wanted.as_deref()
    }

    /// Whether a session holds a term that is not wanted.
    pub(crate) fn is_excluded(&self, key: i64) -> bool {
        self.excluded.binary_search(&key).is_ok()
    }
}

/// Sessions with all terms. Of two the one fits better that has more of the terms in its title; then the
/// one that has all of them close together, in one slice.
fn ranked(terms: &[Vec<RowIds>]) -> Vec<(i64, i64)> {
    let mut sessions: Option<Vec<(i64, i64)>> = None;
    for term in terms {
        let scored = merged(term);
        sessions = Some(match sessions {
            None => scored,
            Some(before) => both(before, &scored),
        });
    }
    let mut sessions = sessions.unwrap_or_default();
    if let [_, _, ..] = terms
        && !sessions.is_empty()
    {
        let together: Vec<i64> = keys(&together(terms)).collect();
        for (key, score) in &mut sessions {
            *score += i64::from(together.binary_search(key).is_ok());
        }
    }
    sessions
}

fn keys(rows: &[i64]) -> impl Iterator<Item = i64> {
    rows.iter().map(|id| id >> ROW_BITS)
}

/// The sessions of one term; 2 for those that have it in the title.
fn merged(term: &[RowIds]) -> Vec<(i64, i64)> {
    let mut sessions: Vec<(i64, i64)> = Vec::new();
    for (n, rows) in term.iter().enumerate() {
        for id in rows.iter() {
            let key = id >> ROW_BITS;
            // The title is the first row, and only the first list has titles.
            if sessions.last().is_none_or(|last| last.0 != key) {
                let title = n == 0 && id - (key << ROW_BITS) == TITLE;
                sessions.push((key, 2 * i64::from(title)));
            }
        }
    }
    if term.len() > 1 {
        sessions.sort_by_key(|(key, score)| (*key, -score));
        sessions.dedup_by_key(|(key, _)| *key);
    }
    sessions
}

fn both(mut before: Vec<(i64, i64)>, other: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut at = 0;
    before.retain_mut(|(key, score)| {
        while other.get(at).is_some_and(|(next, _)| next < key) {
            at += 1;
        }
        let found = other.get(at).filter(|(next, _)| next == key);
        *score += found.map_or(0, |(_, score)| *score);
        found.is_some()
    });
    before
}

/// Rows of what was said that hold all terms.
fn together(terms: &[Vec<RowIds>]) -> Vec<i64> {
    let mut rows = terms.first().and_then(|term| term.first()).map(|rows| rows.to_vec()).unwrap_or_default();
    for other in terms.iter().skip(1).filter_map(|term| term.first()) {
        rows.retain(|id| other.binary_search(id).is_ok());
    }
    rows
}
