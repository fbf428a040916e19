//! How far an import is, for whoever shows it.

use serde::Serialize;

/// One look at a running or finished import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Whether it is still going.
    pub running: bool,
    /// Files read so far, unchanged ones included.
    pub files_done: u64,
    /// Files found.
    pub files_total: u64,
    /// Bytes read so far.
    pub bytes_done: u64,
    /// Bytes to read.
    pub bytes_total: u64,
    /// Sessions written so far.
    pub sessions: u64,
    /// Problems met so far.
    pub problems: u64,
    /// Time since the start, in milliseconds.
    pub elapsed_ms: u64,
    /// Why it stopped early, when it did.
    pub error: Option<String>,
}

impl Progress {
    /// Time left in milliseconds, from the bytes still to read; `None` until that means anything.
    pub fn remaining_ms(&self) -> Option<u64> {
        if self.elapsed_ms < 500 || self.bytes_done == 0 || self.bytes_done >= self.bytes_total {
            return None;
        }
        let left = u128::from(self.bytes_total - self.bytes_done) * u128::from(self.elapsed_ms);
        u64::try_from(left / u128::from(self.bytes_done)).ok()
    }

    /// Bytes a second over the whole run.
    pub fn bytes_per_second(&self) -> u64 {
        self.bytes_done.saturating_mul(1000) / self.elapsed_ms.max(1)
    }
}
