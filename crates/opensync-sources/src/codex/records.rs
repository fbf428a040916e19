//! The records of a rollout, as they are written.
//!
//! Every field is read leniently: a field of an unexpected type reads as absent, so that one new
//! or damaged field never costs a whole record.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub(super) use super::lenient::{Num, Str};

/// Reads one piece of a record; `None` when it is not what is expected there.
pub(super) fn piece<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// The value of `"type"`, without parsing the rest when it comes first as it always does.
pub(super) fn kind(json: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(rename = "type", borrow, default)]
        kind: Str<'a>,
    }
    if let Some(rest) = json.strip_prefix(r#"{"type":""#)
        && let Some((kind, _)) = rest.split_once('"')
        && !kind.contains('\\')
    {
        return Cow::Borrowed(kind);
    }
    serde_json::from_str::<Kind<'_>>(json).map(|kind| kind.kind.0).unwrap_or_default()
}

/// One line: an envelope, or a bare item of mid 2025.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    pub timestamp: Str<'a>,
    #[serde(rename = "type", borrow, default)]
    pub kind: Str<'a>,
    #[serde(default)]
    pub ordinal: Num,
    #[serde(borrow, default)]
    pub payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub record_type: Str<'a>,
    #[serde(borrow, default)]
    pub id: Str<'a>,
}

impl<'a> Line<'a> {
    /// The payload's JSON; a line without one is damaged.
    pub(super) fn body(&self) -> Result<&'a str, serde_json::Error> {
        self.payload.map(RawValue::get).ok_or_else(|| serde::de::Error::missing_field("payload"))
    }

    /// Whether the client marked it as the answer to its own compaction request.
    pub(super) fn is_compaction_output(&self) -> bool {
        #[derive(Deserialize)]
        struct Metadata {
            #[serde(default)]
            compaction_output: bool,
        }
        piece::<Metadata>(self.metadata).is_some_and(|metadata| metadata.compaction_output)
    }
}

/// `session_meta`, and the first line of mid 2025.
#[derive(Debug, Deserialize)]
pub(super) struct SessionMeta<'a> {
    #[serde(borrow, default)]
    pub id: Str<'a>,
    #[serde(borrow, default)]
    pub timestamp: Str<'a>,
    #[serde(borrow, default)]
    pub cwd: Str<'a>,
    #[serde(borrow, default)]
    pub cli_version: Str<'a>,
    #[serde(borrow, default)]
    pub source: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub thread_source: Str<'a>,
    #[serde(borrow, default)]
    pub parent_thread_id: Str<'a>,
    #[serde(borrow, default)]
    pub forked_from_id: Str<'a>,
    #[serde(borrow, default)]
    pub model_provider: Str<'a>,
    #[serde(borrow, default)]
    pub git: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub agent_nickname: Str<'a>,
    #[serde(borrow, default)]
    pub agent_role: Str<'a>,
    #[serde(borrow, default)]
    pub history_mode: Str<'a>,
    #[serde(borrow, default)]
    pub history_base: Option<&'a RawValue>,
}

impl<'a> SessionMeta<'a> {
    /// The branch, when one is written.
    pub(super) fn branch(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Git<'a> {
            #[serde(borrow, default)]
            branch: Str<'a>,
        }
        piece::<Git<'_>>(self.git).and_then(|git| git.branch.owned())
    }

    /// Where a paginated fork's history lies.
    pub(super) fn base(&self) -> Option<HistoryBase<'a>> {
        piece(self.history_base)
    }
}

/// Where a paginated fork's history lies: the lines of another thread before an ordinal.
#[derive(Debug, Deserialize)]
pub(super) struct HistoryBase<'a> {
    #[serde(borrow, default)]
    pub thread_id: Str<'a>,
    #[serde(default)]
    pub end_ordinal_exclusive: Num,
}

/// `turn_context`, and the turn events.
#[derive(Debug, Deserialize)]
pub(super) struct Turn<'a> {
    #[serde(rename = "turn_id", borrow, default)]
    pub id: Str<'a>,
    #[serde(borrow, default)]
    pub cwd: Str<'a>,
    #[serde(borrow, default)]
    pub model: Str<'a>,
    #[serde(default)]
    pub started_at: Num,
}

/// A `response_item`: one union of all its types.
#[derive(Debug, Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, default)]
    pub id: Str<'a>,
    #[serde(borrow, default)]
    pub role: Str<'a>,
    #[serde(borrow, default)]
    pub name: Str<'a>,
    #[serde(borrow, default)]
    pub call_id: Str<'a>,
    #[serde(borrow, default)]
    pub status: Str<'a>,
    #[serde(borrow, default)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub summary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub arguments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub input: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub output: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub tools: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub revised_prompt: Option<&'a RawValue>,
    #[serde(rename = "internal_chat_message_metadata_passthrough", borrow, default)]
    pub passthrough: Option<&'a RawValue>,
}

impl<'a> Item<'a> {
    /// What each piece of the content is, in newer versions: `user.text`, `environments.…`.
    pub(super) fn content_kinds(&self) -> Vec<Str<'a>> {
        #[derive(Deserialize)]
        struct Passthrough<'a> {
            #[serde(borrow, default)]
            content_item_kinds: Option<&'a RawValue>,
        }
        piece::<Passthrough<'a>>(self.passthrough).and_then(|pass| piece(pass.content_item_kinds)).unwrap_or_default()
    }
}

