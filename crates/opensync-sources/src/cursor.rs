//! Cursor: the editor's key-value databases, the chats of its command line, and transcripts.
//!
//! # Where
//!
//! * The editor keeps everything in `<config>/Cursor/User/globalStorage/state.vscdb`, an SQLite
//!   database of keys and values. `workspaceStorage/<id>/state.vscdb` says which conversations a
//!   window knew and, until 2024, held the chats themselves; `workspace.json` beside it names the
//!   folder.
//! * `cursor-agent` keeps each chat in `~/.cursor/chats/<md5 of the folder>/<id>/store.db`.
//! * Both write `~/.cursor/projects/<folder>/agent-transcripts/<id>/<id>.jsonl`, which lacks times,
//!   models, results and tokens.
//!
//! The same id is the same conversation. It is read from the editor's database, else from
//! `store.db`, else from a transcript (`.jsonl` before `.txt`).
//!
//! # What the records mean
//!
//! * `composerData:<id>` is a conversation. Its headers order the bubbles, `bubbleId:<id>:<bubble>`;
//!   bubbles that are in no header are left from before a rebuild. Older ones hold the bubbles
//!   inline. Values may be text, bytes, NULL or the text `null`.
//! * A bubble is one text, thought or call with its result. A message is a turn: all bubbles of the
//!   assistant between two prompts.
//! * **Tokens are mostly not stored**: `{0,0}` is on nearly every bubble and means unknown, and the
//!   size of the context window is no usage. Only counts above zero become responses.
//!   `usageData` of 2025 holds the cost of a conversation for each model.
//! * `default` and `auto` are no models. `modelInfo` on a prompt holds until the next one.
//! * In `store.db` blobs are named by their hash; the newest root lists the messages, and blobs it
//!   does not lead to are history of edits.
//!
//! # Evidence
//!
//! Other programs' parsers and what they say of real stores; no client was run. The stores in
//! `fixtures/real-clients` were made by hand after them.
//!
//! Start reading at [`Cursor`], then `composer.rs`.

use std::io;
use std::path::Path;

use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable};

mod bubble;
mod chat;
mod composer;
mod editor;
mod expected;
mod find;
mod follow;
mod legacy;
mod places;
mod prompt;
mod tool;
mod transcript;
mod workspaces;

/// Cursor, the editor and its command line.
pub struct Cursor;

/// What is fixed about it.
pub static ABOUT: About = About {
    id: "cursor",
    name: "Cursor",
    roots: &[
        ".config/Cursor/User",
        "Library/Application Support/Cursor/User",
        "AppData/Roaming/Cursor/User",
        ".config/Cursor Nightly/User",
        "Library/Application Support/Cursor Nightly/User",
        "AppData/Roaming/Cursor Nightly/User",
        ".cursor",
    ],
    env: "",
    connect: &[("Start it in a project", "cursor-agent"), ("Then import", "opensync import --source cursor")],
    resume: Some("cursor-agent --resume"),
    plugin: Some(Plugin {
        name: "cursor-opensync-plugin",
        install: "",
        env: None,
        file: ".cursor-sync/config.json",
        members: "",
        login: Some(("cursor-sync login", "")),
        enable: None,
        note: "Known from its documents only. A version that speaks nothing but HTTPS does not reach this address; \
               an import of Cursor's own files brings the same and more.",
    }),
};

impl Source for Cursor {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        find::find(root, unreadable)
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        match origin.path.extension().and_then(|end| end.to_str()) {
            Some("vscdb") => editor::read(origin, sink),
            Some("db") => chat::read(origin, sink),
            _ => transcript::read(origin, sink),
        }
    }

    fn follow(&self, origin: &Origin) -> Option<Box<dyn Follow>> {
        // Transcripts are read only where nothing better is, and are small.
        let is_database = origin.path.extension().is_some_and(|end| end == "vscdb" || end == "db");
        is_database.then(|| Box::new(follow::Follower::default()) as Box<dyn Follow>)
    }

    fn again(&self, origin: &Origin) -> io::Result<Origin> {
        find::again(origin)
    }
}
