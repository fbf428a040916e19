//! The formats sessions are exported in: from sessions and messages to text, without I/O.
//!
//! An exporter is fed one message after the other and holds none of them, so a file of any size takes
//! little memory. To add a format: a module in `export/` with an [`Exporter`], and its line in
//! [`FORMATS`]; menus, addresses and the API follow from it.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Message, Session};

mod json;
mod text;

/// A format.
pub struct Format {
    /// The name in addresses and in the API.
    pub id: &'static str,
    /// The name in menus.
    pub name: &'static str,
    /// What it is good for, in a few words.
    pub about: &'static str,
    /// How its files end, without the dot.
    pub extension: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    make: fn(Context) -> Box<dyn Exporter>,
}

/// All formats, as menus list them.
pub static FORMATS: [Format; 2] = [text::FORMAT, json::FORMAT];

/// What an exporter knows besides the sessions.
#[derive(Debug, Clone)]
pub struct Context {
    /// When the export is made.
    pub at: Timestamp,
    /// The time zone of who reads it.
    pub zone: TimeZone,
    /// The name of a source, by its id.
    pub source_name: fn(&str) -> &str,
}

/// Writes one file: `begin`, then for each session `session`, its messages in order and
/// `end_session`, then `end`. Each call appends to `out`.
pub trait Exporter: Send {
    /// What stands before the first session.
    fn begin(&mut self, out: &mut String) {
        let _ = out;
    }
    /// A session begins.
    fn session(&mut self, session: &Session, out: &mut String);
    /// Its next message.
    fn message(&mut self, message: &Message, out: &mut String);
    /// The session has no further message.
    fn end_session(&mut self, out: &mut String) {
        let _ = out;
    }
    /// What stands after the last session.
    fn end(&mut self, out: &mut String) {
        let _ = out;
    }
}

impl Format {
    /// The format of this name.
    pub fn find(id: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.id == id)
    }

    /// Starts a file.
    pub fn exporter(&self, context: Context) -> Box<dyn Exporter> {
        (self.make)(context)
    }

    /// A name for a file: `opensync-sessions-2026-11-29.json`.
    pub fn file_name(&self, context: &Context) -> String {
        let day = context.at.to_zoned_datetime(context.zone.clone()).date();
        format!("opensync-sessions-{day}.{}", self.extension)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.id)
    }
}

#[cfg(test)]
mod tests;
