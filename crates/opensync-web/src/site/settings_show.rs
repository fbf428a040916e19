//! The settings, and the import they can start.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use opensync_sync::Options;
use opensync_sync::report::examine;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::settings_show::SettingsShowPage;
use crate::page::shell::Nav;
use crate::viewer::Viewer;

/// The page.
pub async fn show(State(state): State<AppState>, mut viewer: Viewer, uri: Uri) -> Result<Response, Failure> {
    let homes = state.importer.homes();
    let doctor = examine(&state.store, &state.viewer, homes, &state.archive).await;
    let doctor = doctor.map_err(Failure::internal(&viewer, &uri))?;
    viewer.shell.page = Nav::Settings;
    Ok(rendered(SettingsShowPage::new(viewer.shell, &doctor).render()))
}

/// Starts an import, of one source when the form names one, unless one is running; then back to the page.
pub async fn import(State(state): State<AppState>, form: String) -> Response {
    let fields = Fields::new(&form);
    let sources: Vec<String> = fields.all("source").filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if !state.importer.progress().running {
        let importer = state.importer.clone();
        tokio::spawn(async move {
            if let Err(error) = importer.run(&Options { sources }).await {
                tracing::error!(error = &error as &dyn std::error::Error, "an import stopped");
            }
        });
        // So that the page it leads to knows of it.
        tokio::task::yield_now().await;
    }
    Redirect::to("/settings#sources").into_response()
}
