//! Tokens: which usage records are paid responses of this session.
//!
//! `token_usage_record` lines name each response and are used alone where they exist. Before them
//! there is only `token_count`, whose `total_token_usage` runs over the whole session: a response
//! is the difference between two totals. Its `last_token_usage` must not be summed: the client
//! writes the event again after tool calls, with rate limits and at compaction.

use std::collections::HashMap;

use opensync_core::import::{Discarded, Response};
use opensync_core::{Message, Usage};

use super::records::{Counters, UsageRecord};

const COPIED: &str = "copied from the session this one continues";
const OTHER_THREAD: &str = "a record of another session";
const ESTIMATE: &str = "an estimate of the context after compaction";
const REPEATED: &str = "repeats a total of the session this one continues";
const EMPTY: &str = "a record that counts no token";
const RECORDED: &str = "a token_usage_record counts this response";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    input: u64,
    cached: u64,
    write: u64,
    output: u64,
    reasoning: u64,
}

impl Totals {
    /// The counters of a record; one that is not written is as it was before.
    fn of(counters: &Counters, before: Self) -> Self {
        Self {
            input: counters.input.count().unwrap_or(before.input),
            cached: counters.cached.count().unwrap_or(before.cached),
            write: counters.cache_write.count().unwrap_or(before.write),
            output: counters.output.count().unwrap_or(before.output),
            reasoning: counters.reasoning.count().unwrap_or(before.reasoning),
        }
    }

    /// Each counter minus the other's; `None` when one has fallen.
    fn since(self, before: Self) -> Option<Self> {
        Some(Self {
            input: self.input.checked_sub(before.input)?,
            cached: self.cached.checked_sub(before.cached)?,
            write: self.write.checked_sub(before.write)?,
            output: self.output.checked_sub(before.output)?,
            reasoning: self.reasoning.checked_sub(before.reasoning)?,
        })
    }

    fn minus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_sub(other.input),
            cached: self.cached.saturating_sub(other.cached),
            write: self.write.saturating_sub(other.write),
            output: self.output.saturating_sub(other.output),
            reasoning: self.reasoning.saturating_sub(other.reasoning),
        }
    }

    fn sum(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    fn usage(self) -> Usage {
        Usage {
            fresh: self.input.saturating_sub(self.cached).saturating_sub(self.write),
            cache_read: self.cached,
            cache_write_5m: self.write,
            cache_write_1h: 0,
            output: self.output,
            reasoning: self.reasoning,
        }
    }
}

fn usage(counters: &Counters) -> Usage {
    Totals::of(counters, Totals::default()).usage()
}

/// Whose line a usage record is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The session's own.
    Own,
    /// A line of the parent copied into this file.
    Copied,
    /// A line of the parent's file.
    Parents,
}

/// What is known where a usage record stands.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The id of the session that is read.
    pub session: &'a str,
    pub line: u64,
    pub at: Option<i64>,
    pub whose: Whose,
    pub model: Option<&'a str>,
    pub provider: Option<&'a str>,
    /// The message the response produced, as an index.
    pub answer: Option<usize>,
}

#[derive(Debug, Clone)]
struct Row {
    response: Response,
    answer: Option<usize>,
    /// The running total after it; the largest number when there is none.
    total: u64,
}

impl Row {
    fn new(key: String, place: &Place<'_>, usage: Usage, total: u64) -> Self {
        let response = Response {
            key,
            message_id: None,
            model: place.model.map(str::to_owned),
            provider: place.provider.map(str::to_owned),
            at: place.at,
            usage,
            stored_cost: None,
            incomplete: false,
            line: place.line,
            records: 1,
        };
        Self { response, answer: place.answer, total }
    }
}

/// Collects the usage records of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    /// The total before the next `token_count`; unknown before the first one of a fork.
    before: Option<Totals>,
    last: Option<Counters>,
    counted: Vec<Row>,
    /// Every own `token_count` that belongs to a row, with what it claimed.
    events: Vec<(u64, Usage, usize)>,
    recorded: Vec<Row>,
    by_response: HashMap<String, usize>,
    last_record: Option<(Counters, Option<Counters>)>,
    /// The thread's total before the first own `token_usage_record`.
    base: u64,
    discarded: Vec<Discarded>,
}

impl Ledger {
    /// Says that the session is no fork: its counter starts at zero.
    pub(super) fn starts_at_zero(&mut self) {
        self.before.get_or_insert_default();
    }

