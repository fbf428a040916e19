//! What a plugin says about one message.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::MessageCall;
use opensync_core::wire::{ErrorJson, MessageCallJson, MessageTaken};
use opensync_store::Call;

use super::{Refusal, Sync};
use crate::AppState;

/// Adds a message to its session, or what is said to what is known of it.
#[utoipa::path(
    post, path = "/sync/message", tag = "Sync", operation_id = "syncMessage", request_body = MessageCallJson,
    responses(
        (status = 200, body = MessageTaken),
        (status = 400, description = "Nothing of it was stored; the message says why", body = ErrorJson),
        (status = 408, description = "The body did not come", body = ErrorJson),
        (status = 413, body = ErrorJson),
        (status = 503, description = "Nothing was stored; send it again", body = ErrorJson),
    )
)]
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<MessageTaken>, Refusal> {
    let (taken, call) = state.intake.parse(request, MessageCall::read).await?;
    let (bytes, call) = (taken.bytes.len(), call?);
    let id = call.external_id.clone();
    state.intake.receiver().receive(user, vec![Call::Message(call)], bytes).await?;
    Ok(Json(MessageTaken { ok: true, message_id: id }))
}
