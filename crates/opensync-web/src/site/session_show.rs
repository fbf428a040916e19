//! One session: its page, the panel beside the list, and further messages of it.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use opensync_core::filter::{ListQuery, SortKey};
use opensync_core::search::typed;
use opensync_core::{Role, Session, SessionId, StoredMessage};
use opensync_store::{Around as Place, Window as Messages};
use serde_json::json;

use super::fields::Fields;
use super::{Failure, rendered, session_find};
use crate::AppState;
use crate::page::session_list::list_query;
use crate::page::session_show::{Around, Folds, Reading, SessionShowPage, ShareBox, Window};
use crate::viewer::Viewer;

/// Messages a page opens with, and each further window brings.
const WINDOW: u64 = 60;
/// So many more may come with it to keep results with their calls.
pub(super) const SLACK: u64 = 12;
/// Bytes of what is looked for in a session.
const FIND: usize = 400;
/// Neighbours shown before and after the open session.
const RAIL: (u64, u64) = (15, 25);

/// The page of a session; its panel alone when the list asks.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let raw = raw.unwrap_or_default();
    let page = page(&state, &viewer, &id, &raw, Extent::Page).await.map_err(Failure::internal(&viewer, &uri))?;
    let page = page.ok_or_else(|| Failure::not_found(&viewer))?;
    Ok(rendered(if viewer.target.is_some() { page.as_panel().render() } else { page.render() }))
}

/// Messages before or after a place, without anything around them.
pub async fn messages(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let raw = raw.unwrap_or_default();
    let page = page(&state, &viewer, &id, &raw, Extent::Messages).await.map_err(Failure::internal(&viewer, &uri))?;
    let page = page.ok_or_else(|| Failure::not_found(&viewer))?;
    Ok(rendered(page.as_messages().render()))
}

/// What changed of a session that is open, as JSON: `messages` is the HTML of those after the place
/// `after`, `head` and `details` that of what stands around them.
pub async fn live(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::not_found(&viewer))?;
    let raw = raw.unwrap_or_default();
    let page = page(&state, &viewer, &id, &raw, Extent::Live).await.map_err(Failure::internal(&viewer, &uri))?;
    let page = page.ok_or_else(|| Failure::not_found(&viewer))?;
    let messages = page.as_messages().render();
    Ok(super::pieces(
        [("messages", messages), ("head", page.as_head().render()), ("details", page.as_details().render())],
        json!({}),
    ))
}

/// How much of a page is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Page,
    /// Messages alone.
    Messages,
    /// Messages, and what stands around them but the neighbours in the list.
    Live,
}

pub(super) async fn page(
    state: &AppState,
    viewer: &Viewer,
    id: &str,
    raw: &str,
    extent: Extent,
) -> opensync_store::Result<Option<SessionShowPage>> {
    let (store, user) = (&state.store, &state.viewer);
    let id = SessionId::from_stored(id.to_owned());
    let Some(session) = store.session(user, &id).await? else { return Ok(None) };
    let query = list_query(raw).first_page();
    let reading = reading(raw);
    let mut place = place(raw);
    // The whole session is read for a page without a script; a script asks once and for all windows.
    let (mut hits, mut now) = (None, None);
    if extent == Extent::Page && !reading.find.is_empty() {
        let found = session_find::found(state, &session, &reading).await?;
        let number = Fields::new(raw).value("hit").parse::<usize>().ok();
        if place == Place::Start || number.is_some() {
            now = found.hit(number.unwrap_or(1));
            place = now.as_ref().map_or(place, |now| Place::Place(now.seq()));
        }
        hits = Some((number.unwrap_or(1).clamp(1, found.total.max(1)), found));
    }
    let mut found = read(state, &id, reading.is_chat, &place, WINDOW + SLACK).await?;
    if !reading.is_chat {
        keep_results_with_calls(&mut found, &place, WINDOW);
    }
    if extent != Extent::Page {
        // A fragment goes on in one direction only; the other edge is on the page already.
        match place {
            Place::Before(_) => found.after = None,
            Place::Place(_) | Place::Message(_) => {}
            Place::Start | Place::After(_) => found.before = None,
        }
    }
    let at = match &place {
        Place::Message(id) => found.messages.iter().find(|stored| stored.message.external_id == *id).map(|m| m.seq),
        Place::Place(seq) => Some(*seq),
        _ => None,
    };
    let (words, in_tools) = match reading.find.as_str() {
        "" => (query.filter.terms(), query.filter.in_tools),
        find => (typed(find), true),
    };
    let found_at = found.messages.first().map_or(0, |stored| stored.seq);
    let hits = hits.map(|(number, found)| {
        let number = if now.is_some() { number } else { found.from(found_at) };
        (found, number)
    });
    let Messages { messages, before, after } = found;
    let window = Window { messages, before, after, at, words, in_tools, now };
    let around = match extent {
        Extent::Page => around(state, viewer, &session, &query).await?,
        Extent::Live | Extent::Messages => relatives(state, &session).await?,
    };
    let outline = store.outline(user, &id).await?;
    let folds = match Fields::new(raw).get("diff") {
        Some(diff) => Folds { split: diff == "split", ..viewer.folds },
        None => viewer.folds,
    };
    let share = if extent == Extent::Messages { None } else { store.share(user, &id).await? };
    let share = ShareBox::new(&session, share.as_ref(), &viewer.origin, &viewer.shell);
    let around = Around { outline, reading, folds, found: hits, share, ..around };
    Ok(Some(SessionShowPage::new(viewer.shell.clone(), &session, &window, &around, &query.to_query())))
}

