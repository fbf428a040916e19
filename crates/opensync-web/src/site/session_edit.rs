//! Gives a session another title, other labels, or a summary. Each is a form of its page; what cannot be
//! kept comes back as it was typed, with the reason.

use askama::Template;
use axum::extract::rejection::{PathRejection, StringRejection};
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use opensync_core::filter::Status;
use opensync_core::label::{self, Edit, LabelChange, LabelError};
use opensync_core::{Session, SessionId};
use opensync_store::Around;

use super::fields::Fields;
use super::session_show::{self, Extent};
use super::{Failure, named_session, rendered};
use crate::AppState;
use crate::page::label_form::LabelForm;
use crate::page::session_list::list_query;
use crate::page::session_show::{Links, SessionShowPage};
use crate::page::summary_form::SummaryForm;
use crate::viewer::Viewer;

/// What every form is sent with.
struct Sent {
    id: SessionId,
    session: Session,
    /// The query of the list the session was opened from.
    raw: String,
    links: Links,
    fields: Fields,
}

async fn sent(
    state: &AppState,
    viewer: &Viewer,
    uri: &Uri,
    id: Result<Path<String>, PathRejection>,
    raw: Option<String>,
    form: Result<String, StringRejection>,
) -> Result<Sent, Failure> {
    let fields = Fields::new(&form.map_err(|_| unreadable(viewer))?);
    let session = named_session(state, viewer, id, uri).await?;
    let id = session.id.clone();
    let raw = raw.unwrap_or_default();
    let links = Links::new(&id, &list_query(&raw).first_page().to_query());
    Ok(Sent { id, session, raw, links, fields })
}

fn unreadable(viewer: &Viewer) -> Failure {
    let text = "What was sent is too large, or cannot be read as a form. The session is as it was.";
    Failure::refused(viewer, StatusCode::BAD_REQUEST, "Nothing was changed", text)
}

/// `title`: another title. Answers the head of the page, or leads to it.
pub async fn rename(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let sent = sent(&state, &viewer, &uri, id, raw, form).await?;
    let typed = sent.fields.value("title");
    let complaint = match label::title(typed) {
        Ok(title) => {
            let renamed = state.store.rename(&state.viewer, &sent.id, &title).await;
            renamed.map_err(Failure::internal(&viewer, &uri))?;
            state.importer.changes().announce([sent.id.clone()]);
            None
        }
        Err(error) => Some(format!("This title cannot be given: {error}.")),
    };
    if complaint.is_none() && viewer.target.is_none() {
        return Ok(Redirect::to(&sent.links.page()).into_response());
    }
    let page = page(&state, &viewer, &uri, &sent).await?;
    Ok(match complaint {
        None => rendered(page.as_head().render()),
        Some(complaint) => {
            let page = page.with_rename(typed, complaint);
            let html = if viewer.target.is_some() { page.as_head().render() } else { page.render() };
            (StatusCode::UNPROCESSABLE_ENTITY, rendered(html)).into_response()
        }
    })
}

/// `ready`, `status` (or `clear`), `tag`, `untag`, `expected` and `notes`: all labels; or `from` alone, the
/// place of the answer that becomes the expected output. Answers the form, or leads to the page it stands on.
pub async fn label(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let sent = sent(&state, &viewer, &uri, id, raw, form).await?;
    let back = Some(sent.fields.value("back")).filter(|page| page.starts_with("/evals")).map(ToOwned::to_owned);
    let answer = |session: &Session| {
        let form = LabelForm::new(session, sent.links.labels(), &viewer.shell);
        match &back {
            Some(page) => form.back_to(page.clone()),
            None => form,
        }
    };
    let (expected, notes) = (sent.fields.value("expected"), sent.fields.value("notes"));
    let (expected, notes) = (expected.replace("\r\n", "\n"), notes.replace("\r\n", "\n"));
    let change = match sent.fields.get("from") {
        Some(place) => {
            let said = said(&state, &viewer, &uri, &sent.id, place).await?;
            label::text(&said).map(|expected_output| LabelChange { expected_output, ..LabelChange::default() })
        }
        None => change(&sent.fields, &expected, &notes),
    };
    let complaint = match change {
        Ok(change) => {
            let one = std::slice::from_ref(&sent.id);
            let outcome = state.store.label_sessions(&state.viewer, one, &change).await;
            let outcome = outcome.map_err(Failure::internal(&viewer, &uri))?;
            if !outcome.changed.is_empty() {
                state.importer.changes().announce(outcome.changed);
            }
            outcome.refused.first().map(|(_, error)| *error)
        }
        Err(error) => Some(error),
    };
    if let Some(error) = complaint {
        let complaint = format!("Not saved: {error}.");
        let form = answer(&sent.session).refused(&notes, &expected, sent.fields.value("tag"), complaint);
        let html = if viewer.target.is_some() {
            form.render()
        } else {
            page(&state, &viewer, &uri, &sent).await?.with_labels(form).render()
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(html)).into_response());
    }
    if viewer.target.is_none() {
        return Ok(Redirect::to(&back.unwrap_or_else(|| format!("{}#labels", sent.links.page()))).into_response());
    }
    let session = state.store.session(&state.viewer, &sent.id).await.map_err(Failure::internal(&viewer, &uri))?;
    Ok(rendered(answer(&session.ok_or_else(|| Failure::not_found(&viewer))?).render()))
}

