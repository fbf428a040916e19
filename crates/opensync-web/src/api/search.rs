//! Finds sessions by words.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{Filter, Selection};
use opensync_core::wire::{FoundJson, SearchJson};
use opensync_core::{Session, UserId};
use opensync_store::Hit;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Reader, Refusal, fields};
use crate::AppState;

/// Results, unless another number is asked for.
const USUAL: u64 = 20;
/// Results at most.
const MOST: u64 = 200;

/// What is asked for, in an address or a body.
#[derive(Debug, Default)]
struct Question {
    text: String,
    kind: SearchKind,
    limit: Option<u64>,
}

/// A kind of search. What is not there is made up for by words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ToSchema)]
#[schema(rename_all = "lowercase")]
enum SearchKind {
    #[default]
    Fulltext,
    Semantic,
    Hybrid,
}

impl SearchKind {
    /// Reads its name; what nobody knows is a search for words.
    fn parse(name: &str) -> Self {
        match name {
            "semantic" => Self::Semantic,
            "hybrid" => Self::Hybrid,
            _ => Self::Fulltext,
        }
    }
}

/// Finds sessions by words, the best first. `type=semantic` and `hybrid` search words too and say `degraded`.
#[utoipa::path(
    get, path = "/api/search", tag = "Search", operation_id = "search",
    params(
        ("q" = String, Query, example = "discount fix", description = "Words and filters, as in the field above the list"),
        ("type" = Option<SearchKind>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "1 to 200, usually 20"),
    ),
    responses((status = 200, body = SearchJson), (status = 400, body = opensync_core::wire::ErrorJson))
)]
pub async fn by_query(
    state: State<AppState>,
    reader: Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<SearchJson>, Refusal> {
    answer(state, reader, Question::of_query(raw.as_deref().unwrap_or_default())?).await
}

/// The same, asked in a body.
#[utoipa::path(
    post, path = "/api/search", tag = "Search", operation_id = "searchByBody",
    request_body = SearchBody,
    responses((status = 200, body = SearchJson), (status = 400, body = opensync_core::wire::ErrorJson))
)]
pub async fn by_body(
    state: State<AppState>,
    reader: Reader,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SearchJson>, Refusal> {
    answer(state, reader, Question::of_body(&fields(body)?)?).await
}

/// The same as `GET /api/search`.
#[utoipa::path(
    get, path = "/search", tag = "Search", operation_id = "searchShort",
    params(
        ("q" = String, Query, example = "discount fix", description = "Words and filters, as in the field above the list"),
        ("type" = Option<SearchKind>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "1 to 200, usually 20"),
    ),
    responses((status = 200, body = SearchJson), (status = 400, body = opensync_core::wire::ErrorJson))
)]
pub async fn by_query_short(
    state: State<AppState>,
    reader: Reader,
    raw: RawQuery,
) -> Result<Json<SearchJson>, Refusal> {
    by_query(state, reader, raw).await
}

/// The same as `POST /api/search`.
#[utoipa::path(
    post, path = "/search", tag = "Search", operation_id = "searchShortByBody",
    request_body = SearchBody,
    responses((status = 200, body = SearchJson), (status = 400, body = opensync_core::wire::ErrorJson))
)]
pub async fn by_body_short(
    state: State<AppState>,
    reader: Reader,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SearchJson>, Refusal> {
    by_body(state, reader, body).await
}

/// A search in a body.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes a body that is read field by field, so that each error names its field")]
pub(super) struct SearchBody {
    /// Words and filters, as in the field above the list. `q` is taken too.
    #[schema(example = "discount fix")]
    query: String,
    r#type: Option<SearchKind>,
    /// 1 to 200, usually 20.
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl Question {
    fn of_query(raw: &str) -> Result<Self, Refusal> {
        let mut question = Self::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            match &*name {
                "q" | "query" => question.text = value.into_owned(),
                "type" => question.kind = SearchKind::parse(&value),
                "limit" => question.limit = Some(number(&name, value.parse().ok(), MOST)?),
                _ => {}
            }
        }
        question.checked()
    }

    fn of_body(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::invalid(format!("{name} must be a text"))),
        };
        let query = text("query")?.or(text("q")?);
        let limit = body.get("limit").filter(|limit| !limit.is_null());
        let limit = limit.map(|limit| number("limit", limit.as_f64().map(|limit| limit as i64), MOST)).transpose()?;
        Self { text: query.unwrap_or_default(), kind: SearchKind::parse(&text("type")?.unwrap_or_default()), limit }
            .checked()
    }

    fn checked(self) -> Result<Self, Refusal> {
        if self.text.trim().is_empty() {
            return Err(Refusal::invalid("Missing query parameter 'q'"));
        }
        Ok(self)
    }
}

/// A number from 1 to `most`; what is beyond is taken for the nearest.
pub(super) fn number(name: &str, number: Option<i64>, most: u64) -> Result<u64, Refusal> {
    let number = number.ok_or_else(|| Refusal::invalid(format!("{name} must be a number from 1 to {most}")))?;
    Ok(u64::try_from(number).unwrap_or(0).clamp(1, most))
}

/// What words and filters select; `None` when there is nothing in them to search for.
pub(super) fn selection(text: &str) -> Option<Selection> {
    let (mut filter, _) = Filter::parse_text(text);
    filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    let selection = filter.select(Timestamp::now(), &TimeZone::UTC);
    (selection != Selection::default()).then_some(selection)
}

async fn answer(
    State(state): State<AppState>,
    Reader(user): Reader,
    question: Question,
) -> Result<Json<SearchJson>, Refusal> {
    let found = match selection(&question.text) {
        Some(selection) => best(&state, &user, &selection, question.limit.unwrap_or(USUAL)).await?,
        None => Vec::new(),
    };
    let results = found.into_iter().map(|(session, score, hit)| result(&session, score, hit)).collect();
    Ok(Json(SearchJson { results, degraded: question.kind != SearchKind::Fulltext }))
}

/// The sessions that fit best, with how well, and where the words are in each.
pub(super) async fn best(
    state: &AppState,
    user: &UserId,
    selection: &Selection,
    limit: u64,
) -> Result<Vec<(Session, f64, Hit)>, Refusal> {
    let sessions = state.store.best_sessions(user, selection, limit).await?;
    let ids: Vec<_> = sessions.iter().map(|(session, _)| session.id.clone()).collect();
    let mut hits = state.store.hits(user, selection, &ids).await?;
    let with_hit = |(session, score): (Session, f64)| {
        let hit = hits.remove(&session.id).unwrap_or_default();
        (session, score, hit)
    };
    Ok(sessions.into_iter().map(with_hit).collect())
}

fn result(session: &Session, score: f64, hit: Hit) -> FoundJson {
    FoundJson {
        session_id: session.id.to_string(),
        session: session.into(),
        score,
        snippet: hit.message.is_some().then_some(hit.text),
        match_message_id: hit.message,
        matched_in: vec!["fulltext"],
    }
}
