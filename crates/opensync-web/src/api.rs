//! The JSON API for programs. Every route but `/health` takes a key.

pub mod eval_export;
pub mod health;
mod label;
pub mod push;
pub mod session_bulk;
pub mod session_edit;
pub mod session_export;
pub mod session_get;
pub mod session_list;
pub mod stats;

use axum::Json;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use opensync_core::UserId;
use opensync_store::Scope;
use serde_json::{Map, Value, json};

use crate::AppState;

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

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        (status, Json(json!({ "error": { "code": code, "message": message }, "message": message }))).into_response()
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
