//! What is known of files.

use std::collections::HashMap;

use opensync_core::import::{Problem, ProblemKind};
use opensync_store::{FileRead, Fingerprint, KnownFile, StoredProblem};

use crate::support::{SOURCE, file, session, someone_else};

fn print(size: u64, note: &str) -> Fingerprint {
    Fingerprint { size, mtime_ns: -1, file_id: u64::MAX - 5, note: note.to_owned() }
}

fn problem(line: Option<u64>, kind: ProblemKind) -> Problem {
    Problem { line, kind, reason: format!("{} here", kind.as_str()) }
}

/// What [`problem`] is when it was stored.
fn stored(source: &str, path: &str, line: Option<u64>, kind: &str) -> StoredProblem {
    StoredProblem {
        source: source.to_owned(),
        path: path.to_owned(),
        line,
        kind: kind.to_owned(),
        reason: format!("{kind} here"),
    }
}

contract!(a_file_is_known_by_its_fingerprint, async |archive| {
    let read = FileRead { fingerprint: print(9, "v1"), ..file("/ä/one", [session("a"), session("b")]) };
    let other = FileRead { source: "other".to_owned(), ..file("/two", []) };
    archive.write(vec![read, other]).await;
    let known = archive.store.known_files(&archive.user, SOURCE).await.unwrap();
    let expected = KnownFile { fingerprint: print(9, "v1"), sessions: 2 };
    assert_eq!(known, HashMap::from([("/ä/one".to_owned(), expected)]));
    assert_eq!(archive.store.known_files(&archive.user, "other").await.unwrap().len(), 1);
    assert_eq!(archive.store.known_files(&archive.user, "none").await.unwrap().len(), 0);
    assert_eq!(archive.store.known_files(&someone_else(), SOURCE).await.unwrap().len(), 0);
});

contract!(a_fingerprint_is_replaced_when_its_file_is_read_again, async |archive| {
    for (size, note) in [(1, "first"), (2, "second")] {
        archive.write(vec![FileRead { fingerprint: print(size, note), ..file("/f", []) }]).await;
    }
    let known = archive.store.known_files(&archive.user, SOURCE).await.unwrap();
    assert_eq!(known["/f"], KnownFile { fingerprint: print(2, "second"), sessions: 0 });
    assert_eq!(known.len(), 1);
});

contract!(the_last_import_of_each_source_is_known, async |archive| {
    archive.write(vec![file("/f", []), FileRead { source: "other".to_owned(), ..file("/f", []) }]).await;
    archive.execute("update import set imported_at = 7 where source = 'other'").await;
    let last = archive.store.last_imports(&archive.user).await.unwrap();
    assert_eq!((last.len(), last["other"]), (2, 7));
    assert!(last[SOURCE] > 1_000_000_000_000, "now");
    assert!(archive.store.last_imports(&someone_else()).await.unwrap().is_empty());
});

contract!(problems_are_those_of_the_last_reading_of_each_file, async |archive| {
    use ProblemKind::{Damaged, Unfinished, Unknown, Unreadable, Unsupported};
    let with = |path: &str, problems| FileRead { problems, ..file(path, []) };
    let all = [Unreadable, Damaged, Unfinished, Unknown, Unsupported].map(|kind| problem(None, kind));
    archive.write(vec![with("/a", all.into()), with("/b", vec![problem(Some(3), Damaged)])]).await;
    assert_eq!(archive.store.problems(&archive.user, 100).await.unwrap().len(), 6);
    archive.write(vec![with("/a", vec![problem(Some(8), Unknown), problem(Some(2), Damaged)])]).await;
    let problems = archive.store.problems(&archive.user, 100).await.unwrap();
    let expected = [
        stored(SOURCE, "/a", Some(8), "unknown"),
        stored(SOURCE, "/a", Some(2), "damaged"),
        stored(SOURCE, "/b", Some(3), "damaged"),
    ];
    assert_eq!(problems, expected);
    assert_eq!(archive.store.problems(&archive.user, 2).await.unwrap(), expected[..2]);
    archive.write(vec![with("/a", Vec::new())]).await;
    assert_eq!(archive.store.problems(&archive.user, 100).await.unwrap(), expected[2..]);
    assert_eq!(archive.store.problems(&someone_else(), 100).await.unwrap(), []);
});

contract!(problems_are_in_the_order_of_bytes, async |archive| {
    let paths = ["/B/1", "/a-1", "/a/1", "/a_1", "/b/1", "/ä/1"];
    let files = paths.iter().rev().map(|path| {
        let problems = vec![problem(None, ProblemKind::Damaged)];
        FileRead { problems, ..file(path, []) }
    });
    archive.write(files.collect()).await;
    for limit in [2, 6] {
        let problems = archive.store.problems(&archive.user, limit as u64).await.unwrap();
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), paths[..limit]);
    }
});

contract!(problems_are_counted_by_source, async |archive| {
    let with = |source: &str, path: &str, count| FileRead {
        source: source.to_owned(),
        problems: vec![problem(None, ProblemKind::Damaged); count],
        ..file(path, [])
    };
    archive.write(vec![with("one", "/a", 2), with("one", "/b", 1), with("two", "/a", 4), with("three", "/a", 0)]).await;
    let counts = archive.store.problem_counts(&archive.user).await.unwrap();
    assert_eq!(counts, HashMap::from([("one".to_owned(), 3), ("two".to_owned(), 4)]));
    assert_eq!(archive.store.problem_counts(&someone_else()).await.unwrap().len(), 0);
});
