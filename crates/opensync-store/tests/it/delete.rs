//! Deleting sessions.

use std::collections::HashMap;

use opensync_core::import::ImportedSession;
use opensync_core::{Body, Part, Relation, Role, SessionId};

use crate::support::{SOURCE, conversation, file, id, message, session, someone_else, sub_agent};

fn with_body(name: &str, text: &str) -> ImportedSession {
    let mut answer = message("m", Role::Assistant, "See below");
    answer.parts.push(Part::Thinking(Body::from(text.repeat(5_000).as_str())));
    ImportedSession { messages: vec![answer], ..conversation(name, 0, &[name]) }
}

contract!(a_deleted_session_leaves_only_a_note_that_it_was_deleted, async |archive| {
    archive.add([with_body("gone", "x")]).await;
    assert_eq!(archive.delete(&["gone"]).await, 1);
    assert_eq!(archive.find("gone").await, None);
    assert_eq!(archive.messages("gone").await, []);
    // The file is still known, so that it is not read again.
    assert_eq!(archive.rows().await, [0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(archive.number("select count(*) from tombstone").await, 1);
    assert_eq!(archive.delete(&["gone"]).await, 0);
});

contract!(a_deleted_session_does_not_come_back, async |archive| {
    archive.add([session("gone"), session("kept")]).await;
    archive.delete(&["gone"]).await;
    let written = archive.add([session("gone"), session("kept"), session("new")]).await;
    let count = |count| HashMap::from([(SOURCE.to_owned(), count)]);
    assert_eq!((written.imported, written.unchanged, written.deleted), (count(1), count(1), count(1)));
    assert_eq!(written.ids, [id("new")]);
    assert_eq!(archive.find("gone").await, None);
});

contract!(other_sessions_keep_their_content, async |archive| {
    archive.add([with_body("gone", "x"), with_body("same", "x"), with_body("other", "y")]).await;
    let before = (archive.messages("same").await, archive.messages("other").await, archive.get("other").await);
    archive.delete(&["gone"]).await;
    let after = (archive.messages("same").await, archive.messages("other").await, archive.get("other").await);
    assert_eq!(after, before);
    assert_eq!(archive.rows().await, [2, 2, 4, 2, 2, 0, 1]);
});

contract!(many_sessions_are_deleted_at_once, async |archive| {
    let names: Vec<String> = (0..450).map(|n| format!("s{n}")).collect();
    archive.add(names.iter().map(|name| conversation(name, 0, &[name]))).await;
    let mut ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
    ids.extend(ids.clone());
    ids.push(id("never was"));
    ids.retain(|gone| *gone != id("s7"));
    assert_eq!(archive.store.delete_sessions(&archive.user, &ids).await.unwrap(), 449);
    assert_eq!(archive.rows().await[..5], [1, 2, 2, 0, 1]);
    assert_eq!(archive.store.delete_sessions(&archive.user, &[]).await.unwrap(), 0);
});

contract!(sub_agents_of_a_deleted_session_are_listed_again, async |archive| {
    let probe = ImportedSession { hidden: true, ..sub_agent("probe", "parent") };
    archive.add([session("parent"), sub_agent("child", "parent"), probe]).await;
    archive.delete(&["parent"]).await;
    let child = archive.get("child").await;
    assert_eq!((child.parent_id, child.relation), (None, Some(Relation::SubAgent)));
    let facets = archive.store.session_facets(&archive.user).await.unwrap();
    assert_eq!(facets.sources[0].count, 1);
    archive.add([sub_agent("child", "parent")]).await;
    let facets = archive.store.session_facets(&archive.user).await.unwrap();
    assert_eq!(facets.sources[0].count, 1);
});

contract!(heirs_deleted_in_the_same_call_inherit_nothing, async |archive| {
    archive
        .add([conversation("a", 1, &["1", "2"]), conversation("b", 2, &["1", "2"]), conversation("c", 3, &["1", "2"])])
        .await;
    assert_eq!(archive.delete(&["a", "b"]).await, 2);
    let heir = archive.get("c").await;
    assert_eq!((heir.total_tokens, heir.relation, heir.parent_id), (Some(220), Some(Relation::Fork), None));
    assert!(archive.ledger("c").await.iter().all(|row| row.state == "owned"));
    assert_eq!(archive.store.stats(&archive.user).await.unwrap().tokens, 220);
});

contract!(nobody_deletes_sessions_of_another_user, async |archive| {
    let other = someone_else();
    archive.add([session("s")]).await;
    assert_eq!(archive.store.delete_sessions(&other, &[id("s")]).await.unwrap(), 0);
    assert!(archive.find("s").await.is_some());
    // What one user deleted, another may have.
    archive.delete(&["s"]).await;
    let written = archive.store.write(&other, vec![file("/f", [session("s")])]).await.unwrap();
    assert_eq!(written.ids.len(), 1);
});

contract!(a_deletion_that_fails_half_way_deletes_nothing, async |archive| {
    archive.add([with_body("s", "x")]).await;
    let before = archive.rows().await;
    archive.execute("alter table tombstone rename to gone").await;
    assert!(archive.store.delete_sessions(&archive.user, &[id("s")]).await.is_err());
    archive.execute("alter table gone rename to tombstone").await;
    assert_eq!(archive.rows().await, before);
    assert_eq!(archive.delete(&["s"]).await, 1);
});
