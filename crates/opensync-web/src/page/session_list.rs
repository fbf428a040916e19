//! The session list: what the filters match, one page of it, and the controls to change both.

use std::collections::HashMap;

use askama::Template;
use opensync_core::filter::{Cursor, Filter, ListQuery, Order, SortKey};
use opensync_core::session::{Facets, Totals};
use opensync_core::{Session, SessionId};
use opensync_store::{Hit, SavedView};

use crate::format;
use crate::page::shell::Shell;
use crate::page::view_menu::ViewMenu;

mod chips;
mod filters;
mod labels;
mod loosen;
mod more;
mod row;
pub mod samples;
#[cfg(test)]
mod tests;

use chips::Chip;
use filters::{DateRange, Menu};
pub(crate) use labels::Label;
pub use loosen::Loosening;
use more::More;
use row::Row;
pub(crate) use row::{glyph, live_until};

/// How many sessions a page of the list holds.
pub const PAGE: usize = 25;

/// How much room a row takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    /// Two lines: title, then project, model and summary.
    #[default]
    Comfortable,
    /// One line, every value in its column.
    Compact,
}

impl Density {
    /// The name in the `density` cookie and in the URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "comfortable" => Some(Self::Comfortable),
            "compact" => Some(Self::Compact),
            _ => None,
        }
    }
}

/// The page of the session list. `as_results()` is the list with its controls, for a change of
/// filters; `as_rows()` is the next page of rows alone.
#[derive(Debug, Template)]
#[template(path = "session_list.html", blocks = ["results", "rows", "count"])]
pub struct SessionListPage {
    shell: Shell,
    /// Canonical query of the list, without the cursor: what makes two lists the same.
    key: String,
    density: Density,
    archive: u64,
    totals: Totals,
    head: Head,
    menus: [Menu; 3],
    more: More,
    range: DateRange,
    views: ViewMenu,
    chips: Vec<Chip>,
    columns: [Column; 4],
    sorts: Vec<Choice>,
    query: ListQuery,
    rows: Vec<Row>,
    next: Option<String>,
    loosened: Vec<Loosening>,
    /// What is wrong with what was typed.
    complaints: Vec<String>,
    /// Filters without a field of their own, which the form carries along.
    carried: Vec<(String, String)>,
}

/// What the line beside the heading says.
#[derive(Debug)]
struct Head {
    sessions: String,
    sub_agents: Option<String>,
    tokens: Option<(String, String)>,
    cost: Option<(String, String)>,
}

/// A column that can be sorted by.
#[derive(Debug)]
struct Column {
    key: SortKey,
    label: &'static str,
    href: String,
    sorted: Option<Order>,
}

/// One of several links of which one is current.
#[derive(Debug)]
struct Choice {
    label: &'static str,
    href: String,
    current: bool,
}

impl SessionListPage {
    /// A page of the list.
    ///
    /// `rows` answer `query`; `next` is the place after the last of them, when there are more.
    /// `archive` is the number of sessions without any filter. `loosened` is used when nothing
    /// matches: [`Loosening::of`] the filter, counted or not.
    #[expect(clippy::too_many_arguments, reason = "each is one answer of the store")]
    pub fn new(
        shell: Shell,
        query: &ListQuery,
        density: Density,
        totals: Totals,
        archive: u64,
        facets: &Facets,
        rows: &[Session],
        next: Option<Cursor>,
        loosened: Vec<Loosening>,
    ) -> Self {
        let first = query.first_page();
        let key = first.to_query();
        Self {
            density,
            archive,
            totals,
            head: Head::new(&totals, archive),
            menus: Menu::all(&first.filter, facets),
            more: More::new(&first.filter),
            views: ViewMenu::new(&[], &key),
            range: DateRange::new(&first, &shell.zone),
            chips: Chip::all(&first),
            columns: Column::all(&first),
            sorts: Choice::sorts(&first),
            rows: rows.iter().map(|session| Row::new(session, &key, &shell)).collect(),
            next: next.map(|cursor| list_href(&ListQuery { cursor: Some(cursor), ..first.clone() })),
            loosened: if loosened.is_empty() { Loosening::of(&first.filter) } else { loosened },
            complaints: Vec::new(),
            carried: carried(&key),
            query: query.clone(),
            key,
            shell,
        }
    }

