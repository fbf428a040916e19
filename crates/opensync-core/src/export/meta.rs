//! What test cases say about where they come from.

use jiff::Timestamp;
use serde::Serialize;

use super::turn::Turn;
use crate::Session;

/// In the order and with the names readers of such files know.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Meta {
    session_id: String,
    model: String,
    tool: String,
    title: String,
    timestamp: String,
    tokens_input: Option<u64>,
    tokens_output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn_index: Option<u64>,
}

impl Meta {
    /// Of one turn; of the whole session without one.
    pub(super) fn new(session: &Session, turn: Option<&Turn>) -> Self {
        let spent = |turn: &Turn| u64::try_from(turn.until?.checked_sub(turn.at?)?).ok();
        Self {
            session_id: session.external_id.clone(),
            model: session.model.clone().unwrap_or_else(|| "unknown".to_owned()),
            tool: session.source.clone(),
            title: session.title.clone(),
            timestamp: moment(session.created_at),
            tokens_input: turn.map_or(session.prompt_tokens, |turn| turn.prompt_tokens),
            tokens_output: turn.map_or(session.completion_tokens, |turn| turn.completion_tokens),
            latency_ms: turn.map_or(session.duration_ms, spent),
            project: session.project_name.clone(),
            tags: session.tags.clone(),
            eval_status: session.eval_status.map(crate::filter::Status::as_str),
            turn_index: turn.map(|turn| turn.number),
        }
    }
}

/// RFC 3339 in UTC; empty beyond the calendar.
fn moment(at: i64) -> String {
    Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default()
}
