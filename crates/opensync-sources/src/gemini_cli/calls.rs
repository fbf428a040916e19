//! Calls of tools and their results.

use std::collections::HashSet;

use opensync_core::{Body, Part};

use super::content;
use crate::loose::{Object, list};

/// What the calls in `toolCalls` are called, of those that have an answer there.
pub(super) fn answered(calls: &str) -> impl Iterator<Item = String> {
    let calls = list(calls).into_iter().filter_map(Object::parse);
    calls.filter(|call| call.raw("result").is_some() || is_over(call)).filter_map(|call| call.text("id"))
}

/// The ids of all calls in `toolCalls`.
pub(super) fn ids(calls: &str) -> HashSet<String> {
    list(calls).into_iter().filter_map(Object::parse).filter_map(|call| call.text("id")).collect()
}

/// The calls in `toolCalls`, each with its result and what came with that.
pub(super) fn parts(calls: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // Calls made at once each repeat what all of them answered.
    let mut seen = HashSet::new();
    for item in list(calls) {
        let Some(call) = Object::parse(item) else {
            parts.push(Part::Unknown { kind: "tool call".to_owned(), json: item.into() });
            continue;
        };
        let (call_id, name) = (call.text("id"), call.text("name").unwrap_or_default());
        parts.push(Part::ToolCall {
            call_id: call_id.clone(),
            name: name.clone(),
            arguments: call.raw("args").unwrap_or("{}").into(),
        });
        let (output, beside) = result(&call, call_id.as_deref(), &mut seen);
        if output.is_none() && !is_over(&call) {
            continue;
        }
        let display = call.text("resultDisplay");
        parts.push(Part::ToolResult {
            call_id,
            name: Some(name),
            output: output.or(display).unwrap_or_default().as_str().into(),
            is_error: is_over(&call).then(|| call.text("status").as_deref() != Some("success")),
            duration_ms: None,
            details: details(&call),
        });
        parts.extend(beside);
    }
    parts
}

/// What a `functionResponse` says, as text, and the pictures in it.
pub(super) fn response(response: &Object<'_>) -> (String, Vec<Part>) {
    let said = response.object("response");
    let text = |name| said.text(name).or_else(|| said.raw(name).map(str::to_owned));
    let output = text("output").or_else(|| text("error"));
    let output = output.or_else(|| response.raw("response").map(str::to_owned)).unwrap_or_default();
    (output, response.raw("parts").map(content::plain).unwrap_or_default())
}

/// Text and pictures of the result of a call.
fn result<'a>(call: &Object<'a>, id: Option<&str>, seen: &mut HashSet<&'a str>) -> (Option<String>, Vec<Part>) {
    let Some(raw) = call.raw("result") else { return (None, Vec::new()) };
    let pieces: Vec<_> = content::pieces(raw);
    let answer = |piece: &Object<'a>| piece.raw("functionResponse").and_then(Object::parse);
    let answers: Vec<_> = pieces.iter().filter_map(|piece| answer(&Object::parse(piece)?)).collect();
    let own = answers.iter().find(|answer| answer.text("id").as_deref() == id);
    let own = own.or_else(|| answers.first().filter(|_| answers.len() == 1));
    let (mut output, mut beside) = match own {
        Some(own) => {
            let (output, pictures) = response(own);
            (Some(output), pictures)
        }
        None => (None, Vec::new()),
    };
    for piece in pieces {
        let is_answer = Object::parse(piece).is_some_and(|piece| piece.raw("functionResponse").is_some());
        if is_answer || !seen.insert(piece) {
            continue;
        }
        for part in content::plain(piece) {
            match part {
                // Without a response of its own, text is what the tool answered.
                Part::Text(text) if output.is_none() => output = Some(text),
                part => beside.push(part),
            }
        }
    }
    (output, beside)
}

/// Whether no more will come of a call.
fn is_over(call: &Object<'_>) -> bool {
    matches!(call.text("status").as_deref(), Some("success" | "error" | "cancelled"))
}

/// What the record adds to the output: a diff, and the session of a sub-agent.
fn details(call: &Object<'_>) -> Option<Body> {
    let diff = call.object("resultDisplay").raw("fileDiff").filter(|diff| diff.starts_with('"'));
    let agent = call.raw("agentId").filter(|agent| agent.starts_with('"'));
    let fields = [("diff", diff), ("agentId", agent)];
    let fields: Vec<_> = fields.iter().filter_map(|(name, raw)| Some(format!("\"{name}\":{}", (*raw)?))).collect();
    (!fields.is_empty()).then(|| format!("{{{}}}", fields.join(",")).as_str().into())
}
