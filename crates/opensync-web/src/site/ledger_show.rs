//! The ledger of one session.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use opensync_core::SessionId;
use opensync_core::filter::ListQuery;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::ledger_show::{LedgerShowPage, ROWS};
use crate::viewer::Viewer;

/// The page, with the rows from `row=NUMBER` on.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let raw = raw.unwrap_or_default();
    let (store, user) = (&state.store, &state.viewer);
    let found = tokio::try_join!(
        store.session(user, &id),
        store.ledger(user, &id, first(&raw), ROWS),
        store.ledger_sums(user, &id)
    );
    let (session, ledger, sums) = found.map_err(Failure::internal(&viewer, &uri))?;
    let session = session.ok_or_else(|| Failure::not_found(&viewer))?;
    let list = ListQuery::parse(&raw).first_page().to_query();
    Ok(rendered(LedgerShowPage::new(viewer.shell, &session, &ledger, &sums, &list).render()))
}

/// The row a query asks for; the first one without.
fn first(raw: &str) -> u64 {
    Fields::new(raw).value("row").parse().unwrap_or(1)
}
