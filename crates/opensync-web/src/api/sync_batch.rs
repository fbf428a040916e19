//! What a plugin says about many sessions and messages.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::{Bad, BatchCall};
use opensync_store::{Call, Taken};
use serde_json::{Value, json};

use super::{Refusal, Sync};
use crate::AppState;

/// Of what could not be taken at most so many are named.
const NAMED: usize = 100;

/// `POST` of `{"sessions","messages"}`: all that make sense are stored together, the others are named.
/// `{"ok":true,"sessions","messages","errors","details"}`: how many are new or differ.
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (taken, batch) = state.intake.parse(request, BatchCall::read).await?;
    let BatchCall { sessions, messages } = batch?;
    let mut errors = Errors::default();
    let mut calls: Vec<Call> = errors.good(sessions).map(Call::Session).collect();
    let first_message = calls.len();
    calls.extend(errors.good(messages).map(Call::Message));
    let stored = state.intake.receiver().receive(user, calls, taken.bytes.len()).await?;
    let (sessions, messages) = stored.split_at(first_message.min(stored.len()));
    let count = |taken: Taken, of: &[_]| of.iter().filter(|(_, its)| *its == taken).count();
    let counts = |of| (count(Taken::Inserted, of), count(Taken::Updated, of), count(Taken::Skipped, of));
    let ((new, known, same), (new_messages, known_messages, same_messages)) = (counts(sessions), counts(messages));
    Ok(Json(json!({
        "ok": true,
        "sessions": new + known,
        "messages": new_messages + known_messages,
        "errors": errors.named(),
        "details": {
            "sessions": { "inserted": new, "updated": known, "skipped": same },
            "messages": { "inserted": new_messages, "updated": known_messages, "skipped": same_messages },
        },
    })))
}

/// Items that could not be taken: `ID: REASON`.
#[derive(Default)]
struct Errors {
    lines: Vec<String>,
    count: usize,
}

impl Errors {
    fn good<T>(&mut self, items: Vec<Result<T, (String, Bad)>>) -> impl Iterator<Item = T> {
        items.into_iter().filter_map(|item| match item {
            Ok(call) => Some(call),
            Err((id, bad)) => {
                self.count += 1;
                if self.count <= NAMED {
                    self.lines.push(format!("{}: {bad}", if id.is_empty() { "an item without an id" } else { &id }));
                }
                None
            }
        })
    }

    fn named(mut self) -> Vec<String> {
        if self.count > NAMED {
            self.lines.push(format!("{} more", self.count - NAMED));
        }
        self.lines
    }
}
