//! A session while its records come in, and what becomes of it at the end of the file.

use std::collections::{BTreeMap, HashMap};

use opensync_core::import::{Discarded, ImportedSession, Response};
use opensync_core::text::title;
use opensync_core::{Message, MicroDollars, Part, Role, Usage};

use super::branch::Tree;
use super::content::{self, written};
use crate::collect;

/// Commands that monitors run to read a session's state.
const PROBES: &[&str] = &["/usage", "/status", "/cost", "/clear"];

/// One session of a file: the conversation itself, or a sub-agent's that is written among it.
#[derive(Clone, Default)]
pub(super) struct Draft {
    pub(super) tree: Tree,
    pub(super) messages: Vec<Message>,
    pub(super) commands: Vec<String>,
    pub(super) discarded: Vec<Discarded>,
    pub(super) project_path: Option<String>,
    pub(super) git_branch: Option<String>,
    pub(super) client_version: Option<String>,
    /// The summary that stands for the conversation after a compaction.
    pub(super) compaction: Option<String>,
    first: Option<i64>,
    last: Option<i64>,
    duration_ms: Option<u64>,
    /// Ids in use, with how often each was asked for.
    ids: HashMap<String, u32>,
    rows: Vec<Row>,
    rows_by_id: HashMap<String, Vec<usize>>,
    calls: HashMap<String, Call>,
}

#[derive(Clone)]
struct Call {
    name: String,
    message: usize,
}

/// One response of the model, merged from its lines.
#[derive(Clone)]
struct Row {
    /// `message.id`, or what names the record without one.
    key: String,
    request: Option<String>,
    message: usize,
    at: Option<i64>,
    line: u64,
    usage: Usage,
    records: u32,
    cost: Option<f64>,
    stopped: bool,
}

/// What one line says of a response.
pub(super) struct Line<'a> {
    /// `message.id`; a line without one is a response of its own.
    pub(super) id: Option<&'a str>,
    pub(super) request: Option<&'a str>,
    /// Names the record itself, within its file.
    pub(super) record: &'a str,
    /// Names the file.
    pub(super) label: &'a str,
    pub(super) number: u64,
    pub(super) at: Option<i64>,
    pub(super) model: Option<&'a str>,
    pub(super) usage: Option<Usage>,
    pub(super) cost: Option<f64>,
    pub(super) stopped: bool,
    pub(super) inherited: bool,
}

