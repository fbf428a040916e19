//! Follows a file of JSON Lines: what was read stays known as of its last newline, and the next
//! reading goes on there.
//!
//! A file that was replaced, cut or written anew is read from its start. That shows in its id, its
//! size, and the bytes at its start and before the place where reading goes on. A change of bytes
//! in between alone, which no client makes, does not show.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use opensync_core::import::{ImportedSession, Problem};

use crate::{Follow, Origin, Sink, Unreadable, folder, jsonl};

/// How many bytes at the start, and before the place, are compared.
const CHECKED: usize = 4 << 10;

/// What a source makes of the lines of a file.
pub(crate) trait LineReader: Clone + Send + 'static {
    /// Before the first line.
    fn new(origin: &Origin) -> Self;

    /// Takes one line. On an error nothing has changed.
    fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error>;

    /// Called before a later reading, to look again at what other files say. False when they, or
    /// lines to come, may change what the lines so far mean: all is read again then.
    fn resume(&mut self) -> bool {
        true
    }

    /// About how many bytes of memory it keeps.
    fn weight(&self) -> u64;

    /// Hands over what the lines are, and what could not be used of them.
    fn finish(self, origin: &Origin, sink: &mut dyn Sink);
}

/// Reads a file once.
pub(crate) fn once<R: LineReader>(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let mut reader = R::new(origin);
    jsonl::read(&origin.path, sink, |number, text, _| reader.line(number, text))?;
    reader.finish(origin, sink);
    Ok(())
}

/// Follows a file.
pub(crate) struct Follower<R>(Option<Kept<R>>);

/// What is known of a file as of its last newline.
struct Kept<R> {
    file_id: u64,
    place: Place,
    problems: Vec<Problem>,
    reader: R,
}

/// How far a file was read.
#[derive(Default)]
struct Place {
    offset: u64,
    lines: u64,
    /// The first bytes.
    head: Vec<u8>,
    /// The last bytes before `offset`.
    tail: Vec<u8>,
}

impl<R> Follower<R> {
    /// Nothing is read yet.
    pub(crate) fn new() -> Self {
        Self(None)
    }
}

impl<R: LineReader> Follow for Follower<R> {
    fn read(&mut self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        let unreadable = |cause| Unreadable { path: origin.path.clone(), cause };
        let mut file = File::open(&origin.path).map_err(unreadable)?;
        // After an error in the middle nothing is known.
        let known = self.0.take().map(|kept| kept.if_it_holds(&mut file, sink)).transpose().map_err(unreadable)?;
        let mut kept = match known.flatten() {
            Some(kept) => kept,
            None => Kept::start(origin, &mut file).map_err(unreadable)?,
        };
        let Kept { place, problems, reader, .. } = &mut kept;
        let mut keep = Problems { problems, sink };
        let mut record = |number: u64, text: &str, _: &mut dyn Sink| reader.line(number, text);
        let rest = jsonl::lines(&mut file, place.lines + 1, &mut keep, &mut record, |bytes| place.pass(bytes));
        let rest = rest.map_err(unreadable)?;
        place.lines = rest.number() - 1;

        kept.problems.iter().for_each(|problem| sink.problem(problem.clone()));
        let mut reader = kept.reader.clone();
        rest.read(sink, &mut |number, text, _| reader.line(number, text));
        reader.finish(origin, sink);
        self.0 = Some(kept).filter(|_| !rest.is_skipped());
        Ok(())
    }

    fn weight(&self) -> u64 {
        let of = |kept: &Kept<R>| 2 * CHECKED as u64 + 150 * kept.problems.len() as u64 + kept.reader.weight();
        self.0.as_ref().map_or(0, of)
    }
}

impl<R: LineReader> Kept<R> {
    fn start(origin: &Origin, file: &mut File) -> io::Result<Self> {
        file.rewind()?;
        let file_id = folder::file_id(&file.metadata()?);
        Ok(Self { file_id, place: Place::default(), problems: Vec::new(), reader: R::new(origin) })
    }

    /// Itself, when the file and all else is as it was known; the file then stands where reading
    /// goes on.
    fn if_it_holds(mut self, file: &mut File, sink: &mut dyn Sink) -> io::Result<Option<Self>> {
        let about = file.metadata()?;
        let same = folder::file_id(&about) == self.file_id && about.len() >= self.place.offset;
        let holds = same && self.place.is_in(file, sink)? && self.reader.resume();
        Ok(holds.then_some(self))
    }
}

impl Place {
    fn pass(&mut self, bytes: &[u8]) {
        let missing = CHECKED - self.head.len();
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        let last = &bytes[bytes.len().saturating_sub(CHECKED)..];
        self.tail.drain(..(self.tail.len() + last.len()).saturating_sub(CHECKED));
        self.tail.extend_from_slice(last);
        self.offset += bytes.len() as u64;
    }

    /// Whether a file still holds what was read.
    fn is_in(&self, file: &mut File, sink: &mut dyn Sink) -> io::Result<bool> {
        for (at, known) in [(0, &self.head), (self.offset - self.tail.len() as u64, &self.tail)] {
            file.seek(SeekFrom::Start(at))?;
            let mut bytes = vec![0; known.len()];
            match file.read_exact(&mut bytes) {
                // Cut since its size was asked for.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                read => read?,
            }
            sink.advanced(bytes.len() as u64);
            if bytes != *known {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Keeps the problems of lines, to report them each time.
struct Problems<'a> {
    problems: &'a mut Vec<Problem>,
    sink: &'a mut dyn Sink,
}

impl Sink for Problems<'_> {
    fn session(&mut self, session: ImportedSession) {
        self.sink.session(session);
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn advanced(&mut self, bytes: u64) {
        self.sink.advanced(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_knows_the_first_and_the_last_bytes_however_they_pass() {
        let bytes: Vec<u8> = (0..20_000u32).map(|number| (number % 251) as u8).collect();
        for step in [1, 7, CHECKED - 1, CHECKED, CHECKED + 1, 15_000] {
            let mut place = Place::default();
            bytes.chunks(step).for_each(|chunk| place.pass(chunk));
            assert_eq!(place.offset, 20_000);
            assert_eq!(place.head, bytes[..CHECKED]);
            assert_eq!(place.tail, bytes[bytes.len() - CHECKED..]);
        }
    }
}
