//! Pieces of earlier sessions around some words, for a model to read.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::{RawQuery, State};
use opensync_core::search::{Term, snippet};
use opensync_core::wire::{ContextItem, ContextJson, ContextMessage, ContextSource};
use opensync_core::{Session, UserId};
use opensync_store::{Around, Hit};

use super::search::{best, number, selection};
use super::{Reader, Refusal};
use crate::AppState;

/// Sessions, unless another number is asked for.
const USUAL: u64 = 5;
/// Sessions at most.
const MOST: u64 = 50;
/// Messages taken from around the best place of a session.
const AROUND: u64 = 10;
/// Characters of a message that has the words, and of its neighbours.
const FOUND_CHARS: usize = 2_000;
const NEAR_CHARS: usize = 600;
/// A token is about so many characters.
const TOKEN_CHARS: usize = 4;
/// Nobody's model reads more.
const MOST_TOKENS: u64 = 10_000_000;

/// Finds sessions by words and answers the messages around them, for a model to read.
#[utoipa::path(
    get, path = "/api/context", tag = "Search", operation_id = "context",
    params(
        ("q" = String, Query, example = "discount fix", description = "Words and filters, as in the field above the list"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 50, description = "Sessions, 1 to 50, usually 5"),
        ("format" = Option<String>, Query, description = "`text`, or `messages` for the pieces message by message too"),
        ("max_tokens" = Option<i64>, Query, minimum = 1, description = "About how many tokens the text may have"),
    ),
    responses((status = 200, body = ContextJson), (status = 400, body = opensync_core::wire::ErrorJson))
)]
pub async fn show(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<ContextJson>, Refusal> {
    let (mut query, mut limit, mut with_messages, mut room) = (String::new(), USUAL, false, usize::MAX);
    for (name, value) in form_urlencoded::parse(raw.as_deref().unwrap_or_default().as_bytes()) {
        match &*name {
            "q" | "query" => query = value.into_owned(),
            "limit" => limit = number(&name, value.parse().ok(), MOST)?,
            "max_tokens" => room = number(&name, value.parse().ok(), MOST_TOKENS)? as usize * TOKEN_CHARS,
            "format" => with_messages = !matches!(&*value, "" | "text"),
            _ => {}
        }
    }
    if query.trim().is_empty() {
        return Err(Refusal::invalid("Missing query parameter 'q'"));
    }
    let mut answer = ContextJson {
        context: Vec::new(),
        text: format!("Relevant coding sessions for: \"{query}\"\n\n"),
        session_count: 0,
        messages: with_messages.then(Vec::new),
    };
    let Some(selection) = selection(&query) else { return Ok(Json(answer)) };
    for (session, score, hit) in best(&state, &user, &selection, limit).await? {
        let messages = pieces(&state, &user, &session, &hit, &selection.wanted).await?;
        let Some(messages) = fitting(messages, &mut room) else { break };
        add(&mut answer, &session, score, messages);
    }
    Ok(Json(answer))
}

/// Role and piece of the messages around the best place of a session.
async fn pieces(
    state: &AppState,
    user: &UserId,
    session: &Session,
    hit: &Hit,
    terms: &[Term],
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let around = hit.message.clone().map_or(Around::Start, Around::Message);
    let window = state.store.messages(user, &session.id, &around, AROUND).await?;
    let piece = |text: &str| match snippet(text, terms, FOUND_CHARS) {
        Some(piece) => within(text, piece.range.start, piece.range.end),
        None => within(text, 0, text.char_indices().nth(NEAR_CHARS).map_or(text.len(), |(at, _)| at)),
    };
    let messages = window.messages.iter().map(|stored| (stored.message.role.as_str(), stored.message.text()));
    Ok(messages.filter(|(_, text)| !text.trim().is_empty()).map(|(role, text)| (role, piece(&text))).collect())
}

/// A piece of a text, with an ellipsis where the text goes on.
fn within(text: &str, start: usize, end: usize) -> String {
    let before = if text[..start].trim().is_empty() { "" } else { "…" };
    let after = if text[end..].trim().is_empty() { "" } else { "…" };
    format!("{before}{}{after}", text[start..end].trim())
}

/// As many messages as there is room for, the last one cut; `None` when there is room for none.
fn fitting(messages: Vec<(&'static str, String)>, room: &mut usize) -> Option<Vec<(&'static str, String)>> {
    let is_empty = messages.is_empty();
    let mut fitting = Vec::new();
    for (role, text) in messages {
        let length = text.chars().count();
        if length <= *room {
            *room -= length;
            fitting.push((role, text));
        } else {
            let end = text.char_indices().nth(*room).map_or(text.len(), |(at, _)| at);
            if *room > 0 {
                fitting.push((role, within(&text, 0, end)));
            }
            *room = 0;
            break;
        }
    }
    (is_empty || !fitting.is_empty()).then_some(fitting)
}

/// Adds the pieces of a session to an answer.
fn add(answer: &mut ContextJson, session: &Session, score: f64, messages: Vec<(&'static str, String)>) {
    let title = if session.title.is_empty() { "Untitled" } else { &session.title };
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "N/A".to_owned());
    let mut content = String::new();
    for (role, text) in &messages {
        let _ = write!(content, "[{}]\n{text}\n\n", role.to_uppercase());
    }
    let (project, model) = (or_none(&session.project_path), or_none(&session.model));
    let _ = write!(answer.text, "--- Session: {title} ---\nProject: {project}\nModel: {model}\n\n{content}\n");
    answer.session_count += 1;
    if let Some(all) = &mut answer.messages {
        let session_title = (!session.title.is_empty()).then(|| session.title.clone());
        let metadata = ContextSource { session_id: session.id.to_string(), session_title };
        let message = |(role, content)| ContextMessage { role, content, metadata: metadata.clone() };
        all.extend(messages.into_iter().map(message));
    }
    answer.context.push(ContextItem {
        session_id: session.id.to_string(),
        title: session.title.clone(),
        content: content.trim_end().to_owned(),
        score,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut() {
        let messages = || vec![("user", "one two".to_owned()), ("assistant", "three four".to_owned())];
        let fit = |mut room: usize| fitting(messages(), &mut room).map(|messages| (messages, room));
        assert_eq!(fit(100), Some((messages(), 83)));
        assert_eq!(fit(17), Some((messages(), 0)));
        let cut = vec![("user", "one two".to_owned()), ("assistant", "three…".to_owned())];
        assert_eq!(fit(12), Some((cut, 0)));
        assert_eq!(fit(7), Some((vec![("user", "one two".to_owned())], 0)));
        assert_eq!(fit(0), None);
        assert_eq!(fitting(Vec::new(), &mut 5), Some(Vec::new()), "a session that only its title matches");
        assert_eq!(within("a é b", 2, 4), "…é…");
    }
}
