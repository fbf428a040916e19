//! One session: its neighbours in the list, its conversation, and what is known about it.
//!
//! A page holds one window of messages, however long the session is. The server picks the window;
//! links at its edges, and a script that follows them while scrolling, bring the others.
//!
//! - [`SessionShowPage`] is the page; `as_panel()` is what the list opens beside itself and
//!   `as_messages()` one more window for a page that is open.
//! - [`PartPage`] is one part shown whole; `as_part()` replaces what was cut.
//!
//! Start reading at `session_show/conversation.rs`.

use std::sync::Arc;

use askama::Template;
use opensync_core::search::Term;
use opensync_core::{Session, StoredMessage};
use opensync_store::Outline;

use crate::format;
use crate::page::label_form::LabelForm;
use crate::page::session_list::{glyph, live_until};
use crate::page::shell::Shell;
use crate::page::summary_form::SummaryForm;
use crate::render::terminal;

mod calls;
mod content;
mod conversation;
mod find;
mod folds;
mod links;
mod messages;
mod part;
pub mod public;
mod results;
pub mod samples;
pub mod share;
mod sidebar;
mod strip;
#[cfg(test)]
mod tests;
mod tools;
mod view;

use calls::Scene;
use content::Contents;
pub use find::{Finder, Found, Now};
pub use folds::Folds;
pub(crate) use links::Links;
pub use links::Reading;
use messages::Reader;
pub use part::{PartPage, View, Wanted, raw};
use results::Results;
pub use share::ShareBox;
use sidebar::Sidebar;
use tools::Tools;
use view::{Block, Entry, Item, Row};

/// Some messages of a session, in order, and where the others are.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// The messages.
    pub messages: Vec<StoredMessage>,
    /// There are messages before this `seq`, and the page should offer them. `None` in a fragment
    /// that is added below what a page shows.
    pub before: Option<u64>,
    /// There are messages after this `seq`, and the page should offer them. `None` in a fragment
    /// that is added above what a page shows.
    pub after: Option<u64>,
    /// The message the page was opened at.
    pub at: Option<u64>,
    /// Words that were searched, to be marked.
    pub words: Vec<Term>,
    /// Whether they were searched in what tools did as well.
    pub in_tools: bool,
    /// The mark that is read.
    pub now: Option<Now>,
}

/// What stands around a session.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Its neighbours in the list it was opened from, itself included, in the list's order.
    pub rail: Vec<Session>,
    /// How many sessions that list has.
    pub total: u64,
    /// Sessions it started.
    pub sub_agents: Vec<Session>,
    /// The session it was forked from or started by.
    pub parent: Option<Session>,
    /// Its prompts, what it inherited, and its drawing on one line.
    pub outline: Arc<Outline>,
    /// How it is read.
    pub reading: Reading,
    /// What is open in it from the start.
    pub folds: Folds,
    /// What was found in it, and the number of the mark that is read; `None` when nothing was looked for.
    pub found: Option<(Found, usize)>,
    /// Its link.
    pub share: ShareBox,
}

/// The page of a session.
#[derive(Template)]
#[template(path = "session_show.html", blocks = ["panel", "messages", "head", "details"])]
pub struct SessionShowPage {
    shell: Shell,
    session: Session,
    links: Links,
    source_name: String,
    glyph: &'static str,
    rail: Vec<Neighbour>,
    rail_total: String,
    sidebar: Sidebar,
    entries: Vec<Entry>,
    earlier: Option<Edge>,
    later: Option<Edge>,
    tools: Tools,
    folds: Folds,
    live_until: Option<i64>,
    rename: Rename,
    labels: LabelForm,
    summary: SummaryForm,
    /// The command that goes on with it.
    resume: Option<String>,
    share: ShareBox,
}

/// The form that gives the session another title.
#[derive(Debug)]
struct Rename {
    typed: String,
    complaint: Option<String>,
}

/// The link at an end of the window.
#[derive(Debug)]
struct Edge {
    /// The page that goes on there.
    href: String,
    /// The same messages as a fragment.
    fragment: String,
    /// The nearest prompt beyond the edge.
    prompt: Option<(usize, String)>,
}

/// A session of the rail.
#[derive(Debug)]
struct Neighbour {
    href: String,
    source: String,
    source_name: String,
    glyph: &'static str,
    title: String,
    project: Option<String>,
    cost: (String, String),
    age: (String, String),
    created: String,
    created_at: i64,
    is_current: bool,
}

