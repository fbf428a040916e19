//! What a file's records add up to while they come in.

use std::collections::{BTreeMap, HashMap};

use opensync_core::import::{ImportedSession, Problem, ProblemKind, TitleRank};
use opensync_core::text::{clean, title};
use opensync_core::{Message, Part};

use crate::Sink;

/// The messages of a session; their ids become unique.
#[derive(Clone, Default)]
pub(crate) struct Messages {
    pub(crate) list: Vec<Message>,
    /// Ids in use, with how often each was asked for.
    ids: HashMap<String, u32>,
    /// Names of the tools called, by the id of the call.
    calls: HashMap<String, String>,
}

impl Messages {
    /// Adds a message; an id that is taken gets a number.
    pub(crate) fn push(&mut self, mut message: Message) {
        while let Some(number) = self.ids.get_mut(&message.external_id) {
            *number += 1;
            message.external_id = format!("{}#{number}", message.external_id);
        }
        self.ids.insert(message.external_id.clone(), 1);
        for part in &message.parts {
            if let Part::ToolCall { call_id: Some(id), name, .. } = part {
                self.calls.insert(id.clone(), name.clone());
            }
        }
        self.list.push(message);
    }

    /// Takes the messages, with the results named after their calls.
    pub(crate) fn finish(mut self) -> Vec<Message> {
        for part in self.list.iter_mut().flat_map(|message| &mut message.parts) {
            if let Part::ToolResult { call_id: Some(id), name: name @ None, .. } = part {
                *name = self.calls.get(id).cloned();
            }
        }
        self.list
    }
}

/// The first and the last moment of a conversation.
#[derive(Clone, Default)]
pub(crate) struct Span {
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
}

impl Span {
    pub(crate) fn add(&mut self, at: Option<i64>) {
        let Some(at) = at else { return };
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }
}

/// Types of records that nothing here knows, each with its first line and count.
#[derive(Clone, Default)]
pub(crate) struct Unknown(BTreeMap<String, (u64, u64)>);

impl Unknown {
    pub(crate) fn add(&mut self, line: u64, kind: &str) {
        let name: String = kind.chars().filter(|c| !c.is_control()).take(60).collect();
        self.0.entry(name).or_insert((line, 0)).1 += 1;
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.0.iter().map(|(kind, (line, count))| Problem {
            line: Some(*line),
            kind: ProblemKind::Unknown,
            reason: format!("record type `{kind}` ({count} of them)"),
        })
    }
}

/// A text as a title, when it makes one.
pub(crate) fn ranked(text: &str, rank: TitleRank) -> Option<(String, TitleRank)> {
    Some((title(&clean(text))?, rank))
}

/// About how many bytes of memory messages take, with what is remembered to add to them.
pub(crate) fn weight(messages: &[Message]) -> u64 {
    let message =
        |message: &Message| 900 + message.parts.iter().map(|part| 250 + part.stored_bytes() as u64).sum::<u64>();
    messages.iter().map(message).sum()
}

/// Takes nothing: for files that are looked into beside the one that is read.
pub(crate) struct Quiet;

impl Sink for Quiet {
    fn session(&mut self, _: ImportedSession) {}
    fn problem(&mut self, _: Problem) {}
    fn advanced(&mut self, _: u64) {}
}
