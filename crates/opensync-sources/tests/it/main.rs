//! Integration tests of the sources.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod claude_code;
mod codex;
mod cursor;
mod drift;
mod factory_droid;
mod follow;
mod foreign_sqlite;
mod fuzz;
mod gemini_cli;
mod home;
mod opencode;
mod pi;
mod records;
mod support;
