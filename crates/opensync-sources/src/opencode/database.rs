//! Reads the SQLite database.
//!
//! Columns came and went over the versions, so each table is asked which it has. Sessions are read
//! one by one, oldest first, each in a transaction of its own: a client that runs is never held up.

use std::collections::HashMap;
use std::path::Path;

use opensync_core::import::ProblemKind;
use rusqlite::{Error, Row, Statement};

use super::find;
use super::follow::{Changes, Known, Session};
use super::message::Draft;
use super::session::{Assembly, Header, Kin, Revert};
use crate::foreign_sqlite::{Database, MAX_VALUE, describe, may_pass, number, text};
use crate::loose::{self, Object};
use crate::tally::Tally;
use crate::{Origin, Sink, Unreadable};

/// Tables of messages in a later model, empty in the versions that are known.
const LATER: &str = "session_message";

/// Columns of `session`; those with `true` have always been there.
const SESSION: [(&str, bool); 13] = [
    ("id", true),
    ("project_id", true),
    ("parent_id", true),
    ("title", true),
    ("version", true),
    ("time_created", true),
    ("time_updated", true),
    ("time_archived", true),
    ("revert", true),
    ("slug", false),
    ("directory", false),
    ("model", false),
    ("workspace_id", false),
];
const MESSAGE: [(&str, bool); 5] =
    [("id", true), ("session_id", true), ("time_created", true), ("time_updated", true), ("data", true)];
const PART: [(&str, bool); 4] = [("id", true), ("message_id", true), ("time_updated", true), ("data", true)];

/// Reads every session of the database, unless another one has it newer.
pub(super) fn read(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    read_changed(origin, None, sink)
}

/// Like [`read`], but hands over only sessions that are not as they are `known`, which learns how
/// they are now.
pub(super) fn read_changed(origin: &Origin, known: Option<&mut Known>, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let database = match Database::open(&origin.path) {
        Ok(database) => database,
        Err(failure) => return failure.report(sink),
    };
    let mut tally = Tally::default();
    let busy = |error: Error| Unreadable { path: origin.path.clone(), cause: std::io::Error::other(error) };
    let mut headers = headers(&database, &mut tally).map_err(busy)?;
    let newer = newer_elsewhere(&origin.path);
    headers.retain(|header| {
        newer.get(&header.id).is_none_or(|(updated, wins_ties)| {
            let own = header.updated.unwrap_or(0);
            own > *updated || (own == *updated && !wins_ties)
        })
    });
    headers.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    let mut changes = Changes::since(known, &database, origin.size, headers.len()).map_err(busy)?;
    read_sessions(&database, headers, &mut changes, &mut tally, sink).map_err(busy)?;
    let doubts = database.doubts();
    changes.keep(doubts.is_empty(), sink);
    for (kind, reason) in doubts {
        tally.add(kind, reason);
    }
    tally.report(sink);
    Ok(())
}

/// When each session of a database was last written; nothing when it cannot be told.
pub(super) fn updated(path: &Path) -> HashMap<String, i64> {
    let Ok(database) = Database::glance(path) else { return HashMap::new() };
    let columns = database.columns("session");
    let column = if columns.iter().any(|column| column == "time_updated") { "time_updated" } else { "0" };
    let list = || -> Result<HashMap<String, i64>, Error> {
        let mut statement = database.connection().prepare(&format!("select id, {column} from session"))?;
        let rows = statement.query_map([], |row| {
            let at = number(row, 1).and_then(loose::moment).unwrap_or(0);
            Ok((text(row, 0).unwrap_or_default().into_owned(), at))
        })?;
        Ok(rows.flatten().collect())
    };
    list().unwrap_or_default()
}

/// The sessions of the other channels' databases, and whether those win when equally new.
fn newer_elsewhere(path: &Path) -> HashMap<String, (i64, bool)> {
    let mut newer: HashMap<String, (i64, bool)> = HashMap::new();
    let folder = path.parent().unwrap_or(Path::new(""));
    for other in find::databases(folder, &mut Vec::new()) {
        if other == path {
            continue;
        }
        let wins_ties = *other < *path;
        for (id, at) in updated(&other) {
            let entry = newer.entry(id).or_insert((at, wins_ties));
            *entry = (*entry).max((at, wins_ties));
        }
    }
    newer
}

