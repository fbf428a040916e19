//! Selected sessions as one file.

use axum::extract::rejection::StringRejection;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use opensync_core::SessionId;

use super::Failure;
use super::session_bulk::{Form, nothing, read, resolve};
use crate::AppState;
use crate::export::{self, Context, File, Format, Kind, Options};
use crate::page::session_export::Verdicts;
use crate::viewer::Viewer;

/// `?format=text&ids=..`, or `query=` with the query of a list for all it shows; and what of them is wanted,
/// in the fields of [`Options`].
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
    let Some(format) = export::find(&form.format) else {
        let text = format!("There is no such format. There are {}.", export::known());
        return Err(Failure::refused(viewer, StatusCode::BAD_REQUEST, "Nothing was exported", &text));
    };
    let ids = sessions(state, viewer, form, format).await.map_err(Failure::internal(viewer, uri))?;
    if ids.is_empty() {
        return Err(nothing(viewer));
    }
    let context = context(viewer, form, format);
    let title = title(state, &ids).await.map_err(Failure::internal(viewer, uri))?;
    let name = format.file_name(&context, title.as_deref());
    Ok(export::answer(File::new(&state.store, &state.viewer, ids, format, context), format, &name))
}

/// The sessions a form means that there are, and their sub-agents when they are wanted; they are in a
/// file that holds everything unless the form says otherwise.
pub(super) async fn sessions(
    state: &AppState,
    viewer: &Viewer,
    form: &Form,
    format: &Format,
) -> opensync_store::Result<Vec<SessionId>> {
    let (store, user) = (&state.store, &state.viewer);
    let mut ids = store.chosen(user, &resolve(&form.choice, store, user, viewer).await?).await?.found;
    if form.verdicts != Verdicts::Any && format.has_cases() {
        let labels = store.case_labels(user, &ids).await?;
        ids.retain(|id| labels.get(id).is_some_and(|labels| form.verdicts.has(labels.status)));
    }
    if form.agents.unwrap_or(format.kind == Kind::Whole) {
        ids.extend(store.sub_agents_below(user, &ids).await?);
    }
    Ok(ids)
}

/// What a form wants of them.
pub(super) fn context(viewer: &Viewer, form: &Form, format: &Format) -> Context {
    let mut options = Options::of(format.kind);
    for (name, value) in &form.others {
        options.set(name, value);
    }
    let (at, zone) = (viewer.shell.now, viewer.shell.zone.clone());
    Context { at, zone, source_name: opensync_sources::name, options }
}

/// The title of a session that is exported alone, which names the file.
pub(super) async fn title(state: &AppState, ids: &[SessionId]) -> opensync_store::Result<Option<String>> {
    let [id] = ids else { return Ok(None) };
    Ok(state.store.session(&state.viewer, id).await?.map(|session| session.title))
}
