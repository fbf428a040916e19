//! Changes or deletes one session, with a key that may.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use opensync_core::SessionId;
use opensync_core::label::{self as labels, LabelChange, LabelError};
use opensync_core::wire::SessionJson;
use serde_json::{Value, json};

use super::{Admin, Refusal, fields, label};
use crate::AppState;

/// `PATCH`: `title`, `evalReady`, `evalStatus`, `evalTags`, `evalNotes` and `expectedOutput`, each of
/// them optional; `null` clears a label. Answers the session. A field it does not know is a 400.
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

/// `DELETE`: the session goes away for good, its sub-agents stay. `{"id","deleted":true}`.
pub async fn delete(
    State(state): State<AppState>,
    Admin(user): Admin,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    let id = named(id)?;
    if state.store.delete_sessions(&user, std::slice::from_ref(&id)).await? == 0 {
        return Err(Refusal::not_found("Session not found"));
    }
    state.importer.changes().announce([id.clone()]);
    Ok(Json(json!({ "id": id.as_str(), "deleted": true })))
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
