//! Cuts a session into slices. Where a slice ends follows from the sizes of the messages before it, so
//! messages that are appended change the last slice of a session and no other.

use std::borrow::Cow;

use opensync_core::import::ImportedSession;
use opensync_core::search::{Distinct, Stream, pieces};
use opensync_core::{Body, Message, Part};
use xxhash_rust::xxh3::Xxh3;

use super::document::Document;
use super::{SUMMARY, TEXT_BYTES, TITLE, TOOLS_BYTES};

/// Counts up when the same text gives other tokens than before.
const EDITION: u8 = 2;

/// What the index holds of the messages of a session.
#[derive(Debug, Default)]
pub struct Slices(pub(super) Vec<Slice>);

impl Slices {
    /// Makes the tokens that are not made already.
    pub(super) fn fill(&mut self, session: &ImportedSession) {
        let (mut text, mut tools) = (Writer::Text(Stream::new()), Writer::Tools(Distinct::new()));
        for slice in &mut self.0 {
            slice.fill(session, if slice.tools { &mut tools } else { &mut text });
        }
    }

    /// About how many bytes of memory they take.
    pub fn bytes(&self) -> u64 {
        let documents = self.0.iter().flat_map(|slice| slice.documents.iter().flatten());
        documents.map(|document| (document.tokens.len() + document.beginnings.len()) as u64).sum()
    }
}

/// Some of a session: the rows from `n` on, `room` at most.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) tools: bool,
    pub(super) n: i64,
    room: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) digest: i64,
    /// One for each row; made when it is known that they are needed.
    pub(super) documents: Option<Vec<Document>>,
}

/// Cuts a session that is new to the archive, and makes the tokens of all its slices. Threads that read
/// files do this, so that the one that writes does not have to.
pub fn slices(session: &ImportedSession) -> Slices {
    let mut slices = plan(session);
    slices.fill(session);
    slices
}

/// The slices without their tokens.
pub(super) fn plan(session: &ImportedSession) -> Slices {
    let mut slices = Vec::new();
    for (tools, first) in [(false, SUMMARY + 1), (true, 0)] {
        let mut cutter = Cutter::new(tools, first);
        for (seq, message) in session.messages.iter().enumerate().filter(|(_, message)| !message.off_path) {
            cutter.add(seq as i64, message);
        }
        slices.extend(cutter.end());
    }
    Slices(slices)
}

/// The slices of a title and a summary, with their tokens.
pub(crate) fn titles(title: &str, summary: Option<&str>) -> Slices {
    let mut stream = Stream::new();
    let texts = [(TITLE, Some(title)), (SUMMARY, summary)].into_iter();
    let texts = texts.filter_map(|(n, text)| text.map(|text| (n, text)));
    let slice = |(n, text): (i64, &str)| {
        stream.clear();
        stream.push(&text[..text.floor_char_boundary(TEXT_BYTES * 2)]);
        let digest = digest_of(&mut Xxh3::new(), |hash| hash.update(text.as_bytes()));
        let documents = Some(vec![Document::text(&stream)]);
        Slice { tools: false, n, room: 1, first: -1, last: -1, digest, documents }
    };
    Slices(texts.map(slice).collect())
}

impl Slice {
    fn fill(&mut self, session: &ImportedSession, writer: &mut Writer) {
        if self.documents.is_some() {
            return;
        }
        let most = if self.tools { TOOLS_BYTES } else { TEXT_BYTES };
        let messages = session.messages.iter().skip(self.first as usize).take((self.last - self.first + 1) as usize);
        let (mut size, mut documents) = (0, Vec::new());
        for_each_text(self.tools, messages.filter(|message| !message.off_path), |text| {
            for piece in pieces(text, most) {
                if size > 0 && size + piece.len() > most && (documents.len() as i64) < self.room - 1 {
                    documents.push(writer.document());
                    size = 0;
                }
                writer.push(piece);
                size += piece.len();
            }
        });
        documents.push(writer.document());
        self.documents = Some(documents);
    }
}

/// Collects the tokens of a row.
enum Writer {
    Text(Stream),
    Tools(Distinct),
}

impl Writer {
    fn push(&mut self, text: &str) {
        match self {
            Self::Text(stream) => stream.push(text),
            Self::Tools(distinct) => distinct.push(text),
        }
    }

    /// The row; the next one is empty.
    fn document(&mut self) -> Document {
        match self {
            Self::Text(stream) => {
                let document = Document::text(stream);
                stream.clear();
                document
            }
            Self::Tools(distinct) => {
                let document = Document::tools(distinct);
                distinct.clear();
                document
            }
        }
    }
}

