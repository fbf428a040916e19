//! The whole site in process, over an archive filled by the real importer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod acceptance;
mod addresses;
mod api;
mod api_docs;
mod api_export;
mod api_list;
mod api_search;
mod api_write;
mod bulk;
mod conversation;
mod delete;
mod evals;
mod export;
mod export_new;
mod families;
mod guard;
mod hostile;
mod html;
mod intake;
mod ledger;
mod limits;
mod pages;
mod palette;
mod plugins;
mod push;
mod reading;
mod regressions;
mod session_edit;
mod settings;
mod settings_keys;
mod share;
mod support;
mod views;
