//! Claude Code: JSON Lines under `~/.claude/projects`.
//!
//! **Where.** `<root>/projects/<encoded folder>/<session id>.jsonl` is a session. Its sub-agents
//! are in `<session id>/subagents/**/agent-<id>.jsonl`, each with an `agent-<id>.meta.json` that
//! names the call that started it; before about 2.1 they lay beside the session as
//! `agent-<8 hex digits>.jsonl`, and in 1.0 they were written into the session with
//! `isSidechain: true`. Outputs too large for the transcript are in `<session id>/tool-results`.
//! `CLAUDE_CONFIG_DIR` replaces `~/.claude`.
//!
//! **Records.** `user`, `assistant`, `system` and `attachment` records form a tree by `uuid` and
//! `parentUuid`; the rest is metadata. One response of the model is several `assistant` records,
//! one for each content block, with the same `message.id` and `requestId`; **each repeats the
//! usage**, and early ones may hold a placeholder output count. So a response is counted once, with
//! the largest value of each counter. A fork repeats its parent's records with the same ids, so the
//! key of a response (`message.id:requestId`) holds over all files.
//!
//! **Usage.** `input_tokens` is fresh input; `cache_read_input_tokens` and
//! `cache_creation_input_tokens` come on top of it, and `cache_creation` splits the latter by
//! lifetime. `toolUseResult.usage` and the usage in `agent_progress` records repeat what the
//! sub-agent's own file says. Calls for compaction and titles are stored nowhere.
//!
//! **Evidence.** 2.1.197 was run against a scripted model server (the files in
//! `fixtures/real-clients`); 1.0.98 to 2.1.39 are known from published transcripts.
//!
//! Start reading at [`ClaudeCode`], then `transcript.rs`.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use opensync_core::Relation;
use opensync_core::import::{ImportedSession, Parent, TitleRank};
use opensync_core::text::title;

use crate::follow::{self, Follower, LineReader};
use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable, folder};
use agent::Agent;
use draft::Draft;
use transcript::Transcript;

mod agent;
mod branch;
mod content;
mod draft;
mod expected;
mod prompt;
mod record;
mod transcript;

/// Deeper folders are not looked into: real ones are at most six deep.
const MAX_DEPTH: usize = 16;

/// Claude Code.
pub struct ClaudeCode;

/// What is fixed about Claude Code.
pub static ABOUT: About = About {
    id: "claude-code",
    name: "Claude Code",
    roots: &[".claude", ".config/claude"],
    env: "CLAUDE_CONFIG_DIR",
    connect: &[("Start it in a project", "claude"), ("Then import", "opensync import --source claude-code")],
    resume: Some("claude --resume"),
    plugin: Some(Plugin {
        // Seen in version 0.1.15. Its login refuses an address without one of the names of a hosted server.
        name: "claude-code-sync",
        install: "npm install -g claude-code-sync",
        env: Some(["CLAUDE_SYNC_CONVEX_URL", "CLAUDE_SYNC_API_KEY"]),
        file: ".config/claude-code-sync/config.json",
        members: r#""autoSync":true,"syncToolCalls":true"#,
        login: Some(("claude-code-sync login", "/convex.site")),
        enable: Some(("Register its hooks", "claude-code-sync setup")),
        note: "",
    }),
};

impl Source for ClaudeCode {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        let start = if root.ends_with("projects") { root.to_owned() } else { root.join("projects") };
        let mut walk = Walk { found: Vec::new(), linked: HashSet::new(), unreadable };
        walk.folder(&start, 0);
        let mut found = walk.found;
        found.sort_by(|one, two| one.path.cmp(&two.path));
        found
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        follow::once::<Reader>(origin, sink)
    }

    fn follow(&self, _: &Origin) -> Option<Box<dyn Follow>> {
        Some(Box::new(Follower::<Reader>::new()))
    }

    fn again(&self, known: &Origin) -> io::Result<Origin> {
        Ok(origin(&known.path, &fs::metadata(&known.path)?))
    }
}

/// A transcript while it is read.
#[derive(Clone)]
struct Reader {
    /// Whose it is, when it is a sub-agent's.
    agent: Option<Agent>,
    transcript: Transcript,
}

impl LineReader for Reader {
    fn new(origin: &Origin) -> Self {
        let path = &origin.path;
        let agent = Agent::of(path);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut transcript = Transcript::new(&stem);
        if let Some(agent) = &agent {
            transcript.results = agent.results();
        } else {
            transcript.results = Some(path.with_extension("").join("tool-results"));
            transcript.own_id = Some(stem);
        }
        Self { agent, transcript }
    }

    fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        self.transcript.record(number, text)
    }

    fn weight(&self) -> u64 {
        self.transcript.weight()
    }

    fn finish(self, origin: &Origin, sink: &mut dyn Sink) {
        for problem in self.transcript.problems() {
            sink.problem(problem);
        }
        match self.agent {
            Some(agent) => agent_session(&agent, &origin.path, self.transcript, sink),
            None => main_sessions(self.transcript, sink),
        }
    }
}

