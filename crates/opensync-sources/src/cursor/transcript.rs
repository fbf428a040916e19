//! Reads a transcript: what was said and called, without times, results and tokens.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use opensync_core::import::{ImportedSession, Parent, Problem, ProblemKind, TitleRank};
use opensync_core::text::clean;
use opensync_core::{Body, Message, Part, Relation, Role};

use super::composer::prompt_title;
use super::expected;
use super::find::{Note, id_of, parent_of};
use super::places::Places;
use super::prompt;
use crate::loose::{self, Object, string};
use crate::tally::{Tally, plain};
use crate::{Origin, Sink, Unreadable, jsonl};

/// Larger transcripts of the text kind are left out.
const MAX_TEXT: u64 = 256 << 20;

/// Reads one transcript, unless a richer store has its conversation.
pub(super) fn read(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let path = &origin.path;
    let unreadable = |cause| Unreadable { path: path.clone(), cause };
    let id = id_of(path);
    let places = Places::around(path);
    if places.in_editor(&id, path) || places.in_chats(&id) {
        // Whether it is there at all is still to be told.
        fs::metadata(path).map_err(unreadable)?;
        sink.advanced(origin.size);
        return Ok(());
    }
    let mut tally = Tally::default();
    let mut transcript = Transcript { id, messages: Vec::new() };
    // The name's ending does not tell: either may hold the other.
    if starts_as_json(path).map_err(unreadable)? {
        jsonl::read(path, sink, |number, text, _| transcript.line(number, text, &mut tally))?;
    } else if origin.size > MAX_TEXT {
        sink.problem(Problem {
            line: None,
            kind: ProblemKind::Unsupported,
            reason: "the file is too large".to_owned(),
        });
        sink.advanced(origin.size);
    } else {
        let bytes = fs::read(path).map_err(unreadable)?;
        transcript.text(&String::from_utf8_lossy(&bytes));
        sink.advanced(bytes.len() as u64);
    }
    tally.report(sink);
    let Transcript { id, messages } = transcript;
    // The client empties files in place: what was read before stays.
    if messages.is_empty() {
        return Ok(());
    }
    let parent = parent_of(path);
    sink.session(ImportedSession {
        external_id: id,
        title: prompt_title(&messages).map(|title| (title, TitleRank::Prompt)),
        project_path: Note::of(origin).project,
        // Nothing in it has a time: the file's last change is the only one there is.
        updated_at: Some(origin.mtime_ns / 1_000_000),
        sidechain: parent.is_some(),
        parent: parent.map(|external_id| Parent { external_id, relation: Relation::SubAgent, call_id: None }),
        messages,
        ..ImportedSession::default()
    });
    Ok(())
}

/// Whether the first line that says anything is an object.
fn starts_as_json(path: &Path) -> std::io::Result<bool> {
    let mut input = BufReader::new(File::open(path)?.take(1 << 20));
    loop {
        let bytes = input.fill_buf()?;
        let Some(first) = bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf\0".contains(byte))
        else {
            let length = bytes.len();
            if length == 0 {
                return Ok(true);
            }
            input.consume(length);
            continue;
        };
        return Ok(*first == b'{');
    }
}

struct Transcript {
    id: String,
    messages: Vec<Message>,
}

impl Transcript {
    fn push(&mut self, line: u64, role: Role, parts: Vec<Part>) {
        if !parts.is_empty() {
            let mut id = format!("{}:{line}", self.id);
            if self.messages.last().is_some_and(|last| last.external_id.starts_with(&id)) {
                // Two records on one line.
                id = format!("{id}~{}", self.messages.len());
            }
            let mut message = Message::new(id, role, None);
            message.parts = parts;
            self.messages.push(message);
        }
    }

