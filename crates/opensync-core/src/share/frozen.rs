//! Messages as the copy keeps them: JSON without the ids of tools, without what only machines read.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PublicHead;
use crate::secret::{Redactor, name};
use crate::{Body, Message, Part, Role, Session, StoredMessage};

/// What stands for an image that was not shared.
const HIDDEN: &str = "Removed before sharing";
/// Of the extras of a result, those a page reads: the lines of an edit, and how a command ended.
const DETAILS: [&str; 4] = ["structuredPatch", "exit_code", "exitCode", "exit"];

#[derive(Debug, Serialize, Deserialize)]
struct FrozenMessage {
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completion: Option<u64>,
    parts: Vec<FrozenPart>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FrozenPart {
    Text {
        text: String,
    },
    Thinking {
        text: String,
    },
    Call {
        id: Option<String>,
        name: String,
        arguments: String,
    },
    Result {
        id: Option<String>,
        name: Option<String>,
        output: String,
        is_error: Option<bool>,
        duration_ms: Option<u64>,
        details: Option<String>,
    },
    Image {
        media_type: String,
        name: Option<String>,
        size: u64,
    },
    Unknown {
        name: String,
        json: String,
    },
}

/// A message of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Its place in the session.
    pub seq: u64,
    /// Whether it is a prompt.
    pub is_prompt: bool,
    /// Whether it counts as a message.
    pub counted: bool,
    /// The message, as [`thaw`] reads it.
    pub body: Body,
    /// Images that are shared.
    pub images: Vec<FrozenImage>,
}

/// An image of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenImage {
    /// Which part it is.
    pub index: usize,
    /// Such as `image/png`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Makes the messages of a copy.
#[derive(Debug)]
pub struct Freezer {
    redactor: Redactor,
    /// Names of the contents of images that are shared.
    images: HashSet<String>,
    calls: Calls,
}

impl Freezer {
    /// `images` are the names of the contents of those images that are shared; no one can look for
    /// secrets in the others.
    pub fn new(redactor: Redactor, images: HashSet<String>) -> Self {
        Self { redactor, images, calls: Calls::default() }
    }

    /// What the page says of a session, `shared` of whose messages are in the copy.
    pub fn head(&self, session: &Session, shared: u64) -> PublicHead {
        PublicHead::new(session, shared, &self.redactor)
    }

    /// The copy of a message.
    pub fn message(&mut self, stored: &StoredMessage) -> Frozen {
        let mut images = Vec::new();
        let (redactor, shown) = (&self.redactor, &self.images);
        let frozen = frozen(
            &stored.message,
            &mut |text| redactor.redact(text).into_owned(),
            &mut |index, media_type, body| {
                let bytes = body.bytes().map(Cow::into_owned).unwrap_or_default();
                let shared = !bytes.is_empty() && shown.contains(&image_name(&bytes));
                if shared {
                    images.push(FrozenImage { index, media_type: media_type.to_owned(), bytes });
                }
                shared
            },
            &mut self.calls,
        );
        let json = serde_json::to_vec(&frozen).unwrap_or_default();
        Frozen {
            seq: stored.seq,
            is_prompt: stored.message.role == Role::User,
            counted: stored.message.counted(),
            body: Body::new(&json),
            images,
        }
    }
}

