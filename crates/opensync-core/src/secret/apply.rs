//! Applies the rules to one text.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::Weight;
use super::judge::believes;
use super::rules::{From, RULES, Rule};

/// A place that a rule names.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) kind: &'static str,
    pub(super) weight: Weight,
    pub(super) range: Range<usize>,
}

struct Scanner {
    words: AhoCorasick,
    /// The rule of each word.
    rules: Vec<usize>,
    patterns: Vec<Regex>,
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let words: Vec<(usize, &str)> =
        RULES.iter().enumerate().flat_map(|(n, rule)| rule.words.iter().map(move |word| (n, *word))).collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(words.iter().map(|(_, word)| word));
    Scanner {
        words: automaton.expect("the table of rules is small"),
        rules: words.iter().map(|(n, _)| *n).collect(),
        // Borders of words that know ASCII only keep the search fast.
        patterns: RULES
            .iter()
            .map(|rule| Regex::new(&rule.pattern.replace(r"\b", r"(?-u:\b)")).expect("a test compiles every rule"))
            .collect(),
    }
});

/// What the rules find, by rule. A text is passed once, and no rule looks twice at what it found.
pub(super) fn rules(text: &str) -> Vec<Hit> {
    let scanner = &*SCANNER;
    let mut until = vec![0; RULES.len()];
    let mut hits: Vec<(usize, Hit)> = Vec::new();
    for word in scanner.words.find_overlapping_iter(text) {
        let n = scanner.rules[word.pattern().as_usize()];
        let rule = &RULES[n];
        if word.start() < until[n] {
            continue;
        }
        if let Some((range, end)) = rule.look(text, word.range(), &scanner.patterns[n]) {
            until[n] = end;
            let quoted = text[..range.start].ends_with(['"', '\'', '`']);
            if believes(rule.check, &text[range.clone()], quoted, text[range.end..].chars().next()) {
                hits.push((n, Hit { kind: rule.kind, weight: rule.weight, range }));
            }
        }
    }
    hits.sort_by_key(|(n, hit)| (*n, hit.range.start));
    hits.into_iter().map(|(_, hit)| hit).collect()
}

impl Rule {
    /// The value at a word, and where all that was looked at ends.
    fn look(&self, text: &str, word: Range<usize>, pattern: &Regex) -> Option<(Range<usize>, usize)> {
        let at = match self.from {
            From::Email => return email(text, word.start).map(|range| (range.clone(), range.end)),
            From::Token if !begins(text, word.start) => return None,
            From::Capitals if text[word.clone()].bytes().any(|byte| byte.is_ascii_lowercase()) => return None,
            From::Token | From::Anywhere => word.start,
            From::After | From::Capitals => word.end,
        };
        let groups = pattern.captures(&text[at..])?;
        let whole = groups.get(0)?;
        // Of a path all up to the name is taken.
        let value = groups.get(1).filter(|_| self.from != From::Anywhere).unwrap_or(whole);
        Some((at + value.start()..at + value.end(), at + whole.end()))
    }
}

/// Whether a token can begin at a place.
fn begins(text: &str, at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| text.as_bytes()[at]);
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The address around an `@`.
fn email(text: &str, at: usize) -> Option<Range<usize>> {
    const FILES: [&str; 16] =
        ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "mjs", "ts", "tsx", "css", "json", "html", "py", "rs", "md"];
    let bytes = text.as_bytes();
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let local = bytes[..at].iter().rev().take(64).take_while(|byte| is_local(byte)).count();
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let domain = bytes[at + 1..].iter().take(253).take_while(|byte| is_domain(byte)).count();
    let start = at - local + bytes[at - local..at].iter().take_while(|byte| matches!(byte, b'.' | b'-')).count();
    let domain = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
    let (name, top) = domain.rsplit_once('.')?;
    let top_is_real = (2..=24).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    let local = &text[start..at];
    // `git@` is how addresses of repositories begin.
    let real = !local.is_empty() && !name.is_empty() && !name.starts_with('.') && top_is_real;
    (real && local != "git" && !FILES.contains(&top.to_ascii_lowercase().as_str()))
        .then(|| start..at + 1 + domain.len())
}
