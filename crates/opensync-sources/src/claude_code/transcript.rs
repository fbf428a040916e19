//! Takes the records of one file in order and makes sessions of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;

use opensync_core::import::{Discarded, Problem, ProblemKind};
use opensync_core::{Message, Part, Role, time};
use serde::de::Error;

use super::branch::Kind;
use super::content::{self, Piece, Started};
use super::draft::{Draft, Line};
use super::expected;
use super::prompt::{self, Typed};
use super::record::Record;
use crate::expect::Expected;
use crate::lenient::Content;

/// Records that are known and hold nothing to show.
const SKIPPED: &[&str] = &[
    "progress",
    "queue-operation",
    "file-history-snapshot",
    "agent-name",
    "mode",
    "permission-mode",
    "agent-color",
    "agent-setting",
    "tag",
    "pr-link",
    "worktree-state",
    "relocated",
    "bridge-session",
    "frame-link",
    "content-replacement",
    "attribution-snapshot",
    "speculation-accept",
    "fork-context-ref",
    "marble-origami-commit",
];

/// The sessions of a file while it is read.
#[derive(Clone, Default)]
pub(super) struct Transcript {
    /// Name of the file, which makes keys of records without any id unique.
    label: String,
    /// The session id in the name of a main file.
    pub(super) own_id: Option<String>,
    /// Where large outputs of this session are.
    pub(super) results: Option<PathBuf>,
    /// The session itself; sub-agents of very old versions, written among it, follow.
    pub(super) drafts: Vec<Draft>,
    /// Root record of each such sub-agent.
    pub(super) roots: Vec<String>,
    sidechains: HashMap<String, usize>,
    /// What calls told the sub-agents they started.
    pub(super) started: Vec<Started>,
    pub(super) custom_title: Option<String>,
    pub(super) ai_title: Option<String>,
    /// Summaries with the record they end at, which may be in another file.
    pub(super) summaries: Vec<(String, String)>,
    /// The session that records say they were copied from.
    pub(super) forked_from: Option<String>,
    /// The first session id on a record.
    pub(super) session: Option<String>,
    born_at: Option<i64>,
    first_at: Option<i64>,
    unknown: BTreeMap<String, (u64, u64)>,
    pub(super) expected: Expected,
}

impl Transcript {
    pub(super) fn new(label: &str) -> Self {
        Self { label: label.to_owned(), ..Self::default() }
    }

    /// When this file began to be written.
    pub(super) fn born_at(&self) -> Option<i64> {
        self.born_at.or(self.first_at)
    }

    /// Takes one line. On an error nothing has changed.
    pub(super) fn record(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        let record: Record<'_> = serde_json::from_str(text)?;
        let Some(kind) = record.kind.get() else { return Err(Error::missing_field("type")) };
        let nothing = Content::Nothing;
        let blocks = match kind {
            "user" | "assistant" => &record.message.content,
            "attachment" if record.attachment.kind.get() == Some("queued_command") => &record.attachment.prompt,
            _ => &nothing,
        };
        let pieces = content::pieces(blocks, &record.extra, self.results.as_deref(), text)?;

        expected::count(&mut self.expected, kind, &record);
        let at = record.timestamp.get().and_then(time::parse);
        self.note_origin(&record, at);
        match kind {
            "summary" => {
                if let (Some(leaf), Some(summary)) = (record.leaf.owned(), record.summary.owned()) {
                    self.summaries.push((leaf, summary));
                }
                return Ok(());
            }
            // An empty name takes the last one away.
            "custom-title" => {
                self.custom_title = record.custom_title.get().map(str::to_owned);
                return Ok(());
            }
            "ai-title" => {
                self.ai_title = record.ai_title.owned().or(self.ai_title.take());
                return Ok(());
            }
            "last-prompt" => {
                if let Some(leaf) = record.leaf.filled() {
                    self.main().tree.hint(leaf);
                }
                return Ok(());
            }
            _ => {}
        }
        let known = matches!(kind, "user" | "assistant" | "system" | "attachment") || SKIPPED.contains(&kind);
        if !known {
            let name: String = kind.chars().filter(|c| !c.is_control()).take(60).collect();
            self.unknown.entry(name).or_insert((number, 0)).1 += 1;
        }

        let draft = self.draft_of(&record, number);
        self.note_place(draft, &record);
        let (kind, messages) = match kind {
            "user" => self.user(draft, number, &record, at, pieces),
            "assistant" => self.assistant(draft, number, &record, at, pieces),
            "system" => self.system(draft, number, &record, at),
            "attachment" if !pieces.is_empty() => self.queued(draft, number, &record, at, pieces),
            "progress" => {
                let usage = record.progress.copy.message.usage.usage();
                self.discard(draft, number, "copy of a sub-agent's record", usage);
                (Kind::Other, 0..0)
            }
            _ => {
                self.discard(draft, number, "a record of an unknown type", record.message.usage.usage());
                (Kind::Other, 0..0)
            }
        };
        if let Some(uuid) = record.uuid.filled() {
            let parents = (record.parent.filled(), record.logical_parent.filled());
            self.drafts[draft].tree.add(uuid, parents, kind, messages);
        }
        Ok(())
    }

