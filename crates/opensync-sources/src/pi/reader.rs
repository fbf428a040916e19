//! Takes the entries of one file in order and makes a session of them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use opensync_core::import::{Discarded, ImportedSession, Parent, Problem, Response, TitleRank};
use opensync_core::{Message, MicroDollars, Part, Relation, Role};
use serde::de::Error;

use super::prompt;
use super::record::Record;
use super::tree::Tree;
use super::{content, expected, parent};
use crate::collect::{self, Messages, Span, Unknown, ranked};
use crate::expect::Expected;
use crate::follow::LineReader;
use crate::{Origin, Sink};

/// Entries that are known and hold nothing to show.
const SKIPPED: &[&str] = &["thinking_level_change", "custom", "label"];

/// The session of a file while it is read.
#[derive(Clone)]
pub(super) struct Reader {
    path: PathBuf,
    header: Option<Header>,
    /// What look-alikes write before the header.
    title: Option<String>,
    name: Option<String>,
    summary: Option<String>,
    /// Provider and model that entries without their own are from.
    current: (Option<String>, Option<String>),
    tree: Tree,
    messages: Messages,
    span: Span,
    responses: Vec<Response>,
    /// Keys of `responses`, with how often each was made.
    keys: HashMap<String, u32>,
    discarded: Vec<Discarded>,
    /// The first skill that was asked for without a word.
    skill: Option<String>,
    unknown: Unknown,
    expected: Expected,
}

#[derive(Clone)]
struct Header {
    /// Entries name what they continue.
    is_tree: bool,
    id: Option<String>,
    at: Option<i64>,
    cwd: Option<String>,
    parent: Option<String>,
}

/// One entry and what it becomes.
struct Entry<'a> {
    record: &'a Record<'a>,
    number: u64,
    /// Names it within the file.
    id: String,
    at: Option<i64>,
    inherited: bool,
}

impl LineReader for Reader {
    fn new(origin: &Origin) -> Self {
        Self {
            path: origin.path.clone(),
            header: None,
            title: None,
            name: None,
            summary: None,
            current: (None, None),
            tree: Tree::default(),
            messages: Messages::default(),
            span: Span::default(),
            responses: Vec::new(),
            keys: HashMap::new(),
            discarded: Vec::new(),
            skill: None,
            unknown: Unknown::default(),
            expected: Expected::default(),
        }
    }

    fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        let record: Record<'_> = serde_json::from_str(text)?;
        // Whatever has no header is no session, and its lines are nobody's damage.
        let broken = |field| if self.header.is_some() { Err(Error::missing_field(field)) } else { Ok(()) };
        let Some(kind) = record.kind.get() else {
            broken("type")?;
            self.expected.count("lines", &[("type", false)]);
            return Ok(());
        };
        let said = &record.message;
        let parts = match (kind, said.role.get()) {
            ("message", None) => return broken("role"),
            ("message", Some("toolResult")) => content::result(said)?,
            ("message", Some("bashExecution")) => content::shell(said),
            ("message", _) => content::parts(&said.content)?,
            ("custom_message", _) => content::parts(&record.content)?,
            _ => Vec::new(),
        };
        self.expected.count("lines", &[("type", true)]);
        match kind {
            "session" => expected::header(&mut self.expected, &record),
            "title" if self.header.is_none() => {}
            _ => {
                let is_tree = self.header.as_ref().is_some_and(|header| header.is_tree);
                expected::entry(&mut self.expected, kind, is_tree, &record, &parts);
            }
        }
        match kind {
            // A second header is left by an old fault of forking.
            "session" => self.header(&record),
            "title" if self.header.is_none() => self.title = record.title.owned(),
            _ => self.entry(number, &record, kind, parts, text),
        }
        Ok(())
    }

    fn weight(&self) -> u64 {
        collect::weight(&self.messages.list)
    }

    fn finish(self, _: &Origin, sink: &mut dyn Sink) {
        let (session, problems) = self.session();
        for problem in problems {
            sink.problem(problem);
        }
        if let Some(session) = session {
            sink.session(session);
        }
    }
}

impl Reader {
    fn header(&mut self, record: &Record<'_>) {
        if self.header.is_some() {
            return;
        }
        let parent = record.parent_session.filled().or(record.branched_from.filled());
        self.header = Some(Header {
            is_tree: record.version.0.is_some_and(|version| version >= 2.0),
            id: record.id.owned(),
            at: record.at.0,
            cwd: record.cwd.owned(),
            parent: parent.map(|named| parent::id(&self.path, named)),
        });
        self.current = (record.provider.owned(), record.model.owned());
    }

