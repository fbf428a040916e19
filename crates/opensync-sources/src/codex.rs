//! Codex CLI, the Codex desktop app and its editor extensions: they share one store.
//!
//! # Where
//!
//! The root is `~/.codex` (on every system; `CODEX_HOME` moves it). A session ("thread") is a
//! rollout file `sessions/YYYY/MM/DD/rollout-<local time>-<uuid>.jsonl`. Archiving moves it to
//! `archived_sessions/`, and old ones may be compressed to `.jsonl.zst`; where several files of a
//! thread exist, the live one and the plain one win. Names users give are in `session_index.jsonl`,
//! the last entry of a thread counts. The SQLite databases beside them repeat what the rollouts say.
//!
//! # Versions
//!
//! * A, early 2025: one JSON document `rollout-….json`, `{"session":…,"items":[…]}`, no tokens.
//! * B, mid 2025: JSON Lines of bare items after a header line; no times, no tokens.
//! * C, since about September 2025: every line is `{"timestamp","type","payload"}`.
//! * D, seen in 0.169: C with `ordinal`, `token_usage_record` and `item_completed`.
//!
//! Files of 0.125.0 (C) and 0.169.0 (D), written by the real client, are in the fixtures with the
//! numbers the server billed. The rest follows public samples and bug reports.
//!
//! # What the fields mean
//!
//! * The id is that of the first `session_meta`; later ones are copies of ancestors' or repeats
//!   after a resume. An agent names its parent in `source.subagent.thread_spawn`, a fork in
//!   `forked_from_id`.
//! * A fork's history is either copied to the head of its file with new times (C, and agents
//!   started with context also in D) or lies in the parent's file before an ordinal
//!   (`history_base`, D). Own lines begin with the first turn that is not the parent's. Inherited
//!   messages are shown with the ids they have in the parent, and have no tokens here.
//! * `input_tokens` holds the cached ones, `output_tokens` the reasoning. See the ledger for which
//!   records count.
//! * `response_item` lines are the conversation. Prompts are told from what the client writes in
//!   the user's name by `user_message` events (C), `item_completed` and the kinds of the content
//!   (D), and else by the tags of the injected blocks, which become system messages.
//! * One assistant message is one response: it takes reasoning, text and calls until an output, a
//!   prompt or a usage record follows. In C a second text begins a second message.
//! * `compacted` is shown as a system message. Its `replacement_history` states old messages again
//!   and is never read.
//! * `base_instructions`, the client's constant system prompt, and `encrypted_content` are left out.

use std::path::Path;

use opensync_core::import::{ImportedSession, Problem, ProblemKind};

use crate::follow::{self, Follower, LineReader};
use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable, jsonl};
use reader::Reader;

mod display;
mod early;
mod events;
mod expected;
mod find;
mod items;
mod ledger;
mod lenient;
mod lineage;
mod output;
mod prompt;
mod reader;
mod records;
mod turns;

/// Codex CLI.
pub struct Codex;

/// What is fixed about it.
pub static ABOUT: About = About {
    id: "codex-cli",
    name: "Codex CLI",
    roots: &[".codex"],
    env: "CODEX_HOME",
    connect: &[("Start it in a project", "codex"), ("Then import", "opensync import --source codex-cli")],
    resume: Some("codex resume"),
    plugin: Some(Plugin {
        name: "codex-sync",
        install: "",
        env: None,
        file: ".codex-sync/config.json",
        members: "",
        login: Some(("codex-sync login", "")),
        enable: None,
        note: "Known from its documents only. A version that speaks nothing but HTTPS does not reach this address; \
               an import of Codex CLI's own files brings the same and more.",
    }),
};

impl Source for Codex {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        find::find(root, unreadable)
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        let path = &origin.path;
        if !is_document(path) && !find::is_compressed(path) {
            return follow::once::<Reader>(origin, sink);
        }
        let mut reader = Reader::new(origin);
        if is_document(path) {
            early::read(path, &mut reader, sink)?;
        } else {
            let unreadable = |cause| Unreadable { path: path.clone(), cause };
            let input = lineage::open(path).map_err(unreadable)?;
            let mut record = |line: u64, text: &str, _: &mut dyn Sink| reader.line(line, text);
            let read = jsonl::read_from(input, &mut Unmeasured(sink), &mut record);
            if let Err(cause) = read {
                if reader.is_empty() {
                    return Err(unreadable(cause));
                }
                let reason = "the compressed data is damaged or ends too early".to_owned();
                sink.problem(Problem { line: None, kind: ProblemKind::Damaged, reason });
            }
            sink.advanced(origin.size);
        }
        reader.finish(origin, sink);
        Ok(())
    }

    fn follow(&self, origin: &Origin) -> Option<Box<dyn Follow>> {
        // Neither kind grows: a document is replaced, and what is compressed is done.
        let grows = !is_document(&origin.path) && !find::is_compressed(&origin.path);
        grows.then(|| Box::new(Follower::<Reader>::new()) as Box<dyn Follow>)
    }
}

/// Whether a rollout is one JSON document, as early ones were.
fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "json")
}

/// Takes nothing: for files that are looked into beside the one that is read.
struct Quiet;

impl Sink for Quiet {
    fn session(&mut self, _: ImportedSession) {}
    fn problem(&mut self, _: Problem) {}
    fn advanced(&mut self, _: u64) {}
}

/// Passes on all but the progress, which counts uncompressed bytes.
struct Unmeasured<'a>(&'a mut dyn Sink);

impl Sink for Unmeasured<'_> {
    fn session(&mut self, session: ImportedSession) {
        self.0.session(session);
    }
    fn problem(&mut self, problem: Problem) {
        self.0.problem(problem);
    }
    fn advanced(&mut self, _: u64) {}
}
