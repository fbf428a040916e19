//! The part of the settings about plugins: what to paste so that they send sessions here.

use askama::Template;
use opensync_sources::{About, Plugin};
use opensync_store::LastReceived;

use super::Moment;
use crate::format;
use crate::page::session_list::glyph;
use crate::page::shell::Shell;

/// What stands where a key must stand.
const PLACEHOLDER: &str = "osk_...";

/// All plugins, and the program itself.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_show/plugins.html")]
pub struct Plugins {
    address: String,
    has_key: bool,
    rows: Vec<Row>,
    push: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Row {
    source: &'static str,
    glyph: &'static str,
    tool: &'static str,
    name: &'static str,
    /// Steps, and groups of steps one of which is enough.
    install: Option<Step>,
    ways: Vec<Step>,
    enable: Option<Step>,
    note: &'static str,
    /// When it last sent something, and of how many sessions.
    last: Option<(Moment, String)>,
}

/// Something to do: in words, and what to paste.
#[derive(Debug, Clone)]
struct Step {
    label: String,
    code: String,
}

impl Step {
    fn new(label: impl Into<String>, code: impl Into<String>) -> Self {
        Self { label: label.into(), code: code.into() }
    }

    fn is_long(&self) -> bool {
        self.code.contains('\n')
    }
}

impl Plugins {
    /// For a server that is reached at `origin`, such as `http://127.0.0.1:6796`, with a key when one was just made,
    /// and with what plugins sent.
    pub fn new(origin: &str, secret: Option<&str>, received: &[LastReceived], shell: &Shell) -> Self {
        let (address, key) = (plain(origin), secret.unwrap_or(PLACEHOLDER));
        let row = |about: &'static About| {
            let mut row = Row::new(about, about.plugin.as_ref()?, address, key);
            let last = received.iter().find(|last| last.source == about.id);
            row.last = last.map(|last| (Moment::new(last.at, shell), format::plural(last.sessions, "session")));
            Some(row)
        };
        Self {
            address: address.to_owned(),
            has_key: secret.is_some(),
            rows: opensync_sources::KNOWN.iter().filter_map(|about| row(about)).collect(),
            push: vec![
                Step::new("Give it a key", format!("export OPENSYNC_PUSH_KEY='{key}'")),
                Step::new(
                    "Send what that machine has, and what comes",
                    format!("opensync push --to {address} --watch"),
                ),
                Step::new("Or do so from every login on", format!("opensync push install --to {address}")),
            ],
        }
    }
}

impl Row {
    fn new(about: &'static About, plugin: &'static Plugin, address: &str, key: &str) -> Self {
        let mut ways = Vec::new();
        ways.extend(plugin.env_lines(address, key).map(|lines| Step::new("Set the variables it reads", lines)));
        ways.push(Step::new("Write its configuration file", plugin.file_lines(address, key)));
        if let (Some((command, _)), Some(told)) = (plugin.login, plugin.login_address(address)) {
            ways.push(Step::new(format!("Run {command}, and give it a key and this address"), told));
        }
        Self {
            source: about.id,
            glyph: glyph(about.id),
            tool: about.name,
            name: plugin.name,
            install: (!plugin.install.is_empty()).then(|| Step::new("Install it", plugin.install)),
            ways,
            enable: plugin.enable.map(|(label, code)| Step::new(label, code)),
            note: plugin.note,
            last: None,
        }
    }
}

/// An origin that can stand in a command: what a client said of itself is not pasted into a shell otherwise.
fn plain(origin: &str) -> &str {
    let is_plain = origin.chars().all(|c| c.is_ascii_alphanumeric() || ":/.-[]".contains(c));
    if is_plain { origin } else { "http://127.0.0.1:6796" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::samples::shell;

    #[test]
    fn commands_hold_the_address_and_the_key_that_is_there() {
        let received = [LastReceived { source: "pi".to_owned(), at: 1_795_427_160_000, sessions: 12 }];
        let html = Plugins::new("http://sessions.example:80", None, &received, &shell()).render().unwrap();
        for text in [
            "export CLAUDE_SYNC_CONVEX_URL=&#39;http://sessions.example:80&#39;",
            "export DROID_SYNC_API_KEY=&#39;osk_...&#39;",
            "~/.opensync/credentials.json",
            ">http://sessions.example:80/convex.site<",
            ">http://sessions.example:80/.convex.site<",
            "opensync push --to http://sessions.example:80",
            "12 sessions</span>",
        ] {
            assert!(html.contains(text), "{text}: {html}");
        }
        let html = Plugins::new("http://sessions.example:80", Some("osk_new"), &[], &shell()).render().unwrap();
        assert!(!html.contains("sessions</span>"));
        assert!(html.contains("osk_new") && !html.contains("osk_..."));
    }

    #[test]
    fn what_a_client_says_of_its_host_does_not_reach_a_shell() {
        assert_eq!(plain("http://[::1]:6796"), "http://[::1]:6796");
        assert_eq!(plain("http://localhost:1;reboot"), "http://127.0.0.1:6796");
    }
}
