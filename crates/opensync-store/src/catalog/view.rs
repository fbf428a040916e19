//! What of a catalog a selection shows.

use std::sync::Arc;

use opensync_core::MicroDollars;
use opensync_core::filter::{Bounds, Cursor, Is, Order, Selection, SortKey, Status};
use opensync_core::search::Term;
use opensync_core::session::Totals;

use super::place::{Place, Sorting};
use super::{Catalog, Entry, REMEMBERED};
use crate::search::{Matches, RowIds, find};
use crate::session::SubAgents;
use crate::sql::int_to_count;
use crate::{Result, Store};

/// A session is live for so long after its last message.
const LIVE_MS: i64 = 120_000;

/// So many terms are looked up; nobody types more.
const MOST_TERMS: usize = 64;

/// The sessions of a catalog that a selection matches.
pub(crate) struct View {
    catalog: Arc<Catalog>,
    test: Test,
    matches: Matches,
}

/// A piece of a list: keys in order, and where it goes on.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Listed {
    pub(crate) keys: Vec<i64>,
    pub(crate) next: Option<Cursor>,
}

type Name = fn(&Entry) -> u32;
type Figure = fn(&Entry) -> Option<i64>;

/// A selection with names as numbers. An empty list means all.
struct Test {
    lists: [(Name, Option<Vec<u32>>); 6],
    tags: Option<Vec<u32>>,
    statuses: Vec<Status>,
    is: Vec<Is>,
    numbers: [(Figure, Bounds); 3],
    from: i64,
    until: Option<i64>,
    live_after: i64,
    sub_agents: SubAgents,
}

impl View {
    /// Looks the words of a selection up.
    pub(crate) async fn new(
        store: &Store,
        catalog: Arc<Catalog>,
        selection: &Selection,
        sub_agents: SubAgents,
    ) -> Result<Self> {
        let mut found = [Vec::new(), Vec::new()];
        for (found, terms) in found.iter_mut().zip([&selection.wanted, &selection.excluded]) {
            for term in terms.iter().take(MOST_TERMS) {
                let mut rows = vec![catalog.rows(store, term, false).await?];
                if selection.in_tools {
                    rows.push(catalog.rows(store, term, true).await?);
                }
                found.push(rows);
            }
        }
        let matches = Matches::new(&found[0], &found[1]);
        Ok(Self { test: Test::new(&catalog, selection, sub_agents), catalog, matches })
    }

    /// One piece of a list: at most `limit` after `cursor`.
    pub(crate) fn list(&self, sort: SortKey, order: Order, cursor: Option<Cursor>, limit: u64) -> Listed {
        let sorting = Sorting { sort, order };
        let after = cursor.map(|cursor| sorting.place_of(cursor));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let places = self.places(sorting).filter(|(place, _)| after.is_none_or(|after| *place > after));
        let mut first = smallest(places, limit.saturating_add(1));
        let more = first.len() > limit;
        first.truncate(limit);
        let next = first.last().filter(|_| more).map(|(_, (entry, score))| sorting.cursor(entry, *score));
        Listed { keys: first.into_iter().map(|(_, (entry, _))| entry.key).collect(), next }
    }

    /// The keys of the sessions that fit best, with how well: above 0, at most 1.
    pub(crate) fn best(&self, limit: u64) -> Vec<(i64, f64)> {
        let sorting = Sorting { sort: SortKey::Relevance, order: Order::Desc };
        let first = smallest(self.places(sorting), usize::try_from(limit).unwrap_or(usize::MAX));
        let best = self.matches.best_score() + 1;
        first.into_iter().map(|(_, (entry, score))| (entry.key, (score + 1) as f64 / best as f64)).collect()
    }

    /// The keys of all sessions, in order.
    pub(crate) fn all(&self, sort: SortKey, order: Order) -> Vec<i64> {
        self.list(sort, order, None, u64::MAX).keys
    }

