//! What the API answers: one table, from which the router and the document are made.

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::OpenApi;

use crate::AppState;

macro_rules! table {
    ($($path:literal => { $($method:ident: $($name:ident)::+),+ $(,)? })+) => {
        /// All routes of the API.
        pub fn routes() -> Router<AppState> {
            Router::new()$(.route($path, MethodRouter::new()$(.$method($($name)::+))+))+
        }

        /// Their descriptions, which stand at the functions that answer.
        #[derive(OpenApi)]
        #[openapi(paths($($($($name)::+),+),+))]
        pub(super) struct Described;

        /// Paths and methods.
        #[cfg(test)]
        pub(super) const TABLE: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),+];
    };
}

table! {
    "/health" => { get: super::health::show }
    "/api/sessions" => { get: super::session_list::show }
    "/api/sessions/get" => { get: super::session_get::by_query }
    "/api/sessions/bulk" => { post: super::session_bulk::change }
    "/api/sessions/{id}" => {
        get: super::session_get::by_path,
        patch: super::session_edit::change,
        delete: super::session_edit::delete,
    }
    "/api/search" => { get: super::search::by_query, post: super::search::by_body }
    "/search" => { get: super::search::by_query_short, post: super::search::by_body_short }
    "/api/context" => { get: super::context::show }
    "/api/export" => { get: super::session_export::show }
    "/api/export/evals" => { get: super::eval_export::show }
    "/api/stats" => { get: super::stats::show }
    "/sync/session" => { post: super::sync_session::receive }
    "/sync/message" => { post: super::sync_message::receive }
    "/sync/batch" => { post: super::sync_batch::receive }
    "/sync/sessions/list" => { get: super::sync_list::show }
    "/sync/push" => { get: super::push::show, post: super::push::take }
    "/api/openapi.json" => { get: super::document::show }
}
