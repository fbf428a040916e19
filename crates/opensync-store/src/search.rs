//! The index of words: which sessions hold a term.
//!
//! A row of the index holds the tokens of a slice of a session ([`slice`]), so that a turn appended to a
//! session of thousands indexes the end of it. What tools did is indexed apart from what was said.
//! The two engines store tokens made by `opensync_core::search` and answer ids of rows ([`find`]);
//! everything else is the same for both.

mod document;
mod find;
mod hits;
mod index;
mod matches;
mod repair;
mod slice;

pub(crate) use find::{RowIds, find};
pub use hits::Hit;
pub(crate) use index::{Known, Pending, known, remove};
pub(crate) use matches::Matches;
pub(crate) use slice::titles;
pub use slice::{Slices, slices};

/// A slice of what was said holds at most about so many bytes of text.
const TEXT_BYTES: usize = 32 << 10;
/// A slice of what tools did.
const TOOLS_BYTES: usize = 256 << 10;
/// An id of a row is the key of its session, shifted by so many bits, and its number in the session.
const ROW_BITS: u32 = 20;
/// The row of the title.
const TITLE: i64 = 0;
/// The row of the summary.
const SUMMARY: i64 = 1;

/// The id of a row of the index.
fn row_id(session: i64, n: i64) -> i64 {
    (session << ROW_BITS) | n.min((1 << ROW_BITS) - 1)
}
