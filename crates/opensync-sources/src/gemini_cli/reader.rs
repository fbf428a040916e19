//! Follows the records of one file and makes a session of what they add up to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use opensync_core::import::{Discarded, ImportedSession, Parent, Problem, ProblemKind, Response, TitleRank};
use opensync_core::{Message, Part, Relation, Role};

use super::draft::{Compressed, Draft, State};
use super::expected;
use super::shown::{self, is_command};
use super::{calls, find, project};
use crate::collect::{Messages, Span, Unknown, ranked};
use crate::expect::Expected;
use crate::loose::Object;
use crate::tally::plain;

/// The session of a file while it is read.
#[derive(Default)]
pub(super) struct Reader {
    id: Option<String>,
    hash: Option<String>,
    started: Option<i64>,
    updated: Option<i64>,
    is_agent: bool,
    directories: Vec<String>,
    summary: Option<String>,
    drafts: Vec<Draft>,
    /// Places in `drafts` by id.
    ids: HashMap<String, usize>,
    unknown: Unknown,
    problems: Vec<Problem>,
    expected: Expected,
}

impl Reader {
    /// Takes one line of a `.jsonl` file. On an error nothing has changed.
    pub(super) fn line(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        let record: Object<'_> = serde_json::from_str(text)?;
        // In this order, the client asks what a record is.
        if let Some(id) = record.text("$rewindTo") {
            self.rewind(number, &id);
        } else if record.text("id").is_some() {
            self.message(number, text);
        } else if let Some(fields) = record.raw("$set").and_then(Object::parse) {
            self.header(&fields);
            if fields.raw("messages").is_some_and(|list| list.starts_with('[')) {
                self.replace(number, &fields.list("messages"));
            }
        } else if expected::is_header(&record) {
            self.header(&record);
            expected::header(&mut self.expected, &record);
            for message in record.list("messages") {
                self.message(number, message);
            }
        } else {
            expected::no_id(&mut self.expected, &record);
            self.unknown
                .add(number, record.fields().next().map_or("?", |(name, _)| plain(name.trim_start_matches('$'))));
        }
        Ok(())
    }

    /// Takes fields of the header. A second header says when the session was resumed.
    pub(super) fn header(&mut self, fields: &Object<'_>) {
        self.id = self.id.take().or_else(|| fields.text("sessionId"));
        self.hash = self.hash.take().or_else(|| fields.text("projectHash"));
        self.started = self.started.or(fields.time("startTime"));
        self.updated = self.updated.max(fields.time("lastUpdated"));
        self.is_agent |= fields.text("kind").as_deref() == Some("subagent");
        self.summary = fields.text("summary").or_else(|| self.summary.take());
        let directories = fields.list("directories").into_iter().filter_map(crate::loose::string);
        self.directories.extend(directories);
    }

    /// Looks what an object has that is the whole file.
    pub(super) fn is_whole(&mut self, file: &Object<'_>) {
        expected::header(&mut self.expected, file);
        self.expected.count("session files", &[("messages", file.has("messages"))]);
    }

    /// Takes a message, `text` in JSON; whether it is one.
    pub(super) fn message(&mut self, line: u64, text: &str) -> bool {
        let place = self.place(line, text, true);
        if let Some(draft) = place.and_then(|place| self.drafts.get_mut(place)) {
            draft.state = State::Live;
        }
        place.is_some()
    }

    /// Where the message is that the record `text` is about. It may be a copy, which lacks much,
    /// unless it `is_first` hand.
    fn place(&mut self, line: u64, text: &str, is_first: bool) -> Option<usize> {
        let record = Object::parse(text);
        if let Some(record) = record.as_ref().filter(|_| is_first) {
            expected::message(&mut self.expected, record);
        }
        let Some((record, id)) = record.and_then(|record| record.text("id").map(|id| (record, id))) else {
            self.unknown.add(line, "message without id");
            return None;
        };
        let place = *self.ids.entry(id).or_insert_with_key(|id| {
            self.drafts.push(Draft::new(id.clone(), line));
            self.drafts.len() - 1
        });
        self.drafts[place].add(&record, text);
        Some(place)
    }

    /// Takes back a message and what follows.
    fn rewind(&mut self, line: u64, id: &str) {
        let Some(&from) = self.ids.get(id).filter(|place| self.drafts[**place].state == State::Live) else {
            // The client would forget everything. Its line may just be damaged.
            let reason = "a rewind to a message that is not there".to_owned();
            return self.problems.push(Problem { line: Some(line), kind: ProblemKind::Unsupported, reason });
        };
        for draft in self.drafts[from..].iter_mut().filter(|draft| draft.state == State::Live) {
            draft.state = State::TakenBack;
        }
    }

    /// Takes the whole history as the model is sent it from here on.
    fn replace(&mut self, line: u64, list: &[&str]) {
        let known = self.drafts.len();
        let mut places = Vec::new();
        for text in list {
            places.extend(self.place(line, text, false));
        }
        // A summary comes first, or after the context.
        let is_new = |place: &&usize| **place >= known;
        let summary =
            places.iter().take(2).filter(is_new).find(|place| shown::is_snapshot(&self.drafts[**place])).copied();
        let places: HashSet<_> = places.into_iter().collect();
        for (place, draft) in self.drafts.iter_mut().enumerate() {
            if places.contains(&place) {
                draft.state = State::Live;
                match summary {
                    Some(summary) if summary == place => draft.compressed = Compressed::Summary,
                    Some(_) if place >= known && !shown::is_context(draft) => draft.compressed = Compressed::Copy,
                    _ => {}
                }
            } else if draft.state == State::Live && draft.is_said() && !shown::is_context(draft) {
                draft.state = if summary.is_some() { State::Past } else { State::TakenBack };
            }
        }
    }

