//! One struct for each page, and their samples for tests.

pub mod api_docs;
pub mod empty;
pub mod error;
pub mod eval_list;
mod family;
pub(crate) mod label_form;
pub mod ledger_show;
mod marked;
pub mod palette_show;
pub mod samples;
pub mod session_bulk;
pub mod session_delete;
pub mod session_export;
pub mod session_list;
pub mod session_show;
pub mod settings_show;
pub mod share_review;
pub mod shell;
pub(crate) mod summary_form;
pub mod undo;
pub mod view_list;
pub mod view_menu;
