//! The session list.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::filter::{ListQuery, Selection};
use opensync_core::{Session, SessionId};
use opensync_store::Hit;
use serde_json::json;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::empty::{EmptyPage, Found};
use crate::page::session_list::{
    Density, Loosening, PAGE, SessionListPage, list_href, list_query, list_query_and_complaints,
};
use crate::page::undo::UndoNotice;
use crate::viewer::Viewer;

/// The list, its results alone, or the next rows alone.
pub async fn show(
    State(state): State<AppState>,
    mut viewer: Viewer,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let raw = raw.unwrap_or_default();
    let (query, complaints) = list_query_and_complaints(&raw);
    let canonical = query.to_query();
    if let Some(density) = density_of(&raw) {
        // Remembered for the next visit; the address stays free of it.
        viewer.density = density;
        let cookie = format!("density={}; Path=/; Max-Age=31536000; SameSite=Lax", density.as_str());
        if viewer.target.is_none() {
            return Ok(([("set-cookie", cookie)], Redirect::to(&list_href(&query))).into_response());
        }
        let page = page(&state, &viewer, &query, complaints, &uri).await?;
        return Ok(([("set-cookie", cookie)], page).into_response());
    }
    let named: String = Fields::new(&raw).value("session").chars().filter(char::is_ascii_alphanumeric).collect();
    if !named.is_empty() {
        // The address of a session beside its list, as other programs write it.
        let address = list_href(&query.first_page()).replacen("/sessions", &format!("/sessions/{named}"), 1);
        return Ok(Redirect::to(&address).into_response());
    }
    // What was typed stays in the address while something is wrong with it, so that the page can say so.
    if raw != canonical && viewer.target.is_none() && complaints.is_empty() {
        return Ok(Redirect::to(&list_href(&query)).into_response());
    }
    let mut response = page(&state, &viewer, &query, complaints, &uri).await?;
    if viewer.target.is_some()
        && query.cursor.is_none()
        && let Ok(address) = list_href(&query).parse()
    {
        let header = if is_refinement(&headers, &query) { "hx-replace-url" } else { "hx-push-url" };
        response.headers_mut().insert(header, address);
    }
    Ok(response)
}

/// The most rows a page asks for at once.
const MOST_ROWS: usize = 400;

/// Rows of a list that is open, as they are now: those of `ids` that it shows. As JSON: `rows` is
/// their HTML, `count` that of the line with counts and sums, `matching` and `archive` the numbers of
/// sessions with and without filters, `gone` those of `ids` that are in no list any more.
pub async fn rows(
    State(state): State<AppState>,
    viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let raw = raw.unwrap_or_default();
    let query = ListQuery::parse(&raw).first_page();
    let ids: Vec<SessionId> = Fields::new(&raw)
        .all("ids")
        .flat_map(|list| list.split(','))
        .filter(|id| !id.is_empty())
        .map(|id| SessionId::from_stored(id.to_owned()))
        .take(MOST_ROWS)
        .collect();
    let answer = async {
        let (store, user) = (&state.store, &state.viewer);
        let selection = query.filter.select(viewer.shell.now, &viewer.shell.zone);
        let everything = Selection::default();
        let (rows, totals, archive) = tokio::try_join!(
            store.sessions_among(user, &selection, &ids),
            store.session_totals(user, &selection),
            store.session_totals(user, &everything)
        )?;
        let shown: HashSet<&SessionId> = rows.iter().map(|session| &session.id).collect();
        let hidden: Vec<SessionId> = ids.iter().filter(|id| !shown.contains(id)).cloned().collect();
        let gone: Vec<String> = store.chosen(user, &hidden).await?.missing.iter().map(SessionId::to_string).collect();
        let facets = opensync_core::session::Facets::default();
        let shell = viewer.shell.clone();
        let (density, archive) = (viewer.density, archive.sessions);
        let hits = hits(&state, &selection, &rows).await?;
        let page = SessionListPage::new(shell, &query, density, totals, archive, &facets, &rows, None, Vec::new())
            .with_hits(&rows, &hits);
        let (rows, count) = (page.as_rows().render(), page.as_count().render());
        Ok((rows, count, json!({ "matching": totals.sessions, "archive": archive, "gone": gone })))
    };
    let (rows, count, more) = answer.await.map_err(Failure::internal(&viewer, &uri))?;
    Ok(super::pieces([("rows", rows), ("count", count)], more))
}

