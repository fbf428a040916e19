//! Reads the editor's databases of keys and values.
//!
//! Keys are looked up by range: a pattern would read gigabytes. First all conversations are looked
//! through for the children they name, then each is read with its bubbles in one short transaction.

use std::collections::HashMap;
use std::path::Path;

use opensync_core::import::{Discarded, ImportedSession, ProblemKind};
use rusqlite::{Error, OptionalExtension, Row, Statement};

use super::bubble::{self, Bubble};
use super::chat::has_columns;
use super::composer::{self, Around, Place};
use super::expected;
use super::follow::{Changes, Known, hash};
use super::legacy;
use super::places::Places;
use super::workspaces::{Listed, Workspaces, listed};
use crate::foreign_sqlite::{Database, MAX_VALUE, describe, may_pass, text};
use crate::loose::{Object, string};
use crate::tally::Tally;
use crate::{Origin, Sink, Unreadable};

const CONTENT: &str = "cursorDiskKV";
const PAIR: [&str; 2] = ["key", "value"];
const COMPOSER: &str = "composerData:";

/// Reads every conversation of a main database or a window's.
pub(super) fn read(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    read_changed(origin, None, sink)
}

/// Like [`read`], but leaves out conversations of a main database that are as they are `known`.
pub(super) fn read_changed(origin: &Origin, known: Option<&mut Known>, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let path = &origin.path;
    let database = match Database::open(path) {
        Ok(database) => database,
        Err(failure) => return failure.report(sink),
    };
    let is_main = path.parent().is_some_and(|folder| folder.ends_with("globalStorage"));
    let places = Places::around(path);
    let mut tally = Tally::default();
    let mut changes = Changes::since(known.filter(|_| is_main));
    let mut told = 0;
    if !is_main && has_columns(&database, "ItemTable", PAIR, &mut tally) {
        for session in legacy::sessions(&database, path, &mut tally) {
            if !places.in_editor(&session.external_id, path) {
                sink.session(session);
            }
        }
    }
    // Windows have the table in some versions only.
    if (is_main || !database.columns(CONTENT).is_empty()) && has_columns(&database, CONTENT, PAIR, &mut tally) {
        let busy = |error: Error| Unreadable { path: path.clone(), cause: std::io::Error::other(error) };
        let mut reader = Reader::new(&database, path, &places, changes.is_asked(), &mut tally).map_err(busy)?;
        let conversations = std::mem::take(&mut reader.conversations);
        let count = conversations.len() as u128;
        for (conversation, number) in conversations.into_iter().zip(1..) {
            let id = conversation.id.clone();
            // Before it is read: what is written in between shows the next time.
            let stamp = reader.stamp(&conversation).map_err(busy)?;
            if let Some(stamp) = &stamp
                && changes.skips(&id, stamp.print, reader.tally, sink)
            {
                continue;
            }
            let mut session = None;
            let all = std::mem::take(reader.tally);
            if is_main || !places.in_editor(&id, path) {
                session = reader.conversation(&id).map_err(busy)?;
            }
            let own = std::mem::replace(reader.tally, all);
            reader.tally.add_all(&own);
            let read = match &stamp {
                Some(stamp) if !changes.is_whole => stamp.bytes,
                _ => (u128::from(origin.size) * number / count) as u64 - told,
            };
            if let Some(stamp) = stamp {
                changes.learn(id, stamp.print, session.as_ref(), own);
            }
            if let Some(session) = session {
                sink.session(session);
            }
            sink.advanced(read);
            told += read;
        }
    }
    if changes.is_whole {
        sink.advanced(origin.size - told);
    }
    let doubts = database.doubts();
    changes.keep(doubts.is_empty());
    for (kind, reason) in doubts {
        tally.add(kind, reason);
    }
    tally.report(sink);
    Ok(())
}

/// The value of a key; nothing when there is none or it is no text.
pub(super) fn value(database: &Database, table: &str, key: &str) -> Option<String> {
    let sql = format!("select iif(octet_length(value) <= {MAX_VALUE}, value, null) from {table} where key = ?1");
    let row = database.connection().query_row(&sql, [key], |row| Ok(text(row, 0).map(std::borrow::Cow::into_owned)));
    row.optional().ok()??
}

/// Reads conversations out of `cursorDiskKV`.
struct Reader<'a> {
    database: &'a Database,
    rows: Statement<'a>,
    /// Adds up the rows of a range of keys; there when anybody wants to know what changed.
    sums: Option<Statement<'a>>,
    parents: HashMap<String, String>,
    listed: HashMap<String, Listed>,
    workspaces: Workspaces,
    tally: &'a mut Tally,
    /// Those in which something was said.
    conversations: Vec<Conversation>,
}

/// A conversation that is not read yet.
struct Conversation {
    id: String,
    /// Hash of its own record.
    print: u64,
    /// Size of it.
    bytes: u64,
}

/// Changes when a conversation does.
struct Stamp {
    print: u64,
    /// Bytes in its records.
    bytes: u64,
}

impl<'a> Reader<'a> {
    fn new(
        database: &'a Database,
        path: &Path,
        places: &Places,
        is_asked: bool,
        tally: &'a mut Tally,
    ) -> Result<Self, Error> {
        let rows = database.connection().prepare(&format!(
            "select key, iif(octet_length(value) <= {MAX_VALUE}, value, null), octet_length(value) \
             from {CONTENT} where key >= ?1 and key < ?2 and value is not null order by key"
        ))?;
        // A row that is written anew gets another number. Numbers and lengths are read without the
        // values. A table may have no numbers.
        let sums = format!(
            "select count(*), sum(rowid), sum(octet_length(value)) from {CONTENT} where key >= ?1 and key < ?2"
        );
        let sums = if is_asked { database.connection().prepare(&sums).ok() } else { None };
        let mut reader = Self {
            database,
            rows,
            sums,
            parents: places.parents().into_iter().collect(),
            listed: listed(database),
            workspaces: Workspaces::beside(path),
            tally,
            conversations: Vec::new(),
        };
        reader.look_through()?;
        Ok(reader)
    }

