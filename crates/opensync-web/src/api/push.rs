//! Takes in the sessions of another archive, as `opensync push` sends them.

use std::io::Cursor;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use opensync_core::UserId;
use opensync_store::Scope;
use opensync_sync::accept::{self, Error, Packing, Taken};
use serde_json::{Value, json};

use super::{Refusal, owner};
use crate::AppState;

/// Who sends, proved by a key that may.
#[derive(Debug)]
pub struct Sender(UserId);

impl FromRequestParts<AppState> for Sender {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Sync).await?))
    }
}

/// `{"archive","mostBytes"}`: a name for what is kept here of the key's owner, which is another one when
/// the archive is made anew, and how large a body may be.
pub async fn show(State(state): State<AppState>, Sender(user): Sender) -> Result<Json<Value>, Refusal> {
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
/// the first `keep` messages stay (all unless given), and those of the body follow them. With `more` those
/// behind stay as well, until the next piece replaces them. What was done is
/// not undone when the body turns out to be damaged; sending it again repeats nothing.
pub async fn take(
    State(state): State<AppState>,
    Sender(user): Sender,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refusal> {
    let packing = match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii()) {
        None | Some(b"" | b"identity") => Packing::Plain,
        Some(name) if name.eq_ignore_ascii_case(b"zstd") => Packing::Zstd,
        Some(_) => {
            let message = "Content-Encoding must be zstd or identity".to_owned();
            return Err(Refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_ENCODING", message));
        }
    };
    let too_large = |message: String| Refusal(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", message);
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            too_large(format!("A body has at most {} MB; send fewer sessions at once", accept::MOST_BYTES >> 20))
        }
        _ => Refusal::invalid("The body broke off"),
    })?;
    let changes = state.importer.changes();
    let taken = accept::accept(&state.store, &user, changes, Cursor::new(body), packing).await;
    let taken = taken.map_err(|error| match error {
        Error::Store(error) => Refusal::from(error),
        Error::TooLarge => too_large(error.to_string()),
        Error::Body(error) => Refusal::invalid(error.to_string()),
    })?;
    let session = |Taken { id, source, external_id, accepted }: Taken| json!({ "id": id, "externalId": external_id, "source": source, "state": accepted.as_str() });
    Ok(Json(json!({ "sessions": taken.into_iter().map(session).collect::<Vec<_>>() })))
}
