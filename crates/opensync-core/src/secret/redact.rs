//! Takes out what was found.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Finding, Weight, apart, apply, view};

/// What stands for something that was taken out.
pub fn mark(kind: &str) -> String {
    format!("⟦{kind}⟧")
}

/// A name for a value that does not tell it.
pub fn name(value: &str) -> String {
    blake3::hash(value.as_bytes()).to_hex()[..16].to_owned()
}

/// Takes out whatever is found in texts, and every further place of what was found before.
#[derive(Debug)]
pub struct Redactor {
    /// Names of values that stay.
    kept: HashSet<String>,
    /// Values that are known, each with what it is.
    values: Vec<(&'static str, Weight, String)>,
    places: Option<AhoCorasick>,
}

impl Redactor {
    /// For texts in which `known` was found; what `kept` names stays.
    ///
    /// A known value goes wherever it stands, also where its shape alone would not tell. Short plain
    /// words are left to the places where they were found, or a password such as `shop` would take
    /// every shop out.
    pub fn new(known: impl IntoIterator<Item = Finding>, kept: HashSet<String>) -> Self {
        let mut values = BTreeMap::new();
        for finding in known {
            if is_telling(&finding.value) && !kept.contains(&name(&finding.value)) {
                values.entry(finding.value).or_insert((finding.kind, finding.weight));
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values.keys());
        let places = automaton.ok().filter(|_| !values.is_empty());
        let values = values.into_iter().map(|(value, (kind, weight))| (kind, weight, value)).collect();
        Self { kept, values, places }
    }

    /// The text without what is found in it. Looking again finds nothing but what stays.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        // What is taken out can leave something behind that has a shape of its own.
        for _ in 0..8 {
            let found = self.find(&text);
            if found.is_empty() {
                break;
            }
            let mut out = String::with_capacity(text.len());
            let mut at = 0;
            for finding in found {
                out.push_str(&text[at..finding.range.start]);
                out.push_str(&mark(finding.kind));
                at = finding.range.end;
            }
            out.push_str(&text[at..]);
            text = Cow::Owned(out);
        }
        text
    }

    fn find(&self, text: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        for view in view::of(text) {
            let seen = view.text();
            let hits = apply::rules(seen).into_iter().map(|hit| (hit.kind, hit.weight, hit.range));
            let known = self.places.iter().flat_map(|places| places.find_iter(seen)).map(|place| {
                let (kind, weight, _) = &self.values[place.pattern().as_usize()];
                (*kind, *weight, place.range())
            });
            let known = known.filter(|(_, weight, range)| stands_alone(seen, *weight, range));
            for (kind, weight, range) in hits.chain(known) {
                if !self.kept.contains(&name(&seen[range.clone()])) {
                    let value = seen[range.clone()].to_owned();
                    found.push(Finding { kind, weight, range: view.range(range), value });
                }
            }
        }
        apart(found)
    }
}

/// Whether a value says so much that it is looked for everywhere.
fn is_telling(value: &str) -> bool {
    let plain = value.chars().all(char::is_alphabetic);
    (value.len() >= 12) || (value.len() >= 5 && !plain)
}

/// Whether a value is not part of a longer word. Long secrets are taken out of longer words too.
fn stands_alone(text: &str, weight: Weight, range: &std::ops::Range<usize>) -> bool {
    if weight == Weight::Severe && range.len() >= 16 {
        return true;
    }
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = &text[range.clone()];
    let joined_before = is_word(text[..range.start].chars().next_back()) && is_word(inside.chars().next());
    let joined_after = is_word(text[range.end..].chars().next()) && is_word(inside.chars().next_back());
    !joined_before && !joined_after
}
