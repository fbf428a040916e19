//! Selected sessions as one file.

use axum::extract::rejection::StringRejection;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use opensync_core::export::{FORMATS, Format};

use super::Failure;
use super::session_bulk::{Form, nothing, read, resolve};
use crate::viewer::Viewer;
use crate::{AppState, export};

/// `?format=text&id=..`, or `query=` with the query of a list for all it shows.
pub async fn get(
    State(state): State<AppState>,
    viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let form = read(&viewer, Ok(raw.unwrap_or_default()))?;
    file(&state, &viewer, &form, &uri).await
}

/// The same as a form, for more sessions than an address holds.
pub async fn post(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let form = read(&viewer, form)?;
    file(&state, &viewer, &form, &uri).await
}

async fn file(state: &AppState, viewer: &Viewer, form: &Form, uri: &Uri) -> Result<Response, Failure> {
    let (store, user) = (&state.store, &state.viewer);
    let Some(format) = Format::find(&form.format) else {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
        let text = format!("There is no such format. There are {}.", known.join(" and "));
        return Err(Failure::refused(viewer, StatusCode::BAD_REQUEST, "Nothing was exported", &text));
    };
    let ids = async {
        let mut ids = store.chosen(user, &resolve(&form.choice, store, user, viewer).await?).await?.found;
        if form.agents {
            ids.extend(store.sub_agents_below(user, &ids).await?);
        }
        Ok(ids)
    };
    let ids = ids.await.map_err(Failure::internal(viewer, uri))?;
    if ids.is_empty() {
        return Err(nothing(viewer));
    }
    Ok(export::answer(store, user, ids, format, viewer.shell.now, viewer.shell.zone.clone()))
}
