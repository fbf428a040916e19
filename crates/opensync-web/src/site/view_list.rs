//! The saved views.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use opensync_store::ViewName;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::session_list::list_query;
use crate::page::shell::Nav;
use crate::page::view_list::ViewListPage;
use crate::viewer::Viewer;

/// The page. `deleted` and `query` are a view that was just deleted.
pub async fn show(
    State(state): State<AppState>,
    mut viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let views = state.store.saved_views(&state.viewer).await.map_err(Failure::internal(&viewer, &uri))?;
    viewer.shell.page = Nav::Elsewhere;
    let mut page = ViewListPage::new(viewer.shell, &views);
    let fields = Fields::new(&raw.unwrap_or_default());
    // When the view is there again, there is nothing to bring back.
    if let Some(Ok(name)) = fields.get("deleted").map(ViewName::parse)
        && !views.iter().any(|view| view.name == name)
    {
        let query = list_query(fields.value("query")).first_page().to_query();
        page = page.with_deleted(name.as_str().to_owned(), query);
    }
    Ok(rendered(page.render()))
}
