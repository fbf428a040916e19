//! Badges for what people say about a session.

use opensync_core::Session;
use opensync_core::filter::Status;

/// So many tags are written out in a row.
const TAGS: usize = 2;

/// A badge: its look, its icon and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
    pub title: String,
}

impl Label {
    pub(super) fn all(session: &Session) -> Vec<Self> {
        let label =
            |class, icon, text: &str, title: &str| Self { class, icon, text: text.to_owned(), title: title.to_owned() };
        let mut labels = Vec::new();
        match session.eval_status {
            Some(Status::Golden) => labels.push(label("ok", "star", "Golden", "An example of how it should be")),
            Some(Status::Correct) => labels.push(label("ok", "check", "Correct", "Reviewed and right")),
            Some(Status::Incorrect) => labels.push(label("bad", "x", "Incorrect", "Reviewed and wrong")),
            Some(Status::NeedsReview) => labels.push(label("warn", "eye", "Needs review", "Somebody should look")),
            Some(Status::None) | None => {}
        }
        if session.eval_ready {
            labels.push(label("accent", "flask", "Eval-ready", "Marked as ready for evaluations"));
        }
        let all = session.tags.join(", ");
        for tag in session.tags.iter().take(TAGS) {
            labels.push(label("tag", "tag", tag, &format!("Tags: {all}")));
        }
        if session.tags.len() > TAGS {
            labels.push(label("tag", "tag", &format!("+{}", session.tags.len() - TAGS), &format!("Tags: {all}")));
        }
        labels
    }
}
