//! The piece of a text that shows why it was found.

use std::ops::Range;

use super::find::{hits, merged};
use super::term::Term;

/// How many places of a text a snippet is chosen from.
const CHOICES: usize = 1_000;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, bytes of the text, on character boundaries. May contain line ends.
    pub range: Range<usize>,
    /// What to mark: bytes of the text within `range`, ascending and apart from each other.
    pub marks: Vec<Range<usize>>,
}

/// The piece of about `width` characters (at most so many) in which the most terms are close
/// together, the first of those; it begins and ends at words where it can. `None` when no term
/// is in the text.
pub fn snippet(text: &str, terms: &[Term], width: usize) -> Option<Snippet> {
    let mut hits = hits(text, terms, CHOICES);
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
    let mut best: Option<(usize, &Range<usize>)> = None;
    for (n, hit) in hits.iter().enumerate() {
        let near = hits[n..].iter().take(64).take_while(|other| other.range.end <= hit.range.start + width * 3 / 4);
        let mut seen: Vec<usize> = near.map(|other| other.term).collect();
        seen.sort_unstable();
        seen.dedup();
        if best.is_none_or(|(most, _)| seen.len() > most) {
            best = Some((seen.len(), &hit.range));
        }
    }
    let (_, first) = best?;
    let range = around(text, first, width);
    let marks = hits.iter().map(|hit| hit.range.start.max(range.start)..hit.range.end.min(range.end));
    let marks = merged(marks.filter(|mark| mark.start < mark.end).collect());
    Some(Snippet { range, marks })
}

/// `width` characters with `first` near their beginning.
fn around(text: &str, first: &Range<usize>, width: usize) -> Range<usize> {
    let before = &text[..first.start];
    let lead = before.char_indices().rev().take(width / 4).last().map_or(first.start, |(at, _)| at);
    let start = if lead == 0 {
        0
    } else {
        // Behind the first white space, so that no half of a word stands there.
        let cut = text[lead..first.start].char_indices().find(|(_, c)| c.is_whitespace());
        cut.map_or(lead, |(at, c)| lead + at + c.len_utf8())
    };
    let start = first.start - text[start..first.start].trim_start().len();
    let Some((end, _)) = text[start..].char_indices().nth(width) else {
        return start..start + text[start..].trim_end().len();
    };
    let end = start + end;
    let least = first.end.clamp(start, end);
    let cut = text[least..end].char_indices().rfind(|(_, c)| c.is_whitespace());
    start..cut.map_or(end, |(at, _)| least + at)
}
