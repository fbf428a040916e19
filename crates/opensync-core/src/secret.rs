//! Finds what nobody should read who is handed a session: keys, tokens, passwords, and what tells who
//! and where somebody is. And takes it out.
//!
//! Shapes of tokens are a table of our own (`secret/rules.rs`): the maintained rule sets for Rust come with a
//! scanner for repositories around them, need a later compiler, or run each rule over the whole text.
//! Here one automaton finds the words at which a rule can apply, and only there a small pattern looks
//! on, so a text of any size is read in one pass.
//!
//! A text is looked at as readers see it: without the control sequences of terminals, and with what
//! JSON, Markdown, addresses and HTML escape written out (`secret/view.rs`). What is found names the bytes of
//! the text as it is. Nothing here is sure to find everything: it knows shapes, not meanings.
//!
//! Start reading at [`scan`], then `secret/rules.rs`. To add a shape: a line there, and one in the tests.

mod apply;
mod judge;
mod redact;
mod rules;
#[cfg(test)]
mod tests;
mod view;

use std::ops::Range;

pub use redact::{Redactor, mark, name};

/// How bad it is when it gets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// It opens something.
    Severe,
    /// It tells who or where somebody is.
    Mild,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is in words, such as `GitHub token`.
    pub kind: &'static str,
    /// How bad it is.
    pub weight: Weight,
    /// Its bytes in the text; on borders of characters.
    pub range: Range<usize>,
    /// What stands there as readers see it, escapes written out.
    pub value: String,
}

/// Everything found in a text, in its order; no two share a byte.
pub fn scan(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for view in view::of(text) {
        for hit in apply::rules(view.text()) {
            let value = view.text()[hit.range.clone()].to_owned();
            found.push(Finding { kind: hit.kind, weight: hit.weight, range: view.range(hit.range), value });
        }
    }
    apart(found)
}

/// Of findings that share bytes the worst stays, of equal ones the longest.
fn apart(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|finding| (finding.weight, std::cmp::Reverse(finding.range.len()), finding.range.start));
    let mut taken: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    found.retain(|finding| {
        let Range { start, end } = finding.range;
        let before = taken.range(..end).next_back().is_some_and(|(_, other)| *other > start);
        if !before {
            taken.insert(start, end);
        }
        !before
    });
    found.sort_by_key(|finding| finding.range.start);
    found
}