fn change(fields: &Fields, expected: &str, notes: &str) -> Result<LabelChange, LabelError> {
    let typed = fields.value("tag").split(',').map(str::trim).filter(|tag| !tag.is_empty());
    let status = Status::parse(fields.value("status")).filter(|status| *status != Status::None);
    Ok(LabelChange {
        ready: Some(fields.get("ready").is_some()),
        status: match status.filter(|_| fields.get("clear").is_none()) {
            Some(status) => Edit::Set(status),
            None => Edit::Clear,
        },
        add_tags: label::tags(typed)?,
        remove_tags: fields.all("untag").map(ToOwned::to_owned).collect(),
        notes: label::text(notes)?,
        expected_output: label::text(expected)?,
        ..LabelChange::default()
    })
}

/// The text of the message at a place; empty when there is none.
async fn said(state: &AppState, viewer: &Viewer, uri: &Uri, id: &SessionId, place: &str) -> Result<String, Failure> {
    let Ok(seq) = place.parse::<u64>() else { return Ok(String::new()) };
    let around = seq.checked_sub(1).map_or(Around::Start, Around::After);
    let window = state.store.messages(&state.viewer, id, &around, 1).await.map_err(Failure::internal(viewer, uri))?;
    let found = window.messages.into_iter().find(|stored| stored.seq == seq);
    Ok(found.map(|stored| stored.message.text()).unwrap_or_default())
}

/// Has a summary written. Answers it, or leads to the page.
pub async fn summarise(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
    form: Result<String, StringRejection>,
) -> Result<Response, Failure> {
    let sent = sent(&state, &viewer, &uri, id, raw, form).await?;
    let written = match &state.summariser {
        Some(summariser) => summariser.write(&state.store, &state.viewer, &sent.session).await,
        None => Err(crate::summary::Unwritten::NotSetUp),
    };
    if let Err(cause) = written {
        let form = SummaryForm::new(&sent.session, sent.links.summary()).refused(cause.to_string());
        let html = if viewer.target.is_some() {
            form.render()
        } else {
            page(&state, &viewer, &uri, &sent).await?.with_summary(form).render()
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, rendered(html)).into_response());
    }
    state.importer.changes().announce([sent.id.clone()]);
    if viewer.target.is_none() {
        return Ok(Redirect::to(&format!("{}#summary", sent.links.page())).into_response());
    }
    let session = state.store.session(&state.viewer, &sent.id).await.map_err(Failure::internal(&viewer, &uri))?;
    let session = session.ok_or_else(|| Failure::not_found(&viewer))?;
    Ok(rendered(SummaryForm::new(&session, sent.links.summary()).render()))
}

async fn page(state: &AppState, viewer: &Viewer, uri: &Uri, sent: &Sent) -> Result<SessionShowPage, Failure> {
    let extent = if viewer.target.is_some() { Extent::Live } else { Extent::Page };
    let page = session_show::page(state, viewer, sent.id.as_str(), &sent.raw, extent).await;
    page.map_err(Failure::internal(viewer, uri))?.ok_or_else(|| Failure::not_found(viewer))
}
