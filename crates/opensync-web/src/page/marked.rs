//! A text with the words that were searched for marked in it.

use opensync_core::search::{Term, highlight};

/// The text in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    /// Pieces, and whether each is marked.
    pub pieces: Vec<(String, bool)>,
}

impl Marked {
    /// Marks `terms` in `text`.
    pub(crate) fn new(text: &str, terms: &[Term]) -> Self {
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut push = |piece: &str, marked| {
            if !piece.is_empty() {
                pieces.push((piece.to_owned(), marked));
            }
        };
        for range in highlight(text, terms) {
            push(text.get(at..range.start).unwrap_or_default(), false);
            push(text.get(range.clone()).unwrap_or_default(), true);
            at = range.end;
        }
        push(text.get(at..).unwrap_or_default(), false);
        Self { pieces }
    }
}

#[cfg(test)]
mod tests {
    use opensync_core::search::terms;

    use super::Marked;

    #[test]
    fn words_that_begin_so_are_marked_and_nothing_is_lost() {
        let marked = Marked::new("Fix the fixture, überall", &terms("fix üb"));
        let expected = [("Fix", true), (" the ", false), ("fixture", true), (", ", false), ("überall", true)];
        assert_eq!(marked.pieces, expected.map(|(piece, marked)| (piece.to_owned(), marked)));
        assert_eq!(Marked::new("", &terms("a")).pieces, []);
        assert_eq!(Marked::new("abc", &[]).pieces, [("abc".to_owned(), false)]);
    }
}
