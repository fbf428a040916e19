//! Text of parts, cut to what a page can hold.
//!
//! A window of a hundred messages can have megabytes of tool output, nearly all of it inside closed
//! folds. What a reader sees at once is sent at once; what is folded is sent as long as it is small,
//! and otherwise fetched when its fold is opened.

use opensync_core::Body;
use opensync_core::search::Term;

use super::links::Links;
use super::view::{Content, More};
use crate::format;
use crate::render::diff::{self, Hunk};
use crate::render::markdown::{Breaks, markdown};
use crate::render::{Budget, Html, clip, highlight, terminal};

/// Bytes of folded text one window carries.
const FOLDED: usize = 32 * 1024;
/// A folded text above this size is fetched when it is opened.
const FOLDED_EACH: usize = 4 * 1024;
/// Readable text is only cut when no person wrote it by hand.
const PROSE: (usize, usize) = (600, 48 * 1024);

/// Where a part is, and who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) seq: u64,
    pub(super) index: usize,
    /// Inside a fold that is closed at first.
    pub(super) folded: bool,
}

/// Renders parts for one response, within its budgets.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    pub(super) links: &'a Links,
    pub(super) code: Budget,
    folded: usize,
    /// Words that were searched, to be marked in what was said, ...
    words: &'a [Term],
    /// ... and in what tools did.
    tool_words: &'a [Term],
    /// Nothing is cut: the answer for one part alone.
    whole: bool,
}

impl<'a> Contents<'a> {
    /// For a window of messages.
    pub(super) fn of_window(links: &'a Links, words: &'a [Term], in_tools: bool) -> Self {
        let tool_words = if in_tools { words } else { &[] };
        Self { links, code: Budget::default(), folded: FOLDED, words, tool_words, whole: false }
    }

    /// For one part alone.
    pub(super) fn of_part(links: &'a Links) -> Self {
        Self { links, code: Budget::default(), folded: usize::MAX, words: &[], tool_words: &[], whole: true }
    }

    /// A message's text.
    pub(super) fn prose(&mut self, text: &str, breaks: Breaks, place: Place) -> Content {
        let clip = if self.whole { clip::to(text, usize::MAX, usize::MAX) } else { clip::to(text, PROSE.0, PROSE.1) };
        if !self.afford(clip.shown.len(), place) {
            return self.later(place, clip.lines, text.len() as u64, "");
        }
        let html = markdown(clip.shown, breaks, &mut self.code).marked(self.words);
        self.content(html, place, clip.cut.then_some((clip.lines, text.len())), "")
    }

    /// What a tool printed.
    pub(super) fn output(&mut self, text: &str, place: Place) -> Content {
        let clip = self.clip(text);
        if !self.afford(clip.shown.len(), place) {
            return self.later(place, clip.lines, text.len() as u64, "");
        }
        let html = terminal::terminal(clip.shown).marked(self.tool_words);
        self.content(html, place, clip.cut.then_some((clip.lines, text.len())), "")
    }

    /// Code or JSON; `view` names it in the address when the part has another view as well.
    pub(super) fn code(&mut self, text: &str, language: &str, place: Place, view: &str) -> Content {
        let text = terminal::plain(text);
        let clip = self.clip(&text);
        if !self.afford(clip.shown.len(), place) {
            return self.later(place, clip.lines, text.len() as u64, view);
        }
        let html = highlight::code(clip.shown, language, &mut self.code).marked(self.tool_words);
        self.content(html, place, clip.cut.then_some((clip.lines, text.len())), view)
    }

    /// The changes of one file; `view` names it when its call changed several.
    pub(super) fn diff(&mut self, hunks: &[Hunk], language: &str, place: Place, view: &str) -> Content {
        let lines = || hunks.iter().flat_map(|hunk| &hunk.lines);
        let (rows, size) = (lines().count(), lines().map(|line| line.text.len() + 1).sum::<usize>());
        let most = if self.whole { usize::MAX } else { clip::LINES };
        if !self.afford(lines().take(most).map(|line| line.text.len() + 1).sum(), place) {
            return self.later(place, rows, size as u64, view);
        }
        let html = diff::html(hunks, language, most, &mut self.code).marked(self.tool_words);
        self.content(html, place, (rows > most).then_some((rows, size)), view)
    }

    /// The text of a body, and whether it is too large to be read for a closed fold at all.
    pub(super) fn text(&self, body: &Body, place: Place) -> Result<String, Unread> {
        if place.folded && !self.whole && body.size() > 512 * 1024 {
            return Err(Unread::Large);
        }
        body.text().map_err(|_| Unread::Damaged)
    }

    /// What stands for a body whose text was not read.
    pub(super) fn unread(&self, why: Unread, body: &Body, place: Place) -> Content {
        match why {
            Unread::Large => self.later(place, 0, body.size(), ""),
            Unread::Damaged => Content {
                id: id(place, ""),
                html: Html::text("The archive cannot read this part: its stored bytes are damaged."),
                more: None,
            },
        }
    }

    fn clip<'t>(&self, text: &'t str) -> clip::Clip<'t> {
        if self.whole { clip::to(text, usize::MAX, usize::MAX) } else { clip::clip(text) }
    }

    fn afford(&mut self, bytes: usize, place: Place) -> bool {
        if !place.folded || self.whole {
            return true;
        }
        let enough = bytes <= FOLDED_EACH && bytes <= self.folded;
        if enough {
            self.folded -= bytes;
        }
        enough
    }

    fn content(&self, html: Html, place: Place, cut: Option<(usize, usize)>, view: &str) -> Content {
        let more = cut.map(|(lines, size)| More {
            href: self.href(place, view),
            label: if lines > 1 {
                format!("Show all {} lines", format::count(lines as u64))
            } else {
                "Show all".to_owned()
            },
            size: format::bytes(size as u64),
            eager: false,
        });
        Content { id: id(place, view), html, more }
    }

    fn later(&self, place: Place, lines: usize, size: u64, view: &str) -> Content {
        let label =
            if lines > 0 { format!("Show {}", format::plural(lines as u64, "line")) } else { "Show".to_owned() };
        let more = More { href: self.href(place, view), label, size: format::bytes(size), eager: true };
        Content { id: id(place, view), html: Html::default(), more: Some(more) }
    }

    fn href(&self, place: Place, view: &str) -> String {
        let href = self.links.part(place.seq, place.index);
        if view.is_empty() { href } else { format!("{href}?view={view}") }
    }
}

/// Why a body's text is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is large and nobody looks at it yet.
    Large,
    /// Its stored bytes cannot be decompressed.
    Damaged,
}

fn id(place: Place, view: &str) -> String {
    let gap = if view.is_empty() { "" } else { "-" };
    format!("p-{}-{}{gap}{view}", place.seq, place.index)
}
