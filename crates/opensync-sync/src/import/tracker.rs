//! Counts how far an import is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opensync_core::progress::Progress;

#[derive(Debug, Default)]
pub(super) struct Tracker {
    running: AtomicBool,
    pub(super) files_done: AtomicU64,
    pub(super) files_total: AtomicU64,
    pub(super) bytes_done: AtomicU64,
    pub(super) bytes_total: AtomicU64,
    pub(super) sessions: AtomicU64,
    pub(super) problems: AtomicU64,
    times: Mutex<(Option<Instant>, Option<Instant>)>,
    error: Mutex<Option<String>>,
}

impl Tracker {
    pub(super) fn start(&self) {
        for counter in
            [&self.files_done, &self.files_total, &self.bytes_done, &self.bytes_total, &self.sessions, &self.problems]
        {
            counter.store(0, Ordering::Relaxed);
        }
        *lock(&self.times) = (Some(Instant::now()), None);
        *lock(&self.error) = None;
        self.running.store(true, Ordering::Release);
    }

    pub(super) fn stop(&self, error: Option<String>) {
        lock(&self.times).1 = Some(Instant::now());
        *lock(&self.error) = error;
        self.running.store(false, Ordering::Release);
    }

    pub(super) fn look(&self) -> Progress {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (start, end) = *lock(&self.times);
        let elapsed = start.map_or(Duration::ZERO, |start| end.unwrap_or_else(Instant::now) - start);
        Progress {
            running: self.running.load(Ordering::Acquire),
            files_done: count(&self.files_done),
            files_total: count(&self.files_total),
            bytes_done: count(&self.bytes_done),
            bytes_total: count(&self.bytes_total),
            sessions: count(&self.sessions),
            problems: count(&self.problems),
            elapsed_ms: elapsed.as_millis() as u64,
            error: lock(&self.error).clone(),
        }
    }
}

/// A panic while holding one of these locks leaves plain values behind: they stay usable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
