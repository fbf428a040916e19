//! Reads a chat of the command line: `store.db`, blobs named by their hash.
//!
//! The newest root leads to the messages in order, through nodes of their hashes. Nodes are
//! protobuf: fields 1 and 2 of 32 bytes are hashes. Where the root cannot be followed, all blobs
//! that are messages are taken in the order they were written.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::import::{ImportedSession, Parent, ProblemKind, TitleRank};
use opensync_core::{Body, Message, Part, Relation, Role};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OptionalExtension, Row};
use serde_json::value::RawValue;

use super::bubble::sniffed;
use super::composer::prompt_title;
use super::expected;
use super::find::Note;
use super::places::Places;
use super::prompt;
use crate::foreign_sqlite::{Database, Failure, MAX_VALUE, describe, mtime_ns, text};
use crate::loose::{self, Object, hex, string};
use crate::tally::{Tally, plain};
use crate::{Origin, Sink, Unreadable};

/// Nodes are nested a few levels deep at most.
const MAX_DEPTH: u32 = 32;
/// Nodes that name each other many times lead to no more messages than this.
const MAX_MESSAGES: usize = 1 << 20;

/// Reads one chat, unless the editor has it.
pub(super) fn read(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let path = &origin.path;
    let mut tally = Tally::default();
    let session = match session(path, &mut tally) {
        Ok(session) => session,
        Err(failure) => return failure.report(sink),
    };
    if let Some(mut session) = session {
        let note = Note::of(origin);
        session.project_path = session.project_path.or(note.project);
        session.parent = session.parent.or_else(|| note.parent.map(sub_agent_of));
        session.sidechain |= session.parent.is_some();
        if !Places::around(path).in_editor(&session.external_id, path) {
            sink.session(session);
        }
    }
    tally.report(sink);
    sink.advanced(origin.size);
    Ok(())
}

