//! The palette: sessions, saved views, projects and commands, found by their words.

use askama::Template;
use opensync_core::Session;
use opensync_core::filter::{Filter, ListQuery};
use opensync_core::search::{Term, matches};
use opensync_core::session::FacetValue;
use opensync_store::SavedView;

use crate::format;
use crate::page::marked::Marked;
use crate::page::session_list::{Density, glyph, list_href, list_query, with_query};
use crate::page::shell::Shell;

mod commands;
pub mod samples;
#[cfg(test)]
mod tests;

use commands::Command;

/// How many sessions are shown for words, and without any.
pub const SESSIONS: [u64; 2] = [8, 5];
/// The most views and projects shown.
const MOST: usize = 6;

/// The palette as a page; `as_found()` is what was found alone, for the dialog.
#[derive(Debug, Template)]
#[template(path = "palette_show.html")]
pub struct PaletteShowPage {
    shell: Shell,
    asked: Asked,
    groups: Vec<Group>,
    count: usize,
}

/// What was found, as the options of a list box.
#[derive(Debug, Template)]
#[template(path = "palette_found.html")]
pub struct PaletteFound<'a> {
    page: &'a PaletteShowPage,
}

/// What the palette was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What was typed.
    pub text: String,
    /// The same, read.
    pub filter: Filter,
    /// What is wrong with it.
    pub complaints: Vec<String>,
    /// The list that is open below.
    pub list: ListQuery,
    /// How that shows its rows.
    pub density: Density,
}

/// What the archive has for it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The first sessions.
    pub sessions: &'a [Session],
    /// How many there are.
    pub matching: u64,
    /// All projects.
    pub projects: &'a [FacetValue],
    /// All saved views.
    pub views: &'a [SavedView],
}

#[derive(Debug)]
struct Group {
    name: &'static str,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    /// Its place in the palette.
    number: usize,
    icon: Icon,
    label: Marked,
    note: String,
    act: Act,
}

#[derive(Debug, Clone)]
enum Icon {
    Plain(&'static str),
    /// A source: id and drawing.
    Source(String, &'static str),
}

/// What an item does.
#[derive(Debug, Clone)]
enum Act {
    /// Leads to an address.
    Go(String),
    /// Sends a form without fields.
    Send(&'static str),
    /// Something only a script can do.
    Script(&'static str),
}

impl Asked {
    /// Whether it is nothing but words, all of them wanted: then names can be compared with it.
    fn is_words(&self) -> bool {
        let words = Filter { words: self.filter.words.clone(), ..Filter::default() };
        self.filter == words && !self.filter.words.iter().any(opensync_core::filter::Word::is_excluded)
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl PaletteShowPage {
    /// A page of what was `found` for what was `asked`.
    pub fn new(shell: Shell, asked: Asked, found: Found<'_>) -> Self {
        let terms = asked.filter.terms();
        let mut page = Self { shell, groups: Vec::new(), count: 0, asked };
        if page.asked.is_empty() {
            page.sessions(&found, &terms);
            page.views(&found, &terms);
            page.commands(&terms);
        } else {
            if page.asked.is_words() && !terms.is_empty() {
                page.views(&found, &terms);
                page.commands(&terms);
                page.projects(&found, &terms);
            }
            if page.asked.filter.is_active() {
                page.sessions(&found, &terms);
            }
        }
        page
    }

    /// What was found, without the page around it.
    pub fn as_found(&self) -> PaletteFound<'_> {
        PaletteFound { page: self }
    }

    fn push(&mut self, name: &'static str, items: Vec<(Icon, Marked, String, Act)>) {
        if items.is_empty() {
            return;
        }
        let first = self.count;
        self.count += items.len();
        let item = |(at, (icon, label, note, act))| Item { number: first + at, icon, label, note, act };
        self.groups.push(Group { name, items: items.into_iter().enumerate().map(item).collect() });
    }

    fn sessions(&mut self, found: &Found<'_>, terms: &[Term]) {
        let key = self.asked.list.first_page().to_query();
        let item = |session: &Session| {
            let age = format::ago(session.created_at, self.shell.now, &self.shell.zone);
            let note = session.project_name.as_ref().map_or(age.clone(), |project| format!("{project} · {age}"));
            let href = with_query(&format!("/sessions/{}", session.id), &key);
            let icon = Icon::Source(session.source.clone(), glyph(&session.source));
            (icon, Marked::new(&session.title, terms), note, Act::Go(href))
        };
        let mut items: Vec<_> = found.sessions.iter().map(item).collect();
        if !self.asked.is_empty() && found.matching > found.sessions.len() as u64 {
            let label = format!("Show all {} that match", format::plural(found.matching, "session"));
            let href = list_href(&ListQuery { filter: self.asked.filter.clone(), ..ListQuery::default() });
            items.push((Icon::Plain("filter"), Marked::new(&label, &[]), String::new(), Act::Go(href)));
        }
        self.push(if self.asked.is_empty() { "Newest sessions" } else { "Sessions" }, items);
    }

    fn views(&mut self, found: &Found<'_>, terms: &[Term]) {
        let views = found.views.iter().filter(|view| matches(view.name.as_str(), terms)).take(MOST);
        let items = views.map(|view| {
            let label = Marked::new(view.name.as_str(), terms);
            let href = list_href(&list_query(&view.query).first_page());
            (Icon::Plain("bookmark"), label, String::new(), Act::Go(href))
        });
        self.push("Saved views", items.collect());
    }

    fn projects(&mut self, found: &Found<'_>, terms: &[Term]) {
        let projects = found.projects.iter().filter(|project| matches(&project.value, terms)).take(MOST);
        let items = projects.map(|project| {
            let filter = Filter { projects: vec![project.value.clone()], ..Filter::default() };
            let href = list_href(&ListQuery { filter, ..ListQuery::default() });
            let note = format::plural(project.count, "session");
            (Icon::Plain("folder"), Marked::new(&project.value, terms), note, Act::Go(href))
        });
        self.push("Projects", items.collect());
    }

    fn commands(&mut self, terms: &[Term]) {
        let all = Command::all(&self.asked, self.shell.theme);
        let items = all.into_iter().filter(|command| command.is_meant(terms)).map(|command| {
            (Icon::Plain(command.icon), Marked::new(&command.label, terms), command.key.to_owned(), command.act)
        });
        self.push("Commands", items.collect());
    }

    /// What is said aloud about it.
    fn said(&self) -> String {
        match self.count {
            0 => "Nothing matches".to_owned(),
            count => format::plural(count as u64, "result"),
        }
    }

    fn list_key(&self) -> String {
        self.asked.list.first_page().to_query()
    }
}
