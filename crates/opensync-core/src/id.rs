//! Identifiers, made in one place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who owns a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The one user of an archive on a laptop: there is no login.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// A user id read back from storage.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The public id of a session: derived from owner, source and the source's own id, so that
/// importing the same session twice names the same row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// The id of the session that `source` calls `external_id`: 24 characters of `0-9a-v`.
    pub fn derive(user: &UserId, source: &str, external_id: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for field in [user.as_str(), source, external_id] {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        Self(base32(&hasher.finalize().as_bytes()[..15]))
    }

    /// An id from storage or a URL; it need not name an existing session.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for &byte in bytes {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_session_gets_the_same_id_and_others_another() {
        let user = UserId::local();
        let id = SessionId::derive(&user, "pi", "abc");
        assert_eq!(id, SessionId::derive(&user, "pi", "abc"));
        assert_ne!(id, SessionId::derive(&user, "pia", "bc"));
        assert_eq!(id.as_str().len(), 24);
    }
}
