//! OpenCode: an SQLite database, and the tree of JSON files it kept before.
//!
//! # Where
//!
//! The root is `~/.local/share/opencode` on every system. A client that was started with
//! `XDG_DATA_HOME` or `OPENCODE_DB` keeps it elsewhere: `OPENCODE_DATA_DIR`, which is not the
//! client's own, names such folders.
//!
//! Since about 1.2 everything is in `opencode.db`; builds of other channels write
//! `opencode-<channel>.db` beside it. Before, each record was a file:
//! `storage/session/<project>/<session>.json`, `storage/message/<session>/<message>.json` and
//! `storage/part/<message>/<part>.json`; before mid 2025 the same lay in
//! `project/<folder>/storage/session/{info,message,part}`. The first database builds copied the
//! files and left them in place, later ones never look at them: both are read, and a session that
//! is in a database is not read from files. Of two databases the one that wrote a session last wins.
//!
//! # What the records mean
//!
//! * `session`, `message` and `part` rows hold JSON in `data`, without the ids, which are columns.
//!   In files the path holds the ids.
//! * One assistant message is one model call; its `tokens` are disjoint, and `output` **excludes**
//!   `reasoning`. Early messages held several calls: `cost` was added up while `tokens` are those
//!   of the last one, so the `step-finish` parts count there, and nowhere else. Title requests are
//!   stored nowhere. Failed calls have no tokens.
//! * Results are in the `tool` part of their call: there are no messages of tools.
//! * A child session names its parent in `parent_id`; the parent's `task` part names the child in
//!   `state.metadata.sessionId`.
//! * A fork is a copy with new ids and **no pointer** to the original. Its messages keep the moment
//!   they were made, so they are older than their session: the session that has the same ones first
//!   is the parent. The key of a response is made of moment, model and tokens, which copies share.
//! * `session.revert` names the first message that is taken back. It and what follows stay until
//!   the next prompt: kept off the path, and paid.
//! * A compaction is a user message with a `compaction` part, shown as a system message, and an
//!   assistant message with `summary: true`.
//! * Text marked `synthetic` was written by the client (contents of attached files, user shell
//!   commands). Beside a prompt it becomes a system message after it; alone, a system message.
//!
//! # Evidence
//!
//! 1.18.33 was run against a scripted model server (the database in `fixtures/real-clients`). The
//! JSON tree is known from the client's source and from what other programs read.
//!
//! Start reading at [`OpenCode`], then `session.rs`.

use std::io;
use std::path::Path;

use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable, foreign_sqlite};

mod copies;
mod database;
mod expected;
mod find;
mod follow;
mod message;
mod part;
mod session;
mod tree;

/// OpenCode.
pub struct OpenCode;

/// What is fixed about it.
pub static ABOUT: About = About {
    id: "opencode",
    name: "OpenCode",
    roots: &[".local/share/opencode", "Library/Application Support/opencode", "AppData/Roaming/opencode"],
    env: "OPENCODE_DATA_DIR",
    connect: &[("Start it in a project", "opencode"), ("Then import", "opensync import --source opencode")],
    resume: Some("opencode --session"),
    plugin: Some(Plugin {
        // Seen in version 0.3.6. Its login refuses an address without one of the names of a hosted server.
        name: "opencode-sync-plugin",
        install: "npm install -g opencode-sync-plugin",
        env: None,
        file: ".opensync/credentials.json",
        members: "",
        login: Some(("opencode-sync login", "/.convex.site")),
        enable: Some(("Name it in opencode.json", r#""plugin": ["opencode-sync-plugin"]"#)),
        note: "It sends text alone, no calls of tools; an import of OpenCode's own files brings the rest.",
    }),
};

impl Source for OpenCode {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        find::find(root, unreadable)
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        if is_file(origin) { tree::read(origin, sink) } else { database::read(origin, sink) }
    }

    fn follow(&self, origin: &Origin) -> Option<Box<dyn Follow>> {
        // A session of the JSON tree is many small files, which are replaced.
        (!is_file(origin)).then(|| Box::new(follow::Follower::default()) as Box<dyn Follow>)
    }

    fn again(&self, origin: &Origin) -> io::Result<Origin> {
        if is_file(origin) {
            tree::Files::of(&origin.path).origin()
        } else {
            foreign_sqlite::origin(origin.path.clone())
        }
    }
}

/// Whether a session is in files of its own.
fn is_file(origin: &Origin) -> bool {
    origin.path.extension().is_some_and(|end| end == "json")
}
