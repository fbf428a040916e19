//! What the sync plugins send, and the session it makes.
//!
//! A plugin tells of a session piece by piece, in any order, more than once, and leaves things out. A
//! call is read leniently ([`SessionCall`], [`MessageCall`]), added to what is known already
//! ([`SessionFacts`], [`MessageFacts`]), and from all that is known a session is made ([`assemble`]).
//! The facts are the truth and are kept as JSON; the session can be made anew from them at any time.
//!
//! To read another field: `call.rs`, then `facts.rs`, then `assemble.rs`. Shapes of parts are in
//! `content.rs`.

mod assemble;
mod call;
mod content;
mod facts;
mod json;
mod names;
#[cfg(test)]
mod tests;

pub use assemble::{Known, Piece, assemble};
pub use call::{Bad, BatchCall, MessageCall, SessionCall};
pub use facts::{MessageFacts, SessionFacts};
pub use json::mend;
pub use names::{ASSUMED_SOURCE, provider, source};