    /// Record types that nothing here knows, and fields that are missing, each once.
    pub(super) fn problems(&self) -> impl Iterator<Item = Problem> {
        let unknown = self.unknown.iter().map(|(kind, (line, count))| Problem {
            line: Some(*line),
            kind: ProblemKind::Unknown,
            reason: format!("record type `{kind}` ({count} of them)"),
        });
        unknown.chain(self.expected.problems())
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        self.drafts.iter().map(Draft::weight).sum()
    }

    fn main(&mut self) -> &mut Draft {
        if self.drafts.is_empty() {
            self.drafts.push(Draft::default());
        }
        &mut self.drafts[0]
    }

    fn note_origin(&mut self, record: &Record<'_>, at: Option<i64>) {
        let session = record.session.filled();
        if self.session.is_none() {
            self.session = session.map(str::to_owned);
        }
        let source = record.forked_from.session.filled();
        if self.forked_from.is_none() {
            self.forked_from = source.filter(|source| Some(*source) != self.own_id.as_deref()).map(str::to_owned);
        }
        if self.first_at.is_none() {
            self.first_at = at;
        }
        // Records that say they come from elsewhere are older than this file.
        let foreign = source.is_some()
            || matches!((&self.own_id, session), (Some(own), Some(session)) if own.as_str() != session);
        if self.born_at.is_none() && !foreign {
            self.born_at = at;
        }
    }

    /// Which session of the file the record is in.
    fn draft_of(&mut self, record: &Record<'_>, number: u64) -> usize {
        self.main();
        if self.own_id.is_none() || !record.sidechain.set() {
            return 0;
        }
        let known = record.parent.get().and_then(|parent| self.sidechains.get(parent)).copied();
        let draft = known.unwrap_or_else(|| {
            self.roots.push(record.uuid.owned().unwrap_or_else(|| format!("line-{number}")));
            self.drafts.push(Draft::default());
            self.drafts.len() - 1
        });
        if let Some(uuid) = record.uuid.filled() {
            self.sidechains.entry(uuid.to_owned()).or_insert(draft);
        }
        draft
    }

    fn note_place(&mut self, draft: usize, record: &Record<'_>) {
        let draft = &mut self.drafts[draft];
        if draft.project_path.is_none() {
            draft.project_path = record.cwd.owned();
        }
        if let Some(branch) = record.branch.filled().filter(|branch| *branch != "HEAD")
            && draft.git_branch.as_deref() != Some(branch)
        {
            draft.git_branch = Some(branch.to_owned());
        }
        if let Some(version) = record.version.filled()
            && draft.client_version.as_deref() != Some(version)
        {
            draft.client_version = Some(version.to_owned());
        }
    }

