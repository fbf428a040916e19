//! What the index stores of a slice.

use opensync_core::search::{BREAK, Distinct, Stream};

/// In front of the beginning of a token, so that one or two letters are looked up instead of merging the
/// rows of all tokens that begin with them. Of private use, so never part of a token.
const BEGINNING: char = '\u{e001}';
/// The longest beginning that is a token of its own, in characters.
const BEGINNING_CHARS: usize = 2;

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
        Self { tokens: stream.as_str().to_owned(), beginnings: beginnings(stream.as_str()) }
    }

    /// Of what tools did: each token once.
    pub(super) fn tools(tokens: &Distinct) -> Self {
        Self { tokens: tokens.as_str().to_owned(), beginnings: beginnings(tokens.as_str()) }
    }

    /// All tokens of a row once, separated by spaces.
    pub(super) fn distinct(&self) -> String {
        let mut all = Distinct::new();
        for token in each(&self.tokens).chain(each(&self.beginnings)) {
            all.add(token);
        }
        all.as_str().trim_end().to_owned()
    }
}

/// The token that stands for all that begin with `token`, when there is one.
pub(super) fn beginning(token: &str) -> Option<String> {
    (token.chars().take(BEGINNING_CHARS + 1).count() <= BEGINNING_CHARS).then(|| format!("{BEGINNING}{token}"))
}

fn each(tokens: &str) -> impl Iterator<Item = &str> {
    tokens.split_ascii_whitespace().filter(|token| !token.starts_with(BREAK))
}

fn beginnings(tokens: &str) -> String {
    let mut all = Distinct::new();
    let mut add = |beginning: &str| all.add(&format!("{BEGINNING}{beginning}"));
    // Of nearly all tokens it is known already.
    let mut seen = vec![false; 1 << 14];
    for token in each(tokens) {
        if let [first @ 0..0x80, second @ 0..0x80, ..] = token.as_bytes()
            && std::mem::replace(&mut seen[usize::from(*first) << 7 | usize::from(*second)], true)
        {
            continue;
        }
        for (at, c) in token.char_indices().take(BEGINNING_CHARS) {
            add(&token[..at + c.len_utf8()]);
        }
    }
    all.as_str().to_owned()
}
