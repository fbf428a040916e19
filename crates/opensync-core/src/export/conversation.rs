//! Conversations for `DeepEval`: each session one case of several turns.
//!
//! Read by `EvaluationDataset.add_goldens_from_json_file`, and made into `ConversationalTestCase`s, tried
//! with deepeval 4.3.1. A turn is the user's or the assistant's, so what tools answered stands in the
//! assistant's turn and what the system said in `context`. Cases of single turns cannot stand in the
//! same file, which is why this is a format of its own.

use serde::Serialize;

use super::cases::{self, Case, Cases};
use super::deepeval::{end_list, push_item};
use super::meta::Meta;
use super::tool::ToolUse;
use super::turn::Said;
use super::{Format, Kind};
use crate::Role;

/// `DeepEval`, one case of each session.
pub static FORMAT: Format = Format {
    id: "deepeval-conversational",
    name: "DeepEval conversations",
    about: "One conversational case of each session",
    kind: Kind::Conversations,
    stem: "deepeval-conversational",
    extension: "json",
    content_type: "application/json",
    make: |context| cases::exporter(context, true, Conversations),
};

struct Conversations;

#[derive(Serialize)]
struct Item<'a> {
    scenario: &'a str,
    turns: Vec<Turn<'a>>,
    expected_outcome: Option<&'a str>,
    context: Vec<&'a str>,
    name: &'a str,
    comments: Option<&'a str>,
    additional_metadata: Meta,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools_called: Vec<&'a ToolUse>,
}

impl Cases for Conversations {
    fn begin(&mut self, out: &mut String) {
        out.push('[');
    }

    fn case(&mut self, case: &Case<'_>, out: &mut String) {
        let (session, said) = (case.session, case.said());
        let item = Item {
            // The reader takes an empty one for a case of a single turn.
            scenario: if session.title.trim().is_empty() { "Untitled" } else { &session.title },
            turns: merged(said),
            expected_outcome: case.expected,
            context: said.iter().filter(|said| said.role == Role::System).map(|said| said.text.as_str()).collect(),
            name: &session.external_id,
            comments: session.eval_notes.as_deref(),
            additional_metadata: Meta::new(session, None),
        };
        push_item(out, case.before, &item);
    }

    fn end(&mut self, count: u64, out: &mut String) {
        end_list(out, count);
    }
}

/// The turns of both sides, those of one side after another as one.
fn merged(said: &[Said]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for said in said {
        let role = match said.role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::System | Role::Tool => continue,
        };
        match turns.last_mut().filter(|turn| turn.role == role) {
            Some(turn) => {
                turn.content.push_str(if turn.content.is_empty() || said.text.is_empty() { "" } else { "\n\n" });
                turn.content.push_str(&said.text);
                turn.tools_called.extend(&said.tools);
            }
            None => turns.push(Turn { role, content: said.text.clone(), tools_called: said.tools.iter().collect() }),
        }
    }
    turns
}
