//! One file for each command.

pub mod compact;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod export;
pub mod import;
pub mod key;
pub mod push;
pub mod restore;
pub mod serve;
