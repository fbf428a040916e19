//! Files of the older layout: one JSON object with all messages.

use std::fs;
use std::path::Path;

use opensync_core::import::{Problem, ProblemKind};
use serde_json::value::RawValue;

use super::reader::Reader;
use crate::loose::Object;
use crate::{Sink, Unreadable};

/// After so many damaged messages, a file is given up: each may cost a look at all that follows.
const MAX_LOST: usize = 100;

/// Reads the file. Of one that is damaged, every message that is whole.
pub(super) fn read(path: &Path, reader: &mut Reader, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let bytes = fs::read(path).map_err(|cause| Unreadable { path: path.to_owned(), cause })?;
    sink.advanced(bytes.len() as u64);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'));
    match serde_json::from_str::<Object<'_>>(text) {
        Ok(record) => {
            let mut lines = Lines { text, at: 0, line: 1 };
            reader.header(&record);
            reader.is_whole(&record);
            for message in record.list("messages") {
                reader.message(lines.of(message), message);
            }
        }
        Err(error) => {
            let kind = if error.is_eof() { ProblemKind::Unfinished } else { ProblemKind::Damaged };
            let saved = salvage(text, reader);
            let reason = format!("the file is no complete JSON; {saved} messages of it can be read");
            sink.problem(Problem { line: Some(error.line() as u64), kind, reason });
        }
    }
    Ok(())
}

/// Reads the messages that are whole, and the header in front of them.
fn salvage(text: &str, reader: &mut Reader) -> usize {
    let Some((head, rest)) = text.split_once("\"messages\"") else { return 0 };
    let head = format!("{}}}", head.trim_end().trim_end_matches(','));
    if let Some(record) = Object::parse(&head) {
        reader.header(&record);
    }
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '['));
    let (mut saved, mut lost) = (0, 0);
    while lost < MAX_LOST {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        if let Some(Ok(message)) = values.next() {
            saved += usize::from(reader.message(lines.of(message.get()), message.get()));
            rest = &rest[values.byte_offset()..];
            continue;
        }
        lost += 1;
        // The next message begins a line of its own, four spaces in.
        let from = rest.chars().next().map_or(0, char::len_utf8);
        let Some(next) = rest[from..].find("\n    {") else { break };
        rest = &rest[from + next..];
    }
    saved
}

/// Counts lines up to pieces of a text, which come in order.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, piece: &str) -> u64 {
        let to = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        self.at = to.max(self.at);
        self.line
    }
}
