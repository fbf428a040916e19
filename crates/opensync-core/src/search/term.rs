//! What is searched for: words and phrases as tokens.

use super::PHRASE_TOKENS;
use super::tokenize::{Kind, Place, Sink, walk};

/// One thing that must be found: a word or a phrase of a query, in each of its spellings.
///
/// A term is found where **any** of its [`Term::phrases`] is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    phrases: Vec<Phrase>,
}

/// Tokens that follow each other in a [`Stream`](super::Stream): 1 to [`PHRASE_TOKENS`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phrase {
    /// The tokens; they consist of letters, digits and marks only.
    pub tokens: Vec<String>,
    /// Whether the last is the beginning of a token and not a whole one.
    pub prefix: bool,
}

impl Term {
    /// A word as typed: the beginning of a word, an identifier or a path. `None` when there is no
    /// letter or digit in it.
    pub fn word(text: &str) -> Option<Self> {
        Self::new(text, true)
    }

    /// Whole words in this order. An asterisk at the end makes the last one a beginning.
    pub fn phrase(text: &str) -> Option<Self> {
        Self::new(text, text.trim_end().ends_with('*'))
    }

    /// The spellings: the words as they stand, split by case, joined to one. At least one, at
    /// most three, all different.
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    fn new(text: &str, prefix: bool) -> Option<Self> {
        let mut found = Found::default();
        walk(text, &mut found);
        let joined = found.joined.filter(|(_, place)| found.span == Some((place.start, place.end)));
        let joined = joined.map(|(token, _)| vec![(token, Kind::Word)]);
        let mut phrases = Vec::new();
        for tokens in [Some(found.words), Some(found.parts), joined].into_iter().flatten() {
            if let Some(phrase) = Phrase::new(tokens, prefix)
                && !phrases.contains(&phrase)
            {
                phrases.push(phrase);
            }
        }
        (!phrases.is_empty()).then_some(Self { phrases })
    }
}

impl Phrase {
    fn new(mut tokens: Vec<(String, Kind)>, prefix: bool) -> Option<Self> {
        // The text may go on where the query ends, and then its last character stands in a pair.
        if tokens.last().is_some_and(|(_, kind)| *kind == Kind::Last) {
            tokens.pop();
        }
        let cut = tokens.len() > PHRASE_TOKENS;
        tokens.truncate(PHRASE_TOKENS);
        let prefix = match tokens.last()?.1 {
            Kind::Word => prefix && !cut,
            Kind::Lone => !cut,
            Kind::Pair | Kind::Last => false,
        };
        Some(Self { tokens: tokens.into_iter().map(|(token, _)| token).collect(), prefix })
    }
}

/// The words of a query, each a [`Term::word`]; what has no letter or digit is left out.
pub fn terms(query: &str) -> Vec<Term> {
    query.split_whitespace().filter_map(Term::word).collect()
}

/// Words and phrases in quotes, as somebody types them to find something in a text they read. A phrase
/// whose second quote is still missing ends with the beginning of a word.
pub fn typed(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let pieces: Vec<&str> = text.split(['"', '“', '”']).collect();
    for (n, piece) in pieces.iter().enumerate() {
        match (n % 2 == 1, n + 1 == pieces.len()) {
            (false, _) => terms.extend(piece.split_whitespace().filter_map(Term::word)),
            (true, false) => terms.extend(Term::phrase(piece)),
            (true, true) => terms.extend(Term::phrase(&format!("{piece}*"))),
        }
    }
    terms.truncate(TYPED);
    terms
}

/// So many terms are read of what is typed; a longer text was pasted by accident.
const TYPED: usize = 16;

#[derive(Default)]
struct Found {
    words: Vec<(String, Kind)>,
    parts: Vec<(String, Kind)>,
    joined: Option<(String, Place)>,
    /// From the first to the last word.
    span: Option<(usize, usize)>,
}

impl Sink for Found {
    fn word(&mut self, token: &str, place: Place, split: bool) {
        self.words.push((token.to_owned(), place.kind));
        if !split {
            self.parts.push((token.to_owned(), place.kind));
        }
        self.span = Some((self.span.map_or(place.start, |span| span.0), place.end));
    }

    fn part(&mut self, token: &str, place: Place) {
        self.parts.push((token.to_owned(), place.kind));
    }

    fn joined(&mut self, token: &str, place: Place) {
        self.joined = Some((token.to_owned(), place));
    }

    fn line(&mut self) -> bool {
        self.words.len() <= PHRASE_TOKENS
    }
}
