//! Cursor: stores made by hand, the shared ones and small ones for what those do not show.

use opensync_core::import::ImportedSession;
use opensync_core::{Message, Part, Role};
use opensync_sources::cursor::Cursor;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::home::Home;
use crate::support::Seen;

mod chat;
mod damage;
mod editor;
mod fixture;
mod transcript;

const USER: &str = ".config/Cursor/User";
const CLI: &str = ".cursor";
const T: i64 = 1_767_225_600_000;

fn fixtures() -> Home {
    Home::with(&[".config", CLI])
}

/// An editor's database, of the main store or of a window.
struct Store {
    home: Home,
    connection: Connection,
}

impl Store {
    fn new() -> Self {
        Self::at(Home::new(), "globalStorage/state.vscdb")
    }

    fn at(home: Home, name: &str) -> Self {
        let connection = pairs(&home, name);
        Self { home, connection }
    }

    fn put(&self, key: &str, value: &Value) -> &Self {
        put(&self.connection, "cursorDiskKV", key, &value.to_string());
        self
    }

    /// A conversation with these headers, and more fields.
    fn composer(&self, id: &str, bubbles: &[(&str, u8)], more: &Value) -> &Self {
        let headers: Vec<_> = bubbles.iter().map(|(id, kind)| json!({"bubbleId": id, "type": kind})).collect();
        let mut value = json!({"_v": 13, "composerId": id, "fullConversationHeadersOnly": headers, "createdAt": T});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        self.put(&format!("composerData:{id}"), &value)
    }

    fn bubble(&self, composer: &str, id: &str, value: &Value) -> &Self {
        self.put(&format!("bubbleId:{composer}:{id}"), value)
    }

    fn seen(&self) -> Seen {
        self.home.seen(&Cursor)
    }

    /// The session, when there are no problems.
    fn only(&self) -> ImportedSession {
        let mut seen = self.seen();
        assert!(seen.problems.is_empty(), "{:?}", seen.problems);
        assert_eq!(seen.sessions.len(), 1);
        seen.sessions.remove(0)
    }
}

fn pairs(home: &Home, name: &str) -> Connection {
    let connection = home.database(&format!("{USER}/{name}"));
    connection
        .execute_batch(
            "pragma synchronous = off;
             create table ItemTable (key text unique on conflict replace, value blob);
             create table cursorDiskKV (key text unique on conflict replace, value blob);",
        )
        .unwrap();
    connection
}

fn put(connection: &Connection, table: &str, key: &str, value: &str) {
    connection.execute(&format!("insert into {table} values (?1, ?2)"), (key, value)).unwrap();
}

fn user(text: &str) -> Value {
    json!({"_v": 3, "type": 1, "text": text, "tokenCount": {"inputTokens": 0, "outputTokens": 0}})
}

fn answer(text: &str) -> Value {
    json!({"_v": 3, "type": 2, "text": text, "tokenCount": {"inputTokens": 0, "outputTokens": 0}})
}

fn call(record: &Value) -> Value {
    json!({"_v": 3, "type": 2, "text": "", "capabilityType": 15, "toolFormerData": record})
}

fn outline(session: &ImportedSession) -> Vec<String> {
    let line = |message: &Message| format!("{} {}", message.role.as_str(), message.external_id);
    session.messages.iter().map(line).collect()
}

fn of(session: &ImportedSession, role: Role) -> Vec<&Message> {
    session.messages.iter().filter(|message| message.role == role && !message.off_path).collect()
}

fn title(session: &ImportedSession) -> &str {
    session.title.as_ref().map_or("", |(title, _)| title)
}

fn parts(session: &ImportedSession) -> Vec<&Part> {
    session.messages.iter().flat_map(|message| &message.parts).collect()
}
