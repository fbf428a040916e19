//! The addresses a session's page uses.

use opensync_core::SessionId;

use crate::render::html::percent;
use crate::render::terminal;

/// Makes the addresses of one session. Pages keep the filters of the list they were opened from;
/// fragments and permalinks do not need them.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    id: String,
    base: String,
    list: String,
    /// What is asked for of this session: a view, words to find.
    own: String,
    /// What says which words are marked.
    marks: String,
    /// What the names of its elements begin with.
    prefix: String,
}

impl Links {
    /// `list` is the canonical query of the list, without a question mark; it may be empty.
    pub(crate) fn new(id: &SessionId, list: &str) -> Self {
        let id = percent(id.as_str());
        let searched = list.split('&').any(|field| field.starts_with("q="));
        Self {
            base: format!("/sessions/{id}"),
            id,
            list: list.to_owned(),
            own: String::new(),
            prefix: String::new(),
            marks: if searched { list.to_owned() } else { String::new() },
        }
    }

    /// The same for one way to read it.
    pub(crate) fn read_as(self, reading: &Reading) -> Self {
        let own = reading.to_query();
        let find = Reading { find: reading.find.clone(), ..Reading::default() }.to_query();
        let marks = if find.is_empty() { self.marks } else { find };
        // Two sessions in one page must not share the names of their parts.
        let prefix =
            if reading.is_inside { format!("{}-", self.base.trim_start_matches("/sessions/")) } else { String::new() };
        Self { own, marks, prefix, ..self }
    }

    /// The page, read in another way.
    pub(super) fn reading(&self, reading: &Reading) -> String {
        with_query(&self.base, &self.list, &reading.to_query())
    }

    /// The page at a mark, by number.
    pub(super) fn hit(&self, number: usize) -> String {
        format!("{}#hit", with_query(&self.base, &self.list, &joined(&self.own, &format!("hit={number}"))))
    }

    /// The page at a place.
    pub(super) fn place(&self, seq: u64) -> String {
        with_query(&self.base, &self.list, &joined(&self.own, &format!("at={seq}")))
    }

    /// The page with changes side by side, or in one column.
    pub(super) fn diff(&self, split: bool) -> String {
        let diff = if split { "diff=split" } else { "diff=one" };
        with_query(&self.base, &self.list, &joined(&self.own, diff))
    }

    /// The messages of another session, to be read inside this one.
    pub(super) fn inside(id: &SessionId) -> String {
        format!("{}/messages?inside", Self::new(id, "").base)
    }

    /// The address a form sends to, and the fields of the list it keeps.
    pub(super) fn form(&self) -> (&str, Vec<(String, String)>) {
        (&self.base, form_urlencoded::parse(self.list.as_bytes()).into_owned().collect())
    }

    /// Of the copy behind a public link.
    pub(super) fn public(slug: &str) -> Self {
        let id = percent(slug);
        Self {
            base: format!("/s/{id}"),
            id,
            list: String::new(),
            own: String::new(),
            marks: String::new(),
            prefix: String::new(),
        }
    }

    /// The list.
    pub(super) fn list(&self) -> String {
        with_query("/sessions", &self.list, "")
    }

    /// The page of this session.
    pub(crate) fn page(&self) -> String {
        with_query(&self.base, &self.list, &self.own)
    }

    /// The page of another session.
    pub(crate) fn other(&self, id: &SessionId) -> String {
        Self::new(id, &self.list).page()
    }

    /// The page, opened at a message.
    pub(crate) fn at(&self, external_id: &str) -> String {
        let message = format!("m={}", percent(external_id));
        format!(
            "{}#{}",
            with_query(&self.base, &self.list, &joined(&self.own, &message)),
            percent(&anchor(external_id))
        )
    }

    /// The messages before or after a place: the page that starts there, and the same as a fragment.
    pub(super) fn window(&self, edge: &str, seq: u64) -> (String, String) {
        let place = joined(&self.own, &format!("{edge}={seq}"));
        let fragment = format!("{}/messages", self.base);
        (with_query(&self.base, &self.list, &place), with_query(&fragment, &self.list, &place))
    }

