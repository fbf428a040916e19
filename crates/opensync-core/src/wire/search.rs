//! What searches answer.

use serde::Serialize;
use utoipa::ToSchema;

use super::SessionJson;

/// The sessions that fit best, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SearchResults)]
pub struct SearchJson {
    /// At most as many as were asked for.
    pub results: Vec<FoundJson>,
    /// True when the kind of search that was asked for is not there and words were searched instead.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub degraded: bool,
}

/// A session that was found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FoundSession)]
#[serde(rename_all = "camelCase")]
pub struct FoundJson {
    /// The session itself.
    #[serde(flatten)]
    pub session: SessionJson,
    /// Its id, a third time.
    pub session_id: String,
    /// How well it fits, above 0 and at most 1.
    pub score: f64,
    /// A piece of the message that holds most of the words; null when only the title or the summary does.
    pub snippet: Option<String>,
    /// The id of that message.
    pub match_message_id: Option<String>,
    /// The searches that found it.
    pub matched_in: Vec<&'static str>,
}

/// Pieces of earlier sessions, to be read by a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Context)]
#[serde(rename_all = "camelCase")]
pub struct ContextJson {
    /// One for each session, the best first.
    pub context: Vec<ContextItem>,
    /// All of it as one text.
    pub text: String,
    /// Sessions in it.
    pub session_count: u64,
    /// With `format=messages`: the same message by message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<ContextMessage>>,
}

/// Pieces of one session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextItem {
    /// The session.
    pub session_id: String,
    /// Its title.
    pub title: String,
    /// The messages around the words.
    pub content: String,
    /// How well it fits, above 0 and at most 1.
    pub score: f64,
}

/// A piece of one message.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContextMessage {
    /// `user`, `assistant`, `system` or `tool`.
    pub role: &'static str,
    /// The piece.
    pub content: String,
    /// Where it is from.
    pub metadata: ContextSource,
}

/// Where a piece is from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextSource {
    /// The session.
    pub session_id: String,
    /// Its title, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_title: Option<String>,
}
