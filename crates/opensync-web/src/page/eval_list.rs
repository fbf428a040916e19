//! The page of evals: sessions that are ready for evaluations, how they were judged, and their labels.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use opensync_core::filter::{Cursor, Filter, Is, ListQuery, Status};
use opensync_core::{Session, SessionId};
use opensync_store::EvalRow;

use crate::format;
use crate::page::label_form::LabelForm;
use crate::page::session_list::{Label, glyph, with_query};
use crate::page::session_show::{Links, printable};
use crate::page::shell::Shell;

/// How many sessions are shown at once.
pub const PAGE: usize = 50;

/// The page of evals. `as_results()` is its list with the figures, `as_beside()` the labels of one
/// session, `as_rows()` further rows.
#[derive(Template)]
#[template(path = "eval_list.html", blocks = ["results", "beside", "rows"])]
pub struct EvalListPage {
    shell: Shell,
    /// What the list shows, without the place in it.
    key: String,
    words: String,
    complaints: Vec<String>,
    all: String,
    cases: Option<String>,
    stats: Vec<(&'static str, String, String)>,
    expected: (String, String),
    menus: Vec<EvalMenu>,
    /// `Showing 50 of 86`.
    showing: String,
    matching: u64,
    rows: Vec<Row>,
    next: Option<String>,
    is_filtered: bool,
    is_empty: bool,
    panel: Option<Panel>,
    export: String,
    /// What came of a change: so many sessions.
    changed: Option<String>,
}

/// A menu of values to filter by.
#[derive(Debug)]
struct EvalMenu {
    name: &'static str,
    label: &'static str,
    checked: usize,
    options: Vec<(String, String, String, bool)>,
}

#[derive(Debug)]
struct Row {
    id: SessionId,
    href: String,
    title: String,
    source: String,
    source_name: String,
    glyph: &'static str,
    /// What stands for its verdict; nothing without one.
    status: Option<Label>,
    cases: String,
    facts: Vec<String>,
    has_expected: bool,
    is_current: bool,
}

/// The labels of the session that was chosen.
struct Panel {
    title: String,
    session: String,
    labels: LabelForm,
}

/// What the store said for a page.
#[derive(Debug, Default)]
pub struct Found {
    /// All sessions that are ready, whatever is filtered.
    pub all: Vec<EvalRow>,
    /// Test cases of all of them; nothing when there are too many to count.
    pub all_cases: Option<u64>,
    /// One page of what the filters match.
    pub rows: Vec<Session>,
    /// Where it goes on.
    pub next: Option<Cursor>,
    /// How many match.
    pub matching: u64,
    /// Test cases of the rows.
    pub cases: HashMap<SessionId, u64>,
    /// The session whose labels are shown.
    pub chosen: Option<Session>,
}

/// The verdict in words.
fn word(status: Status) -> &'static str {
    if status == Status::None { "No status" } else { status.name() }
}

impl EvalListPage {
    /// A page of what `query` matches.
    pub fn new(shell: Shell, query: &ListQuery, complaints: Vec<String>, found: &Found) -> Self {
        let first = query.first_page();
        let key = spelt(&first);
        let filter = &first.filter;
        let chosen = found.chosen.as_ref().map(printable);
        let of = found.all.len();
        let expected = found.all.iter().filter(|row| row.has_expected).count();
        let count =
            |status: Status| found.all.iter().filter(|row| row.status.unwrap_or(Status::None) == status).count();
        let only = |status: Status| {
            let filter = Filter { statuses: vec![status], ..Filter::default() };
            with_query("/evals", &spelt(&ListQuery { filter, ..ListQuery::default() }))
        };
        Self {
            words: filter.words_text(),
            complaints,
            all: format::plural(of as u64, "eval-ready session"),
            cases: found.all_cases.map(|cases| format::plural(cases, "test case")),
            stats: Status::ALL
                .iter()
                .map(|status| (word(*status), format::count(count(*status) as u64), only(*status)))
                .collect(),
            expected: (format::count(expected as u64), format::count(of as u64)),
            menus: menus(filter, &found.all),
            showing: format!("Showing {} of {}", format::count(found.rows.len() as u64), format::count(found.matching)),
            matching: found.matching,
            rows: found
                .rows
                .iter()
                .map(|session| Row::new(&printable(session), &key, found, chosen.as_ref()))
                .collect(),
            next: found
                .next
                .map(|cursor| with_query("/evals", &spelt(&ListQuery { cursor: Some(cursor), ..first.clone() }))),
            is_filtered: !key.is_empty(),
            is_empty: found.all.is_empty(),
            panel: chosen.map(|session| {
                let back = with_query("/evals", &joined(&key, &format!("session={}", session.id)));
                let links = Links::new(&session.id, "");
                Panel {
                    labels: LabelForm::new(&session, links.labels(), &shell).back_to(back),
                    session: links.page(),
                    title: session.title,
                }
            }),
            export: export(&first),
            changed: None,
            key,
            shell,
        }
    }