/// A piece of `content`, `summary` or an array output.
#[derive(Debug, Deserialize)]
pub(super) struct Content<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Str<'a>,
    #[serde(borrow, default)]
    pub text: Str<'a>,
    #[serde(borrow, default)]
    pub refusal: Str<'a>,
    #[serde(borrow, default)]
    pub image_url: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub path: Str<'a>,
    #[serde(skip)]
    pub json: &'a str,
}

/// The pieces of a content field, which may also be one plain string.
pub(super) fn contents<'a>(raw: Option<&'a RawValue>) -> Vec<Content<'a>> {
    let Some(raw) = raw else { return Vec::new() };
    if raw.get().starts_with('"') {
        let text = piece(Some(raw)).unwrap_or_default();
        let kind = Str(Cow::Borrowed("text"));
        return vec![Content { kind, text, refusal: Str::default(), image_url: None, path: Str::default(), json: "" }];
    }
    let pieces: Vec<&'a RawValue> = piece(Some(raw)).unwrap_or_default();
    let read = |raw: &'a RawValue| Some(Content { json: raw.get(), ..piece::<Content<'a>>(Some(raw))? });
    pieces.into_iter().filter_map(read).collect()
}

/// An `event_msg`: one union of the types that are used.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub message: Str<'a>,
    #[serde(borrow, default)]
    pub text: Str<'a>,
    #[serde(borrow, default)]
    pub images: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub local_images: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub thread_id: Str<'a>,
    #[serde(borrow, default)]
    pub thread_name: Str<'a>,
    #[serde(default)]
    pub num_turns: Num,
    #[serde(default)]
    pub duration_ms: Num,
    #[serde(borrow, default)]
    pub item: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub review_output: Option<&'a RawValue>,
}

/// How a call ended: an `…_end` event, or the item of `item_completed`.
#[derive(Debug, Deserialize)]
pub(super) struct Ended<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Str<'a>,
    #[serde(borrow, default)]
    pub id: Str<'a>,
    #[serde(borrow, default)]
    pub call_id: Str<'a>,
    #[serde(borrow, default)]
    pub content: Option<&'a RawValue>,
    #[serde(default)]
    pub exit_code: Num,
    #[serde(borrow, default)]
    pub success: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub status: Str<'a>,
    #[serde(borrow, default)]
    pub duration: Option<&'a RawValue>,
}

/// Token counters; the input holds the cached tokens, the output the reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Counters {
    #[serde(rename = "input_tokens")]
    pub input: Num,
    #[serde(rename = "cached_input_tokens")]
    pub cached: Num,
    #[serde(rename = "cache_write_input_tokens")]
    pub cache_write: Num,
    #[serde(rename = "output_tokens")]
    pub output: Num,
    #[serde(rename = "reasoning_output_tokens")]
    pub reasoning: Num,
    #[serde(rename = "total_tokens")]
    pub total: Num,
}

/// `event_msg/token_count`. The earliest versions wrote the counters of the last response in place
/// of `info`.
#[derive(Debug, Deserialize)]
pub(super) struct TokenCount {
    #[serde(default, deserialize_with = "some")]
    pub info: Option<Info>,
    #[serde(rename = "input_tokens", default)]
    input: Num,
    #[serde(rename = "cached_input_tokens", default)]
    cached: Num,
    #[serde(rename = "output_tokens", default)]
    output: Num,
    #[serde(rename = "reasoning_output_tokens", default)]
    reasoning: Num,
    #[serde(rename = "total_tokens", default)]
    total: Num,
}

impl TokenCount {
    /// The running total and the last response's counters.
    pub(super) fn counters(&self) -> (Option<Counters>, Option<Counters>) {
        if let Some(Info(Some(info))) = &self.info {
            return (info.total_token_usage, info.last_token_usage);
        }
        let flat = Counters {
            input: self.input,
            cached: self.cached,
            cache_write: Num::default(),
            output: self.output,
            reasoning: self.reasoning,
            total: self.total,
        };
        (None, (flat != Counters::default()).then_some(flat))
    }
}

/// Reads a field that is there, if only as `null`.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What stands in `info`: `null` when only limits are told.
#[derive(Debug, Deserialize)]
pub(super) struct Info(pub Option<TokenInfo>);

#[derive(Debug, Deserialize)]
pub(super) struct TokenInfo {
    pub total_token_usage: Option<Counters>,
    pub last_token_usage: Option<Counters>,
}

/// `token_usage_record`.
#[derive(Debug, Deserialize)]
pub(super) struct UsageRecord<'a> {
    #[serde(borrow, default)]
    pub thread_id: Str<'a>,
    #[serde(borrow, default)]
    pub response_id: Str<'a>,
    pub usage: Option<Counters>,
    pub thread_token_usage: Option<Counters>,
}

/// `compacted`; its `replacement_history` states old messages again and is not read.
#[derive(Debug, Deserialize)]
pub(super) struct Compacted<'a> {
    #[serde(borrow, default)]
    pub message: Str<'a>,
}
