//! One bubble of the editor: a prompt, or a text, thought or call of the assistant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part, Role, Usage};

use super::places::folder_of;
use super::{expected, prompt, tool};
use crate::loose::{Object, list, moment, string};
use crate::tally::{Tally, plain};

/// A smaller "moment" counts from the start of the window.
const ELAPSED: f64 = 946_684_800_000.0;

/// What a bubble says.
pub(super) struct Bubble {
    pub role: Role,
    pub parts: Vec<Part>,
    pub at: Option<i64>,
    pub model: Option<String>,
    /// Tokens, when they were recorded: two zeros mean that they were not.
    pub usage: Option<Usage>,
    /// A folder it names, and files that were attached.
    pub folder: Option<String>,
    pub files: Vec<String>,
}

impl Bubble {
    /// Reads one. `kind` is the type its header states, `call` its call when that is kept elsewhere.
    pub(super) fn new(object: &Object<'_>, kind: Option<f64>, call: Option<&Object<'_>>, tally: &mut Tally) -> Self {
        expected::bubble(tally, object);
        let mut role = role(object, kind, tally);
        let mut parts = Vec::new();
        let thought = object.text("thinking").or_else(|| object.object("thinking").text("text"));
        parts.extend(thought.map(|thought| Part::Thinking(Body::from(thought.as_str()))));
        let text =
            object.text("text").or_else(|| object.text("rawText")).or_else(|| rich_text(object.raw("richText")?));
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            if role == Role::User {
                let (from, text) = prompt::unwrapped(&text);
                role = from;
                parts.push(Part::Text(text));
            } else {
                parts.push(Part::Text(text));
            }
        }
        let stored = object.object("toolFormerData");
        parts.extend(tool::parts(call.filter(|_| stored.is_empty()).unwrap_or(&stored), tally));
        parts.extend(object.list("images").into_iter().filter_map(image));
        let folders = object.list("workspaceUris");
        let folder = object.text("workspaceProjectDir").or_else(|| folders.first().and_then(|uri| string(uri)));
        let selected = object.object("context").list("fileSelections");
        let files = selected.into_iter().filter_map(|file| address(&Object::parse(file)?.object("uri")));
        Self {
            role,
            parts,
            at: object.time("createdAt").or_else(|| started(&object.object("timingInfo"))),
            model: prompt::model(object.object("modelInfo").text("modelName").or_else(|| object.text("modelType"))),
            usage: usage(object),
            folder: folder.and_then(|folder| folder_of(&folder)),
            files: files.collect(),
        }
    }
}

/// The tokens a bubble states; two zeros mean that they were not recorded.
pub(super) fn usage(object: &Object<'_>) -> Option<Usage> {
    let tokens = object.object("tokenCount");
    let (fresh, output) = (tokens.count("inputTokens"), tokens.count("outputTokens"));
    Some(Usage { fresh, output, ..Usage::default() }).filter(|usage| !usage.is_zero())
}

fn role(object: &Object<'_>, kind: Option<f64>, tally: &mut Tally) -> Role {
    if let Some(name) = object.text("type").filter(|name| name.parse::<f64>().is_err()) {
        return match name.as_str() {
            "user" => Role::User,
            "ai" | "assistant" => Role::Assistant,
            other => {
                tally.unknown("bubble type", other);
                Role::Assistant
            }
        };
    }
    match object.number("type").or(kind) {
        Some(1.0) => Role::User,
        Some(2.0 | 4.0) | None => Role::Assistant,
        Some(3.0) => Role::System,
        Some(other) => {
            tally.unknown("bubble type", plain(&other.to_string()));
            Role::Assistant
        }
    }
}

/// The path in a `uri` object.
pub(super) fn address(uri: &Object<'_>) -> Option<String> {
    let path = uri.text("fsPath").or_else(|| folder_of(&uri.text("external")?));
    path.or_else(|| uri.text("path"))
}

/// When it began. Some clients state the start as time since the window opened.
fn started(timing: &Object<'_>) -> Option<i64> {
    let start = timing.number("clientStartTime")?;
    if start >= ELAPSED {
        return moment(start);
    }
    let known = ["clientRpcSendTime", "clientSettleTime", "clientEndTime"];
    let end = known.iter().find_map(|name| timing.number(name).filter(|end| *end >= ELAPSED))?;
    moment(end - start)
}

/// The text of the editor's own document format.
fn rich_text(raw: &str) -> Option<String> {
    let document = string(raw).unwrap_or_else(|| raw.to_owned());
    let mut text = String::new();
    collect(&Object::parse(&document)?.object("root"), &mut text, 0);
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn collect(node: &Object<'_>, text: &mut String, depth: u32) {
    match node.text("type").as_deref() {
        Some("linebreak" | "paragraph") if !text.is_empty() => text.push('\n'),
        _ => {}
    }
    text.push_str(&node.text("text").unwrap_or_default());
    if depth < 32 {
        for child in node.list("children").into_iter().filter_map(Object::parse) {
            collect(&child, text, depth + 1);
        }
    }
}

/// An attached image; without its bytes when only a reference is kept.
fn image(raw: &str) -> Option<Part> {
    let object = Object::parse(raw)?;
    let bytes = match object.raw("data") {
        Some(data) if data.starts_with('[') => list(data).iter().filter_map(|byte| byte.parse().ok()).collect(),
        Some(data) => string(data).and_then(|data| STANDARD.decode(data.trim()).ok()).unwrap_or_default(),
        None => Vec::new(),
    };
    let kind = object.text("mimeType").or_else(|| sniffed(&bytes).map(str::to_owned));
    Some(Part::Image {
        media_type: kind.unwrap_or_else(|| "image/png".to_owned()),
        name: object.text("name").or_else(|| object.text("path")).or_else(|| object.text("uuid")),
        body: if bytes.is_empty() { Body::default() } else { Body::raw(bytes) },
    })
}

/// The kind of image, by its first bytes.
pub(super) fn sniffed(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
