//! What to offer when nothing matches.

use opensync_core::filter::{Bounds, Filter, Is, Range, Status, Word};

use super::chips::{Limit, is_name, spelled, status_name};
use super::filters::range_name;
use crate::format;

/// A filter with one of its conditions left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosening {
    /// What the link says, such as `Any source`.
    pub label: String,
    /// The looser filter.
    pub filter: Filter,
    /// How many sessions it matches, when somebody counted.
    pub count: Option<u64>,
}

/// Leaves a condition out.
type Loosen = fn(&mut Filter);

/// The most conditions offered; each is counted for the page.
const MOST: usize = 16;

impl Loosening {
    /// Every condition of `filter` left out once; nothing when there is but one, because that is
    /// the same as clearing all.
    pub fn of(filter: &Filter) -> Vec<Self> {
        let mut active = Self::conditions(filter);
        active.truncate(MOST);
        if active.len() < 2 { Vec::new() } else { active }
    }

    fn conditions(filter: &Filter) -> Vec<Self> {
        let mut all = Vec::new();
        let mut push = |label: String, loosen: &dyn Fn(&mut Filter)| {
            let mut looser = filter.clone();
            loosen(&mut looser);
            if looser != *filter {
                all.push(Self { label, filter: looser, count: None });
            }
        };
        for (at, word) in filter.words.iter().enumerate() {
            let verb = if word.is_excluded() { "Allow" } else { "Without" };
            push(format!("{verb} {}", quoted(word)), &|looser| drop(looser.words.remove(at)));
        }
        let any: [(&str, Loosen); 12] = [
            ("Any source", |looser| looser.sources.clear()),
            ("Any date", |looser| looser.range = Range::All),
            ("Any project", |looser| looser.projects.clear()),
            ("Any model", |looser| looser.models.clear()),
            ("Any provider", |looser| looser.providers.clear()),
            ("Any branch", |looser| looser.branches.clear()),
            ("Any machine", |looser| looser.machines.clear()),
            ("Any tag", |looser| looser.tags.clear()),
            ("Any verdict", |looser| looser.statuses.clear()),
            ("Any cost", |looser| looser.cost = Bounds::default()),
            ("Any number of tokens", |looser| looser.tokens = Bounds::default()),
            ("Any number of messages", |looser| looser.messages = Bounds::default()),
        ];
        for (label, loosen) in any {
            push(label.to_owned(), &loosen);
        }
        for is in &filter.is {
            push(format!("Not only {}", is_name(*is)), &|looser| looser.is.retain(|other| other != is));
        }
        all
    }

    pub(super) fn counted(&self) -> Option<String> {
        self.count.map(format::count)
    }
}

/// Names how many conditions there are. To look into tool calls too is one, though it only widens.
pub(super) fn heading(filter: &Filter) -> String {
    const NUMBERS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    match Loosening::conditions(filter).len() + usize::from(filter.in_tools) {
        0 => "No sessions to show".to_owned(),
        1 => "No sessions match this filter".to_owned(),
        number => match NUMBERS.get(number) {
            Some(word) => format!("No sessions match these {word} filters"),
            None => format!("No sessions match these {number} filters"),
        },
    }
}

/// The active filters as a sentence.
pub(super) fn sentence(filter: &Filter) -> String {
    let mut parts = Vec::new();
    let names: Vec<&str> = filter.sources.iter().map(|source| opensync_sources::name(source)).collect();
    for (before, names) in [
        ("from", names),
        ("in", filter.projects.iter().map(String::as_str).collect()),
        ("with", filter.models.iter().map(String::as_str).collect()),
        ("served by", filter.providers.iter().map(String::as_str).collect()),
        ("on branch", filter.branches.iter().map(String::as_str).collect()),
        ("recorded on", filter.machines.iter().map(String::as_str).collect()),
        ("tagged", filter.tags.iter().map(String::as_str).collect()),
    ] {
        if !names.is_empty() {
            parts.push(format!("{before} {}", any_of(&names)));
        }
    }
    match filter.statuses.as_slice() {
        [] => {}
        [Status::None] => parts.push("without a verdict".to_owned()),
        statuses => {
            let names: Vec<&str> = statuses.iter().copied().map(status_name).collect();
            parts.push(format!("with the verdict {}", any_of(&names)));
        }
    }
    for is in &filter.is {
        parts.push(match is {
            Is::SubAgent => "started by another session".to_owned(),
            is => format!("that is {}", is_name(*is)),
        });
    }
    if let Some(span) = Limit::Cost.words(filter.cost) {
        parts.push(format!("that cost {span}"));
    }
    for (span, unit) in
        [(Limit::Tokens.words(filter.tokens), "tokens"), (Limit::Messages.words(filter.messages), "messages")]
    {
        if let Some(span) = span {
            parts.push(format!("with {span} {unit}"));
        }
    }
    match filter.range {
        Range::All => {}
        Range::Days(_) => parts.push(format!("created in the {}", range_name(filter.range))),
        Range::Between(Some(from), Some(to)) if from != to => {
            parts.push(format!("created from {}", range_name(filter.range)));
        }
        _ => parts.push(format!("created {}", range_name(filter.range))),
    }
    let quotes = |pick: &dyn Fn(&Word) -> bool| -> Vec<String> {
        filter.words.iter().filter(|word| pick(word)).map(quoted).collect()
    };
    match quotes(&|word| !word.is_excluded() && !word.is_phrase()).as_slice() {
        [] => {}
        [word] => parts.push(format!("with a word that starts with {word}")),
        words => parts.push(format!("with words that start with {}", words.join(" and "))),
    }
    let phrases = quotes(&|word| !word.is_excluded() && word.is_phrase());
    if !phrases.is_empty() {
        parts.push(format!("with the phrase {}", phrases.join(" and ")));
    }
    let excluded = quotes(&Word::is_excluded);
    if !excluded.is_empty() {
        parts.push(format!("without {}", excluded.join(" and ")));
    }
    if filter.in_tools {
        parts.push("not even in tool calls".to_owned());
    }
    if parts.is_empty() {
        return "There is no session.".to_owned();
    }
    format!("There is no session {}.", parts.join(", "))
}

fn quoted(word: &Word) -> String {
    if word.is_phrase() { spelled(word) } else { format!("“{}”", word.text()) }
}

/// `a`, `a or b`, `a, b or c`; from four on the rest is counted.
fn any_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [first, second, third] => format!("{first}, {second} or {third}"),
        [first, second, rest @ ..] => format!("{first}, {second} or {} others", rest.len()),
    }
}
