//! Deletions that can be taken back, and deleted sessions that may come back.

use opensync_core::filter::{Order, Selection, SortKey};
use opensync_core::label::LabelChange;
use opensync_store::Pending;

use crate::support::{Archive, SOURCE, conversation, file, id, session, someone_else, sub_agent};

async fn listed(archive: &Archive) -> Vec<String> {
    let all = Selection::default();
    let page = archive.store.session_list(&archive.user, &all, SortKey::Date, Order::Desc, None, 100).await.unwrap();
    let mut names: Vec<String> = page.sessions.into_iter().map(|session| session.external_id).collect();
    names.sort();
    names
}

contract!(a_session_that_is_being_deleted_shows_nowhere, async |archive| {
    archive.add([conversation("gone", 0, &["1"]), conversation("kept", 1, &["2"]), sub_agent("child", "kept")]).await;
    assert_eq!(listed(archive).await, ["gone", "kept"]);
    assert_eq!(archive.store.delete_later(&archive.user, &[id("gone"), id("child")], 1_000).await.unwrap(), 2);
    assert_eq!(listed(archive).await, ["kept"]);
    let store = &archive.store;
    assert_eq!(archive.find("gone").await, None);
    assert_eq!(archive.messages("gone").await, []);
    assert_eq!(store.session_by_external_id(&archive.user, "gone").await.unwrap(), None);
    assert_eq!(store.chosen(&archive.user, &[id("gone")]).await.unwrap().missing, [id("gone")]);
    assert_eq!(store.stats(&archive.user).await.unwrap().sessions, 1);
    assert_eq!(store.session_facets(&archive.user).await.unwrap().sources[0].count, 1);
    assert_eq!(archive.get("kept").await.sub_agents, 0);
    assert_eq!(store.sub_agents(&archive.user, &id("kept")).await.unwrap(), []);
    assert_eq!(store.sub_agents_below(&archive.user, &[id("kept")]).await.unwrap(), []);
    let change = LabelChange { ready: Some(true), ..LabelChange::default() };
    assert_eq!(store.label_sessions(&archive.user, &[id("gone")], &change).await.unwrap().missing, [id("gone")]);
    assert!(!store.rename(&archive.user, &id("gone"), "New").await.unwrap());
    let again = archive.open_again().await;
    assert_eq!(again.session_totals(&archive.user, &Selection::default()).await.unwrap().sessions, 1);
    again.close().await;
});

contract!(a_deletion_is_taken_back_whole, async |archive| {
    archive.add([conversation("a", 0, &["1"]), conversation("b", 1, &["2"]), session("c")]).await;
    let before = (archive.get("a").await, archive.messages("a").await);
    archive.store.delete_later(&archive.user, &[id("a"), id("b")], 1_000).await.unwrap();
    archive.store.delete_later(&archive.user, &[id("c")], 2_000).await.unwrap();
    let pending = archive.store.pending_deletions(&archive.user, 500).await.unwrap();
    let title = |name: &str| format!("Session {name}");
    assert_eq!(
        pending,
        [Pending { due: 2_000, count: 1, title: title("c") }, Pending { due: 1_000, count: 2, title: title("a") }]
    );
    assert_eq!(archive.store.pending_deletions(&archive.user, 1_000).await.unwrap().len(), 1);
    assert_eq!(archive.store.next_deletion().await.unwrap(), Some(1_000));
    assert_eq!(archive.store.undelete(&someone_else(), 1_000).await.unwrap(), []);
    let mut back = archive.store.undelete(&archive.user, 1_000).await.unwrap();
    back.sort();
    let mut expected = vec![id("a"), id("b")];
    expected.sort();
    assert_eq!(back, expected);
    assert_eq!(listed(archive).await, ["a", "b"]);
    assert_eq!((archive.get("a").await, archive.messages("a").await), before);
    assert_eq!(archive.store.undelete(&archive.user, 1_000).await.unwrap(), []);
});

contract!(a_deletion_that_is_due_becomes_final, async |archive| {
    archive.add([conversation("a", 0, &["1"]), conversation("b", 1, &["2"])]).await;
    archive.store.delete_later(&archive.user, &[id("a")], 1_000).await.unwrap();
    archive.store.delete_later(&archive.user, &[id("a"), id("b")], 2_000).await.unwrap();
    assert_eq!(archive.store.finish_deletions(999).await.unwrap(), []);
    assert_eq!(archive.store.finish_deletions(1_000).await.unwrap(), [id("a")]);
    assert_eq!(archive.number("select count(*) from session").await, 1);
    assert_eq!(archive.number("select count(*) from tombstone").await, 1);
    assert_eq!(archive.store.finish_deletions(2_000).await.unwrap(), [id("b")]);
    assert_eq!(archive.rows().await[..5], [0, 0, 0, 0, 0]);
    assert_eq!(archive.store.next_deletion().await.unwrap(), None);
});

contract!(imports_do_not_bring_back_what_is_being_deleted, async |archive| {
    archive.add([conversation("a", 0, &["1"])]).await;
    archive.store.delete_later(&archive.user, &[id("a")], 1_000).await.unwrap();
    archive.add([conversation("a", 0, &["1", "2"])]).await;
    assert_eq!(listed(archive).await, Vec::<String>::new());
    // One that is taken back is as new as its file.
    archive.store.undelete(&archive.user, 1_000).await.unwrap();
    assert_eq!(archive.messages("a").await.len(), 4);
    archive.store.delete_later(&archive.user, &[id("a")], 1_000).await.unwrap();
    archive.store.finish_deletions(1_000).await.unwrap();
    archive.add([conversation("a", 0, &["1", "2"])]).await;
    assert_eq!(listed(archive).await, Vec::<String>::new());
});

contract!(deleted_sessions_are_listed_and_may_come_back, async |archive| {
    archive.write(vec![file("/a", [session("a")]), file("/b", [session("b")]), file("/c", [session("c")])]).await;
    archive.delete(&["a", "b"]).await;
    let page = archive.store.tombstones(&archive.user, 0, 1).await.unwrap();
    assert_eq!(
        (page.total, page.tombstones[0].source.as_str(), page.tombstones[0].external_id.as_str()),
        (2, SOURCE, "a")
    );
    assert_eq!(archive.store.tombstones(&archive.user, 1, 5).await.unwrap().tombstones[0].external_id, "b");
    assert_eq!(archive.store.tombstones(&someone_else(), 0, 5).await.unwrap().total, 0);

    assert!(!archive.store.allow_again(&someone_else(), SOURCE, "a").await.unwrap());
    assert!(archive.store.allow_again(&archive.user, SOURCE, "a").await.unwrap());
    assert!(!archive.store.allow_again(&archive.user, SOURCE, "a").await.unwrap());
    // Its file is read again, although it did not change, and no other.
    let known = archive.store.known_files(&archive.user, SOURCE).await.unwrap();
    assert_eq!((known.contains_key("/a"), known.contains_key("/b"), known.contains_key("/c")), (false, true, true));
    archive.write(vec![file("/a", [session("a")])]).await;
    assert_eq!(listed(archive).await, ["a", "c"]);

    archive.delete(&["c"]).await;
    assert_eq!(archive.store.allow_all_again(&archive.user).await.unwrap(), 2);
    assert_eq!(archive.store.tombstones(&archive.user, 0, 5).await.unwrap().total, 0);
    assert_eq!(archive.store.known_files(&archive.user, SOURCE).await.unwrap().len(), 1);
});