    /// The keys around a session: up to `before` in front of it, itself when it is there, up to `after`.
    pub(crate) fn around(&self, key: i64, (sort, order): (SortKey, Order), before: u64, after: u64) -> Vec<i64> {
        let sorting = Sorting { sort, order };
        let Ok(at) = self.catalog.entries.binary_search_by_key(&key, |entry| entry.key) else { return Vec::new() };
        let score = self
            .matches
            .wanted()
            .map_or(0, |wanted| wanted.binary_search_by_key(&key, |(key, _)| *key).map_or(0, |found| wanted[found].1));
        let here = sorting.place(&self.catalog.entries[at], score);
        let in_front = self.places(sorting).filter(|(place, _)| *place < here);
        let in_front = in_front.map(|(place, (entry, _))| (std::cmp::Reverse(place), entry.key));
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let mut keys: Vec<i64> = smallest(in_front, before).into_iter().rev().map(|(_, key)| key).collect();
        if self.has(key) {
            keys.push(key);
        }
        let cursor = sorting.cursor(&self.catalog.entries[at], score);
        keys.extend(self.list(sort, order, Some(cursor), after).keys);
        keys
    }

    /// Whether a session is in it.
    pub(crate) fn has(&self, key: i64) -> bool {
        let Ok(at) = self.catalog.entries.binary_search_by_key(&key, |entry| entry.key) else { return false };
        let is_found = |wanted: &[(i64, i64)]| wanted.binary_search_by_key(&key, |(key, _)| *key).is_ok();
        let entry = &self.catalog.entries[at];
        self.matches.wanted().is_none_or(is_found) && self.passes(entry) && self.test.is_row(entry)
    }

    /// Counts and sums, of folded sub-agents as well.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let add = |sum: &mut Option<u64>, value: Option<i64>| {
            if let Some(value) = value {
                *sum = Some(sum.unwrap_or(0).saturating_add(int_to_count(value)));
            }
        };
        let mut cost = None;
        for (entry, _) in self.found() {
            if self.test.is_row(entry) {
                totals.sessions += 1;
            } else {
                totals.sub_agents += 1;
            }
            add(&mut totals.tokens, entry.tokens);
            add(&mut cost, entry.cost);
            totals.cost_partial |= entry.cost_partial;
        }
        totals.cost = cost.map(|cost| MicroDollars(i64::try_from(cost).unwrap_or(i64::MAX)));
        totals
    }

    fn places(&self, sorting: Sorting) -> impl Iterator<Item = (Place, (&Entry, i64))> {
        let rows = self.found().filter(|(entry, _)| self.test.is_row(entry));
        rows.map(move |(entry, score)| (sorting.place(entry, score), (entry, score)))
    }

    /// What matches, by key, with how well it fits.
    fn found(&self) -> impl Iterator<Item = (&Entry, i64)> {
        let entries = &self.catalog.entries;
        let wanted = self.matches.wanted();
        let all = wanted.is_none().then(|| entries.iter().map(|entry| (entry, 0)));
        let entry = |(key, score): &(i64, i64)| {
            let at = entries.binary_search_by_key(key, |entry| entry.key).ok()?;
            Some((&entries[at], *score))
        };
        let searched = wanted.into_iter().flatten().filter_map(entry);
        all.into_iter().flatten().chain(searched).filter(|(entry, _)| self.passes(entry))
    }

    fn passes(&self, entry: &Entry) -> bool {
        !entry.hidden && self.test.passes(entry) && !self.matches.is_excluded(entry.key)
    }
}

