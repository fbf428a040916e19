//! Marks the words that were searched in finished markup.

use std::ops::Range;

use opensync_core::search::{Term, highlight};

use super::Html;
use super::html::push_escaped;

impl Html {
    /// Plain text with `marks`, ranges of its bytes, in `<mark>`.
    pub fn with_marks(text: &str, marks: &[Range<usize>]) -> Self {
        let mut out = String::with_capacity(text.len() + 13 * marks.len());
        push_marked(&mut out, text, marks);
        Self::from_markup(out)
    }

    /// The same markup with the words of `terms` marked. A word that markup divides is not.
    #[must_use]
    pub fn marked(self, terms: &[Term]) -> Self {
        if terms.is_empty() || self.is_empty() {
            return self;
        }
        let mut out = String::with_capacity(self.as_str().len() + 256);
        let mut rest = self.as_str();
        while !rest.is_empty() {
            let end = rest.find('<').unwrap_or(rest.len());
            let (text, tag) = rest.split_at(end);
            if !text.is_empty() {
                let plain = unescaped(text);
                let marks = highlight(&plain, terms);
                if marks.is_empty() { out.push_str(text) } else { push_marked(&mut out, &plain, &marks) }
            }
            let close = tag.find('>').map_or(tag.len(), |at| at + 1);
            out.push_str(&tag[..close]);
            rest = &tag[close..];
        }
        Self::from_markup(out)
    }
}

fn push_marked(out: &mut String, text: &str, marks: &[Range<usize>]) {
    let mut at = 0;
    for mark in marks {
        let (Some(before), Some(word)) = (text.get(at..mark.start), text.get(mark.clone())) else { continue };
        push_escaped(out, before);
        out.push_str("<mark>");
        push_escaped(out, word);
        out.push_str("</mark>");
        at = mark.end;
    }
    push_escaped(out, text.get(at..).unwrap_or_default());
}

/// The text that markup shows: the entities that our own escaping writes are read back.
fn unescaped(markup: &str) -> String {
    const ENTITIES: [(&str, char); 6] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&#x27;", '\'')];
    let mut out = String::with_capacity(markup.len());
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
    out
}
