//! Calls of tools with their results, as formats for evaluations want them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Options;
use super::path::anonymous;
use super::plain::push_fenced;
use crate::Body;

/// A call of a tool. The fields and their order are those of `deepeval`'s `ToolCall`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ToolUse {
    pub(super) name: String,
    pub(super) input_parameters: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
    #[serde(skip)]
    pub(super) call_id: Option<String>,
}

impl ToolUse {
    /// A call; arguments that are no object become the one named `input`.
    pub(super) fn new(name: &str, call_id: Option<&str>, arguments: &Body, options: &Options) -> Self {
        let text = arguments.text().unwrap_or_default();
        let mut input_parameters = match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => object,
            Ok(Value::Null) | Err(_) if text.trim().is_empty() => Map::new(),
            Ok(value) => Map::from_iter([("input".to_owned(), value)]),
            Err(_) => Map::from_iter([("input".to_owned(), Value::String(text))]),
        };
        if options.anonymise_paths {
            input_parameters.values_mut().for_each(anonymise);
        }
        // The reader takes no empty name.
        let name = if name.trim().is_empty() { "tool" } else { name };
        Self { name: name.to_owned(), input_parameters, output: None, call_id: call_id.map(str::to_owned) }
    }

    /// The call and its result as blocks of code.
    pub(super) fn fold(&self) -> String {
        let mut out = format!("[Tool call: {}]\n", self.name);
        let arguments = serde_json::to_string_pretty(&self.input_parameters).unwrap_or_default();
        push_fenced(&mut out, "json", &arguments);
        if let Some(output) = &self.output {
            out.push_str("[Tool result]\n");
            push_fenced(&mut out, "", output);
        }
        out.truncate(out.trim_end().len());
        out
    }
}

fn anonymise(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(other) = anonymous(text) {
                *text = other;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(anonymise),
        Value::Object(object) => object.values_mut().for_each(anonymise),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
