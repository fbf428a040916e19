//! What a public link shows of a session: a copy made at one moment, of chosen fields, without what
//! was found in it.
//!
//! A session is read twice. A [`Survey`] takes its messages one after the other and gathers what
//! [`crate::secret`] finds, by value, for somebody to look through. A [`Freezer`] then makes the copy,
//! with every place of every value taken out but those that were said to stay. Both see a message
//! through one function, so nothing is copied that was not looked at.

mod frozen;
mod survey;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::secret::Redactor;
use crate::text;
use crate::{Session, SessionId};

pub use frozen::{Freezer, Frozen, FrozenImage, thaw};
pub use survey::{Found, Survey};

/// What a public page says of a session besides its messages: these fields and no others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PublicHead {
    /// One line.
    pub title: String,
    /// Which tool it is from.
    pub source: String,
    /// The model with most output.
    pub model: Option<String>,
    /// Last segment of the project's folder.
    pub project_name: Option<String>,
    /// All input.
    pub prompt_tokens: Option<u64>,
    /// All output.
    pub completion_tokens: Option<u64>,
    /// The two added.
    pub total_tokens: Option<u64>,
    /// First moment.
    pub created_at: i64,
    /// Working time in milliseconds.
    pub duration_ms: Option<u64>,
    /// User and assistant messages of the session, ...
    pub messages: u64,
    /// ... and of the copy.
    pub shared: u64,
}

impl PublicHead {
    /// Of a session, `shared` of whose messages are in the copy.
    pub fn new(session: &Session, shared: u64, redactor: &Redactor) -> Self {
        let redact = |text: &String| redactor.redact(text).into_owned();
        Self {
            title: redact(&session.title),
            source: redact(&session.source),
            model: session.model.as_ref().map(redact),
            project_name: session.project_name.as_ref().map(redact),
            prompt_tokens: session.prompt_tokens,
            completion_tokens: session.completion_tokens,
            total_tokens: session.total_tokens,
            created_at: session.created_at,
            duration_ms: session.duration_ms,
            messages: session.message_count,
            shared,
        }
    }

    /// The texts of it, before anything is taken out.
    pub fn texts(session: &Session) -> impl Iterator<Item = &str> {
        let more = [session.model.as_deref(), session.project_name.as_deref()];
        [session.title.as_str(), session.source.as_str()].into_iter().chain(more.into_iter().flatten())
    }

    /// A session with these fields, the others unknown.
    pub fn session(&self) -> Session {
        Session {
            title: self.title.clone(),
            source: self.source.clone(),
            model: self.model.clone(),
            project_name: self.project_name.clone(),
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            total_tokens: self.total_tokens,
            created_at: self.created_at,
            updated_at: self.created_at,
            duration_ms: self.duration_ms,
            message_count: self.shared,
            ..unknown()
        }
    }
}

/// The last segment of a link: words of the title, so that people know it again, and 13 random
/// characters of `0-9a-v`, 65 bits, so that nobody guesses it. `title` has nothing in it that was
/// taken out, `random` at least 13 bytes.
pub fn slug(title: &str, random: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut plain = String::new();
    let mut hidden = false;
    for c in title.chars() {
        match c {
            '⟦' => hidden = true,
            '⟧' => hidden = false,
            _ if hidden => {}
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_lowercase()),
            _ => plain.push(' '),
        }
    }
    let mut slug = String::new();
    for word in plain.split_whitespace().take(5) {
        if slug.len() + word.len() > 36 {
            break;
        }
        slug.push_str(word);
        slug.push('-');
    }
    slug.extend(random.iter().take(13).map(|byte| char::from(LETTERS[usize::from(byte & 31)])));
    slug
}

fn unknown() -> Session {
    Session {
        id: SessionId::from_stored(String::new()),
        external_id: String::new(),
        source: String::new(),
        title: String::new(),
        model: None,
        model_count: 1,
        provider: None,
        project_path: None,
        project_name: None,
        git_branch: None,
        client_version: None,
        machine: None,
        prompt_tokens: None,
        completion_tokens: None,
        total_tokens: None,
        cache_read_tokens: None,
        cache_write_tokens: None,
        reasoning_tokens: None,
        cost: None,
        cost_partial: false,
        message_count: 0,
        duration_ms: None,
        is_public: false,
        public_slug: None,
        summary: None,
        parent_id: None,
        relation: None,
        sub_agents: 0,
        family: None,
        file: None,
        eval_ready: false,
        eval_status: None,
        eval_notes: None,
        tags: Vec::new(),
        expected_output: None,
        reviewed_at: None,
        created_at: 0,
        updated_at: 0,
    }
}

/// A title for people when everything in it was taken out.
pub fn shown_title(title: &str) -> String {
    text::title(title).unwrap_or_else(|| "Shared session".to_owned())
}
