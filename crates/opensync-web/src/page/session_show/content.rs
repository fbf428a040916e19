//! Text of parts, cut to what a page can hold.
//!
//! A window of a hundred messages can have megabytes of tool output, nearly all of it inside closed
//! folds. What a reader sees at once is sent at once; what is folded is sent as long as it is small,
//! and otherwise fetched when its fold is opened. A part that is asked for whole comes in pieces.

use opensync_core::Body;
use opensync_core::search::Term;

use super::find::{Now, Tally};
use super::links::Links;
use super::view::{Content, More, Pager};
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
/// Lines and bytes of anything else.
const CUT: (usize, usize) = (clip::LINES, clip::BYTES);

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
    /// Nothing is cut: this piece of one part alone.
    whole: Option<usize>,
    /// The mark that is read.
    now: Option<&'a Now>,
    /// Marks are counted and nothing is kept.
    tally: Option<Tally>,
}

/// How a text becomes markup, and which of the words are marked in it.
struct Draw<'d> {
    most: (usize, usize),
    terms: &'d [Term],
    json: bool,
    /// Of what stands before a piece, and the piece.
    html: &'d dyn Fn(&str, &str, &mut Budget) -> Html,
}

impl<'a> Contents<'a> {
    /// For a window of messages.
    pub(super) fn of_window(links: &'a Links, words: &'a [Term], in_tools: bool, now: Option<&'a Now>) -> Self {
        let tool_words = if in_tools { words } else { &[] };
        Self { code: Budget::default(), folded: FOLDED, words, tool_words, now, ..Self::plain(links) }
    }

    /// For one part alone: a piece of it, or what a window shows of it.
    pub(super) fn of_part(links: &'a Links, words: &'a [Term], in_tools: bool, piece: Option<usize>) -> Self {
        let tool_words = if in_tools { words } else { &[] };
        Self { code: Budget::of_part(), words, tool_words, whole: piece, ..Self::plain(links) }
    }

    /// For counting marks.
    pub(super) fn counting(links: &'a Links, words: &'a [Term], tally: Tally) -> Self {
        Self { code: Budget::none(), words, tool_words: words, tally: Some(tally), ..Self::plain(links) }
    }

    fn plain(links: &'a Links) -> Self {
        let folded = usize::MAX;
        Self { links, code: Budget::none(), folded, words: &[], tool_words: &[], whole: None, now: None, tally: None }
    }

    /// A message's text.
    pub(super) fn prose(&mut self, text: &str, breaks: Breaks, place: Place) -> Content {
        let html = |_: &str, text: &str, code: &mut Budget| markdown(text, breaks, code);
        self.draw(text, place, "", &Draw { most: PROSE, terms: self.words, json: false, html: &html })
    }

    /// What a tool printed.
    pub(super) fn output(&mut self, text: &str, place: Place) -> Content {
        let html = |before: &str, text: &str, _: &mut Budget| terminal::terminal_after(before, text);
        self.draw(text, place, "", &Draw { most: CUT, terms: self.tool_words, json: false, html: &html })
    }

    /// Code or JSON; `view` names it in the address when the part has another view as well.
    pub(super) fn code(&mut self, text: &str, language: &str, place: Place, view: &str) -> Content {
        let text = terminal::plain(text);
        let html = |_: &str, text: &str, code: &mut Budget| highlight::code(text, language, code);
        let json = language == "json";
        self.draw(&text, place, view, &Draw { most: CUT, terms: self.tool_words, json, html: &html })
    }

