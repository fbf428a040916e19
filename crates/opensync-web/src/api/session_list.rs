//! Lists sessions, sub-agents included.

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use opensync_core::filter::{Cursor, ListQuery, Order, Range, SortKey};
use opensync_core::wire::{ErrorJson, ListJson, ListedJson};
use opensync_core::{Session, SessionId};

use super::{Reader, Refusal};
use crate::AppState;
use crate::page::session_list::list_query;

/// Sessions, page by page, sub-agents included.
///
/// `q` takes the language of the field above the list and finds the same sessions. With words in it each session
/// says where they are. Further filters are spelled as in the addresses of the list.
#[utoipa::path(
    get, path = "/api/sessions", tag = "Sessions", operation_id = "listSessions",
    params(
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200, description = "1 to 200, usually 50"),
        ("cursor" = Option<String>, Query, description = "What the page before answered"),
        ("q" = Option<String>, Query, example = "fix -draft cost:>0", description = "Words and filters, as in the field above the list"),
        ("source" = Option<String>, Query, description = "Tools, with commas"),
        ("project" = Option<String>, Query, description = "Projects, with commas"),
        ("model" = Option<String>, Query, description = "Models, with commas"),
        ("machine" = Option<String>, Query, description = "Machines, with commas"),
        ("from" = Option<String>, Query, example = "2026-11-23", description = "Created at or after: milliseconds or an ISO date"),
        ("to" = Option<String>, Query, example = "2026-11-29T12:00:00Z", description = "Created at or before: milliseconds or an ISO date"),
        ("range" = Option<String>, Query, example = "7d", description = "`today`, `all`, or days such as `7d`"),
        ("sort" = inline(Option<SortKey>), Query, description = "`relevance` only with words"),
        ("order" = inline(Option<Order>), Query, description = "Usually `desc`"),
    ),
    responses((status = 200, body = ListJson), (status = 400, body = ErrorJson))
)]
pub async fn show(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<ListJson>, Refusal> {
    let raw = raw.unwrap_or_default();
    let query = list_query(&raw);
    let mut limit = 50;
    let mut selection = query.filter.select(Timestamp::now(), &TimeZone::UTC);
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        let wrong = |what: &str| Refusal::invalid(format!("{name} must be {what}"));
        match &*name {
            "limit" => {
                let number: i64 = value.parse().map_err(|_| wrong("a number from 1 to 200"))?;
                limit = u64::try_from(number.clamp(1, 200)).unwrap_or(1);
            }
            "sort" if SortKey::parse(&value).is_none() => {
                return Err(wrong("date, tokens, cost, messages or relevance"));
            }
            "order" if Order::parse(&value).is_none() => return Err(wrong("desc or asc")),
            "cursor" if !value.is_empty() && Cursor::parse(&value).is_none() => {
                return Err(wrong("the cursor of an earlier answer"));
            }
            "range" if !value.is_empty() && !is_range(&value) => return Err(wrong("today, all, or days such as 7d")),
            "from" if !value.is_empty() => {
                selection.from = Some(moment(&value, false).ok_or_else(|| wrong("milliseconds or an ISO date"))?);
            }
            "to" if !value.is_empty() => {
                selection.until = Some(moment(&value, true).ok_or_else(|| wrong("milliseconds or an ISO date"))?);
            }
            _ => {}
        }
    }
    let (page, totals) = tokio::try_join!(
        state.store.session_list_all(&user, &selection, query.sort, query.order, query.cursor, limit),
        state.store.session_totals(&user, &selection)
    )?;
    let ids: Vec<SessionId> = page.sessions.iter().map(|session| session.id.clone()).collect();
    let hits = state.store.hits(&user, &selection, &ids).await?;
    let searched = !selection.wanted.is_empty();
    let session = |session: &Session| {
        let hit = hits.get(&session.id);
        let message = hit.and_then(|hit| hit.message.clone());
        let snippet = message.as_ref().and(hit).map(|hit| hit.text.clone());
        ListedJson {
            session: session.into(),
            match_count: searched.then(|| hit.map_or(0, |hit| hit.matches)),
            snippet: searched.then_some(snippet),
            match_message_id: searched.then_some(message),
        }
    };
    Ok(Json(ListJson {
        sessions: page.sessions.iter().map(session).collect(),
        cursor: page.next.map(|cursor| cursor.to_string()),
        total: totals.sessions + totals.sub_agents,
    }))
}

fn is_range(name: &str) -> bool {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("range", name).finish();
    name == "all" || ListQuery::parse(&query).filter.range != Range::All
}

/// A moment in milliseconds, RFC 3339, or a day in UTC. The end of a span is exclusive, so a day
/// or a millisecond that ends one is included.
pub(super) fn moment(text: &str, end: bool) -> Option<i64> {
    let included = i64::from(end);
    if let Ok(number) = text.parse::<i64>() {
        return number.checked_add(included);
    }
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        let day = if end { day.tomorrow().ok()? } else { day };
        return Some(TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond());
    }
    opensync_core::time::parse(text)?.checked_add(included)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_span_includes_its_last_day() {
        assert_eq!(moment("2026-11-23", false), Some(1_795_392_000_000));
        assert_eq!(moment("2026-11-23", true), Some(1_795_478_400_000));
        assert_eq!(moment("1795392000000", false), Some(1_795_392_000_000));
        assert_eq!(moment("2026-11-23T00:00:00Z", false), Some(1_795_392_000_000));
        assert_eq!(moment("soon", false), None);
        assert_eq!(moment("9223372036854775807", true), None);
    }
}
