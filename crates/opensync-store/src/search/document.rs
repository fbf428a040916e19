//! What the index stores of a slice.

use std::collections::HashSet;

use opensync_core::search::Stream;

/// In front of the beginning of a token, so that one, two or three letters are looked up instead of
/// merging the rows of all tokens that begin with them. Of private use, so never part of a token.
const BEGINNING: char = '\u{e001}';
/// The longest beginning that is a token of its own, in characters.
const BEGINNING_CHARS: usize = 3;

/// The tokens of one row.
#[derive(Debug)]
pub(super) struct Document {
    /// The stream of a text; for tools the different tokens, separated by spaces.
    pub(super) tokens: String,
    /// The different beginnings of the tokens.
    pub(super) beginnings: String,
}

impl Document {
    /// Of what was said: tokens in their order.
    pub(super) fn text(stream: &Stream) -> Self {
        let mut beginnings = Beginnings::default();
        for token in different(stream.as_str()) {
            beginnings.add(token);
        }
        Self { tokens: stream.as_str().to_owned(), beginnings: beginnings.text }
    }

    /// Of what tools did: each token once.
    pub(super) fn tools(stream: &Stream) -> Self {
        let different = different(stream.as_str());
        let mut beginnings = Beginnings::default();
        let mut tokens = String::with_capacity(different.iter().map(|token| token.len() + 1).sum());
        for token in different {
            beginnings.add(token);
            tokens.push_str(token);
            tokens.push(' ');
        }
        Self { tokens, beginnings: beginnings.text }
    }

    /// All tokens of a row once, separated by spaces.
    pub(super) fn distinct(&self) -> String {
        let mut all: Vec<&str> = different(&self.tokens).into_iter().collect();
        all.extend(self.beginnings.split_ascii_whitespace());
        all.join(" ")
    }
}

/// The token that stands for all that begin with `token`, when there is one.
pub(super) fn beginning(token: &str) -> Option<String> {
    (token.chars().take(BEGINNING_CHARS + 1).count() <= BEGINNING_CHARS).then(|| format!("{BEGINNING}{token}"))
}

fn different(tokens: &str) -> HashSet<&str> {
    let separator = opensync_core::search::BREAK;
    tokens.split_ascii_whitespace().filter(|token| !token.starts_with(separator)).collect()
}

/// Beginnings, each once.
#[derive(Default)]
struct Beginnings<'a> {
    seen: HashSet<&'a str>,
    text: String,
}

impl<'a> Beginnings<'a> {
    fn add(&mut self, token: &'a str) {
        for (at, c) in token.char_indices().take(BEGINNING_CHARS) {
            let beginning = &token[..at + c.len_utf8()];
            if self.seen.insert(beginning) {
                self.text.push(BEGINNING);
                self.text.push_str(beginning);
                self.text.push(' ');
            }
        }
    }
}
