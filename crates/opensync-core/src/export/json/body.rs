//! What parts hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::Body;

/// A body as text; bytes that are none as base64. `null` when it could not be read back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum BodyJson {
    Text(String),
    Bytes { base64: Bytes },
    Lost(()),
}

/// Bytes as base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl From<&Body> for BodyJson {
    fn from(body: &Body) -> Self {
        match body.bytes().map(std::borrow::Cow::into_owned).map(String::from_utf8) {
            Ok(Ok(text)) => Self::Text(text),
            Ok(Err(bytes)) => Self::Bytes { base64: Bytes(bytes.into_bytes()) },
            Err(_) => Self::Lost(()),
        }
    }
}

impl From<BodyJson> for Body {
    fn from(json: BodyJson) -> Self {
        match json {
            BodyJson::Text(text) => Self::from(text.as_str()),
            BodyJson::Bytes { base64 } => Self::new(&base64.0),
            BodyJson::Lost(()) => Self::default(),
        }
    }
}