    /// The session, and what could not be used of it. `project` is its folder, or empty.
    pub(super) fn finish(mut self, path: &Path, project: &str) -> (Option<ImportedSession>, Vec<Problem>) {
        let is_talk = |message: &Message| matches!(message.role, Role::User | Role::Assistant);
        let (mut messages, mut span) = (Messages::default(), Span::default());
        let (mut responses, mut discarded) = (Vec::new(), Vec::new());
        let own_id = self.id.clone().unwrap_or_else(|| find::named(path));
        let answered: HashSet<_> =
            self.drafts.iter().filter_map(|draft| draft.calls.as_deref()).flat_map(calls::answered).collect();
        for draft in &self.drafts {
            if draft.whole.is_some() {
                self.unknown.add(draft.line, &format!("message/{}", plain(&draft.kind)));
            }
            let made = shown::messages(draft, &answered);
            if made.iter().any(is_talk) && draft.compressed != Compressed::Copy {
                span.add(draft.at);
            }
            let message_id = made.iter().find(|message| message.role == Role::Assistant);
            let message_id = message_id.map(|message| message.external_id.clone());
            for message in made {
                expected::calls(&mut self.expected, &message);
                for part in &message.parts {
                    if let (Part::Unknown { kind, .. }, None) = (part, &draft.whole) {
                        self.unknown.add(draft.line, &format!("part/{kind}"));
                    }
                }
                messages.push(message);
            }
            match draft.usage {
                Some((usage, _)) if usage.is_zero() => {
                    discarded.push(Discarded { line: draft.line, why: "no tokens were counted".into(), usage });
                }
                Some((usage, records)) => responses.push(Response {
                    key: key(&own_id, &draft.id),
                    message_id,
                    model: draft.model.clone(),
                    provider: Some("google".to_owned()),
                    at: draft.at,
                    usage,
                    stored_cost: None,
                    incomplete: false,
                    line: draft.line,
                    records,
                }),
                None => {}
            }
        }
        self.problems.extend(self.unknown.problems().chain(self.expected.problems()));
        let messages = messages.finish();
        if responses.is_empty() && !messages.iter().any(is_talk) {
            // What a start leaves behind, or no session at all.
            let problems = if self.id.is_some() { self.problems } else { Vec::new() };
            return (None, problems);
        }
        let external_id = match find::repeated(path, &own_id) {
            Some(time) => format!("{own_id}@{time}"),
            None => own_id,
        };
        let parent = find::parent(path).filter(|parent| *parent != external_id);
        let model = main_model(&responses).or_else(|| self.drafts.iter().rev().find_map(|draft| draft.model.clone()));
        let is_agent = self.is_agent || parent.is_some();
        // What a sub-agent stores as its summary is its whole report.
        let summary = self.summary.take();
        let (name, report) = if is_agent { (None, summary) } else { (summary, None) };
        let session = ImportedSession {
            external_id,
            parent: parent.map(|external_id| Parent { external_id, relation: Relation::SubAgent, call_id: None }),
            title: title(name.as_deref(), &messages),
            summary: report,
            project_path: self.project(project),
            provider: Some("google".to_owned()),
            model,
            created_at: span.first.or(self.started),
            updated_at: span.last.or(self.updated),
            born_at: self.started.or(span.first),
            sidechain: is_agent,
            messages,
            responses,
            discarded,
            ..ImportedSession::default()
        };
        (Some(session), self.problems)
    }

    /// The folder: what the store says, or the one of the session's folders that is hashed in the header.
    fn project(&self, known: &str) -> Option<String> {
        let is_hashed = |path: &&String| self.hash.as_ref().is_some_and(|hash| project::hash(path) == *hash);
        let directory = self.directories.iter().find(is_hashed).or(self.directories.first());
        Some(known.to_owned()).filter(|path| !path.is_empty()).or_else(|| directory.cloned())
    }
}

/// What a response is called in every file that has it. Ids of messages are random UUIDs; others
/// may be from a small range.
fn key(session: &str, message: &str) -> String {
    if message.len() >= 32 { message.to_owned() } else { format!("{session}:{message}") }
}

/// The model that wrote most.
fn main_model(responses: &[Response]) -> Option<String> {
    let mut outputs: BTreeMap<&String, u64> = BTreeMap::new();
    for response in responses {
        if let Some(model) = &response.model {
            let sum = outputs.entry(model).or_default();
            *sum = sum.saturating_add(response.usage.output);
        }
    }
    outputs.into_iter().max_by_key(|(_, output)| *output).map(|(model, _)| model.clone())
}

fn title(name: Option<&str>, messages: &[Message]) -> Option<(String, TitleRank)> {
    let prompts =
        || messages.iter().filter(|message| message.role == Role::User).map(|said| (said.off_path, said.text()));
    let telling = |text: &str| ranked(text, TitleRank::Prompt).filter(|_| !is_command(text));
    None.or_else(|| ranked(name?, TitleRank::Generated))
        .or_else(|| prompts().filter(|(off, _)| !off).find_map(|(_, text)| telling(&text)))
        .or_else(|| prompts().find_map(|(_, text)| telling(&text)))
        .or_else(|| prompts().find_map(|(_, text)| ranked(&text, TitleRank::Placeholder)))
}
