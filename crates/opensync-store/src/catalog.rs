//! What lists filter and sort by, of all sessions of a user, in memory: any filter and any order over
//! 100,000 sessions takes a millisecond, and no statement has to be planned for each.
//!
//! The database is what counts. Every transaction that writes has a number ([`crate::pool`]), and the
//! sessions it touched bear it, so a catalog reads those with a later number than its own before it
//! answers ([`refresh`]). Other processes may write at any time.

mod entry;
mod facets;
mod place;
mod refresh;
mod view;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use opensync_core::UserId;
use opensync_core::search::Term;
use opensync_core::session::Facets;

pub(crate) use entry::Entry;
pub(crate) use view::View;

use crate::search::RowIds;
use entry::Names;

/// How many answers of the index are remembered, so that the next page, the sums and the next letter of
/// another word do not ask again.
const REMEMBERED: usize = 24;

/// All sessions of a user at one moment.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    /// The number of the last transaction that is in it.
    number: i64,
    /// The number of the last transaction that removed sessions.
    removed: i64,
    /// By key, ascending.
    entries: Vec<Entry>,
    names: Names,
    facets: OnceLock<Facets>,
    found: Mutex<VecDeque<(Term, bool, RowIds)>>,
}

/// The catalogs of all users that asked for one.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    /// One request reads what changed, the others wait for it.
    users: Mutex<HashMap<UserId, Arc<tokio::sync::Mutex<Arc<Catalog>>>>>,
}
