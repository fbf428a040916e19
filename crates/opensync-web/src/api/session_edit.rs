//! Changes or deletes one session, with a key that may.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use opensync_core::SessionId;
use opensync_core::label::{self as labels, LabelChange, LabelError};
use opensync_core::wire::{DeletedJson, ErrorJson, SessionJson};

use super::{Admin, Refusal, fields, label};
use crate::AppState;

/// Changes the title or labels of a session, and answers it. Each field is optional; `null` clears a label.
#[utoipa::path(
    patch, path = "/api/sessions/{id}", tag = "Changes", operation_id = "changeSession",
    params(("id" = String, Path, description = "The id of the session here")),
    request_body = SessionChange,
    responses(
        (status = 200, body = SessionJson),
        (status = 400, description = "A field that is not known, or a value it cannot have", body = ErrorJson),
        (status = 404, description = "There is none, or it is another user's", body = ErrorJson),
        (status = 413, body = ErrorJson),
    )
)]
pub async fn change(
    State(state): State<AppState>,
    Admin(user): Admin,
    id: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SessionJson>, Refusal> {
    let id = named(id)?;
    let (mut title, mut change) = (None, LabelChange::default());
    for (name, value) in &fields(body)? {
        match name.as_str() {
            "title" => {
                let typed = value.as_str().ok_or(LabelError::Title);
                title = Some(
                    typed
                        .and_then(labels::title)
                        .map_err(|error| Refusal::invalid(format!("title cannot be set: {error}")))?,
                );
            }
            // They are for many sessions, each with tags of its own.
            "addTags" | "removeTags" => return Err(unknown(name)),
            name if label::read(&mut change, name, value)? => {}
            name => return Err(unknown(name)),
        }
    }
    let missing = || Refusal::not_found("Session not found");
    // Before anything is written: what another user owns stays as it is.
    state.store.session(&user, &id).await?.ok_or_else(missing)?;
    if let Some(title) = title {
        state.store.rename(&user, &id, &title).await?;
    }
    if !change.is_empty() {
        state.store.label_sessions(&user, std::slice::from_ref(&id), &change).await?;
    }
    state.importer.changes().announce([id.clone()]);
    let session = state.store.session(&user, &id).await?.ok_or_else(missing)?;
    Ok(Json(SessionJson::from(&session)))
}

/// What can be changed of a session.
#[derive(Debug, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes a body that is read field by field, so that each error names its field")]
pub(super) struct SessionChange {
    title: Option<String>,
    eval_ready: Option<bool>,
    /// `golden`, `correct`, `incorrect` or `needs_review`.
    eval_status: Option<String>,
    eval_tags: Option<Vec<String>>,
    eval_notes: Option<String>,
    expected_output: Option<String>,
}

/// Deletes a session for good. Its sub-agents stay.
#[utoipa::path(
    delete, path = "/api/sessions/{id}", tag = "Changes", operation_id = "deleteSession",
    params(("id" = String, Path, description = "The id of the session here")),
    responses(
        (status = 200, body = DeletedJson),
        (status = 404, description = "There is none, or it is another user's", body = ErrorJson),
    )
)]
pub async fn delete(
    State(state): State<AppState>,
    Admin(user): Admin,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<DeletedJson>, Refusal> {
    let id = named(id)?;
    if state.store.delete_sessions(&user, std::slice::from_ref(&id)).await? == 0 {
        return Err(Refusal::not_found("Session not found"));
    }
    state.importer.changes().announce([id.clone()]);
    Ok(Json(DeletedJson { id: id.to_string(), deleted: true }))
}

fn named(id: Result<Path<String>, PathRejection>) -> Result<SessionId, Refusal> {
    let Path(id) = id.map_err(|_| Refusal::not_found("Session not found"))?;
    Ok(SessionId::from_stored(id))
}

fn unknown(name: &str) -> Refusal {
    Refusal::invalid(format!(
        "{name} cannot be changed; title, evalReady, evalStatus, evalTags, evalNotes and expectedOutput can"
    ))
}
