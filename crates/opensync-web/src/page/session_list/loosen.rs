//! What to offer when nothing matches.

use opensync_core::filter::{Filter, Range};

use super::filters::range_name;
use crate::format;

/// A filter with one of its conditions left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosening {
    /// What the link says, such as `Any source`.
    pub label: &'static str,
    /// The looser filter.
    pub filter: Filter,
    /// How many sessions it matches, when somebody counted.
    pub count: Option<u64>,
}

impl Loosening {
    /// Every condition of `filter` left out once; nothing when there is but one, because that is
    /// the same as clearing all.
    pub fn of(filter: &Filter) -> Vec<Self> {
        let active = Self::conditions(filter);
        if active.len() < 2 { Vec::new() } else { active }
    }

    fn conditions(filter: &Filter) -> Vec<Self> {
        [
            ("Any title", Filter { words: Vec::new(), ..filter.clone() }),
            ("Any source", Filter { sources: Vec::new(), ..filter.clone() }),
            ("Any date", Filter { range: Range::All, ..filter.clone() }),
            ("Any project", Filter { projects: Vec::new(), ..filter.clone() }),
            ("Any model", Filter { models: Vec::new(), ..filter.clone() }),
        ]
        .into_iter()
        .filter(|(_, looser)| looser != filter)
        .map(|(label, looser)| Self { label, filter: looser, count: None })
        .collect()
    }

    pub(super) fn counted(&self) -> Option<String> {
        self.count.map(format::count)
    }
}

pub(super) fn heading(filter: &Filter) -> String {
    let which = match Loosening::conditions(filter).len() {
        0 => return "No sessions to show".to_owned(),
        1 => "this filter",
        2 => "these two filters",
        3 => "these three filters",
        4 => "these four filters",
        _ => "these five filters",
    };
    format!("No sessions match {which}")
}

/// The active filters as a sentence.
pub(super) fn sentence(filter: &Filter) -> String {
    let mut parts = Vec::new();
    if !filter.sources.is_empty() {
        let names: Vec<&str> = filter.sources.iter().map(|source| opensync_sources::name(source)).collect();
        parts.push(format!("from {}", any_of(&names)));
    }
    if !filter.projects.is_empty() {
        parts.push(format!("in {}", any_of(&filter.projects)));
    }
    if !filter.models.is_empty() {
        parts.push(format!("with {}", any_of(&filter.models)));
    }
    match filter.range {
        Range::All => {}
        Range::Days(_) => parts.push(format!("created in the {}", range_name(filter.range))),
        Range::Between(Some(from), Some(to)) if from != to => {
            parts.push(format!("created from {}", range_name(filter.range)));
        }
        _ => parts.push(format!("created {}", range_name(filter.range))),
    }
    let words: Vec<String> = filter.words.iter().map(|word| format!("“{}”", word.text())).collect();
    match words.as_slice() {
        [] => {}
        [word] => parts.push(format!("with a word in the title that starts with {word}")),
        words => parts.push(format!("with words in the title that start with {}", words.join(" and "))),
    }
    format!("There is no session {}.", parts.join(", "))
}

/// `a`, `a or b`, `a, b or c`; from four on the rest is counted.
fn any_of<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [name] => name.as_ref().to_owned(),
        [first, second] => format!("{} or {}", first.as_ref(), second.as_ref()),
        [first, second, third] => format!("{}, {} or {}", first.as_ref(), second.as_ref(), third.as_ref()),
        [first, second, rest @ ..] => {
            format!("{}, {} or {} others", first.as_ref(), second.as_ref(), rest.len())
        }
    }
}
