//! Makes what a public link shows: looks through a session, then copies it without what was found.
//!
//! A session is read a window at a time, and each window is looked through on a thread for such work,
//! so that one of 50 MB keeps nobody waiting but who asked for it.

use std::collections::HashSet;

use opensync_core::share::{Freezer, Frozen, Survey};
use opensync_core::{Session, StoredMessage};
use opensync_store::{Around, Error, Publication, Result};
use serde::{Deserialize, Serialize};

use crate::AppState;

/// Messages read at once.
const WINDOW: u64 = 100;
/// So many values are remembered of what was found; the page names no more of them.
pub const MOST_NAMED: usize = 300;

/// Which messages are meant: places, both included; `None` for the first and for all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The first.
    pub from: Option<u64>,
    /// The last.
    pub to: Option<u64>,
}

/// What was found when a copy was made, as the archive keeps it: nothing of it tells the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// The name of the value.
    pub name: String,
    /// What it is in words.
    pub kind: String,
    /// The value with its middle hidden.
    pub shown: String,
    /// How often it was found.
    pub count: u64,
    /// It stayed in the copy.
    pub kept: bool,
}

/// Looks through a session.
pub async fn survey(state: &AppState, session: &Session, range: Range) -> Result<Survey> {
    let mut survey = Survey::default();
    survey.session(session);
    each_window(state, session, range, survey, |survey, messages| {
        for message in messages {
            survey.message(message);
        }
    })
    .await
}

/// Copies a session without what `survey` found in it, but what `kept` names.
pub async fn publication(
    state: &AppState,
    session: &Session,
    range: Range,
    survey: &Survey,
    kept: &HashSet<String>,
    expires_at: Option<i64>,
) -> Result<(Publication, String)> {
    let copying = (Freezer::new(survey.redactor(kept), kept.clone()), Vec::new());
    let (freezer, messages) = each_window(state, session, range, copying, |(freezer, copies), messages| {
        copies.extend(messages.iter().map(|message| freezer.message(message)));
    })
    .await?;
    let shared = messages.iter().filter(|message: &&Frozen| message.counted).count() as u64;
    let head = freezer.head(session, shared);
    let noted: Vec<Noted> = survey
        .found()
        .into_iter()
        .take(MOST_NAMED)
        .map(|found| Noted {
            name: found.name.clone(),
            kind: found.kind.to_owned(),
            // What stays out of the copy need not stand beside it either.
            shown: found.shown.clone(),
            count: found.count,
            kept: kept.contains(&found.name),
        })
        .collect();
    let json = |value: serde_json::Result<String>| value.map_err(|error| Error::Damaged(error.to_string()));
    let title = head.title.clone();
    let publication = Publication {
        head: json(serde_json::to_string(&head))?,
        findings: json(serde_json::to_string(&noted))?,
        expires_at,
        from: range.from,
        to: range.to,
        messages,
    };
    Ok((publication, title))
}

/// What was found when a copy was made; nothing when that cannot be read.
pub fn noted(findings: &str) -> Vec<Noted> {
    serde_json::from_str(findings).unwrap_or_default()
}

/// Whether somebody has to look before a session becomes public.
pub fn needs_review(survey: &Survey) -> bool {
    !survey.found().is_empty()
}

async fn each_window<T: Send + 'static>(
    state: &AppState,
    session: &Session,
    range: Range,
    mut work: T,
    step: fn(&mut T, &[StoredMessage]),
) -> Result<T> {
    let mut place = range.from.and_then(|from| from.checked_sub(1)).map_or(Around::Start, Around::After);
    loop {
        let window = state.store.messages(&state.viewer, &session.id, &place, WINDOW).await?;
        let after = window.after.filter(|after| range.to.is_none_or(|to| *after < to));
        let messages: Vec<StoredMessage> =
            window.messages.into_iter().filter(|message| range.to.is_none_or(|to| message.seq <= to)).collect();
        let done = tokio::task::spawn_blocking(move || {
            step(&mut work, &messages);
            work
        });
        work = done.await.map_err(|_| Error::Damaged("a message could not be looked through".to_owned()))?;
        match after {
            Some(after) => place = Around::After(after),
            None => return Ok(work),
        }
    }
}
