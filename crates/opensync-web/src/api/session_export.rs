//! Sessions as files.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{Is, Selection, Status};
use opensync_core::wire::ErrorJson;
use opensync_core::{Message, Part, Role, Session, SessionId, UserId};
use serde_json::{Value, json};

use super::eval_export::{self, Found};
use super::session_get::find;
use super::{Reader, Refusal};
use crate::AppState;
use crate::export::{self, Context, File, Options};

/// Sessions as a file.
///
/// `json` (the default), `jsonl` and `markdown` answer the texts of one session, for
/// programs that want no more. All formats of the pages answer their files under their own names, and
/// `archive` the JSON that can be imported again: of `id`, of `sessionIds` (with commas), or of all that is
/// ready for evaluations, narrowed by `status`, `tag` and `limit`; with what they take in.
#[utoipa::path(
    get, path = "/api/export", tag = "Export", operation_id = "exportSessions",
    params(
        ("format" = Option<String>, Query, description = "What the file is; `json`, `jsonl` and `markdown` need an id"),
        ("id" = Option<String>, Query, description = "A session, by its id here or its tool's own"),
        ("sessionIds" = Option<String>, Query, description = "Several, with commas"),
        ("status" = Option<String>, Query, description = "Without ids: verdict of those that are ready"),
        ("tag" = Option<String>, Query, description = "Without ids: a tag of those that are ready"),
        ("limit" = Option<u64>, Query, description = "Without ids: at most so many"),
        ("system" = Option<bool>, Query, description = "Messages of the system"),
        ("tools" = Option<bool>, Query, description = "Calls of tools and their results"),
        ("anonymize" = Option<bool>, Query, description = "Names of home folders become `user`"),
        ("turn_mode" = Option<String>, Query, description = "A test case is a `turn`, a `session` or the `final` answer"),
    ),
    responses(
        (status = 200, description = "The file", content(
            (Value = "application/json"), (String = "application/x-ndjson"),
            (String = "text/markdown"), (String = "text/plain"), (String = "text/html"),
        )),
        (status = 400, body = ErrorJson),
        (status = 404, description = "There is no such session, or none is ready", body = ErrorJson),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Response, Refusal> {
    let raw = raw.unwrap_or_default();
    let fields: Vec<(String, String)> = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    let get = |wanted: &str| {
        let mut values = fields.iter().filter(|(name, value)| name == wanted && !value.is_empty());
        values.next().map(|(_, value)| value.as_str())
    };
    let name = get("format").unwrap_or("json");
    let format = match name {
        "archive" => export::find("json"),
        "json" | "markdown" => None,
        other => export::find(other),
    };
    let Some(format) = format else { return plain(&state, &user, get("id"), name).await };
    let ids: Vec<&str> =
        get("id").into_iter().chain(get("sessionIds").into_iter().flat_map(|ids| ids.split(','))).collect();
    let mut found = Found::default();
    if ids.is_empty() {
        let mut selection = Selection { is: vec![Is::EvalReady], ..Selection::default() };
        selection.statuses.extend(get("status").and_then(Status::parse));
        selection.tags.extend(get("tag").map(str::to_owned));
        found = eval_export::ready(&state, &user, &selection).await?;
        if let Some(limit) = get("limit") {
            let limit = limit.parse().map_err(|_| Refusal::invalid("limit must be a number"))?;
            found.ids.truncate(limit);
        }
    }
    for id in ids.into_iter().map(str::trim).filter(|id| !id.is_empty()) {
        let session = find(&state, &user, id).await?.ok_or_else(|| Refusal::not_found("Session not found"))?;
        found.add(session);
    }
    if found.ids.is_empty() {
        return Err(Refusal::not_found("No eval-ready sessions found"));
    }
    let mut options = Options::of(format.kind);
    for (name, value) in &fields {
        options.set(name, value);
    }
    let context = Context { at: Timestamp::now(), zone: TimeZone::UTC, source_name: opensync_sources::name, options };
    let name = format.file_name(&context, found.title());
    Ok(export::answer(File::new(&state.store, &user, found.ids, format, context), format, &name))
}

/// The texts of one session.
async fn plain(state: &AppState, user: &UserId, id: Option<&str>, format: &str) -> Result<Response, Refusal> {
    let id = id.ok_or_else(|| Refusal::invalid("Missing session ID"))?;
    let session = find(state, user, id).await?.ok_or_else(|| Refusal::not_found("Session not found"))?;
    let messages = messages(state, user, &session.id).await?;
    let stem = stem(&session.title);
    Ok(match format {
        "jsonl" => {
            let lines: Vec<String> = messages.iter().map(|message| line(message).to_string()).collect();
            Json(json!({ "content": lines.join("\n"), "filename": format!("{stem}.jsonl") })).into_response()
        }
        "markdown" => {
            let headers = [
                (header::CONTENT_TYPE, "text/markdown".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{stem}.md\"")),
            ];
            (headers, markdown(&session, &messages)).into_response()
        }
        _ => {
            let about = json!({ "id": session.id.as_str(), "title": session.title, "model": session.model });
            let messages: Vec<Value> = messages.iter().map(line).collect();
            Json(json!({ "session": about, "messages": messages })).into_response()
        }
    })
}

async fn messages(state: &AppState, user: &UserId, id: &SessionId) -> Result<Vec<Message>, Refusal> {
    let stored = state.store.all_messages(user, id).await?;
    Ok(stored.into_iter().map(|stored| stored.message).collect())
}

fn line(message: &Message) -> Value {
    json!({ "role": message.role.as_str(), "content": texts(message).join("\n") })
}

fn texts(message: &Message) -> Vec<&str> {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::Text(text) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn markdown(session: &Session, messages: &[Message]) -> String {
    let title = if session.title.is_empty() { "Untitled" } else { &session.title };
    let unknown = || "N/A".to_owned();
    let rows = [
        ("Project", session.project_path.clone().unwrap_or_else(unknown)),
        ("Model", session.model.clone().unwrap_or_else(unknown)),
        ("Tokens", session.total_tokens.map_or_else(unknown, |tokens| tokens.to_string())),
        ("Cost", session.cost.map_or_else(unknown, |cost| format!("${:.4}", cost.usd()))),
    ];
    let mut out = format!("# {title}\n\n");
    for (name, value) in rows {
        let _ = writeln!(out, "- **{name}:** {value}");
    }
    out.push_str("\n---\n\n");
    for message in messages {
        let name = if message.role == Role::User { "User" } else { "Assistant" };
        let _ = write!(out, "## {name}\n\n");
        for text in texts(message) {
            let _ = write!(out, "{text}\n\n");
        }
    }
    out
}

/// A title of letters and digits.
fn stem(title: &str) -> String {
    let stem: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    if stem.is_empty() { "session".to_owned() } else { stem }
}
