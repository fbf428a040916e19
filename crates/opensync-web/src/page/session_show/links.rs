//! The addresses a session's page uses.

use opensync_core::SessionId;

use crate::render::html::percent;
use crate::render::terminal;

/// Makes the addresses of one session. Pages keep the filters of the list they were opened from;
/// fragments and permalinks do not need them.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    base: String,
    list: String,
}

impl Links {
    /// `list` is the canonical query of the list, without a question mark; it may be empty.
    pub(crate) fn new(id: &SessionId, list: &str) -> Self {
        Self { base: format!("/sessions/{}", percent(id.as_str())), list: list.to_owned() }
    }

    /// Of the copy behind a public link.
    pub(super) fn public(slug: &str) -> Self {
        Self { base: format!("/s/{}", percent(slug)), list: String::new() }
    }

    /// The list.
    pub(super) fn list(&self) -> String {
        with_query("/sessions", &self.list, "")
    }

    /// The page of this session.
    pub(crate) fn page(&self) -> String {
        with_query(&self.base, &self.list, "")
    }

    /// The page of another session.
    pub(crate) fn other(&self, id: &SessionId) -> String {
        Self::new(id, &self.list).page()
    }

    /// The page, opened at a message.
    pub(crate) fn at(&self, external_id: &str) -> String {
        let message = format!("m={}", percent(external_id));
        format!("{}#{}", with_query(&self.base, &self.list, &message), percent(&anchor(external_id)))
    }

    /// The messages before or after a place: the page that starts there, and the same as a fragment.
    pub(super) fn window(&self, edge: &str, seq: u64) -> (String, String) {
        let place = format!("{edge}={seq}");
        let fragment = format!("{}/messages", self.base);
        (with_query(&self.base, &self.list, &place), with_query(&fragment, &self.list, &place))
    }

    /// The ledger, beginning with a row.
    pub(crate) fn ledger(&self, row: u64) -> String {
        let row = if row > 1 { format!("row={row}") } else { String::new() };
        with_query(&format!("{}/ledger", self.base), &self.list, &row)
    }

    /// One part, shown whole.
    pub(super) fn part(&self, seq: u64, index: usize) -> String {
        format!("{}/parts/{seq}/{index}", self.base)
    }

    /// The bytes of an image.
    pub(super) fn image(&self, seq: u64, index: usize) -> String {
        format!("{}/image", self.part(seq, index))
    }
}

fn with_query(path: &str, list: &str, own: &str) -> String {
    let gap = if list.is_empty() || own.is_empty() { "" } else { "&" };
    if list.is_empty() && own.is_empty() { path.to_owned() } else { format!("{path}?{list}{gap}{own}") }
}

/// The `id` of a message's element.
pub(super) fn anchor(external_id: &str) -> String {
    format!("m-{}", terminal::plain(external_id))
}
