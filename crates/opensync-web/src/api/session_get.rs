//! One session with all its messages.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use opensync_core::wire::{MessageJson, SessionJson};
use opensync_core::{Session, SessionId, UserId};
use serde_json::{Value, json};

use super::{Reader, Refusal};
use crate::AppState;

/// `?id=`: an id of this server, or the tool's own.
pub async fn by_query(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let raw = raw.unwrap_or_default();
    let id = form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "id").map(|(_, id)| id.into_owned());
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Refusal::invalid("Missing session ID"))?;
    answer(&state, &user, id).await
}

/// The same, the id in the path.
pub async fn by_path(
    State(state): State<AppState>,
    Reader(user): Reader,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    let Path(id) = id.map_err(|_| Refusal::not_found("Session not found"))?;
    answer(&state, &user, id).await
}

/// The session's fields at the top, and again as `session`, with `messages` in order.
async fn answer(state: &AppState, user: &UserId, id: String) -> Result<Json<Value>, Refusal> {
    let session = find(state, user, &id).await?.ok_or_else(|| Refusal::not_found("Session not found"))?;
    let messages = state.store.all_messages(user, &session.id).await?;
    let messages: Vec<MessageJson> = messages.iter().map(|stored| MessageJson::from(&stored.message)).collect();
    let session = SessionJson::from(&session);
    let mut answer = json!(session);
    answer["session"] = json!(session);
    answer["messages"] = json!(messages);
    Ok(Json(answer))
}

/// The session of an id of this server, or of the tool's own.
pub(super) async fn find(state: &AppState, user: &UserId, id: &str) -> Result<Option<Session>, Refusal> {
    let ours = state.store.session(user, &SessionId::from_stored(id.to_owned())).await?;
    match ours {
        Some(session) => Ok(Some(session)),
        None => Ok(state.store.session_by_external_id(user, id).await?),
    }
}
