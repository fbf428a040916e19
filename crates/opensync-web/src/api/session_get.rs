//! One session with all its messages.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use opensync_core::wire::{ErrorJson, MessageJson, SessionJson, WholeJson};
use opensync_core::{Session, SessionId, UserId};

use super::{Reader, Refusal};
use crate::AppState;

/// One session with all its messages, by its id here or the tool's own.
#[utoipa::path(
    get, path = "/api/sessions/get", tag = "Sessions", operation_id = "getSession",
    params(("id" = String, Query, description = "The id of the session here, or its tool's own")),
    responses(
        (status = 200, body = WholeJson),
        (status = 400, body = ErrorJson),
        (status = 404, description = "There is none, or it is another user's", body = ErrorJson),
    )
)]
pub async fn by_query(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<WholeJson>, Refusal> {
    let raw = raw.unwrap_or_default();
    let id = form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "id").map(|(_, id)| id.into_owned());
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Refusal::invalid("Missing session ID"))?;
    answer(&state, &user, id).await
}

/// One session with all its messages.
#[utoipa::path(
    get, path = "/api/sessions/{id}", tag = "Sessions", operation_id = "getSessionById",
    params(("id" = String, Path, description = "The id of the session here, or its tool's own")),
    responses(
        (status = 200, body = WholeJson),
        (status = 404, description = "There is none, or it is another user's", body = ErrorJson),
    )
)]
pub async fn by_path(
    State(state): State<AppState>,
    Reader(user): Reader,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<WholeJson>, Refusal> {
    let Path(id) = id.map_err(|_| Refusal::not_found("Session not found"))?;
    answer(&state, &user, id).await
}

/// The session's fields at the top, and again as `session`, with `messages` in order.
async fn answer(state: &AppState, user: &UserId, id: String) -> Result<Json<WholeJson>, Refusal> {
    let session = find(state, user, &id).await?.ok_or_else(|| Refusal::not_found("Session not found"))?;
    let messages = state.store.all_messages(user, &session.id).await?;
    let messages: Vec<MessageJson> = messages.iter().map(|stored| MessageJson::from(&stored.message)).collect();
    let session = SessionJson::from(&session);
    Ok(Json(WholeJson { fields: session.clone(), session, messages }))
}

/// The session of an id of this server, or of the tool's own.
pub(super) async fn find(state: &AppState, user: &UserId, id: &str) -> Result<Option<Session>, Refusal> {
    let ours = state.store.session(user, &SessionId::from_stored(id.to_owned())).await?;
    match ours {
        Some(session) => Ok(Some(session)),
        None => Ok(state.store.session_by_external_id(user, id).await?),
    }
}