/// Hands over a session and the sub-agents written into it.
fn main_sessions(mut transcript: Transcript, sink: &mut dyn Sink) {
    let born_at = transcript.born_at();
    let own_id = transcript.own_id.take().unwrap_or_default();
    let mut drafts = std::mem::take(&mut transcript.drafts).into_iter();
    let Some(draft) = drafts.next() else { return };
    let drafts: Vec<_> = drafts.collect();

    // A summary whose last record is elsewhere describes another session.
    let within = |leaf: &str| draft.tree.contains(leaf) || drafts.iter().any(|draft| draft.tree.contains(leaf));
    let summary = transcript.summaries.iter().rev().find(|(leaf, _)| within(leaf)).map(|(_, summary)| summary.clone());
    let hidden = draft.is_probe();
    let command = draft.commands.first().and_then(|command| title(command));
    let mut session = draft.finish();
    session.external_id.clone_from(&own_id);
    session.title = None
        .or_else(|| ranked(transcript.custom_title.as_deref(), TitleRank::Named))
        .or_else(|| ranked(transcript.ai_title.as_deref(), TitleRank::Generated))
        .or_else(|| ranked(summary.as_deref(), TitleRank::Generated))
        .or_else(|| Some((Draft::prompt_title(&session.messages)?, TitleRank::Prompt)))
        .or_else(|| Some((command?, TitleRank::Placeholder)));
    session.summary = summary.or(session.summary);
    session.hidden = hidden;
    session.born_at = born_at;
    session.parent =
        transcript.forked_from.map(|external_id| Parent { external_id, relation: Relation::Fork, call_id: None });
    let (project_path, git_branch) = (session.project_path.clone(), session.git_branch.clone());
    hand_over(session, sink);

    for (draft, root) in drafts.into_iter().zip(transcript.roots) {
        let mut session = draft.finish();
        let first = session.messages.first().map(opensync_core::Message::text).unwrap_or_default();
        let started = transcript.started.iter().position(|started| started.prompt == first.trim());
        let started = started.map(|at| transcript.started.remove(at));
        let description = started.as_ref().and_then(|started| started.description.as_deref());
        session.title = ranked(description, TitleRank::Generated)
            .or_else(|| Some((Draft::prompt_title(&session.messages)?, TitleRank::Prompt)));
        session.external_id = format!("{own_id}:sidechain-{root}");
        session.parent = Some(Parent {
            external_id: own_id.clone(),
            relation: Relation::SubAgent,
            call_id: started.and_then(|started| started.call_id),
        });
        session.sidechain = true;
        session.hidden = is_warmup(&session);
        session.born_at = born_at;
        session.project_path = session.project_path.or_else(|| project_path.clone());
        session.git_branch = session.git_branch.or_else(|| git_branch.clone());
        hand_over(session, sink);
    }
}

/// Hands over the session of a sub-agent's own file.
fn agent_session(agent: &Agent, path: &Path, mut transcript: Transcript, sink: &mut dyn Sink) {
    let born_at = transcript.born_at();
    if transcript.drafts.is_empty() {
        return;
    }
    let mut session = transcript.drafts.swap_remove(0).finish();
    let parent = agent.session.clone().or(transcript.session);
    let origin = agent.origin(path, parent.as_deref());
    session.title = ranked(origin.description.as_deref(), TitleRank::Generated)
        .or_else(|| Some((Draft::prompt_title(&session.messages)?, TitleRank::Prompt)));
    session.external_id = match &parent {
        Some(parent) => format!("{parent}:agent-{}", agent.id),
        None => format!("agent-{}", agent.id),
    };
    session.parent =
        parent.map(|external_id| Parent { external_id, relation: Relation::SubAgent, call_id: origin.call_id });
    session.sidechain = true;
    session.hidden = agent.is_harness() || is_warmup(&session);
    session.born_at = born_at;
    hand_over(session, sink);
}

/// A sub-agent that only fills the prompt cache before it is needed.
fn is_warmup(session: &ImportedSession) -> bool {
    session.messages.first().is_some_and(|message| message.text().trim() == "Warmup")
}

fn ranked(text: Option<&str>, rank: TitleRank) -> Option<(String, TitleRank)> {
    Some((title(text?)?, rank))
}

/// Files of metadata alone are no sessions.
fn hand_over(session: ImportedSession, sink: &mut dyn Sink) {
    if !session.messages.is_empty() {
        sink.session(session);
    }
}

/// Looks for transcripts below `projects`.
struct Walk<'a> {
    found: Vec<Origin>,
    /// Real paths of linked folders, so that a circle of links ends.
    linked: HashSet<PathBuf>,
    unreadable: &'a mut Vec<Unreadable>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return,
            Err(cause) => return self.unreadable.push(Unreadable { path: folder.to_owned(), cause }),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry.path(), depth),
                Err(cause) => self.unreadable.push(Unreadable { path: folder.to_owned(), cause }),
            }
        }
    }

    fn entry(&mut self, path: &Path, depth: usize) {
        let linked = path.is_symlink();
        let about = match fs::metadata(path) {
            Ok(about) => about,
            // Gone since the folder was listed, or a link to nothing.
            Err(cause) if cause.kind() == ErrorKind::NotFound => return,
            Err(cause) => return self.unreadable.push(Unreadable { path: path.to_owned(), cause }),
        };
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if about.is_dir() {
            let skipped = matches!(name, "memory" | "tool-results") || depth >= MAX_DEPTH;
            if !skipped && (!linked || path.canonicalize().is_ok_and(|real| self.linked.insert(real))) {
                self.folder(path, depth + 1);
            }
        } else if about.is_file() && is_transcript(path, name) {
            self.found.push(origin(path, &about));
        }
    }
}

fn is_transcript(path: &Path, name: &str) -> bool {
    if path.extension() != Some(OsStr::new("jsonl")) || name == "journal.jsonl" {
        return false;
    }
    let in_subagents = path.ancestors().skip(1).any(|folder| folder.ends_with("subagents"));
    name.starts_with("agent-") || !in_subagents
}

fn origin(path: &Path, about: &Metadata) -> Origin {
    // What a sub-agent is called lies beside it.
    let note = Agent::of(path).map(|_| folder::stamp("meta", &agent::meta_path(path))).unwrap_or_default();
    folder::origin(path.to_owned(), about, note)
}