    /// Says how many sessions a change concerned.
    #[must_use]
    pub fn with_changed(mut self, changed: Option<u64>) -> Self {
        self.changed = changed.map(|count| format::plural(count, "session"));
        self
    }
}

/// The query of the page: that of a list, without that its sessions are ready.
pub fn spelt(query: &ListQuery) -> String {
    let mut query = query.clone();
    query.filter.is.retain(|is| *is != Is::EvalReady);
    query.to_query()
}

fn joined(query: &str, more: &str) -> String {
    if query.is_empty() { more.to_owned() } else { format!("{query}&{more}") }
}

/// Where what is shown is exported.
fn export(query: &ListQuery) -> String {
    let mut query = query.clone();
    if !query.filter.is.contains(&Is::EvalReady) {
        query.filter.is.push(Is::EvalReady);
    }
    format!("/sessions/export/new?all=1&{}&format=deepeval", query.to_query())
}

fn menus(filter: &Filter, all: &[EvalRow]) -> Vec<EvalMenu> {
    let counted = |values: Vec<&str>| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for value in values {
            *counts.entry(value.to_owned()).or_default() += 1;
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    };
    let menu = |name, label, values: Vec<(String, u64)>, active: &[String], shown: &dyn Fn(&str) -> String| {
        let mut options: Vec<_> = values
            .iter()
            .map(|(value, count)| {
                (
                    value.replace('\\', "\\\\").replace(',', "\\,"),
                    shown(value),
                    format::count(*count),
                    active.contains(value),
                )
            })
            .collect();
        for value in active.iter().filter(|value| !values.iter().any(|(known, _)| known == *value)) {
            options.push((value.clone(), shown(value), "0".to_owned(), true));
        }
        EvalMenu { name, label, checked: options.iter().filter(|option| option.3).count(), options }
    };
    let plain = |value: &str| value.to_owned();
    let statuses = Status::ALL.iter().map(|status| {
        let count = all.iter().filter(|row| row.status.unwrap_or(Status::None) == *status).count();
        (status.as_str().to_owned(), count as u64)
    });
    let active: Vec<String> = filter.statuses.iter().map(|status| status.as_str().to_owned()).collect();
    let name = |value: &str| Status::parse(value).map_or_else(String::new, |status| word(status).to_owned());
    vec![
        menu("eval", "Status", statuses.collect(), &active, &name),
        menu("source", "Source", counted(all.iter().map(|row| &*row.source).collect()), &filter.sources, &|id| {
            opensync_sources::name(id).to_owned()
        }),
        menu(
            "model",
            "Model",
            counted(all.iter().filter_map(|row| row.model.as_deref()).collect()),
            &filter.models,
            &plain,
        ),
        menu(
            "tag",
            "Tag",
            counted(all.iter().flat_map(|row| &row.tags).map(|tag| &**tag).collect()),
            &filter.tags,
            &plain,
        ),
    ]
}

impl Row {
    fn new(session: &Session, key: &str, found: &Found, chosen: Option<&Session>) -> Self {
        let facts = [session.project_name.clone(), session.model.clone()].into_iter().flatten();
        Self {
            href: with_query("/evals", &joined(key, &format!("session={}", session.id))),
            title: session.title.clone(),
            source: session.source.clone(),
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            status: session.eval_status.and_then(Label::verdict),
            cases: format::plural(found.cases.get(&session.id).copied().unwrap_or(0), "case"),
            facts: facts.chain(session.tags.iter().map(|tag| format!("#{tag}"))).collect(),
            has_expected: session.expected_output.is_some(),
            is_current: chosen.is_some_and(|chosen| chosen.id == session.id),
            id: session.id.clone(),
        }
    }
}
