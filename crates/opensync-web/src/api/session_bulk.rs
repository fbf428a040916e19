//! Deletes, labels or exports many sessions at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::Filter;
use opensync_core::label::LabelChange;
use opensync_core::wire::ErrorJson;
use opensync_core::{SessionId, UserId};
use serde_json::{Map, Value};

use super::{Admin, Refusal, fields, label};
use crate::AppState;
use crate::bulk::{self, Action};
use crate::export::{self, Context, File, Format, Options};

/// Deletes, labels or exports many sessions at once.
///
/// A query means what a list shows for it, sub-agents under their parents left out; days are those of UTC.
/// `export` answers the file, with `format` and what it takes in (`tools`, `system`, `anonymise`, `mode`..).
#[utoipa::path(
    post, path = "/api/sessions/bulk", tag = "Changes", operation_id = "changeSessions",
    request_body = BulkOrder,
    responses(
        (status = 200, description = "What was done, or the file", content(
            (BulkOutcome = "application/json"),
            (String = "application/x-ndjson"), (String = "text/plain"), (String = "text/markdown"), (String = "text/html"),
        )),
        (status = 400, description = "A field that is not known, or a value it cannot have", body = ErrorJson),
        (status = 413, body = ErrorJson),
    )
)]
pub async fn change(
    State(state): State<AppState>,
    Admin(user): Admin,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let mut fields = fields(body)?;
    let action = fields.remove("action");
    let (ids, query) = (fields.remove("ids"), fields.remove("query"));
    // Everything is read before anything is looked up or changed.
    let action = match action.as_ref().and_then(Value::as_str) {
        Some("delete") => Order::Change(Action::Delete),
        Some("label") => Order::Change(Action::Label(labels(&mut fields)?)),
        Some("export") => {
            let format = format(fields.remove("format").as_ref())?;
            Order::Export(format, options(&mut fields, format))
        }
        _ => return Err(Refusal::invalid("action must be delete, label or export")),
    };
    if let Some(name) = fields.keys().next() {
        return Err(Refusal::invalid(format!("{name} is not known here")));
    }
    let ids = match (ids, query) {
        (Some(ids), None) => listed(&ids)?,
        (None, Some(query)) => matching(&state, &user, &query).await?,
        _ => return Err(Refusal::invalid("ids or query must say which sessions, one of them")),
    };
    match action {
        Order::Export(format, options) => {
            let context =
                Context { at: Timestamp::now(), zone: TimeZone::UTC, source_name: opensync_sources::name, options };
            let name = format.file_name(&context, None);
            Ok(export::answer(File::new(&state.store, &user, ids, format, context), format, &name))
        }
        Order::Change(action) => {
            let outcome = bulk::run(&state, &user, &ids, &action, |_| {}).await;
            let failed = outcome.reasons.iter();
            let failed = failed.map(|(id, reason)| BulkFailure { id: id.to_string(), reason: reason.clone() });
            Ok(Json(BulkOutcome { done: outcome.done, failed: failed.collect() }).into_response())
        }
    }
}

/// What to do with which sessions.
#[derive(Debug, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes a body that is read field by field, so that each error names its field")]
pub(super) struct BulkOrder {
    /// `delete`, `label` or `export`.
    action: String,
    /// Ids of sessions; or a query.
    ids: Option<Vec<String>>,
    /// What the field above the list would find, such as `source:codex cost:>1`.
    query: Option<String>,
    /// Of the file, for `export`.
    format: Option<String>,
    eval_ready: Option<bool>,
    /// `golden`, `correct`, `incorrect` or `needs_review`.
    eval_status: Option<String>,
    eval_tags: Option<Vec<String>>,
    add_tags: Option<Vec<String>>,
    remove_tags: Option<Vec<String>>,
    eval_notes: Option<String>,
    expected_output: Option<String>,
}

/// What was done.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct BulkOutcome {
    /// Sessions that were changed or deleted.
    done: u64,
    /// Those that were not.
    failed: Vec<BulkFailure>,
}

/// A session that was not changed.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct BulkFailure {
    id: String,
    reason: String,
}

enum Order {
    Change(Action),
    Export(&'static Format, Options),
}

fn labels(fields: &mut Map<String, Value>) -> Result<LabelChange, Refusal> {
    let mut change = LabelChange::default();
    for (name, value) in std::mem::take(fields) {
        if !label::read(&mut change, &name, &value)? {
            fields.insert(name, value);
        }
    }
    if change.is_empty() && fields.is_empty() {
        return Err(Refusal::invalid("label needs a label, such as evalReady or addTags"));
    }
    Ok(change)
}

fn format(value: Option<&Value>) -> Result<&'static Format, Refusal> {
    let format = value.and_then(Value::as_str).and_then(export::find);
    format.ok_or_else(|| Refusal::invalid(format!("format must be one of {}", export::known())))
}

/// What an export takes in: true, false or a text under the names of [`Options`]; others stay.
fn options(fields: &mut Map<String, Value>, format: &Format) -> Options {
    let mut options = Options::of(format.kind);
    fields.retain(|name, value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        !options.set(name, &text)
    });
    options
}

fn listed(ids: &Value) -> Result<Vec<SessionId>, Refusal> {
    let wrong = || Refusal::invalid("ids must be a list of session ids");
    let ids = ids.as_array().filter(|ids| !ids.is_empty()).ok_or_else(wrong)?;
    let mut seen = std::collections::HashSet::new();
    let id = |id: &Value| id.as_str().map(|id| SessionId::from_stored(id.to_owned())).ok_or_else(wrong);
    let ids = ids.iter().map(id).collect::<Result<Vec<_>, _>>()?;
    Ok(ids.into_iter().filter(|id| seen.insert(id.clone())).collect())
}

async fn matching(state: &AppState, user: &UserId, query: &Value) -> Result<Vec<SessionId>, Refusal> {
    // An empty one would mean everything, which nobody should say by accident.
    let text = query.as_str().filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Refusal::invalid("query must be a text such as source:codex cost:>1"))?;
    let (mut filter, complaints) = Filter::parse_text(text);
    // Half a query would match more than was meant.
    if let Some(complaint) = complaints.first() {
        return Err(Refusal::invalid(format!("query is not clear: {}", complaint.text)));
    }
    filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    Ok(state.store.session_ids(user, &filter.select(Timestamp::now(), &TimeZone::UTC)).await?)
}