impl Draft {
    /// Notes a moment of the conversation.
    pub(super) fn moment(&mut self, at: Option<i64>) {
        let Some(at) = at else { return };
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    pub(super) fn worked(&mut self, milliseconds: u64) {
        self.duration_ms = Some(self.duration_ms.unwrap_or(0).saturating_add(milliseconds));
    }

    /// Adds a message; an id that is taken gets a number.
    pub(super) fn push(&mut self, mut message: Message) -> usize {
        while let Some(number) = self.ids.get_mut(&message.external_id) {
            *number += 1;
            message.external_id = format!("{}#{number}", message.external_id);
        }
        self.ids.insert(message.external_id.clone(), 1);
        self.messages.push(message);
        self.messages.len() - 1
    }

    /// Adds a line of a response and returns the response's number and message.
    pub(super) fn respond(&mut self, line: &Line<'_>, parts: Vec<Part>) -> (usize, usize) {
        let found = line.id.and_then(|id| {
            let rows = self.rows_by_id.get(id)?;
            // A request id that is missing on one side fits any.
            let fits = |row: &&usize| match (self.rows[**row].request.as_deref(), line.request) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            };
            rows.iter().find(fits).copied()
        });
        let number = found.unwrap_or_else(|| {
            let id = line.id.unwrap_or(line.record);
            let mut message = Message::new(id, Role::Assistant, line.at);
            message.inherited = line.inherited;
            let message = self.push(message);
            self.rows.push(Row {
                key: if id.starts_with("line-") { format!("{}:{id}", line.label) } else { id.to_owned() },
                request: None,
                message,
                at: line.at,
                line: line.number,
                usage: Usage::default(),
                records: 0,
                cost: None,
                stopped: false,
            });
            self.rows_by_id.entry(id.to_owned()).or_default().push(self.rows.len() - 1);
            self.rows.len() - 1
        });
        let row = &mut self.rows[number];
        if row.request.is_none() {
            row.request = line.request.map(str::to_owned);
        }
        if let Some(usage) = line.usage {
            if row.records == 0 {
                row.line = line.number;
            }
            row.usage = row.usage.max(usage);
            row.records += 1;
        }
        row.cost = match (row.cost, line.cost) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        };
        row.stopped |= line.stopped;
        let message = &mut self.messages[row.message];
        if message.model.is_none() {
            message.model = line.model.map(str::to_owned);
        }
        let earlier = message.parts.len();
        for part in parts {
            if let Part::ToolCall { call_id: Some(id), name, .. } = &part {
                self.calls.insert(id.clone(), Call { name: name.clone(), message: row.message });
            }
            content::merge(&mut message.parts, earlier, part);
        }
        (number, row.message)
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        collect::weight(&self.messages) + self.tree.weight()
    }

    /// The session with everything that its own records tell. The caller adds identity and title.
    pub(super) fn finish(mut self) -> ImportedSession {
        self.mark_off_path();
        self.name_results();
        let mut outputs: BTreeMap<&str, u64> = BTreeMap::new();
        let mut responses = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            if row.records == 0 {
                continue;
            }
            let message = &mut self.messages[row.message];
            message.completion_tokens = Some(row.usage.output);
            let characters: u64 = message.parts.iter().map(written).sum();
            responses.push(Response {
                key: row.request.as_ref().map_or_else(|| row.key.clone(), |request| format!("{}:{request}", row.key)),
                message_id: Some(message.external_id.clone()),
                model: message.model.clone(),
                provider: message.model.as_deref().and_then(provider),
                at: row.at,
                usage: row.usage,
                stored_cost: row.cost.filter(|cost| *cost > 0.0).map(MicroDollars::from_usd),
                // About four characters are a token; less than a quarter of that is no count.
                incomplete: !row.stopped && row.usage.output.saturating_mul(16) < characters,
                line: row.line,
                records: row.records,
            });
        }
        for message in &self.messages {
            if let Some(model) = &message.model {
                *outputs.entry(model).or_default() += message.completion_tokens.unwrap_or(0);
            }
        }
        let model = outputs.into_iter().max_by_key(|(_, output)| *output).map(|(model, _)| model.to_owned());
        ImportedSession {
            summary: self.compaction,
            project_path: self.project_path,
            git_branch: self.git_branch,
            provider: Some(model.as_deref().and_then(provider).unwrap_or_else(|| "anthropic".to_owned())),
            model,
            client_version: self.client_version,
            created_at: self.first,
            updated_at: self.last,
            duration_ms: self.duration_ms,
            messages: self.messages,
            responses,
            discarded: self.discarded,
            ..ImportedSession::default()
        }
    }

    /// The first prompt that can be a title, one on the path if there is any.
    pub(super) fn prompt_title(messages: &[Message]) -> Option<String> {
        let prompts = || messages.iter().filter(|message| message.role == Role::User);
        let titled = |message: &Message| title(&message.text());
        prompts().filter(|message| !message.off_path).find_map(titled).or_else(|| prompts().find_map(titled))
    }

    /// Nothing but commands that monitors run.
    pub(super) fn is_probe(&self) -> bool {
        let probe = |command: &String| PROBES.contains(&command.split_whitespace().next().unwrap_or_default());
        !self.commands.is_empty()
            && self.commands.iter().all(probe)
            && !self.messages.iter().any(|message| matches!(message.role, Role::User | Role::Assistant))
    }

    fn mark_off_path(&mut self) {
        let off_path = self.tree.off_path(self.messages.len());
        for (message, off) in self.messages.iter_mut().zip(off_path) {
            message.off_path = off;
        }
        // A result stays with its call: with parallel calls it may hang on another branch.
        for at in 0..self.messages.len() {
            let answers_shown = |part: &Part| match part {
                Part::ToolResult { call_id: Some(id), .. } => {
                    self.calls.get(id).is_some_and(|call| !self.messages[call.message].off_path)
                }
                _ => false,
            };
            let message = &self.messages[at];
            if message.off_path && message.role == Role::Tool && message.parts.iter().any(answers_shown) {
                self.messages[at].off_path = false;
            }
        }
    }

    fn name_results(&mut self) {
        for part in self.messages.iter_mut().flat_map(|message| &mut message.parts) {
            if let Part::ToolResult { call_id: Some(id), name, .. } = part
                && let Some(call) = self.calls.get(id)
            {
                *name = Some(call.name.clone());
            }
        }
    }
}

/// Who serves a model, when its name says so: the client itself talks to Anthropic.
fn provider(model: &str) -> Option<String> {
    let (prefix, _) = model.split_once('/')?;
    (!prefix.is_empty()).then(|| prefix.to_ascii_lowercase())
}