/// A window of messages; of prompts and final answers only, when that is wanted.
pub(super) async fn read(
    state: &AppState,
    id: &SessionId,
    is_chat: bool,
    place: &Place,
    limit: u64,
) -> opensync_store::Result<Messages> {
    let (store, user) = (&state.store, &state.viewer);
    if is_chat { store.chat(user, id, place, limit).await } else { store.messages(user, id, place, limit).await }
}

/// Moves the ends of a window so that no result of a tool is parted from its call: the call names
/// it and says what it is about. At least `least` messages stay.
pub(super) fn keep_results_with_calls(window: &mut Messages, place: &Place, least: u64) {
    let is_result = |stored: &StoredMessage| stored.message.role == Role::Tool;
    let messages = &mut window.messages;
    if window.after.is_some() && !matches!(place, Place::Before(_)) {
        let least = (least as usize).min(messages.len());
        if let Some(end) = (least..messages.len()).find(|at| !is_result(&messages[*at])) {
            messages.truncate(end);
            window.after = messages.last().map(|stored| stored.seq);
        }
    }
    if window.before.is_some() && !matches!(place, Place::After(_)) {
        let results = messages.iter().take(SLACK as usize).take_while(|stored| is_result(stored)).count();
        if results < messages.len() {
            messages.drain(..results);
            window.before = messages.first().map(|stored| stored.seq);
        }
    }
}

async fn around(
    state: &AppState,
    viewer: &Viewer,
    session: &Session,
    query: &ListQuery,
) -> opensync_store::Result<Around> {
    let (store, user) = (&state.store, &state.viewer);
    let selection = query.filter.select(viewer.shell.now, &viewer.shell.zone);
    let order: (SortKey, _) = (query.sort, query.order);
    let (rail, totals, relatives) = tokio::try_join!(
        store.session_neighbours(user, &session.id, &selection, order, RAIL.0, RAIL.1),
        store.session_totals(user, &selection),
        relatives(state, session)
    )?;
    Ok(Around { rail, total: totals.sessions, ..relatives })
}

async fn relatives(state: &AppState, session: &Session) -> opensync_store::Result<Around> {
    let (store, user) = (&state.store, &state.viewer);
    let parent = async {
        match &session.parent_id {
            Some(parent) => store.session(user, parent).await,
            None => Ok(None),
        }
    };
    let (sub_agents, parent) = tokio::try_join!(store.sub_agents(user, &session.id), parent)?;
    Ok(Around { sub_agents, parent, ..Around::default() })
}

/// How a session is read: `view=chat`, `find=words`.
pub(super) fn reading(raw: &str) -> Reading {
    let fields = Fields::new(raw);
    let find = fields.value("find").trim();
    Reading {
        is_chat: fields.value("view") == "chat",
        find: find[..find.floor_char_boundary(FIND.min(find.len()))].to_owned(),
        is_inside: fields.get("inside").is_some(),
    }
}

/// Which messages a query asks for: `m=ID`, `at=SEQ`, `before=SEQ` or `after=SEQ`.
fn place(raw: &str) -> Place {
    for (name, value) in Fields::new(raw) {
        match (name.as_str(), value.parse()) {
            ("m", _) => return Place::Message(value),
            ("at", Ok(seq)) => return Place::Place(seq),
            ("before", Ok(seq)) => return Place::Before(seq),
            ("after", Ok(seq)) => return Place::After(seq),
            _ => {}
        }
    }
    Place::Start
}
