//! Takes in the sessions of another archive, as `opensync push` sends them.

use std::io::Cursor;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use opensync_sync::accept::{self, Error, Packing, Taken};
use serde_json::{Value, json};

use super::{Refusal, Sync};
use crate::AppState;

/// `{"archive","mostBytes"}`: a name for what is kept here of the key's owner, which is another one when
/// the archive is made anew, and how large a body may be.
pub async fn show(State(state): State<AppState>, Sync(user): Sync) -> Result<Json<Value>, Refusal> {
    let archive = state.store.archive_id(&user).await?;
    Ok(Json(json!({ "archive": archive, "mostBytes": accept::MOST_BYTES })))
}

/// Takes the JSON of `opensync export --format json`, plain or with `Content-Encoding: zstd`; answers
/// `{"sessions":[{"id","externalId","source","state"}]}`, a state of each session in their order:
///
/// - `imported`, `updated` or `unchanged`;
/// - `deleted`: it was deleted here, and stays so;
/// - `older`: another machine told more of it, so it was left alone;
/// - `resend`: its messages do not fit, so it was left alone.
///
/// A session may have a `mark`, which is kept. With `after` it fits when that is the mark that is kept:
/// the first `keep` messages stay (all unless given), and those of the body follow them. What was done is
/// not undone when the body turns out to be damaged; sending it again repeats nothing.
pub async fn take(State(state): State<AppState>, Sync(user): Sync, request: Request) -> Result<Json<Value>, Refusal> {
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
    let session = |Taken { id, source, external_id, accepted }: Taken| json!({ "id": id, "externalId": external_id, "source": source, "state": accepted.as_str() });
    Ok(Json(json!({ "sessions": taken.into_iter().map(session).collect::<Vec<_>>() })))
}
