//! What is done with selected sessions: the choice of it, the question before they are deleted, and
//! how far the work is. Each is a page, and a dialog over the list.

use askama::Template;
use opensync_core::SessionId;
use opensync_core::label::LabelChange;
use opensync_store::Chosen;

use super::session_list::{list_href, list_query};
use crate::bulk::Action;
use crate::format;
use crate::page::shell::Shell;

pub mod samples;

/// Which sessions it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// These.
    pub ids: Vec<SessionId>,
    /// Or all that a list with this query shows, but for `except`.
    pub query: Option<String>,
    /// Those of a list that are left out.
    pub except: Vec<SessionId>,
    /// The query of the list they were selected in, to go back to.
    pub list: String,
}

impl Choice {
    /// Whether it names no sessions at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.query.is_none()
    }

    /// The fields of a form that names the same sessions.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("list", self.list.clone())];
        fields.extend(self.query.iter().map(|query| ("query", query.clone())));
        fields.extend(self.ids.iter().map(|id| ("id", id.to_string())));
        fields.extend(self.except.iter().map(|id| ("except", id.to_string())));
        fields
    }
}

/// The page. `as_body()` is what a dialog shows.
#[derive(Debug, Template)]
#[template(path = "session_bulk.html", blocks = ["body"])]
pub struct SessionBulkPage {
    shell: Shell,
    /// Back to the list.
    back: String,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Choose(Choose),
    Confirm(Confirm),
    Doing(Doing),
}

/// What can be done.
#[derive(Debug)]
struct Choose {
    fields: Vec<(&'static str, String)>,
    sums: Sums,
    /// The query of the list, when all it shows could be meant instead.
    all: Option<String>,
}

/// The question before sessions are deleted.
#[derive(Debug)]
struct Confirm {
    fields: Vec<(&'static str, String)>,
    /// The sessions that were selected.
    own: Sums,
    /// The same with their sub-agents.
    whole: Sums,
    agents: u64,
    named: String,
    /// It was asked already, about other sessions.
    changed: bool,
}

/// How far a job is.
#[derive(Debug)]
pub struct Doing {
    /// The job.
    pub id: String,
    /// What it does.
    pub action: Action,
    /// To how many sessions.
    pub total: u64,
    /// Those it is done with.
    pub done: u64,
    /// Those it could not change.
    pub failed: u64,
    /// Whether it is over.
    pub finished: bool,
    /// Id and title, when there is one, and why it failed; not of all when there are many.
    pub failures: Vec<(String, Option<String>, String)>,
}

/// Sums over sessions, written out. In a pair the first text is short and the second exact.
#[derive(Debug)]
pub struct Sums {
    sessions: u64,
    messages: String,
    tokens: (String, String),
    cost: (String, String),
    public: u64,
}

impl Sums {
    /// Writes sums out.
    pub fn new(chosen: &Chosen) -> Self {
        let least = if chosen.cost_partial && chosen.cost.is_some() { "at least " } else { "" };
        Self {
            sessions: chosen.found.len() as u64,
            messages: format::count(chosen.messages),
            tokens: (format::tokens(chosen.tokens), format::exact_tokens(chosen.tokens)),
            cost: (
                format!("{least}{}", format::money(chosen.cost)),
                format::money_title(chosen.cost, chosen.cost_partial),
            ),
            public: chosen.public,
        }
    }

    /// What the bar of a selection says beside the number of sessions, as text.
    pub fn line(&self) -> String {
        format!("{} tokens · {}", self.tokens.0, self.cost.0)
    }

    fn count(&self) -> String {
        format::plural(self.sessions, "session")
    }
}

impl SessionBulkPage {
    /// Offers what can be done.
    pub fn choose(shell: Shell, choice: &Choice, sums: &Chosen) -> Self {
        let all = choice.query.is_none().then(|| choice.list.clone());
        let step = Choose { fields: choice.fields(), sums: Sums::new(sums), all };
        Self { shell, back: back(&choice.list), step: Step::Choose(step) }
    }

    /// Asks whether to delete `own` sessions; with their `agents` sub-agents they are `whole`. `named` is
    /// what the answer must repeat, `changed` whether it was asked about others before.
    pub fn confirm(
        shell: Shell,
        choice: &Choice,
        (own, whole): (&Chosen, &Chosen),
        agents: u64,
        named: String,
        changed: bool,
    ) -> Self {
        let (own, whole) = (Sums::new(own), Sums::new(whole));
        let confirm = Confirm { fields: choice.fields(), own, whole, agents, named, changed };
        Self { shell, back: back(&choice.list), step: Step::Confirm(confirm) }
    }

    /// Says how far a job is.
    pub fn doing(shell: Shell, list: &str, doing: Doing) -> Self {
        Self { shell, back: back(list), step: Step::Doing(doing) }
    }

    fn is_running(&self) -> bool {
        matches!(&self.step, Step::Doing(doing) if !doing.finished)
    }
}

impl Confirm {
    fn many(&self) -> String {
        if self.own.sessions == 1 { "this session".to_owned() } else { self.own.count() }
    }
}

impl Doing {
    fn heading(&self) -> String {
        match (&self.action, self.finished) {
            (_, true) => self.said(),
            (Action::Delete | Action::DeleteLater(_), false) => {
                format!("Deleting {}", format::plural(self.total, "session"))
            }
            (Action::Label(_), false) => format!("Labelling {}", format::plural(self.total, "session")),
        }
    }

    /// What was done, in a sentence.
    fn said(&self) -> String {
        let many = format::plural(self.done, "session");
        match &self.action {
            Action::Delete | Action::DeleteLater(_) => format!("{many} deleted"),
            Action::Label(change) => format!("{many} {}", labelled(change)),
        }
    }

    fn handled(&self) -> u64 {
        self.done.saturating_add(self.failed).min(self.total)
    }

    fn unnamed(&self) -> u64 {
        self.failed.saturating_sub(self.failures.len() as u64)
    }
}

fn labelled(change: &LabelChange) -> String {
    let tags = |tags: &[String]| tags.iter().map(|tag| format!("“{tag}”")).collect::<Vec<_>>().join(", ");
    match change.ready {
        Some(true) => "marked eval-ready".to_owned(),
        Some(false) => "no longer marked eval-ready".to_owned(),
        None if change.remove_tags.is_empty() => format!("tagged {}", tags(&change.add_tags)),
        None => format!("without the tag {}", tags(&change.remove_tags)),
    }
}

pub(crate) fn back(list: &str) -> String {
    list_href(&list_query(list).first_page())
}