/// The text of the `meta.json` beside a `store.db`.
pub(super) fn meta(path: &Path) -> Option<String> {
    let bytes = fs::read(path.with_file_name("meta.json")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn sub_agent_of(external_id: String) -> Parent {
    Parent { external_id, relation: Relation::SubAgent, call_id: None }
}

/// The session in a `store.db`; nothing when nothing was said.
pub(super) fn session(path: &Path, tally: &mut Tally) -> Result<Option<ImportedSession>, Failure> {
    let database = Database::open(path)?;
    let has_blobs = has_columns(&database, "blobs", ["id", "data"], tally);
    let has_head = has_columns(&database, "meta", ["key", "value"], tally);
    let head = if has_head { head(database.connection()) } else { None };
    let head = head.unwrap_or_default();
    let head = Object::parse(&head).unwrap_or_default();
    let file = meta(path).unwrap_or_default();
    let file = Object::parse(&file).unwrap_or_default();

    let mut chat = Chat::default();
    let blobs = Blobs { connection: database.connection() };
    if !head.is_empty() {
        expected::chat(tally, &head);
    }
    let root = head.text("latestRootBlobId").filter(|_| has_blobs);
    let mut hashes = Vec::new();
    let followed = root.is_some_and(|root| blobs.follow(&root, 0, &mut HashSet::new(), &mut hashes));
    if followed && !hashes.is_empty() {
        for hash in hashes {
            match blobs.get(&hash) {
                Some(bytes) => chat.blob(&hash, &bytes, tally),
                None => tally.add(ProblemKind::Damaged, "a message of a chat is missing"),
            }
        }
    } else if has_blobs && let Err(error) = blobs.all(|hash, bytes| chat.blob(hash, bytes, tally)) {
        tally.add(ProblemKind::Damaged, format!("table `blobs`: {}", describe(&error)));
    }
    database.doubts().into_iter().for_each(|(kind, reason)| tally.add(kind, reason));
    if chat.messages.is_empty() {
        return Ok(None);
    }
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let parent = head.object("subagentInfo").text("parentAgentId");
    let created_at = head.time("createdAt").or_else(|| file.time("createdAtMs"));
    let name = head.text("name");
    let name = prompt::given_name(name).or_else(|| prompt::given_name(file.text("title")));
    Ok(Some(ImportedSession {
        external_id: head.text("agentId").unwrap_or_else(|| folder.to_string_lossy().into_owned()),
        title: name
            .map(|name| (name, TitleRank::Generated))
            .or_else(|| Some((prompt_title(&chat.messages)?, TitleRank::Prompt))),
        project_path: file.text("cwd"),
        model: prompt::model(head.text("lastUsedModel")),
        created_at,
        born_at: created_at,
        updated_at: file.time("updatedAtMs").or_else(|| last_change(path)).max(created_at),
        sidechain: parent.is_some() || file.is_true("isSubagent"),
        parent: parent.map(sub_agent_of),
        messages: chat.messages,
        ..ImportedSession::default()
    }))
}

/// Whether a table has these columns; says so when it has not.
pub(super) fn has_columns(database: &Database, table: &str, columns: [&str; 2], tally: &mut Tally) -> bool {
    let there = database.columns(table);
    if there.is_empty() {
        tally.add(ProblemKind::Unsupported, format!("there is no table `{table}`"));
        return false;
    }
    let is_missing = |name: &&str| !there.iter().any(|column| column == name);
    let missing: Vec<_> = columns.into_iter().filter(is_missing).collect();
    for name in &missing {
        tally.add(ProblemKind::Unsupported, format!("table `{table}` has no column `{name}`"));
    }
    missing.is_empty()
}

/// The newest time of the files of a chat, milliseconds.
fn last_change(path: &Path) -> Option<i64> {
    let files = ["store.db", "store.db-wal", "meta.json"].map(|name| path.with_file_name(name));
    files.iter().filter_map(|file| fs::metadata(file).ok()).map(|about| mtime_ns(&about) / 1_000_000).max()
}

/// What the chat says of itself: JSON, mostly written as hex digits.
fn head(connection: &Connection) -> Option<String> {
    let row = connection.query_row("select value from meta where key = '0'", [], |row| {
        Ok(text(row, 0).map(std::borrow::Cow::into_owned))
    });
    let value = row.optional().ok()???;
    let digits: Option<Vec<u8>> = value
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect();
    Some(digits.map_or(value, |bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

struct Blobs<'a> {
    connection: &'a Connection,
}

impl Blobs<'_> {
    fn get(&self, hash: &str) -> Option<Vec<u8>> {
        let sql = format!("select iif(octet_length(data) <= {MAX_VALUE}, data, null) from blobs where id = ?1");
        self.connection.prepare_cached(&sql).ok()?.query_row([hash], |row| Ok(bytes(row, 0))).ok()?
    }

    fn all(&self, mut take: impl FnMut(&str, &[u8])) -> Result<(), Error> {
        let sql = format!("select id, iif(octet_length(data) <= {MAX_VALUE}, data, null) from blobs order by rowid");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let (Some(hash), Some(bytes)) = (text(row, 0), bytes(row, 1)) {
                take(&hash, &bytes);
            }
        }
        Ok(())
    }

    /// Collects the messages a node leads to. Answers whether it is a node.
    fn follow(&self, hash: &str, depth: u32, above: &mut HashSet<String>, messages: &mut Vec<String>) -> bool {
        let Some(bytes) = self.get(hash) else { return false };
        let Some(children) = hashes(&bytes) else { return false };
        if depth >= MAX_DEPTH || messages.len() >= MAX_MESSAGES || !above.insert(hash.to_owned()) {
            return false;
        }
        for child in children {
            if !self.follow(&child, depth + 1, above, messages) {
                messages.push(child);
            }
        }
        above.remove(hash);
        true
    }
}

/// The hashes in a node, in order; nothing when the bytes are no node.
fn hashes(mut bytes: &[u8]) -> Option<Vec<String>> {
    if bytes.first() == Some(&b'{') {
        return None;
    }
    let mut hashes = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        match tag & 7 {
            0 => drop(varint(&mut bytes)?),
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let value = bytes.get(..length)?;
                bytes = &bytes[length..];
                if matches!(tag >> 3, 1 | 2) && length == 32 {
                    hashes.push(hex(value));
                }
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
    }
    Some(hashes).filter(|hashes| !hashes.is_empty())
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn bytes(row: &Row<'_>, column: usize) -> Option<Vec<u8>> {
    match row.get_ref(column).ok()? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// The messages of a chat while blobs are added.
#[derive(Default)]
struct Chat {
    messages: Vec<Message>,
    ids: HashMap<String, u32>,
    /// The message each call is in.
    calls: HashMap<String, usize>,
}

impl Chat {
    fn blob(&mut self, hash: &str, bytes: &[u8], tally: &mut Tally) {
        let text = String::from_utf8_lossy(bytes);
        // There may be other bytes before it.
        let starts = text.match_indices("{\"").map(|(at, _)| at).take(64);
        let values = starts.filter_map(|at| {
            let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<&RawValue>();
            Object::parse(values.next()?.ok()?.get())
        });
        let mut without_role = false;
        let has_role = |object: &Object<'_>| {
            without_role |= object.has("content");
            object.raw("role").is_some()
        };
        let Some(message) = { values }.find(has_role) else {
            tally.expect(expected::BLOBS, &[("role", !without_role)]);
            return tally.add(ProblemKind::Damaged, "a blob of a chat holds no message");
        };
        let role = match message.text("role").unwrap_or_default().as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            "system" => Role::System,
            other => {
                tally.unknown("message role", other);
                Role::System
            }
        };
        tally.expect(expected::BLOBS, &[("role", true), ("content", message.has("content"))]);
        let content = message.raw("content").unwrap_or_default();
        let (mut role, mut parts) = (role, Vec::new());
        if let Some(text) = string(content) {
            said(&mut parts, &mut role, text);
        }
        for item in loose::list(content) {
            let Some(item_object) = Object::parse(item) else { continue };
            self.item(&mut parts, &mut role, &item_object, item, tally);
        }
        if parts.is_empty() {
            return;
        }
        let clashes = self.ids.entry(hash.to_owned()).or_insert(0);
        *clashes += 1;
        let id = if *clashes > 1 { format!("{hash}~{clashes}") } else { hash.to_owned() };
        for part in &parts {
            if let Part::ToolCall { call_id: Some(call), .. } = part {
                self.calls.insert(call.clone(), self.messages.len());
            }
        }
        // What is left of a message of a tool belongs to no call that is known.
        let mut message = Message::new(id, role, None);
        message.parts = parts;
        self.messages.push(message);
    }

    fn item(&mut self, parts: &mut Vec<Part>, role: &mut Role, item: &Object<'_>, raw: &str, tally: &mut Tally) {
        let kind = item.text("type").unwrap_or_default();
        expected::item(tally, &kind, item);
        match kind.as_str() {
            "text" => {
                if let Some(text) = item.text("text") {
                    said(parts, role, text);
                }
            }
            "reasoning" => {
                parts.extend(item.text("text").map(|text| Part::Thinking(Body::from(text.as_str()))));
            }
            "redacted-reasoning" => parts.push(Part::Thinking(Body::default())),
            "tool-call" => {
                let arguments = item.raw("args").or_else(|| item.raw("input"));
                parts.push(Part::ToolCall {
                    call_id: item.text("toolCallId"),
                    name: item.text("toolName").unwrap_or_default(),
                    arguments: arguments.map_or_else(|| Body::from("{}"), as_text),
                });
            }
            "tool-result" => {
                let call_id = item.text("toolCallId");
                let result = item.raw("result").or_else(|| {
                    let output = item.raw("output")?;
                    Object::parse(output).and_then(|output| output.raw("value")).or(Some(output))
                });
                let result = Part::ToolResult {
                    name: item.text("toolName"),
                    output: result.map_or_else(Body::default, as_text),
                    is_error: item.raw("isError").map(|raw| raw == "true"),
                    duration_ms: None,
                    details: None,
                    call_id: call_id.clone(),
                };
                // Results are shown in the message of their call.
                let call = call_id.and_then(|id| self.calls.get(&id).copied());
                match call.and_then(|at| self.messages.get_mut(at)) {
                    Some(message) => message.parts.push(result),
                    None => parts.push(result),
                }
            }
            "image" | "file" => parts.push(attachment(item)),
            other => {
                tally.unknown("content type", other);
                parts.push(Part::Unknown { kind: plain(other).to_owned(), json: Body::from(raw) });
            }
        }
    }
}

/// Adds a text; one of the user without what the client put around it.
fn said(parts: &mut Vec<Part>, role: &mut Role, text: String) {
    if *role != Role::User {
        parts.push(Part::Text(text));
        return;
    }
    let (from, text) = prompt::unwrapped(&text);
    // A block of the client's beside a prompt leaves it one.
    *role = if parts.is_empty() { from } else { Role::User };
    parts.push(Part::Text(text));
}

fn as_text(raw: &str) -> Body {
    string(raw).map_or_else(|| Body::from(raw), |text| Body::from(text.as_str()))
}

fn attachment(item: &Object<'_>) -> Part {
    let data = item.text("image").or_else(|| item.text("data")).unwrap_or_default();
    let data = data.split_once(";base64,").map_or(data.as_str(), |(_, data)| data);
    let bytes = STANDARD.decode(data.trim()).unwrap_or_default();
    let kind = item.text("mimeType").or_else(|| item.text("mediaType")).or_else(|| sniffed(&bytes).map(str::to_owned));
    Part::Image {
        media_type: kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
        name: item.text("filename"),
        body: if bytes.is_empty() { Body::default() } else { Body::raw(bytes) },
    }
}
