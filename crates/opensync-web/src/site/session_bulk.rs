//! What is done with many selected sessions: asks before it deletes, and says how far it is.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use askama::Template;
use axum::extract::rejection::{PathRejection, StringRejection};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::label::{self, LabelChange};
use opensync_core::{SessionId, UserId};
use opensync_store::Store;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::bulk::{Action, Job, Progress};
use crate::doomed::Doomed;
use crate::page::session_bulk::{Choice, Doing, SessionBulkPage, Sums};
use crate::page::session_export::Verdicts;
use crate::page::session_list::list_query;
use crate::page::undo::UndoNotice;
use crate::viewer::Viewer;

/// A job that takes no longer answers with its result at once.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// So many sessions that failed are named by their titles.
const MOST_NAMED: usize = 100;

/// A form about selected sessions.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Which ones.
    pub choice: Choice,
    pub action: String,
    pub tag: String,
    pub format: String,
    /// What the confirmation named.
    pub named: Option<String>,
    /// Their sub-agents as well.
    pub agents: Option<bool>,
    /// Only sessions with one of these verdicts.
    pub verdicts: Verdicts,
    /// All other fields, such as what an export takes in.
    pub others: Vec<(String, String)>,
}

impl Form {
    /// Reads a form's fields.
    pub fn parse(text: &str) -> Self {
        let mut form = Self::default();
        for (name, value) in Fields::new(text) {
            match name.as_str() {
                "id" if !value.is_empty() => form.choice.ids.push(SessionId::from_stored(value)),
                "except" if !value.is_empty() => form.choice.except.push(SessionId::from_stored(value)),
                "ids" => form.choice.ids.extend(listed(&value)),
                // The fields of a list stand beside it, as in the list's own address.
                "all" if value == "1" => form.choice.query = Some(list_query(text).first_page().to_query()),
                "query" => form.choice.query = Some(list_query(&value).first_page().to_query()),
                "list" => form.choice.list = list_query(&value).first_page().to_query(),
                "action" => form.action = value,
                "tag" => form.tag = value,
                "format" => form.format = value,
                "named" => form.named = Some(value),
                "verdict" => form.verdicts = Verdicts::parse(&value),
                "agents" => form.agents = Some(value == "1"),
                _ => form.others.push((name, value)),
            }
        }
        if form.choice.query.is_some() {
            // Boxes that happen to be ticked are among them.
            form.choice.ids.clear();
        }
        form
    }
}

fn listed(ids: &str) -> impl Iterator<Item = SessionId> {
    ids.split(',').filter(|id| !id.is_empty()).map(|id| SessionId::from_stored(id.to_owned()))
}

/// The ids a form means, as they are now, each once; those given one by one may name no session.
pub(super) async fn resolve(
    choice: &Choice,
    store: &Store,
    user: &UserId,
    viewer: &Viewer,
) -> opensync_store::Result<Vec<SessionId>> {
    let ids = match &choice.query {
        Some(query) => {
            let selection = list_query(query).filter.select(viewer.shell.now, &viewer.shell.zone);
            store.session_ids(user, &selection).await?
        }
        None => choice.ids.clone(),
    };
    let mut seen: HashSet<SessionId> = choice.except.iter().cloned().collect();
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

/// Takes a form: without an action it offers them, deleting asks first, everything else starts.
pub async fn ask(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let form = read(&viewer, form)?;
    let (store, user) = (&state.store, &state.viewer);
    let ids = resolve(&form.choice, store, user, &viewer).await.map_err(Failure::internal(&viewer, &uri))?;
    if ids.is_empty() {
        return Err(nothing(&viewer));
    }
    let action = match form.action.as_str() {
        "" => {
            let sums = store.chosen(user, &ids).await.map_err(Failure::internal(&viewer, &uri))?;
            return Ok(shown(&viewer, &SessionBulkPage::choose(viewer.shell.clone(), &form.choice, &sums)));
        }
        "sum" => {
            let sums = store.chosen(user, &ids).await.map_err(Failure::internal(&viewer, &uri))?;
            return Ok(Sums::new(&sums).line().into_response());
        }
        "delete" => return delete(&state, &viewer, &uri, form, ids).await,
        name => Action::Label(
            labels(name, &form.tag)
                .map_err(|why| Failure::refused(&viewer, StatusCode::BAD_REQUEST, "Nothing was changed", &why))?,
        ),
    };
    Ok(start(&state, &viewer, ids, action, form.choice.list).await)
}

/// How far a job is.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    job: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(id) = job.map_err(|_| Failure::not_found(&viewer))?;
    let job = state.bulk.find(&state.viewer, &id).ok_or_else(|| Failure::not_found(&viewer))?;
    Ok(told(&state, &viewer, &job).await)
}

/// The form of a request that says which sessions it is about.
pub(super) fn read(viewer: &Viewer, form: Result<String, StringRejection>) -> Result<Form, Failure> {
    let form = form.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let text = "So many single sessions cannot be sent at once. Narrow the list and take all it matches.";
            Failure::refused(viewer, StatusCode::PAYLOAD_TOO_LARGE, "Too many sessions", text)
        }
        status => Failure::refused(viewer, status, "Nothing was changed", "What was sent cannot be read as a form."),
    })?;
    let form = Form::parse(&form);
    if form.choice.is_empty() { Err(nothing(viewer)) } else { Ok(form) }
}

