//! Finds what a call changed in files, from its arguments and from what its tool recorded.

use serde_json::{Map, Value};

use crate::render::diff::{self, FileDiff, Hunk};
use crate::render::patch;

/// The changes of a call; empty for calls that edit nothing.
pub(super) fn edits(
    kind: &str,
    object: &Map<String, Value>,
    arguments: &str,
    details: Option<&Value>,
) -> Vec<FileDiff> {
    if let Some(patch) = patch_text(object, arguments) {
        return patch::parse(patch);
    }
    let Some(written) = written(kind, object) else { return Vec::new() };
    let path = super::text(object, super::PATHS).unwrap_or_default().to_owned();
    let hunks = details.and_then(patch::structured).unwrap_or(written);
    if hunks.is_empty() { Vec::new() } else { vec![FileDiff { path, note: String::new(), hunks }] }
}

/// A patch in the arguments, or all of them when the tool takes free text.
fn patch_text<'a>(object: &'a Map<String, Value>, arguments: &'a str) -> Option<&'a str> {
    let is_patch = |text: &&str| {
        let start = text.trim_start();
        start.starts_with("*** Begin Patch") || start.starts_with("--- ") || start.starts_with("diff --git ")
    };
    if object.is_empty() {
        return Some(arguments).filter(is_patch);
    }
    let named = ["input", "patch", "patchText", "diff"].iter().find_map(|name| object.get(*name)?.as_str());
    // Some models run the patch tool through their shell: `["apply_patch", "*** Begin Patch…"]`.
    let run = || object.get("command")?.as_array()?.get(1)?.as_str();
    named.or_else(run).filter(is_patch)
}

/// What the arguments say was replaced or written; `None` when they say nothing of the kind.
fn written(kind: &str, object: &Map<String, Value>) -> Option<Vec<Hunk>> {
    if let Some(hunks) = replaced(object) {
        return Some(hunks);
    }
    if let Some(several) = object.get("edits").or_else(|| object.get("replacements")).and_then(Value::as_array) {
        let hunks: Vec<Hunk> = several.iter().filter_map(|edit| replaced(edit.as_object()?)).flatten().collect();
        return (!hunks.is_empty()).then_some(hunks);
    }
    let writes = ["write", "create", "notebookedit", "edit_file", "new_file"].iter().any(|word| kind.contains(word));
    let names = ["content", "contents", "file_text", "new_source", "code_edit", "newString"];
    writes.then(|| names.iter().find_map(|name| object.get(*name)?.as_str()).map(diff::created))?
}

fn replaced(object: &Map<String, Value>) -> Option<Vec<Hunk>> {
    const PAIRS: [(&str, &str); 5] = [
        ("old_string", "new_string"),
        ("oldString", "newString"),
        ("old_str", "new_str"),
        ("oldText", "newText"),
        ("old_text", "new_text"),
    ];
    PAIRS.iter().find_map(|(old, new)| {
        let old = object.get(*old)?.as_str()?;
        let new = object.get(*new)?.as_str()?;
        Some(diff::between(old, new))
    })
}