    /// The same rows, below the row of the session that started them.
    #[must_use]
    pub fn under(mut self, parent: &SessionId) -> Self {
        for row in &mut self.rows {
            row.under = Some(parent.clone());
        }
        self
    }

    /// Marks the words of the query in the rows, and shows where in `sessions` they are.
    #[must_use]
    pub fn with_hits(mut self, sessions: &[Session], hits: &HashMap<SessionId, Hit>) -> Self {
        let terms = self.query.filter.terms();
        if !terms.is_empty() {
            for (row, session) in self.rows.iter_mut().zip(sessions) {
                row.found(session, &terms, hits.get(&session.id));
            }
        }
        self
    }

    /// Says what is wrong with what was typed.
    #[must_use]
    pub fn with_complaints(mut self, complaints: Vec<String>) -> Self {
        self.complaints = complaints;
        self
    }

    /// Offers the saved views, and to save this one.
    #[must_use]
    pub fn with_views(mut self, views: &[SavedView]) -> Self {
        self.views = ViewMenu::new(views, &self.key);
        self
    }

    fn here(&self) -> String {
        with_query("/sessions", &self.key)
    }

    fn density_href(&self, density: &str) -> String {
        let gap = if self.key.is_empty() { "" } else { "&" };
        format!("/sessions?{}{gap}density={density}", self.key)
    }

    fn clear_href(&self) -> String {
        self.filter_href(&Filter::default())
    }

    fn filter_href(&self, filter: &Filter) -> String {
        list_href(&ListQuery { filter: filter.clone(), ..self.query.first_page() })
    }

    /// The list without the filters of the menu called `name`.
    fn without_href(&self, name: &str) -> String {
        let mut filter = self.query.filter.clone();
        match name {
            "source" => filter.sources.clear(),
            "project" => filter.projects.clear(),
            "model" => filter.models.clear(),
            _ => More::clear(&mut filter),
        }
        self.filter_href(&filter)
    }

    /// Whether the list starts somewhere after its beginning: the page of a "next" link.
    fn is_continued(&self) -> bool {
        self.query.cursor.is_some()
    }

    fn is_compact(&self) -> bool {
        self.density == Density::Compact
    }

    fn status(&self) -> String {
        let total = format::count(self.totals.sessions);
        match (self.is_continued(), self.next.is_some()) {
            (true, _) => format!("Showing {} more of {total}", self.rows.len()),
            (false, true) => format!("Showing {} of {total}", self.rows.len()),
            (false, false) if self.totals.sessions == 1 => "The only one is shown".to_owned(),
            (false, false) => format!("All {total} shown"),
        }
    }

    fn sorted_by(&self) -> &'static str {
        self.sorts.iter().find(|sort| sort.current).map_or("", |sort| sort.label)
    }

    fn nothing_heading(&self) -> String {
        loosen::heading(&self.query.filter)
    }

    fn nothing_text(&self) -> String {
        loosen::sentence(&self.query.filter)
    }
}

impl Head {
    fn new(totals: &Totals, archive: u64) -> Self {
        let least = if totals.cost_partial { "at least " } else { "" };
        let sessions = if totals.sessions == archive {
            format::plural(archive, "session")
        } else {
            format!("{} of {}", format::count(totals.sessions), format::plural(archive, "session"))
        };
        let shown = totals.sessions > 0;
        Self {
            sessions,
            sub_agents: (totals.sub_agents > 0).then(|| format::plural(totals.sub_agents, "sub-agent")),
            tokens: totals
                .tokens
                .filter(|_| shown)
                .map(|tokens| (format!("{} tokens", format::short(tokens)), format::plural(tokens, "token"))),
            cost: totals.cost.filter(|_| shown).map(|cost| {
                let cost = Some(cost);
                (format!("{least}{}", format::money(cost)), format::money_title(cost, totals.cost_partial))
            }),
        }
    }
}

