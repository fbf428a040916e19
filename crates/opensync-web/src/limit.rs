//! How often programs may ask, and how often an address may try keys. It is kept in memory and forgotten with
//! the server.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is counted is counted for so long.
const WINDOW: Duration = Duration::from_mins(1);
/// Unknown keys that an address may present in a window.
const FAILURES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
/// So many addresses, or keys, are remembered at once; of more the oldest is forgotten.
const REMEMBERED: usize = 4_096;

/// The limits of a server. Whoever has a key is never kept out by the failures of others: an address that tried too
/// many is only told so instead of which of them are wrong.
#[derive(Debug)]
pub struct Limits {
    failures: Counter<IpAddr>,
    api: Option<Counter<String>>,
    sync: Option<Counter<String>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Limits {
    /// Requests a minute that a key may make: to read and change, and to send sessions. `None` is no limit.
    pub fn new(api: Option<NonZeroU32>, sync: Option<NonZeroU32>) -> Self {
        Self { failures: Counter::new(FAILURES), api: api.map(Counter::new), sync: sync.map(Counter::new) }
    }

    /// Counts a key nobody has. The error says how long the address should wait.
    pub(crate) fn failed(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        // Without an address everybody is one.
        self.failures.count(network(address.unwrap_or(Ipv6Addr::UNSPECIFIED.into())), now)
    }

    /// Counts a request to `path` with the key of this id. The error says how long to wait.
    pub(crate) fn asked(&self, key: &str, path: &str, now: Instant) -> Result<(), Duration> {
        let counter = if path.starts_with("/sync/") { &self.sync } else { &self.api };
        counter.as_ref().map_or(Ok(()), |counter| counter.count(key.to_owned(), now))
    }
}

/// What belongs to one subscriber: an address, or the half of an IPv6 address that is given out.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Counts by name, from the first time on for the length of a window.
#[derive(Debug)]
struct Counter<K> {
    most: NonZeroU32,
    counts: Mutex<HashMap<K, (Instant, u32)>>,
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(most: NonZeroU32) -> Self {
        Self { most, counts: Mutex::default() }
    }

    fn count(&self, name: K, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begin: Instant| now.saturating_duration_since(begin) >= WINDOW;
        if counts.len() >= REMEMBERED && !counts.contains_key(&name) {
            counts.retain(|_, (begin, _)| !is_over(*begin));
            let oldest = counts.iter().min_by_key(|(_, (begin, _))| *begin).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest.filter(|_| counts.len() >= REMEMBERED) {
                counts.remove(&oldest);
            }
        }
        let (begin, count) = counts.entry(name).or_insert((now, 0));
        if is_over(*begin) {
            (*begin, *count) = (now, 0);
        }
        if *count >= self.most.get() {
            return Err(WINDOW.saturating_sub(now.saturating_duration_since(*begin)));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(n).into()
    }

    fn count(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    #[test]
    fn an_address_may_fail_ten_times_a_minute() {
        let (limits, begin) = (Limits::default(), Instant::now());
        for n in 0..10 {
            assert_eq!(limits.failed(Some(address(1)), begin + Duration::from_secs(n)), Ok(()), "{n}");
        }
        let after = |seconds| limits.failed(Some(address(1)), begin + Duration::from_secs(seconds));
        assert_eq!(after(10), Err(Duration::from_secs(50)));
        assert_eq!(after(59), Err(Duration::from_secs(1)));
        assert_eq!(limits.failed(Some(address(2)), begin), Ok(()), "another address");
        assert_eq!(after(60), Ok(()));
    }

    #[test]
    fn a_subscriber_with_many_addresses_is_one() {
        let (limits, now) = (Limits::default(), Instant::now());
        let failed = |text: &str| limits.failed(Some(text.parse().unwrap()), now);
        for n in 0..10 {
            assert_eq!(failed(&format!("2001:db8::{n}")), Ok(()));
        }
        assert!(failed("2001:db8::ffff").is_err());
        assert!(failed("2001:db8:0:1::1").is_ok());
        for _ in 0..10 {
            assert_eq!(failed("::ffff:192.0.2.1"), Ok(()));
        }
        assert!(failed("192.0.2.1").is_err() && failed("192.0.2.2").is_ok());
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_are_forgotten() {
        let (limits, begin) = (Limits::default(), Instant::now());
        let many = u32::try_from(REMEMBERED).unwrap() + 5;
        for n in 0..many {
            limits.failed(Some(address(n)), begin + Duration::from_millis(n.into())).unwrap();
        }
        let remembered = limits.failures.counts.lock().unwrap();
        assert_eq!(remembered.len(), REMEMBERED);
        assert!(!remembered.contains_key(&address(4)) && remembered.contains_key(&address(5)));
    }

    #[test]
    fn each_key_has_requests_of_its_own_and_none_has_a_limit_unless_it_was_set() {
        let now = Instant::now();
        let limits = Limits::new(Some(count(2)), None);
        for path in ["/api/stats", "/search"] {
            assert_eq!(limits.asked("a", path, now), Ok(()));
        }
        assert_eq!(limits.asked("a", "/api/sessions", now), Err(WINDOW));
        assert_eq!(limits.asked("b", "/api/sessions", now), Ok(()));
        assert!((0..10_000).all(|_| limits.asked("a", "/sync/message", now).is_ok()));
        let limits = Limits::new(None, Some(count(1)));
        assert_eq!(limits.asked("a", "/sync/batch", now), Ok(()));
        assert!(limits.asked("a", "/sync/batch", now).is_err());
        assert!((0..10_000).all(|_| limits.asked("a", "/api/sessions", now).is_ok()));
    }
}