fn headers(database: &Database, tally: &mut Tally) -> Result<Vec<Header>, Error> {
    let Some(columns) = select(database, "session", &SESSION, 1, tally) else { return Ok(Vec::new()) };
    let worktrees = named(database, "project", "worktree");
    let projects = database.columns("project");
    if !projects.is_empty() && !projects.iter().any(|column| column == "worktree") {
        missing("project", "worktree", tally);
    }
    let branches = named(database, "workspace", "branch");
    let mut headers: HashMap<String, Header> = HashMap::new();
    // A damaged page ends a listing: what is behind it is met from the other side.
    for order in ["asc", "desc"] {
        let sql = format!("select {columns} from session order by rowid {order}");
        let mut list = || {
            let mut statement = database.connection().prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let header = header(row, &worktrees, &branches);
                headers.entry(header.id.clone()).or_insert(header);
            }
            Ok::<_, Error>(())
        };
        match list() {
            Ok(()) => break,
            Err(error) => damaged(error, "session", tally)?,
        }
    }
    headers.remove("");
    Ok(headers.into_values().collect())
}

fn header(row: &Row<'_>, worktrees: &HashMap<String, String>, branches: &HashMap<String, String>) -> Header {
    let column = |name: &str| SESSION.iter().position(|(column, _)| *column == name).unwrap_or(usize::MAX);
    let text = |name: &str| Some(clean(&text(row, column(name))?)).filter(|text| !text.is_empty());
    let time = |name: &str| number(row, column(name)).and_then(loose::moment);
    let model = text("model").unwrap_or_default();
    let model = Object::parse(&model).unwrap_or_default();
    let revert = text("revert").unwrap_or_default();
    Header {
        id: text("id").unwrap_or_default(),
        parent: text("parent_id"),
        slug: text("slug"),
        title: text("title"),
        directory: text("directory"),
        worktree: text("project_id").and_then(|id| worktrees.get(&id).cloned()),
        branch: text("workspace_id").and_then(|id| branches.get(&id).cloned()),
        version: text("version"),
        model: model.text("id").or_else(|| model.text("modelID")),
        provider: model.text("providerID"),
        revert: Object::parse(&revert).and_then(|revert| Revert::new(&revert)),
        created: time("time_created"),
        updated: time("time_updated"),
        archived: number(row, column("time_archived")).is_some(),
    }
}

fn read_sessions(
    database: &Database,
    headers: Vec<Header>,
    changes: &mut Changes<'_>,
    tally: &mut Tally,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let messages = select(database, "message", &MESSAGE, 2, tally)
        .filter(|columns| !columns.ends_with("null, null"))
        .map(|columns| format!("select {columns} from message where session_id = ?1 order by time_created, id"));
    let parts = select(database, "part", &PART, 2, tally)
        .filter(|columns| !columns.ends_with("null, null"))
        .map(|columns| format!("select {columns} from part where message_id = ?1 order by id"));
    let mut messages = prepare(database, messages.as_deref(), "message", tally)?;
    let mut parts = prepare(database, parts.as_deref(), "part", tally)?;
    later_model(database, tally);
    let mut kin = Kin::default();
    for header in headers {
        let id = header.id.clone();
        let stamp = changes.stamp(&header);
        let known = changes.known(&id, stamp);
        let known_ties = known.map(|known| (kin.settle(&header, &known.traces), known));
        if let Some((ties, known)) = &known_ties
            && known.is_tied(ties)
        {
            tally.add_all(&known.tally);
            changes.unchanged(id);
            continue;
        }
        let mut assembly = Assembly::new(header);
        let (mut complete, mut own) = (false, Tally::default());
        if let Some(messages) = &mut messages {
            let read = database.at_once(|| session(&id, messages, parts.as_mut(), &mut assembly, &mut own))?;
            complete = read && parts.is_some();
        }
        let ties = known_ties.map_or_else(|| assembly.settle(&mut kin), |(ties, _)| ties);
        let (session, traces) = assembly.finish(&ties);
        // What could not be read must not replace what was read before.
        if complete || !session.messages.is_empty() {
            sink.session(session);
        }
        tally.add_all(&own);
        changes.read(stamp, sink);
        if let Some(stamp) = stamp.filter(|_| complete) {
            changes.learn(id, Session::new(stamp, traces, &ties, own));
        }
    }
    Ok(())
}

/// Reads the messages of a session. Answers whether all could be read.
fn session(
    id: &str,
    messages: &mut Statement<'_>,
    mut parts: Option<&mut Statement<'_>>,
    assembly: &mut Assembly,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let mut rows = messages.query([id])?;
    let mut complete = true;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(complete),
            Err(error) => return damaged(error, "message", tally).map(|()| false),
        };
        let data = value(row, 4, "message", tally);
        let Some(object) = data.as_deref().and_then(Object::parse) else {
            if data.is_some() {
                tally.add(ProblemKind::Damaged, "a row of table `message` holds no JSON object");
            }
            continue;
        };
        let message = text(row, 0).unwrap_or_default();
        let mut draft = Draft::new(&clean(&message), number(row, 2).and_then(loose::moment), &object, tally);
        draft.revert_from(assembly.revert_from(&draft.id));
        assembly.touch(number(row, 3).and_then(loose::moment));
        if let Some(parts) = &mut parts
            && let Err(error) = read_parts(&message, parts, &mut draft, assembly, tally)
        {
            complete = false;
            damaged(error, "part", tally)?;
        }
        assembly.message(draft);
    }
}