    fn line(&mut self, number: u64, text: &str, tally: &mut Tally) -> Result<(), serde_json::Error> {
        let object: Object<'_> = serde_json::from_str(text)?;
        let mut role = match object.text("role").unwrap_or_default().as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            other => {
                tally.unknown("message role", other);
                Role::System
            }
        };
        let content = object.object("message").raw("content").or_else(|| object.raw("content"));
        tally.expect("lines", &[("role", object.text("role").is_some()), ("message.content", content.is_some())]);
        let content = content.unwrap_or_default();
        let mut parts = Vec::new();
        let mut say = |parts: &mut Vec<Part>, text: String| {
            let mut shown = text;
            if role == Role::User {
                let (from, text) = prompt::unwrapped(&shown);
                role = if parts.is_empty() { from } else { Role::User };
                shown = text;
            }
            parts.push(Part::Text(shown));
        };
        if let Some(text) = string(content).filter(|text| !text.is_empty()) {
            say(&mut parts, text);
        }
        for raw in loose::list(content) {
            let Some(item) = Object::parse(raw) else { continue };
            expected::block(tally, &item);
            let body = |name: &str| {
                let raw = item.raw(name).unwrap_or_default();
                string(raw).map_or_else(|| Body::from(raw), |text| Body::from(text.as_str()))
            };
            match item.text("type").unwrap_or_default().as_str() {
                "text" => {
                    if let Some(text) = item.text("text") {
                        say(&mut parts, text);
                    }
                }
                "thinking" => parts.push(Part::Thinking(body("thinking"))),
                "tool_use" => parts.push(Part::ToolCall {
                    call_id: item.text("id"),
                    name: item.text("name").unwrap_or_default(),
                    arguments: body("input"),
                }),
                "tool_result" => parts.push(Part::ToolResult {
                    call_id: item.text("tool_use_id"),
                    name: item.text("name"),
                    output: body("content"),
                    is_error: item.raw("is_error").map(|raw| raw == "true"),
                    duration_ms: None,
                    details: None,
                }),
                other => {
                    tally.unknown("content type", other);
                    parts.push(Part::Unknown { kind: plain(other).to_owned(), json: Body::from(raw) });
                }
            }
        }
        self.push(number, role, parts);
        Ok(())
    }

    /// The text form: `user:` and `assistant:` on lines of their own, blocks with a mark.
    fn text(&mut self, text: &str) {
        let (mut role, mut from, mut block, mut parts) = (None, 1, Block::Text(String::new()), Vec::new());
        for (line, number) in text.lines().zip(1..) {
            let speaker = match line.trim_end() {
                "user:" => Some(Role::User),
                "assistant:" => Some(Role::Assistant),
                _ => None,
            };
            if speaker.is_some() {
                block.close(&mut parts, role);
                self.spoken(from, role, std::mem::take(&mut parts));
                (role, from, block) = (speaker, number, Block::Text(String::new()));
                continue;
            }
            if let Some(next) = Block::opened_by(line) {
                block.close(&mut parts, role);
                block = next;
            } else if block.ends_before(line) {
                block.close(&mut parts, role);
                block = Block::Text(format!("{line}\n"));
            } else {
                block.add(line);
            }
        }
        block.close(&mut parts, role);
        self.spoken(from, role, parts);
    }

    fn spoken(&mut self, line: u64, role: Option<Role>, mut parts: Vec<Part>) {
        let Some(mut role) = role else { return };
        if role == Role::User {
            let mut roles = Vec::new();
            for part in &mut parts {
                if let Part::Text(text) = part {
                    let (from, shown) = prompt::unwrapped(text);
                    *text = shown;
                    roles.push(from);
                }
            }
            if !roles.is_empty() && !roles.contains(&Role::User) {
                role = Role::System;
            }
        }
        self.push(line, role, parts);
    }
}

/// A block of the text form.
enum Block {
    Text(String),
    Thinking(String),
    Call(String, String),
    Result(String, String),
}

impl Block {
    fn opened_by(line: &str) -> Option<Self> {
        let rest = |mark: &str| line.strip_prefix(mark).map(|rest| clean(rest.trim()).into_owned());
        rest("[Thinking]")
            .map(Self::Thinking)
            .or_else(|| Some(Self::Call(rest("[Tool call]")?, String::new())))
            .or_else(|| Some(Self::Result(rest("[Tool result]")?, String::new())))
    }

    /// What a call or result says is indented.
    fn ends_before(&self, line: &str) -> bool {
        !matches!(self, Self::Text(_)) && !line.is_empty() && !line.starts_with([' ', '\t', '{', '}'])
    }

    fn add(&mut self, line: &str) {
        let (Self::Text(text) | Self::Thinking(text) | Self::Call(_, text) | Self::Result(_, text)) = self;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }

    /// Becomes a part. Nobody recorded whether a call failed.
    fn close(&mut self, parts: &mut Vec<Part>, role: Option<Role>) {
        if role.is_none() {
            return;
        }
        match std::mem::replace(self, Self::Text(String::new())) {
            Self::Text(text) if text.trim().is_empty() => {}
            Self::Text(text) => parts.push(Part::Text(clean(text.trim()).into_owned())),
            Self::Thinking(text) => parts.push(Part::Thinking(Body::from(text.trim()))),
            Self::Call(name, text) => {
                parts.push(Part::ToolCall { call_id: None, name, arguments: Body::from(arguments(&text).as_str()) });
            }
            Self::Result(name, text) => parts.push(Part::ToolResult {
                call_id: None,
                name: Some(name).filter(|name| !name.is_empty()),
                output: Body::from(text.trim()),
                is_error: None,
                duration_ms: None,
                details: None,
            }),
        }
    }
}

/// JSON as it is; lines of `key=value` as an object.
fn arguments(text: &str) -> String {
    let text = text.trim();
    if Object::parse(text).is_some() {
        return text.to_owned();
    }
    let mut fields = serde_json::Map::new();
    let mut last = None;
    for line in text.lines() {
        match line.trim_start().split_once('=') {
            Some((key, value)) if !key.is_empty() && !key.contains(char::is_whitespace) => {
                fields.insert(key.to_owned(), value.into());
                last = Some(key.to_owned());
            }
            // A value of several lines.
            _ => match last.as_ref().and_then(|key| fields.get_mut(key)) {
                Some(serde_json::Value::String(value)) => {
                    value.push('\n');
                    value.push_str(line.trim_start());
                }
                _ => return text.to_owned(),
            },
        }
    }
    serde_json::Value::Object(fields).to_string()
}
