//! Pieces of sessions, as one archive sends them to another: a file of the same format, in which a
//! session may hold only those of its messages that the other archive lacks.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::super::Whole;
use super::message::MessageJson;
use super::session::SessionJson;
use super::{NAME, VERSION};
use crate::{Message, Session};

/// How a piece goes together with what the other archive has. Only who sends it knows what marks mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// The mark of the messages the other archive must have, for the piece to fit.
    pub after: Option<String>,
    /// How many of them stay, from the first on; all unless given. Those of the piece follow them.
    pub keep: Option<u64>,
    /// The mark of all messages up to its end, once the piece is in its place.
    pub mark: Option<String>,
    /// There are more messages behind it: those that are there stay until they are sent.
    pub more: bool,
}

/// A session without its messages, as [`piece`] takes it.
pub fn head(session: &Session, whole: &Whole) -> String {
    serde_json::to_string(&SessionJson::new(session, Some(whole))).unwrap_or_default()
}

/// A message, as [`piece`] takes it.
pub fn message(message: &Message) -> String {
    serde_json::to_string(&MessageJson::from(message)).unwrap_or_default()
}

/// A session with some of its messages, as [`body`] takes it.
pub fn piece(head: &str, marks: &Marks, messages: &[String]) -> String {
    let mut out = head.strip_suffix('}').unwrap_or("{").to_owned();
    let text = |text: &str| serde_json::Value::from(text).to_string();
    for (name, value) in [
        ("after", marks.after.as_deref().map(text)),
        ("keep", marks.keep.map(|keep| keep.to_string())),
        ("mark", marks.mark.as_deref().map(text)),
        ("more", marks.more.then(|| "true".to_owned())),
    ] {
        if let Some(value) = value {
            let _ = write!(out, ",\"{name}\":{value}");
        }
    }
    out.push_str(",\"messages\":[");
    out.push_str(&messages.join(",\n"));
    out.push_str("]}");
    out
}

/// All pieces of one request.
pub fn body(at: Timestamp, pieces: &[&str]) -> String {
    let at = at.as_millisecond();
    let sessions = pieces.join(",\n");
    format!("{{\"format\":\"{NAME}\",\"version\":{VERSION},\"exportedAt\":{at},\"sessions\":[\n{sessions}\n]}}\n")
}
