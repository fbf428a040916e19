//! Lists sessions, sub-agents included.

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use opensync_core::filter::{Cursor, ListQuery, Order, Range, SortKey};
use opensync_core::wire::SessionJson;
use opensync_core::{Session, SessionId};
use serde_json::{Value, json};

use super::{Reader, Refusal};
use crate::AppState;
use crate::page::session_list::list_query;

/// `{"sessions","cursor","total"}`. Parameters: `limit` 1-200 (50), `cursor`, `source`, `project`,
/// `model` and `machine` as comma lists, `from` and `to` as milliseconds or ISO dates, `range`, `q`, `sort`
/// `date|tokens|cost|messages|relevance`, `order` `desc|asc`. An unknown value of one of them is a 400.
/// `q` takes the language of the page's search field and finds the same sessions. With words in it each
/// session has `matchCount` (messages that hold one of them), `snippet` and `matchMessageId` (a piece of
/// the message that holds most of them, null when only the title or summary does).
pub async fn show(
    State(state): State<AppState>,
    Reader(user): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Json<Value>, Refusal> {
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
        let mut json = serde_json::to_value(SessionJson::from(session)).unwrap_or_default();
        if searched {
            let hit = hits.get(&session.id);
            json["matchCount"] = hit.map_or(0, |hit| hit.matches).into();
            json["snippet"] = hit.filter(|hit| hit.message.is_some()).map(|hit| hit.text.as_str()).into();
            json["matchMessageId"] = hit.and_then(|hit| hit.message.as_deref()).into();
        }
        json
    };
    Ok(Json(json!({
        "sessions": page.sessions.iter().map(session).collect::<Vec<_>>(),
        "cursor": page.next.map(|cursor| cursor.to_string()),
        "total": totals.sessions + totals.sub_agents,
    })))
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
