//! Drives the built program, as a person at a terminal does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod commands;
mod config;
mod damage;
mod export;
mod import;
mod kill;
mod ledger;
mod postgres;
mod push;
mod serve;
mod support;
mod transcript;
