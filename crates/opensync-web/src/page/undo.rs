//! What was deleted a moment ago, and the way to bring it back.

use askama::Template;
use opensync_store::Pending;

use crate::format;
use crate::render::terminal;

/// A notice for each deletion that can be taken back; empty without one. Alone it is the answer of
/// `/sessions/undo`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "undo.html")]
pub struct UndoNotice {
    pending: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    due: i64,
    text: String,
    /// Milliseconds that are left.
    left: i64,
}

impl UndoNotice {
    /// About `pending` at a moment, Unix milliseconds.
    pub fn new(pending: &[Pending], now: i64) -> Self {
        let line = |pending: &Pending| Line {
            due: pending.due,
            text: match pending.count {
                1 => format!("Deleted “{}”", terminal::plain(&pending.title)),
                many => format!("{} deleted", format::plural(many, "session")),
            },
            left: pending.due.saturating_sub(now),
        };
        Self { pending: pending.iter().map(line).collect() }
    }
}
