//! Has summaries written by a model the user chose: any server that speaks the chat completions of `OpenAI`, a
//! local one for example. Nothing is sent anywhere before somebody presses the button.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opensync_core::{Role, Session, UserId};
use opensync_store::{Around, Store};
use serde_json::{Value, json};
use ureq::Agent;

/// The longest a model may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The most of one message that is sent, and of a conversation's begin and end, in characters.
const MESSAGE: usize = 1_200;
const BEGIN: usize = 8_000;
const END: usize = 12_000;
/// The longest summary that is kept, in characters.
const SUMMARY: usize = 2_000;
/// Messages read at once.
const WINDOW: u64 = 100;

const TASK: &str = "You summarise coding sessions for the developer who had them. Say in two or three plain \
    sentences what was asked for, what was done and what is left open. No headings, no lists, no preamble.";

/// A model that writes summaries. Cheap to clone.
#[derive(Clone)]
pub struct Summariser {
    model: Arc<Model>,
    agent: Agent,
}

struct Model {
    url: String,
    name: String,
    key: Option<String>,
}

impl fmt::Debug for Summariser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Summariser({} at {})", self.model.name, self.model.url)
    }
}

/// Why there is no summary: what to do about it stands in the text.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// No model was chosen.
    #[error(
        "No model is set up. Put summary-url (such as \"http://127.0.0.1:11434/v1\"), summary-model and, where one is \
         needed, summary-key into the configuration file and start again; `opensync config` names the file."
    )]
    NotSetUp,
    /// Nobody said anything.
    #[error("There is nothing to summarise: the session has no text.")]
    Nothing,
    /// No answer.
    #[error("The model at {0} could not be reached ({1}). See that it runs, or correct summary-url.")]
    Unreachable(String, String),
    /// An answer that says no.
    #[error("The model at {0} refused with status {1}{2}. Check summary-model and summary-key.")]
    Refused(String, u16, String),
    /// An answer without a summary.
    #[error("The model at {0} answered without any text. Check summary-url and summary-model.")]
    Unreadable(String),
    /// The archive failed.
    #[error("The archive could not be read or written. The log says why.")]
    Archive(#[from] opensync_store::Error),
}

impl Summariser {
    /// The model `name` at `url`, the address before `/chat/completions`.
    pub fn new(url: &str, name: &str, key: Option<String>) -> Self {
        let agent = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        let model = Model { url: url.trim_end_matches('/').to_owned(), name: name.to_owned(), key };
        Self { model: Arc::new(model), agent: agent.into() }
    }

    /// Writes the summary of a session and keeps it.
    pub(crate) async fn write(&self, store: &Store, user: &UserId, session: &Session) -> Result<(), Unwritten> {
        let conversation = conversation(store, user, session).await?;
        if conversation.is_empty() {
            return Err(Unwritten::Nothing);
        }
        let question = format!("Title: {}\n\n{conversation}", session.title);
        let this = self.clone();
        let asked = tokio::task::spawn_blocking(move || this.ask(&question)).await;
        let summary = asked.map_err(|_| Unwritten::Unreadable(self.host()))??;
        store.set_summary(user, &session.id, &summary).await?;
        Ok(())
    }

    fn ask(&self, question: &str) -> Result<String, Unwritten> {
        let Model { url, name, key } = &*self.model;
        let mut request = self.agent.post(format!("{url}/chat/completions")).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let body = json!({
            "model": name,
            "messages": [{ "role": "system", "content": TASK }, { "role": "user", "content": question }],
            "stream": false,
        });
        let unreachable = |error: &ureq::Error| Unwritten::Unreachable(self.host(), error.to_string());
        let mut answer = request.send(body.to_string()).map_err(|error| unreachable(&error))?;
        let status = answer.status().as_u16();
        let text =
            answer.body_mut().with_config().limit(1 << 20).read_to_string().map_err(|error| unreachable(&error))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if !(200..300).contains(&status) {
            let said = answer["error"]["message"].as_str().or(answer["error"].as_str()).or(answer["message"].as_str());
            let said = said.map(|said| format!(": {}", line(said, 200))).unwrap_or_default();
            return Err(Unwritten::Refused(self.host(), status, said));
        }
        let summary = line(answer["choices"][0]["message"]["content"].as_str().unwrap_or_default(), SUMMARY);
        if summary.is_empty() { Err(Unwritten::Unreadable(self.host())) } else { Ok(summary) }
    }

    /// The server's address without what may be secret in it.
    fn host(&self) -> String {
        let url = self.model.url.as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default().to_owned()
    }
}

/// A text on one line, cut.
fn line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// What was asked, and the last answer to each: its begin and its end when it is long.
async fn conversation(store: &Store, user: &UserId, session: &Session) -> Result<String, Unwritten> {
    let mut digest = Digest::default();
    let mut place = Around::Start;
    loop {
        let window = store.messages(user, &session.id, &place, WINDOW).await?;
        for stored in &window.messages {
            let text = line(&stored.message.text(), MESSAGE);
            match stored.message.role {
                Role::User if !text.is_empty() => digest.asked(&text),
                Role::Assistant if !text.is_empty() => digest.answered = text,
                _ => {}
            }
        }
        match window.after {
            Some(seq) => place = Around::After(seq),
            None => return Ok(digest.end()),
        }
    }
}

#[derive(Default)]
struct Digest {
    begin: String,
    end: String,
    left_out: bool,
    answered: String,
}

impl Digest {
    fn asked(&mut self, text: &str) {
        self.answer();
        self.add("User", text);
    }

    fn answer(&mut self) {
        let answered = std::mem::take(&mut self.answered);
        if !answered.is_empty() {
            self.add("Assistant", &answered);
        }
    }

    fn add(&mut self, who: &str, text: &str) {
        let turn = format!("{who}: {text}\n\n");
        if self.end.is_empty() && self.begin.len() + turn.len() <= BEGIN {
            self.begin.push_str(&turn);
            return;
        }
        self.end.push_str(&turn);
        if self.end.len() > END {
            let from = self.end.ceil_char_boundary(self.end.len() - END);
            self.end.drain(..from);
            self.left_out = true;
        }
    }

    fn end(mut self) -> String {
        self.answer();
        let gap = if self.left_out { "[...]\n\n" } else { "" };
        format!("{}{gap}{}", self.begin, self.end).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_conversation_keeps_its_begin_and_its_end() {
        let mut digest = Digest::default();
        digest.asked("the first question");
        for n in 0..100 {
            digest.answered = format!("answer {n} {}", "é".repeat(400));
            digest.asked(&format!("question {n}"));
        }
        digest.answered = "the last answer".to_owned();
        let text = digest.end();
        assert!(text.starts_with("User: the first question") && text.ends_with("Assistant: the last answer"));
        assert!(text.contains("[...]") && text.len() < BEGIN + END + 200);
    }

    #[test]
    fn nothing_secret_of_an_address_is_shown() {
        let summariser = Summariser::new("https://me:s3cret@models.example/v1/?key=x", "m", Some("k3y".to_owned()));
        assert_eq!(summariser.host(), "models.example");
        assert!(!format!("{}", Unwritten::Unreadable(summariser.host())).contains("s3cret"));
    }
}
