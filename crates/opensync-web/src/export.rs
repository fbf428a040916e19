//! Sends sessions as one file, of any size: it holds a few messages of one session at a time.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::export::{Context, Exporter, Format};
use opensync_core::{SessionId, UserId};
use opensync_store::{Around, Store};

/// Messages read at once.
const WINDOW: u64 = 100;
/// A piece of the file is sent when it has so many bytes.
const PIECE: usize = 64 * 1024;

/// The file as an answer.
pub fn answer(
    store: &Store,
    user: &UserId,
    ids: Vec<SessionId>,
    format: &'static Format,
    now: Timestamp,
    zone: TimeZone,
) -> Response {
    let context = Context { at: now, zone, source_name: opensync_sources::name };
    let headers = [
        (header::CONTENT_TYPE, format.content_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", format.file_name(&context))),
    ];
    let pieces = stream(store.clone(), user.clone(), ids, format.exporter(context));
    (headers, Body::from_stream(pieces)).into_response()
}

struct Writing {
    store: Store,
    user: UserId,
    ids: std::vec::IntoIter<SessionId>,
    exporter: Box<dyn Exporter>,
    /// What is written next.
    next: Next,
}

enum Next {
    Begin,
    Session,
    /// Messages of a session after a place.
    Messages(SessionId, Option<u64>),
    Nothing,
}

/// Pieces of the file. Sessions are read when their turn comes; one that is gone by then is left out.
/// An error ends the answer early, so that nobody takes half a file for the whole.
fn stream(
    store: Store,
    user: UserId,
    ids: Vec<SessionId>,
    exporter: Box<dyn Exporter>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let writing = Writing { store, user, ids: ids.into_iter(), exporter, next: Next::Begin };
    try_unfold(writing, piece)
}

async fn piece(mut writing: Writing) -> io::Result<Option<(Bytes, Writing)>> {
    let mut piece = String::new();
    while piece.len() < PIECE && !matches!(writing.next, Next::Nothing) {
        writing.step(&mut piece).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "an export broke off");
            io::Error::other(error)
        })?;
    }
    Ok((!piece.is_empty()).then(|| (Bytes::from(piece), writing)))
}

impl Writing {
    async fn step(&mut self, out: &mut String) -> opensync_store::Result<()> {
        self.next = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Begin => {
                self.exporter.begin(out);
                Next::Session
            }
            Next::Session => {
                if let Some(id) = self.ids.next() {
                    if let Some(session) = self.store.session(&self.user, &id).await? {
                        self.exporter.session(&session, out);
                        Next::Messages(id, None)
                    } else {
                        Next::Session
                    }
                } else {
                    self.exporter.end(out);
                    Next::Nothing
                }
            }
            Next::Messages(id, after) => {
                let around = after.map_or(Around::Start, Around::After);
                let window = self.store.messages(&self.user, &id, &around, WINDOW).await?;
                for stored in &window.messages {
                    self.exporter.message(&stored.message, out);
                }
                if let Some(seq) = window.after {
                    Next::Messages(id, Some(seq))
                } else {
                    self.exporter.end_session(out);
                    Next::Session
                }
            }
            Next::Nothing => Next::Nothing,
        };
        Ok(())
    }
}
