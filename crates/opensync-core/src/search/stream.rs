//! The tokens of texts as one string: what an engine stores.

use super::class::Class;
use super::tokenize::{Place, Sink, walk};
use super::{BREAK, PHRASE_TOKENS};

/// The tokens of one or more texts, each followed by a space; the string begins with one, so that
/// ` token ` is found in it as a whole token. The layout is described at [`super`].
#[derive(Debug, Clone, Default)]
pub struct Stream {
    text: String,
    /// Lines of the current text with split words, in parts.
    parts: String,
    /// Identifiers of the current text as single tokens.
    joined: String,
    /// Where the current line begins in `text`.
    line: usize,
    /// Whether the current line has a split word.
    split: bool,
}

impl Stream {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the tokens of a text. No phrase reaches from one text into the next.
    pub fn push(&mut self, text: &str) {
        if self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.reserve(text.len() + text.len() / 4);
        self.line = self.text.len();
        self.split = false;
        let before = self.text.len();
        walk(text, self);
        if self.text.len() > before {
            self.push_break();
            self.text.push_str(&self.parts);
            self.text.push_str(&self.joined);
        }
        self.parts.clear();
        self.joined.clear();
    }

    /// The tokens separated by single spaces, with one at the beginning and one at the end.
    /// Empty when nothing was added.
    pub fn as_str(&self) -> &str {
        if self.text.len() > 1 { &self.text } else { "" }
    }

    /// The tokens with their positions; [`BREAK`]s count as positions and are left out.
    pub fn tokens(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split_ascii_whitespace().enumerate().filter(|(_, token)| !token.starts_with(BREAK))
    }

    /// Makes the stream empty and keeps its memory.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    fn push_break(&mut self) {
        self.text.push(BREAK);
        self.text.push(' ');
    }
}

impl Sink for Stream {
    fn word(&mut self, token: &str, _: Place, split: bool) {
        if split && !self.split {
            // The words of the line so far have no other parts than themselves.
            self.split = true;
            self.parts.push_str(&self.text[self.line..]);
        }
        self.text.push_str(token);
        self.text.push(' ');
        if self.split && !split {
            self.part_token(token);
        }
    }

    fn part(&mut self, token: &str, _: Place) {
        self.part_token(token);
    }

    fn joined(&mut self, token: &str, _: Place) {
        self.joined.push_str(token);
        self.joined.push(' ');
        self.joined.push(BREAK);
        self.joined.push(' ');
    }

    fn line(&mut self) -> bool {
        if self.split {
            self.parts.push(BREAK);
            self.parts.push(' ');
        }
        self.split = false;
        self.line = self.text.len();
        true
    }
}

impl Stream {
    fn part_token(&mut self, token: &str) {
        self.parts.push_str(token);
        self.parts.push(' ');
    }
}

/// Cuts a long text into pieces of at most about `bytes`, between words where there is a gap.
/// Each piece repeats the end of the one before, so that no phrase is lost at a cut.
pub fn pieces(text: &str, bytes: usize) -> impl Iterator<Item = &str> {
    let bytes = bytes.max(64);
    let mut from = 0;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        if text.len() - from <= bytes {
            done = true;
            return Some(&text[from..]);
        }
        let half = text.ceil_char_boundary(from + bytes / 2);
        let end = cut(text, half, from + bytes);
        let piece = &text[from..end];
        from = overlap(text, half, end);
        Some(piece)
    })
}

fn is_gap(c: char) -> bool {
    matches!(Class::of(c), Class::Gap | Class::Line)
}

/// The last place in `least..most` that is behind a gap; else the last between characters.
fn cut(text: &str, least: usize, most: usize) -> usize {
    let most = text.floor_char_boundary(most).max(least);
    let gap = text[least..most].char_indices().rfind(|&(_, c)| is_gap(c));
    gap.map_or(most, |(at, c)| least + at + c.len_utf8())
}

/// Where to begin again behind a cut at `end`: in front of as many words as a phrase has tokens,
/// or of those that there are from `least` on.
fn overlap(text: &str, least: usize, end: usize) -> usize {
    let (mut begin, mut words, mut in_word) = (end, 0, false);
    for (at, c) in text[least..end].char_indices().rev() {
        if !is_gap(c) {
            in_word = true;
        } else if in_word {
            in_word = false;
            begin = least + at;
            words += 1;
            if words == PHRASE_TOKENS {
                break;
            }
        }
    }
    begin
}
