//! What somebody sees who has a public link: the copy of a session. Nothing here reads a session's own
//! rows, and whatever shows nothing answers the same, whyever it does.

use std::borrow::Cow;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opensync_core::share::PublicHead;
use opensync_core::{Part, StoredMessage};
use opensync_store::{Around, Shared};

use super::fields::Fields;
use super::part_show::{picture, wanted};
use super::rendered;
use crate::AppState;
use crate::export::{Context, Options, disposition};
use crate::page::session_show::public::{ShareGonePage, ShareShowPage, readable, share_part};
use crate::page::session_show::{Window, raw as raw_text};
use crate::viewer::Viewer;

/// Messages a page opens with, and each further window brings.
const WINDOW: u64 = 60;
/// How far behind a call its result is looked for.
const NEAR: u64 = 30;
/// What programs that only look at an address call themselves.
const ROBOTS: [&str; 7] = ["bot", "crawl", "spider", "preview", "curl/", "wget/", "python"];

/// Nothing is shown, and the answer does not say why.
pub struct Nothing(Box<Response>);

impl IntoResponse for Nothing {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The page.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    slug: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Nothing> {
    let (shared, head) = shared(&state, &viewer, slug.map(|Path(slug)| slug)).await?;
    let raw = raw.unwrap_or_default();
    let page = page(&state, &viewer, &shared, &head, &raw, false).await?;
    if method == Method::GET && raw.is_empty() && is_reader(&headers) {
        // Nobody waits for the count.
        tokio::spawn(async move {
            if let Err(error) = state.store.count_view(&shared).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a view was not counted");
            }
        });
    }
    Ok(rendered(page.html()))
}

/// Messages before or after a place, without anything around them.
pub async fn messages(
    State(state): State<AppState>,
    viewer: Viewer,
    slug: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Nothing> {
    let (shared, head) = shared(&state, &viewer, slug.map(|Path(slug)| slug)).await?;
    let page = page(&state, &viewer, &shared, &head, &raw.unwrap_or_default(), true).await?;
    Ok(rendered(page.messages()))
}

/// One part, whole.
pub async fn part(
    State(state): State<AppState>,
    viewer: Viewer,
    place: Result<Path<(String, u64, usize)>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Nothing> {
    let Ok(Path((slug, seq, index))) = place else { return Err(nothing(&viewer)) };
    let (shared, head) = shared(&state, &viewer, Ok::<_, ()>(slug)).await?;
    let place = seq.checked_sub(1).map_or(Around::Start, Around::After);
    let near = state.store.shared_messages(&shared, &place, NEAR).await.map_err(|error| failed(&viewer, &error))?;
    let message = near.messages.iter().find(|stored| stored.seq == seq).ok_or_else(|| nothing(&viewer))?;
    let raw = raw.unwrap_or_default();
    let wanted = wanted(&raw);
    if Fields::new(&raw).get("raw").is_some() {
        let text = raw_text(message, index).ok_or_else(|| nothing(&viewer))?;
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response());
    }
    let partner = message.message.parts.get(index).and_then(|part| result_of(part, &near.messages));
    let alone = viewer.target.is_some();
    let part = share_part(&viewer.shell, &shared.slug, &head, message, (index, &wanted), partner, alone);
    Ok(rendered(part.ok_or_else(|| nothing(&viewer))?))
}

/// The bytes of an image.
pub async fn image(
    State(state): State<AppState>,
    viewer: Viewer,
    place: Result<Path<(String, u64, u64)>, PathRejection>,
) -> Result<Response, Nothing> {
    let Ok(Path((slug, seq, index))) = place else { return Err(nothing(&viewer)) };
    let (shared, _) = shared(&state, &viewer, Ok::<_, ()>(slug)).await?;
    let image = state.store.shared_image(&shared, seq, index).await.map_err(|error| failed(&viewer, &error))?;
    let (media_type, bytes) = image.ok_or_else(|| nothing(&viewer))?;
    // It must be gone as soon as the link is.
    Ok(picture(&media_type, bytes, "no-store"))
}

/// The copy as a file.
pub async fn download(
    State(state): State<AppState>,
    viewer: Viewer,
    slug: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Nothing> {
    let (shared, head) = shared(&state, &viewer, slug.map(|Path(slug)| slug)).await?;
    let raw = raw.unwrap_or_default();
    let wanted = Fields::new(&raw);
    let format = readable().find(|format| format.id == wanted.value("format")).ok_or_else(|| nothing(&viewer))?;
    let context = Context {
        at: viewer.shell.now,
        zone: viewer.shell.zone.clone(),
        source_name: opensync_sources::name,
        options: Options::of(format.kind),
    };
    let name = format.file_name(&context, Some(&head.session().title));
    let mut exporter = format.exporter(context);
    let mut out = String::new();
    exporter.begin(&mut out);
    exporter.session(&head.session(), None, &mut out);
    let mut place = Around::Start;
    loop {
        let window =
            state.store.shared_messages(&shared, &place, 100).await.map_err(|error| failed(&viewer, &error))?;
        for stored in &window.messages {
            exporter.message(&stored.message, &mut out);
        }
        let Some(after) = window.after else { break };
        place = Around::After(after);
    }
    exporter.end_session(&mut out);
    exporter.end(&mut out);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.content_type)),
        (header::CONTENT_DISPOSITION, disposition(&name)),
    ];
    Ok((headers, out).into_response())
}

