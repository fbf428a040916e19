//! A chip for every active filter, and the words for each.

use opensync_core::filter::{Bounds, Filter, Is, ListQuery, Range, Status, Word};

use super::filters::range_name;
use super::list_href;

/// One of a filter's lists of names.
type List = fn(&mut Filter) -> &mut Vec<String>;

/// An active filter and the address without it.
#[derive(Debug)]
pub(super) struct Chip {
    pub field: &'static str,
    pub value: String,
    pub href: String,
}

impl Chip {
    /// One for every value of `query`'s filter.
    pub(super) fn all(query: &ListQuery) -> Vec<Self> {
        let filter = &query.filter;
        let mut chips = Vec::new();
        let mut push = |field: &'static str, value: String, without: &dyn Fn(&mut Filter)| {
            let mut rest = query.clone();
            without(&mut rest.filter);
            chips.push(Self { field, value, href: list_href(&rest) });
        };
        for (at, word) in filter.words.iter().enumerate() {
            let field = match (word.is_excluded(), word.is_phrase()) {
                (true, _) => "Without",
                (false, true) => "Phrase",
                (false, false) => "Word",
            };
            push(field, spelled(word), &|rest| drop(rest.words.remove(at)));
        }
        if filter.in_tools {
            push("Search", "in tool calls too".to_owned(), &|rest| rest.in_tools = false);
        }
        for source in &filter.sources {
            let name = opensync_sources::name(source).to_owned();
            push("Source", name, &|rest| rest.sources.retain(|other| other != source));
        }
        if filter.range != Range::All {
            push("Created", range_name(filter.range), &|rest| rest.range = Range::All);
        }
        let lists: [(&'static str, &[String], List); 6] = [
            ("Project", &filter.projects, |rest| &mut rest.projects),
            ("Model", &filter.models, |rest| &mut rest.models),
            ("Provider", &filter.providers, |rest| &mut rest.providers),
            ("Branch", &filter.branches, |rest| &mut rest.branches),
            ("Machine", &filter.machines, |rest| &mut rest.machines),
            ("Tag", &filter.tags, |rest| &mut rest.tags),
        ];
        for (field, values, list) in lists {
            for value in values {
                push(field, value.clone(), &|rest| list(rest).retain(|other| other != value));
            }
        }
        for status in &filter.statuses {
            push("Verdict", status_name(*status).to_owned(), &|rest| rest.statuses.retain(|other| other != status));
        }
        for is in &filter.is {
            push("Only", is_name(*is).to_owned(), &|rest| rest.is.retain(|other| other != is));
        }
        for (field, limit, bounds) in [
            ("Cost", Limit::Cost, filter.cost),
            ("Tokens", Limit::Tokens, filter.tokens),
            ("Messages", Limit::Messages, filter.messages),
        ] {
            if let Some(words) = limit.words(bounds) {
                push(field, words, &|rest| *limit.of(rest) = Bounds::default());
            }
        }
        chips
    }
}

/// A word as its chip and the sentences show it: a phrase in quotes.
pub(super) fn spelled(word: &Word) -> String {
    if word.is_phrase() { format!("“{}”", word.text()) } else { word.text().to_owned() }
}

/// A verdict in words.
pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Golden => "golden",
        Status::Correct => "correct",
        Status::Incorrect => "incorrect",
        Status::NeedsReview => "needs review",
        Status::None => "none",
    }
}

/// What sessions are, in words.
pub(super) fn is_name(is: Is) -> &'static str {
    match is {
        Is::Public => "public",
        Is::Live => "live",
        Is::SubAgent => "sub-agents",
        Is::EvalReady => "ready for evals",
    }
}

/// The filters that are spans of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Cost,
    Tokens,
    Messages,
}

impl Limit {
    pub(super) fn of(self, filter: &mut Filter) -> &mut Bounds {
        match self {
            Self::Cost => &mut filter.cost,
            Self::Tokens => &mut filter.tokens,
            Self::Messages => &mut filter.messages,
        }
    }

    /// A span in words, such as `over $1` or `between 1k and 2m`; nothing when both ends are open.
    pub(super) fn words(self, bounds: Bounds) -> Option<String> {
        let mut only = Filter::default();
        *self.of(&mut only) = bounds;
        let text = only.to_text();
        let (_, span) = text.split_once(':')?;
        let unit = if self == Self::Cost { "$" } else { "" };
        if let Some((least, most)) = span.split_once("..") {
            return Some(format!("between {unit}{least} and {unit}{most}"));
        }
        let signs = [(">=", "at least"), ("<=", "at most"), (">", "over"), ("<", "under"), ("=", "exactly")];
        let (number, words) = signs.iter().find_map(|(sign, words)| Some((span.strip_prefix(sign)?, words)))?;
        Some(format!("{words} {unit}{number}"))
    }

    /// The ends as the fields of the form show them: smallest and largest.
    pub(super) fn ends(self, bounds: Bounds) -> [String; 2] {
        let mut only = Filter::default();
        *self.of(&mut only) = bounds;
        let query = ListQuery { filter: only, ..ListQuery::default() }.to_query();
        let end = |prefix: &str| {
            let pairs = form_urlencoded::parse(query.as_bytes());
            pairs.into_owned().find(|(name, _)| name.starts_with(prefix)).map_or_else(String::new, |(_, value)| value)
        };
        [end("min_"), end("max_")]
    }
}
