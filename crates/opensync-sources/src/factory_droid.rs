//! Factory Droid: JSON Lines under `~/.factory/sessions`, with a sidecar for each session.
//!
//! **Where.** `<sessions>/<encoded folder>/<session id>.jsonl`; older ones lie flat in `<sessions>`,
//! and a session that was moved can be in both places: the newer file counts. Beside each is
//! `<session id>.settings.json`. `DROID_SESSIONS_DIR`, a list, is what other tools read too.
//! Missions, project folders named `.factory` and the index hold no sessions.
//!
//! **Records.** `session_start` (title, working folder, whom it was forked from or started by),
//! then `message` records with content blocks like Anthropic's, in the order of the conversation.
//! `visibility` says who a message is for: `llm_only` is injected context, `user_only` a notice;
//! both become system messages, and so do `<system-reminder>` texts, wrappers of commands and
//! summaries. Messages without content are notes of hooks. Sub-agents have files of their own, named
//! by `callingSessionId` or a `subagent` tag. `/compress` goes on in a new session that names the old
//! one as parent and begins with a `compaction_state`.
//!
//! **Usage.** Only the totals of a session are recorded, in `tokenUsage` of the sidecar, which is
//! replaced as the session grows. So a session has one row in the ledger, and is read again when
//! its sidecar changes. `inputTokens` is fresh input. `inclusiveTokenUsage` adds the sub-agents' and
//! counts only where there is nothing else and there are none. A fork starts with its parent's
//! totals: they are taken off. No sidecar means that the tokens are unknown. `factoryCredits` are no
//! dollars.
//!
//! **Models.** A `custom:<name>-<index>` alias is kept as it is: what it stands for is in a file
//! that holds API keys, which is never opened.
//!
//! **Evidence.** The client is closed and needs an account. The format is known from the parsers of
//! others, captures of 0.226 and the published SDK; the files in `fixtures/real-clients` were
//! written by hand after them.
//!
//! Start reading at [`FactoryDroid`], then `reader.rs`.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use opensync_core::Usage;
use opensync_core::import::{Discarded, ImportedSession, Problem, ProblemKind, Response};

use crate::follow::{self, Follower, LineReader};
use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable, folder};
use reader::Reader;

mod content;
mod expected;
mod lineage;
mod prompt;
mod reader;
mod record;
mod settings;

/// Sessions are in a folder for each project; nothing is deeper.
const MAX_DEPTH: usize = 3;

/// Factory Droid.
pub struct FactoryDroid;

/// What is fixed about Factory Droid.
pub static ABOUT: About = About {
    id: "factory-droid",
    name: "Factory Droid",
    roots: &[".factory/sessions"],
    env: "DROID_SESSIONS_DIR",
    connect: &[("Start it in a project", "droid"), ("Then import", "opensync import --source factory-droid")],
    resume: Some("droid --resume"),
    plugin: Some(Plugin {
        // Seen in version 0.1.0.
        name: "droid-sync",
        install: "",
        env: Some(["DROID_SYNC_CONVEX_URL", "DROID_SYNC_API_KEY"]),
        file: ".config/droid-sync/config.json",
        members: r#""autoSync":true,"syncToolCalls":true"#,
        login: Some(("droid-sync login", "")),
        enable: None,
        note: "Its login also adds its hooks to the settings of Factory Droid, so use it once.",
    }),
};

impl Source for FactoryDroid {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        let mut newest: HashMap<_, Origin> = HashMap::new();
        for (path, about) in folder::transcripts(&folder::inside(root, "sessions"), MAX_DEPTH, unreadable) {
            let stem = path.file_stem().unwrap_or_default().to_owned();
            let origin = describe(path, &about);
            match newest.get(&stem) {
                Some(other) if other.mtime_ns > origin.mtime_ns => {}
                _ => drop(newest.insert(stem, origin)),
            }
        }
        let mut found: Vec<_> = newest.into_values().collect();
        found.sort_by(|one, two| one.path.cmp(&two.path));
        found
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        follow::once::<Reader>(origin, sink)
    }

    fn follow(&self, _: &Origin) -> Option<Box<dyn Follow>> {
        Some(Box::new(Follower::<Reader>::new()))
    }

    fn again(&self, origin: &Origin) -> io::Result<Origin> {
        Ok(describe(origin.path.clone(), &fs::metadata(&origin.path)?))
    }
}