pub(super) fn nothing(viewer: &Viewer) -> Failure {
    let text = "Tick the boxes of the sessions it should be about, then choose what to do with them.";
    Failure::refused(viewer, StatusCode::BAD_REQUEST, "No session is selected", text)
}

fn labels(action: &str, tag: &str) -> Result<LabelChange, String> {
    let mut change = LabelChange::default();
    let tags = || {
        let texts: Vec<&str> = tag.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err("A tag needs a name.".to_owned());
        }
        label::tags(texts).map_err(|error| format!("This tag cannot be given: {error}."))
    };
    match action {
        "ready" => change.ready = Some(true),
        "unready" => change.ready = Some(false),
        "tag" => change.add_tags = tags()?,
        "untag" => change.remove_tags = tags()?,
        _ => return Err("There is no such action.".to_owned()),
    }
    Ok(change)
}

/// Asks whether to delete, until what is asked about is what there is.
async fn delete(
    state: &AppState,
    viewer: &Viewer,
    uri: &Uri,
    form: Form,
    ids: Vec<SessionId>,
) -> Result<Response, Failure> {
    let (store, user) = (&state.store, &state.viewer);
    let found = async {
        let below = store.sub_agents_below(user, &ids).await?;
        let own = store.chosen(user, &ids).await?;
        let all: Vec<SessionId> = below.iter().chain(&own.found).cloned().collect();
        let whole = store.chosen(user, &all).await?;
        Ok((below, own, whole))
    };
    let (below, own, whole) = found.await.map_err(Failure::internal(viewer, uri))?;
    let named = name(&ids, &below);
    let is_confirmed = form.named.as_ref() == Some(&named);
    // Ids that were named one by one stay what they are, also when one is gone by now.
    if is_confirmed || (form.named.is_some() && form.choice.query.is_none()) {
        // Sub-agents first: they never show on their own.
        let mut all = if form.agents == Some(true) { below } else { Vec::new() };
        all.extend(ids);
        let action = Action::DeleteLater(Doomed::due(all.len()));
        return Ok(start(state, viewer, all, action, form.choice.list).await);
    }
    if own.found.is_empty() {
        let text = "The sessions you selected are gone already.";
        return Err(Failure::refused(viewer, StatusCode::NOT_FOUND, "Nothing to delete", text));
    }
    let changed = form.named.is_some();
    let agents = below.len() as u64;
    let page = SessionBulkPage::confirm(viewer.shell.clone(), &form.choice, (&own, &whole), agents, named, changed);
    Ok(shown(viewer, &page))
}

/// A name for exactly these sessions.
fn name(ids: &[SessionId], below: &[SessionId]) -> String {
    let mut all: Vec<&str> = ids.iter().chain(below).map(SessionId::as_str).collect();
    all.sort_unstable();
    let mut hasher = DefaultHasher::new();
    all.hash(&mut hasher);
    format!("{}-{:x}", ids.len(), hasher.finish())
}

async fn start(state: &AppState, viewer: &Viewer, ids: Vec<SessionId>, action: Action, list: String) -> Response {
    let job = state.bulk.start(state, &state.viewer, ids, action, list);
    job.finished(PATIENCE).await;
    if viewer.target.is_none() {
        return Redirect::to(&format!("/sessions/bulk/{}", job.id)).into_response();
    }
    told(state, viewer, &job).await
}

async fn told(state: &AppState, viewer: &Viewer, job: &Job) -> Response {
    let progress = job.progress();
    let failed = failures(state, &progress).await;
    let doing = Doing {
        id: job.id.clone(),
        action: job.action.clone(),
        total: job.total,
        done: progress.done,
        failed: progress.failed,
        finished: progress.finished,
        failures: failed,
    };
    let mut shell = viewer.shell.clone();
    if viewer.target.is_none() {
        let now = shell.now.as_millisecond();
        // A notice that cannot be made is no reason to say nothing.
        let pending = state.store.pending_deletions(&state.viewer, now).await.unwrap_or_default();
        shell.undo = UndoNotice::new(&pending, now);
    }
    shown(viewer, &SessionBulkPage::doing(shell, &job.list, doing))
}

/// The sessions that failed: id and title when there is one, and why.
async fn failures(state: &AppState, progress: &Progress) -> Vec<(String, Option<String>, String)> {
    let mut named = Vec::new();
    for (id, reason) in progress.reasons.iter().take(MOST_NAMED) {
        // A title that cannot be read is no reason to say nothing.
        let session = state.store.session(&state.viewer, id).await.ok().flatten();
        named.push((id.to_string(), session.map(|session| session.title), reason.clone()));
    }
    named
}

fn shown(viewer: &Viewer, page: &SessionBulkPage) -> Response {
    rendered(if viewer.target.is_some() { page.as_body().render() } else { page.render() })
}
