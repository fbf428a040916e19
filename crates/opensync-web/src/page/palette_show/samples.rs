//! Palettes to look at and to test with.

use opensync_core::filter::{Filter, ListQuery};
use opensync_core::session::Facets;

use super::{Asked, Found, PaletteShowPage};
use crate::page::session_list::samples::{facets, sessions};
use crate::page::shell::Shell;
use crate::page::view_list::sample_views;

/// What somebody typed over a list.
pub fn asked(text: &str, list: &str) -> Asked {
    let (filter, complaints) = Filter::parse_text(text);
    let complaints = complaints.into_iter().map(|complaint| complaint.text).collect();
    Asked { text: text.to_owned(), filter, complaints, list: ListQuery::parse(list), ..Asked::default() }
}

/// A palette over the sample sessions, of which so many are shown.
pub fn palette(shell: &Shell, asked: Asked, shown: usize) -> PaletteShowPage {
    let sessions = sessions(shell.now.as_millisecond());
    let Facets { projects, .. } = facets();
    let sessions = sessions.get(..shown).unwrap_or(&sessions);
    let matching = shown as u64 * 16;
    PaletteShowPage::new(
        shell.clone(),
        asked,
        Found { sessions, matching, projects: &projects, views: &sample_views() },
    )
}

/// One for each thing that can be seen.
pub fn samples(shell: &Shell) -> Vec<(&'static str, PaletteShowPage)> {
    vec![
        ("palette", palette(shell, asked("", "source=pi"), 5)),
        ("palette-words", palette(shell, asked("l", ""), 8)),
        ("palette-nothing", palette(shell, asked("zzz", ""), 0)),
        ("palette-mistake", palette(shell, asked("cost:x", ""), 0)),
    ]
}