impl Column {
    fn all(query: &ListQuery) -> [Self; 4] {
        SortKey::ALL.map(|key| {
            let sorted = (query.sort == key).then_some(query.order);
            let order = sorted.map_or(Order::Desc, Order::flipped);
            Self {
                key,
                label: match key {
                    SortKey::Messages => "Messages",
                    SortKey::Tokens => "Tokens",
                    SortKey::Cost => "Cost",
                    SortKey::Date => "Date",
                    SortKey::Relevance => "Relevance",
                },
                href: list_href(&ListQuery { sort: key, order, ..query.clone() }),
                sorted,
            }
        })
    }

    fn aria_sort(&self) -> Option<&'static str> {
        self.sorted.map(|order| match order {
            Order::Desc => "descending",
            Order::Asc => "ascending",
        })
    }
}

impl Choice {
    fn sorts(query: &ListQuery) -> Vec<Self> {
        let best = ("Best match", SortKey::Relevance, Order::Desc);
        let sorts = [
            (USUAL, SortKey::Date, Order::Desc),
            ("Oldest first", SortKey::Date, Order::Asc),
            ("Most tokens", SortKey::Tokens, Order::Desc),
            ("Fewest tokens", SortKey::Tokens, Order::Asc),
            ("Highest cost", SortKey::Cost, Order::Desc),
            ("Lowest cost", SortKey::Cost, Order::Asc),
            ("Most messages", SortKey::Messages, Order::Desc),
            ("Fewest messages", SortKey::Messages, Order::Asc),
        ];
        // Only words can match well or badly.
        let best = query.filter.is_search().then_some(best);
        best.into_iter()
            .chain(sorts)
            .map(|(label, sort, order)| Self {
                label,
                href: list_href(&ListQuery { sort, order, ..query.clone() }),
                current: query.sort == sort && query.order == order,
            })
            .collect()
    }
}

/// Reads the query of a list's address. Sources may have a shorter name, or one of earlier days.
pub fn list_query(query: &str) -> ListQuery {
    list_query_and_complaints(query).0
}

/// Like [`list_query`], with what is wrong with what was typed, in sentences.
pub fn list_query_and_complaints(query: &str) -> (ListQuery, Vec<String>) {
    let (mut query, complaints) = ListQuery::parse_with_complaints(query);
    // What nobody knows stays, and finds nothing: better than a list that ignores it.
    query.filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    (query, complaints.into_iter().map(|complaint| complaint.text).collect())
}

/// What a list shows, in pairs of a field and its value; the order too, unless it is the usual one.
pub(crate) fn described(query: &ListQuery) -> Vec<(&'static str, String)> {
    let chips = Chip::all(query).into_iter().map(|chip| (chip.field, chip.value));
    let sort = Choice::sorts(query).into_iter().find(|sort| sort.current).map_or("", |sort| sort.label);
    let sorted = (sort != USUAL).then(|| ("Sorted", sort.to_lowercase()));
    chips.chain(sorted).collect()
}

/// The orders a list can have, with the address of each and whether it is the current one.
pub(crate) fn sorts(query: &ListQuery) -> Vec<(&'static str, String, bool)> {
    Choice::sorts(query).into_iter().map(|sort| (sort.label, sort.href, sort.current)).collect()
}

/// The order of a list that nobody sorted.
const USUAL: &str = "Newest first";

/// The parameters of a query that no field of the form has.
fn carried(key: &str) -> Vec<(String, String)> {
    const FIELDS: [&str; 9] = ["q", "source", "project", "model", "range", "from", "to", "sort", "order"];
    let pairs = form_urlencoded::parse(key.as_bytes()).into_owned();
    pairs.filter(|(name, _)| !FIELDS.contains(&name.as_str()) && !More::has(name)).collect()
}

/// The address of a list.
pub fn list_href(query: &ListQuery) -> String {
    if query.sort == SortKey::Relevance && !query.filter.is_search() {
        // The word that it was sorted by is gone.
        let query = ListQuery { sort: SortKey::default(), order: Order::default(), ..query.clone() };
        return with_query("/sessions", &query.to_query());
    }
    with_query("/sessions", &query.to_query())
}

pub(crate) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