    fn discard(&mut self, draft: usize, line: u64, why: &'static str, usage: Option<opensync_core::Usage>) {
        if let Some(usage) = usage {
            self.drafts[draft].discarded.push(Discarded { line, why: why.into(), usage });
        }
    }

    /// A copy of a record that is in the file already.
    fn repeated(&self, draft: usize, record: &Record<'_>, at: Option<i64>) -> bool {
        let draft = &self.drafts[draft];
        let Some(made) = record.uuid.filled().and_then(|uuid| draft.tree.messages(uuid)) else { return false };
        draft.messages[made].first().is_none_or(|message| message.created_at == at)
    }

    fn user(
        &mut self,
        draft: usize,
        number: u64,
        record: &Record<'_>,
        at: Option<i64>,
        pieces: Vec<Piece>,
    ) -> (Kind, Range<usize>) {
        self.discard(draft, number, "sub-agent summary of its last call", record.extra.usage.usage());
        if self.repeated(draft, record, at) {
            return (Kind::Other, 0..0);
        }
        let (results, typed): (Vec<_>, Vec<_>) =
            pieces.into_iter().partition(|piece| matches!(piece, Piece::Result(_)));
        let id = name(record, number);
        let session = &mut self.drafts[draft];
        session.moment(at);
        let first = session.messages.len();
        let carries_results = !results.is_empty();
        if carries_results {
            let mut message = Message::new(id.clone(), Role::Tool, at);
            message.inherited = record.forked_from.session.filled().is_some();
            for piece in results {
                if let Piece::Result(parts) = piece {
                    message.parts.extend(parts);
                }
            }
            session.push(message);
        }
        let injected = record.meta.set()
            || record.compact_summary.set()
            || record.transcript_only.set()
            || record.injected_by.filled().is_some();
        let id = if carries_results { format!("{id}:text") } else { id };
        let kind = self.typed(draft, record, (id, at), typed, injected);
        (kind, first..self.drafts[draft].messages.len())
    }

    /// A prompt typed while the agent worked.
    fn queued(
        &mut self,
        draft: usize,
        number: u64,
        record: &Record<'_>,
        at: Option<i64>,
        pieces: Vec<Piece>,
    ) -> (Kind, Range<usize>) {
        if self.repeated(draft, record, at) {
            return (Kind::Other, 0..0);
        }
        self.drafts[draft].moment(at);
        let first = self.drafts[draft].messages.len();
        let injected = record.meta.set() || record.attachment.mode.filled().is_some_and(|mode| mode != "prompt");
        let kind = self.typed(draft, record, (name(record, number), at), pieces, injected);
        (kind, first..self.drafts[draft].messages.len())
    }

    /// Adds user text as what it is: a prompt, a command, or something put in.
    fn typed(
        &mut self,
        draft: usize,
        record: &Record<'_>,
        (id, at): (String, Option<i64>),
        pieces: Vec<Piece>,
        injected: bool,
    ) -> Kind {
        let sidechain = self.own_id.is_none() || draft > 0;
        let session = &mut self.drafts[draft];
        let (mut parts, mut notes, mut prompted) = (Vec::new(), Vec::new(), false);
        for piece in pieces {
            match piece {
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Text(text) if injected => notes.push(Part::Text(text)),
                Piece::Text(text) => match prompt::classify(&text, sidechain) {
                    Typed::Prompt(prompt) => {
                        prompted = true;
                        parts.push(Part::Text(prompt.to_owned()));
                    }
                    Typed::Command(command) => {
                        notes.push(Part::Text(command.clone()));
                        session.commands.push(command);
                    }
                    Typed::Noise(shown) if shown.is_empty() => {}
                    Typed::Noise(shown) => notes.push(Part::Text(shown.into_owned())),
                },
                Piece::Call { part, .. } => notes.push(part),
                Piece::Result(results) => parts.extend(results),
                Piece::Other(part) => {
                    prompted |= matches!(part, Part::Image { .. });
                    parts.push(part);
                }
            }
        }
        if record.compact_summary.set()
            && let Some(Part::Text(text)) = notes.first()
        {
            session.compaction = Some(prompt::summary(text).to_owned()).filter(|summary| !summary.is_empty());
        }
        let prompted = prompted && !injected;
        if !prompted {
            notes.append(&mut parts);
        }
        let inherited = record.forked_from.session.filled().is_some();
        let note_id = if prompted { format!("{id}:note") } else { id.clone() };
        for (id, role, parts) in [(note_id, Role::System, notes), (id, Role::User, parts)] {
            if !parts.is_empty() {
                let mut message = Message::new(id, role, at);
                message.inherited = inherited;
                message.parts = parts;
                session.push(message);
            }
        }
        if prompted { Kind::Prompt } else { Kind::Other }
    }

