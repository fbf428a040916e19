//! The formats sessions are exported in: from sessions and messages to text, without I/O.
//!
//! An exporter is fed one message after the other and holds no more of them than its format needs, so
//! a file of any size takes little memory. To add a format: a module in `export/` with an [`Exporter`]
//! and a [`Format`], and its line in the list of `opensync-web`; menus, addresses, the command line and
//! the API follow from it. Start reading at `turn`, which every format for evaluations is made of.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::import::ImportedSession;
use crate::price::Cost;
use crate::{Message, Session};

mod cases;
mod conversation;
mod deepeval;
mod file_name;
mod json;
mod markdown;
mod meta;
mod openai;
mod options;
mod path;
mod plain;
mod promptfoo;
mod text;
mod tool;
mod turn;

pub use conversation::FORMAT as CONVERSATION;
pub use deepeval::FORMAT as DEEPEVAL;
pub use file_name::safe_stem;
pub use json::{FORMAT as JSON, Incoming, Marks, ReadError, piece, read as read_json};
pub use markdown::FORMAT as MARKDOWN;
pub use openai::FORMAT as OPENAI;
pub use options::{Options, Turn as TurnMode};
pub use path::anonymous;
pub use promptfoo::FORMAT as PROMPTFOO;
pub use text::FORMAT as TEXT;
pub use turn::is_blank;

/// A format.
pub struct Format {
    /// The name in addresses and in the API.
    pub id: &'static str,
    /// The name in menus.
    pub name: &'static str,
    /// What it is good for, in a few words.
    pub about: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The word for it in names of files of several sessions.
    pub stem: &'static str,
    /// How its files end, without the dot.
    pub extension: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Makes what writes it.
    pub make: fn(Context) -> Box<dyn Exporter>,
}

/// What a format is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Test cases made of prompts and their answers.
    Cases,
    /// Conversations as test cases, one of each session.
    Conversations,
    /// Something to read.
    Reading,
    /// Everything, so that it can be imported again; no option applies.
    Whole,
}

/// What an exporter knows besides the sessions.
#[derive(Debug, Clone)]
pub struct Context {
    /// When the export is made.
    pub at: Timestamp,
    /// The time zone of who reads it.
    pub zone: TimeZone,
    /// The name of a source, by its id.
    pub source_name: fn(&str) -> &str,
    /// What is wanted.
    pub options: Options,
}

/// What the archive keeps of a session besides what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The session as it was handed over, its messages left out.
    pub imported: ImportedSession,
    /// What each of its responses costs.
    pub costs: Vec<Cost>,
    /// Those of its responses that another session owns, by place.
    pub copies: Vec<usize>,
    /// The title was given here.
    pub is_edited: bool,
    /// The parent was found by what the two share, and not named by the source.
    pub is_found: bool,
}

/// Writes one file: `begin`, then for each session `session`, its messages in order and
/// `end_session`, then `end`. Each call appends to `out`.
pub trait Exporter: Send {
    /// What stands before the first session.
    fn begin(&mut self, out: &mut String) {
        let _ = out;
    }
    /// A session begins. `whole` is given to formats of [`Kind::Whole`].
    fn session(&mut self, session: &Session, whole: Option<&Whole>, out: &mut String);
    /// Its next message. Only formats of [`Kind::Whole`] are told those off the active branch.
    fn message(&mut self, message: &Message, out: &mut String);
    /// The session has no further message.
    fn end_session(&mut self, out: &mut String) {
        let _ = out;
    }
    /// What stands after the last session.
    fn end(&mut self, out: &mut String) {
        let _ = out;
    }
    /// How many test cases were written so far; `None` for formats without any.
    fn cases(&self) -> Option<u64> {
        None
    }
}

impl Format {
    /// Starts a file.
    pub fn exporter(&self, context: Context) -> Box<dyn Exporter> {
        (self.make)(context)
    }

    /// Whether it holds test cases.
    pub fn has_cases(&self) -> bool {
        matches!(self.kind, Kind::Cases | Kind::Conversations)
    }

    /// How many cases it makes of a session with so many prompts that were answered.
    pub fn cases_of(&self, answered: u64, options: &Options) -> u64 {
        let several = self.kind == Kind::Cases && options.turn_mode == TurnMode::Turn && !options.conversations;
        if several { answered } else { answered.min(1) }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.id)
    }
}

#[cfg(test)]
mod tests;
