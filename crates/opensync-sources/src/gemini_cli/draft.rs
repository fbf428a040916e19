//! A message while records of it come in. What a later record leaves out stays as it was.

use opensync_core::Usage;

use crate::loose::Object;

/// A message, by all its records so far. What is not needed to follow the file is kept as JSON.
#[derive(Default)]
pub(super) struct Draft {
    pub id: String,
    /// Such as `user`; empty when nobody says.
    pub kind: String,
    pub at: Option<i64>,
    pub model: Option<String>,
    pub content: Option<Box<str>>,
    /// What was typed, when the content has more.
    pub display: Option<Box<str>>,
    pub thoughts: Option<Box<str>>,
    pub calls: Option<Box<str>>,
    /// All of a message of a type nobody knows.
    pub whole: Option<Box<str>>,
    /// Tokens, and how many records had them.
    pub usage: Option<(Usage, u32)>,
    /// Line of the first record.
    pub line: u64,
    pub state: State,
    pub compressed: Compressed,
}

/// Whether it belongs to the conversation.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// In the history as the client has it now.
    #[default]
    Live,
    /// No more, because a summary stands for it.
    Past,
    /// Taken back.
    TakenBack,
}

/// What a compression has to do with it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compressed {
    /// Nothing.
    #[default]
    No,
    /// It stands for what was said before.
    Summary,
    /// It repeats what was said before.
    Copy,
}

impl Draft {
    pub(super) fn new(id: String, line: u64) -> Self {
        Self { id, line, ..Self::default() }
    }

    /// Takes one record of it, `text` in JSON.
    pub(super) fn add(&mut self, record: &Object<'_>, text: &str) {
        let list = |name| record.raw(name).filter(|list| list.starts_with('[') && *list != "[]").map(Box::from);
        self.kind = record.text("type").unwrap_or_else(|| std::mem::take(&mut self.kind));
        // Resuming gives every message the time of the resume.
        self.at = self.at.or(record.time("timestamp"));
        self.model = record.text("model").or_else(|| self.model.take());
        self.content = record.raw("content").map(Box::from).or_else(|| self.content.take());
        self.display = record.raw("displayContent").map(Box::from).or_else(|| self.display.take());
        self.thoughts = list("thoughts").or_else(|| self.thoughts.take());
        self.calls = list("toolCalls").or_else(|| self.calls.take());
        self.whole = (!self.is_said() && !self.is_notice()).then(|| text.into());
        if let Some(usage) = usage(&record.object("tokens")) {
            let (known, records) = self.usage.unwrap_or_default();
            self.usage = Some((known.max(usage), records.saturating_add(1)));
        }
    }

    /// Whether it is kept and not shown.
    pub(super) fn off_path(&self) -> bool {
        self.state == State::TakenBack || self.compressed == Compressed::Copy
    }

    /// From a person or the model.
    pub(super) fn is_said(&self) -> bool {
        matches!(self.kind.as_str(), "user" | "gemini")
    }

    /// From the client: no part of what the model is sent.
    pub(super) fn is_notice(&self) -> bool {
        matches!(self.kind.as_str(), "info" | "warning" | "error")
    }
}

/// Tokens in disjoint counters; `None` when nobody knows them.
fn usage(tokens: &Object<'_>) -> Option<Usage> {
    if tokens.number("input").is_none() && tokens.number("output").is_none() {
        return None;
    }
    let (cached, reasoning) = (tokens.count("cached"), tokens.count("thoughts"));
    Some(Usage {
        fresh: tokens.count("input").saturating_sub(cached).saturating_add(tokens.count("tool")),
        cache_read: cached,
        output: tokens.count("output").saturating_add(reasoning),
        reasoning,
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Usage> {
        usage(&Object::parse(text).unwrap())
    }

    #[test]
    fn counters_become_disjoint() {
        let usage = of(r#"{"input":1500,"output":12,"cached":1000,"thoughts":9,"tool":40,"total":1561}"#).unwrap();
        let expected = Usage { fresh: 540, cache_read: 1000, output: 21, reasoning: 9, ..Usage::default() };
        assert_eq!(usage, expected);
        assert_eq!(usage.total(), 1561);
        assert_eq!(of(r#"{"input":5,"output":1,"cached":9}"#).unwrap().fresh, 0);
    }

    #[test]
    fn unknown_tokens_are_no_zeros() {
        assert_eq!(of("{}"), None);
        assert_eq!(of(r#"{"input":null,"output":"many","total":7}"#), None);
        assert_eq!(of(r#"{"input":-4,"output":1e300}"#).unwrap().fresh, 0);
    }
}
