//! Takes in the sessions of another archive, as `opensync push` sends them.

use std::io::Cursor;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use opensync_core::wire::{ErrorJson, PushOutcome, PushPlace, PushedJson};
use opensync_sync::accept::{self, Error, Packing, Taken};

use super::{Refusal, Sync};
use crate::AppState;

/// Where sessions are pushed to.
#[utoipa::path(
    get, path = "/sync/push", tag = "Sync", operation_id = "pushPlace", responses((status = 200, body = PushPlace))
)]
pub async fn show(State(state): State<AppState>, Sync(user): Sync) -> Result<Json<PushPlace>, Refusal> {
    let archive = state.store.archive_id(&user).await?;
    Ok(Json(PushPlace { archive, most_bytes: accept::MOST_BYTES }))
}

/// Takes in the sessions of another archive.
///
/// The body is the JSON of `opensync export --format json`, plain or with `Content-Encoding: zstd`.
///
/// The state of a session is `imported`, `updated` or `unchanged`; `deleted` when it was deleted here, and stays so;
/// `older` when another machine told more of it, so that it was left alone; `resend` when its messages do not fit,
/// so that it was left alone. A session may have a `mark`, which is kept. With `after` it fits when that is the
/// mark that is kept: the first `keep` messages stay (all unless given), and those of the body follow them. With
/// `more` those behind stay as well, until the next piece replaces them. What was done is not undone when the
/// body turns out to be damaged; sending it again repeats nothing.
#[utoipa::path(
    post, path = "/sync/push", tag = "Sync", operation_id = "push",
    request_body(content = Value, description = "An export with sessions"),
    responses(
        (status = 200, body = PushOutcome),
        (status = 415, description = "Packed in another way", body = ErrorJson),
    )
)]
pub async fn take(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<PushOutcome>, Refusal> {
    let (head, body) = request.into_parts();
    let packing = match head.headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii()) {
        None | Some(b"" | b"identity") => Packing::Plain,
        Some(name) if name.eq_ignore_ascii_case(b"zstd") => Packing::Zstd,
        Some(_) => {
            let message = "Content-Encoding must be zstd or identity";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_ENCODING", message));
        }
    };
    let (body, _room) = state.intake.read(&head.headers, body).await?.into_bytes();
    let changes = state.importer.changes();
    let taken = accept::accept(&state.store, &user, changes, Cursor::new(body), packing).await;
    let taken = taken.map_err(|error| match error {
        Error::Store(error) => Refusal::from(error),
        Error::TooLarge => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", error.to_string()),
        Error::Body(error) => Refusal::invalid(error.to_string()),
    })?;
    let session = |Taken { id, source, external_id, accepted }: Taken| PushedJson {
        id: id.to_string(),
        external_id,
        source,
        state: accepted.as_str(),
    };
    Ok(Json(PushOutcome { sessions: taken.into_iter().map(session).collect() }))
}
