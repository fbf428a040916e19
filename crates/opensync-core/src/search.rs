//! The words of texts and of queries: one tokenizer for every engine.
//!
//! An engine stores tokens made here and is asked for tokens made here; it never looks at a text
//! itself, so all engines give the same answers. [`found`] and [`highlight`] read a text with the same
//! rules: they mark what is on a page, and they are what engines are tested against.
//!
//! # Tokens
//!
//! - A **word** is a run of letters and digits, with the marks that belong to them. Everything else
//!   separates words: spaces, `.`, `/`, `'`, `:`, symbols, emoji. Letters and digits stay together
//!   (`sha256`, `v2`), or every hash would be dozens of tokens.
//! - A word is [folded](fold()): case, accents and widths make no difference.
//! - **Parts**: capitals split a word: `authMiddleware` is `auth middleware`, `HTTPServer` is
//!   `http server`, `base64Encode` is `base64 encode`; `APIs` is one. Words longer than
//!   [`TOKEN_CHARS`] are not split.
//! - **Identifiers**: words joined by `_` or one `-` are words of their own and also one token
//!   without the joints: `auth_middleware` is `auth middleware` and `authmiddleware`.
//! - Text of Han, Kana, Hangul, Thai and other scripts without spaces is indexed as **pairs** of
//!   neighbours: `東京都` is `東京`, `京都`, and `都`, because the last character must be found too.
//! - Tokens consist of letters, digits and marks, never of spaces, quotes or operators. They are
//!   at most [`TOKEN_CHARS`] characters long; what is longer is cut, in texts and in queries.
//!
//! Word segmentation by UAX #29 was considered. It keeps `3.14` and `can't` whole, but lets Thai
//! fall into single letters, splits no identifier, and what it does with a character depends on
//! its neighbours, so the beginning of a word could have other tokens than the word. The words it
//! finds are all found here, which a test asserts.
//!
//! # Layout of a stream
//!
//! A query `"auth middleware"` must find `authMiddleware`, and `"github actions"` must find `GitHub
//! Actions`. With several tokens at one position that is easy, but FTS5 gives every token of a text
//! the next position. So a [`Stream`] is one plain sequence in which things stand twice, with
//! [`BREAK`] (a token that no text and no query has) between what no phrase may cross:
//!
//! 1. the words of the text, not split;
//! 2. every line that has a split word, again, with its words in parts;
//! 3. every identifier as one token.
//!
//! ```text
//! The GitHub token            the github token is read by authmiddleware in src auth middleware rs |
//! is read by authMiddleware   the git hub token | is read by auth middleware |
//! in src/auth_middleware.rs   authmiddleware |
//! ```
//!
//! A position is the number of the token in the stream. A [`Term`] is a few alternative phrases, and
//! it is found where any of them stands anywhere in the stream, with the last token as a prefix
//! when [`Phrase::prefix`] says so. Nothing else has to be known about columns or positions:
//!
//! - **FTS5**: the stream is the text, `tokenize = 'ascii'` (which leaves tokens as they are;
//!   `unicode61` would fold once more, by other tables). A phrase is `"auth middleware"`, a prefix
//!   `"auth middl" *`, a term the phrases with `OR` between them.
//! - **PostgreSQL**: `array_to_tsvector` of the distinct tokens under GIN, without positions, which
//!   `tsvector` has only for 256 occurrences and 16,383 tokens. A phrase of one token is a `tsquery`;
//!   of more, a `tsquery` of all its tokens and `stream like '% auth middl%'` on the stream kept
//!   beside (with a space behind unless it is a prefix; tokens have no character that is special
//!   to `like`).
//!
//! A consequence: a phrase that needs one word split and another not (`"github auth middleware"`
//! for `GitHub authMiddleware`) is not found, nor is one that needs a split word and crosses the
//! end of a line.
//!
//! An engine with a limit stores a text in several rows made of [`pieces`].

mod class;
mod distinct;
mod find;
mod fold;
mod sieve;
mod snippet;
mod stream;
mod term;
#[cfg(test)]
mod tests;
mod tokenize;

pub use distinct::Distinct;
pub use find::{found, highlight, matches};
pub use fold::fold;
pub use sieve::Sieve;
pub use snippet::{Snippet, snippet};
pub use stream::{Stream, pieces};
pub use term::{Phrase, Term, terms, typed};

/// The length of the longest token, in characters.
pub const TOKEN_CHARS: usize = 64;

/// The most tokens of a phrase; what is longer is cut.
pub const PHRASE_TOKENS: usize = 32;

/// A token between texts and lines that no phrase crosses: of private use, so never part of a word.
pub const BREAK: char = '\u{e000}';
