//! Reads the bodies plugins send, within bounds: of one body, of all together, and of patience.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use opensync_core::received;
use opensync_sync::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// Of a body that is too large so much is passed over, so that its sender reads why it was refused, ...
const PASSED_OVER: usize = 256 << 20;
/// ... and for so long.
const PASSED_FOR: Duration = Duration::from_secs(10);
/// A body of so many bytes is not read beside other requests.
const LARGE: usize = 256 << 10;

/// What is too much.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Bytes of one body. Outputs of tools can be large.
    largest: usize,
    /// KiB of all bodies that are read or stored.
    room_kib: u32,
    /// A body that says nothing for so long is given up, ...
    silence: Duration,
    /// ... and one that does not come to an end.
    whole: Duration,
    /// So long a request waits for room.
    patience: Duration,
}

const BOUNDS: Bounds = Bounds {
    largest: 32 << 20,
    room_kib: 128 << 10,
    silence: Duration::from_secs(30),
    whole: Duration::from_mins(5),
    patience: Duration::from_secs(30),
};

/// Takes bodies in. Cheap to clone; clones share the room.
#[derive(Debug, Clone)]
pub(crate) struct Intake {
    receiver: Receiver,
    room: Arc<Semaphore>,
    bounds: Bounds,
}

/// A body, and the room it takes until it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    room: OwnedSemaphorePermit,
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

impl Taken {
    /// The body, and what keeps its room.
    pub(crate) fn into_bytes(self) -> (Vec<u8>, OwnedSemaphorePermit) {
        (self.bytes, self.room)
    }
}

impl Intake {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self::within(receiver, BOUNDS)
    }

    fn within(receiver: Receiver, bounds: Bounds) -> Self {
        Self { receiver, room: Arc::new(Semaphore::new(bounds.room_kib as usize)), bounds }
    }

    pub(crate) fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Reads a body. Room is taken before its first byte, as much as it says it has.
    pub(crate) async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Taken, Turned> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let Bounds { largest, room_kib, silence, whole, patience } = self.bounds;
        let length = length.unwrap_or(largest);
        if length > largest {
            pass_over(body.into_data_stream()).await;
            return Err(Turned::Large);
        }
        let kib = (u32::try_from(length >> 10).unwrap_or(room_kib) + 1).min(room_kib);
        let room = timeout(patience, self.room.clone().acquire_many_owned(kib)).await;
        let room = room.ok().and_then(Result::ok).ok_or(Turned::Full)?;
        let (mut bytes, mut stream) = (Vec::new(), body.into_data_stream());
        let end = Instant::now() + whole;
        loop {
            let next = timeout_at(end.min(Instant::now() + silence), stream.next());
            match next.await.map_err(|_| Turned::Slow)? {
                Some(Ok(some)) if bytes.len() + some.len() > largest => {
                    drop((bytes, some, room));
                    pass_over(stream).await;
                    return Err(Turned::Large);
                }
                Some(Ok(some)) => bytes.extend_from_slice(&some),
                Some(Err(_)) => return Err(Turned::Broken),
                None => return Ok(Taken { bytes, room }),
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

/// Reads what is left of a body and keeps nothing of it: who still sends does not read the answer. Not for ever.
async fn pass_over(mut body: BodyDataStream) {
    let (end, mut bytes) = (Instant::now() + PASSED_FOR, 0);
    while let Ok(Some(Ok(some))) = timeout_at(end, body.next()).await {
        bytes += some.len();
        if bytes > PASSED_OVER {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;
    use futures_util::stream;
    use opensync_core::price::Prices;
    use opensync_store::Store;
    use opensync_sync::Changes;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    /// An intake of at most 4 KiB each and 8 KiB together, that waits for nobody.
    async fn intake(folder: &std::path::Path) -> Intake {
        let store = Store::open_file(&folder.join("archive.db")).await.unwrap();
        let receiver = Receiver::new(store, Arc::new(Prices::embedded()), Changes::default());
        Intake::within(
            receiver,
            Bounds { largest: 4 << 10, room_kib: 8, silence: SHORT, whole: SHORT * 5, patience: SHORT },
        )
    }

    async fn read(intake: &Intake, body: Body) -> Result<usize, Turned> {
        intake.read(&HeaderMap::new(), body).await.map(|taken| taken.bytes.len())
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let intake = intake(folder.path()).await;
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        let silent = begun.clone().chain(stream::pending());
        assert_eq!(read(&intake, Body::from_stream(silent)).await, Err(Turned::Slow));
        let endless = begun.clone().chain(stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok(Bytes::new()), ()))
        }));
        assert_eq!(read(&intake, Body::from_stream(endless)).await, Err(Turned::Slow));
        let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
        assert_eq!(read(&intake, Body::from_stream(broken)).await, Err(Turned::Broken));
        assert_eq!(read(&intake, Body::from_stream(begun)).await, Ok(1));
        assert_eq!(intake.room.available_permits(), 8, "all room is given back");
    }

    #[tokio::test]
    async fn a_body_is_too_large_by_what_it_says_or_by_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let intake = intake(folder.path()).await;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, 5_000.into());
        assert_eq!(intake.read(&headers, Body::empty()).await.err(), Some(Turned::Large));
        assert_eq!(read(&intake, Body::from(vec![b' '; 4097])).await, Err(Turned::Large));
        assert_eq!(read(&intake, Body::from(vec![b' '; 4096])).await, Ok(4096));
    }

    #[tokio::test]
    async fn bodies_wait_for_room_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let intake = intake(folder.path()).await;
        // Of no length: each may be as large as any.
        let one = intake.read(&HeaderMap::new(), Body::from("{}")).await.unwrap();
        assert_eq!(read(&intake, Body::from("{}")).await, Err(Turned::Full));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, 2.into());
        assert!(intake.read(&headers, Body::from("{}")).await.is_ok(), "a small one fits");
        drop(one);
        assert_eq!(read(&intake, Body::from("{}")).await, Ok(2));
    }
}
