//! Cuts text into tokens. One pass, no allocation per token; ASCII goes a short way.

use super::TOKEN_CHARS;
use super::class::{ASCII, Class, classes_of_bytes};
use super::fold::push_folded;

/// Receives what [`walk`] finds, in the order of the text.
pub(super) trait Sink {
    /// A word. With `split`, its parts follow as [`Sink::part`]; else it is its only part.
    fn word(&mut self, token: &str, place: Place, split: bool);
    /// A part of the word before.
    fn part(&mut self, token: &str, place: Place);
    /// The words before, joined by underscores and hyphens, as one token.
    fn joined(&mut self, token: &str, place: Place);
    /// The end of a line, also of the last. Answers whether to go on.
    fn line(&mut self) -> bool;
}

/// Where a token stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// First byte.
    pub start: usize,
    /// End of the first character of a pair; of a word, its end.
    pub first: usize,
    /// First byte behind it.
    pub end: usize,
    pub kind: Kind,
}

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits.
    Word,
    /// Two neighbours in unspaced text.
    Pair,
    /// The last character of unspaced text, which has no right neighbour.
    Last,
    /// A single character of unspaced text.
    Lone,
}

/// The bytes after which an ASCII word may go on without being split.
static PLAIN: [bool; 256] = table(&[Class::Lower, Class::Digit]);
/// The bytes that join no word to the one before.
static ENDS: [bool; 256] = table(&[Class::Gap, Class::Line]);

const fn table(classes: &[Class]) -> [bool; 256] {
    let ascii = classes_of_bytes();
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut n = 0;
        while n < classes.len() {
            table[byte] |= ascii[byte] as u8 == classes[n] as u8;
            n += 1;
        }
        byte += 1;
    }
    table
}

/// Tells `sink` the tokens of `text`.
pub(super) fn walk(text: &str, sink: &mut impl Sink) {
    let lower = text.to_ascii_lowercase();
    Walker::new(text, &lower, sink).run();
}

struct Walker<'a, S> {
    text: &'a str,
    bytes: &'a [u8],
    /// The text with ASCII in lower case, in which words of ASCII are slices.
    lower: &'a str,
    sink: &'a mut S,
    /// The folded word, or the folded characters of unspaced text.
    token: String,
    /// Where the second and later parts of the word begin: in the text, in `token`.
    cuts: Vec<(usize, usize)>,
    /// Characters of unspaced text: start and end in the text, start in `token`.
    units: Vec<(usize, usize, usize)>,
    /// The folded words of an identifier so far, how many, and where it began.
    joined: String,
    joined_words: usize,
    joined_start: usize,
}

