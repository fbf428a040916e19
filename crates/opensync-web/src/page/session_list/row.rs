//! One session in the list.

use opensync_core::search::{Term, highlight};
use opensync_core::session::Relation;
use opensync_core::{Session, SessionId};
use opensync_store::Hit;

use super::labels::Label;
use super::with_query;
use crate::format;
use crate::page::family::FamilySums;
use crate::page::session_show::Links;
use crate::page::shell::Shell;
use crate::render::Html;

/// A session, written out. In a pair the first text is shown and the second is its `title`.
#[derive(Debug)]
pub(super) struct Row {
    pub id: SessionId,
    pub href: String,
    /// Query of the list it stands in.
    list: String,
    pub source: String,
    pub source_name: String,
    pub glyph: &'static str,
    /// The title, plain and with the words that were searched marked.
    pub name: String,
    pub title: Html,
    /// Until when it counts as live, unless it changes again; `None` when it is not.
    pub live_until: Option<i64>,
    pub is_public: bool,
    pub is_fork: bool,
    /// What people say about it.
    pub labels: Vec<Label>,
    /// Its figures, for sums over selected rows.
    pub figures: Figures,
    pub sub_agents: u64,
    /// The row with its sub-agents: their number, short and in a sentence.
    pub family: Option<(String, String)>,
    /// Where its sub-agents are listed, and the rows of them.
    pub unfold: (String, String),
    /// The row of the session that started it, when it stands below that.
    pub under: Option<SessionId>,
    pub project: Option<(String, String)>,
    pub model: Option<(String, String)>,
    pub summary: Option<String>,
    /// Where the words that were searched are: a piece of the message, and how many messages have one.
    pub snippet: Option<(Html, String)>,
    pub messages: u64,
    pub tokens: (String, String),
    pub cost: (String, String),
    pub age: (String, String),
    pub created: String,
    pub created_at: i64,
}

/// Figures of a session, each with all digits.
#[derive(Debug)]
pub(super) struct Figures {
    pub tokens: Option<u64>,
    /// In micro-dollars.
    pub cost: Option<i64>,
    /// Some of its cost is not known.
    pub partial: bool,
    pub ready: bool,
}

impl Row {
    pub(super) fn new(session: &Session, key: &str, shell: &Shell) -> Self {
        Self {
            id: session.id.clone(),
            href: with_query(&format!("/sessions/{}", session.id), key),
            list: key.to_owned(),
            source: session.source.clone(),
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            name: session.title.clone(),
            title: Html::text(&session.title),
            live_until: live_until(session, shell),
            is_public: session.is_public,
            is_fork: session.relation == Some(Relation::Fork),
            labels: Label::all(session),
            figures: Figures {
                tokens: session.total_tokens,
                cost: session.cost.map(|cost| cost.0),
                partial: session.cost_partial,
                ready: session.eval_ready,
            },
            sub_agents: session.sub_agents,
            family: session
                .family
                .as_ref()
                .map(FamilySums::new)
                .map(|family| (format!("{} · {}", family.tokens.0, family.cost.0), family.sentence())),
            unfold: (
                format!("{}#sub-agents", with_query(&format!("/sessions/{}", session.id), key)),
                with_query(&format!("/sessions/{}/sub-agents", session.id), key),
            ),
            under: None,
            project: session.project_name.clone().map(|name| {
                let path = session.project_path.clone().unwrap_or_else(|| name.clone());
                (name, path)
            }),
            model: session.model.clone().map(|model| match session.model_count {
                0 | 1 => (model.clone(), model),
                models => {
                    let title = format!("{model} and {} more", models - 1);
                    (format!("{model} +{}", models - 1), title)
                }
            }),
            summary: session.summary.clone(),
            snippet: None,
            messages: session.message_count,
            tokens: (format::tokens(session.total_tokens), format::exact_tokens(session.total_tokens)),
            cost: (format::money(session.cost), format::money_title(session.cost, session.cost_partial)),
            age: (
                format::ago(session.created_at, shell.now, &shell.zone),
                format::moment(session.created_at, &shell.zone),
            ),
            created: format::datetime(session.created_at),
            created_at: session.created_at,
        }
    }
}

impl Row {
    /// Marks the words that were searched, and leads to the message that has them.
    pub(super) fn found(&mut self, session: &Session, terms: &[Term], hit: Option<&Hit>) {
        self.title = Html::with_marks(&session.title, &highlight(&session.title, terms));
        let Some(hit) = hit else { return };
        if let Some(message) = &hit.message {
            self.href = Links::new(&session.id, &self.list).at(message);
            let count = format!("{} with a match", format::plural(hit.matches, "message"));
            self.snippet = Some((Html::with_marks(&hit.text, &hit.marks), count));
        }
    }
}

/// A session counts as live for so long after its last message, in milliseconds.
const LIVE_MS: i64 = 120_000;

/// Until when a session counts as live; `None` when it does not.
pub(crate) fn live_until(session: &Session, shell: &Shell) -> Option<i64> {
    let until = session.updated_at.saturating_add(LIVE_MS);
    let now = shell.now.as_millisecond();
    // A clock that is wrong must not make a session live for ever.
    (until > now && session.updated_at <= now + LIVE_MS).then_some(until)
}

/// The drawing of a source in `icons.svg`, without its `i-src-`.
pub(crate) fn glyph(source: &str) -> &'static str {
    opensync_sources::KNOWN.iter().map(|about| about.id).find(|id| *id == source).unwrap_or("other")
}