    /// Takes a `token_count` event. Returns whether it ends a response of the session.
    pub(super) fn count(&mut self, place: &Place<'_>, total: Option<Counters>, last: Option<Counters>) -> bool {
        let claimed = last.as_ref().map(usage).unwrap_or_default();
        let previous_last = std::mem::replace(&mut self.last, last);
        if place.whose != Whose::Own {
            if let Some(total) = total {
                self.before = Some(Totals::of(&total, self.before.unwrap_or_default()));
            }
            if place.whose == Whose::Copied && (total.is_some() || last.is_some()) {
                self.discard(place.line, COPIED, claimed);
            }
            return false;
        }
        let delta = match (total, last) {
            (Some(total), last) => {
                let last = last.map(|last| Totals::of(&last, Totals::default()));
                // Where a fork's counter began, when nothing before this says so.
                let start = last.map(|last| Totals::of(&total, Totals::default()).minus(last)).unwrap_or_default();
                let last = last.unwrap_or_default();
                let before = *self.before.get_or_insert(start);
                let total = Totals::of(&total, before);
                self.before = Some(total);
                match total.since(before) {
                    Some(delta) if delta == Totals::default() => None,
                    Some(delta) => Some((delta, total.sum())),
                    // The counter started again.
                    None if last != Totals::default() => Some((last, total.sum())),
                    None => Some((total, total.sum())),
                }
            }
            (None, Some(last)) if previous_last == Some(last) => None,
            (None, Some(last)) => Some((Totals::of(&last, Totals::default()), u64::MAX)),
            (None, None) => return false,
        };
        if let Some((delta, total)) = delta {
            self.counted.push(Row::new(format!("{}:{}", place.session, place.line), place, delta.usage(), total));
            self.events.push((place.line, claimed, self.counted.len() - 1));
            return true;
        }
        if let Some(last) = last.filter(|_| claimed.is_zero()) {
            match last.total.count().filter(|tokens| *tokens > 0) {
                Some(estimate) => self.discard(place.line, ESTIMATE, Usage { fresh: estimate, ..Usage::default() }),
                None => self.discard(place.line, EMPTY, claimed),
            }
        } else if total.is_some_and(|total| usage(&total).is_zero()) {
            self.discard(place.line, EMPTY, claimed);
        } else if let Some(row) = self.counted.last_mut() {
            row.response.records += 1;
            self.events.push((place.line, claimed, self.counted.len() - 1));
        } else {
            self.discard(place.line, REPEATED, claimed);
        }
        false
    }

    /// Takes a `token_usage_record`.
    pub(super) fn record(&mut self, place: &Place<'_>, record: &UsageRecord<'_>) {
        let Some(counters) = record.usage else { return };
        let used = usage(&counters);
        if place.whose == Whose::Parents {
            return;
        }
        if place.whose == Whose::Copied {
            return self.discard(place.line, COPIED, used);
        }
        if record.thread_id.some().is_some_and(|thread| thread != place.session) {
            return self.discard(place.line, OTHER_THREAD, used);
        }
        let this = (counters, record.thread_token_usage);
        let repeated = match record.response_id.some() {
            Some(id) => self.by_response.get(id).copied(),
            None if self.last_record == Some(this) => self.recorded.len().checked_sub(1),
            None => None,
        };
        self.last_record = Some(this);
        if let Some(row) = repeated.and_then(|index| self.recorded.get_mut(index)) {
            row.response.records += 1;
            row.response.usage = row.response.usage.max(used);
            return;
        }
        if self.recorded.is_empty() {
            let own = Totals::of(&counters, Totals::default()).sum();
            let thread = record.thread_token_usage.map(|total| Totals::of(&total, Totals::default()).sum());
            self.base = thread.unwrap_or_default().saturating_sub(own);
        }
        let key = match record.response_id.owned() {
            Some(id) => {
                self.by_response.insert(id.clone(), self.recorded.len());
                id
            }
            None => format!("{}:{}", place.session, place.line),
        };
        self.recorded.push(Row::new(key, place, used, 0));
    }

    /// A compaction's response produced `message`. Its row is the last one, and had to be given to
    /// the answer before it, which has a row of its own.
    pub(super) fn compacted(&mut self, message: usize) {
        for rows in [&mut self.recorded, &mut self.counted] {
            let Some((row, before)) = rows.split_last_mut() else { continue };
            let taken = before.last().and_then(|before| before.answer);
            if row.answer.is_none() || row.answer == taken {
                row.answer = Some(message);
            }
        }
    }

    fn discard(&mut self, line: u64, why: &'static str, usage: Usage) {
        self.discarded.push(Discarded { line, why: why.into(), usage });
    }

    /// The paid responses and the rest; the messages learn their completion tokens.
    pub(super) fn finish(mut self, messages: &mut [Message]) -> (Vec<Response>, Vec<Discarded>) {
        // A client that began to write token_usage_record in an older file leaves the responses
        // before it to token_count: those are the ones within the total the first record starts at.
        let keep = |row: &Row| self.recorded.is_empty() || row.total <= self.base;
        for (line, claimed, row) in &self.events {
            if self.counted.get(*row).is_none_or(|row| !keep(row)) {
                self.discarded.push(Discarded { line: *line, why: RECORDED.into(), usage: *claimed });
            }
        }
        self.discarded.sort_by_key(|discarded| discarded.line);
        let mut rows = self.counted;
        if !self.recorded.is_empty() {
            rows.retain(|row| row.total <= self.base);
        }
        rows.append(&mut self.recorded);
        let responses = rows.into_iter().map(|mut row| {
            if let Some(message) = row.answer.and_then(|index| messages.get_mut(index)) {
                message.completion_tokens =
                    Some(message.completion_tokens.unwrap_or(0).saturating_add(row.response.usage.output));
                row.response.message_id = Some(message.external_id.clone());
            }
            row.response
        });
        (responses.collect(), self.discarded)
    }
}
