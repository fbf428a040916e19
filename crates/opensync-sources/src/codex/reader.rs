//! Reads the records of one rollout into a session.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use opensync_core::import::{ImportedSession, Parent, Problem, ProblemKind, TitleRank};
use opensync_core::text::{clean, title};
use opensync_core::{Part, Relation, time};

use super::display::{Display, Spot};
use super::find::{self, Note};
use super::ledger::{Ledger, Place, Whose};
use super::lineage::{self, Kin, MAX_ANCESTORS, Until};
use super::records::{Compacted, Line, SessionMeta, Turn, UsageRecord};
use super::{Quiet, events, expected, items};
use crate::expect::Expected;
use crate::follow::LineReader;
use crate::{Origin, Sink, collect, jsonl};

/// The session a file is read into.
#[derive(Clone)]
pub(super) struct Reader {
    path: PathBuf,
    pub(super) session: ImportedSession,
    pub(super) display: Display,
    ledger: Ledger,
    kin: Kin,
    has_header: bool,
    /// Lines before this one are copies of the parent's.
    first_own: u64,
    /// How many lines stand before the parent's first one.
    copies_from: u64,
    /// What other files and lines to come may still tell is not told yet.
    unsettled: bool,
    /// The other files whose lines are shown before the own ones, the one being read last.
    ancestors: Vec<String>,
    in_ancestor: bool,
    pub(super) own_name: Option<String>,
    pub(super) parents_name: Option<String>,
    first_at: Option<i64>,
    pub(super) work_ms: Option<u64>,
    unknown: BTreeMap<String, (u64, u32)>,
    problems: Vec<Problem>,
    expected: Expected,
}

impl LineReader for Reader {
    fn new(origin: &Origin) -> Self {
        let path = &origin.path;
        let external_id = find::thread_of(path).unwrap_or_default().to_owned();
        Self {
            path: path.clone(),
            session: ImportedSession { external_id, ..ImportedSession::default() },
            display: Display::default(),
            ledger: Ledger::default(),
            kin: Kin::default(),
            has_header: false,
            first_own: 0,
            copies_from: 1,
            unsettled: false,
            ancestors: Vec::new(),
            in_ancestor: false,
            own_name: None,
            parents_name: None,
            first_at: None,
            work_ms: None,
            unknown: BTreeMap::new(),
            problems: Vec::new(),
            expected: Expected::default(),
        }
    }

    fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        self.record(number, &serde_json::from_str(text)?, text)
    }

    fn resume(&mut self) -> bool {
        !self.unsettled
    }

    fn weight(&self) -> u64 {
        collect::weight(&self.display.messages)
    }

    fn finish(mut self, origin: &Origin, sink: &mut dyn Sink) {
        for (name, (line, count)) in self.unknown {
            let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
            self.problems.push(Problem {
                line: Some(line),
                kind: ProblemKind::Unknown,
                reason: format!("record type `{name}`{times}"),
            });
        }
        self.problems.extend(self.expected.problems());
        self.problems.into_iter().for_each(|problem| sink.problem(problem));
        if !self.has_header && self.display.messages.is_empty() {
            return;
        }
        self.display.finish();
        let mut session = self.session;
        let is_fork = self.kin.parent.is_some_and(|(_, relation)| relation == Relation::Fork);
        // A fork of a named thread has its name, like everywhere in the client.
        let note = Note::of(origin);
        let name = note.name.or(self.own_name).or(self.parents_name.filter(|_| is_fork));
        session.title = None
            .or_else(|| Some((title(&clean(&name?))?, TitleRank::Named)))
            .or_else(|| Some((title(&self.display.first_prompt()?)?, TitleRank::Prompt)))
            // Below a prompt, which such a session may still get.
            .or_else(|| Some((title(&clean(&self.kin.nickname?))?, TitleRank::Placeholder)));
        session.archived = note.archived;
        session.created_at = session.created_at.or(self.first_at);
        session.updated_at = session.updated_at.or(session.created_at);
        session.duration_ms = self.work_ms.or_else(|| {
            let (first, last) = self.first_at.zip(session.updated_at)?;
            u64::try_from(last - first).ok()
        });
        session.model = self.display.model;
        (session.responses, session.discarded) = self.ledger.finish(&mut self.display.messages);
        session.messages = self.display.messages;
        // Opened and left: nothing to show in a list until something is said.
        session.hidden = session.messages.is_empty() && session.responses.is_empty();
        sink.session(session);
    }
}

