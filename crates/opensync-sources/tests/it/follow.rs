//! Following a file equals reading it whole, and costs less.

use std::path::Path;

use opensync_sources::{Follow, Origin, Source};

use crate::support::Seen;

mod around;
mod databases;
mod lines;

/// Reads a file with its follower and compares with reading it whole. Answers what was handed over.
pub fn equals_whole(source: &dyn Source, follower: &mut dyn Follow, origin: &Origin, when: &str) -> Seen {
    let (mut seen, mut whole) = (Seen::default(), Seen::default());
    follower.read(origin, &mut seen).unwrap();
    source.read(origin, &mut whole).unwrap();
    assert_eq!(seen.problems, whole.problems, "{when}");
    let by_id = |all: &mut Seen| all.sessions.sort_by(|one, two| one.external_id.cmp(&two.external_id));
    by_id(&mut whole);
    by_id(&mut seen);
    assert_eq!(seen.sessions.len() as u64 + seen.unchanged, whole.sessions.len() as u64, "{when}");
    for session in &seen.sessions {
        let same = whole.session(&session.external_id);
        assert!(session == same, "{when}: {session:#?}\nis not\n{same:#?}");
    }
    seen
}

/// Everything below `root`, by path.
fn found(source: &dyn Source, root: &Path) -> Vec<Origin> {
    let mut unreadable = Vec::new();
    let found = source.find(root, &mut unreadable);
    assert!(unreadable.is_empty() && !found.is_empty());
    found
}
