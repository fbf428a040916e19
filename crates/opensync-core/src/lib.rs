//! What a session is.
//!
//! Plain types shared by every other crate: sessions, messages, parts, the token ledger, prices,
//! filters, the words of a search, labels, export formats and the wire format. Nothing here reads a file, opens a socket or knows SQL.
//!
//! To add a field of a session: put it in [`session::Session`], in [`wire`] if programs should see
//! it, and in the store's column list. Start reading at [`import`], the shape every importer makes.

pub mod body;
pub mod export;
pub mod filter;
pub mod id;
pub mod import;
pub mod label;
pub mod message;
pub mod price;
pub mod progress;
pub mod received;
pub mod redact;
pub mod search;
pub mod secret;
pub mod session;
pub mod share;
pub mod text;
pub mod time;
pub mod usage;
pub mod wire;

pub use body::Body;
pub use id::{SessionId, UserId};
pub use message::{Message, Part, Role, StoredMessage};
pub use session::{Relation, Session};
pub use usage::{MicroDollars, Usage};
