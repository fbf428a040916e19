//! The session that is made of what is known.

use std::collections::HashMap;

use super::content;
use super::facts::{MessageFacts, SessionFacts};
use super::names;
use crate::import::{Discarded, ImportedSession, Response, TitleRank};
use crate::{Message, MicroDollars, Part, Role, Usage, text};

/// What is known of a session besides its messages.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The tool.
    pub source: &'a str,
    /// The tool's own id.
    pub external_id: &'a str,
    /// What calls said.
    pub facts: &'a SessionFacts,
    /// When the first call came, Unix milliseconds.
    pub arrived_at: i64,
    /// When the last one came that said something new.
    pub changed_at: i64,
}

/// A message of a session, taken apart once: a session is made anew with each message that comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The message, with the moment it came when nobody told one.
    message: Message,
    /// When it was written or came, Unix milliseconds.
    at: i64,
    /// Somebody told the moment.
    is_dated: bool,
    usage: Usage,
}

impl Piece {
    /// Takes a message apart.
    pub fn new(external_id: &str, arrived_at: i64, facts: &MessageFacts) -> Self {
        let at = facts.created_at.unwrap_or(arrived_at);
        let mut message = Message::new(external_id, facts.role(), Some(at));
        message.model.clone_from(&facts.model);
        message.prompt_tokens = facts.prompt_tokens;
        message.completion_tokens = facts.completion_tokens;
        message.parts = content::parts(external_id, facts);
        let usage = Usage {
            fresh: facts.prompt_tokens.unwrap_or(0),
            output: facts.completion_tokens.unwrap_or(0),
            ..Usage::default()
        };
        Self { message, at, is_dated: facts.created_at.is_some(), usage }
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        300 + self.message.parts.iter().map(|part| 150 + part.stored_bytes()).sum::<usize>()
    }
}

/// Makes a session of its messages, which are given in the order they came. The same facts make the same
/// session, however often and in how many calls they were told.
pub fn assemble<'a>(known: &Known<'_>, pieces: impl IntoIterator<Item = &'a Piece>) -> ImportedSession {
    let mut pieces: Vec<&Piece> = pieces.into_iter().collect();
    order(known.source, &mut pieces);
    let facts = known.facts;
    let messages = answered(&pieces);
    let model = model(facts, &messages);
    let provider = names::provider(facts.provider.as_deref(), model.as_deref())
        .or_else(|| (known.source == "claude-code").then(|| "anthropic".to_owned()));
    let first = pieces.iter().map(|piece| piece.at).min();
    let last = pieces.iter().map(|piece| piece.at).max();
    let created = [facts.created_at, Some(known.arrived_at), first].into_iter().flatten().min();
    let span = first.zip(last).and_then(|(first, last)| u64::try_from(last.saturating_sub(first)).ok());
    let (responses, discarded) = ledger(known, &pieces, model.as_deref());
    ImportedSession {
        external_id: known.external_id.to_owned(),
        title: title(known, &messages),
        project_path: facts.project_path.clone().or_else(|| facts.project_name.clone()),
        provider,
        model,
        created_at: created,
        updated_at: Some(known.changed_at),
        duration_ms: facts.duration_ms.or(span).filter(|span| *span > 0),
        hidden: pieces.is_empty() && names::is_test(known.external_id),
        messages,
        responses,
        discarded,
        ..ImportedSession::default()
    }
}

/// By moment; of the same moment by arrival. OpenCode's messages come undated and in any order, but their ids
/// tell it: those exchange places among themselves.
fn order(source: &str, pieces: &mut [&Piece]) {
    pieces.sort_by_key(|piece| piece.at);
    if source != "opencode" {
        return;
    }
    let places: Vec<usize> = (0..pieces.len()).filter(|n| !pieces[*n].is_dated).collect();
    let mut undated: Vec<&Piece> = places.iter().map(|n| pieces[*n]).collect();
    undated.sort_by(|a, b| a.message.external_id.cmp(&b.message.external_id));
    for (place, piece) in places.into_iter().zip(undated) {
        pieces[place] = piece;
    }
}