    /// Notes which conversations there are and which started which.
    fn look_through(&mut self) -> Result<(), Error> {
        let Self { rows, sums, parents, tally, conversations, .. } = self;
        each(rows, COMPOSER, tally, |id, value, tally| {
            let Some(composer) = Object::parse(value) else {
                tally.add(ProblemKind::Damaged, "a conversation holds no JSON object");
                return;
            };
            expected::conversation(tally, &composer);
            for children in ["subComposerIds", "subagentComposerIds"] {
                for child in composer.list(children).into_iter().filter_map(string) {
                    parents.insert(child, id.to_owned());
                }
            }
            if composer::has_conversation(&composer) {
                let (print, bytes) = (if sums.is_some() { hash(&value) } else { 0 }, value.len() as u64);
                conversations.push(Conversation { id: id.to_owned(), print, bytes });
            }
        })
    }

    /// The stamp of a conversation; nothing when the table does not tell.
    fn stamp(&mut self, conversation: &Conversation) -> Result<Option<Stamp>, Error> {
        let Conversation { id, print, bytes } = conversation;
        let Some(sums) = &mut self.sums else { return Ok(None) };
        let (from, to) = (format!("bubbleId:{id}:"), format!("bubbleId:{id};"));
        let sums = sums.query_row([from, to], |row| {
            let sums: [Option<i64>; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok(sums)
        });
        match sums {
            Ok(sums) => {
                let around = (self.parents.get(id), self.listed.get(id));
                let rows = sums[2].map_or(0, |bytes| u64::try_from(bytes).unwrap_or(0));
                Ok(Some(Stamp { print: hash(&(print, sums, around)), bytes: bytes + rows }))
            }
            Err(error) if may_pass(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// One conversation with its bubbles; nothing when none of them says anything.
    fn conversation(&mut self, id: &str) -> Result<Option<ImportedSession>, Error> {
        let database = self.database;
        database.at_once(|| self.read_conversation(id))
    }

    fn read_conversation(&mut self, id: &str) -> Result<Option<ImportedSession>, Error> {
        // Gone since the look through, or too large, which was said there.
        let Some(text) = value(self.database, CONTENT, &format!("{COMPOSER}{id}")) else { return Ok(None) };
        let Some(composer) = Object::parse(&text) else { return Ok(None) };
        let places = composer::places(&composer);
        expected::headers(self.tally, &composer);
        let calls = composer::calls(&composer);
        let mut bubbles = legacy::inline(&places, &calls, self.tally);
        let calls = Object::parse(&calls).unwrap_or_default();
        let mut stale = Vec::new();
        let wanted: HashMap<&str, &Place<'_>> = places.iter().map(|place| (place.id.as_str(), place)).collect();
        each(&mut self.rows, &format!("bubbleId:{id}:"), self.tally, |bubble_id, value, tally| {
            // Bubbles no header names are from before the thread was rebuilt.
            let Some(place) = wanted.get(bubble_id) else {
                stale.extend(Object::parse(value).and_then(|bubble| bubble::usage(&bubble)));
                return;
            };
            match Object::parse(value) {
                Some(bubble) => {
                    let bubble = Bubble::new(&bubble, place.kind, Some(&calls.object(bubble_id)), tally);
                    bubbles.insert(bubble_id.to_owned(), bubble);
                }
                None => tally.add(ProblemKind::Damaged, "a bubble holds no JSON object"),
            }
        })?;
        let around = Around {
            parent: self.parents.get(id).filter(|parent| *parent != id).cloned(),
            listed: self.listed.get(id),
            workspaces: &self.workspaces,
        };
        let session = composer::session(id, &composer, &places, bubbles, &around, self.tally);
        Ok(session.map(|mut session| {
            let before = session.responses.len() + session.discarded.len() + 1;
            let stale = stale.into_iter().zip(before as u64..);
            let why = "from before the conversation was rebuilt";
            session.discarded.extend(stale.map(|(usage, line)| Discarded { line, why: why.into(), usage }));
            session
        }))
    }
}

/// Calls `take` with the rest of each key that starts with `prefix`, and its value. Empty values
/// and the text `null` are what the client leaves of deleted things.
fn each(
    rows: &mut Statement<'_>,
    prefix: &str,
    tally: &mut Tally,
    mut take: impl FnMut(&str, &str, &mut Tally),
) -> Result<(), Error> {
    // The character after the colon that every prefix ends with.
    let end = format!("{};", prefix.strip_suffix(':').unwrap_or(prefix));
    let mut rows = rows.query([prefix, &end])?;
    loop {
        let row: &Row<'_> = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(error) if may_pass(&error) => return Err(error),
            Err(error) => {
                tally.add(ProblemKind::Damaged, format!("table `{CONTENT}`: {}", describe(&error)));
                return Ok(());
            }
        };
        let key = text(row, 0).unwrap_or_default();
        let rest = key.strip_prefix(prefix).unwrap_or_default();
        match text(row, 1) {
            Some(value) if !matches!(value.trim(), "" | "null") => take(rest, &value, tally),
            Some(_) => {}
            None => tally.add(ProblemKind::Unsupported, format!("a value of table `{CONTENT}` is too large")),
        }
    }
}
