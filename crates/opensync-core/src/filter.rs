//! What a list shows: filters, sort order, place in the list. One parsed value with four spellings:
//! what people type, the page's URL, the form's fields with their chips, and the API's parameters.
//!
//! To add a filter: a field of [`Filter`] and [`Selection`], a name in `filter/field.rs`, and its
//! spelling in `filter/spell.rs` (as text) and `filter/url.rs` (as parameters).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::search::Term;

mod bounds;
mod field;
mod lex;
mod list;
mod range;
mod spell;
#[cfg(test)]
mod tests;
mod text;
mod url;
mod word;

pub use bounds::Bounds;
pub use field::{Is, Status};
pub use list::{Cursor, ListQuery, Order, SortKey};
pub use range::Range;
pub use text::Complaint;
pub use word::Word;

/// Which sessions a list shows. Everything in it must hold; of a list of values any.
///
/// The lists are sorted and without repetition, except for the words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Words and phrases, as typed.
    pub words: Vec<Word>,
    /// Source ids in lower case; empty means all. May hold shorter names people type until
    /// [`Filter::resolve_sources`].
    pub sources: Vec<String>,
    /// Project names; empty means all.
    pub projects: Vec<String>,
    /// Model names; empty means all.
    pub models: Vec<String>,
    /// Who serves the model; empty means all.
    pub providers: Vec<String>,
    /// Git branches; empty means all.
    pub branches: Vec<String>,
    /// Machines they were recorded on; empty means all.
    pub machines: Vec<String>,
    /// Tags; empty means all.
    pub tags: Vec<String>,
    /// Verdicts of an evaluation; empty means all.
    pub statuses: Vec<Status>,
    /// What the sessions must be, all of it.
    pub is: Vec<Is>,
    /// Whether the words are also looked for in names, arguments and results of tools.
    pub in_tools: bool,
    /// Cost in micro-dollars.
    pub cost: Bounds,
    /// Total tokens.
    pub tokens: Bounds,
    /// Number of messages.
    pub messages: Bounds,
    /// When the session was created.
    pub range: Range,
}

/// A [`Filter`] with its dates worked out and its words made terms: what the store answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Terms that must all be found.
    pub wanted: Vec<Term>,
    /// Terms none of which may be found.
    pub excluded: Vec<Term>,
    /// Whether terms are also looked for in what tools did.
    pub in_tools: bool,
    /// Source ids; empty means all.
    pub sources: Vec<String>,
    /// Project names; empty means all.
    pub projects: Vec<String>,
    /// Model names; empty means all.
    pub models: Vec<String>,
    /// Who serves the model; empty means all.
    pub providers: Vec<String>,
    /// Git branches; empty means all.
    pub branches: Vec<String>,
    /// Machines they were recorded on; empty means all.
    pub machines: Vec<String>,
    /// Tags; empty means all.
    pub tags: Vec<String>,
    /// Verdicts of an evaluation; empty means all.
    pub statuses: Vec<Status>,
    /// What the sessions must be, all of it.
    pub is: Vec<Is>,
    /// Cost in micro-dollars.
    pub cost: Bounds,
    /// Total tokens.
    pub tokens: Bounds,
    /// Number of messages.
    pub messages: Bounds,
    /// Created at or after, Unix milliseconds.
    pub from: Option<i64>,
    /// Created before, Unix milliseconds.
    pub until: Option<i64>,
}

impl Filter {
    /// Whether anything is left out.
    pub fn is_active(&self) -> bool {
        *self != Self::default()
    }

    /// Whether there is a word that must be found: then a list can be sorted by relevance.
    pub fn is_search(&self) -> bool {
        self.words.iter().any(|word| !word.is_excluded())
    }

    /// What must be found, to mark and to cut snippets by.
    pub fn terms(&self) -> Vec<Term> {
        self.words.iter().filter(|word| !word.is_excluded()).filter_map(Word::term).collect()
    }

    /// Replaces short and former names of sources by those in `known`: by the one that equals, else
    /// begins with what was typed, else has a word that does, else is followed by more in what
    /// was typed. Answers the names for which there is none, or more than one; they stay.
    pub fn resolve_sources<'a>(&mut self, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let known: Vec<&str> = known.into_iter().collect();
        let mut unknown = Vec::new();
        for source in &mut self.sources {
            match resolve(source, &known) {
                Some(id) => id.clone_into(source),
                None => unknown.push(source.clone()),
            }
        }
        tidy(&mut self.sources);
        unknown
    }

    /// Works out the dates and the terms.
    pub fn select(&self, now: Timestamp, zone: &TimeZone) -> Selection {
        let (from, until) = self.range.bounds(now, zone);
        Selection {
            wanted: self.terms(),
            excluded: self.words.iter().filter(|word| word.is_excluded()).filter_map(Word::term).collect(),
            in_tools: self.in_tools,
            sources: self.sources.clone(),
            projects: self.projects.clone(),
            models: self.models.clone(),
            providers: self.providers.clone(),
            branches: self.branches.clone(),
            machines: self.machines.clone(),
            tags: self.tags.clone(),
            statuses: self.statuses.clone(),
            is: self.is.clone(),
            cost: self.cost,
            tokens: self.tokens,
            messages: self.messages,
            from,
            until,
        }
    }

    fn tidy(&mut self) {
        for list in [&mut self.sources, &mut self.projects, &mut self.models] {
            tidy(list);
        }
        for list in [&mut self.providers, &mut self.branches, &mut self.machines, &mut self.tags] {
            tidy(list);
        }
        tidy(&mut self.statuses);
        tidy(&mut self.is);
    }
}

fn tidy<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}

fn resolve<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let is_begun = |id: &&str| id.starts_with(typed);
    let has_word = |id: &&str| id.split('-').any(|word| word.starts_with(typed));
    let goes_on = |id: &&str| typed.strip_prefix(*id).is_some_and(|rest| rest.starts_with('-'));
    let tries: [&dyn Fn(&&str) -> bool; 4] = [&|id| *id == typed, &is_begun, &has_word, &goes_on];
    let found = tries.iter().map(|test| known.iter().copied().filter(|id| test(id)).collect::<Vec<_>>());
    match found.into_iter().find(|ids| !ids.is_empty())?.as_slice() {
        [id] => Some(id),
        _ => None,
    }
}
