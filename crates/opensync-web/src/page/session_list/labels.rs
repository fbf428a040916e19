//! Badges for what people say about a session.

use opensync_core::Session;
use opensync_core::filter::Status;

/// So many tags are written out in a row.
const TAGS: usize = 2;

/// A badge: its look, its icon and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
    pub title: String,
}

impl Label {
    /// The badge of a verdict; none without one.
    pub(crate) fn verdict(status: Status) -> Option<Self> {
        let (class, icon, title) = match status {
            Status::Golden => ("ok", "star", "An example of how it should be"),
            Status::Correct => ("ok", "check", "Reviewed and right"),
            Status::Incorrect => ("bad", "x", "Reviewed and wrong"),
            Status::NeedsReview => ("warn", "eye", "Somebody should look"),
            Status::None => return None,
        };
        Some(Self { class, icon, text: status.name().to_owned(), title: title.to_owned() })
    }

    pub(super) fn all(session: &Session) -> Vec<Self> {
        let label =
            |class, icon, text: &str, title: &str| Self { class, icon, text: text.to_owned(), title: title.to_owned() };
        let mut labels = Vec::new();
        labels.extend(session.eval_status.and_then(Self::verdict));
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
