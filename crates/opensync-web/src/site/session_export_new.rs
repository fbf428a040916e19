//! What will be in a file, and what it takes in, before it is written.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::rejection::StringRejection;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use opensync_core::SessionId;

use super::session_bulk::{Form, nothing, read, resolve};
use super::session_export::{context, sessions, title};
use super::{Failure, rendered};
use crate::AppState;
use crate::export::{self, Context, FORMATS, File, Format};
use crate::page::session_export::{Asked, Preview, SessionExportPage, Size};
use crate::viewer::Viewer;

/// So long the file is written for the sake of its size; then the rest is estimated, ...
const PATIENCE: Duration = Duration::from_millis(150);
/// ... unless fewer sessions are in it, which tell little about the others, ...
const SAMPLE: u64 = 30;
/// ... but nobody waits longer than this for it.
const LONGEST: Duration = Duration::from_millis(600);

/// `?ids=..`, or `all=1` and the fields of a list; and what a form of this page says.
pub async fn get(
    State(state): State<AppState>,
    viewer: Viewer,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let form = read(&viewer, Ok(raw.unwrap_or_default()))?;
    show(&state, &viewer, &form, &uri).await
}

/// The same as a form, for more sessions than an address holds. It changes nothing.
pub async fn post(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let form = read(&viewer, form)?;
    show(&state, &viewer, &form, &uri).await
}

async fn show(state: &AppState, viewer: &Viewer, form: &Form, uri: &Uri) -> Result<Response, Failure> {
    let format = export::find(&form.format).unwrap_or(FORMATS[0]);
    let context = context(viewer, form, format);
    let preview = preview(state, viewer, form, format, &context).await.map_err(Failure::internal(viewer, uri))?;
    let Some((preview, agents)) = preview else { return Err(nothing(viewer)) };
    let asked = Asked { format, options: context.options, verdicts: form.verdicts, agents: form.agents };
    let page = SessionExportPage::new(viewer.shell.clone(), &form.choice, asked, preview, agents);
    Ok(rendered(if viewer.target.is_some() { page.as_body().render() } else { page.render() }))
}

/// What will be in the file, and how many sub-agents there are; nothing when no session was named.
async fn preview(
    state: &AppState,
    viewer: &Viewer,
    form: &Form,
    format: &'static Format,
    context: &Context,
) -> opensync_store::Result<Option<(Preview, u64)>> {
    let (store, user) = (&state.store, &state.viewer);
    let named = store.chosen(user, &resolve(&form.choice, store, user, viewer).await?).await?.found;
    if named.is_empty() {
        return Ok(None);
    }
    let ids = sessions(state, viewer, form, format).await?;
    let (below, labels) = tokio::try_join!(store.sub_agents_below(user, &named), store.case_labels(user, &ids))?;
    let counts = if format.has_cases() { store.case_counts(user, &ids).await? } else { HashMap::new() };
    let mut preview = Preview::default();
    for id in &ids {
        let Some(labels) = labels.get(id) else { continue };
        let answered = counts.get(id).map_or(0, |count| count.answered);
        let cases = format.has_cases().then(|| format.cases_of(answered, &context.options));
        preview.add(opensync_sources::name(&labels.source), labels.status, labels.expected, cases);
    }
    preview.name = format.file_name(context, title(state, &ids).await?.as_deref());
    // A case repeats what was said before it, when that is wanted.
    let repeats = context.options.context && format.cases_of(2, &context.options) > 1;
    let weigh = |id: &SessionId| match counts.get(id) {
        Some(count) => 1 + count.said + if repeats { count.before } else { 0 },
        None => 1 + labels.get(id).map_or(0, |labels| labels.messages),
    };
    preview.size = size(state, ids, format, context, weigh).await?;
    preview.sort();
    Ok(Some((preview, below.len() as u64)))
}

/// How large the file is, from as much of it as can be written in a moment; `weigh` says how much of it a
/// session is.
async fn size(
    state: &AppState,
    mut ids: Vec<SessionId>,
    format: &Format,
    context: &Context,
    weigh: impl Fn(&SessionId) -> u64,
) -> opensync_store::Result<Size> {
    // Ids are hashes: in their order old and new, large and small sessions are mixed.
    ids.sort();
    let weights: Vec<u64> = ids.iter().map(weigh).collect();
    let begun = Instant::now();
    let mut file = File::new(&state.store, &state.viewer, ids, format, context.clone());
    let mut bytes: u64 = 0;
    while let Some(piece) = file.piece().await? {
        bytes += piece.len() as u64;
        let spent = begun.elapsed();
        if spent > LONGEST || (spent > PATIENCE && file.sessions() >= SAMPLE) {
            let begun = usize::try_from(file.sessions()).unwrap_or(usize::MAX);
            let sum = |weights: &[u64]| weights.iter().map(|weight| u128::from(*weight)).sum::<u128>();
            let (done, all) = (sum(&weights[..begun.min(weights.len())]), sum(&weights));
            let size = u128::from(bytes) * all / done.max(1);
            return Ok(Size::About(u64::try_from(size).unwrap_or(u64::MAX)));
        }
    }
    Ok(Size::Exactly(bytes))
}