/// Gathers messages until a slice is full. A message larger than a slice is one alone, of several rows.
struct Cutter {
    tools: bool,
    most: usize,
    next: i64,
    open: Option<Slice>,
    size: usize,
    hash: Xxh3,
    done: Vec<Slice>,
}

impl Cutter {
    fn new(tools: bool, next: i64) -> Self {
        let most = if tools { TOOLS_BYTES } else { TEXT_BYTES };
        Self { tools, most, next, open: None, size: 0, hash: Xxh3::new(), done: Vec::new() }
    }

    fn add(&mut self, seq: i64, message: &Message) {
        let size = if self.tools { tools_size(message) } else { text_size(message) };
        if size == 0 {
            return;
        }
        if self.open.is_some() && self.size + size > self.most {
            self.close();
        }
        // Pieces are at least half as long as they may be, and repeat the end of the one before.
        let room = if size > self.most { (size / (self.most / 4)) as i64 + 2 } else { 1 };
        let (tools, n) = (self.tools, self.next);
        let slice =
            self.open.get_or_insert(Slice { tools, n, room, first: seq, last: seq, digest: 0, documents: None });
        slice.last = seq;
        self.size += size;
        self.hash.update(&seq.to_le_bytes());
        hash_content(self.tools, message, &mut self.hash);
        if size > self.most {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(mut slice) = self.open.take() {
            slice.digest = digest_of(&mut self.hash, |_| ());
            self.next += slice.room;
            self.done.push(slice);
        }
        self.size = 0;
        self.hash.reset();
    }

    fn end(mut self) -> Vec<Slice> {
        self.close();
        self.done
    }
}

fn digest_of(hash: &mut Xxh3, add: impl FnOnce(&mut Xxh3)) -> i64 {
    add(hash);
    hash.update(&[EDITION]);
    hash.digest().cast_signed()
}

fn text_size(message: &Message) -> usize {
    let texts = message.parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 });
    texts.sum()
}

fn tools_size(message: &Message) -> usize {
    let size = |part: &Part| match part {
        Part::ToolCall { name, arguments, .. } => name.len() + arguments.size() as usize,
        Part::ToolResult { output, .. } => output.size() as usize,
        _ => 0,
    };
    message.parts.iter().map(size).sum()
}

fn hash_content(tools: bool, message: &Message, hash: &mut Xxh3) {
    let body = |hash: &mut Xxh3, body: &Body| match body.hash() {
        Some(known) => hash.update(&known),
        None => hash.update(body.stored().0),
    };
    for part in &message.parts {
        match part {
            Part::Text(text) if !tools => hash.update(text.as_bytes()),
            Part::ToolCall { name, arguments, .. } if tools => {
                hash.update(name.as_bytes());
                body(hash, arguments);
            }
            Part::ToolResult { output, .. } if tools => body(hash, output),
            _ => {}
        }
        hash.update(&[0]);
    }
}

/// The texts that are searched: what was said, or names, arguments and results of tools.
pub(super) fn for_each_text<'a>(tools: bool, messages: impl Iterator<Item = &'a Message>, mut each: impl FnMut(&str)) {
    let body = |body: &Body, each: &mut dyn FnMut(&str)| {
        // Bodies that cannot be read back are reported where they are shown.
        if let Ok(bytes) = body.bytes() {
            match std::str::from_utf8(&bytes) {
                Ok(text) => each(text),
                Err(_) => each(&String::from_utf8_lossy(&bytes)),
            }
        }
    };
    for part in messages.flat_map(|message| &message.parts) {
        match part {
            Part::Text(text) if !tools => each(text),
            Part::ToolCall { name, arguments, .. } if tools => {
                each(name);
                body(arguments, &mut |text: &str| each(&unescaped(text)));
            }
            Part::ToolResult { output, .. } if tools => body(output, &mut each),
            _ => {}
        }
    }
}

/// Arguments are JSON, in which the end of a line is a letter to whoever reads it as text: `\ncargo`.
fn unescaped(json: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', json.as_bytes()).is_none() {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        match chars.next() {
            Some('n' | 't' | 'r' | 'b' | 'f') => out.push('\n'),
            Some('u') => {
                let code = chars.as_str().get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                // Halves of a pair are no letters of any word that is looked for.
                out.push(code.and_then(char::from_u32).unwrap_or(' '));
                if code.is_some() {
                    chars = chars.as_str()[4..].chars();
                }
            }
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_json_separate_words() {
        let json = r#"{"command":"cd x\ncargo test \"a\" C:\\new \u00e9t\u00e9 \ud83d\ude00 \u12"}"#;
        assert_eq!(unescaped(json), "{\"command\":\"cd x\ncargo test \"a\" C:\\new été     12\"}".to_owned());
        assert!(matches!(unescaped("{}"), Cow::Borrowed("{}")));
        assert_eq!(unescaped("\\"), "");
    }
}
