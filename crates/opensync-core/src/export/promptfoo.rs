//! Tests for promptfoo: `tests: file://...jsonl` takes one on each line, with variables and assertions.
//!
//! An expected output becomes a rubric a model judges by; without one, a verdict of golden or correct
//! asks for an answer as good as the recorded one.

use serde::Serialize;

use super::cases::{self, Case, Cases};
use super::{Format, Kind};
use crate::filter::Status;

/// promptfoo.
pub static FORMAT: Format = Format {
    id: "promptfoo",
    name: "Promptfoo JSONL",
    about: "Variables and assertions",
    kind: Kind::Cases,
    stem: "promptfoo",
    extension: "jsonl",
    content_type: "application/x-ndjson",
    make: |context| cases::exporter(context, false, Promptfoo),
};

struct Promptfoo;

#[derive(Serialize)]
struct Line<'a> {
    description: String,
    vars: Vars<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assert: Option<[Assert; 1]>,
}

#[derive(Serialize)]
struct Vars<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    task_type: &'static str,
}

#[derive(Serialize)]
struct Assert {
    r#type: &'static str,
    value: String,
}

impl Cases for Promptfoo {
    fn case(&mut self, case: &Case<'_>, out: &mut String) {
        let Some(turn) = case.turn else { return };
        let value = match (case.expected, case.session.eval_status) {
            (Some(expected), _) => Some(format!("Response should match: {expected}")),
            (None, Some(Status::Golden | Status::Correct)) => {
                Some("Response should be helpful, accurate and complete".to_owned())
            }
            _ => None,
        };
        let line = Line {
            description: format!("{} #{}", case.session.title, turn.number),
            vars: Vars {
                input: &turn.prompt,
                language: turn.answers.iter().find_map(|answer| language(answer)),
                task_type: task(&turn.prompt),
            },
            assert: value.map(|value| [Assert { r#type: "llm-rubric", value }]),
        };
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
}

/// The language of the first block of code.
fn language(answer: &str) -> Option<&str> {
    let fence = answer.lines().find_map(|line| line.trim_start().strip_prefix("```"))?;
    let language = fence.split(|c: char| c.is_whitespace() || ":,{".contains(c)).next()?;
    (!language.is_empty() && language.len() <= 32).then_some(language)
}

/// What a prompt asks for, by its words.
fn task(prompt: &str) -> &'static str {
    let prompt = prompt.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| prompt.contains(word));
    if has(&["fix", "bug", "error"]) {
        "bug_fix"
    } else if has(&["write", "create", "implement"]) {
        "code_generation"
    } else if has(&["explain", "what"]) {
        "explanation"
    } else if has(&["refactor", "improve"]) {
        "refactoring"
    } else {
        "general"
    }
}
