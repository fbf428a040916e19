//! What a visitor is told when something fails.

use askama::Template;

use crate::page::shell::Shell;

/// A page about a failure: what failed, what is safe, what to do.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    shell: Shell,
    status: u16,
    title: String,
    text: String,
    action: Action,
}

/// The same in place of a part of a page.
#[derive(Debug, Template)]
#[template(path = "error_notice.html")]
pub struct Notice<'a> {
    page: &'a ErrorPage,
}

/// The way out of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What the link says.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Action {
    /// A link.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }

    /// Back to the session list.
    pub fn sessions() -> Self {
        Self::new("Go to the sessions", "/sessions")
    }
}

impl ErrorPage {
    /// A page that says `title` and `text`, both without HTML.
    pub fn new(shell: Shell, status: u16, title: impl Into<String>, text: impl Into<String>, action: Action) -> Self {
        Self { shell, status, title: title.into(), text: text.into(), action }
    }

    /// Nothing has this address.
    pub fn not_found(shell: Shell) -> Self {
        let text = "Nothing has this address. The link may be incomplete, or what it named was deleted.";
        Self::new(shell, 404, "Page not found", text, Action::sessions())
    }

    /// Something failed on our side; `retry` is the address that was asked for.
    pub fn failed(shell: Shell, retry: &str) -> Self {
        let text = "OpenSync could not answer. Your archive and the files of your tools are unchanged. \
                    The log of the program names the cause.";
        Self::new(shell, 500, "Something went wrong", text, Action::new("Try again", retry))
    }

    /// What a part of a page gets instead of its content.
    pub fn as_notice(&self) -> Notice<'_> {
        Notice { page: self }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// One of each kind.
    pub fn samples(shell: &Shell) -> Vec<(&'static str, Self)> {
        vec![("error-404", Self::not_found(shell.clone())), ("error-500", Self::failed(shell.clone(), "/sessions"))]
    }
}
