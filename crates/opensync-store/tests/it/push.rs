//! What other archives have of the sessions here.

use opensync_core::import::ImportedSession;
use opensync_store::Sent;

use crate::support::{Archive, conversation, id, session, someone_else};

async fn candidates(archive: &Archive, other: &str, since: i64) -> Vec<String> {
    let found = archive.store.push_candidates(&archive.user, other, since).await.unwrap();
    found.into_iter().map(|candidate| candidate.id.to_string()).collect()
}

/// Notes that `other` has the session as it is now.
async fn sent(archive: &Archive, other: &str, name: &str, gone: bool) {
    let revision = archive.store.revision().await.unwrap().number();
    let sent = Sent { id: id(name), revision, head: 7, trail: Some(vec![1, 2]), gone };
    archive.store.note_sent(&archive.user, other, &[sent]).await.unwrap();
}

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| id(name).to_string()).collect()
}

contract!(what_an_archive_has_is_not_sent_again_until_it_changes, async |archive| {
    let at = |name: &str, at| ImportedSession { created_at: Some(at), ..session(name) };
    archive.add([at("old", 1), at("new", 9), ImportedSession { hidden: true, ..at("hidden", 5) }]).await;
    assert_eq!(candidates(archive, "x", 0).await, ids(&["new", "hidden", "old"]));
    let found = archive.store.push_candidates(&archive.user, "x", 0).await.unwrap();
    assert_eq!((found[0].source.as_str(), &found[0].project_path), ("tool", &None));
    for name in ["old", "new"] {
        sent(archive, "x", name, false).await;
    }
    assert_eq!(candidates(archive, "x", 0).await, ids(&["hidden"]));
    assert_eq!(candidates(archive, "y", 0).await.len(), 3, "another one knows nothing");
    let now = archive.store.revision().await.unwrap().number();
    archive.add([ImportedSession { git_branch: Some("main".to_owned()), ..at("new", 9) }]).await;
    assert_eq!(candidates(archive, "x", 0).await, ids(&["new", "hidden"]));
    assert_eq!(candidates(archive, "x", now).await, ids(&["new"]), "written since");
    sent(archive, "x", "new", true).await;
    archive.add([at("new", 9)]).await;
    assert_eq!(candidates(archive, "x", now).await, ids(&[]), "it is gone there");
    assert_eq!(archive.store.forget_sent(&archive.user, "x").await.unwrap(), 2);
    assert_eq!(candidates(archive, "x", 0).await.len(), 3);
    assert!(archive.store.push_candidates(&someone_else(), "x", 0).await.unwrap().is_empty());
});

contract!(what_was_sent_is_remembered_until_the_session_goes, async |archive| {
    archive.add([session("a"), session("b")]).await;
    let of = async |name: &str| archive.store.sent(&archive.user, "x", &id(name)).await.unwrap();
    assert_eq!(of("a").await, None);
    let first = Sent { id: id("a"), revision: 3, head: -4, trail: None, gone: false };
    let second = Sent { revision: 5, trail: Some(vec![0, 255]), ..first.clone() };
    let other = Sent { id: id("b"), ..first.clone() };
    archive.store.note_sent(&archive.user, "x", &[first.clone(), other.clone()]).await.unwrap();
    assert_eq!((of("a").await, of("b").await), (Some(first), Some(other.clone())));
    archive.store.note_sent(&archive.user, "x", std::slice::from_ref(&second)).await.unwrap();
    archive.store.note_sent(&archive.user, "x", &[]).await.unwrap();
    assert_eq!(of("a").await, Some(second));
    archive.delete(&["a"]).await;
    assert_eq!((of("a").await, of("b").await), (None, Some(other)));
});

contract!(noting_what_was_sent_is_no_change_of_the_archive, async |archive| {
    archive.add([session("a")]).await;
    let before = archive.store.revision().await.unwrap().number();
    sent(archive, "x", "a", false).await;
    archive.store.forget_sent(&archive.user, "x").await.unwrap();
    assert_eq!(archive.store.revision().await.unwrap().number(), before);
});

contract!(digests_tell_which_messages_differ, async |archive| {
    let mut talk = conversation("a", 1, &["k1", "k2"]);
    talk.messages[1].off_path = true;
    archive.add([talk.clone()]).await;
    let digests = async || archive.store.message_digests(&archive.user, &id("a")).await.unwrap();
    let before = digests().await;
    assert_eq!(before.len(), 4);
    assert!(before.iter().all(|digest| *digest != 0));
    talk.messages[2].model = Some("other".to_owned());
    archive.add([talk]).await;
    let after = digests().await;
    let differ: Vec<bool> = before.iter().zip(&after).map(|(before, after)| before != after).collect();
    assert_eq!(differ, [false, false, true, false]);
    assert_eq!(archive.store.message_digests(&someone_else(), &id("a")).await.unwrap(), Vec::<i64>::new());
});

contract!(an_archive_has_a_name_of_its_own, async |archive| {
    let name = archive.store.archive_id(&archive.user).await.unwrap();
    assert_eq!(name.len(), 16);
    assert_eq!(archive.open_again().await.archive_id(&archive.user).await.unwrap(), name);
    assert_ne!(archive.store.archive_id(&someone_else()).await.unwrap(), name);
});