fn describe(path: PathBuf, about: &Metadata) -> Origin {
    let note = folder::stamp("settings", &settings::path(&path));
    folder::origin(path, about, note)
}

impl LineReader for Reader {
    fn new(origin: &Origin) -> Self {
        Self::of(&origin.path)
    }

    fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        self.record(number, text)
    }

    fn resume(&mut self) -> bool {
        self.look_again()
    }

    fn weight(&self) -> u64 {
        self.size()
    }

    fn finish(mut self, origin: &Origin, sink: &mut dyn Sink) {
        let session = self.session().map(|mut session| {
            add_usage(&mut self, &mut session);
            add_times(&self, origin, &mut session);
            session
        });
        self.problems.extend(self.expected.problems());
        for problem in self.problems {
            sink.problem(problem);
        }
        if let Some(session) = session {
            sink.session(session);
        }
    }
}

/// Gives the session the one row of its ledger.
fn add_usage(reader: &mut Reader, session: &mut ImportedSession) {
    session.discarded = std::mem::take(&mut reader.discarded);
    let Some(usage) = own_usage(reader, session) else {
        let with_children = reader.settings.as_ref().and_then(|settings| settings.with_children);
        let why = "a total with sub-agents, which count their own";
        session.discarded.extend(with_children.map(|usage| Discarded { line: 1, why: why.into(), usage }));
        return;
    };
    session.responses.push(Response {
        key: session.external_id.clone(),
        message_id: None,
        model: session.model.clone(),
        provider: session.provider.clone(),
        at: session.updated_at,
        usage,
        stored_cost: None,
        incomplete: false,
        line: 1,
        records: 1,
    });
}

/// The tokens of this session: without those of its sub-agents, which have files of their own, and
/// without those a fork has from its parent.
fn own_usage(reader: &mut Reader, session: &mut ImportedSession) -> Option<Usage> {
    let settings = reader.settings.as_ref()?;
    let alone = !settings.has_children && !reader.delegates;
    let total = settings.usage.or(settings.with_children.filter(|_| alone))?;
    let Some(parent) = &reader.origin else { return Some(total) };
    // It goes on from a summary, or repeats nothing: it began to count at zero.
    if reader.inherited == 0 && (parent.known || reader.continues) {
        return Some(total);
    }
    let inherited = parent.usage().filter(|_| reader.inherited > 0);
    if let Some((inherited, own)) = inherited.and_then(|usage| Some((usage, lineage::without(&total, &usage)?))) {
        session.discarded.push(Discarded {
            line: 1,
            why: "counted in the session it was forked from".into(),
            usage: inherited,
        });
        return Some(own);
    }
    reader.problems.push(Problem {
        line: Some(1),
        kind: ProblemKind::Unsupported,
        reason: "a fork whose tokens may include those of the session it was forked from".to_owned(),
    });
    Some(total)
}

/// Times of a session whose messages have none.
fn add_times(reader: &Reader, origin: &Origin, session: &mut ImportedSession) {
    let changed = Some(origin.mtime_ns / 1_000_000).filter(|at| *at > 0);
    session.updated_at = session.updated_at.or(changed);
    if session.created_at.is_none() {
        let made = fs::metadata(&origin.path).and_then(|about| about.created()).ok();
        let made = made.and_then(|time| i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok());
        // A copied file is younger than its last change.
        let made = made.filter(|made| changed.is_none_or(|changed| *made <= changed));
        session.created_at = made.or_else(|| reader.settings.as_ref()?.provider_at).or(session.updated_at);
        session.born_at = session.created_at;
    }
}
