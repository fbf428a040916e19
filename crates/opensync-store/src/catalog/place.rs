//! Where a session stands in a list.

use opensync_core::filter::{Cursor, Order, SortKey};

use super::Entry;

/// Smaller ones come first: the value sorted by, then newest, then the key. What is unknown is last in
/// both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(i64, i64, i64);

/// An order of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sorting {
    pub(super) sort: SortKey,
    pub(super) order: Order,
}

impl Sorting {
    pub(super) fn place(self, entry: &Entry, score: i64) -> Place {
        self.at(self.value(entry, score), entry.created_at, entry.key)
    }

    pub(super) fn place_of(self, cursor: Cursor) -> Place {
        self.at(cursor.value, cursor.created_at, cursor.key)
    }

    pub(super) fn cursor(self, entry: &Entry, score: i64) -> Cursor {
        Cursor { value: self.value(entry, score), created_at: entry.created_at, key: entry.key }
    }

    fn value(self, entry: &Entry, score: i64) -> Option<i64> {
        match self.sort {
            SortKey::Date => Some(entry.created_at),
            SortKey::Messages => Some(entry.messages),
            SortKey::Tokens => entry.tokens,
            SortKey::Cost => entry.cost,
            SortKey::Relevance => Some(score),
        }
    }

    /// `!` turns an order around without an overflow.
    fn at(self, value: Option<i64>, created_at: i64, key: i64) -> Place {
        match (self.sort, self.order) {
            (SortKey::Date, Order::Asc) => Place(created_at, 0, key),
            (SortKey::Date, Order::Desc) => Place(!created_at, 0, !key),
            (_, Order::Asc) => Place(value.unwrap_or(i64::MAX), !created_at, !key),
            (_, Order::Desc) => Place(value.map_or(i64::MAX, |value| !value), !created_at, !key),
        }
    }
}
