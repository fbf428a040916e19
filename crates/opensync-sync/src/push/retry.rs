//! How long to wait before something is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// The first wait is at most so long, ...
const FIRST: Duration = Duration::from_secs(1);
/// ... and each twice as long as the one before, up to this.
const LONGEST: Duration = Duration::from_mins(1);
/// A server that says when to come again is believed up to this.
const ASKED: Duration = Duration::from_mins(15);

/// Waits that grow until something succeeds.
#[derive(Debug)]
pub(super) struct Waits {
    /// How long to go on without success; for ever when `None`.
    patience: Option<Duration>,
    since: Option<Instant>,
    tries: u32,
}

impl Waits {
    pub(super) fn new(patience: Option<Duration>) -> Self {
        Self { patience, since: None, tries: 0 }
    }

    /// The next wait; `None` when patience ends before it. `asked` is what the server wants.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let longest = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries += 1;
        // Somewhere in its later half: many that lost one server do not come back at once.
        let wait = longest.mul_f64(0.5 + random() / 2.0).max(asked.unwrap_or_default().min(ASKED));
        let over = self.patience.is_some_and(|patience| since.elapsed() + wait > patience);
        (!over).then_some(wait)
    }
}

/// A number from 0 to 1.
fn random() -> f64 {
    // Each state has keys of its own.
    let number = RandomState::new().hash_one(0);
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_minute_and_differ() {
        let mut waits = Waits::new(None);
        for most in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = waits.next(None).unwrap().as_secs_f64();
            let most = f64::from(most);
            assert!((most / 2.0..=most).contains(&wait), "{wait} of {most}");
        }
        let first = || Waits::new(None).next(None).unwrap();
        assert!((0..20).map(|_| first()).any(|wait| wait != first()));
    }

    #[test]
    fn a_server_that_asks_for_a_longer_wait_gets_it() {
        let mut waits = Waits::new(None);
        assert_eq!(waits.next(Some(Duration::from_secs(30))), Some(Duration::from_secs(30)));
        assert_eq!(waits.next(Some(Duration::from_hours(9))), Some(ASKED));
    }

    #[test]
    fn patience_ends() {
        assert_eq!(Waits::new(Some(Duration::ZERO)).next(None), None);
        let mut waits = Waits::new(Some(Duration::from_secs(20)));
        assert!(waits.next(None).is_some());
        assert!((0..9).any(|_| waits.next(None).is_none()));
    }
}
