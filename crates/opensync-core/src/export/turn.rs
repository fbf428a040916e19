//! Puts prompts and what was answered to them together: what formats for evaluations are made of.
//!
//! A turn is a prompt and everything up to the next one. Its answer is all text of the model in it:
//! some agents write one answer as several messages. A turn without such a text, or without anything
//! in its prompt, makes no test case, but is part of what was said before the next.

use super::path::anonymous;
use super::tool::ToolUse;
use super::{Options, TurnMode};
use crate::{Message, Part, Role};

/// Whether there is nothing to read in a text. The store counts by the same rule.
pub fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANK).is_empty()
}

/// White space of ASCII, which both database engines can trim.
pub(crate) const BLANK: [char; 6] = [' ', '\t', '\n', '\r', '\u{b}', '\u{c}'];

/// A test case: one prompt and its answer, or those of a whole session.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Turn {
    /// Which prompt of the session it is, from 1.
    pub(super) number: u64,
    pub(super) prompt: String,
    pub(super) answers: Vec<String>,
    pub(super) tools: Vec<ToolUse>,
    /// How much was said before.
    pub(super) before: usize,
    pub(super) prompt_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    /// When the prompt was written, and its last answer.
    pub(super) at: Option<i64>,
    pub(super) until: Option<i64>,
}

/// Something that was said. What the model said in one turn is one of these.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) role: Role,
    pub(super) text: String,
    pub(super) tools: Vec<ToolUse>,
}

/// Takes the messages of one session and hands out its test cases.
pub(super) struct Turns {
    options: Options,
    said: Vec<Said>,
    prompts: u64,
    answered: u64,
    current: Option<Turn>,
    /// The last one that was answered: only at the end it is known to be the last.
    held: Option<Turn>,
    /// All turns as one, when a session is one case.
    all: Option<Turn>,
}

impl Turn {
    pub(super) fn answer(&self) -> String {
        self.answers.join("\n\n")
    }

    fn join(&mut self, next: Self) {
        let add = |one: Option<u64>, two: Option<u64>| match (one, two) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        if !is_blank(&next.prompt) {
            self.prompt.push_str(if self.prompt.is_empty() { "" } else { "\n\n" });
            self.prompt.push_str(&next.prompt);
        }
        self.answers.extend(next.answers);
        self.tools.extend(next.tools);
        self.number = 1;
        self.prompt_tokens = add(self.prompt_tokens, next.prompt_tokens);
        self.completion_tokens = add(self.completion_tokens, next.completion_tokens);
        self.at = self.at.or(next.at);
        self.until = next.until.or(self.until);
    }
}

impl Turns {
    /// Of a session.
    pub(super) fn new(options: &Options) -> Self {
        let all = (options.turn_mode == TurnMode::Session).then(Turn::default);
        Self { options: options.clone(), said: Vec::new(), prompts: 0, answered: 0, current: None, held: None, all }
    }

    /// What was said before a turn. Without earlier messages that is what the system said.
    pub(super) fn before(&self, turn: &Turn) -> impl Iterator<Item = &Said> {
        let everything = self.options.context && self.all.is_none();
        self.said.iter().take(turn.before).filter(move |said| everything || said.role == Role::System)
    }

    /// All that was said; nothing when no prompt was answered.
    pub(super) fn said(&self) -> &[Said] {
        if self.answered > 0 { &self.said } else { &[] }
    }

    /// Takes the next message; answers a case that is not the last of the session.
    pub(super) fn message(&mut self, message: &Message) -> Option<Turn> {
        match message.role {
            Role::User => {
                let done = self.finish();
                self.prompts += 1;
                let prompt = self.prompt(message);
                self.current = Some(Turn {
                    number: self.prompts,
                    before: self.said.len(),
                    prompt_tokens: message.prompt_tokens,
                    at: message.created_at,
                    prompt: prompt.clone(),
                    ..Turn::default()
                });
                self.say(Role::User, prompt);
                return done;
            }
            Role::Assistant => self.answer(message),
            Role::Tool => self.tools(message),
            Role::System if self.options.system_prompts => {
                let text = self.readable(&message.text());
                self.say(Role::System, text);
            }
            Role::System => {}
        }
        None
    }