fn read_parts(
    message: &str,
    parts: &mut Statement<'_>,
    draft: &mut Draft,
    assembly: &mut Assembly,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut rows = parts.query([message])?;
    while let Some(row) = rows.next()? {
        assembly.touch(number(row, 2).and_then(loose::moment));
        if let Some(data) = value(row, 3, "part", tally) {
            draft.part(&text(row, 0).unwrap_or_default(), &data, tally);
        }
    }
    Ok(())
}

/// The `data` of a row, whose size is in the column after it.
fn value<'a>(row: &'a Row<'_>, column: usize, table: &str, tally: &mut Tally) -> Option<std::borrow::Cow<'a, str>> {
    let data = text(row, column);
    if data.is_none() {
        let (kind, what) = match number(row, column + 1) {
            Some(_) => (ProblemKind::Unsupported, "is too large"),
            None => (ProblemKind::Damaged, "holds nothing"),
        };
        tally.add(kind, format!("a row of table `{table}` {what}"));
    }
    data
}

/// The columns to ask a table for, `null` in place of those it has not; `data` with its size.
/// Nothing when one of the first `needed`, which connect the rows, is missing.
fn select(
    database: &Database,
    table: &str,
    wanted: &[(&str, bool)],
    needed: usize,
    tally: &mut Tally,
) -> Option<String> {
    let there = database.columns(table);
    if there.is_empty() {
        tally.add(ProblemKind::Unsupported, format!("there is no table `{table}`"));
        return None;
    }
    let mut usable = true;
    let mut columns = Vec::new();
    for (number, (name, always)) in wanted.iter().enumerate() {
        let has = |name: &str| there.iter().any(|column| column == name);
        let is_there = has(name);
        // Both came at once.
        let twin = (*name == "directory" && has("slug")) || (*name == "slug" && has("directory"));
        if !is_there && (*always || twin) {
            missing(table, name, tally);
        }
        usable &= is_there || number >= needed;
        columns.push(match (is_there, *name) {
            (true, "data") => format!("iif(octet_length(data) <= {MAX_VALUE}, data, null), octet_length(data)"),
            (false, "data") => "null, null".to_owned(),
            // A name of its own keeps it usable where rows are ordered by it.
            (false, name) => format!("null as {name}"),
            (true, name) => name.to_owned(),
        });
    }
    usable.then(|| columns.join(", "))
}

fn missing(table: &str, column: &str, tally: &mut Tally) {
    tally.add(ProblemKind::Unsupported, format!("table `{table}` has no column `{column}`"));
}

fn prepare<'a>(
    database: &'a Database,
    sql: Option<&str>,
    table: &str,
    tally: &mut Tally,
) -> Result<Option<Statement<'a>>, Error> {
    match sql.map(|sql| database.connection().prepare(sql)).transpose() {
        Ok(statement) => Ok(statement),
        Err(error) => damaged(error, table, tally).map(|()| None),
    }
}

/// One column of a table by id; nothing when there is no such thing.
fn named(database: &Database, table: &str, column: &str) -> HashMap<String, String> {
    let list = || -> Result<HashMap<String, String>, Error> {
        let mut statement = database.connection().prepare(&format!("select id, {column} from {table}"))?;
        let rows = statement.query_map([], |row| {
            let pair = text(row, 0).zip(text(row, 1));
            Ok(pair.map(|(id, value)| (clean(&id), clean(&value))))
        })?;
        Ok(rows.flatten().flatten().filter(|(_, value)| !value.is_empty()).collect())
    };
    list().unwrap_or_default()
}

/// Says so when a version that keeps messages elsewhere has written the database.
fn later_model(database: &Database, tally: &mut Tally) {
    let any = format!("select 1 from {LATER} limit 1");
    if database.connection().query_row(&any, [], |_| Ok(())).is_ok() {
        tally.add(ProblemKind::Unknown, format!("rows in table `{LATER}`"));
    }
}

/// Damage is counted and what could be read is kept; a database that is busy is read another time.
fn damaged(error: Error, table: &str, tally: &mut Tally) -> Result<(), Error> {
    if may_pass(&error) {
        return Err(error);
    }
    tally.add(ProblemKind::Damaged, format!("table `{table}`: {}", describe(&error)));
    Ok(())
}

fn clean(text: &str) -> String {
    opensync_core::text::clean(text).into_owned()
}
