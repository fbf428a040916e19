//! Takes what sync plugins send. Requests that come while one commit is under way wait for the next, which
//! takes all of them: a hundred plugins that send at once do not wait for a hundred commits.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opensync_core::price::Prices;
use opensync_core::{SessionId, UserId};
use opensync_store::{Call, Store, Taken};
use tokio::sync::{Notify, oneshot};

use crate::Changes;

/// A commit takes at most so many requests, ...
const GROUP: usize = 200;
/// ... or as many as have so many bytes.
const GROUP_BYTES: usize = 8 << 20;

/// Receives for one archive. Cheap to clone; clones share the queue.
#[derive(Clone)]
pub struct Receiver(Arc<Shared>);

struct Shared {
    store: Store,
    prices: Arc<Prices>,
    changes: Changes,
    queue: Mutex<Queue>,
    idle: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    is_working: bool,
}

struct Request {
    user: UserId,
    calls: Vec<Call>,
    bytes: usize,
    answer: oneshot::Sender<Answer>,
}

/// For each call the session it belongs to, and what became of it.
type Answer = Result<Vec<(SessionId, Taken)>, NotStored>;

/// Nothing of a request was stored; it can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the archive could not be written")]
pub struct NotStored;

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

impl Receiver {
    /// A receiver that tells `changes` which sessions it wrote.
    pub fn new(store: Store, prices: Arc<Prices>, changes: Changes) -> Self {
        let (queue, idle) = (Mutex::default(), Notify::new());
        Self(Arc::new(Shared { store, prices, changes, queue, idle }))
    }

    /// Stores calls of one user, which had so many bytes: all of them or none. Done when they are committed;
    /// who stops waiting does not stop them.
    pub async fn receive(&self, user: UserId, calls: Vec<Call>, bytes: usize) -> Answer {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        self.push(Request { user, calls, bytes, answer });
        answered.await.unwrap_or(Err(NotStored))
    }

    fn push(&self, request: Request) {
        let mut queue = self.0.queue();
        queue.waiting.push_back(request);
        if !std::mem::replace(&mut queue.is_working, true) {
            tokio::spawn(Work { shared: self.0.clone(), is_over: false }.run());
        }
    }

    /// Waits until nothing is being stored.
    pub async fn idle(&self) {
        loop {
            let idle = self.0.idle.notified();
            tokio::pin!(idle);
            // Before the look at the queue: what ends in between is heard.
            idle.as_mut().enable();
            if !self.0.queue().is_working {
                return;
            }
            idle.await;
        }
    }
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests for one commit; none when nobody waits, and then the work is over.
    fn group(&self) -> Vec<Request> {
        let mut queue = self.queue();
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.len() < GROUP && bytes < GROUP_BYTES {
            let Some(request) = queue.waiting.pop_front() else { break };
            bytes += request.bytes;
            group.push(request);
        }
        queue.is_working = !group.is_empty();
        group
    }

    /// Stores requests of one user.
    async fn store(&self, user: &UserId, mut requests: Vec<Request>) {
        let counts: Vec<usize> = requests.iter().map(|request| request.calls.len()).collect();
        // Of several requests one may be what cannot be stored: they are needed again then.
        let calls = match requests.as_mut_slice() {
            [one] => std::mem::take(&mut one.calls),
            several => several.iter().flat_map(|request| request.calls.iter().cloned()).collect(),
        };
        match self.store.receive(user, calls, &self.prices).await {
            Ok(received) => {
                self.changes.announce(received.ids);
                let mut taken = received.taken.into_iter();
                for (request, count) in requests.into_iter().zip(counts) {
                    // Nobody listens when the client went away.
                    let _ = request.answer.send(Ok(taken.by_ref().take(count).collect()));
                }
            }
            Err(_) if requests.len() > 1 => {
                for request in requests {
                    Box::pin(self.store(user, vec![request])).await;
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "what a plugin sent could not be stored");
                for request in requests {
                    let _ = request.answer.send(Err(NotStored));
                }
            }
        }
    }
}

/// The work on the queue, which runs while there is any.
struct Work {
    shared: Arc<Shared>,
    is_over: bool,
}

impl Work {
    async fn run(mut self) {
        loop {
            let group = self.shared.group();
            if group.is_empty() {
                self.is_over = true;
                return;
            }
            let mut users: HashMap<UserId, Vec<Request>> = HashMap::new();
            for request in group {
                users.entry(request.user.clone()).or_default().push(request);
            }
            for (user, requests) in users {
                self.shared.store(&user, requests).await;
            }
        }
    }
}

impl Drop for Work {
    /// When it breaks off, nobody waits for what will not come.
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = self.shared.queue();
            queue.waiting.clear();
            queue.is_working = false;
        }
        self.shared.idle.notify_waiters();
    }
}
