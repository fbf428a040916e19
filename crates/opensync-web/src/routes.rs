//! The site map: path to what answers it.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::{AppState, address, api, guard, site};

/// Everything the server answers.
pub fn router(state: AppState) -> Router {
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to("/sessions") }))
        .route("/sessions", get(site::session_list::show))
        .route("/sessions/rows", get(site::session_list::rows))
        .route("/sessions/bulk", get(|| async { Redirect::to("/sessions") }).post(site::session_bulk::ask))
        .route("/sessions/bulk/{job}", get(site::session_bulk::show))
        .route("/sessions/export", get(site::session_export::get).post(site::session_export::post))
        .route("/sessions/export/new", get(site::session_export_new::get).post(site::session_export_new::post))
        .route("/sessions/{id}", get(site::session_show::show))
        .route("/sessions/{id}/title", post(site::session_edit::rename))
        .route("/sessions/{id}/labels", post(site::session_edit::label))
        .route("/sessions/{id}/summary", post(site::session_edit::summarise))
        .route("/sessions/{id}/find", get(site::session_find::show))
        .route("/sessions/undo", get(site::session_delete::pending))
        .route("/sessions/undelete", post(site::session_delete::undo))
        .route("/sessions/{id}/delete", get(site::session_delete::ask).post(site::session_delete::delete))
        .route("/sessions/{id}/live", get(site::session_show::live))
        .route("/sessions/{id}/ledger", get(site::ledger_show::show))
        .route("/sessions/{id}/messages", get(site::session_show::messages))
        .route("/sessions/{id}/parts/{seq}/{idx}", get(site::part_show::show))
        .route("/sessions/{id}/parts/{seq}/{idx}/image", get(site::part_show::image))
        .route("/evals", get(site::eval_list::show).post(site::eval_list::change))
        .route("/sessions/{id}/share", get(site::share_change::review).post(site::share_change::publish))
        .route("/sessions/{id}/share/switch", post(site::share_change::switch))
        .route("/sessions/{id}/share/again", post(site::share_change::again))
        .route("/sessions/{id}/share/expiry", post(site::share_change::expires))
        .route("/sessions/{id}/share/link", post(site::share_change::link))
        .route("/events", get(site::events::show))
        .route("/sessions/{id}/sub-agents", get(site::sub_agent_list::show))
        .route("/views", get(site::view_list::show).post(site::view_change::save))
        .route("/views/rename", post(site::view_change::rename))
        .route("/views/delete", post(site::view_change::delete))
        .route("/palette", get(site::palette_show::show))
        .route("/settings", get(site::settings_show::show))
        .route("/settings/keys", get(|| async { Redirect::to("/settings#keys") }).post(site::settings_show::create_key))
        .route("/settings/keys/revoke", post(site::settings_show::revoke_key))
        .route("/settings/deleted/allow", post(site::settings_show::allow))
        .route("/settings/deleted/allow-all", post(site::settings_show::allow_all))
        .route("/api/docs", get(site::api_docs::show))
        .route("/import", post(site::settings_show::import))
        .route("/import/progress", get(site::import_progress::show))
        .fallback(site::not_found)
        .layer(from_fn(guard::same_origin))
        .layer(from_fn(guard::page_headers));
    let all = packed(pages.merge(open())).layer(from_fn_with_state(state.clone(), guard::known_host));
    plain(all.with_state(state))
}

/// What may be reached from anywhere: programs prove themselves with a key, and public links are public. No
/// page answers here, so names of the server need not be known.
pub fn open_router(state: AppState) -> Router {
    let rest = Router::new().fallback(site::not_here).layer(from_fn(guard::page_headers));
    plain(packed(open().merge(rest)).with_state(state))
}

fn open() -> Router<AppState> {
    let public = Router::new()
        .route("/s/{slug}", get(site::share_show::show))
        .route("/s/{slug}/messages", get(site::share_show::messages))
        .route("/s/{slug}/download", get(site::share_show::download))
        .route("/s/{slug}/parts/{seq}/{idx}", get(site::share_show::part))
        .route("/s/{slug}/parts/{seq}/{idx}/image", get(site::share_show::image))
        .route("/s", get(site::share_show::gone))
        .route("/s/", get(site::share_show::gone))
        .route("/s/{slug}/{*rest}", get(site::share_show::gone))
        .layer(from_fn(guard::public_headers))
        .layer(from_fn(guard::page_headers));
    let api = api::routes::routes()
        .route("/api", any(api::not_found))
        .route("/api/", any(api::not_found))
        .route("/api/{*rest}", any(api::not_found))
        .route("/health/{*rest}", any(api::not_found))
        .route("/search/{*rest}", any(api::not_found))
        .route("/sync", any(api::not_found))
        .route("/sync/", any(api::not_found))
        .route("/sync/{*rest}", any(api::not_found))
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(from_fn(guard::api_headers));
    public.merge(api)
}

fn packed(routes: Router<AppState>) -> Router<AppState> {
    // A packer would hold live events back until it has enough of them.
    let packed = SizeAbove::new(860).and(NotForContentType::new("image/")).and(NotForContentType::SSE);
    routes
        .layer(CompressionLayer::new().gzip(true).compress_when(packed))
        .route("/assets/{name}", get(site::asset_show::show))
}

/// A layer runs after a route was chosen, so this one stands around all routes.
fn plain(all: Router) -> Router {
    Router::new().fallback_service(all).layer(from_fn(address::plain))
}