impl Reader {
    /// Whether nothing was read.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_header && self.display.messages.is_empty()
    }

    pub(super) fn whose(&self, line: u64) -> Whose {
        if self.in_ancestor {
            Whose::Parents
        } else if line < self.first_own {
            Whose::Copied
        } else {
            Whose::Own
        }
    }

    /// Where a message of this line comes from. Lines of another session keep its id, so that its
    /// messages have the same ids here and there.
    pub(super) fn spot(&self, id: &str, line: u64, at: Option<i64>) -> Spot {
        let whose = self.whose(line);
        let id = match (id.is_empty(), whose, &self.kin.parent) {
            (false, ..) => id.to_owned(),
            (true, Whose::Copied, Some((parent, _))) => format!("{parent}:{}", line.saturating_sub(self.copies_from)),
            (true, Whose::Parents, _) => format!("{}:{line}", self.ancestors.last().map_or("", String::as_str)),
            _ => format!("{}:{line}", self.session.external_id),
        };
        Spot { id, at, inherited: whose != Whose::Own }
    }

    fn record(&mut self, number: u64, line: &Line<'_>, text: &str) -> Result<(), serde_json::Error> {
        let at = time::parse(&line.timestamp);
        match &*line.kind {
            "response_item" => {
                items::item(self, number, at, line.body()?, line.is_compaction_output())?;
                self.touch(number, at);
            }
            "event_msg" => events::event(self, number, at, line.body()?)?,
            "turn_context" => {
                let turn: Turn<'_> = serde_json::from_str(line.body()?)?;
                self.expect(
                    "`turn_context` records",
                    &[("cwd", turn.cwd.is_there()), ("model", turn.model.is_there())],
                );
                if let Some(model) = turn.model.owned() {
                    self.display.model = Some(model);
                }
                if self.session.project_path.is_none() && self.whose(number) == Whose::Own {
                    self.session.project_path = turn.cwd.owned();
                }
            }
            "session_meta" => {
                let meta = serde_json::from_str(line.body()?)?;
                expected::header(self, &meta);
                self.header(number, at, &meta);
            }
            "token_usage_record" => {
                let record: UsageRecord<'_> = serde_json::from_str(line.body()?)?;
                expected::usage_record(self, &record);
                self.display.delimited = true;
                let answer = self.display.next_answer();
                self.display.close();
                let (ledger, place) = self.ledger_at(number, at, answer);
                ledger.record(&place, &record);
                self.touch(number, at);
            }
            "compacted" => {
                let compacted: Compacted<'_> = serde_json::from_str(line.body()?)?;
                let message = self.display.compacted(self.spot("", number, at), &compacted.message);
                if self.whose(number) == Whose::Own {
                    self.ledger.compacted(message);
                }
                self.touch(number, at);
            }
            "inter_agent_communication" => {
                let part = Part::Unknown { kind: line.kind.to_string(), json: line.body()?.into() };
                self.display.system(self.spot("", number, at), part);
            }
            "world_state" | "inter_agent_communication_metadata" => {}
            // Mid 2025: no envelope, the line is the item.
            "" if line.record_type.is_empty() && !line.id.is_empty() => {
                self.header(number, time::parse(&line.timestamp), &serde_json::from_str(text)?);
            }
            "" if !line.record_type.is_empty() => {}
            other if line.payload.is_none() && items::is_known(other) => items::item(self, number, at, text, false)?,
            other => self.unknown(number, "", other),
        }
        expected::line(self, line);
        Ok(())
    }

    /// Counts a record that should have these fields, unless it is in the file of another session.
    pub(super) fn expect(&mut self, records: &'static str, fields: &[(&'static str, bool)]) {
        if !self.in_ancestor {
            self.expected.count(records, fields);
        }
    }

    pub(super) fn ledger_at(&mut self, line: u64, at: Option<i64>, answer: Option<usize>) -> (&mut Ledger, Place<'_>) {
        let place = Place {
            session: &self.session.external_id,
            line,
            at,
            whose: self.whose(line),
            model: self.display.model.as_deref(),
            provider: self.session.provider.as_deref(),
            answer,
        };
        (&mut self.ledger, place)
    }

    /// Something happened in the session at this moment.
    pub(super) fn touch(&mut self, line: u64, at: Option<i64>) {
        if self.whose(line) == Whose::Own
            && let Some(at) = at
        {
            self.first_at = Some(self.first_at.unwrap_or(at).min(at));
            self.session.updated_at = Some(self.session.updated_at.unwrap_or(at).max(at));
        }
    }

    /// A type nobody told us about; reported once, at the end.
    pub(super) fn unknown(&mut self, line: u64, family: &str, name: &str) {
        if self.in_ancestor {
            return;
        }
        let plain = !name.is_empty()
            && name.len() <= 60
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
        let name = format!("{family}{}", if plain { name } else { "?" });
        self.unknown.entry(name).or_insert((line, 0)).1 += 1;
    }

    /// A `session_meta`. Only the first one is the session's own; others are copies of an
    /// ancestor's, or its own again after a resume.
    pub(super) fn header(&mut self, number: u64, at: Option<i64>, meta: &SessionMeta<'_>) {
        let is_ancestors = number > 1 && !meta.id.is_empty() && *meta.id != *self.session.external_id;
        if self.has_header || is_ancestors {
            if *meta.id == *self.session.external_id {
                self.latest(meta);
            } else if self.kin.parent.as_ref().is_some_and(|(parent, _)| *parent == *meta.id) && self.copies_from == 1 {
                self.copies_from = number.saturating_sub(1).max(1);
            }
            return;
        }
        self.has_header = true;
        if let Some(id) = meta.id.owned() {
            self.session.external_id = clean(&id).into_owned();
        }
        self.session.created_at = time::parse(&meta.timestamp).or(at);
        self.session.born_at = self.session.created_at;
        self.session.project_path = meta.cwd.owned();
        self.session.provider = meta.model_provider.owned();
        self.display.delimited = &*meta.history_mode == "paginated";
        self.latest(meta);
        self.kin = Kin::of(meta);
        self.session.sidechain = self.kin.is_agent;
        let Some((parent, relation)) = self.kin.parent.clone() else {
            self.ledger.starts_at_zero();
            return;
        };
        let file = find::locate(&self.path, &parent);
        let is_missing = file.is_none();
        let known = file.as_deref().map(|file| lineage::Parent::read(file, &self.session.external_id));
        if let Some((thread, end)) = self.kin.base.clone() {
            let file = if thread == parent { file } else { find::locate(&self.path, &thread) };
            if !file.is_some_and(|file| self.inherit(&file, &thread, end)) {
                self.problems.push(Problem {
                    line: Some(number),
                    kind: ProblemKind::Unreadable,
                    reason: "the session it was forked from is not here: its history is missing".to_owned(),
                });
            }
        } else {
            let first = lineage::first_own_line(&self.path, meta, file.as_deref().zip(known.as_ref()));
            (self.first_own, self.unsettled) = (first.line, first.may_move);
        }
        let call_id = known.and_then(|known| known.call_id).filter(|_| relation == Relation::SubAgent);
        self.unsettled |= is_missing || (relation == Relation::SubAgent && call_id.is_none());
        self.session.parent = Some(Parent { external_id: parent, relation, call_id });
    }

    /// What a later header of the same session may change.
    fn latest(&mut self, meta: &SessionMeta<'_>) {
        if let Some(version) = meta.cli_version.owned() {
            self.session.client_version = Some(version);
        }
        if let Some(branch) = meta.branch() {
            self.session.git_branch = Some(branch);
        }
    }

    /// Shows another file's lines before `end` first. Returns whether it could be opened.
    fn inherit(&mut self, file: &Path, thread: &str, end: u64) -> bool {
        if self.ancestors.len() >= MAX_ANCESTORS || self.ancestors.iter().any(|known| known == thread) {
            return false;
        }
        let Ok(input) = lineage::open(file) else { return false };
        self.ancestors.push(thread.to_owned());
        let was_in_ancestor = std::mem::replace(&mut self.in_ancestor, true);
        let done = Cell::new(false);
        let (mut seen_header, mut next) = (false, 0);
        let mut record = |number: u64, text: &str, _: &mut dyn Sink| {
            if done.get() {
                return Ok(());
            }
            let line: Line<'_> = serde_json::from_str(text)?;
            let ordinal = line.ordinal.count().unwrap_or(number - 1);
            next = ordinal.saturating_add(1);
            if ordinal >= end {
                done.set(true);
            } else if &*line.kind != "session_meta" {
                self.record(number, &line, text)?;
            } else if !std::mem::replace(&mut seen_header, true) {
                let meta: SessionMeta<'_> = serde_json::from_str(line.body()?)?;
                if let Some((thread, end)) = Kin::of(&meta).base
                    && let Some(file) = find::locate(file, &thread)
                {
                    self.inherit(&file, &thread, end);
                }
            }
            Ok(())
        };
        // Damage in that file is reported where it is read for itself.
        let _ = jsonl::read_from(Until { input, done: &done }, &mut Quiet, &mut record);
        self.unsettled |= next < end;
        self.display.turn();
        self.in_ancestor = was_in_ancestor;
        self.ancestors.pop();
        true
    }
}
