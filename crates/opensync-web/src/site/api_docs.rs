//! The API, described for people.

use askama::Template;
use axum::response::Response;

use super::rendered;
use crate::api::document::DOCUMENT;
use crate::page::api_docs::ApiDocsPage;
use crate::page::shell::Nav;
use crate::viewer::Viewer;

/// The page.
pub async fn show(mut viewer: Viewer) -> Response {
    viewer.shell.page = Nav::Settings;
    rendered(ApiDocsPage::new(viewer.shell, &DOCUMENT).render())
}