    fn entry(&mut self, number: u64, record: &Record<'_>, kind: &str, parts: Vec<Part>, text: &str) {
        let at = record.at.0.or(record.message.at.0);
        if record.id.filled().is_some_and(|id| self.tree.contains(id, at)) {
            let usage = record.message.usage.usage().filter(|_| record.message.role.get() == Some("assistant"));
            self.discarded.extend(usage.map(|usage| Discarded {
                line: number,
                why: "a copy of an entry".into(),
                usage,
            }));
            return;
        }
        // Copied entries keep their times, which are before the fork's own beginning.
        let own_from = self.header.as_ref().and_then(|header| header.at.filter(|_| header.parent.is_some()));
        let inherited = matches!((at, own_from), (Some(at), Some(from)) if at < from);
        let moment = record.message.at.0.or(at).unwrap_or(0);
        let id = record.id.owned().unwrap_or_else(|| format!("{number}-{moment}"));
        let entry = Entry { record, number, id, at, inherited };
        let first = self.messages.list.len();
        match kind {
            "message" => self.message(&entry, parts, text),
            "model_change" => self.current = (record.provider.owned(), record.model.owned()),
            "compaction" | "branch_summary" => {
                let summary = record.summary.owned();
                self.push(&entry, "", Role::System, summary.clone().map(Part::Text).into_iter().collect());
                if kind == "compaction" {
                    self.summary = summary.or(self.summary.take());
                }
            }
            "custom_message" => self.push(&entry, "", Role::System, parts),
            // An empty name takes the last one away.
            "session_info" => self.name = record.name.owned(),
            _ if SKIPPED.contains(&kind) => {}
            _ => self.unknown.add(number, kind),
        }
        let made = first..self.messages.list.len();
        self.tree.add(record.id.filled(), record.parent.clone(), at, made);
    }

    fn message(&mut self, entry: &Entry<'_>, parts: Vec<Part>, text: &str) {
        let said = &entry.record.message;
        match said.role.get().unwrap_or_default() {
            "user" => self.user(entry, parts),
            "assistant" => self.assistant(entry, parts),
            "toolResult" => self.push(entry, "", Role::Tool, parts),
            "bashExecution" | "custom" | "hookMessage" => self.push(entry, "", Role::System, parts),
            "branchSummary" | "compactionSummary" => {
                let summary = said.summary.owned().map(Part::Text);
                self.push(entry, "", Role::System, summary.into_iter().chain(parts).collect());
            }
            role => {
                self.unknown.add(entry.number, &format!("message/{role}"));
                let kind = role.chars().take(60).collect();
                self.push(entry, "", Role::System, vec![Part::Unknown { kind, json: text.into() }]);
            }
        }
    }

    fn user(&mut self, entry: &Entry<'_>, parts: Vec<Part>) {
        self.span.add(entry.at);
        let (mut notes, mut shown, mut files, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let Part::Text(text) = &part else {
                shown.push(part);
                continue;
            };
            let prompt = prompt::split(text);
            names.extend(prompt.pictures.iter().map(|name| (*name).to_owned()));
            files.extend(prompt.files.iter().map(|file| Part::Text((*file).to_owned())));
            for (skill, name) in &prompt.skills {
                notes.push(Part::Text((*skill).to_owned()));
                self.skill.get_or_insert_with(|| format!("/skill:{name}"));
            }
            if !prompt.typed.trim().is_empty() {
                shown.push(Part::Text(prompt.typed.to_owned()));
            }
        }
        let mut names = names.into_iter();
        for part in &mut shown {
            if let Part::Image { name, .. } = part {
                *name = names.next();
            }
        }
        files.extend(names.map(|name| Part::Text(format!("<file name=\"{name}\"></file>"))));
        // Files that were sent without a word are the prompt.
        let notes_for_it = if shown.is_empty() { &mut shown } else { &mut notes };
        notes_for_it.append(&mut files);
        let note = if shown.is_empty() { "" } else { ":note" };
        self.push(entry, note, Role::System, notes);
        self.push(entry, "", Role::User, shown);
    }

    fn assistant(&mut self, entry: &Entry<'_>, parts: Vec<Part>) {
        self.span.add(entry.at);
        let said = &entry.record.message;
        let failed = matches!(said.stop_reason.get(), Some("error" | "aborted"));
        let silent = parts.is_empty();
        let model = said.model.owned().or_else(|| self.current.1.clone());
        let provider = said.provider.owned().or_else(|| self.current.0.clone());
        let place = self.messages.list.len();
        // A call that failed without a word is a notice, not an answer.
        let mut role = Role::System;
        if !(failed && silent) {
            role = Role::Assistant;
            self.push_always(entry, "", role, parts);
            self.messages.list[place].model.clone_from(&model);
        }
        if failed {
            let error = said.error.owned().or_else(|| said.stop_reason.owned());
            let suffix = if role == Role::Assistant { ":error" } else { "" };
            self.push(entry, suffix, Role::System, error.map(Part::Text).into_iter().collect());
        }
        let Some(usage) = said.usage.usage() else { return };
        if failed && usage.is_zero() {
            self.discarded.push(Discarded { line: entry.number, why: "no model answered".into(), usage });
            return;
        }
        let mut message_id = None;
        if let Some(message) = self.messages.list.get_mut(place) {
            message.completion_tokens = (role == Role::Assistant).then_some(usage.output);
            message_id = Some(message.external_id.clone());
        }
        let key = self.key(entry, model.as_deref(), &usage);
        self.responses.push(Response {
            key,
            message_id,
            model,
            provider,
            at: entry.at,
            usage,
            stored_cost: said.usage.cost.total.0.filter(|cost| *cost >= 0.0).map(MicroDollars::from_usd),
            incomplete: false,
            line: entry.number,
            records: 1,
        });
    }

