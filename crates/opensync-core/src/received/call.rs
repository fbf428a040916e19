//! The bodies of calls.

use serde_json::value::RawValue;

use super::json::Fields;
use super::names;
use crate::{MicroDollars, Role};

/// Ids are looked up by an index, which takes no longer ones. Bytes.
const LONGEST_ID: usize = 1000;
/// Bytes of a source's name.
const LONGEST_SOURCE: usize = 64;

/// Why a call cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// It is no JSON object.
    #[error("The body must be a JSON object")]
    Object,
    /// A session without a name.
    #[error("Missing externalId or sessionId")]
    NoSession,
    /// A field that must be there.
    #[error("Missing required field: {0}")]
    Missing(&'static str),
    /// A field of another type.
    #[error("{0} must be {1}")]
    Type(&'static str, &'static str),
    /// An id nobody could look up.
    #[error("{0} is too long: at most {1} bytes")]
    Long(&'static str, usize),
}

/// What a plugin says about a session. Unknown figures are `None`, 0 too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionCall {
    /// The tool's own id.
    pub external_id: String,
    /// The tool, in its canonical spelling, when the plugin says it.
    pub source: Option<String>,
    /// A title, a placeholder perhaps.
    pub title: Option<String>,
    /// Working directory.
    pub project_path: Option<String>,
    /// Its name.
    pub project_name: Option<String>,
    /// Model, as an id or as people read it.
    pub model: Option<String>,
    /// Provider.
    pub provider: Option<String>,
    /// All prompt tokens so far.
    pub prompt_tokens: Option<u64>,
    /// All completion tokens so far.
    pub completion_tokens: Option<u64>,
    /// All cost so far.
    pub cost: Option<MicroDollars>,
    /// Duration so far.
    pub duration_ms: Option<u64>,
    /// When it began, Unix milliseconds.
    pub created_at: Option<i64>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

/// What a plugin says about a message.
#[derive(Debug, Clone, Default)]
pub struct MessageCall {
    /// The tool's own id of its session.
    pub session: String,
    /// Its own id, unique within the session.
    pub external_id: String,
    /// The tool, when the plugin says it.
    pub source: Option<String>,
    /// Who it is from; `None` when the role is none we know.
    pub role: Option<Role>,
    /// Its readable text.
    pub text: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Prompt tokens.
    pub prompt_tokens: Option<u64>,
    /// Completion tokens.
    pub completion_tokens: Option<u64>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// When it was written, Unix milliseconds.
    pub created_at: Option<i64>,
    /// Its parts as they were sent.
    pub parts: Option<Vec<Box<RawValue>>>,
}

/// Many calls in one body: each item as a call, or its id (empty without one) and why it is none.
#[derive(Debug, Default)]
pub struct BatchCall {
    /// Sessions.
    pub sessions: Vec<Result<SessionCall, (String, Bad)>>,
    /// Messages.
    pub messages: Vec<Result<MessageCall, (String, Bad)>>,
}

impl SessionCall {
    /// Reads a body, which [`super::mend`] mended. Fields it does not know are skipped.
    pub fn read(json: &str) -> Result<Self, Bad> {
        let fields = Fields::of(json).ok_or(Bad::Object)?;
        let external_id = id(&fields, &["externalId", "sessionId"])?.ok_or(Bad::NoSession)?;
        Ok(Self {
            external_id,
            source: source(&fields)?,
            title: fields.text(&["title"])?,
            project_path: fields.text(&["projectPath"])?,
            project_name: fields.text(&["projectName"])?,
            model: fields.text(&["model"])?.and_then(names::model),
            provider: fields.text(&["provider"])?,
            prompt_tokens: fields.count("promptTokens")?,
            completion_tokens: fields.count("completionTokens")?,
            cost: fields.amount("cost")?.map(cost).filter(|cost| cost.0 > 0),
            duration_ms: fields.count("durationMs")?,
            created_at: fields.moment("createdAt"),
            end_reason: fields.text(&["endReason"])?,
        })
    }
}

impl MessageCall {
    /// Reads a body, which [`super::mend`] mended. Fields it does not know are skipped.
    pub fn read(json: &str) -> Result<Self, Bad> {
        let fields = Fields::of(json).ok_or(Bad::Object)?;
        let required = |names: &[&'static str]| id(&fields, names)?.ok_or(Bad::Missing(names[0]));
        let (session, external_id) =
            (required(&["sessionExternalId", "sessionId"])?, required(&["externalId", "messageId"])?);
        let role = fields.text(&["role"])?.ok_or(Bad::Missing("role"))?;
        let parts = match fields.first(&["parts"]) {
            Some(parts) => Some(serde_json::from_str(parts.get()).map_err(|_| Bad::Type("parts", "a list"))?),
            None => None,
        };
        // What is no text in `content` is of another protocol.
        let content = fields.first(&["content"]).is_some_and(|content| content.get().starts_with('"'));
        let names: &[&str] = if content { &["textContent", "content"] } else { &["textContent"] };
        Ok(Self {
            session,
            external_id,
            source: source(&fields)?,
            role: names::role(&role),
            text: fields.text(names)?,
            model: fields.text(&["model"])?.and_then(names::model),
            prompt_tokens: fields.count("promptTokens")?,
            completion_tokens: fields.count("completionTokens")?,
            duration_ms: fields.count("durationMs")?,
            created_at: fields.moment("createdAt"),
            parts,
        })
    }
}

impl BatchCall {
    /// Reads a body, which [`super::mend`] mended. An item that makes no sense leaves the others alone.
    pub fn read(json: &str) -> Result<Self, Bad> {
        let fields = Fields::of(json).ok_or(Bad::Object)?;
        let list = |name: &'static str| -> Result<Vec<&RawValue>, Bad> {
            match fields.first(&[name]) {
                Some(list) => serde_json::from_str(list.get()).map_err(|_| Bad::Type(name, "a list")),
                None => Ok(Vec::new()),
            }
        };
        Ok(Self {
            sessions: items(&list("sessions")?, SessionCall::read, &["externalId", "sessionId"]),
            messages: items(&list("messages")?, MessageCall::read, &["externalId", "messageId"]),
        })
    }
}

fn items<T>(
    list: &[&RawValue],
    read: impl Fn(&str) -> Result<T, Bad>,
    names: &[&'static str],
) -> Vec<Result<T, (String, Bad)>> {
    let name = |item: &RawValue| {
        let fields = Fields::of(item.get()).unwrap_or_default();
        fields.text(names).ok().flatten().unwrap_or_default().chars().take(100).collect()
    };
    list.iter().map(|item| read(item.get()).map_err(|bad| (name(item), bad))).collect()
}

fn id(fields: &Fields<'_>, names: &[&'static str]) -> Result<Option<String>, Bad> {
    match fields.text(names)? {
        Some(id) if id.len() > LONGEST_ID => Err(Bad::Long(names[0], LONGEST_ID)),
        id => Ok(id),
    }
}

fn source(fields: &Fields<'_>) -> Result<Option<String>, Bad> {
    match fields.text(&["source"])?.map(|source| names::source(&source)) {
        Some(source) if source.len() > LONGEST_SOURCE => Err(Bad::Long("source", LONGEST_SOURCE)),
        source => Ok(source),
    }
}

/// At most a million dollars.
fn cost(usd: f64) -> MicroDollars {
    MicroDollars::from_usd(usd.min(1e6))
}
