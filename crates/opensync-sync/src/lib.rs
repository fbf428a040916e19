//! Moves sessions: discovers local stores, reads what is new, writes it to the archive and says how
//! far it is.
//!
//! It knows sources and the store, but no format of an agent and no SQL. To add a way in, add a file
//! here that makes `FileRead`s. Start reading at [`import::Importer`].

pub mod accept;
pub mod changes;
pub mod discover;
pub mod import;
pub mod others;
pub mod push;
pub mod receive;
pub mod report;
pub mod restore;
pub mod watch;

mod attribute;
mod followers;

pub use accept::accept;
pub use changes::Changes;
pub use discover::Homes;
pub use import::{Importer, Options};
pub use others::announce_others;
pub use receive::Receiver;
pub use report::{Doctor, SourceSummary, Summary};
pub use restore::restore;
pub use watch::watch;
