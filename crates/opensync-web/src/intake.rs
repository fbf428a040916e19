//! Reads the bodies plugins send, within bounds: of one body, of all together, and of patience.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use opensync_core::received;
use opensync_sync::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// The largest body. Outputs of tools can be large.
const LARGEST: usize = 32 << 20;
/// Bodies that are read or stored have so many KiB together.
const ROOM_KIB: u32 = 128 << 10;
/// A body of so many bytes is not read beside other requests.
const LARGE: usize = 256 << 10;
/// A body that says nothing for so long is given up, ...
const SILENCE: Duration = Duration::from_secs(30);
/// ... and one that does not come to an end.
const WHOLE: Duration = Duration::from_mins(5);
/// So long a request waits for room.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes bodies in. Cheap to clone; clones share the room.
#[derive(Debug, Clone)]
pub(crate) struct Intake {
    receiver: Receiver,
    room: Arc<Semaphore>,
}

/// A body, and the room it takes until it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// Larger than any body.
    #[error("The body is too large; at most 32 MiB are taken at once")]
    Large,
    /// It stopped coming.
    #[error("The body did not come; send it again")]
    Slow,
    /// The connection ended.
    #[error("The body broke off")]
    Broken,
    /// Too many others.
    #[error("Too much is being sent at once; send it again later")]
    Full,
}

impl Intake {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self { receiver, room: Arc::new(Semaphore::new(ROOM_KIB as usize)) }
    }

    pub(crate) fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Reads a body. Room is taken before its first byte, as much as it says it has.
    async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Taken, Turned> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let length = length.unwrap_or(LARGEST);
        if length > LARGEST {
            return Err(Turned::Large);
        }
        let kib = u32::try_from(length >> 10).unwrap_or(ROOM_KIB) + 1;
        let room = timeout(PATIENCE, self.room.clone().acquire_many_owned(kib)).await;
        let room = room.ok().and_then(Result::ok).ok_or(Turned::Full)?;
        let (mut bytes, mut stream) = (Vec::new(), body.into_data_stream());
        let end = Instant::now() + WHOLE;
        loop {
            let next = timeout_at(end.min(Instant::now() + SILENCE), stream.next());
            match next.await.map_err(|_| Turned::Slow)? {
                Some(Ok(some)) if bytes.len() + some.len() > LARGEST => {
                    drop(some);
                    return Err(Turned::Large);
                }
                Some(Ok(some)) => bytes.extend_from_slice(&some),
                Some(Err(_)) => return Err(Turned::Broken),
                None => return Ok(Taken { bytes, _room: room }),
            }
        }
    }

    /// Reads a body and what it says, whatever type it claims to have.
    pub(crate) async fn parse<T: Send + 'static>(
        &self,
        request: Request,
        read: fn(&str) -> T,
    ) -> Result<(Taken, T), Turned> {
        let (parts, body) = request.into_parts();
        let taken = self.read(&parts.headers, body).await?;
        if taken.bytes.len() < LARGE {
            let said = read(&received::mend(&taken.bytes));
            return Ok((taken, said));
        }
        let read = move || (read(&received::mend(&taken.bytes)), taken);
        let (said, taken) = tokio::task::spawn_blocking(read).await.map_err(|_| Turned::Broken)?;
        Ok((taken, said))
    }
}
