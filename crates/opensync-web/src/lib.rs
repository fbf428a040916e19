//! Pages, JSON API and assets.
//!
//! A page is a struct in [`page`] that derives a template and is built from core types by its
//! constructor; it knows no database and no HTTP. What answers a request takes it apart, asks the
//! store and builds a page (`site`) or JSON (`api`).
//!
//! To add a page: a struct and template in `page`, a handler in `site`, a line in `routes.rs`.
//! Start reading at `routes.rs`, then [`page::session_list`].

pub mod assets;
pub mod export;
pub mod format;
pub mod page;
pub mod render;

mod address;
mod api;
mod bulk;
mod doomed;
mod guard;
mod intake;
mod limit;
mod routes;
mod serve;
mod share;
mod site;
mod state;
mod summary;
mod viewer;

pub use limit::Limits;
pub use routes::{open_router, router};
pub use serve::serve;
pub use state::AppState;
pub use summary::Summariser;
