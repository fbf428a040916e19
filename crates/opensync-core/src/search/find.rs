//! Finds terms in a text by reading it: for marking, for snippets, and the measure of what an
//! engine must find.

use std::ops::Range;

use super::term::Term;
use super::tokenize::{Place, Sink, walk};

/// Whether every term is in the text.
pub fn matches(text: &str, terms: &[Term]) -> bool {
    found(text, terms).into_iter().all(|found| found)
}

/// For every term whether it is in the text. A session matches when each term is in one of its
/// texts, so the answers for several texts are put together.
pub fn found(text: &str, terms: &[Term]) -> Vec<bool> {
    let mut finder = Finder::new(terms, 0, true);
    walk(text, &mut finder);
    finder.found
}

/// What to mark: byte ranges of the text, ascending, neither overlapping nor touching, on
/// character boundaries. A word that begins with a term is marked as a whole.
pub fn highlight(text: &str, terms: &[Term]) -> Vec<Range<usize>> {
    let mut finder = Finder::new(terms, usize::MAX, false);
    walk(text, &mut finder);
    merged(finder.hits.into_iter().map(|hit| hit.range).collect())
}

/// A place where a term is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub term: usize,
    pub range: Range<usize>,
}

/// Places of terms, by their end; ends early when every term and `most` places were found.
pub(super) fn hits(text: &str, terms: &[Term], most: usize) -> Vec<Hit> {
    let mut finder = Finder::new(terms, most, true);
    walk(text, &mut finder);
    finder.hits
}

/// Sorts ranges and makes one of those that overlap or touch.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// How many starts of tokens are remembered: at least the tokens of a phrase, a power of two.
const STARTS: usize = 32;
const _: () = assert!(STARTS >= super::PHRASE_TOKENS && super::PHRASE_TOKENS <= u32::BITS as usize);

/// One of the two sequences in which phrases are looked for.
#[derive(Default)]
struct Sequence {
    starts: [usize; STARTS],
    position: usize,
}

impl Sequence {
    fn push(&mut self, start: usize) {
        self.position = (self.position + 1) % STARTS;
        self.starts[self.position] = start;
    }

    fn start(&self, tokens: usize) -> usize {
        self.starts[(self.position + STARTS + 1 - tokens) % STARTS]
    }
}

/// A phrase, and how much of it the tokens so far are: bit n tells that they end with its tokens
/// 0 to n.
struct Pattern<'q> {
    term: usize,
    tokens: &'q [String],
    prefix: bool,
    words: u32,
    parts: u32,
}

impl Pattern<'_> {
    /// Bit n tells that `token` may stand for the n-th of the phrase.
    fn bits(&self, token: &str) -> u32 {
        let last = self.tokens.len() - 1;
        let mut bits = 0;
        for (n, expected) in self.tokens.iter().enumerate() {
            let same = if n == last && self.prefix { token.starts_with(&**expected) } else { token == expected };
            bits |= u32::from(same) << n;
        }
        bits
    }

    fn is_complete(&self, state: u32) -> bool {
        state >> (self.tokens.len() - 1) & 1 == 1
    }
}

struct Finder<'q> {
    patterns: Vec<Pattern<'q>>,
    found: Vec<bool>,
    missing: usize,
    hits: Vec<Hit>,
    /// How many places to keep.
    most: usize,
    /// Whether to end when every term was found and there are `most` places.
    hasty: bool,
    words: Sequence,
    parts: Sequence,
}

impl<'q> Finder<'q> {
    fn new(terms: &'q [Term], most: usize, hasty: bool) -> Self {
        let patterns = terms.iter().enumerate().flat_map(|(term, spellings)| {
            spellings.phrases().iter().map(move |phrase| Pattern {
                term,
                tokens: &phrase.tokens,
                prefix: phrase.prefix,
                words: 0,
                parts: 0,
            })
        });
        Self {
            patterns: patterns.collect(),
            found: vec![false; terms.len()],
            missing: terms.len(),
            hits: Vec::new(),
            most,
            hasty,
            words: Sequence::default(),
            parts: Sequence::default(),
        }
    }

    fn hit(&mut self, term: usize, range: Range<usize>) {
        self.missing -= usize::from(!std::mem::replace(&mut self.found[term], true));
        if self.hits.len() < self.most {
            self.hits.push(Hit { term, range });
        }
    }

    fn advance(&mut self, token: &str, place: Place, in_words: bool, in_parts: bool) {
        if in_words {
            self.words.push(place.start);
        }
        if in_parts {
            self.parts.push(place.start);
        }
        for n in 0..self.patterns.len() {
            let pattern = &mut self.patterns[n];
            let bits = pattern.bits(token);
            if in_words {
                pattern.words = (pattern.words << 1 | 1) & bits;
            }
            if in_parts {
                pattern.parts = (pattern.parts << 1 | 1) & bits;
            }
            if bits == 0 {
                continue;
            }
            let (term, tokens) = (pattern.term, pattern.tokens.len());
            // A pair found by its first character is not marked as a whole.
            let end = if pattern.prefix { place.first } else { place.end };
            let (words, parts) = (pattern.is_complete(pattern.words), pattern.is_complete(pattern.parts));
            if in_words && words {
                self.hit(term, self.words.start(tokens)..end);
            } else if in_parts && parts {
                self.hit(term, self.parts.start(tokens)..end);
            }
        }
    }
}

impl Sink for Finder<'_> {
    fn word(&mut self, token: &str, place: Place, split: bool) {
        self.advance(token, place, true, !split);
    }

    fn part(&mut self, token: &str, place: Place) {
        self.advance(token, place, false, true);
    }

    fn joined(&mut self, token: &str, place: Place) {
        for n in 0..self.patterns.len() {
            let pattern = &self.patterns[n];
            if pattern.tokens.len() == 1 && pattern.bits(token) == 1 {
                self.hit(pattern.term, place.start..place.end);
            }
        }
    }

    fn line(&mut self) -> bool {
        for pattern in &mut self.patterns {
            pattern.parts = 0;
        }
        !(self.hasty && self.missing == 0 && self.hits.len() >= self.most.min(SEEN))
    }
}

/// With every term found, so many places are enough to choose from.
const SEEN: usize = 64;
