//! The sub-agents of a session, as rows below its row in the list.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::SessionId;
use opensync_core::filter::ListQuery;
use opensync_core::session::{Facets, Totals};

use super::{Failure, rendered};
use crate::AppState;
use crate::page::session_list::SessionListPage;
use crate::viewer::Viewer;

/// The rows alone; without a list to put them into, the page of the session, which lists them.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let query = ListQuery::parse(raw.as_deref().unwrap_or_default()).first_page();
    let found = tokio::try_join!(state.store.session(&state.viewer, &id), state.store.sub_agents(&state.viewer, &id));
    let (session, agents) = found.map_err(Failure::internal(&viewer, &uri))?;
    let session = session.ok_or_else(|| Failure::not_found(&viewer))?;
    if viewer.target.is_none() {
        let list = query.to_query();
        let gap = if list.is_empty() { "" } else { "?" };
        return Ok(Redirect::to(&format!("/sessions/{}{gap}{list}#sub-agents", session.id)).into_response());
    }
    let (totals, facets) = (Totals::default(), Facets::default());
    let density = viewer.density;
    let page = SessionListPage::new(viewer.shell, &query, density, totals, 0, &facets, &agents, None, Vec::new());
    Ok(rendered(page.under(&session.id).as_rows().render()))
}
