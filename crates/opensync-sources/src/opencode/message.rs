//! One message with its parts.

use opensync_core::import::ProblemKind;
use opensync_core::{Message, Part, Role, Usage};

use super::expected;
use super::part::{Piece, piece};
use crate::loose::Object;
use crate::tally::Tally;

/// One model call of a message.
pub(super) struct Call {
    pub usage: Usage,
    pub cost: Option<f64>,
    /// Records that state it, in the message and in its steps.
    pub records: u32,
}

/// A message while its parts are read.
pub(super) struct Draft {
    pub id: String,
    pub role: Role,
    pub created: Option<i64>,
    pub completed: Option<i64>,
    pub model: Option<String>,
    pub provider: Option<String>,
    /// It is the answer to a compaction request.
    pub is_summary: bool,
    /// The model call itself failed.
    pub failed: bool,
    /// Sessions its calls started, and the calls.
    pub started: Vec<(String, Option<String>)>,
    /// What the message itself states, if only zeros.
    usage: Option<Usage>,
    cost: Option<f64>,
    error: Option<String>,
    steps: Vec<Call>,
    parts: Vec<Part>,
    context: Vec<Part>,
    taken_back: Vec<Part>,
    compaction: Option<bool>,
    /// There is more in it than the client wrote.
    is_prompt: bool,
    /// The first part that was taken back.
    revert_from: Option<String>,
}

impl Draft {
    /// A message from its record; `at` is the moment its row tells.
    pub(super) fn new(id: &str, at: Option<i64>, data: &Object<'_>, tally: &mut Tally) -> Self {
        let role = match data.text("role").as_deref() {
            Some("assistant") => Role::Assistant,
            None if data.raw("modelID").is_some() || data.raw("parentID").is_some() => Role::Assistant,
            Some("user") | None => Role::User,
            Some(other) => {
                tally.unknown("message role", other);
                Role::System
            }
        };
        let time = data.object("time");
        expected::message(tally, role, data);
        let chosen = data.object("model");
        let error = data.object("error");
        let reason = error.object("data").text("message").or_else(|| error.text("message"));
        let error = match (error.text("name"), reason) {
            (Some(name), Some(reason)) => Some(format!("{name}: {reason}")),
            (name, reason) => name.or(reason),
        };
        Self {
            id: id.to_owned(),
            role,
            created: time.time("created").or(at),
            completed: time.time("completed"),
            model: data.text("modelID").or_else(|| chosen.text("modelID")),
            provider: data.text("providerID").or_else(|| chosen.text("providerID")),
            is_summary: role == Role::Assistant && data.is_true("summary"),
            failed: error.is_some(),
            started: Vec::new(),
            usage: Some(data.object("tokens")).filter(|used| !used.is_empty()).map(|used| tokens(&used)),
            cost: data.number("cost"),
            error,
            steps: Vec::new(),
            parts: Vec::new(),
            context: Vec::new(),
            taken_back: Vec::new(),
            compaction: None,
            is_prompt: false,
            revert_from: None,
        }
    }

    /// Parts from this one on were taken back.
    pub(super) fn revert_from(&mut self, part: Option<String>) {
        self.revert_from = part;
    }

    /// Adds its next part, `text` in JSON.
    pub(super) fn part(&mut self, id: &str, text: &str, tally: &mut Tally) {
        let Some(object) = Object::parse(text) else {
            return tally.add(ProblemKind::Damaged, "a part is no JSON object");
        };
        let Piece { parts, synthetic, compaction, step, started } = piece(&object, text, tally);
        self.compaction = self.compaction.or(compaction);
        self.steps.extend(step.map(|(usage, cost)| Call { usage, cost, records: 1 }));
        self.started.extend(started);
        self.is_prompt |= !synthetic && !parts.is_empty();
        let is_text = matches!(parts.first(), Some(Part::Text(_)));
        if self.revert_from.as_deref().is_some_and(|first| id >= first) {
            self.taken_back.extend(parts);
        } else if self.role == Role::User && synthetic && is_text {
            self.context.extend(parts);
        } else {
            self.parts.extend(parts);
        }
    }

    /// The model calls it made, each once, and how many records there are that count no token of
    /// any call.
    pub(super) fn calls(&mut self) -> (Vec<Call>, u32) {
        if self.role != Role::Assistant {
            return (Vec::new(), 0);
        }
        let whole = Call { usage: self.usage.unwrap_or_default(), cost: self.cost, records: 1 };
        let written = self.steps.len() + usize::from(self.usage.is_some());
        let steps: Vec<_> = std::mem::take(&mut self.steps).into_iter().filter(|step| !step.usage.is_zero()).collect();
        let mut sum = Usage::default();
        for step in &steps {
            sum += step.usage;
        }
        let last = steps.last().map(|step| step.usage);
        // The message states what its last call used: what the others used is only in their steps.
        let of_last = whole.usage.is_zero() || (steps.len() > 1 && last == Some(whole.usage) && sum != whole.usage);
        let mut calls = if of_last && !steps.is_empty() { steps } else { vec![whole] };
        calls.retain(|call| !call.usage.is_zero());
        // The message repeats its last step, or the steps repeat the message.
        let others = u32::try_from(written.saturating_sub(calls.len())).unwrap_or(u32::MAX);
        let Some(last) = calls.last_mut() else { return (calls, others) };
        last.records = last.records.saturating_add(others);
        (calls, 0)
    }

    /// The messages it is shown as; empty when there is nothing to show.
    pub(super) fn finish(mut self) -> Vec<Message> {
        if let Some(error) = self.error.take() {
            self.parts.push(Part::Text(error));
        }
        let mut role = self.role;
        if let Some(auto) = self.compaction {
            role = Role::System;
            let by = if auto { " by OpenCode" } else { "" };
            self.parts.insert(0, Part::Text(format!("Conversation compacted{by}")));
        }
        if role == Role::User && !self.is_prompt {
            role = Role::System;
        }
        if role != Role::User {
            // Nothing to tell it from: one message.
            let mut parts = std::mem::take(&mut self.context);
            parts.append(&mut self.parts);
            self.parts = parts;
        }
        let mut messages = Vec::new();
        for (suffix, role, parts, off_path) in [
            ("", role, self.parts, false),
            (":context", Role::System, self.context, false),
            (":reverted", role, self.taken_back, true),
        ] {
            if parts.is_empty() {
                continue;
            }
            let mut message = Message::new(format!("{}{suffix}", self.id), role, self.created);
            message.model = self.model.clone().filter(|_| role == Role::Assistant);
            message.off_path = off_path;
            message.parts = parts;
            messages.push(message);
        }
        messages
    }
}

/// Counters as the client stores them: disjoint, reasoning beside output.
pub(super) fn tokens(object: &Object<'_>) -> Usage {
    let cache = object.object("cache");
    let reasoning = object.count("reasoning");
    Usage {
        fresh: object.count("input"),
        cache_read: cache.count("read"),
        cache_write_5m: cache.count("write"),
        cache_write_1h: 0,
        output: object.count("output").saturating_add(reasoning),
        reasoning,
    }
}
