//! Marks the words that were searched in finished markup.

use std::borrow::Cow;
use std::ops::Range;

use opensync_core::search::{Term, highlight};

use super::Html;
use super::html::push_escaped;

/// Elements that stand inside a line; all others end it.
const INLINE: [&str; 9] = ["span", "code", "a", "em", "strong", "del", "ins", "u", "mark"];
/// Elements whose text is no part of what is read: numbers and signs of a diff, and what repeats
/// its lines on the other side.
const BESIDE: [&str; 3] = ["i", "b", "samp"];
const OPEN: &str = "<mark>";
/// The rest of a mark that other markup divides.
const ON: &str = "<mark class=\"on\">";
const NOW: &str = "<mark class=\"now\" id=\"hit\">";

impl Html {
    /// Plain text with `marks`, ranges of its bytes, in `<mark>`.
    pub fn with_marks(text: &str, marks: &[Range<usize>]) -> Self {
        let mut out = String::with_capacity(text.len() + 13 * marks.len());
        push_marked(&mut out, text, 0, marks.iter().cloned());
        Self::from_markup(out)
    }

    /// The same markup with the words of `terms` marked, also where colours or emphasis divide them.
    #[must_use]
    pub fn marked(self, terms: &[Term]) -> Self {
        self.marked_as(terms, |text| Cow::Borrowed(text))
    }

    /// Like [`Html::marked`], for JSON: the `n` of a `\n` belongs to no word.
    #[must_use]
    pub fn marked_json(self, terms: &[Term]) -> Self {
        self.marked_as(terms, |text| Cow::Owned(without_escapes(text)))
    }

    /// How many marks there are.
    pub fn marks(&self) -> usize {
        self.as_str().matches(OPEN).count()
    }

    /// The same markup with the mark of that number, from 0, shown as the one that is read.
    #[must_use]
    pub fn with_now(self, n: usize) -> Self {
        let Some((at, _)) = self.as_str().match_indices(OPEN).nth(n) else { return self };
        let (before, after) = self.as_str().split_at(at);
        Self::from_markup(format!("{before}{NOW}{}", &after[OPEN.len()..]))
    }

    fn marked_as(self, terms: &[Term], read: impl Fn(&str) -> Cow<'_, str>) -> Self {
        if terms.is_empty() || self.is_empty() {
            return self;
        }
        let (text, runs) = runs(self.as_str());
        let marks = highlight(&read(&text), terms);
        if marks.is_empty() {
            return self;
        }
        let mut out = String::with_capacity(self.as_str().len() + 16 * marks.len());
        let (mut at, mut next) = (0, 0);
        for run in runs {
            while marks.get(next).is_some_and(|mark| mark.end <= run.text.start) {
                next += 1;
            }
            let touched = marks[next..].iter().take_while(|mark| mark.start < run.text.end).cloned();
            if marks.get(next).is_some_and(|mark| mark.start < run.text.end) {
                out.push_str(&self.as_str()[at..run.markup.start]);
                push_marked(&mut out, &text[run.text.clone()], run.text.start, touched);
                at = run.markup.end;
            }
        }
        out.push_str(&self.as_str()[at..]);
        Self::from_markup(out)
    }
}

/// Text between two tags: where it is in what is read, and in the markup.
struct Run {
    text: Range<usize>,
    markup: Range<usize>,
}

/// What markup says, and where.
fn runs(markup: &str) -> (String, Vec<Run>) {
    let mut text = String::with_capacity(markup.len());
    let (mut runs, mut at, mut beside) = (Vec::new(), 0, 0usize);
    while at < markup.len() {
        let end = markup[at..].find('<').map_or(markup.len(), |length| at + length);
        if end > at && beside == 0 {
            let start = text.len();
            push_unescaped(&mut text, &markup[at..end]);
            runs.push(Run { text: start..text.len(), markup: at..end });
        }
        let close = markup[end..].find('>').map_or(markup.len(), |length| end + length + 1);
        let tag = markup[end..close].trim_start_matches('<');
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if BESIDE.contains(&name) {
            beside = if closing { beside.saturating_sub(1) } else { beside + 1 };
        }
        if !INLINE.contains(&name) {
            text.push('\n');
        }
        at = close;
    }
    (text, runs)
}

/// Adds `text` with `marks`, which count from the beginning of something of which `text` is the
/// piece that begins at `from`.
fn push_marked(out: &mut String, text: &str, from: usize, marks: impl Iterator<Item = Range<usize>>) {
    let mut at = 0;
    for mark in marks {
        let range = mark.start.saturating_sub(from)..(mark.end - from).min(text.len());
        let (Some(before), Some(word)) = (text.get(at..range.start), text.get(range.clone())) else { continue };
        push_escaped(out, before);
        out.push_str(if mark.start < from { ON } else { OPEN });
        push_escaped(out, word);
        out.push_str("</mark>");
        at = range.end;
    }
    push_escaped(out, text.get(at..).unwrap_or_default());
}

/// The text with spaces for its line feeds and tabs as JSON writes them; as long as before.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n' | 't' | 'r') => out.push_str("  "),
            Some(next) => out.extend([char, next]),
            None => out.push(char),
        }
    }
    out
}

/// Adds the text that markup shows: the entities that our own escaping writes are read back.
fn push_unescaped(out: &mut String, markup: &str) {
    const ENTITIES: [(&str, char); 6] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&#x27;", '\'')];
    let mut rest = markup;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, c) = ENTITIES
            .iter()
            .find(|(entity, _)| rest.starts_with(entity))
            .map_or((1, '&'), |(entity, c)| (entity.len(), *c));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
}