/// The messages, each result with the id of the call before it.
fn answered(pieces: &[&Piece]) -> Vec<Message> {
    let mut open: Option<(String, String)> = None;
    let mut messages = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let mut message = piece.message.clone();
        for part in &mut message.parts {
            match part {
                Part::ToolCall { call_id: Some(id), name, .. } => open = Some((id.clone(), name.clone())),
                Part::ToolResult { call_id: Some(id), .. } if open.as_ref().is_some_and(|(call, _)| call == id) => {
                    open = None;
                }
                Part::ToolResult { call_id: call_id @ None, name, .. } => {
                    if let Some((call, tool)) = open.take() {
                        *call_id = Some(call);
                        name.get_or_insert(tool);
                    }
                }
                _ => {}
            }
        }
        messages.push(message);
    }
    messages
}

/// The model the session names, unless its messages name it in another way: those are ids.
fn model(facts: &SessionFacts, messages: &[Message]) -> Option<String> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for (n, message) in messages.iter().enumerate() {
        if let Some(model) = message.model.as_deref() {
            let count = counts.entry(model).or_default();
            *count = (count.0 + 1, n);
        }
    }
    match &facts.model {
        Some(model) if counts.is_empty() || counts.contains_key(model.as_str()) => Some(model.clone()),
        _ => counts.into_iter().max_by_key(|(_, count)| *count).map(|(model, _)| model.to_owned()),
    }
}

/// The title a plugin gave, else the first prompt.
fn title(known: &Known<'_>, messages: &[Message]) -> Option<(String, TitleRank)> {
    let facts = known.facts;
    // After a resumption Claude Code's plugin sends the next prompt as a title.
    let (given, rank) = match known.source {
        "claude-code" => (&facts.first_title, TitleRank::Prompt),
        _ => (&facts.title, TitleRank::Generated),
    };
    let title = given.as_deref().and_then(text::title).map(|title| (title, rank)).or_else(|| {
        let mut prompts = messages.iter().filter(|message| message.role == Role::User);
        prompts.find_map(|message| names::of_prompt(&message.text())).map(|title| (title, TitleRank::Prompt))
    });
    match (&facts.fork, title) {
        (Some(fork), Some((title, rank))) => Some((format!("{fork} {title}"), rank)),
        (Some(fork), None) => Some((format!("{fork} Untitled"), TitleRank::Placeholder)),
        (None, title) => title,
    }
}

/// What was paid: the total a plugin reported, as one response, of which the figures of messages are a part;
/// else those of the messages.
fn ledger(known: &Known<'_>, pieces: &[&Piece], model: Option<&str>) -> (Vec<Response>, Vec<Discarded>) {
    let facts = known.facts;
    let paid = || pieces.iter().enumerate().filter(|(_, piece)| !piece.usage.is_zero());
    let response = |key: String, usage, line| Response {
        key,
        message_id: None,
        model: model.map(str::to_owned),
        provider: None,
        at: None,
        usage,
        stored_cost: None,
        incomplete: false,
        line,
        records: 1,
    };
    // With its length, or the name of a message could make it that of another session.
    let key = format!("received:{}:{}", known.external_id.len(), known.external_id);
    if facts.prompt_tokens.or(facts.completion_tokens).is_none() && facts.cost.is_none() {
        let responses = paid().map(|(n, piece)| Response {
            message_id: Some(piece.message.external_id.clone()),
            model: piece.message.model.clone().or(model.map(str::to_owned)),
            at: Some(piece.at),
            ..response(format!("{key}:{}", piece.message.external_id), piece.usage, n as u64 + 1)
        });
        return (responses.collect(), Vec::new());
    }
    let sum = |figure: fn(&Usage) -> u64| paid().map(|(_, piece)| figure(&piece.usage)).fold(0, u64::saturating_add);
    let usage = Usage {
        fresh: facts.prompt_tokens.unwrap_or_else(|| sum(|usage| usage.fresh)),
        output: facts.completion_tokens.unwrap_or_else(|| sum(|usage| usage.output)),
        ..Usage::default()
    };
    let total = Response {
        at: pieces.iter().map(|piece| piece.at).max(),
        stored_cost: facts.cost.map(MicroDollars),
        ..response(key, usage, 1)
    };
    let part = |(n, piece): (usize, &&Piece)| Discarded {
        line: n as u64 + 1,
        why: "part of the reported total".into(),
        usage: piece.usage,
    };
    (vec![total], paid().map(part).collect())
}
