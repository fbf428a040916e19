//! What the store promises, asked of both engines.
//!
//! `contract!` makes two tests of one text. Every test has an archive of its own: a file in a
//! temporary folder, or a schema on the server that `OPENSYNC_TEST_POSTGRES_URL` names.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

/// Makes two tests, one for each engine, of an async closure that takes an [`support::Archive`].
macro_rules! contract {
    ($name:ident, async |$archive:ident| $test:block) => {
        async fn $name($archive: &crate::support::Archive) $test

        mod $name {
            #[test]
            fn on_sqlite() {
                crate::support::on_sqlite(super::$name);
            }

            #[test]
            fn on_postgres() {
                crate::support::on_postgres(super::$name);
            }
        }
    };
}

mod accept;
mod append;
mod cases;
mod chat;
mod chosen;
mod compact;
mod delete;
mod evals;
mod families;
mod files;
mod keys;
mod labels;
mod ledger;
mod list;
mod messages;
mod others;
mod parts;
mod push;
mod received;
mod restore;
mod saved_views;
mod schema;
mod search;
mod sessions;
mod shares;
mod stats;
mod strip;
mod support;
mod together;
mod totals;
mod undo;
mod whole;
mod write;
