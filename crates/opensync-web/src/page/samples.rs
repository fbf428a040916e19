//! Every page in every state, to look at and to test.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::progress::Progress;

use super::empty::EmptyPage;
use super::error::ErrorPage;
use super::ledger_show;
use super::palette_show;
use super::session_bulk;
use super::session_delete::SessionDeletePage;
use super::session_export;
use super::session_list::SessionListPage;
use super::session_show;
use super::settings_show;
use super::share_review;
use super::shell::{ImportStrip, Nav, Shell};
use super::view_list::ViewListPage;

/// The moment all samples are made at: 23 November 2026, 09:52 UTC.
const NOW: i64 = 1_795_427_520_000;

/// A shell without a theme and without an import, in UTC.
pub fn shell() -> Shell {
    Shell {
        theme: None,
        page: Nav::Sessions,
        progress: None,
        mark: "1-0".to_owned(),
        now: Timestamp::from_millisecond(NOW).unwrap_or_default(),
        zone: TimeZone::UTC,
        undo: crate::page::undo::UndoNotice::default(),
    }
}

/// An import that is under way.
pub fn progress() -> Progress {
    Progress {
        running: true,
        files_done: 1204,
        files_total: 2000,
        bytes_done: 640_000_000,
        bytes_total: 1_020_000_000,
        sessions: 1130,
        problems: 0,
        elapsed_ms: 2050,
        error: None,
    }
}

/// Names and HTML of all samples.
pub fn all(shell: &Shell) -> askama::Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    for (name, page) in SessionListPage::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in session_show::samples::samples() {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in settings_show::samples::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in ledger_show::samples::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in EmptyPage::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in session_bulk::samples::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in session_export::samples::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in SessionDeletePage::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in share_review::samples::reviews(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, html) in share_review::samples::publics(shell) {
        pages.push((name.to_owned(), html?));
    }
    for (name, page) in ViewListPage::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in palette_show::samples::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, page) in ErrorPage::samples(shell) {
        pages.push((name.to_owned(), page.render()?));
    }
    for (name, progress) in [
        ("sessions-importing", progress()),
        (
            "sessions-import-failed",
            Progress { running: false, error: Some("the disk is full".to_owned()), problems: 3, ..progress() },
        ),
    ] {
        let shell = Shell { progress: Some(progress), ..shell.clone() };
        if let Some((_, page)) = SessionListPage::samples(&shell).into_iter().next() {
            pages.push((name.to_owned(), page.render()?));
        }
    }
    Ok(pages)
}

/// The answers that are parts of pages.
pub fn fragments(shell: &Shell) -> askama::Result<Vec<(String, String)>> {
    let mut fragments = vec![
        ("import-running".to_owned(), ImportStrip::new(Some(progress())).render()?),
        ("import-done".to_owned(), ImportStrip::new(Some(Progress { running: false, ..progress() })).render()?),
        ("error-notice".to_owned(), ErrorPage::failed(shell.clone(), "/sessions").as_notice().render()?),
    ];
    for (name, page) in SessionListPage::samples(shell) {
        fragments.push((format!("{name}-results"), page.as_results().render()?));
        fragments.push((format!("{name}-rows"), page.as_rows().render()?));
    }
    for (name, page) in palette_show::samples::samples(shell) {
        fragments.push((format!("{name}-found"), page.as_found().render()?));
    }
    for (name, page) in session_show::samples::samples() {
        fragments.push((format!("{name}-panel"), page.as_panel().render()?));
    }
    for (name, page) in session_bulk::samples::samples(shell) {
        fragments.push((format!("{name}-body"), page.as_body().render()?));
    }
    for (name, page) in session_export::samples::samples(shell) {
        fragments.push((format!("{name}-body"), page.as_body().render()?));
    }
    for (name, page) in EmptyPage::samples(shell) {
        fragments.push((format!("{name}-results"), page.as_results().render()?));
    }
    Ok(fragments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets;

    #[test]
    fn every_page_is_whole_and_needs_nothing_the_content_policy_forbids() {
        for (name, html) in all(&shell()).unwrap() {
            assert!(html.trim_start().starts_with("<!doctype html>"), "{name}");
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            forbids_nothing(&name, &html);
        }
    }

    #[test]
    fn every_fragment_is_a_part_of_a_page() {
        for (name, html) in fragments(&shell()).unwrap() {
            assert!(!html.contains("<html"), "{name}");
            assert!(html.contains('<') || name.starts_with("no-results"), "{name} is empty");
            forbids_nothing(&name, &html);
        }
    }

    fn forbids_nothing(name: &str, html: &str) {
        for part in [" style=\"", "<style", "<script>", " onclick=\"", " hx-on", "\"js:", "=\"javascript:"] {
            assert!(!html.contains(part), "{part} in {name}");
        }
    }

    #[test]
    fn every_icon_on_a_page_is_drawn() {
        let icons = assets::lookup(assets::asset("icons.svg")).unwrap().bytes;
        let icons = std::str::from_utf8(icons).unwrap();
        for (name, html) in all(&shell()).unwrap() {
            for icon in html.split(".svg#i-").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(icons.contains(&format!("id=\"i-{icon}\"")), "{icon} in {name}");
            }
        }
    }

    #[test]
    fn ids_are_given_once() {
        for (name, html) in all(&shell()).unwrap() {
            let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let given = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), given, "{name}");
        }
    }
}
