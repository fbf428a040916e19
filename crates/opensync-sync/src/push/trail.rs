//! Remembers which messages of a session were sent, in few bytes.

use xxhash_rust::xxh3::Xxh3;

/// So many of the last messages can differ before a session is sent as a whole: agents complete what they
/// wrote last.
const TAIL: usize = 64;

/// The digests of messages: all together, and those of the last ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trail {
    /// How many come before the tail, ...
    before: u64,
    /// ... and what they are together.
    chain: u64,
    tail: Vec<i64>,
}

impl Trail {
    /// Of messages with these digests; `seed` is another one when they are sent in another way.
    pub(super) fn of(seed: u64, digests: &[i64]) -> Self {
        let (before, tail) = digests.split_at(digests.len().saturating_sub(TAIL));
        Self { before: before.len() as u64, chain: chain(seed, before), tail: tail.to_vec() }
    }

    /// How many messages there are.
    pub(super) fn len(&self) -> u64 {
        self.before + self.tail.len() as u64
    }

    /// How many of the first messages are as they were; all of them are sent in another way when `None`.
    pub(super) fn kept(&self, seed: u64, digests: &[i64]) -> Option<u64> {
        let (before, rest) = digests.split_at_checked(usize::try_from(self.before).ok()?)?;
        if chain(seed, before) != self.chain {
            return None;
        }
        Some(self.before + self.tail.iter().zip(rest).take_while(|(a, b)| a == b).count() as u64)
    }

    /// A name for exactly these messages.
    pub(super) fn mark(&self) -> String {
        format!("{:x}-{:016x}", self.len(), chain(self.chain, &self.tail))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let numbers =
            [self.before, self.chain].into_iter().chain(self.tail.iter().map(|digest| digest.cast_unsigned()));
        numbers.flat_map(u64::to_le_bytes).collect()
    }

    /// Reads what `to_bytes` made; anything else is `None`.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: Vec<u64> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
        let (&[before, chain], tail) = numbers.split_first_chunk::<2>()?;
        let tail = tail.iter().map(|digest| digest.cast_signed()).collect();
        rest.is_empty().then_some(Self { before, chain, tail })
    }
}

fn chain(seed: u64, digests: &[i64]) -> u64 {
    let mut hash = Xxh3::with_seed(seed);
    for digest in digests {
        hash.update(&digest.to_le_bytes());
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(count: i64) -> Vec<i64> {
        (0..count).map(|n| n * 7 - 3).collect()
    }

    #[test]
    fn messages_that_are_as_they_were_are_counted() {
        for count in [0, 1, 63, 64, 65, 200] {
            let old = digests(count);
            let trail = Trail::of(1, &old);
            assert_eq!(trail.len(), count as u64);
            assert_eq!(trail.kept(1, &digests(count + 5)), Some(count as u64), "{count}");
            assert_eq!(trail.kept(2, &old), None, "another way: {count}");
            assert_eq!(Trail::parse(&trail.to_bytes()), Some(trail));
        }
    }

    #[test]
    fn the_end_may_differ_and_the_beginning_may_not() {
        let trail = Trail::of(0, &digests(200));
        let mut end = digests(203);
        end[190] = 1;
        assert_eq!(trail.kept(0, &end), Some(190));
        end[3] = 1;
        assert_eq!(trail.kept(0, &end), None);
        assert_eq!(trail.kept(0, &digests(150)), Some(150), "it shrank");
        assert_eq!(trail.kept(0, &digests(10)), None);
    }

    #[test]
    fn a_mark_names_these_messages_alone() {
        let mark = |seed, digests: &[i64]| Trail::of(seed, digests).mark();
        assert_eq!(mark(0, &digests(100)), mark(0, &digests(100)));
        for other in [mark(1, &digests(100)), mark(0, &digests(99)), mark(0, &[])] {
            assert_ne!(mark(0, &digests(100)), other);
        }
        assert_eq!(Trail::parse(&[1, 2, 3]), None);
        assert_eq!(Trail::parse(&[0; 8]), None);
    }
}