    /// The ledger, beginning with a row.
    pub(crate) fn ledger(&self, row: u64) -> String {
        let row = if row > 1 { format!("row={row}") } else { String::new() };
        with_query(&format!("{}/ledger", self.base), &self.list, &row)
    }

    /// Where the title is changed.
    pub(super) fn title(&self) -> String {
        with_query(&format!("{}/title", self.base), &self.list, "")
    }

    /// Where labels are changed.
    pub(crate) fn labels(&self) -> String {
        with_query(&format!("{}/labels", self.base), &self.list, "")
    }

    /// Where a summary is written.
    pub(crate) fn summary(&self) -> String {
        with_query(&format!("{}/summary", self.base), &self.list, "")
    }

    /// The whole conversation as Markdown.
    pub(super) fn copied(&self) -> String {
        format!("/sessions/export?ids={}&format=markdown", self.id)
    }

    /// Where formats are chosen.
    pub(super) fn export(&self) -> String {
        format!("/sessions/export/new?ids={}", self.id)
    }

    /// Where it is made public.
    pub(super) fn share(&self) -> String {
        format!("{}/share", self.base)
    }

    /// Whether who reads may change the session from here.
    pub(super) fn is_own(&self) -> bool {
        self.base.starts_with("/sessions/") && self.prefix.is_empty()
    }

    /// Where it is asked whether to delete the session.
    pub(super) fn delete(&self) -> String {
        with_query(&format!("{}/delete", self.base), &self.list, "")
    }

    /// A piece of one part, from 0.
    pub(super) fn part(&self, seq: u64, index: usize, view: &str, piece: usize) -> String {
        let piece = if piece > 0 { format!("piece={piece}") } else { String::new() };
        self.part_with(seq, index, view, &piece)
    }

    /// What a window of messages shows of one part.
    pub(super) fn part_cut(&self, seq: u64, index: usize, view: &str) -> String {
        self.part_with(seq, index, view, "cut")
    }

    /// The text of one part.
    pub(super) fn part_raw(&self, seq: u64, index: usize) -> String {
        format!("{}/parts/{seq}/{index}?raw", self.base)
    }

    /// The `id` of the element that shows a view of a part.
    pub(super) fn id(&self, seq: u64, index: usize, view: &str) -> String {
        let gap = if view.is_empty() { "" } else { "-" };
        format!("{}p-{seq}-{index}{gap}{view}", self.prefix)
    }

    fn part_with(&self, seq: u64, index: usize, view: &str, more: &str) -> String {
        let view = if view.is_empty() { String::new() } else { format!("view={view}") };
        let view = joined(&view, if self.prefix.is_empty() { "" } else { "inside" });
        with_query(&format!("{}/parts/{seq}/{index}", self.base), &self.marks, &joined(&view, more))
    }

    /// The bytes of an image.
    pub(super) fn image(&self, seq: u64, index: usize) -> String {
        format!("{}/parts/{seq}/{index}/image", self.base)
    }
}

/// How a session is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Prompts and final answers only.
    pub is_chat: bool,
    /// What is looked for in it; may be empty.
    pub find: String,
    /// Inside the conversation of another session, below the call that started it.
    pub is_inside: bool,
}

impl Reading {
    fn to_query(&self) -> String {
        let find = if self.find.is_empty() { String::new() } else { format!("find={}", percent(&self.find)) };
        let view = joined(if self.is_chat { "view=chat" } else { "" }, if self.is_inside { "inside" } else { "" });
        joined(&view, &find)
    }
}

fn joined(first: &str, second: &str) -> String {
    let gap = if first.is_empty() || second.is_empty() { "" } else { "&" };
    format!("{first}{gap}{second}")
}

fn with_query(path: &str, list: &str, own: &str) -> String {
    let gap = if list.is_empty() || own.is_empty() { "" } else { "&" };
    if list.is_empty() && own.is_empty() { path.to_owned() } else { format!("{path}?{list}{gap}{own}") }
}

/// The `id` of a message's element.
pub(super) fn anchor(external_id: &str) -> String {
    format!("m-{}", terminal::plain(external_id))
}