impl SessionShowPage {
    /// A page that shows `window` of `session`. `list` is the canonical query of the list it was
    /// opened from; it may be empty.
    pub fn new(shell: Shell, session: &Session, window: &Window, around: &Around, list: &str) -> Self {
        let session = printable(session);
        let sub_agents: Vec<Session> = around.sub_agents.iter().map(printable).collect();
        let parent = around.parent.as_ref().map(printable);
        let links = Links::new(&session.id, list).read_as(&around.reading);
        let sidebar = Sidebar::new(&session, parent.as_ref(), &sub_agents, &links, &shell);
        let origin = parent.as_ref().map(|parent| (links.other(&parent.id), parent.title.clone()));
        let mut reader = Reader {
            scene: Scene { session: &session, sub_agents: &sub_agents, links: &links, folds: around.folds },
            contents: Contents::of_window(&links, &window.words, window.in_tools, window.now.as_ref()),
            results: Results::of(&window.messages),
            prompts: &around.outline.prompts,
            zone: &shell.zone,
            cut_off: window.after.is_some(),
        };
        let entries = conversation::entries(&mut reader, &window.messages, origin.as_ref(), around.outline.inherited);
        let neighbour = |other: &Session| Neighbour::new(&printable(other), other.id == session.id, &links, &shell);
        Self {
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            rail: if around.rail.is_empty() {
                vec![neighbour(&session)]
            } else {
                around.rail.iter().map(neighbour).collect()
            },
            rail_total: format::plural(around.total.max(around.rail.len().max(1) as u64), "session"),
            sidebar,
            entries,
            earlier: window.before.map(|seq| Edge::new("before", seq, &around.outline.prompts, &links)),
            later: window.after.map(|seq| Edge::new("after", seq, &around.outline.prompts, &links)),
            tools: Tools::new(window, around, &links),
            folds: around.folds,
            live_until: live_until(&session, &shell),
            rename: Rename { typed: session.title.clone(), complaint: None },
            labels: LabelForm::new(&session, links.labels(), &shell),
            summary: SummaryForm::new(&session, links.summary()),
            resume: opensync_sources::resume(&session),
            share: around.share.clone(),
            links,
            session,
            shell,
        }
    }
}

impl SessionShowPage {
    /// Keeps a title that was typed, and says why it cannot be given.
    #[must_use]
    pub(crate) fn with_rename(mut self, typed: &str, complaint: String) -> Self {
        self.rename = Rename { typed: terminal::plain(typed), complaint: Some(complaint) };
        self
    }

    /// Shows labels as they were typed.
    #[must_use]
    pub(crate) fn with_labels(mut self, labels: LabelForm) -> Self {
        self.labels = labels;
        self
    }

    /// Shows what came of writing a summary.
    #[must_use]
    pub(crate) fn with_summary(mut self, summary: SummaryForm) -> Self {
        self.summary = summary;
        self
    }
}

impl Edge {
    fn new(edge: &str, seq: u64, prompts: &[(u64, String)], links: &Links) -> Self {
        let (href, fragment) = links.window(edge, seq);
        let beyond = if edge == "before" {
            prompts.partition_point(|(at, _)| *at < seq).checked_sub(1)
        } else {
            Some(prompts.partition_point(|(at, _)| *at <= seq))
        };
        let prompt = beyond.and_then(|at| Some((at + 1, links.at(&prompts.get(at)?.1))));
        Self { href, fragment, prompt }
    }
}

impl Neighbour {
    fn new(session: &Session, is_current: bool, links: &Links, shell: &Shell) -> Self {
        Self {
            href: links.other(&session.id),
            source: session.source.clone(),
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            title: session.title.clone(),
            project: session.project_name.clone(),
            cost: (format::money(session.cost), format::money_title(session.cost, session.cost_partial)),
            age: (
                format::ago(session.created_at, shell.now, &shell.zone),
                format::moment(session.created_at, &shell.zone),
            ),
            created: format::datetime(session.created_at),
            created_at: session.created_at,
            is_current,
        }
    }
}

/// The session without control characters: importers keep what they find.
pub(crate) fn printable(session: &Session) -> Session {
    let plain = |text: &String| terminal::plain(text);
    Session {
        title: plain(&session.title),
        source: plain(&session.source),
        external_id: plain(&session.external_id),
        model: session.model.as_ref().map(plain),
        provider: session.provider.as_ref().map(plain),
        project_path: session.project_path.as_ref().map(plain),
        project_name: session.project_name.as_ref().map(plain),
        git_branch: session.git_branch.as_ref().map(plain),
        client_version: session.client_version.as_ref().map(plain),
        machine: session.machine.as_ref().map(plain),
        file: session.file.as_ref().map(plain),
        summary: session.summary.as_ref().map(plain),
        ..session.clone()
    }
}
