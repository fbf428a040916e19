//! The settings, and the import they can start.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_store::{NAME_CHARS, Scope, key_name};
use opensync_sync::Options;
use opensync_sync::report::examine;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::format::plural;
use crate::page::settings_show::SettingsShowPage;
use crate::page::settings_show::deleted::{Deleted, LISTED};
use crate::page::settings_show::keys::{KeyForm, Keys};
use crate::page::settings_show::plugins::Plugins;
use crate::page::shell::Nav;
use crate::viewer::Viewer;

/// The page. `deleted=N` leaves out the first deleted sessions, `allow=all` asks whether all of them may
/// come back, `revoke=ID` whether a key should go.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let fields = Fields::new(raw.as_deref().unwrap_or_default());
    let keys = state.store.keys(&state.viewer).await.map_err(Failure::internal(&viewer, &uri))?;
    let said = match fields.value("revoked") {
        "" => None,
        "0" => Some("There is no such key any more.".to_owned()),
        _ => Some("The key is revoked. What uses it is refused.".to_owned()),
    };
    let keys = Keys::new(&keys, &viewer.shell).asking(fields.value("revoke")).saying(said);
    let plugins = plugins(&state, &viewer, None, &uri).await?;
    page(&state, viewer, &fields, (keys, plugins), &uri).await
}

async fn page(
    state: &AppState,
    mut viewer: Viewer,
    fields: &Fields,
    access: (Keys, Plugins),
    uri: &Uri,
) -> Result<Response, Failure> {
    let skip = fields.value("deleted").parse().unwrap_or(0);
    let page = state.store.tombstones(&state.viewer, skip, LISTED).await.map_err(Failure::internal(&viewer, uri))?;
    let said = fields.get("allowed").and_then(|count| count.parse().ok()).map(|count: u64| match count {
        0 => "It was allowed already.".to_owned(),
        1 => "The session may come back. The next import brings it, if its tool still has it.".to_owned(),
        many => format!("{} may come back with the next import.", plural(many, "session")),
    });
    let mut deleted = Deleted::new(&page, skip, &viewer.shell).saying(said);
    if fields.value("allow") == "all" {
        deleted = deleted.asking();
    }
    let homes = state.importer.homes();
    let doctor = examine(&state.store, &state.viewer, homes, &state.archive).await;
    let doctor = doctor.map_err(Failure::internal(&viewer, uri))?;
    viewer.shell.page = Nav::Settings;
    Ok(rendered(SettingsShowPage::new(viewer.shell, &doctor, access, deleted).render()))
}

async fn plugins(state: &AppState, viewer: &Viewer, secret: Option<&str>, uri: &Uri) -> Result<Plugins, Failure> {
    let received = state.store.last_received(&state.viewer).await.map_err(Failure::internal(viewer, uri))?;
    let origin = state.reached_at.as_deref().unwrap_or(&viewer.origin);
    Ok(Plugins::new(origin, secret, &received, &viewer.shell))
}

/// Makes a key and shows it: in this answer and in no other, so it is in no address and nothing keeps it.
pub async fn create_key(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let fields = Fields::new(&form);
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|s| fields.all("scope").any(|n| n == s.as_str())).collect();
    let complaint = match key_name(fields.value("name")) {
        _ if scopes.is_empty() => "Tick what the key may do.".to_owned(),
        None => format!("A key needs a name to know it by, of at most {NAME_CHARS} characters."),
        Some(name) => {
            let made = state.store.create_key(&state.viewer, &name, &scopes).await;
            let made = made.map_err(Failure::internal(&viewer, &uri))?;
            let keys = state.store.keys(&state.viewer).await.map_err(Failure::internal(&viewer, &uri))?;
            let keys = Keys::new(&keys, &viewer.shell).showing(&name, &made.secret);
            let plugins = plugins(&state, &viewer, Some(&made.secret), &uri).await?;
            return page(&state, viewer, &Fields::new(""), (keys, plugins), &uri).await;
        }
    };
    let keys = state.store.keys(&state.viewer).await.map_err(Failure::internal(&viewer, &uri))?;
    let form = KeyForm { name: fields.value("name").to_owned(), scopes, complaint: Some(complaint) };
    let keys = Keys::new(&keys, &viewer.shell).filled(form);
    let plugins = plugins(&state, &viewer, None, &uri).await?;
    let answer = page(&state, viewer, &Fields::new(""), (keys, plugins), &uri).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response())
}

/// Revokes the key `id`.
pub async fn revoke_key(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let revoked = state.store.revoke_key(&state.viewer, Fields::new(&form).value("id")).await;
    let revoked = u64::from(revoked.map_err(Failure::internal(&viewer, &uri))?);
    Ok(Redirect::to(&format!("/settings?revoked={revoked}#keys")).into_response())
}

/// Lets the session `id` of `source` come back.
pub async fn allow(State(state): State<AppState>, viewer: Viewer, uri: Uri, form: String) -> Result<Response, Failure> {
    let form = Fields::new(&form);
    let allowed = state.store.allow_again(&state.viewer, form.value("source"), form.value("id")).await;
    let allowed = u64::from(allowed.map_err(Failure::internal(&viewer, &uri))?);
    // What a reader behind the end of its file has seen it would not read again.
    state.importer.forget_readers();
    Ok(Redirect::to(&format!("/settings?allowed={allowed}#deleted")).into_response())
}

/// Lets all deleted sessions come back.
pub async fn allow_all(State(state): State<AppState>, viewer: Viewer, uri: Uri) -> Result<Response, Failure> {
    let allowed = state.store.allow_all_again(&state.viewer).await.map_err(Failure::internal(&viewer, &uri))?;
    state.importer.forget_readers();
    Ok(Redirect::to(&format!("/settings?allowed={allowed}#deleted")).into_response())
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
