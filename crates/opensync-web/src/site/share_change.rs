//! Makes a session public, changes or ends its link.

use std::collections::HashSet;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::share::Survey;
use opensync_core::{Session, SessionId};
use opensync_store::Share;

use super::fields::Fields;
use super::{Failure, named_session, rendered};
use crate::AppState;
use crate::page::session_show::ShareBox;
use crate::page::share_review::{EXPIRIES, ShareReviewPage, Typed};
use crate::render::html::percent;
use crate::share::{Range, needs_review, noted, publication, survey};
use crate::viewer::Viewer;

const DAY_MS: i64 = 86_400_000;

/// Prompts of a session, as place and id.
type Prompts = [(u64, String)];

/// What was found in a session, and what is to be done about it.
pub async fn review(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let read = async {
        let share = state.store.share(&state.viewer, &session.id).await?;
        let prompts = state.store.prompts(&state.viewer, &session.id).await?;
        // All of it, whatever range was published: another one may be chosen.
        Ok((share, prompts, survey(&state, &session, Range::default()).await?))
    };
    let (share, prompts, survey) = read.await.map_err(Failure::internal(&viewer, &uri))?;
    let typed = Typed::begin(share.as_ref(), &prompts);
    Ok(rendered(ShareReviewPage::new(viewer.shell, &session, &survey, &prompts, share.as_ref(), typed).render()))
}

/// Publishes a session the way the form of the review says.
pub async fn publish(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let typed = typed(&form);
    let read = async {
        let share = state.store.share(&state.viewer, &session.id).await?;
        Ok((share, state.store.prompts(&state.viewer, &session.id).await?))
    };
    let (share, prompts) = read.await.map_err(Failure::internal(&viewer, &uri))?;
    let range = match range(&typed, &prompts) {
        Ok(range) => range,
        Err(complaint) => {
            let survey = survey(&state, &session, Range::default()).await.map_err(Failure::internal(&viewer, &uri))?;
            let page = ShareReviewPage::new(viewer.shell, &session, &survey, &prompts, share.as_ref(), typed);
            let page = page.with_complaint(complaint);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(page.render())).into_response());
        }
    };
    let expires_at = expiry(&typed.expires, share.as_ref(), viewer.shell.now.as_millisecond());
    let work = async {
        let survey = survey(&state, &session, range).await?;
        put(&state, &viewer, &session, range, &survey, &typed.kept, expires_at).await
    };
    work.await.map_err(Failure::internal(&viewer, &uri))?;
    done(&state, &viewer, &session.id, &uri).await
}

/// Makes a session public or private. With something to look at before, it leads there.
pub async fn switch(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    if Fields::new(&form).value("on") != "1" {
        let ended = state.store.unshare(&state.viewer, &session.id).await;
        ended.map_err(Failure::internal(&viewer, &uri))?;
        return done(&state, &viewer, &session.id, &uri).await;
    }
    let survey = survey(&state, &session, Range::default()).await.map_err(Failure::internal(&viewer, &uri))?;
    if needs_review(&survey) {
        return Ok(to(&viewer, &format!("/sessions/{}/share", percent(session.id.as_str()))));
    }
    let put = put(&state, &viewer, &session, Range::default(), &survey, &HashSet::new(), None).await;
    put.map_err(Failure::internal(&viewer, &uri))?;
    done(&state, &viewer, &session.id, &uri).await
}

/// Makes the copy again, with what came since. Values nobody decided about yet are taken out.
pub async fn again(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let work = async {
        let Some(share) = state.store.share(&state.viewer, &session.id).await? else { return Ok(()) };
        let kept = noted(&share.findings).into_iter().filter(|found| found.kept).map(|found| found.name).collect();
        let range = Range { from: share.from, to: share.to };
        let survey = survey(&state, &session, range).await?;
        put(&state, &viewer, &session, range, &survey, &kept, share.expires_at).await
    };
    work.await.map_err(Failure::internal(&viewer, &uri))?;
    done(&state, &viewer, &session.id, &uri).await
}

