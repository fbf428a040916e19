//! All that is ready for evaluations, as one file of test cases.

use std::collections::HashSet;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{Filter, Is, Selection, Status};
use opensync_core::wire::ErrorJson;
use opensync_core::{Session, SessionId, UserId};

use super::session_list::moment;
use super::{Reader, Refusal};
use crate::AppState;
use crate::export::{self, Context, File, Options};

const SESSIONS: HeaderName = HeaderName::from_static("x-export-sessions");
const CASES: HeaderName = HeaderName::from_static("x-export-testcases");
/// Sessions read at once.
const PAGE: u64 = 200;
/// What this route takes, as its callers know it.
pub(super) const FORMATS: [&str; 4] = ["deepeval", "deepeval-conversational", "openai", "promptfoo"];

/// Sessions for a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Their ids, each once.
    pub(super) ids: Vec<SessionId>,
    seen: HashSet<SessionId>,
    first: Option<String>,
}

impl Found {
    pub(super) fn add(&mut self, session: Session) {
        if self.seen.insert(session.id.clone()) {
            self.first.get_or_insert(session.title);
            self.ids.push(session.id);
        }
    }

    /// The title of a session that is alone.
    pub(super) fn title(&self) -> Option<&str> {
        self.first.as_deref().filter(|_| self.ids.len() == 1)
    }
}

/// All that is ready for evaluations, as a file of test cases.
///
/// `format` is `deepeval` (the default), `deepeval-conversational`, `openai` or `promptfoo`; `tool`, `model`,
/// `status`, `tags` (any of them), `min_tokens`, `date_from` and `date_to` (both days included) narrow it;
/// `include_metadata=false` leaves earlier messages out, `anonymize`, `turn_mode` and the like say
/// what is in it. `X-Export-Sessions` and `X-Export-TestCases` count what the file holds.
#[utoipa::path(
    get, path = "/api/export/evals", tag = "Export", operation_id = "exportEvals",
    params(
        ("format" = Option<String>, Query, description = "What the file is, usually `deepeval`"),
        ("tool" = Option<String>, Query, description = "Tools, with commas"),
        ("model" = Option<String>, Query, description = "Models, with commas"),
        ("status" = Option<String>, Query, description = "Verdicts, with commas"),
        ("tags" = Option<String>, Query, description = "Tags, with commas; one is enough"),
        ("min_tokens" = Option<u64>, Query, description = "Tokens of a session at least"),
        ("date_from" = Option<String>, Query, description = "The first day, such as 2026-11-29"),
        ("date_to" = Option<String>, Query, description = "The last day"),
        ("system" = Option<bool>, Query, description = "Messages of the system"),
        ("tools" = Option<bool>, Query, description = "Calls of tools and their results"),
        ("anonymize" = Option<bool>, Query, description = "Names of home folders become `user`"),
        ("turn_mode" = Option<String>, Query, description = "A test case is a `turn`, a `session` or the `final` answer"),
    ),
    responses(
        (status = 200, description = "The file", content((Value = "application/json"), (String = "application/x-ndjson")),
            headers(
                ("X-Export-Sessions" = u64, description = "Sessions in the file"),
                ("X-Export-TestCases" = u64, description = "Test cases in the file"),
            )),
        (status = 400, body = ErrorJson),
        (status = 404, description = "Nothing is ready, or nothing matches", body = ErrorJson),
    )
)]
pub async fn show(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Response, Refusal> {
    let raw = raw.unwrap_or_default();
    let mut name = "deepeval".to_owned();
    let mut filter = Filter::default();
    let (mut from, mut until) = (None, None);
    let mut said = Vec::new();
    for (field, value) in form_urlencoded::parse(raw.as_bytes()) {
        let wrong = |what: &str| Refusal::invalid(format!("{field} must be {what}"));
        let list = || value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned);
        match &*field {
            _ if value.trim().is_empty() => {}
            "format" => name = value.into_owned(),
            "tool" => filter.sources.extend(list().map(|source| source.to_lowercase())),
            "model" => filter.models.extend(list()),
            "tags" => filter.tags.extend(list()),
            "status" => {
                for status in list() {
                    let status = Status::parse(&status);
                    filter.statuses.push(status.ok_or_else(|| wrong("golden, correct, incorrect or needs_review"))?);
                }
            }
            "min_tokens" => filter.tokens.least = Some(value.trim().parse().map_err(|_| wrong("a number"))?),
            "date_from" => from = Some(moment(value.trim(), false).ok_or_else(|| wrong("a date such as 2026-11-29"))?),
            "date_to" => until = Some(moment(value.trim(), true).ok_or_else(|| wrong("a date such as 2026-11-29"))?),
            _ => said.push((field.into_owned(), value.into_owned())),
        }
    }
    let format = export::find(&name).filter(|format| FORMATS.contains(&format.id));
    let format = format.ok_or_else(|| Refusal::invalid(format!("Invalid format. Use: {}", FORMATS.join(", "))))?;
    filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    let mut selection = filter.select(Timestamp::now(), &TimeZone::UTC);
    selection.is.push(Is::EvalReady);
    (selection.from, selection.until) = (from, until);
    let found = ready(&state, &user, &selection).await?;
    if found.ids.is_empty() {
        let all = Selection { is: vec![Is::EvalReady], ..Selection::default() };
        let nothing = ready(&state, &user, &all).await?.ids.is_empty();
        let text = if nothing { "No eval-ready sessions found" } else { "No sessions match the specified filters" };
        return Err(Refusal::not_found(text));
    }
    let mut options = Options::of(format.kind);
    for (name, value) in &said {
        options.set(name, value);
    }
    let counts = state.store.case_counts(&user, &found.ids).await?;
    let cases: Vec<u64> = counts.values().map(|count| format.cases_of(count.answered, &options)).collect();
    let context = Context { at: Timestamp::now(), zone: TimeZone::UTC, source_name: opensync_sources::name, options };
    let name = format.file_name(&context, None);
    let mut answer = export::answer(File::new(&state.store, &user, found.ids, format, context), format, &name);
    let headers = answer.headers_mut();
    headers.insert(SESSIONS, HeaderValue::from(cases.iter().filter(|cases| **cases > 0).count()));
    headers.insert(CASES, HeaderValue::from(cases.iter().sum::<u64>()));
    Ok(answer)
}

/// All sessions of a selection, sub-agents included, newest first.
pub(super) async fn ready(state: &AppState, user: &UserId, selection: &Selection) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let mut cursor = None;
    loop {
        let (sort, order) = Default::default();
        let page = state.store.session_list_all(user, selection, sort, order, cursor, PAGE).await?;
        for session in page.sessions {
            found.add(session);
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}
