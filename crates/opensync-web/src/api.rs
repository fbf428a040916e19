//! The JSON API for programs. Every route but `/health` takes a key.

pub mod eval_export;
pub mod health;
mod label;
pub mod session_bulk;
pub mod session_edit;
pub mod session_export;
pub mod session_get;
pub mod session_list;
pub mod stats;
pub mod sync_batch;
pub mod sync_list;
pub mod sync_message;
pub mod sync_session;

use axum::Json;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opensync_core::UserId;
use opensync_core::received::Bad;
use opensync_store::Scope;
use opensync_sync::receive::NotStored;
use serde_json::{Map, Value, json};

use crate::AppState;
use crate::intake::Turned;

/// Seconds after which what could not be stored may be sent again.
const RETRY_AFTER: &str = "5";

/// A refusal: status, code and a message that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message.into())
    }

    /// There is no such thing, or it is another user's.
    pub fn not_found(message: &str) -> Self {
        Self(StatusCode::NOT_FOUND, "NOT_FOUND", message.to_owned())
    }

    fn unauthorized() -> Self {
        Self(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Invalid or missing API key".to_owned())
    }

    fn forbidden() -> Self {
        Self(StatusCode::FORBIDDEN, "FORBIDDEN", "This key may not do that".to_owned())
    }
}

impl From<opensync_store::Error> for Refusal {
    fn from(error: opensync_store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "The server could not answer; its log says why".to_owned())
    }
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Self {
        Self::invalid(bad.to_string())
    }
}

impl From<NotStored> for Refusal {
    fn from(_: NotStored) -> Self {
        let message = "Nothing was stored; send it again. The server's log says why";
        Self(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message.to_owned())
    }
}

impl From<Turned> for Refusal {
    fn from(turned: Turned) -> Self {
        let (status, code) = match turned {
            Turned::Large => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Turned::Slow => (StatusCode::REQUEST_TIMEOUT, "TIMEOUT"),
            Turned::Broken => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
            Turned::Full => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        };
        Self(status, code, turned.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let json = Json(json!({ "error": { "code": code, "message": message }, "message": message }));
        let mut response = (status, json).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}

/// Who asks, proved by a key that may read.
#[derive(Debug)]
pub struct Reader(pub UserId);

impl FromRequestParts<AppState> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Read).await?))
    }
}

/// Who asks, proved by a key that may send sessions.
#[derive(Debug)]
pub struct Sync(pub UserId);

impl FromRequestParts<AppState> for Sync {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Sync).await?))
    }
}

/// Who asks, proved by a key that may change and delete sessions.
#[derive(Debug)]
pub struct Admin(pub UserId);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Admin).await?))
    }
}

/// The owner of the key of a request, when it allows `scope`.
async fn owner(parts: &Parts, state: &AppState, scope: Scope) -> Result<UserId, Refusal> {
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, secret) = header.and_then(|value| value.trim().split_once(' ')).ok_or_else(Refusal::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::unauthorized());
    }
    let key = state.store.authenticate(secret.trim()).await?.ok_or_else(Refusal::unauthorized)?;
    if key.allows(scope) { Ok(key.user) } else { Err(Refusal::forbidden()) }
}

/// The fields of a body that must be a JSON object.
fn fields(body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, Refusal> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "The body is too large; send fewer ids at once".to_owned();
            Refusal(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", message)
        }
        _ => Refusal::invalid("The body broke off"),
    })?;
    serde_json::from_slice(&body).map_err(|_| Refusal::invalid("The body must be a JSON object"))
}

/// An API address nothing has.
pub async fn not_found() -> Refusal {
    Refusal::not_found("There is no such API route")
}

/// A route that exists, asked in another way.
pub async fn method_not_allowed() -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This route does not take that method".to_owned())
}