/// Sets when the link ends.
pub async fn expires(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    form: String,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let name = Fields::new(&form).value("expires").to_owned();
    let now = viewer.shell.now.as_millisecond();
    // What is no choice changes nothing, and never makes a link last longer.
    if EXPIRIES.iter().any(|(value, _, _)| *value == name) {
        let set = state.store.set_expiry(&state.viewer, &session.id, expiry(&name, None, now)).await;
        set.map_err(Failure::internal(&viewer, &uri))?;
    }
    done(&state, &viewer, &session.id, &uri).await
}

/// Gives a public session another link.
pub async fn link(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let title = opensync_core::secret::Redactor::new([], HashSet::new()).redact(&session.title).into_owned();
    let now = viewer.shell.now.as_millisecond();
    let made = state.store.relink(&state.viewer, &session.id, &title, now).await;
    made.map_err(Failure::internal(&viewer, &uri))?;
    done(&state, &viewer, &session.id, &uri).await
}

async fn put(
    state: &AppState,
    viewer: &Viewer,
    session: &Session,
    range: Range,
    survey: &Survey,
    kept: &HashSet<String>,
    expires_at: Option<i64>,
) -> opensync_store::Result<()> {
    let (publication, title) = publication(state, session, range, survey, kept, expires_at).await?;
    let now = viewer.shell.now.as_millisecond();
    state.store.publish(&state.viewer, &session.id, publication, &title, now).await?;
    Ok(())
}

fn typed(form: &str) -> Typed {
    let fields = Fields::new(form);
    let (from, to) = (fields.value("from").to_owned(), fields.value("to").to_owned());
    let expires = fields.value("expires").to_owned();
    let kept = fields
        .into_iter()
        .filter(|(_, value)| value == "keep")
        .filter_map(|(name, _)| name.strip_prefix("v-").map(str::to_owned))
        .collect();
    Typed { from, to, expires, kept }
}

/// The places of what was typed as prompts, with all that answers the last of them.
fn range(typed: &Typed, prompts: &Prompts) -> Result<Range, &'static str> {
    let number = |text: &str, otherwise: usize| match text.trim() {
        "" => Ok(otherwise),
        text => text.parse::<usize>().map_err(|_| "A prompt is named by its number."),
    };
    let (from, to) = (number(&typed.from, 1)?, number(&typed.to, prompts.len())?);
    if prompts.is_empty() {
        return Ok(Range::default());
    }
    if from < 1 || to < 1 || from > prompts.len() || to > prompts.len() {
        return Err("There is no prompt of that number.");
    }
    if from > to {
        return Err("The first prompt must come before the last.");
    }
    Ok(Range {
        from: (from > 1).then(|| prompts[from - 1].0),
        to: prompts.get(to).map(|(seq, _)| seq.saturating_sub(1)),
    })
}

fn expiry(name: &str, share: Option<&Share>, now: i64) -> Option<i64> {
    match EXPIRIES.iter().find(|(value, _, _)| *value == name) {
        Some((_, _, days)) => days.map(|days| now + days * DAY_MS),
        // As it is, which is also what stands for no choice.
        None => share.and_then(|share| share.expires_at),
    }
}

/// Back to the session; where a script asked, what its page says of the link.
async fn done(state: &AppState, viewer: &Viewer, id: &SessionId, uri: &Uri) -> Result<Response, Failure> {
    state.importer.changes().announce([id.clone()]);
    if viewer.target.is_none() {
        return Ok(Redirect::to(&format!("/sessions/{}#share", percent(id.as_str()))).into_response());
    }
    let read = async {
        let share = state.store.share(&state.viewer, id).await?;
        Ok((state.store.session(&state.viewer, id).await?, share))
    };
    let (session, share) = read.await.map_err(Failure::internal(viewer, uri))?;
    let session = session.ok_or_else(|| Failure::not_found(viewer))?;
    Ok(rendered(ShareBox::new(&session, share.as_ref(), &viewer.origin, &viewer.shell).render()))
}

/// Leads to another page, also where a script asked.
fn to(viewer: &Viewer, path: &str) -> Response {
    if viewer.target.is_none() {
        return Redirect::to(path).into_response();
    }
    (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), path.to_owned())]).into_response()
}