impl Test {
    fn new(catalog: &Catalog, selection: &Selection, sub_agents: SubAgents) -> Self {
        let known = |names: &[String]| (!names.is_empty()).then(|| catalog.names.known(names));
        // A sub-agent that is asked for or found by its words has a row of its own.
        let apart = selection.is.contains(&Is::SubAgent) || !selection.wanted.is_empty();
        Self {
            lists: [
                (|entry| entry.source, known(&selection.sources)),
                (|entry| entry.project, known(&selection.projects)),
                (|entry| entry.model, known(&selection.models)),
                (|entry| entry.provider, known(&selection.providers)),
                (|entry| entry.branch, known(&selection.branches)),
                (|entry| entry.machine, known(&selection.machines)),
            ],
            tags: known(&selection.tags),
            statuses: selection.statuses.clone(),
            is: selection.is.clone(),
            numbers: [
                (|entry| entry.cost, selection.cost),
                (|entry| entry.tokens, selection.tokens),
                (|entry| Some(entry.messages), selection.messages),
            ],
            from: selection.from.unwrap_or(i64::MIN),
            until: selection.until,
            live_after: crate::now_ms() - LIVE_MS,
            sub_agents: if apart { SubAgents::Listed } else { sub_agents },
        }
    }

    /// Whether what passes has a row in the list.
    fn is_row(&self, entry: &Entry) -> bool {
        self.sub_agents == SubAgents::Listed || !entry.folded
    }

    fn passes(&self, entry: &Entry) -> bool {
        let is = |is: &Is| match is {
            Is::Public => entry.public,
            Is::SubAgent => entry.sub_agent,
            Is::Live => entry.updated_at > self.live_after,
            Is::EvalReady => entry.eval_ready,
        };
        let is_any = |any: &Option<Vec<u32>>, number: u32| any.as_ref().is_none_or(|any| any.contains(&number));
        entry.created_at >= self.from
            && self.until.is_none_or(|until| entry.created_at < until)
            && self.lists.iter().all(|(of, any)| is_any(any, of(entry)))
            && self.tags.as_ref().is_none_or(|any| entry.tags.iter().any(|tag| any.contains(tag)))
            && (self.statuses.is_empty() || self.statuses.contains(&entry.status))
            && self.is.iter().all(is)
            && self.numbers.iter().all(|(of, bounds)| bounds.contains(of(entry).map(int_to_count)))
    }
}

impl Catalog {
    /// The rows of the index that hold a term, asked for once.
    pub(crate) async fn rows(&self, store: &Store, term: &Term, tools: bool) -> Result<RowIds> {
        let lock = || self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = lock().iter().find(|(known, of, _)| *of == tools && known == term).map(|(.., rows)| rows.clone());
        if let Some(rows) = known {
            return Ok(rows);
        }
        let rows = find(store, term, tools).await?;
        let mut found = lock();
        if found.len() >= REMEMBERED {
            found.pop_front();
        }
        found.push_back((term.clone(), tools, rows.clone()));
        Ok(rows)
    }
}

/// The `count` first of them, in order.
fn smallest<P: Ord + Copy, T>(items: impl Iterator<Item = (P, T)>, count: usize) -> Vec<(P, T)> {
    let mut kept: Vec<(P, T)> = Vec::new();
    let mut limit: Option<P> = None;
    for (place, item) in items {
        if limit.is_some_and(|limit| place >= limit) {
            continue;
        }
        kept.push((place, item));
        // Twice as many as are wanted are gathered before the larger half goes.
        if kept.len() >= count.saturating_mul(2).max(64) {
            kept.select_nth_unstable_by_key(count, |(place, _)| *place);
            kept.truncate(count);
            limit = kept.iter().map(|(place, _)| *place).max();
        }
    }
    kept.sort_unstable_by_key(|(place, _)| *place);
    kept.truncate(count);
    kept
}

#[cfg(test)]
mod tests {
    use super::smallest;

    #[test]
    fn the_first_of_many_are_kept_in_order() {
        let numbers = (0..10_000u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20, n));
        let mut sorted: Vec<(u64, u64)> = numbers.clone().collect();
        sorted.sort_unstable();
        for count in [0, 1, 26, 64, 9_999, 10_000, 20_000, usize::MAX] {
            assert_eq!(smallest(numbers.clone(), count), sorted[..count.min(sorted.len())], "{count}");
        }
    }
}
