//! Writes sessions as one file, of any size: it holds a few messages of one session at a time.
//!
//! The list of formats is here, because the page is written with the renderers of this crate; those of
//! `opensync-core` need none.

use std::collections::VecDeque;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::try_unfold;
pub use opensync_core::export::{Context, Exporter, Format, Kind, Options, TurnMode};
use opensync_core::{SessionId, StoredMessage, UserId, export};
use opensync_store::{Around, Store};

use crate::render::html::percent;

mod html;

pub use html::FORMAT as HTML;

/// All formats, as menus list them.
pub static FORMATS: [&Format; 8] = [
    &export::DEEPEVAL,
    &export::CONVERSATION,
    &export::OPENAI,
    &export::PROMPTFOO,
    &export::TEXT,
    &export::MARKDOWN,
    &HTML,
    &export::JSON,
];

/// Messages read at once.
const WINDOW: u64 = 100;
/// A piece of the file is sent when it has so many bytes.
const PIECE: usize = 64 * 1024;

/// The format of this name.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id).copied()
}

/// The names of all formats, for who named another.
pub fn known() -> String {
    let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
    match ids.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The file as an answer, saved under `name`.
pub fn answer(file: File, format: &Format, name: &str) -> Response {
    let content_type = HeaderValue::from_static(format.content_type);
    let mut answer = ([(header::CONTENT_TYPE, content_type)], Body::from_stream(file.stream())).into_response();
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition(name));
    answer
}

/// The header that names a file: for old readers with the letters every one of them knows.
pub fn disposition(name: &str) -> HeaderValue {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) { c } else { '_' }).collect();
    let value = if plain == name {
        format!("attachment; filename=\"{plain}\"")
    } else {
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name))
    };
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// A file that is being written.
pub struct File {
    store: Store,
    user: UserId,
    ids: std::vec::IntoIter<SessionId>,
    exporter: Box<dyn Exporter>,
    is_whole: bool,
    sessions: u64,
    /// Messages that were read and are not written yet.
    window: VecDeque<StoredMessage>,
    /// What is written next.
    next: Next,
}

enum Next {
    Begin,
    Session,
    /// The messages of the window, then those of a session after a place.
    Messages(SessionId, Option<u64>),
    /// The messages of the window, then the end of their session.
    LastMessages,
    Nothing,
}

impl File {
    /// A file of these sessions, in this order. Each is read when its turn comes; one that is gone by
    /// then is left out.
    pub fn new(store: &Store, user: &UserId, ids: Vec<SessionId>, format: &Format, context: Context) -> Self {
        Self {
            store: store.clone(),
            user: user.clone(),
            ids: ids.into_iter(),
            exporter: format.exporter(context),
            is_whole: format.kind == Kind::Whole,
            sessions: 0,
            window: VecDeque::new(),
            next: Next::Begin,
        }
    }

    /// Sessions that were begun.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Test cases written; `None` when the format has none.
    pub fn cases(&self) -> Option<u64> {
        self.exporter.cases()
    }

    /// The next piece; `None` behind the last one.
    pub async fn piece(&mut self) -> opensync_store::Result<Option<String>> {
        let mut piece = String::new();
        while piece.len() < PIECE && !matches!(self.next, Next::Nothing) {
            self.step(&mut piece).await?;
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    /// All pieces. An error ends the answer early, so that nobody takes half a file for the whole.
    fn stream(self) -> impl Stream<Item = io::Result<Bytes>> {
        try_unfold(self, async |mut file| match file.piece().await {
            Ok(piece) => Ok(piece.map(|piece| (Bytes::from(piece), file))),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an export broke off");
                Err(io::Error::other(error))
            }
        })
    }

    async fn step(&mut self, out: &mut String) -> opensync_store::Result<()> {
        self.next = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Begin => {
                self.exporter.begin(out);
                Next::Session
            }
            Next::Session => {
                if let Some(id) = self.ids.next() {
                    self.begin(id, out).await?
                } else {
                    self.exporter.end(out);
                    Next::Nothing
                }
            }
            // One message alone can make a large piece: a test case repeats what was said before it.
            now @ (Next::Messages(..) | Next::LastMessages) if !self.window.is_empty() => {
                while out.len() < PIECE
                    && let Some(stored) = self.window.pop_front()
                {
                    self.exporter.message(&stored.message, out);
                }
                now
            }
            Next::Messages(id, after) => {
                let last = self.read(&id, after).await?;
                last.map_or(Next::LastMessages, |last| Next::Messages(id, Some(last)))
            }
            Next::LastMessages => {
                self.exporter.end_session(out);
                Next::Session
            }
            Next::Nothing => Next::Nothing,
        };
        Ok(())
    }

    async fn begin(&mut self, id: SessionId, out: &mut String) -> opensync_store::Result<Next> {
        let Some(session) = self.store.session(&self.user, &id).await? else { return Ok(Next::Session) };
        let whole = if self.is_whole { self.store.whole(&self.user, &id).await? } else { None };
        self.exporter.session(&session, whole.as_ref(), out);
        self.sessions += 1;
        Ok(Next::Messages(id, None))
    }

    /// Reads some messages; answers the place of the last when there are more.
    async fn read(&mut self, id: &SessionId, after: Option<u64>) -> opensync_store::Result<Option<u64>> {
        if self.is_whole {
            let messages = self.store.every_message(&self.user, id, after, WINDOW).await?;
            let last = messages.last().map(|stored| stored.seq).filter(|_| messages.len() as u64 == WINDOW);
            self.window = messages.into();
            return Ok(last);
        }
        let around = after.map_or(Around::Start, Around::After);
        let window = self.store.messages(&self.user, id, &around, WINDOW).await?;
        self.window = window.messages.into();
        Ok(window.after)
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("File")
    }
}
