//! JSON that holds everything, and can be imported again without loss.
//!
//! `{"format":"opensync-sessions","version":1,"exportedAt":...,"sessions":[..]}`. A session has the
//! fields of the API, what the archive keeps besides, `responses` and `discarded` (its ledger) and at the
//! end `messages`, all of them, with their parts in order. What tools were told and answered is text,
//! as it was recorded; images are base64. A message stands on a line. A public link belongs to an
//! archive and is not in the file.

use std::fmt::Write as _;

use super::{Context, Exporter, Format, Kind, Whole};
use crate::{Message, Session};

mod body;
mod ledger;
mod message;
pub mod piece;
mod read;
mod session;

pub use piece::Marks;
pub use read::{Incoming, ReadError, read};

use message::MessageJson;
use session::SessionJson;

/// The name of the format in its files.
const NAME: &str = "opensync-sessions";
/// The version that is written. An older program refuses a later one.
const VERSION: u64 = 1;

/// JSON.
pub static FORMAT: Format = Format {
    id: "json",
    name: "JSON",
    about: "Everything, to import again",
    kind: Kind::Whole,
    stem: "sessions",
    extension: "json",
    content_type: "application/json",
    make: |context| Box::new(Json { context, sessions: 0, messages: 0 }),
};

struct Json {
    context: Context,
    sessions: u64,
    messages: u64,
}

impl Exporter for Json {
    fn begin(&mut self, out: &mut String) {
        let at = self.context.at.as_millisecond();
        let _ = write!(out, "{{\"format\":\"{NAME}\",\"version\":{VERSION},\"exportedAt\":{at},\"sessions\":[");
    }

    fn session(&mut self, session: &Session, whole: Option<&Whole>, out: &mut String) {
        out.push_str(if self.sessions > 0 { ",\n" } else { "\n" });
        self.sessions += 1;
        self.messages = 0;
        let head = serde_json::to_string(&SessionJson::new(session, whole)).unwrap_or_default();
        // The messages become its last field.
        out.push_str(head.strip_suffix('}').unwrap_or("{"));
        out.push_str(",\"messages\":[");
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        out.push_str(if self.messages > 0 { ",\n" } else { "\n" });
        self.messages += 1;
        out.push_str(&serde_json::to_string(&MessageJson::from(message)).unwrap_or_default());
    }

    fn end_session(&mut self, out: &mut String) {
        out.push_str("]}");
    }

    fn end(&mut self, out: &mut String) {
        out.push_str("\n]}\n");
    }
}