impl<'a, S: Sink> Walker<'a, S> {
    fn new(text: &'a str, lower: &'a str, sink: &'a mut S) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            lower,
            sink,
            token: String::with_capacity(4 * TOKEN_CHARS),
            cuts: Vec::new(),
            units: Vec::new(),
            joined: String::new(),
            joined_words: 0,
            joined_start: 0,
        }
    }

    fn run(mut self) {
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            let class = ASCII[usize::from(byte)];
            at = if class.is_word() {
                self.word(at)
            } else if class == Class::Beyond {
                self.beyond(at)
            } else if class == Class::Line && !self.sink.line() {
                return;
            } else {
                at + 1
            };
        }
        self.sink.line();
    }

    fn char_at(&self, at: usize) -> Option<(Class, char)> {
        let c = self.text.get(at..)?.chars().next()?;
        Some((Class::of(c), c))
    }

    /// The class of the character at `at`, skipping what belongs to the one before, and its end.
    fn next_base(&self, mut at: usize) -> (Class, usize, char) {
        while let Some((class, c)) = self.char_at(at) {
            at += c.len_utf8();
            if class != Class::Extend {
                return (class, at, c);
            }
        }
        (Class::Gap, at, ' ')
    }

    /// A word of ASCII; answers where to go on.
    #[inline]
    fn word(&mut self, start: usize) -> usize {
        // Most words have no capital behind their first letter, so there is nothing to split.
        let rest = &self.bytes[start + 1..];
        let tail = rest.iter().position(|&byte| !PLAIN[usize::from(byte)]).unwrap_or(rest.len());
        let end = start + 1 + tail;
        match rest.get(tail).map_or(Class::Gap, |&byte| ASCII[usize::from(byte)]) {
            Class::Upper | Class::Beyond => return self.mixed_word(start),
            _ => self.cuts.clear(),
        }
        self.finish_word(start, end)
    }

    /// A word that may have parts or characters outside ASCII; answers where to go on.
    #[inline(never)]
    fn mixed_word(&mut self, start: usize) -> usize {
        self.cuts.clear();
        let mut previous = Class::Gap;
        let mut at = start;
        while let Some(&byte) = self.bytes.get(at) {
            let class = ASCII[usize::from(byte)];
            match class {
                Class::Lower | Class::Digit => {}
                Class::Upper => {
                    if previous == Class::Lower || (previous != Class::Gap && self.begins_part(at)) {
                        self.cuts.push((at, at - start));
                    }
                }
                Class::Beyond => match self.char_at(at) {
                    Some((class, _)) if class.is_word() || class == Class::Extend => return self.wide_word(start),
                    _ => break,
                },
                _ => break,
            }
            previous = class;
            at += 1;
        }
        if at - start > TOKEN_CHARS {
            self.cuts.clear();
        }
        self.finish_word(start, at)
    }

    #[inline]
    fn finish_word(&mut self, start: usize, end: usize) -> usize {
        let token = &self.lower[start..end.min(start + TOKEN_CHARS)];
        emit(self.sink, token, &self.cuts, start, end);
        let ends = self.bytes.get(end).is_none_or(|&byte| ENDS[usize::from(byte)]);
        if ends && self.joined_words == 0 { end } else { self.join(token, start, end) }
    }

    /// Whether a capital after a capital or a digit begins a part: the `S` of `HTTPServer`, but
    /// not the `I` of `APIs`.
    fn begins_part(&self, at: usize) -> bool {
        match self.bytes.get(at + 1) {
            Some(b's') => self.bytes.get(at + 2).is_some_and(u8::is_ascii_lowercase),
            Some(next) => next.is_ascii_lowercase(),
            None => false,
        }
    }

    /// A word with other characters than ASCII; answers where to go on.
    fn wide_word(&mut self, start: usize) -> usize {
        self.cuts.clear();
        self.token.clear();
        let mut previous = Class::Gap;
        let mut at = start;
        while let Some((class, c)) = self.char_at(at) {
            let end = at + c.len_utf8();
            match class {
                Class::Lower | Class::Digit => previous = class,
                Class::Extend => {}
                Class::Upper => {
                    if previous == Class::Lower || (previous != Class::Gap && self.begins_wide_part(end)) {
                        self.cuts.push((at, self.token.len()));
                    }
                    previous = class;
                }
                _ => break,
            }
            // Nothing behind the limit is looked at, and a long word has no parts.
            if self.token.len() <= 4 * TOKEN_CHARS {
                push_folded(&mut self.token, c);
            }
            at = end;
        }
        if truncate(&mut self.token) {
            self.cuts.clear();
        }
        // A part that folds to nothing is none.
        let (mut last, whole) = (0, self.token.len());
        self.cuts.retain(|&(_, cut)| cut > std::mem::replace(&mut last, cut) && cut < whole);
        let token = std::mem::take(&mut self.token);
        emit(self.sink, &token, &self.cuts, start, at);
        let next = self.join(&token, start, at);
        self.token = token;
        next
    }

    fn begins_wide_part(&self, at: usize) -> bool {
        let (next, end, c) = self.next_base(at);
        next == Class::Lower && (c != 's' || self.next_base(end).0 == Class::Lower)
    }

    /// Whether the word at `start..end` is followed or was preceded by others of one identifier.
    /// Answers where to go on.
    #[inline(never)]
    fn join(&mut self, token: &str, start: usize, end: usize) -> usize {
        let next = self.joint(end);
        if next.is_none() && self.joined_words == 0 {
            return end;
        }
        if self.joined_words == 0 {
            self.joined.clear();
            self.joined_start = start;
        }
        if !token.is_empty() {
            self.joined_words += 1;
            if self.joined.len() <= 4 * TOKEN_CHARS {
                self.joined.push_str(token);
            }
        }
        if next.is_none() {
            if self.joined_words > 1 {
                truncate(&mut self.joined);
                let place = Place { start: self.joined_start, first: end, end, kind: Kind::Word };
                self.sink.joined(&self.joined, place);
            }
            self.joined_words = 0;
        }
        next.unwrap_or(end)
    }

    /// The word that `_`, `__` or `-` joins to what ends at `end`.
    fn joint(&self, end: usize) -> Option<usize> {
        let mut at = end;
        match ASCII[usize::from(*self.bytes.get(at)?)] {
            Class::Underscore => {
                while self.bytes.get(at) == Some(&b'_') {
                    at += 1;
                }
            }
            Class::Hyphen => at += 1,
            Class::Beyond => match self.char_at(at)? {
                (Class::Hyphen, c) => at += c.len_utf8(),
                _ => return None,
            },
            _ => return None,
        }
        self.char_at(at)?.0.is_word().then_some(at)
    }

    /// What begins with a character outside ASCII; answers where to go on.
    fn beyond(&mut self, at: usize) -> usize {
        match self.char_at(at) {
            Some((class, _)) if class.is_word() => self.wide_word(at),
            Some((Class::Unspaced | Class::Tail, _)) => self.unspaced(at),
            Some((_, c)) => at + c.len_utf8(),
            None => at + 1,
        }
    }

    /// Text of a script without spaces: every character with its right neighbour, the last alone.
    fn unspaced(&mut self, start: usize) -> usize {
        self.token.clear();
        self.units.clear();
        let mut at = start;
        while let Some((class, c)) = self.char_at(at) {
            let end = at + c.len_utf8();
            match class {
                Class::Extend | Class::Tail if let Some(unit) = self.units.last_mut() => unit.1 = end,
                Class::Unspaced | Class::Tail => self.units.push((at, end, self.token.len())),
                _ => break,
            }
            let unit = self.units.last().map_or(0, |unit| unit.2);
            if self.token.len() - unit <= TOKEN_CHARS {
                push_folded(&mut self.token, c);
            }
            at = end;
        }
        // A character that folds to nothing separates nothing.
        let (token, mut next) = (&self.token, self.token.len());
        for n in (0..self.units.len()).rev() {
            let begin = self.units[n].2;
            if begin == next {
                self.units.remove(n);
            }
            next = begin;
        }
        for (n, &(start, first, folded)) in self.units.iter().enumerate() {
            let (end, until, kind) = match (self.units.get(n + 1), n) {
                (Some(right), _) => (right.1, self.units.get(n + 2).map_or(token.len(), |unit| unit.2), Kind::Pair),
                (None, 0) => (first, token.len(), Kind::Lone),
                (None, _) => (first, token.len(), Kind::Last),
            };
            self.sink.word(&token[folded..until], Place { start, first, end, kind }, false);
        }
        at
    }
}

/// Tells `sink` a word and the parts that `cuts` make of it.
#[inline]
fn emit(sink: &mut impl Sink, token: &str, cuts: &[(usize, usize)], start: usize, end: usize) {
    if token.is_empty() {
        return;
    }
    let place = |start, end| Place { start, first: end, end, kind: Kind::Word };
    sink.word(token, place(start, end), !cuts.is_empty());
    if cuts.is_empty() {
        return;
    }
    let (mut from, mut folded) = (start, 0);
    for &(cut, folded_cut) in cuts.iter().chain([&(end, token.len())]) {
        sink.part(&token[folded..folded_cut], place(from, cut));
        (from, folded) = (cut, folded_cut);
    }
}

/// Cuts a token at [`TOKEN_CHARS`]; answers whether it was longer.
fn truncate(token: &mut String) -> bool {
    match token.char_indices().nth(TOKEN_CHARS) {
        Some((at, _)) => {
            token.truncate(at);
            true
        }
        None => false,
    }
}