/// Any other address below `/s/`.
pub async fn gone(viewer: Viewer) -> Nothing {
    nothing(&viewer)
}

async fn page(
    state: &AppState,
    viewer: &Viewer,
    shared: &Shared,
    head: &PublicHead,
    raw: &str,
    fragment: bool,
) -> Result<ShareShowPage, Nothing> {
    let place = place(raw);
    let read = async {
        let window = state.store.shared_messages(shared, &place, WINDOW).await?;
        Ok::<_, opensync_store::Error>((window, state.store.shared_prompts(shared).await?))
    };
    let (mut found, prompts) = read.await.map_err(|error| failed(viewer, &error))?;
    if fragment {
        // It goes on in one direction only; the other edge is on the page already.
        match place {
            Around::Before(_) => found.after = None,
            _ => found.before = None,
        }
    }
    let window = Window { messages: found.messages, before: found.before, after: found.after, ..Window::default() };
    let shell = viewer.shell.clone();
    Ok(ShareShowPage::new(shell, &shared.slug, head, shared.expires_at, &window, &prompts))
}

async fn shared<E>(
    state: &AppState,
    viewer: &Viewer,
    slug: Result<String, E>,
) -> Result<(Shared, PublicHead), Nothing> {
    // An address that is none is looked for as well: it takes the same time.
    let slug = slug.unwrap_or_default();
    let now = viewer.shell.now.as_millisecond();
    let shared = state.store.shared(&slug, now).await.map_err(|error| failed(viewer, &error))?;
    let shared = shared.ok_or_else(|| nothing(viewer))?;
    let head = serde_json::from_str(&shared.head).map_err(|_| nothing(viewer))?;
    Ok((shared, head))
}

fn nothing(viewer: &Viewer) -> Nothing {
    let page = ShareGonePage::new(viewer.shell.clone());
    Nothing(Box::new((StatusCode::NOT_FOUND, rendered(page.render())).into_response()))
}

/// Who has a link learns no more of a failure than that nothing is shown now.
fn failed(viewer: &Viewer, error: &opensync_store::Error) -> Nothing {
    tracing::error!(error = error as &dyn std::error::Error, "a shared session could not be shown");
    nothing(viewer)
}

/// Which messages a query asks for: `m=PLACE`, `before=PLACE` or `after=PLACE`.
fn place(raw: &str) -> Around {
    for (name, value) in Fields::new(raw) {
        match (name.as_str(), value.parse()) {
            ("m", Ok(_)) => return Around::Message(value),
            ("before", Ok(seq)) => return Around::Before(seq),
            ("after", Ok(seq)) => return Around::After(seq),
            _ => {}
        }
    }
    Around::Start
}

fn result_of<'a>(part: &Part, near: &'a [StoredMessage]) -> Option<&'a Part> {
    let Part::ToolCall { call_id: Some(wanted), .. } = part else { return None };
    near.iter()
        .flat_map(|stored| &stored.message.parts)
        .find(|part| matches!(part, Part::ToolResult { call_id: Some(id), .. } if id == wanted))
}

/// Whether somebody reads, as far as one can tell.
fn is_reader(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let agent = agent.map_or(Cow::Borrowed(""), |agent| Cow::Owned(agent.to_ascii_lowercase()));
    !ROBOTS.iter().any(|robot| agent.contains(robot))
}
