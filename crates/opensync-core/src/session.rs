//! A session as the archive knows it.

use crate::filter::Status;
use crate::{MicroDollars, SessionId};

/// How a session is related to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It continues a copy of the parent's conversation.
    Fork,
    /// An agent in the parent started it.
    SubAgent,
}

impl Relation {
    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::SubAgent => "sub-agent",
        }
    }

    /// Reads the stored name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "fork" => Some(Self::Fork),
            "sub-agent" => Some(Self::SubAgent),
            _ => None,
        }
    }
}

/// Everything a list or a sidebar shows of a session. Times are Unix milliseconds; a token or cost
/// figure that nobody recorded is `None`, never 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Public id.
    pub id: SessionId,
    /// The source's own id.
    pub external_id: String,
    /// Which tool it is from: one of the known ids, or whatever a plugin sent.
    pub source: String,
    /// One line.
    pub title: String,
    /// The model with most output.
    pub model: Option<String>,
    /// How many different models answered.
    pub model_count: u64,
    /// Provider of that model.
    pub provider: Option<String>,
    /// First working directory.
    pub project_path: Option<String>,
    /// Last segment of `project_path`.
    pub project_name: Option<String>,
    /// Last known branch.
    pub git_branch: Option<String>,
    /// Version of the client that wrote it last.
    pub client_version: Option<String>,
    /// The machine it was recorded on, when that is known.
    pub machine: Option<String>,
    /// All input of the owned responses.
    pub prompt_tokens: Option<u64>,
    /// All output of the owned responses.
    pub completion_tokens: Option<u64>,
    /// The two added.
    pub total_tokens: Option<u64>,
    /// Part of the prompt tokens that came from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Part of the prompt tokens that was written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// Part of the completion tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Estimated or recorded cost.
    pub cost: Option<MicroDollars>,
    /// Some owned responses have no known price: `cost` is a lower bound or null.
    pub cost_partial: bool,
    /// User and assistant messages shown.
    pub message_count: u64,
    /// Working time in milliseconds.
    pub duration_ms: Option<u64>,
    /// Whether a public link exists.
    pub is_public: bool,
    /// The public link's last segment.
    pub public_slug: Option<String>,
    /// A stored or generated summary.
    pub summary: Option<String>,
    /// The session it was forked from or started by, when that one is in the archive.
    pub parent_id: Option<SessionId>,
    /// How it is related to that session.
    pub relation: Option<Relation>,
    /// How many sub-agent sessions it started.
    pub sub_agents: u64,
    /// The same with all sub-agents below it; nothing when it started none.
    pub family: Option<Family>,
    /// The file it was read from last, when the archive knows.
    pub file: Option<String>,
    /// Ready for evaluations.
    pub eval_ready: bool,
    /// The verdict of who reviewed it; never [`Status::None`].
    pub eval_status: Option<Status>,
    /// What who reviewed it noted.
    pub eval_notes: Option<String>,
    /// Tags, sorted, each once.
    pub tags: Vec<String>,
    /// What the answer should have been.
    pub expected_output: Option<String>,
    /// When it got its verdict.
    pub reviewed_at: Option<i64>,
    /// First moment.
    pub created_at: i64,
    /// Last moment.
    pub updated_at: i64,
}

/// A session and all sub-agents below it, those of sub-agents included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Family {
    /// Sub-agents that lists show.
    pub agents: u64,
    /// The harness's own calls, which lists hide; they are in the sums.
    pub hidden: u64,
    /// Tokens of all that are known; null when none are.
    pub total_tokens: Option<u64>,
    /// Somebody's tokens are unknown.
    pub tokens_partial: bool,
    /// Known cost of all; null when none is known.
    pub cost: Option<MicroDollars>,
    /// Some responses have no known price.
    pub cost_partial: bool,
}

/// Counts and sums over what a filter matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Sessions the list shows, sub-agents folded under their parents not counted.
    pub sessions: u64,
    /// Sub-agent sessions that match as well.
    pub sub_agents: u64,
    /// Tokens of both together; null when none is known.
    pub tokens: Option<u64>,
    /// Cost of both together; null when none is known.
    pub cost: Option<MicroDollars>,
    /// Some responses have no known price.
    pub cost_partial: bool,
}

/// A value to filter by and how many listed sessions have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// Sessions that have it.
    pub count: u64,
}

/// What can be filtered by: only values that exist, most sessions first (sources in fixed order).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// Source ids.
    pub sources: Vec<FacetValue>,
    /// Project names.
    pub projects: Vec<FacetValue>,
    /// Model names.
    pub models: Vec<FacetValue>,
}
