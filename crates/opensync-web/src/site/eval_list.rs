//! The page of evals, and changes of many sessions there.

use std::collections::HashMap;

use askama::Template;
use axum::extract::rejection::StringRejection;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::filter::{Is, ListQuery, Status};
use opensync_core::label::{Edit, LabelChange};
use opensync_core::{SessionId, UserId};
use opensync_store::Store;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::eval_list::{EvalListPage, Found, PAGE, spelt};
use crate::page::session_list::{list_query, list_query_and_complaints};
use crate::page::shell::Nav;
use crate::viewer::Viewer;

/// With more sessions than this their test cases are not counted for the head of the page.
const COUNTED: usize = 1_000;

/// The page, its list, the labels of one session, or further rows.
pub async fn show(
    State(state): State<AppState>,
    mut viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    viewer.shell.page = Nav::Evals;
    let raw = raw.unwrap_or_default();
    let (query, complaints) = list_query_and_complaints(&raw);
    let fields = Fields::new(&raw);
    let changed = fields.get("changed").and_then(|count| count.parse().ok());
    let chosen = fields.get("session").map(|id| SessionId::from_stored(id.to_owned()));
    let found = find(&state, &viewer, ready(query.clone()), chosen).await.map_err(Failure::internal(&viewer, &uri))?;
    let page = EvalListPage::new(viewer.shell.clone(), &query, complaints, &found).with_changed(changed);
    let target = viewer.target.unwrap_or_default();
    Ok(rendered(match target.rsplit('#').next() {
        Some("eval-results") => page.as_results().render(),
        Some("eval-panel") => page.as_beside().render(),
        Some("eval-more") => page.as_rows().render(),
        _ => page.render(),
    }))
}

fn ready(mut query: ListQuery) -> ListQuery {
    if !query.filter.is.contains(&Is::EvalReady) {
        query.filter.is.push(Is::EvalReady);
    }
    query
}

async fn find(
    state: &AppState,
    viewer: &Viewer,
    query: ListQuery,
    chosen: Option<SessionId>,
) -> opensync_store::Result<Found> {
    let (store, user) = (&state.store, &state.viewer);
    let selection = query.filter.select(viewer.shell.now, &viewer.shell.zone);
    let (list, totals, all) = tokio::try_join!(
        store.session_list_all(user, &selection, query.sort, query.order, query.cursor, PAGE as u64),
        store.session_totals(user, &selection),
        store.eval_rows(user)
    )?;
    let ids: Vec<SessionId> = list.sessions.iter().map(|session| session.id.clone()).collect();
    let of_rows = cases(store, user, &ids).await?;
    let all_cases = if all.len() <= COUNTED {
        let ids: Vec<SessionId> = all.iter().map(|row| row.id.clone()).collect();
        Some(cases(store, user, &ids).await?.values().sum())
    } else {
        None
    };
    let chosen = match chosen {
        Some(id) => store.session(user, &id).await?,
        None => list.sessions.first().cloned(),
    };
    let matching = totals.sessions + totals.sub_agents;
    Ok(Found { all, all_cases, rows: list.sessions, next: list.next, matching, cases: of_rows, chosen })
}

async fn cases(store: &Store, user: &UserId, ids: &[SessionId]) -> opensync_store::Result<HashMap<SessionId, u64>> {
    Ok(store.case_counts(user, ids).await?.into_iter().map(|(id, count)| (id, count.answered)).collect())
}

/// `id` (or `every`, all that `query` matches) and `set`: a status, `none`, or `remove`. Leads back to the page.
pub async fn change(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let refused = |text: &str| Failure::refused(&viewer, StatusCode::BAD_REQUEST, "Nothing was changed", text);
    let form = form.map_err(|_| refused("What was sent cannot be read as a form."))?;
    let fields = Fields::new(&form);
    let query = list_query(fields.value("query")).first_page();
    let change = match (fields.value("set"), Status::parse(fields.value("set"))) {
        ("remove", _) => LabelChange { ready: Some(false), ..LabelChange::default() },
        (_, Some(Status::None)) => LabelChange { status: Edit::Clear, ..LabelChange::default() },
        (_, Some(status)) => LabelChange { status: Edit::Set(status), ..LabelChange::default() },
        (_, None) => return Err(refused("There is no such status.")),
    };
    let changed = async {
        let ids = if fields.get("every").is_some() {
            let selection = ready(query.clone()).filter.select(viewer.shell.now, &viewer.shell.zone);
            let list = state.store.session_list_all(&state.viewer, &selection, query.sort, query.order, None, u64::MAX);
            list.await?.sessions.into_iter().map(|session| session.id).collect()
        } else {
            fields.all("id").map(|id| SessionId::from_stored(id.to_owned())).collect::<Vec<_>>()
        };
        let outcome = state.store.label_sessions(&state.viewer, &ids, &change).await?;
        Ok((ids.len(), outcome.changed))
    };
    let (named, changed) = changed.await.map_err(Failure::internal(&viewer, &uri))?;
    if named == 0 {
        return Err(refused("Tick the boxes of the sessions it should be about."));
    }
    let count = changed.len();
    state.importer.changes().announce(changed);
    let query = spelt(&query);
    let gap = if query.is_empty() { "" } else { "&" };
    Ok(Redirect::to(&format!("/evals?{query}{gap}changed={count}")).into_response())
}
