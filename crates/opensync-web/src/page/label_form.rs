//! What people say about a session, to be changed: beside its conversation and on the page of evals.

use askama::Template;
use opensync_core::Session;
use opensync_core::filter::Status;

use crate::format;
use crate::page::shell::Shell;

/// The form of a session's labels. It works as a plain form; scripts send it when something changes.
#[derive(Debug, Template)]
#[template(path = "label_form.html")]
pub(crate) struct LabelForm {
    /// Where it is sent, with the list the session was opened from.
    action: String,
    ready: bool,
    statuses: Vec<Verdict>,
    has_status: bool,
    tags: Vec<String>,
    notes: String,
    expected: String,
    /// What was typed as a new tag and could not be used.
    tag: String,
    reviewed: Option<(String, String)>,
    complaint: Option<String>,
    /// The page it leads back to, when that is not the session's.
    back: Option<String>,
}

#[derive(Debug)]
struct Verdict {
    value: &'static str,
    label: &'static str,
    key: char,
    checked: bool,
}

/// The verdicts, with their keys.
const VERDICTS: [(Status, char); 4] =
    [(Status::Golden, '1'), (Status::Correct, '2'), (Status::Incorrect, '3'), (Status::NeedsReview, '4')];

impl LabelForm {
    /// The labels as they are. `action` is the address the form is sent to.
    pub(crate) fn new(session: &Session, action: String, shell: &Shell) -> Self {
        let reviewed =
            session.reviewed_at.map(|at| (format::ago(at, shell.now, &shell.zone), format::moment(at, &shell.zone)));
        Self {
            action,
            ready: session.eval_ready,
            statuses: VERDICTS
                .iter()
                .map(|(status, key)| Verdict {
                    value: status.as_str(),
                    label: status.name(),
                    key: *key,
                    checked: session.eval_status == Some(*status),
                })
                .collect(),
            has_status: session.eval_status.is_some(),
            tags: session.tags.clone(),
            notes: session.eval_notes.clone().unwrap_or_default(),
            expected: session.expected_output.clone().unwrap_or_default(),
            tag: String::new(),
            reviewed,
            complaint: None,
            back: None,
        }
    }

    /// Leads to another page when it was sent without scripts.
    #[must_use]
    pub(crate) fn back_to(mut self, page: String) -> Self {
        self.back = Some(page);
        self
    }

    /// What was typed, and why it could not be kept.
    #[must_use]
    pub(crate) fn refused(mut self, notes: &str, expected: &str, tag: &str, complaint: String) -> Self {
        notes.clone_into(&mut self.notes);
        expected.clone_into(&mut self.expected);
        tag.clone_into(&mut self.tag);
        self.complaint = Some(complaint);
        self
    }
}
