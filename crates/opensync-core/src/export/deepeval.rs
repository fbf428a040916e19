//! Test cases for `DeepEval`: each prompt and its answer.
//!
//! Read by `EvaluationDataset.add_test_cases_from_json_file` and `add_goldens_from_json_file`, tried with
//! deepeval 4.3.1. The file is a list; its readers take no null for `tools_called` and `expected_tools`,
//! and only texts in `context`.

use serde::Serialize;

use super::cases::{self, Case, Cases};
use super::meta::Meta;
use super::tool::ToolUse;
use super::{Format, Kind};

/// `DeepEval`, one case of each turn.
pub static FORMAT: Format = Format {
    id: "deepeval",
    name: "DeepEval JSON",
    about: "List of test cases, loads with deepeval",
    kind: Kind::Cases,
    stem: "deepeval",
    extension: "json",
    content_type: "application/json",
    make: |context| cases::exporter(context, false, DeepEval),
};

struct DeepEval;

#[derive(Serialize)]
struct Item<'a> {
    input: &'a str,
    actual_output: String,
    expected_output: Option<&'a str>,
    context: Vec<String>,
    retrieval_context: [&'a str; 0],
    tools_called: &'a [ToolUse],
    expected_tools: [&'a str; 0],
    name: String,
    comments: Option<&'a str>,
    input_token_count: Option<u64>,
    output_token_count: Option<u64>,
    metadata: Meta,
    additional_metadata: Meta,
}

impl Cases for DeepEval {
    fn begin(&mut self, out: &mut String) {
        out.push('[');
    }

    fn case(&mut self, case: &Case<'_>, out: &mut String) {
        let Some(turn) = case.turn else { return };
        let meta = Meta::new(case.session, Some(turn));
        let said = case.turns.before(turn).filter(|said| !said.text.is_empty());
        let item = Item {
            input: &turn.prompt,
            actual_output: turn.answer(),
            expected_output: case.expected,
            context: said.map(|said| format!("{}: {}", said.role.as_str(), said.text)).collect(),
            retrieval_context: [],
            tools_called: &turn.tools,
            expected_tools: [],
            name: format!("{}#{}", case.session.external_id, turn.number),
            comments: case.session.eval_notes.as_deref(),
            input_token_count: turn.prompt_tokens,
            output_token_count: turn.completion_tokens,
            additional_metadata: meta.clone(),
            metadata: meta,
        };
        push_item(out, case.before, &item);
    }

    fn end(&mut self, count: u64, out: &mut String) {
        end_list(out, count);
    }
}

/// Appends an item of a list, indented by two.
pub(super) fn push_item(out: &mut String, before: u64, item: &impl Serialize) {
    let text = serde_json::to_string_pretty(item).unwrap_or_default();
    out.push_str(if before > 0 { ",\n  " } else { "\n  " });
    // A line feed in a text is escaped: these are the writer's own.
    out.push_str(&text.replace('\n', "\n  "));
}

/// Ends a list; one of nothing is `[]`.
pub(super) fn end_list(out: &mut String, count: u64) {
    out.push_str(if count > 0 { "\n]" } else { "]" });
}
