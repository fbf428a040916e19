//! A word or phrase of a search.

use super::Filter;
use super::lex::{is_quote, quoted};
use crate::search::Term;

/// A word, a `"phrase"`, or one of them excluded with `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Word {
    text: String,
    phrase: bool,
    excluded: bool,
}

impl Word {
    /// A word that must begin a word of the session. What could be read as something else (it
    /// has a space, or looks like a filter) is kept as a phrase that may go on. `None` when there
    /// is no letter or digit in it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let word = Self { text: text.to_owned(), phrase: false, excluded: false };
        let (filter, complaints) = Filter::parse_text(text);
        if complaints.is_empty() && filter == (Filter { words: vec![word.clone()], ..Filter::default() }) {
            return Some(word);
        }
        Self::phrase(&format!("{text}*"))
    }

    /// Words that must follow each other. Ending with `*`, the last one may go on. `None` when
    /// there is no letter or digit in it.
    pub fn phrase(text: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Term::phrase(&text).map(|_| Self { text, phrase: true, excluded: false })
    }

    /// The same word, not to be found.
    #[must_use]
    pub fn excluded(self) -> Self {
        Self { excluded: true, ..self }
    }

    /// The word or the words of the phrase, one space between them, without quotes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a phrase.
    pub fn is_phrase(&self) -> bool {
        self.phrase
    }

    /// Whether it must not be found.
    pub fn is_excluded(&self) -> bool {
        self.excluded
    }

    /// What to search for.
    pub fn term(&self) -> Option<Term> {
        if self.phrase { Term::phrase(&self.text) } else { Term::word(&self.text) }
    }

    /// As people type it.
    pub fn spell(&self) -> String {
        let dash = if self.excluded { "-" } else { "" };
        if self.phrase { format!("{dash}{}", quoted(&self.text)) } else { format!("{dash}{}", self.text) }
    }

    /// A plain word of a text, which stands there by itself.
    pub(super) fn typed(text: &str, excluded: bool) -> Option<Self> {
        let begins = text.chars().next()?;
        (!is_quote(begins)).then(|| Term::word(text))??;
        Some(Self { text: text.to_owned(), phrase: false, excluded })
    }
}