/// Whether the page shown differs from the one asked for in the words of the search at most: then
/// Back should lead to what was before, not through every letter typed.
fn is_refinement(headers: &HeaderMap, query: &ListQuery) -> bool {
    let current = headers.get("hx-current-url").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((_, rest)) = current.split_once("/sessions") else { return false };
    let mut current = list_query(rest.strip_prefix('?').unwrap_or_default()).first_page();
    let same = current == *query;
    let typing = !current.filter.words.is_empty() && !query.filter.words.is_empty();
    current.filter.words.clone_from(&query.filter.words);
    same || (typing && current == *query)
}

fn density_of(raw: &str) -> Option<Density> {
    let (_, name) = raw.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == "density")?;
    Density::parse(name)
}

async fn page(
    state: &AppState,
    viewer: &Viewer,
    query: &ListQuery,
    complaints: Vec<String>,
    uri: &Uri,
) -> Result<Response, Failure> {
    answer(state, viewer, query, complaints).await.map_err(Failure::internal(viewer, uri))
}

async fn answer(
    state: &AppState,
    viewer: &Viewer,
    query: &ListQuery,
    complaints: Vec<String>,
) -> opensync_store::Result<Response> {
    let (store, user) = (&state.store, &state.viewer);
    let mut shell = viewer.shell.clone();
    let selection = query.filter.select(shell.now, &shell.zone);
    if viewer.target.is_none() {
        let now = shell.now.as_millisecond();
        shell.undo = UndoNotice::new(&store.pending_deletions(user, now).await?, now);
    }
    let list = store.session_list(user, &selection, query.sort, query.order, query.cursor, PAGE as u64);
    if query.cursor.is_some() && viewer.target.is_some() {
        // The counts stand on the page already.
        let list = list.await?;
        let hits = hits(state, &selection, &list.sessions).await?;
        let page = SessionListPage::new(
            shell,
            query,
            viewer.density,
            opensync_core::session::Totals::default(),
            0,
            &opensync_core::session::Facets::default(),
            &list.sessions,
            list.next,
            Vec::new(),
        )
        .with_hits(&list.sessions, &hits);
        return Ok(rendered(page.as_rows().render()));
    }
    let everything = Selection::default();
    let (list, totals, archive, facets, views) = tokio::try_join!(
        list,
        store.session_totals(user, &selection),
        store.session_totals(user, &everything),
        store.session_facets(user),
        store.saved_views(user)
    )?;
    let hits = hits(state, &selection, &list.sessions).await?;
    if archive.sessions == 0 && archive.sub_agents == 0 {
        let page = EmptyPage::new(shell, tools(state));
        return Ok(rendered(if viewer.target.is_some() { page.as_results().render() } else { page.render() }));
    }
    let mut loosened = Vec::new();
    if totals.sessions == 0 {
        for mut looser in Loosening::of(&query.filter) {
            let selection = looser.filter.select(shell.now, &shell.zone);
            looser.count = Some(store.session_totals(user, &selection).await?.sessions);
            loosened.push(looser);
        }
    }
    let page = SessionListPage::new(
        shell,
        query,
        viewer.density,
        totals,
        archive.sessions,
        &facets,
        &list.sessions,
        list.next,
        loosened,
    )
    .with_hits(&list.sessions, &hits)
    .with_views(&views)
    .with_complaints(complaints);
    Ok(rendered(if viewer.target.is_some() { page.as_results().render() } else { page.render() }))
}

/// Where the words of a selection are in the rows of a page.
async fn hits(
    state: &AppState,
    selection: &Selection,
    sessions: &[Session],
) -> opensync_store::Result<HashMap<SessionId, Hit>> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id.clone()).collect();
    state.store.hits(&state.viewer, selection, &ids).await
}

fn tools(state: &AppState) -> Vec<Found> {
    opensync_sources::KNOWN
        .iter()
        .map(|about| Found {
            about,
            looked_at: state
                .importer
                .homes()
                .roots(about)
                .into_iter()
                .map(|root| (root.path.display().to_string(), root.exists))
                .collect(),
            importable: opensync_sources::ALL.iter().any(|source| source.about().id == about.id),
        })
        .collect()
}
