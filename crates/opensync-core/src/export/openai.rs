//! Samples for `OpenAI` Evals: one line for each prompt that was answered.
//!
//! `evals.data.get_jsonl` reads the lines and the basic evals (`Match`, `Includes`, `FuzzyMatch`) take
//! `input` and `ideal` from them, tried with evals 3.0.1.post1. `messages` is the same with the answer,
//! as fine-tuning wants it. Roles are those every chat model takes: what tools did stands as blocks of
//! code in the messages of the assistant. An empty `ideal` would match everything, so there is none.

use serde::Serialize;

use super::cases::{self, Case, Cases};
use super::meta::Meta;
use super::{Format, Kind};
use crate::Role;

/// `OpenAI` Evals.
pub static FORMAT: Format = Format {
    id: "openai",
    name: "OpenAI Evals JSONL",
    about: "One line per user turn",
    kind: Kind::Cases,
    stem: "openai",
    extension: "jsonl",
    content_type: "application/x-ndjson",
    make: |context| {
        let conversations = context.options.conversations;
        cases::exporter(context, conversations, OpenAi)
    },
};

struct OpenAi;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a [Chat]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ideal: Option<&'a str>,
    messages: &'a [Chat],
    metadata: Meta,
}

#[derive(Serialize)]
struct Chat {
    role: &'static str,
    content: String,
}

impl Cases for OpenAi {
    fn case(&mut self, case: &Case<'_>, out: &mut String) {
        let metadata = Meta::new(case.session, case.turn);
        let line = |line: &Line<'_>| serde_json::to_string(line).unwrap_or_default();
        let text = if let Some(turn) = case.turn {
            let answer = turn.answer();
            let mut messages: Vec<Chat> =
                case.turns.before(turn).map(|said| Chat::new(said.role, said.folded())).collect();
            messages.push(Chat::new(Role::User, turn.prompt.clone()));
            let input = messages.len();
            messages.push(Chat::new(Role::Assistant, answer.clone()));
            let ideal = Some(case.expected.unwrap_or(&answer));
            line(&Line { input: Some(&messages[..input]), ideal, messages: &messages, metadata })
        } else {
            let messages: Vec<Chat> = case.said().iter().map(|said| Chat::new(said.role, said.folded())).collect();
            line(&Line { input: None, ideal: None, messages: &messages, metadata })
        };
        out.push_str(&text);
        out.push('\n');
    }
}

impl Chat {
    fn new(role: Role, content: String) -> Self {
        let role = match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant | Role::Tool => "assistant",
        };
        Self { role, content }
    }
}
