//! What a session was about, in a few sentences, and the button that has them written.

use askama::Template;
use opensync_core::Session;

/// A session's summary. Alone it is the answer to the button.
#[derive(Debug, Template)]
#[template(path = "summary_form.html")]
pub(crate) struct SummaryForm {
    action: String,
    text: Option<String>,
    complaint: Option<String>,
}

impl SummaryForm {
    /// The summary as it is. `action` is the address that writes one.
    pub(crate) fn new(session: &Session, action: String) -> Self {
        Self { action, text: session.summary.clone(), complaint: None }
    }

    /// Says why there is no new one.
    #[must_use]
    pub(crate) fn refused(mut self, complaint: String) -> Self {
        self.complaint = Some(complaint);
        self
    }
}
