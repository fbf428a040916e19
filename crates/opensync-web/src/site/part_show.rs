//! One part of a message: whole, when the page shows only its beginning; or the bytes of an image.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use opensync_core::search::typed;
use opensync_core::{Part, SessionId, StoredMessage};
use opensync_store::Around;

use super::fields::Fields;
use super::{Failure, rendered};
use crate::AppState;
use crate::page::session_list::list_query;
use crate::page::session_show::{PartPage, Reading, View, Wanted, raw as raw_text};
use crate::viewer::Viewer;

/// How far behind a call its result is looked for.
const NEAR: u64 = 30;
/// Kinds of image a browser shows without running anything in them.
const SHOWN: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/// The part, as a page or to replace what was cut.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    place: Result<Path<(String, u64, usize)>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path((id, seq, idx)) = place.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let internal = || Failure::internal(&viewer, &uri);
    let session = state.store.session(&state.viewer, &id).await.map_err(internal())?;
    let session = session.ok_or_else(|| Failure::not_found(&viewer))?;
    let place = seq.checked_sub(1).map_or(Around::Start, Around::After);
    let near = state.store.messages(&state.viewer, &id, &place, NEAR).await.map_err(internal())?.messages;
    let message = near.iter().find(|stored| stored.seq == seq).ok_or_else(|| Failure::not_found(&viewer))?;
    let wanted = wanted(raw.as_deref().unwrap_or_default());
    if Fields::new(raw.as_deref().unwrap_or_default()).get("raw").is_some() {
        let text = raw_text(message, idx).ok_or_else(|| Failure::not_found(&viewer))?;
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response());
    }
    let partner = message.message.parts.get(idx).and_then(|part| result_of(part, &near));
    let page = PartPage::new(viewer.shell.clone(), &session, message, idx, &wanted, partner);
    let page = page.ok_or_else(|| Failure::not_found(&viewer))?;
    Ok(rendered(if viewer.target.is_some() { page.as_part().render() } else { page.render() }))
}

/// What an address asks for: `view`, `piece` or `cut`, and what is marked: `find=words`, or what the list
/// was searched for.
pub(super) fn wanted(query: &str) -> Wanted {
    let fields = Fields::new(query);
    let find = fields.value("find").to_owned();
    let list = list_query(query).first_page();
    let (words, in_tools) = match find.as_str() {
        "" => (list.filter.terms(), list.filter.in_tools),
        find => (typed(find), true),
    };
    Wanted {
        view: fields.get("view").map_or(View::default(), View::parse),
        piece: fields.get("cut").is_none().then(|| fields.value("piece").parse().unwrap_or(0)),
        reading: Reading { find, is_inside: fields.get("inside").is_some(), is_chat: false },
        list: if words.is_empty() { String::new() } else { list.to_query() },
        words,
        in_tools,
    }
}

fn result_of<'a>(part: &Part, near: &'a [StoredMessage]) -> Option<&'a Part> {
    let Part::ToolCall { call_id: Some(wanted), .. } = part else { return None };
    near.iter()
        .flat_map(|stored| &stored.message.parts)
        .find(|part| matches!(part, Part::ToolResult { call_id: Some(id), .. } if id == wanted))
}

/// The bytes of an image.
pub async fn image(
    State(state): State<AppState>,
    viewer: Viewer,
    place: Result<Path<(String, u64, u64)>, PathRejection>,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path((id, seq, idx)) = place.map_err(|_| Failure::not_found(&viewer))?;
    let id = SessionId::from_stored(id);
    let part = state.store.part(&state.viewer, &id, seq, idx).await.map_err(Failure::internal(&viewer, &uri))?;
    let Some(Part::Image { media_type, body, .. }) = part else { return Err(Failure::not_found(&viewer)) };
    let bytes = body.bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
    if bytes.is_empty() {
        return Err(Failure::not_found(&viewer));
    }
    Ok(picture(&media_type, bytes, "private, max-age=3600"))
}

/// An image as an answer. What is no plain picture is handed over as a file, never rendered on our origin.
pub(super) fn picture(media_type: &str, bytes: Vec<u8>, cache: &'static str) -> Response {
    let shown = SHOWN.iter().find(|known| **known == media_type);
    let kind = shown.copied().unwrap_or("application/octet-stream");
    let disposition = if shown.is_some() { "inline" } else { "attachment" };
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition), (header::CACHE_CONTROL, cache)];
    (StatusCode::OK, headers, bytes).into_response()
}
