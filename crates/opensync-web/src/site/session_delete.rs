//! Deletes one session after a question, and brings back what was just deleted.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::SessionId;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::doomed::Doomed;
use crate::page::session_delete::SessionDeletePage;
use crate::page::undo::UndoNotice;
use crate::viewer::Viewer;

/// The question.
pub async fn ask(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let read = async {
        let session = state.store.session(&state.viewer, &id).await?;
        Ok((session, state.store.sub_agents_below(&state.viewer, std::slice::from_ref(&id)).await?.len() as u64))
    };
    let (session, agents) = read.await.map_err(Failure::internal(&viewer, &uri))?;
    let session = session.ok_or_else(|| Failure::not_found(&viewer))?;
    let page = SessionDeletePage::new(viewer.shell.clone(), &session, agents);
    Ok(rendered(if viewer.target.is_some() { page.as_body().render() } else { page.render() }))
}

/// Hides a session, to be deleted soon, with its sub-agents when the form says so; then back to the
/// list. Where a script asked, what can be brought back.
pub async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let work = async {
        let mut ids = Vec::new();
        if Fields::new(&form).value("agents") == "1" {
            ids = state.store.sub_agents_below(&state.viewer, std::slice::from_ref(&id)).await?;
        }
        if state.store.session(&state.viewer, &id).await?.is_none() {
            return Ok(false);
        }
        ids.push(id.clone());
        let due = Doomed::due(ids.len());
        state.store.delete_later(&state.viewer, &ids, due).await?;
        state.doomed.tell();
        state.importer.changes().announce(ids);
        Ok(true)
    };
    if !work.await.map_err(Failure::internal(&viewer, &uri))? {
        return Err(Failure::not_found(&viewer));
    }
    if viewer.target.is_none() {
        return Ok(Redirect::to("/sessions").into_response());
    }
    notice(&state, &viewer, &uri).await
}

/// What can still be brought back.
pub async fn pending(State(state): State<AppState>, viewer: Viewer, uri: Uri) -> Result<Response, Failure> {
    notice(&state, &viewer, &uri).await
}

/// Brings back what would be deleted at the moment `due`.
pub async fn undo(State(state): State<AppState>, viewer: Viewer, uri: Uri, form: String) -> Result<Response, Failure> {
    let due = Fields::new(&form).value("due").parse().unwrap_or_default();
    let back = state.store.undelete(&state.viewer, due).await.map_err(Failure::internal(&viewer, &uri))?;
    let text = match back.len() as u64 {
        0 => "It is deleted for good already".to_owned(),
        1 => "The session is back".to_owned(),
        many => format!("{} are back", crate::format::plural(many, "session")),
    };
    let first = back.first().cloned();
    state.importer.changes().announce(back.iter().cloned());
    if viewer.target.is_some() {
        return Ok(text.into_response());
    }
    let to = match first.filter(|_| back.len() == 1) {
        Some(id) => format!("/sessions/{id}"),
        None => "/sessions".to_owned(),
    };
    Ok(Redirect::to(&to).into_response())
}

async fn notice(state: &AppState, viewer: &Viewer, uri: &Uri) -> Result<Response, Failure> {
    let now = viewer.shell.now.as_millisecond();
    let pending = state.store.pending_deletions(&state.viewer, now).await.map_err(Failure::internal(viewer, uri))?;
    Ok(rendered(UndoNotice::new(&pending, now).render()))
}
