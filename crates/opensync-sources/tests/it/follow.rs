//! Following a file equals reading it whole, and costs less.

use std::path::Path;

use opensync_sources::{Follow, Origin, Source};

use crate::support::Seen;

mod around;
mod lines;

/// Reads a file with its follower and compares with reading it whole. Answers what was handed over.
fn equals_whole(source: &dyn Source, follower: &mut dyn Follow, origin: &Origin, when: &str) -> Seen {
    let (mut followed, mut whole) = (Seen::default(), Seen::default());
    follower.read(origin, &mut followed).unwrap();
    source.read(origin, &mut whole).unwrap();
    assert_eq!(followed.problems, whole.problems, "{when}");
    let by_id = |seen: &mut Seen| seen.sessions.sort_by(|one, two| one.external_id.cmp(&two.external_id));
    by_id(&mut whole);
    by_id(&mut followed);
    assert_eq!(followed.sessions.len() as u64 + followed.unchanged, whole.sessions.len() as u64, "{when}");
    for session in &followed.sessions {
        let same = whole.session(&session.external_id);
        assert!(session == same, "{when}: {session:#?}\nis not\n{same:#?}");
    }
    followed
}

/// Everything below `root`, by path.
fn found(source: &dyn Source, root: &Path) -> Vec<Origin> {
    let mut unreadable = Vec::new();
    let found = source.find(root, &mut unreadable);
    assert!(unreadable.is_empty() && !found.is_empty());
    found
}
