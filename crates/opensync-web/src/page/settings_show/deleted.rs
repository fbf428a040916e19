//! Deleted sessions in the settings: which there are, and the way to let one come back.

use askama::Template;
use opensync_store::TombstonePage;

use super::Moment;
use crate::format;
use crate::page::session_list::glyph;
use crate::page::shell::Shell;
use crate::render::terminal;

/// So many are listed at once.
pub const LISTED: u64 = 50;

/// The section of deleted sessions.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "settings_show/deleted.html")]
pub struct Deleted {
    total: u64,
    rows: Vec<Row>,
    /// The address of those that follow.
    more: Option<String>,
    /// It was asked whether all may come back.
    asks: bool,
    /// What was just done.
    said: Option<String>,
}

#[derive(Debug, Clone)]
struct Row {
    source: String,
    source_name: String,
    glyph: &'static str,
    external_id: String,
    deleted: Moment,
}

impl Deleted {
    /// Those after the first `skip`.
    pub fn new(page: &TombstonePage, skip: u64, shell: &Shell) -> Self {
        let row = |tombstone: &opensync_store::Tombstone| Row {
            source: tombstone.source.clone(),
            source_name: opensync_sources::name(&tombstone.source).to_owned(),
            glyph: glyph(&tombstone.source),
            external_id: tombstone.external_id.clone(),
            deleted: Moment::new(tombstone.deleted_at, shell),
        };
        let end = skip + page.tombstones.len() as u64;
        Self {
            total: page.total,
            rows: page.tombstones.iter().map(row).collect(),
            more: (end < page.total).then(|| format!("/settings?deleted={end}#deleted")),
            asks: false,
            said: None,
        }
    }

    /// The same with the question whether all may come back.
    #[must_use]
    pub fn asking(mut self) -> Self {
        self.asks = self.total > 0;
        self
    }

    /// The same with what was just done.
    #[must_use]
    pub fn saying(mut self, said: Option<String>) -> Self {
        self.said = said;
        self
    }

    fn count(&self) -> String {
        format::plural(self.total, "session")
    }

    fn plain(text: &str) -> String {
        terminal::plain(text)
    }
}
