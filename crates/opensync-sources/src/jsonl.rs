//! Reads JSON Lines as agents really leave them: lines of tens of megabytes, torn ends, two records
//! on one line, NUL runs after a power loss, halves of surrogate pairs.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use opensync_core::import::{Problem, ProblemKind};
use serde::de::IgnoredAny;

use crate::{Sink, Unreadable};

/// Longer lines are skipped and reported; nothing an agent writes comes near.
pub const MAX_LINE: usize = 256 << 20;
const CHUNK: usize = 256 << 10;

/// Calls `record` with the line number (from 1) and text of every record of the file.
///
/// `record` parses the text and returns the parser's error when it is not what it expected; it must
/// have changed nothing by then, because the line is tried again after repair. What still fails
/// is reported to the sink as damaged, with its line, and skipped.
///
/// A last line without its newline is a write in progress: it is used when it is complete JSON,
/// and otherwise reported as unfinished.
pub fn read(
    path: &Path,
    sink: &mut dyn Sink,
    mut record: impl FnMut(u64, &str, &mut dyn Sink) -> Result<(), serde_json::Error>,
) -> Result<(), Unreadable> {
    let unreadable = |cause| Unreadable { path: path.to_owned(), cause };
    let file = File::open(path).map_err(unreadable)?;
    read_from(file, sink, &mut record).map_err(unreadable)
}

/// Like [`read`], from anything that can be read (a decompressor, a test).
pub fn read_from(
    input: impl Read,
    sink: &mut dyn Sink,
    record: &mut impl FnMut(u64, &str, &mut dyn Sink) -> Result<(), serde_json::Error>,
) -> std::io::Result<()> {
    lines(input, 1, sink, record, |_| ())?.read(sink, record);
    Ok(())
}

/// What stands after the last newline.
pub(crate) struct Rest {
    number: u64,
    bytes: Vec<u8>,
    /// It is the beginning of a line that is too long; what was read of it is gone.
    skipped: bool,
}

/// Reads all complete lines, the first of which is line `number`. `passed` is given their bytes,
/// newlines included, after they were taken.
pub(crate) fn lines(
    mut input: impl Read,
    mut number: u64,
    sink: &mut dyn Sink,
    record: &mut impl FnMut(u64, &str, &mut dyn Sink) -> Result<(), serde_json::Error>,
    mut passed: impl FnMut(&[u8]),
) -> std::io::Result<Rest> {
    let mut buffer = vec![0u8; CHUNK];
    let (mut start, mut end, mut scanned) = (0, 0, 0);
    let mut skipping = false;
    loop {
        while let Some(at) = memchr::memchr(b'\n', &buffer[scanned..end]) {
            let line = &buffer[start..scanned + at];
            if skipping {
                skipping = false;
            } else {
                one_line(number, line, sink, record);
            }
            number += 1;
            start = scanned + at + 1;
            scanned = start;
        }
        scanned = end;
        if start > 0 {
            passed(&buffer[..start]);
            buffer.copy_within(start..end, 0);
            end -= start;
            scanned = end;
            start = 0;
        }
        if end > MAX_LINE && !skipping {
            skipping = true;
            sink.problem(Problem {
                line: Some(number),
                kind: ProblemKind::Unsupported,
                reason: format!("a line of more than {} MiB was skipped", MAX_LINE >> 20),
            });
        }
        if skipping {
            passed(&buffer[..end]);
            end = 0;
            scanned = 0;
        }
        if buffer.len() - end < CHUNK / 2 {
            let grown = (buffer.len() * 2).max(end + CHUNK);
            buffer.resize(grown, 0);
        } else if buffer.len() > 16 * CHUNK && end < CHUNK {
            buffer.truncate(CHUNK * 2);
            buffer.shrink_to_fit();
        }
        let read = match input.read(&mut buffer[end..]) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            break;
        }
        sink.advanced(read as u64);
        end += read;
    }
    buffer.truncate(end);
    Ok(Rest { number, bytes: buffer, skipped: skipping })
}

impl Rest {
    /// The number of its line.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the lines before it are all that is known: what was read of it is gone.
    pub(crate) fn is_skipped(&self) -> bool {
        self.skipped
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0)
    }

    /// Takes it as the last line, when it is complete JSON.
    pub(crate) fn read(
        &self,
        sink: &mut dyn Sink,
        record: &mut impl FnMut(u64, &str, &mut dyn Sink) -> Result<(), serde_json::Error>,
    ) {
        if self.is_empty() {
            return;
        }
        let text = std::str::from_utf8(&self.bytes);
        if text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok()) {
            return one_line(self.number, &self.bytes, sink, record);
        }
        let bytes = self.bytes.len();
        sink.problem(Problem {
            line: Some(self.number),
            kind: ProblemKind::Unfinished,
            reason: format!("the last line is not finished ({bytes} bytes); it is read once it is"),
        });
    }
}

