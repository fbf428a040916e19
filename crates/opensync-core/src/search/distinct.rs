//! The different tokens of texts, each once: what an index without positions stores.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use super::tokenize::{Place, Sink, walk};

/// Tokens in the order in which they were seen first, each followed by a space.
///
/// They are told apart by 64 bits of hash: that two of a million tokens are taken for one is as
/// likely as one in 10 million.
#[derive(Debug, Clone, Default)]
pub struct Distinct {
    seen: HashSet<u64, BuildHasherDefault<Identity>>,
    tokens: String,
}

impl Distinct {
    /// No tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the tokens of a text: those of a [`Stream`](super::Stream), in no particular order.
    pub fn push(&mut self, text: &str) {
        walk(text, self);
    }

    /// Adds one token; answers whether it is new.
    pub fn add(&mut self, token: &str) -> bool {
        let new = self.seen.insert(xxh3_64(token.as_bytes()));
        if new {
            self.tokens.push_str(token);
            self.tokens.push(' ');
        }
        new
    }

    /// The tokens, each followed by a space.
    pub fn as_str(&self) -> &str {
        &self.tokens
    }

    /// Forgets all tokens and keeps the memory.
    pub fn clear(&mut self) {
        self.seen.clear();
        self.tokens.clear();
    }
}

impl Sink for Distinct {
    fn word(&mut self, token: &str, _: Place, _: bool) {
        self.add(token);
    }

    fn part(&mut self, token: &str, _: Place) {
        self.add(token);
    }

    fn joined(&mut self, token: &str, _: Place) {
        self.add(token);
    }

    fn line(&mut self) -> bool {
        true
    }
}

/// What is hashed is a hash already.
#[derive(Debug, Clone, Copy, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::{BREAK, Stream};
    use super::*;

    proptest! {
        #[test]
        fn they_are_the_tokens_of_the_stream(texts in prop::collection::vec("[a-cA-C_\\-0-9 é東京\n.]{0,40}", 0..4)) {
            let (mut stream, mut distinct) = (Stream::new(), Distinct::new());
            for text in &texts {
                stream.push(text);
                distinct.push(text);
            }
            let tokens: Vec<&str> = distinct.as_str().split(' ').filter(|token| !token.is_empty()).collect();
            let different: BTreeSet<&str> = tokens.iter().copied().collect();
            prop_assert_eq!(tokens.len(), different.len());
            let expected: BTreeSet<&str> =
                stream.as_str().split_ascii_whitespace().filter(|token| !token.starts_with(BREAK)).collect();
            prop_assert_eq!(different, expected);
        }
    }
}
