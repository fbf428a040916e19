//! The palette: the page of it, or what was found alone.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use opensync_core::filter::{Filter, Order, SortKey};

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::palette_show::{Asked, Found, PaletteShowPage, SESSIONS};
use crate::page::session_list::list_query;
use crate::page::shell::Nav;
use crate::viewer::Viewer;

/// The longest text that is looked for, in characters.
const LONGEST: usize = 400;

/// What is found for `q`; `list` is the query of the list that is open below.
pub async fn show(
    State(state): State<AppState>,
    mut viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let fields = Fields::new(&raw.unwrap_or_default());
    let text: String = fields.value("q").trim().chars().take(LONGEST).collect();
    let (mut filter, complaints) = Filter::parse_text(&text);
    filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    let asked = Asked {
        complaints: complaints.into_iter().map(|complaint| complaint.text).collect(),
        list: list_query(fields.value("list").trim()).first_page(),
        density: viewer.density,
        text,
        filter,
    };
    viewer.shell.page = Nav::Elsewhere;
    let page = answer(&state, &viewer, asked).await.map_err(Failure::internal(&viewer, &uri))?;
    Ok(rendered(if viewer.target.is_some() { page.as_found().render() } else { page.render() }))
}

async fn answer(state: &AppState, viewer: &Viewer, asked: Asked) -> opensync_store::Result<PaletteShowPage> {
    let (store, user) = (&state.store, &state.viewer);
    let selection = asked.filter.select(viewer.shell.now, &viewer.shell.zone);
    let sort = if asked.filter.is_search() { SortKey::Relevance } else { SortKey::Date };
    let most = SESSIONS[usize::from(asked.is_empty())];
    let (list, totals, facets, views) = tokio::try_join!(
        store.session_list(user, &selection, sort, Order::Desc, None, most),
        store.session_totals(user, &selection),
        store.session_facets(user),
        store.saved_views(user)
    )?;
    let (sessions, matching) = (list.sessions.as_slice(), totals.sessions);
    let found = Found { sessions, matching, projects: &facets.projects, views: &views };
    Ok(PaletteShowPage::new(viewer.shell.clone(), asked, found))
}
