//! Assembles the messages of one session from its items.

use std::collections::HashMap;

use opensync_core::text::clean;
use opensync_core::{Body, Message, Part, Role};

use super::output::{Outcome, Output};
use super::prompt;
use super::turns::Prompt;

/// Where a message comes from.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub id: String,
    pub at: Option<i64>,
    pub inherited: bool,
}

/// The messages so far, and what is needed to add to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Display {
    pub messages: Vec<Message>,
    ids: HashMap<String, u32>,
    /// The assistant message that is being written.
    open: Option<usize>,
    /// Reasoning after a text: it belongs to the next text, or to the call after it.
    held: Vec<Part>,
    /// The last assistant message of the turn.
    pub answer: Option<usize>,
    attributed: Option<usize>,
    pub(super) prompts: Vec<Prompt>,
    calls: HashMap<String, String>,
    outcomes: HashMap<String, Outcome>,
    /// A turn was broken off, so that the next prompt may be the same one again.
    pub(super) aborted: bool,
    /// Such a prompt was left out; its event is still to come.
    pub(super) left_out: bool,
    /// An `agent_message` event whose item has not come.
    unpaired: Option<(Spot, String)>,
    /// `agent_reasoning` events whose item has not come.
    unpaired_reasoning: Vec<String>,
    last_reasoning: String,
    /// The last answer to a compaction request.
    summary: Option<usize>,
    /// Several texts may belong to one response, because `token_usage_record` lines end each.
    pub delimited: bool,
    /// The model that answers now.
    pub model: Option<String>,
}

impl Display {
    pub(super) fn add(&mut self, spot: Spot, role: Role, parts: Vec<Part>) -> usize {
        let clashes = self.ids.entry(spot.id.clone()).or_insert(0);
        *clashes += 1;
        let mut id = spot.id;
        if *clashes > 1 {
            id = format!("{id}~{clashes}");
            self.ids.insert(id.clone(), 1);
        }
        let mut message = Message::new(id, role, spot.at);
        message.inherited = spot.inherited;
        message.parts = parts;
        if role == Role::Assistant {
            message.model.clone_from(&self.model);
        }
        self.messages.push(message);
        self.messages.len() - 1
    }

    /// Adds something the tool put in.
    pub(super) fn system(&mut self, spot: Spot, part: Part) -> usize {
        self.settle();
        self.close();
        self.add(spot, Role::System, vec![part])
    }

    /// Ends the assistant message that is being written.
    pub(super) fn close(&mut self) {
        if let Some(message) = self.open.take().and_then(|index| self.messages.get_mut(index)) {
            message.parts.append(&mut self.held);
        }
        self.held.clear();
    }

    /// A new turn begins: what follows answers nothing before it.
    pub(super) fn turn(&mut self) {
        self.settle();
        self.close();
        self.answer = None;
    }

    /// The turn was broken off.
    pub(super) fn abort(&mut self) {
        self.aborted = true;
    }

    /// Shows events whose items never came.
    pub(super) fn settle(&mut self) {
        if let Some((spot, text)) = self.unpaired.take() {
            self.text(spot, vec![Part::Text(text)]);
        }
    }

    fn opened(&mut self, spot: Spot) -> usize {
        let index = match self.open {
            Some(index) => index,
            None => self.add(spot, Role::Assistant, Vec::new()),
        };
        self.open = Some(index);
        self.answer = Some(index);
        index
    }

    fn has_text(&self, index: usize) -> bool {
        self.messages.get(index).is_some_and(|message| message.parts.iter().any(|part| matches!(part, Part::Text(_))))
    }

    fn push(&mut self, index: usize, parts: impl IntoIterator<Item = Part>) {
        let mut reasoning: Vec<Part> = std::mem::take(&mut self.held);
        reasoning.extend(self.unpaired_reasoning.drain(..).map(|text| Part::Thinking(Body::from(text.as_str()))));
        if let Some(message) = self.messages.get_mut(index) {
            message.parts.append(&mut reasoning);
            message.parts.extend(parts);
        }
    }

    fn text(&mut self, spot: Spot, parts: Vec<Part>) {
        if !self.delimited && self.open.is_some_and(|index| self.has_text(index)) {
            // The reasoning between two texts is the second one's.
            let held = std::mem::take(&mut self.held);
            self.close();
            self.held = held;
        }
        let index = self.opened(spot);
        self.push(index, parts);
    }

    /// An assistant `message` item.
    pub(super) fn answer(&mut self, mut spot: Spot, parts: Vec<Part>) {
        match self.unpaired.take() {
            // The event came first: while the item is not written, it is what gives the id.
            Some((event, text)) if prompt::same(&text, &texts(&parts)) => spot = event,
            other => {
                self.unpaired = other;
                self.settle();
            }
        }
        if !parts.is_empty() {
            self.text(spot, parts);
        }
    }