    /// The last case of the session, and one before it that was still open.
    pub(super) fn end(&mut self) -> (Option<Turn>, Option<Turn>) {
        let earlier = self.finish();
        let last = match &self.all {
            Some(all) => Some(Turn { before: self.said.len(), ..all.clone() }).filter(|_| self.answered > 0),
            None => self.held.take(),
        };
        (earlier, last)
    }

    fn finish(&mut self) -> Option<Turn> {
        let turn = self.current.take()?;
        let is_answered = !is_blank(&turn.prompt) && !turn.answers.is_empty();
        self.answered += u64::from(is_answered);
        if let Some(all) = &mut self.all {
            all.join(turn);
            return None;
        }
        let earlier = if is_answered { self.held.replace(turn) } else { None };
        earlier.filter(|_| self.options.turn_mode == TurnMode::Turn)
    }

    /// The text of a prompt; images are named.
    fn prompt(&self, message: &Message) -> String {
        let mut prompt = self.readable(&message.text());
        for part in &message.parts {
            if let Part::Image { media_type, name, .. } = part {
                let name = name.as_deref().map_or_else(String::new, |name| format!(", {name}"));
                prompt.push_str(if is_blank(&prompt) { "" } else { "\n\n" });
                prompt.push_str(&self.readable(&format!("[Image: {media_type}{name}]")));
            }
        }
        prompt
    }

    fn answer(&mut self, message: &Message) {
        let text = self.readable(&message.text());
        if let Some(turn) = &mut self.current {
            turn.until = message.created_at.or(turn.until);
            if let Some(tokens) = message.completion_tokens {
                turn.completion_tokens = Some(turn.completion_tokens.unwrap_or(0).saturating_add(tokens));
            }
            if !is_blank(&text) {
                turn.answers.push(text.clone());
            }
        }
        self.say(Role::Assistant, text);
        self.tools(message);
    }

    /// Calls and results, of the model's messages and of tools'.
    fn tools(&mut self, message: &Message) {
        if !self.options.tool_calls {
            return;
        }
        for part in &message.parts {
            match part {
                Part::ToolCall { call_id, name, arguments } => {
                    let tool = ToolUse::new(name, call_id.as_deref(), arguments, &self.options);
                    if let Some(turn) = &mut self.current {
                        turn.tools.push(tool.clone());
                    }
                    if self.said.last().is_none_or(|said| said.role != Role::Assistant) {
                        self.said.push(Said { role: Role::Assistant, text: String::new(), tools: Vec::new() });
                    }
                    self.said.last_mut().into_iter().for_each(|said| said.tools.push(tool.clone()));
                }
                Part::ToolResult { call_id, name, output, details, .. } => {
                    let body = if output.size() == 0 { details.as_ref().unwrap_or(output) } else { output };
                    let output = self.readable(&body.text().unwrap_or_default());
                    let in_turn = self.current.as_mut().map(|turn| &mut turn.tools);
                    let in_said = self.said.iter_mut().rev().find(|said| said.role == Role::Assistant);
                    for tools in in_turn.into_iter().chain(in_said.map(|said| &mut said.tools)) {
                        let open = tools.iter_mut().rev().filter(|tool| tool.output.is_none());
                        let mut named = open.filter(|tool| match call_id {
                            Some(id) => tool.call_id.as_ref() == Some(id),
                            None => name.as_ref().is_none_or(|name| tool.name == *name),
                        });
                        if let Some(tool) = named.next() {
                            tool.output = Some(output.clone());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn say(&mut self, role: Role, text: String) {
        if is_blank(&text) {
            return;
        }
        match self.said.last_mut() {
            Some(last) if last.role == Role::Assistant && role == Role::Assistant => {
                last.text.push_str(if last.text.is_empty() { "" } else { "\n\n" });
                last.text.push_str(&text);
            }
            _ => self.said.push(Said { role, text, tools: Vec::new() }),
        }
    }

    fn readable(&self, text: &str) -> String {
        let text = if self.options.anonymise_paths { anonymous(text) } else { text.into() };
        text.into_owned()
    }
}

impl Said {
    /// The text with calls of tools and their results as blocks of code.
    pub(super) fn folded(&self) -> String {
        let tools = self.tools.iter().map(ToolUse::fold);
        let text = (!self.text.is_empty()).then(|| self.text.clone());
        text.into_iter().chain(tools).collect::<Vec<_>>().join("\n\n")
    }
}
