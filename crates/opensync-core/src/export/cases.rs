//! What all formats for evaluations have in common: which turns become test cases, and which of them
//! bears the expected output.

use super::turn::{Said, Turn, Turns};
use super::{Context, Exporter, Options, TurnMode, Whole};
use crate::{Message, Session};

/// Writes test cases in one format.
pub(super) trait Cases: Send {
    /// What stands before the first case.
    fn begin(&mut self, out: &mut String) {
        let _ = out;
    }
    /// A case of one session.
    fn case(&mut self, case: &Case<'_>, out: &mut String);
    /// What stands after the last of so many cases.
    fn end(&mut self, count: u64, out: &mut String) {
        let _ = (count, out);
    }
}

/// A test case.
pub(super) struct Case<'a> {
    /// How many are in the file before it.
    pub(super) before: u64,
    pub(super) session: &'a Session,
    pub(super) turns: &'a Turns,
    /// The prompt and its answer; `None` when the case is the whole conversation.
    pub(super) turn: Option<&'a Turn>,
    pub(super) expected: Option<&'a str>,
}

impl Case<'_> {
    /// All that was said in the session.
    pub(super) fn said(&self) -> &[Said] {
        self.turns.said()
    }
}

/// An exporter of test cases. With `conversations` each session is one, of all that was said.
pub(super) fn exporter(context: Context, conversations: bool, writer: impl Cases + 'static) -> Box<dyn Exporter> {
    let mut options = context.options;
    if conversations {
        options.turn_mode = TurnMode::Turn;
    }
    Box::new(Writing { options, conversations, writer, session: None, count: 0 })
}

struct Writing<W> {
    options: Options,
    conversations: bool,
    writer: W,
    session: Option<(Session, Turns)>,
    count: u64,
}

impl<W: Cases> Exporter for Writing<W> {
    fn begin(&mut self, out: &mut String) {
        self.writer.begin(out);
    }

    fn session(&mut self, session: &Session, _: Option<&Whole>, _: &mut String) {
        self.session = Some((session.clone(), Turns::new(&self.options)));
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        let Some((session, mut turns)) = self.session.take() else { return };
        if let Some(turn) = turns.message(message)
            && !self.conversations
        {
            self.write(&session, &turns, Some(&turn), false, out);
        }
        self.session = Some((session, turns));
    }

    fn end_session(&mut self, out: &mut String) {
        let Some((session, mut turns)) = self.session.take() else { return };
        let (earlier, last) = turns.end();
        if self.conversations {
            if !turns.said().is_empty() {
                self.write(&session, &turns, None, true, out);
            }
            return;
        }
        if let Some(turn) = earlier {
            self.write(&session, &turns, Some(&turn), false, out);
        }
        if let Some(turn) = last {
            self.write(&session, &turns, Some(&turn), true, out);
        }
    }

    fn end(&mut self, out: &mut String) {
        self.writer.end(self.count, out);
    }

    fn cases(&self) -> Option<u64> {
        Some(self.count)
    }
}

impl<W: Cases> Writing<W> {
    fn write(&mut self, session: &Session, turns: &Turns, turn: Option<&Turn>, is_last: bool, out: &mut String) {
        let expected = session.expected_output.as_deref().filter(|_| is_last || self.options.expected_in_all);
        self.writer.case(&Case { before: self.count, session, turns, turn, expected }, out);
        self.count += 1;
    }
}