    fn assistant(
        &mut self,
        draft: usize,
        number: u64,
        record: &Record<'_>,
        at: Option<i64>,
        pieces: Vec<Piece>,
    ) -> (Kind, Range<usize>) {
        self.drafts[draft].moment(at);
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) if text.is_empty() => {}
                Piece::Text(text) => parts.push(Part::Text(text)),
                Piece::Call { part, started } => {
                    parts.push(part);
                    self.started.extend(started);
                }
                Piece::Result(results) => parts.extend(results),
                Piece::Other(part) => parts.push(part),
            }
        }
        let said = &record.message;
        let usage = said.usage.usage();
        let model = said.model.filled();
        let id = name(record, number);
        let inherited = record.forked_from.session.filled().is_some();
        if record.api_error.set() || model == Some("<synthetic>") {
            self.discard(draft, number, "no model answered", usage);
            if self.repeated(draft, record, at) || parts.is_empty() {
                return (Kind::Other, 0..0);
            }
            let mut message = Message::new(id, Role::System, at);
            message.inherited = inherited;
            message.parts = parts;
            let message = self.drafts[draft].push(message);
            return (Kind::Other, message..message + 1);
        }
        let line = Line {
            id: said.id.filled(),
            request: record.request.filled(),
            record: &id,
            label: &self.label,
            number,
            at,
            model,
            usage,
            cost: record.cost.0,
            stopped: said.stop_reason.filled().is_some(),
            inherited,
        };
        let (row, message) = self.drafts[draft].respond(&line, parts);
        (Kind::Response(row), message..message + 1)
    }

    fn system(&mut self, draft: usize, number: u64, record: &Record<'_>, at: Option<i64>) -> (Kind, Range<usize>) {
        if self.repeated(draft, record, at) {
            return (Kind::Other, 0..0);
        }
        let session = &mut self.drafts[draft];
        session.moment(at);
        let content = record.content.filled();
        let shown = match record.subtype.get().unwrap_or_default() {
            "turn_duration" => {
                session.worked(record.duration.count());
                None
            }
            "stop_hook_summary" => None,
            "compact_boundary" => Some(content.unwrap_or("Context compacted").to_owned()),
            "local_command" => content.and_then(|text| match prompt::classify(text, false) {
                Typed::Command(command) => {
                    session.commands.push(command.clone());
                    Some(command)
                }
                Typed::Noise(shown) => Some(shown.into_owned()).filter(|shown| !shown.is_empty()),
                Typed::Prompt(text) => Some(text.to_owned()),
            }),
            _ => content.map(str::to_owned),
        };
        let Some(shown) = shown else { return (Kind::Other, 0..0) };
        let mut message = Message::new(name(record, number), Role::System, at);
        message.inherited = record.forked_from.session.filled().is_some();
        message.parts.push(Part::Text(shown));
        let message = session.push(message);
        (Kind::Other, message..message + 1)
    }
}

/// What names a record: its uuid, or its line in files of the first versions.
fn name(record: &Record<'_>, number: u64) -> String {
    record.uuid.owned().unwrap_or_else(|| format!("line-{number}"))
}