/// The name of an image by its content.
pub(super) fn image_name(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// Ids of calls, by number.
#[derive(Debug, Default)]
pub(super) struct Calls(HashMap<String, usize>);

impl Calls {
    fn id(&mut self, id: Option<&String>) -> Option<String> {
        let next = self.0.len() + 1;
        id.map(|id| format!("c{}", self.0.entry(id.clone()).or_insert(next)))
    }
}

/// Looks at all a copy would hold of a message: its texts, and its images.
pub(super) fn look(message: &Message, mut text: impl FnMut(&str), mut image: impl FnMut(usize, &str, &Body)) {
    let mut see = |seen: &str| {
        text(seen);
        String::new()
    };
    let mut image = |index: usize, media_type: &str, body: &Body| {
        image(index, media_type, body);
        // So that its name is looked at.
        true
    };
    frozen(message, &mut see, &mut image, &mut Calls::default());
}

/// Every text goes through `text`; `image` says whether an image is shared.
fn frozen(
    message: &Message,
    text: &mut dyn FnMut(&str) -> String,
    image: &mut dyn FnMut(usize, &str, &Body) -> bool,
    calls: &mut Calls,
) -> FrozenMessage {
    let mut of = |seen: &str| text(seen);
    let body = |body: &Body| body.text().unwrap_or_default();
    let mut parts = Vec::with_capacity(message.parts.len());
    for (index, part) in message.parts.iter().enumerate() {
        parts.push(match part {
            Part::Text(piece) => FrozenPart::Text { text: of(piece) },
            Part::Thinking(thought) => FrozenPart::Thinking { text: of(&body(thought)) },
            Part::ToolCall { call_id, name, arguments } => {
                FrozenPart::Call { id: calls.id(call_id.as_ref()), name: of(name), arguments: of(&body(arguments)) }
            }
            Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => FrozenPart::Result {
                id: calls.id(call_id.as_ref()),
                name: name.as_ref().map(|name| of(name)),
                output: of(&body(output)),
                is_error: *is_error,
                duration_ms: *duration_ms,
                details: details.as_ref().and_then(|details| useful(&body(details))).map(|details| of(&details)),
            },
            Part::Image { media_type, name, body } => {
                let (media, shared) = (of(media_type), image(index, media_type, body));
                let name = if shared { name.as_ref().map(|name| of(name)) } else { Some(HIDDEN.to_owned()) };
                FrozenPart::Image { media_type: media, name, size: if shared { body.size() } else { 0 } }
            }
            Part::Unknown { kind, json } => FrozenPart::Unknown { name: of(kind), json: of(&body(json)) },
        });
    }
    FrozenMessage {
        role: message.role.as_str().to_owned(),
        model: message.model.as_ref().map(|model| of(model)),
        at: message.created_at,
        prompt: message.prompt_tokens.filter(|_| !message.inherited),
        completion: message.completion_tokens.filter(|_| !message.inherited),
        parts,
    }
}

fn useful(details: &str) -> Option<String> {
    let Ok(Value::Object(mut object)) = serde_json::from_str(details) else { return None };
    object.retain(|name, _| DETAILS.contains(&name.as_str()));
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

/// Reads a message of a copy; `None` when its bytes are damaged.
pub fn thaw(seq: u64, body: &Body) -> Option<StoredMessage> {
    let frozen: FrozenMessage = serde_json::from_slice(&body.bytes().ok()?).ok()?;
    let mut message = Message::new(seq.to_string(), Role::parse(&frozen.role), frozen.at);
    (message.model, message.prompt_tokens, message.completion_tokens) =
        (frozen.model, frozen.prompt, frozen.completion);
    let body = |text: String| Body::new(text.as_bytes());
    message.parts = frozen
        .parts
        .into_iter()
        .map(|part| match part {
            FrozenPart::Text { text } => Part::Text(text),
            FrozenPart::Thinking { text } => Part::Thinking(body(text)),
            FrozenPart::Call { id, name, arguments } => {
                Part::ToolCall { call_id: id, name, arguments: body(arguments) }
            }
            FrozenPart::Result { id, name, output, is_error, duration_ms, details } => Part::ToolResult {
                call_id: id,
                name,
                output: body(output),
                is_error,
                duration_ms,
                details: details.map(body),
            },
            // Its bytes have an address of their own.
            FrozenPart::Image { media_type, name, size } => {
                Part::Image { media_type, name, body: Body::from_stored(Vec::new(), size, false) }
            }
            FrozenPart::Unknown { name, json } => Part::Unknown { kind: name, json: body(json) },
        })
        .collect();
    Some(StoredMessage { seq, message })
}

/// The name by which a value or the content of an image is said to stay.
pub(super) fn value_name(value: &str) -> String {
    name(value)
}
