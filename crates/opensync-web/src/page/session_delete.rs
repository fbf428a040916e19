//! The question before a session is deleted: a page, and a dialog over the session.

use askama::Template;
use opensync_core::Session;

use crate::format;
use crate::page::session_show::printable;
use crate::page::shell::Shell;
use crate::render::html::percent;

/// The page. `as_body()` is what a dialog shows.
#[derive(Debug, Template)]
#[template(path = "session_delete.html", blocks = ["body"])]
pub struct SessionDeletePage {
    shell: Shell,
    title: String,
    id: String,
    /// Back to the session.
    back: String,
    source_name: String,
    messages: String,
    tokens: (String, String),
    /// Sub-agents below it.
    agents: u64,
    is_public: bool,
    is_labelled: bool,
}

impl SessionDeletePage {
    /// Asks about a session with `agents` sub-agents below it.
    pub fn new(shell: Shell, session: &Session, agents: u64) -> Self {
        let session = printable(session);
        Self {
            back: format!("/sessions/{}", percent(session.id.as_str())),
            id: session.id.to_string(),
            source_name: opensync_sources::name(&session.source).to_owned(),
            messages: format::count(session.message_count),
            tokens: (format::tokens(session.total_tokens), format::exact_tokens(session.total_tokens)),
            agents,
            is_public: session.is_public,
            is_labelled: session.eval_ready || session.eval_status.is_some() || !session.tags.is_empty(),
            title: session.title,
            shell,
        }
    }

    fn agent_count(&self) -> String {
        format::plural(self.agents, "sub-agent")
    }

    /// One for each thing that can be seen.
    pub fn samples(shell: &Shell) -> Vec<(&'static str, Self)> {
        let session = crate::page::session_show::samples::session();
        let public = Session { is_public: true, tags: vec!["bug".to_owned()], ..session.clone() };
        vec![
            ("session-delete", Self::new(shell.clone(), &session, 0)),
            ("session-delete-public", Self::new(shell.clone(), &public, 3)),
        ]
    }
}
