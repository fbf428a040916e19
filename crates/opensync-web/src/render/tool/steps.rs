//! Lists of steps: to-do lists and plans.

use serde_json::{Map, Value};

use crate::render::terminal;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Open,
    /// Being worked on.
    Now,
    /// Done.
    Done,
}

impl StepState {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Now => "now",
            Self::Done => "done",
        }
    }

    fn parse(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "completed" | "complete" | "done" | "x" => Self::Done,
            "in_progress" | "in progress" | "active" | "now" | "~" => Self::Now,
            _ => Self::Open,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How far it is.
    pub state: StepState,
    /// What is to be done.
    pub text: String,
}

/// The list in the arguments of a call; empty when there is none.
pub(super) fn steps(object: &Map<String, Value>) -> Vec<Step> {
    match object.get("todos").or_else(|| object.get("plan")).or_else(|| object.get("newTodos")) {
        Some(Value::Array(items)) => items.iter().filter_map(item).collect(),
        Some(Value::String(text)) => text.lines().filter_map(written_line).collect(),
        _ => Vec::new(),
    }
}

fn item(item: &Value) -> Option<Step> {
    let text = ["content", "step", "text", "title", "description"].iter().find_map(|name| item.get(*name)?.as_str())?;
    let state = item.get("status").or_else(|| item.get("state")).and_then(Value::as_str).unwrap_or_default();
    Some(Step { state: StepState::parse(state), text: terminal::plain(text) })
}

/// `2. [in_progress] Wire the clock`, `- [x] Read the test`.
fn written_line(line: &str) -> Option<Step> {
    let (_, rest) = line.split_once('[')?;
    let (state, text) = rest.split_once(']')?;
    let text = text.trim();
    (!text.is_empty()).then(|| Step { state: StepState::parse(state), text: terminal::plain(text) })
}

/// `3 of 7 done · Wire the clock`.
pub(super) fn summary(steps: &[Step]) -> String {
    let done = steps.iter().filter(|step| step.state == StepState::Done).count();
    let counts = format!("{done} of {} done", steps.len());
    match steps.iter().find(|step| step.state == StepState::Now) {
        Some(step) => format!("{counts} · {}", step.text),
        None => counts,
    }
}