fn one_line(
    number: u64,
    line: &[u8],
    sink: &mut dyn Sink,
    record: &mut impl FnMut(u64, &str, &mut dyn Sink) -> Result<(), serde_json::Error>,
) {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let decoded = match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(line),
    };
    let text = decoded.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0');
    if text.is_empty() {
        return;
    }
    let Err(first) = record(number, text, sink) else { return };
    let repaired = replace_lone_surrogates(text);
    if repaired != text && record(number, &repaired, sink).is_ok() {
        return;
    }
    // Two records on one line: a newline was lost in a crash.
    let mut pieces = serde_json::Deserializer::from_str(&repaired).into_iter::<IgnoredAny>();
    let (mut from, mut used) = (0, 0);
    while let Some(Ok(_)) = pieces.next() {
        let to = pieces.byte_offset();
        if (from, to) == (0, repaired.len()) {
            break;
        }
        if record(number, repaired[from..to].trim(), sink).is_ok() {
            used = to;
        }
        from = to;
    }
    if used < repaired.len() {
        sink.problem(Problem {
            line: Some(number),
            kind: ProblemKind::Damaged,
            reason: format!("not a readable record: {}", describe(&first)),
        });
    }
}

/// Says what is wrong without any content of the line.
fn describe(error: &serde_json::Error) -> String {
    // The name is one that is expected, not one of the line.
    let text = error.to_string();
    if let Some((name, _)) = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        return format!("field `{name}` is missing or of another type");
    }
    let what = match error.classify() {
        serde_json::error::Category::Syntax => "invalid JSON",
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a field has an unexpected type",
        serde_json::error::Category::Io => "it could not be read",
    };
    format!("{what} at column {}", error.column())
}

/// Replaces `\ud83d` without its partner by `\ufffd`: JSON allows it, UTF-8 cannot hold it.
fn replace_lone_surrogates(text: &str) -> String {
    let mut fixed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        fixed.push_str(&rest[..at]);
        rest = &rest[at..];
        let unit = |text: &str| {
            let hex = text.strip_prefix("\\u")?.get(..4)?;
            u16::from_str_radix(hex, 16).ok()
        };
        let taken = match unit(rest) {
            Some(0xd800..=0xdbff) if matches!(unit(&rest[6..]), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                fixed.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            Some(_) => 6,
            None => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        fixed.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    fixed.push_str(rest);
    fixed
}

#[cfg(test)]
mod tests {
    use opensync_core::import::ImportedSession;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[derive(Default)]
    struct Seen {
        problems: Vec<Problem>,
        bytes: u64,
    }

    impl Sink for Seen {
        fn session(&mut self, _: ImportedSession) {}
        fn problem(&mut self, problem: Problem) {
            self.problems.push(problem);
        }
        fn advanced(&mut self, bytes: u64) {
            self.bytes += bytes;
        }
    }

    fn all(input: &[u8]) -> (Vec<(u64, Value)>, Seen) {
        let (mut values, mut seen) = (Vec::new(), Seen::default());
        read_from(input, &mut seen, &mut |line, text, _| {
            values.push((line, serde_json::from_str(text)?));
            Ok(())
        })
        .unwrap();
        (values, seen)
    }

    #[test]
    fn damage_is_reported_and_the_rest_is_read() {
        let (values, seen) =
            all(b"\xef\xbb\xbf{\"a\":1}\r\n\nnot json\n{\"a\":2}{\"a\":3}\n\0\0\0{\"a\":\"\\ud83d\"}\n{\"a\":4");
        let got: Vec<_> = values.iter().map(|(line, value)| (*line, value["a"].clone())).collect();
        assert_eq!(got, [(1, 1.into()), (4, 2.into()), (4, 3.into()), (5, Value::from("\u{fffd}"))]);
        let kinds: Vec<_> = seen.problems.iter().map(|p| (p.line, p.kind)).collect();
        assert_eq!(kinds, [(Some(3), ProblemKind::Damaged), (Some(6), ProblemKind::Unfinished)]);
    }

    #[test]
    fn a_complete_last_line_without_newline_is_used() {
        let (values, seen) = all(b"{\"a\":1}\n{\"a\":2}");
        assert_eq!(values.len(), 2);
        assert!(seen.problems.is_empty());
    }

    #[test]
    fn a_line_of_fifty_megabytes_is_one_record() {
        let mut input = br#"{"a":""#.to_vec();
        input.extend(std::iter::repeat_n(b'x', 50 << 20));
        input.extend(b"\"}\n{\"a\":2}\n");
        let (values, seen) = all(&input);
        assert_eq!(values.len(), 2);
        assert_eq!(values[0].1["a"].as_str().unwrap().len(), 50 << 20);
        assert_eq!(seen.bytes, input.len() as u64);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(input in proptest::collection::vec(any::<u8>(), 0..2000)) {
            all(&input);
        }

        #[test]
        fn every_record_is_read_once(numbers in proptest::collection::vec(0u32..1000, 0..60)) {
            let text: String = numbers.iter().map(|n| format!("{{\"a\":{n}}}\n")).collect();
            let (values, _) = all(text.as_bytes());
            let got: Vec<_> = values.iter().map(|(_, value)| value["a"].as_u64().unwrap() as u32).collect();
            prop_assert_eq!(got, numbers);
        }
    }
}
