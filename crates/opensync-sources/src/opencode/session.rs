//! Makes a session of its row and its messages, wherever they are stored.

use std::collections::HashMap;

use opensync_core::import::{Discarded, ImportedSession, Parent, Response, TitleRank};
use opensync_core::text::title;
use opensync_core::{MicroDollars, Part, Relation, Role, Usage, time};

use super::copies::{Copies, Mark};
use super::message::{Call, Draft};
use crate::loose::Object;

/// What the row of a session says.
#[derive(Default, Hash)]
pub(super) struct Header {
    pub id: String,
    pub parent: Option<String>,
    pub slug: Option<String>,
    pub title: Option<String>,
    pub directory: Option<String>,
    /// The folder of its project.
    pub worktree: Option<String>,
    pub branch: Option<String>,
    pub version: Option<String>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub revert: Option<Revert>,
    pub created: Option<i64>,
    pub updated: Option<i64>,
    pub archived: bool,
}

/// Where a session was taken back to.
#[derive(Hash)]
pub(super) struct Revert {
    pub message: String,
    pub part: Option<String>,
}

impl Revert {
    /// Reads the `revert` of a session.
    pub(super) fn new(object: &Object<'_>) -> Option<Self> {
        Some(Self { message: object.text("messageID")?, part: object.text("partID") })
    }
}

/// What is known of the other sessions of the store.
#[derive(Default)]
pub(super) struct Kin {
    copies: Copies,
    /// By session: the call that started it.
    started: HashMap<String, Option<String>>,
}

/// What the messages of a session tell of others.
#[derive(Default)]
pub(super) struct Traces {
    pub marks: Vec<Mark>,
    /// Sessions its calls started, and the calls.
    pub started: Vec<(String, Option<String>)>,
}

/// What a session has of others.
#[derive(Hash)]
pub(super) struct Ties {
    /// For each mark: whether its message was copied.
    copied: Vec<bool>,
    parent: Option<Parent>,
}

impl Kin {
    /// Takes the next session; the oldest come first.
    pub(super) fn settle(&mut self, header: &Header, traces: &Traces) -> Ties {
        self.started.extend(traces.started.iter().cloned());
        let (copied, original) = self.copies.settle(&header.id, header.created, &traces.marks);
        let parent = match (header.parent.clone(), original) {
            (Some(external_id), _) => {
                let call_id = self.started.get(&header.id).cloned().flatten();
                Some(Parent { external_id, relation: Relation::SubAgent, call_id })
            }
            (None, Some(external_id)) => Some(Parent { external_id, relation: Relation::Fork, call_id: None }),
            (None, None) => None,
        };
        Ties { copied, parent }
    }
}

/// A session while its messages are read.
pub(super) struct Assembly {
    header: Header,
    session: ImportedSession,
    traces: Traces,
    /// For each message: its mark.
    of_mark: Vec<Option<usize>>,
    /// For each mark: how long the answer took.
    took: Vec<u64>,
    ids: HashMap<String, u32>,
    /// The message the session was taken back to has been.
    reverted: bool,
    answer_model: Option<String>,
    provider: Option<String>,
    updated: Option<i64>,
}

impl Assembly {
    pub(super) fn new(header: Header) -> Self {
        let updated = header.updated;
        Self {
            header,
            session: ImportedSession::default(),
            traces: Traces::default(),
            of_mark: Vec::new(),
            took: Vec::new(),
            ids: HashMap::new(),
            reverted: false,
            answer_model: None,
            provider: None,
            updated,
        }
    }

    /// The first part of `message` that was taken back, when only some were.
    pub(super) fn revert_from(&self, message: &str) -> Option<String> {
        self.header.revert.as_ref().filter(|revert| revert.message == message)?.part.clone()
    }

    /// Something of it was written at this moment.
    pub(super) fn touch(&mut self, at: Option<i64>) {
        self.updated = self.updated.max(at);
    }

