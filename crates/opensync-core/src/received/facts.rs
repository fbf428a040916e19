//! What is known of a session and its messages after some calls. Both are kept as JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::call::{MessageCall, SessionCall};
use super::names;
use crate::{MicroDollars, Role};

/// What is known of a session. A call that says less than is known takes nothing away.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionFacts {
    /// The first title that says something, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_title: Option<String>,
    /// ... and the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What marks a fork, in front of any title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<String>,
    /// Working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_path: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// Model, as an id or as people read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// All prompt tokens, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// All completion tokens, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// All cost in micro-dollars, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
    /// Milliseconds, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The earliest beginning that was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
}

/// What is known of a message.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MessageFacts {
    /// Who it is from: one of the names of [`Role`], or `unknown`.
    pub role: String,
    /// Its readable text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The text is newer than the parts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restated: bool,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Prompt tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Completion tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The earliest moment that was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    /// Its parts as they were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Box<RawValue>>>,
}

impl SessionFacts {
    /// Adds what a call says. Totals are absolute, so nothing is added up.
    pub fn add(&mut self, source: &str, call: SessionCall) {
        if let Some(title) = &call.title {
            let (fork, title) = names::fork(title);
            newer(&mut self.fork, fork.map(str::to_owned));
            if !names::is_placeholder(source, title) {
                self.first_title.get_or_insert_with(|| title.to_owned());
                self.title = Some(title.to_owned());
            }
        }
        newer(&mut self.project_path, call.project_path);
        newer(&mut self.project_name, call.project_name);
        newer(&mut self.model, call.model);
        newer(&mut self.provider, call.provider);
        newer(&mut self.prompt_tokens, call.prompt_tokens);
        newer(&mut self.completion_tokens, call.completion_tokens);
        newer(&mut self.cost, call.cost.map(|MicroDollars(amount)| amount));
        newer(&mut self.duration_ms, call.duration_ms);
        earlier(&mut self.created_at, call.created_at);
        newer(&mut self.end_reason, call.end_reason);
    }
}

impl MessageFacts {
    /// Adds what a call says: its text and its parts replace those that are known.
    pub fn add(&mut self, call: MessageCall) {
        match call.role {
            Some(role) if !self.has_role() => role.as_str().clone_into(&mut self.role),
            None if self.role.is_empty() => "unknown".clone_into(&mut self.role),
            _ => {}
        }
        let is_new_text = call.text.is_some() && call.text != self.text;
        self.restated = call.parts.is_none() && self.parts.is_some() && (self.restated || is_new_text);
        newer(&mut self.text, call.text);
        newer(&mut self.model, call.model);
        newer(&mut self.prompt_tokens, call.prompt_tokens);
        newer(&mut self.completion_tokens, call.completion_tokens);
        newer(&mut self.duration_ms, call.duration_ms);
        earlier(&mut self.created_at, call.created_at);
        newer(&mut self.parts, call.parts);
    }

    /// Who it is from; a message from nobody known is shown like one of the system.
    pub fn role(&self) -> Role {
        Role::parse(&self.role)
    }

    fn has_role(&self) -> bool {
        names::role(&self.role).is_some()
    }
}

fn newer<T>(known: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *known = said;
    }
}

fn earlier(known: &mut Option<i64>, said: Option<i64>) {
    if let Some(said) = said {
        *known = Some(known.map_or(said, |known| known.min(said)));
    }
}
