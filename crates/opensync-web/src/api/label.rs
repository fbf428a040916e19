//! Labels in the bodies of requests.

use opensync_core::filter::Status;
use opensync_core::label::{self, Edit, LabelChange, LabelError};
use serde_json::Value;

use super::Refusal;

/// Puts a field of a body into a change; false when it is not about labels. `null` clears.
pub(super) fn read(change: &mut LabelChange, name: &str, value: &Value) -> Result<bool, Refusal> {
    let wrong = |what: &str| Refusal::invalid(format!("{name} must be {what}"));
    let cannot = |error: LabelError| Refusal::invalid(format!("{name} cannot be set: {error}"));
    let text = || match value {
        Value::Null => Ok(Edit::Clear),
        Value::String(text) => label::text(text).map_err(cannot),
        _ => Err(wrong("a text or null")),
    };
    let tags = || {
        let texts: Option<Vec<&str>> = match value {
            Value::Null => Some(Vec::new()),
            Value::Array(items) => items.iter().map(Value::as_str).collect(),
            _ => None,
        };
        label::tags(texts.ok_or_else(|| wrong("a list of texts"))?).map_err(cannot)
    };
    match name {
        "evalReady" => change.ready = Some(value.as_bool().ok_or_else(|| wrong("true or false"))?),
        "evalStatus" => {
            let status = match value {
                Value::Null => Some(Status::None),
                value => value.as_str().and_then(Status::parse),
            };
            change.status = match status {
                Some(Status::None) => Edit::Clear,
                Some(status) => Edit::Set(status),
                None => return Err(wrong("golden, correct, incorrect, needs_review or null")),
            };
        }
        "evalTags" => change.tags = Some(tags()?),
        "addTags" => change.add_tags = tags()?,
        "removeTags" => change.remove_tags = tags()?,
        "evalNotes" => change.notes = text()?,
        "expectedOutput" => change.expected_output = text()?,
        _ => return Ok(false),
    }
    Ok(true)
}
