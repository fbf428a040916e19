//! The first client, of early 2025: a session is one JSON document.

use std::fs;
use std::path::Path;

use opensync_core::import::{Problem, ProblemKind};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::items;
use super::reader::Reader;
use super::records::{SessionMeta, kind};
use crate::{Sink, Unreadable};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    session: SessionMeta<'a>,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

/// Reads such a document. Its items count as lines, from 1.
pub(super) fn read(path: &Path, reader: &mut Reader, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let bytes = fs::read(path).map_err(|cause| Unreadable { path: path.to_owned(), cause })?;
    sink.advanced(bytes.len() as u64);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0');
    if text.is_empty() {
        return Ok(());
    }
    let document: Document<'_> = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            // It is written as a whole each time: a part of it is a write in progress.
            let (kind, reason) = if error.is_eof() {
                (ProblemKind::Unfinished, "the document is not finished; it is read once it is")
            } else {
                (ProblemKind::Damaged, "not a readable document")
            };
            sink.problem(Problem { line: None, kind, reason: reason.to_owned() });
            return Ok(());
        }
    };
    reader.header(1, None, &document.session);
    for (number, item) in (1..).zip(document.items) {
        let json = item.get();
        if items::is_known(&kind(json)) {
            if items::item(reader, number, None, json, false).is_err() {
                let reason = "not a readable item".to_owned();
                sink.problem(Problem { line: Some(number), kind: ProblemKind::Damaged, reason });
            }
        } else {
            reader.unknown(number, "", &kind(json));
        }
    }
    Ok(())
}
