//! The pages: each takes apart a request, asks the store, and builds a page.

pub mod api_docs;
pub mod asset_show;
pub mod eval_list;
pub mod events;
mod fields;
pub mod import_progress;
pub mod ledger_show;
pub mod palette_show;
pub mod part_show;
pub mod session_bulk;
pub mod session_delete;
pub mod session_edit;
pub mod session_export;
pub mod session_export_new;
pub mod session_find;
pub mod session_list;
pub mod session_show;
pub mod settings_show;
pub mod share_change;
pub mod share_show;
pub mod sub_agent_list;
pub mod view_change;
pub mod view_list;

use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use opensync_core::{Session, SessionId};
use serde_json::Value;

use crate::AppState;
use crate::page::error::{Action, ErrorPage};
use crate::viewer::Viewer;

/// A page that cannot be shown.
#[derive(Debug)]
pub struct Failure(Box<ErrorPage>, bool);

impl Failure {
    /// Nothing has this address.
    pub fn not_found(viewer: &Viewer) -> Self {
        Self(Box::new(ErrorPage::not_found(viewer.shell.clone())), viewer.target.is_some())
    }

    /// The request cannot be met: what is wrong, and what to do.
    pub fn refused(viewer: &Viewer, status: StatusCode, title: &str, text: &str) -> Self {
        let page = ErrorPage::new(viewer.shell.clone(), status.as_u16(), title, text, Action::sessions());
        Self(Box::new(page), viewer.target.is_some())
    }

    /// Makes an error of the store a page; the cause goes to the log, not to the visitor.
    pub fn internal(viewer: &Viewer, uri: &Uri) -> impl FnOnce(opensync_store::Error) -> Self {
        let page = ErrorPage::failed(viewer.shell.clone(), uri.path_and_query().map_or("/", |path| path.as_str()));
        let partial = viewer.target.is_some();
        move |error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a page could not be shown");
            Self(Box::new(page), partial)
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let html = if self.1 { self.0.as_notice().render() } else { self.0.render() };
        (status, rendered(html)).into_response()
    }
}

/// A rendered template; a template that fails is a bug that tests rule out, but no panic.
pub(crate) fn rendered(html: askama::Result<String>) -> Response {
    match html {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Pieces of HTML as JSON, for a script that puts each in its place, with what else it must know.
pub(crate) fn pieces<const N: usize>(pieces: [(&str, askama::Result<String>); N], mut more: Value) -> Response {
    for (name, html) in pieces {
        match html {
            Ok(html) => more[name] = html.into(),
            Err(error) => return rendered(Err(error)),
        }
    }
    Json(more).into_response()
}

/// The session an address names.
pub(crate) async fn named_session(
    state: &AppState,
    viewer: &Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: &Uri,
) -> Result<Session, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(viewer))?;
    let session = state.store.session(&state.viewer, &SessionId::from_stored(id)).await;
    session.map_err(Failure::internal(viewer, uri))?.ok_or_else(|| Failure::not_found(viewer))
}

/// Any other address, where only what is open to all is answered.
pub async fn not_here() -> (StatusCode, &'static str) {
    let text = "Sessions are shown on the machine itself alone. This address answers programs that have a key, and \
                public links.\n";
    (StatusCode::NOT_FOUND, text)
}

/// Any address nothing has.
pub async fn not_found(viewer: Viewer) -> Failure {
    Failure::not_found(&viewer)
}