    /// Takes the next message, complete with its parts.
    pub(super) fn message(&mut self, mut draft: Draft) {
        // Ids are keys of the table, but not in a damaged one.
        let clashes = self.ids.entry(draft.id.clone()).or_insert(0);
        *clashes += 1;
        if *clashes > 1 {
            draft.id = format!("{}~{clashes}", draft.id);
        }
        let is_target = self.header.revert.as_ref().is_some_and(|revert| revert.message == draft.id);
        let part_only = is_target && self.header.revert.as_ref().is_some_and(|revert| revert.part.is_some());
        self.reverted |= is_target && !part_only;
        let (calls, unused) = draft.calls();
        let mark = draft.created.map(|created| {
            let usage: Vec<_> = calls.iter().map(|call| call.usage).collect();
            self.traces.marks.push(Mark::new(&draft.id, created, draft.role.as_str(), draft.model.as_deref(), &usage));
            let took = draft.completed.filter(|_| draft.role == Role::Assistant).map(|end| end - created);
            self.took.push(took.and_then(|took| u64::try_from(took).ok()).unwrap_or(0));
            self.traces.marks.len() - 1
        });
        self.traces.started.append(&mut draft.started);
        if draft.role == Role::Assistant && draft.provider.is_some() {
            self.provider.clone_from(&draft.provider);
        }
        let (id, created, completed) = (draft.id.clone(), draft.created, draft.completed);
        let (model, provider) = (draft.model.clone(), draft.provider.clone());
        let (failed, is_summary) = (draft.failed, draft.is_summary);
        let line = self.of_mark.len() as u64 + 1;
        let messages = draft.finish();
        if let Some(answer) = messages.first().filter(|message| message.role == Role::Assistant) {
            let says = |part: &Part| matches!(part, Part::Text(_) | Part::Thinking(_));
            if !failed && answer.parts.iter().any(says) && model.is_some() {
                self.answer_model.clone_from(&model);
            }
            if is_summary && !self.reverted {
                self.session.summary = Some(answer.text()).filter(|text| !text.is_empty());
            }
        }
        let shown = messages.first().filter(|message| message.external_id == id).map(|_| id.clone());
        for _ in 0..unused {
            // A failed call or a shell command: the record says that no token was used.
            let why = "no model answered";
            self.session.discarded.push(Discarded { line, why: why.into(), usage: Usage::default() });
        }
        for (step, call) in calls.iter().enumerate() {
            self.session.responses.push(Response {
                key: key(created, completed, provider.as_deref(), model.as_deref(), step, call, &id),
                message_id: shown.clone(),
                model: model.clone(),
                provider: provider.clone(),
                at: created,
                usage: call.usage,
                stored_cost: call.cost.filter(|cost| *cost >= 0.0).map(MicroDollars::from_usd),
                incomplete: false,
                line,
                records: call.records,
            });
        }
        for mut message in messages {
            message.off_path |= self.reverted;
            self.session.messages.push(message);
            self.of_mark.push(mark);
        }
        // What follows a message that was taken back in part was taken back whole.
        self.reverted |= part_only;
    }

    /// What it has of others, once all its messages were taken.
    pub(super) fn settle(&self, kin: &mut Kin) -> Ties {
        kin.settle(&self.header, &self.traces)
    }

    /// The session with what it has of others, and what it tells of them.
    pub(super) fn finish(self, ties: &Ties) -> (ImportedSession, Traces) {
        let Self { header, mut session, traces, of_mark, took, .. } = self;
        let Ties { copied, parent } = ties;
        for (message, mark) in session.messages.iter_mut().zip(&of_mark) {
            // Ties of an earlier moment may know fewer messages.
            message.inherited = mark.is_some_and(|mark| copied.get(mark).copied().unwrap_or(false));
        }
        session.sidechain = header.parent.is_some();
        session.parent.clone_from(parent);
        let stored = header.title.as_deref().filter(|title| !is_placeholder(title));
        session.title = None
            .or_else(|| Some((title(stored?)?, TitleRank::Generated)))
            .or_else(|| Some((prompt_title(&session)?, TitleRank::Prompt)))
            .or_else(|| Some((title(header.slug.as_deref()?)?, TitleRank::Placeholder)));
        let is_place = |path: &String| !path.is_empty() && path != "/";
        session.project_path = header.directory.filter(is_place).or_else(|| header.worktree.filter(is_place));
        session.git_branch = header.branch;
        session.client_version = header.version;
        session.model = self.answer_model.map(|answered| header.model.unwrap_or(answered));
        session.provider = header.provider.or(self.provider);
        session.created_at = header.created.or_else(|| session.messages.iter().find_map(|message| message.created_at));
        session.born_at = session.created_at;
        session.updated_at = self.updated.or(session.created_at);
        // Time the model and its tools worked in this session.
        let own = took.iter().zip(copied).filter(|(_, copied)| !**copied).map(|(took, _)| *took);
        session.duration_ms = Some(own.fold(0, u64::saturating_add)).filter(|duration| *duration > 0);
        session.archived = header.archived;
        // Opened and left: nothing to show in a list until something is said.
        session.hidden = session.messages.is_empty() && session.responses.is_empty();
        session.external_id = header.id;
        (session, traces)
    }
}

/// What a response and its copies in forks have in common.
fn key(
    created: Option<i64>,
    completed: Option<i64>,
    provider: Option<&str>,
    model: Option<&str>,
    step: usize,
    call: &Call,
    id: &str,
) -> String {
    let Some(created) = created else { return format!("{id}/{step}") };
    let usage = &call.usage;
    format!(
        "{created}-{}:{}/{}:{}.{}.{}.{}.{}/{step}",
        completed.unwrap_or_default(),
        provider.unwrap_or_default(),
        model.unwrap_or_default(),
        usage.fresh,
        usage.cache_read,
        usage.cache_write(),
        usage.output,
        usage.reasoning,
    )
}

/// The title a session has until one is made.
fn is_placeholder(title: &str) -> bool {
    let date = title.strip_prefix("New session - ").or_else(|| title.strip_prefix("Child session - "));
    title.trim().is_empty() || date.is_some_and(|date| date.ends_with('Z') && time::parse(date).is_some())
}

/// The first line of the first prompt.
fn prompt_title(session: &ImportedSession) -> Option<String> {
    let prompts = session.messages.iter().filter(|message| message.role == Role::User);
    let texts = prompts.flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.map(unquoted).find_map(|text| title(text.lines().find(|line| !line.trim().is_empty())?))
}

/// The client wraps arguments with spaces in quotes and keeps them in the prompt.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return text.to_owned() };
    // Inner quotes that are not escaped: several arguments, not one pair.
    let plain = inner.replace("\\\"", "\u{0}");
    if plain.contains('"') { text.to_owned() } else { plain.replace('\u{0}', "\"") }
}
