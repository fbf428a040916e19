//! Importing and watching stores in temporary homes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod receive;
mod watch;
