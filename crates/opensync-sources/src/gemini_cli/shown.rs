//! The messages that a record is shown as.

use std::collections::HashSet;

use opensync_core::{Message, Part, Role};

use super::calls;
use super::content::{self, Content};
use super::draft::{Compressed, Draft};
use crate::tally::plain;

/// In the summary that takes the place of a conversation.
const SNAPSHOT: &str = "<state_snapshot>";
/// How texts begin that the client writes in the user's name.
const CONTEXT: [&str; 3] = ["<session_context>", "<hook_context>", SNAPSHOT];

/// The messages a draft becomes. Results of `answered` calls stand beside these.
pub(super) fn messages(draft: &Draft, answered: &HashSet<String>) -> Vec<Message> {
    let mut made = Vec::new();
    match draft.kind.as_str() {
        "user" => user(draft, answered, &mut made),
        "gemini" => gemini(draft, &mut made),
        _ => {
            let parts = match &draft.whole {
                Some(json) => vec![Part::Unknown { kind: plain(&draft.kind).to_owned(), json: (&**json).into() }],
                None => draft.content.as_deref().map(content::plain).unwrap_or_default(),
            };
            push(draft, "", Role::System, parts, &mut made);
        }
    }
    made
}

/// Whether it is context that the client gives the model.
pub(super) fn is_context(draft: &Draft) -> bool {
    let content = draft.content.as_deref().filter(|raw| CONTEXT.iter().any(|start| raw.contains(start)));
    draft.kind == "user" && content.is_some_and(|raw| starts_with_context(&Content::read(raw).parts))
}

/// Whether it can be the summary of a compressed conversation.
pub(super) fn is_snapshot(draft: &Draft) -> bool {
    let has_snapshot = |part: &Part| matches!(part, Part::Text(text) if text.contains(SNAPSHOT));
    let content = draft.content.as_deref().filter(|raw| raw.contains(SNAPSHOT));
    draft.kind == "user" && content.is_some_and(|raw| Content::read(raw).parts.iter().any(has_snapshot))
}

/// Whether a prompt is a command for the client.
pub(super) fn is_command(text: &str) -> bool {
    let text = text.trim();
    let name = text.split_whitespace().next().and_then(|word| word.strip_prefix('/'));
    text.starts_with('?') || (name.is_some_and(|name| !name.contains('/')) && !text.contains('\n'))
}

fn user(draft: &Draft, answered: &HashSet<String>, made: &mut Vec<Message>) {
    let content = draft.content.as_deref().map(Content::read).unwrap_or_default();
    let Content { mut parts, files: mut notes, results, thoughts, calls } = content;
    parts.extend(thoughts.into_iter().chain(calls.into_iter().map(|(_, call)| call)));
    // What came with results stands beside the calls as well.
    let has_results = !results.is_empty();
    let results = results.into_iter().filter(|(id, _)| id.as_ref().is_none_or(|id| !answered.contains(id)));
    let mut results: Vec<_> = results.flat_map(|(_, parts)| parts).collect();
    if has_results {
        let (said, beside) = parts.into_iter().partition(|part| matches!(part, Part::Text(_)));
        parts = said;
        if !results.is_empty() {
            results.extend::<Vec<_>>(beside);
        }
    }
    if draft.compressed == Compressed::Summary || starts_with_context(&parts) {
        return push(draft, "", Role::System, parts, made);
    }
    if let Some(typed) = draft.display.as_deref().map(content::plain).filter(|typed| !typed.is_empty()) {
        // What is in the content only is what the client made of it.
        parts.retain(|part| !typed.contains(part));
        notes.splice(0..0, parts);
        parts = typed;
    }
    push(draft, ":results", Role::Tool, results, made);
    push(draft, ":files", Role::System, notes, made);
    push(draft, "", Role::User, parts, made);
}

fn gemini(draft: &Draft, made: &mut Vec<Message>) {
    let content = draft.content.as_deref().map(Content::read).unwrap_or_default();
    let listed = draft.calls.as_deref().map(calls::ids).unwrap_or_default();
    // A resume writes thoughts and calls into the content, beside the lists of them.
    let mut parts = draft.thoughts.as_deref().map(content::thoughts).unwrap_or_default();
    if parts.is_empty() {
        parts = content.thoughts;
    }
    parts.extend(content.parts);
    parts.extend(content.files);
    let unlisted = content.calls.into_iter().filter(|(id, _)| id.as_ref().is_none_or(|id| !listed.contains(id)));
    parts.extend(unlisted.map(|(_, call)| call));
    parts.extend(content.results.into_iter().flat_map(|(_, parts)| parts));
    parts.extend(draft.calls.as_deref().map(calls::parts).unwrap_or_default());
    if parts.is_empty() && draft.usage.is_none() {
        return;
    }
    push_always(draft, "", Role::Assistant, parts, made);
}

fn starts_with_context(parts: &[Part]) -> bool {
    let text = parts.iter().find_map(|part| if let Part::Text(text) = part { Some(text.trim_start()) } else { None });
    text.is_some_and(|text| CONTEXT.iter().any(|start| text.starts_with(start)))
}

fn push(draft: &Draft, suffix: &str, role: Role, parts: Vec<Part>, made: &mut Vec<Message>) {
    if !parts.is_empty() {
        push_always(draft, suffix, role, parts, made);
    }
}

fn push_always(draft: &Draft, suffix: &str, role: Role, parts: Vec<Part>, made: &mut Vec<Message>) {
    let mut message = Message::new(format!("{}{suffix}", draft.id), role, draft.at);
    message.model = draft.model.clone().filter(|_| role == Role::Assistant);
    message.completion_tokens =
        draft.usage.filter(|(usage, _)| role == Role::Assistant && !usage.is_zero()).map(|(usage, _)| usage.output);
    message.off_path = draft.off_path();
    message.parts = parts;
    made.push(message);
}