    /// What a response is called in every file that has it. Ids of entries are no part of it:
    /// opening an old file in a newer Pi gives every copy of an entry another one. Ids of responses
    /// alone are not enough: servers on the user's own machine number them from a small range.
    fn key(&mut self, entry: &Entry<'_>, model: Option<&str>, usage: &opensync_core::Usage) -> String {
        let said = &entry.record.message;
        let mut key = match (said.response.filled(), entry.at) {
            (Some(response), Some(at)) => format!("{response}@{at}"),
            (Some(response), None) => response.to_owned(),
            (None, Some(at)) => {
                let opensync_core::Usage { fresh, cache_read, cache_write_5m, output, .. } = usage;
                let (started, model) = (said.at.0.unwrap_or(at), model.unwrap_or_default());
                format!("{model}@{at}:{started}:{fresh}:{cache_read}:{cache_write_5m}:{output}")
            }
            (None, None) => format!("{}:{}", self.external_id(), entry.id),
        };
        while let Some(number) = self.keys.get_mut(&key) {
            *number += 1;
            key = format!("{key}#{number}");
        }
        self.keys.insert(key.clone(), 1);
        key
    }

    fn external_id(&self) -> String {
        let named = || parent::of_name(&self.path.file_name().unwrap_or_default().to_string_lossy()).to_owned();
        self.header.as_ref().and_then(|header| header.id.clone()).unwrap_or_else(named)
    }

    fn push(&mut self, entry: &Entry<'_>, suffix: &str, role: Role, parts: Vec<Part>) {
        if !parts.is_empty() {
            self.push_always(entry, suffix, role, parts);
        }
    }

    fn push_always(&mut self, entry: &Entry<'_>, suffix: &str, role: Role, parts: Vec<Part>) {
        let id = format!("{}:{}{suffix}", self.external_id(), entry.id);
        let mut message = Message::new(id, role, entry.at);
        message.inherited = entry.inherited;
        message.parts = parts;
        self.messages.push(message);
    }

    /// The session, and what could not be used of it.
    fn session(mut self) -> (Option<ImportedSession>, Vec<Problem>) {
        // A file whose header is damaged is known by its name; others are not Pi's.
        let is_named = parent::is_named(&self.path.file_name().unwrap_or_default().to_string_lossy());
        if self.header.is_none() && !is_named {
            return (None, Vec::new());
        }
        let problems: Vec<_> = self.unknown.problems().chain(self.expected.problems()).collect();
        if self.messages.list.is_empty() {
            return (None, problems);
        }
        let off_path = self.tree.off_path(self.messages.list.len());
        for (message, off) in self.messages.list.iter_mut().zip(off_path) {
            message.off_path = off;
        }
        let external_id = self.external_id();
        let messages = self.messages.finish();
        let mut outputs: BTreeMap<&str, (u64, Option<&String>)> = BTreeMap::new();
        for response in &self.responses {
            if let Some(model) = &response.model {
                let sum = outputs.entry(model).or_insert((0, response.provider.as_ref()));
                sum.0 = sum.0.saturating_add(response.usage.output);
            }
        }
        let main = outputs.into_iter().max_by_key(|(_, (output, _))| *output);
        let main = main.map(|(model, (_, provider))| (Some(model.to_owned()), provider.cloned()));
        let (model, provider) = main.unwrap_or((self.current.1, self.current.0));
        let Header { at: born_at, cwd, parent, .. } =
            self.header.unwrap_or(Header { is_tree: false, id: None, at: None, cwd: None, parent: None });
        let prompts = || messages.iter().filter(|message| message.role == Role::User);
        let typed = |message: &Message| prompt::split(&message.text()).typed.to_owned();
        let titled = |message: &Message| ranked(&typed(message), TitleRank::Prompt);
        let telling = |message: &Message| titled(message).filter(|_| !prompt::is_command(&typed(message)));
        let title = None
            .or_else(|| ranked(self.name.as_deref()?, TitleRank::Named))
            .or_else(|| ranked(self.title.as_deref()?, TitleRank::Generated))
            .or_else(|| prompts().filter(|message| !message.off_path).find_map(telling))
            .or_else(|| prompts().filter(|message| !message.off_path).find_map(titled))
            .or_else(|| prompts().find_map(titled))
            .or_else(|| ranked(self.skill.as_deref()?, TitleRank::Placeholder));
        let session = ImportedSession {
            parent: parent.filter(|parent| *parent != external_id).map(|external_id| Parent {
                external_id,
                relation: Relation::Fork,
                call_id: None,
            }),
            external_id,
            title,
            summary: self.summary,
            project_path: cwd,
            provider,
            model,
            created_at: self.span.first.or(born_at),
            updated_at: self.span.last.or(born_at),
            born_at: born_at.or(self.span.first),
            messages,
            responses: self.responses,
            discarded: self.discarded,
            ..ImportedSession::default()
        };
        (Some(session), problems)
    }
}