    /// An `agent_message` event: shown only if no item says the same.
    pub(super) fn answer_event(&mut self, spot: Spot, text: &str) {
        let shown = self.answer.and_then(|index| self.messages.get(index)).is_some_and(|message| {
            message.parts.iter().any(|part| matches!(part, Part::Text(shown) if prompt::same(shown, text)))
                || prompt::same(&message.text(), text)
        });
        if !shown && !text.trim().is_empty() {
            self.settle();
            self.unpaired = Some((spot, clean(text).into_owned()));
        }
    }

    /// A `reasoning` item with its readable text; empty when all of it is encrypted.
    pub(super) fn reasoning(&mut self, spot: Spot, text: String) {
        self.settle();
        let text = if text.is_empty() { self.unpaired_reasoning.join("\n\n") } else { text };
        self.unpaired_reasoning.clear();
        if text.is_empty() {
            return;
        }
        let part = Part::Thinking(Body::from(text.as_str()));
        self.last_reasoning = text;
        if !self.delimited && self.open.is_some_and(|index| self.has_text(index)) {
            self.held.push(part);
        } else {
            let index = self.opened(spot);
            self.push(index, [part]);
        }
    }

    /// An `agent_reasoning` event: shown only if no item says the same.
    pub(super) fn reasoning_event(&mut self, text: &str) {
        if !text.is_empty() && !self.last_reasoning.contains(text) {
            self.unpaired_reasoning.push(text.to_owned());
        }
    }

    /// A call of a tool, with what it made when the item says so itself.
    pub(super) fn call(
        &mut self,
        spot: Spot,
        call_id: Option<String>,
        name: String,
        arguments: Body,
        made: Option<Part>,
    ) {
        self.settle();
        if let Some(id) = &call_id {
            self.calls.insert(id.clone(), name.clone());
        }
        let index = self.opened(spot);
        self.push(index, [Part::ToolCall { call_id, name, arguments }].into_iter().chain(made));
    }

    /// What a tool answered.
    pub(super) fn result(&mut self, spot: Spot, call_id: Option<String>, output: Output) {
        self.settle();
        self.close();
        let name = call_id.as_ref().and_then(|id| self.calls.get(id).cloned());
        let result = Part::ToolResult {
            call_id,
            name,
            output: output.text,
            is_error: output.outcome.failed,
            duration_ms: output.outcome.duration_ms,
            details: output.outcome.details(),
        };
        let parts = std::iter::once(result).chain(output.images).collect();
        self.add(spot, Role::Tool, parts);
    }

    /// How a call ended, from an event before or after its output.
    pub(super) fn ended(&mut self, call_id: &str, outcome: Outcome) {
        if outcome != Outcome::default() {
            let known = self.outcomes.entry(call_id.to_owned()).or_default();
            *known = known.and(outcome);
        }
    }

    /// The last answer, unless a response was attributed to it before.
    pub(super) fn next_answer(&mut self) -> Option<usize> {
        let answer = self.answer.filter(|answer| self.attributed != Some(*answer));
        self.attributed = self.answer;
        answer
    }

    /// The answer to the client's own compaction request.
    pub(super) fn compaction_answer(&mut self, spot: Spot, text: String) {
        let index = self.system(spot, Part::Text(text));
        self.summary = Some(index);
        self.answer = Some(index);
    }

    /// A `compacted` record. Returns the message that shows it.
    pub(super) fn compacted(&mut self, spot: Spot, text: &str) -> usize {
        self.settle();
        self.close();
        let summary = prompt::summary(text);
        let shown = self.summary.take().or(self.answer).filter(|index| {
            self.messages
                .get(*index)
                .is_some_and(|message| !summary.is_empty() && prompt::same(&message.text(), summary))
        });
        self.answer = None;
        if let Some(message) = shown.and_then(|index| self.messages.get_mut(index)) {
            message.role = Role::System;
            message.model = None;
        }
        let text = if summary.is_empty() { "The conversation was compacted." } else { summary };
        shown.unwrap_or_else(|| self.add(spot, Role::System, vec![Part::Text(clean(text).into_owned())]))
    }

    /// Settles everything that could only be known at the end.
    pub(super) fn finish(&mut self) {
        self.settle();
        self.close();
        self.judge_prompts();
        for part in self.messages.iter_mut().flat_map(|message| &mut message.parts) {
            let Part::ToolResult { call_id: Some(id), name, is_error, duration_ms, details, .. } = part else {
                continue;
            };
            if name.is_none() {
                *name = self.calls.get(id).cloned();
            }
            if let Some(known) = self.outcomes.get(id) {
                let says = Outcome { failed: *is_error, ..Outcome::default() }.and(*known);
                *is_error = says.failed;
                // The client measures better than the rounded text says.
                *duration_ms = known.duration_ms.or(*duration_ms);
                if details.is_none() {
                    *details = known.details();
                }
            }
        }
    }
}

pub(super) fn texts(parts: &[Part]) -> String {
    let texts: Vec<&str> =
        parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None }).collect();
    texts.join("\n\n")
}
