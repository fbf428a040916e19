//! OpenCode: the real client's database, and small hand-made ones for what it does not show.

use opensync_core::import::ImportedSession;
use opensync_core::{Message, Part, Role};
use opensync_sources::opencode::OpenCode;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::home::Home;
use crate::support::Seen;

mod conversation;
mod damage;
mod real;
mod tree;

const FOLDER: &str = ".local/share/opencode";
const SES: &str = "ses_1";
/// The moment the hand-made sessions begin.
const T: i64 = 1_767_225_600_000;

fn fixtures() -> Home {
    Home::with(&[FOLDER])
}

/// A database as the client makes it, with the columns that are read.
fn schema(connection: &Connection) {
    connection
        .execute_batch(
            "pragma synchronous = off;
             create table project (id text primary key, worktree text, vcs text, name text);
             create table workspace (id text primary key, branch text);
             create table session (id text primary key, project_id text, workspace_id text, parent_id text, slug text,
                 directory text, title text, version text, revert text, model text, time_created integer,
                 time_updated integer, time_archived integer);
             create table message (id text primary key, session_id text, time_created integer, time_updated integer,
                 data text);
             create table part (id text primary key, message_id text, session_id text, time_created integer,
                 time_updated integer, data text);
             create index message_session on message (session_id, time_created, id);
             create index part_message on part (message_id, id);",
        )
        .unwrap();
}

/// A home with one database of this channel.
struct Store {
    home: Home,
    connection: Connection,
}

impl Store {
    fn new() -> Self {
        Self::in_home(Home::new(), "opencode.db")
    }

    fn in_home(home: Home, name: &str) -> Self {
        let connection = home.database(&format!("{FOLDER}/{name}"));
        schema(&connection);
        Self { home, connection }
    }

    fn session(&self, id: &str, at: i64, title: &str) -> &Self {
        let sql = "insert into session (id, project_id, directory, title, slug, version, time_created, time_updated)
             values (?1, 'p', '/home/ana/shop', ?2, 'calm-fox', '1.4.0', ?3, ?3)";
        self.connection.execute(sql, (id, title, at)).unwrap();
        self
    }

    fn message(&self, id: &str, session: &str, at: i64, data: &Value) -> &Self {
        let sql = "insert into message values (?1, ?2, ?3, ?3, ?4)";
        self.connection.execute(sql, (id, session, at, data.to_string())).unwrap();
        self
    }

    fn part(&self, id: &str, message: &str, data: &Value) -> &Self {
        let sql = "insert into part values (?1, ?2, '', 0, 0, ?3)";
        self.connection.execute(sql, (id, message, data.to_string())).unwrap();
        self
    }

    /// A prompt or an answer with one text; ids ascend with `at`.
    fn said(&self, session: &str, id: &str, at: i64, data: &Value, text: &str) -> &Self {
        self.message(id, session, at, data).part(&format!("prt_{id}"), id, &words(text))
    }

    fn sql(&self, sql: &str) -> &Self {
        self.connection.execute_batch(sql).unwrap();
        self
    }

    fn seen(&self) -> Seen {
        self.home.seen(&OpenCode)
    }

    /// The session, when there are no problems.
    fn only(&self) -> ImportedSession {
        let mut seen = self.seen();
        assert!(seen.problems.is_empty(), "{:?}", seen.problems);
        assert_eq!(seen.sessions.len(), 1);
        seen.sessions.remove(0)
    }
}

fn user(at: i64) -> Value {
    json!({"role": "user", "time": {"created": at}, "agent": "build",
        "model": {"providerID": "anthropic", "modelID": "claude-sonnet-4-5"}})
}

/// An answer with `[input, output, reasoning, read, write]`.
fn answer(at: i64, [input, output, reasoning, read, write]: [u64; 5]) -> Value {
    json!({"role": "assistant", "time": {"created": at, "completed": at + 500}, "modelID": "claude-sonnet-4-5",
        "providerID": "anthropic", "cost": 0.25, "tokens": {"input": input, "output": output, "reasoning": reasoning,
        "cache": {"read": read, "write": write}}})
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// `role id` of every message, with `-` in front of those off the path and `^` of inherited ones.
fn outline(session: &ImportedSession) -> Vec<String> {
    let line = |message: &Message| {
        let (off, inherited) = (if message.off_path { "-" } else { "" }, if message.inherited { "^" } else { "" });
        format!("{off}{inherited}{} {}", message.role.as_str(), message.external_id)
    };
    session.messages.iter().map(line).collect()
}

fn shown(session: &ImportedSession, role: Role) -> Vec<&Message> {
    session.messages.iter().filter(|message| message.role == role && !message.off_path).collect()
}

fn title(session: &ImportedSession) -> &str {
    session.title.as_ref().map_or("", |(title, _)| title)
}

fn parts(session: &ImportedSession) -> impl Iterator<Item = &Part> {
    session.messages.iter().filter(|message| !message.off_path).flat_map(|message| &message.parts)
}