    /// The changes of one file; `view` names it when its call changed several.
    pub(super) fn diff(&mut self, hunks: &[Hunk], language: &str, place: Place, view: &str) -> Content {
        let rows = hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>();
        let size = |hunks: &[Hunk]| hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| line.text.len() + 1).sum();
        let terms = self.tool_words;
        if let Some(tally) = &mut self.tally {
            for number in 0..rows.div_ceil(clip::PIECE_LINES) {
                let some = diff::some_lines(hunks, number * clip::PIECE_LINES, clip::PIECE_LINES);
                let html = diff::html(&some, language, usize::MAX, &mut self.code).marked(terms);
                tally.add(place, view, number, html.marks());
            }
            return Content::default();
        }
        let piece = self.piece(place, view);
        let (from, most) = piece.map_or((0, clip::LINES), |number| (number * clip::PIECE_LINES, clip::PIECE_LINES));
        let some = diff::some_lines(hunks, from, most);
        if piece.is_none() && !self.afford(size(&some), place) {
            return self.later(place, rows, size(hunks), view);
        }
        self.code.was_refused();
        let html = diff::html(&some, language, usize::MAX, &mut self.code).marked(terms);
        let colours = self.coloured_later(place, view);
        let shown = some.iter().map(|hunk| hunk.lines.len()).sum::<usize>();
        let pager = piece.filter(|_| shown < rows).map(|number| {
            let about = (from + 1, from + shown, rows, size(hunks));
            self.pager(place, view, (number, from + shown < rows), about)
        });
        let cut = (piece.is_none() && rows > most).then(|| (rows, size(hunks)));
        Content { pager: pager.map(Box::new), colours, ..self.content(html, place, cut, view) }
    }

    /// Where a part is with colours, when there was no time for them.
    fn coloured_later(&mut self, place: Place, view: &str) -> Option<String> {
        let plain = self.code.was_refused() && self.folded != usize::MAX;
        plain.then(|| self.links.part_cut(place.seq, place.index, view))
    }

    /// Short texts that stand in one place, such as the head of a call.
    pub(super) fn texts(&mut self, texts: &[&str], place: Place, view: &str) -> Vec<Html> {
        let now = self.now_at(place, view);
        let mut count = 0;
        let mark = |text: &&str| {
            let html = Html::text(text).marked(self.tool_words);
            let before = count;
            count += html.marks();
            match now.filter(|n| (before..count).contains(n)) {
                Some(n) => html.with_now(n - before),
                None => html,
            }
        };
        let marked = texts.iter().map(mark).collect();
        if let Some(tally) = &mut self.tally {
            tally.add(place, view, 0, count);
        }
        marked
    }

    /// The text of a body, and whether it is too large to be read for a closed fold at all.
    pub(super) fn text(&self, body: &Body, place: Place) -> Result<String, Unread> {
        let wanted = self.whole.is_some() || self.tally.is_some() || self.is_now(place);
        if place.folded && !wanted && body.size() > 512 * 1024 {
            return Err(Unread::Large);
        }
        body.text().map_err(|_| Unread::Damaged)
    }

    /// What stands for a body whose text was not read.
    pub(super) fn unread(&self, why: Unread, body: &Body, place: Place) -> Content {
        match why {
            Unread::Large => self.later(place, 0, usize::try_from(body.size()).unwrap_or(usize::MAX), ""),
            Unread::Damaged => Content {
                id: self.id(place, ""),
                html: Html::text("The archive cannot read this part: its stored bytes are damaged."),
                ..Content::default()
            },
        }
    }

    /// Whether the mark that is read is in this part.
    pub(super) fn is_now(&self, place: Place) -> bool {
        self.now.is_some_and(|now| now.seq == place.seq && now.index == place.index)
    }

    /// Whether it is in this message.
    pub(super) fn is_now_at(&self, seq: u64) -> bool {
        self.now.is_some_and(|now| now.seq == seq)
    }

    /// Whether it is in this view of the part.
    pub(super) fn is_now_in(&self, place: Place, view: &str) -> bool {
        self.now_at(place, view).is_some()
    }

    /// The `id` of the element that shows a view of a part.
    pub(super) fn id(&self, place: Place, view: &str) -> String {
        self.links.id(place.seq, place.index, view)
    }

    /// The marks counted so far, when they are counted.
    pub(super) fn tally(&mut self) -> Option<&mut Tally> {
        self.tally.as_mut()
    }

    pub(super) fn into_tally(self) -> Option<Tally> {
        self.tally
    }

    fn now_at(&self, place: Place, view: &str) -> Option<usize> {
        self.now.filter(|now| now.view == view && self.is_now(place)).map(|now| now.n)
    }

    /// Which piece of a text that is not cut is shown.
    fn piece(&self, place: Place, view: &str) -> Option<usize> {
        self.whole.or(self.now_at(place, view).and(self.now).map(|now| now.piece))
    }

    fn draw(&mut self, text: &str, place: Place, view: &str, draw: &Draw<'_>) -> Content {
        let mark = |html: Html| if draw.json { html.marked_json(draw.terms) } else { html.marked(draw.terms) };
        if let Some(tally) = &mut self.tally {
            for piece in clip::pieces(text) {
                if tally.passes(piece.text) {
                    let html = mark((draw.html)(piece.before, piece.text, &mut self.code));
                    tally.add(place, view, piece.number, html.marks());
                }
            }
            return Content::default();
        }
        if let Some(wanted) = self.piece(place, view) {
            let mut pieces = clip::pieces(text);
            let Some(piece) = pieces.find(|piece| piece.number == wanted || !piece.more) else {
                return self.content(Html::default(), place, None, view);
            };
            let html = mark((draw.html)(piece.before, piece.text, &mut self.code));
            let pager = (piece.more || piece.number > 0).then(|| {
                let until = piece.line + clip::count(piece.text).max(1) - 1;
                let about = (piece.line, until, clip::count(text), text.len());
                self.pager(place, view, (piece.number, piece.more), about)
            });
            return Content { pager: pager.map(Box::new), ..self.content(html, place, None, view) };
        }
        let clip = clip::to(text, draw.most.0, draw.most.1);
        if !self.afford(clip.shown.len(), place) {
            return self.later(place, clip.lines, text.len(), view);
        }
        self.code.was_refused();
        let html = mark((draw.html)("", clip.shown, &mut self.code));
        let colours = self.coloured_later(place, view);
        let cut = clip.cut.then_some((clip.lines, text.len()));
        Content { colours, ..self.content(html, place, cut, view) }
    }

    fn afford(&mut self, bytes: usize, place: Place) -> bool {
        if !place.folded || self.is_now(place) {
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
            href: self.links.part(place.seq, place.index, view, 0),
            label: if lines > 1 {
                format!("Show all {} lines", format::count(lines as u64))
            } else {
                "Show all".to_owned()
            },
            size: format::bytes(size as u64),
            eager: false,
        });
        let html = match self.now_at(place, view) {
            Some(n) => html.with_now(n),
            None => html,
        };
        Content { id: self.id(place, view), html, more, ..Content::default() }
    }

    fn later(&self, place: Place, lines: usize, size: usize, view: &str) -> Content {
        let label =
            if lines > 0 { format!("Show {}", format::plural(lines as u64, "line")) } else { "Show".to_owned() };
        let href = self.links.part(place.seq, place.index, view, 0);
        let more = More { href, label, size: format::bytes(size as u64), eager: true };
        Content { id: self.id(place, view), more: Some(more), ..Content::default() }
    }

    /// `about` is the first and last line of a piece, how many there are, and their bytes.
    fn pager(
        &self,
        place: Place,
        view: &str,
        (number, more): (usize, bool),
        about: (usize, usize, usize, usize),
    ) -> Pager {
        let (from, until, lines, size) = about;
        let count = |number: usize| format::count(number as u64);
        let href = |number: usize| self.links.part(place.seq, place.index, view, number);
        Pager {
            about: format!("Lines {} to {} of {}", count(from), count(until), count(lines)),
            size: format::bytes(size as u64),
            number,
            earlier: number.checked_sub(1).map(href),
            later: more.then(|| href(number + 1)),
        }
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
