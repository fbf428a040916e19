//! Public links and the copies they show.

use std::collections::HashSet;

use opensync_core::import::ImportedSession;
use opensync_core::share::{Freezer, Survey};
use opensync_core::{Body, Part, Role};
use opensync_store::{Around, Publication, Store};

use crate::support::{Archive, conversation, id, message, session, someone_else};

/// The copy of all messages of a session, with its image when `image`.
async fn publication(archive: &Archive, name: &str, image: bool) -> Publication {
    let stored = archive.store.all_messages(&archive.user, &id(name)).await.unwrap();
    let mut survey = Survey::default();
    for message in &stored {
        survey.message(message);
    }
    let kept: HashSet<String> =
        survey.found().iter().filter(|found| image && found.kind == "image").map(|found| found.name.clone()).collect();
    let mut freezer = Freezer::new(survey.redactor(&kept), kept);
    let messages = stored.iter().map(|stored| freezer.message(stored)).collect();
    Publication { head: "{\"title\":\"T\"}".to_owned(), findings: "[]".to_owned(), messages, ..Publication::default() }
}

async fn publish(archive: &Archive, name: &str) -> String {
    let publication = publication(archive, name, false).await;
    archive.store.publish(&archive.user, &id(name), publication, "My session", 10).await.unwrap().unwrap()
}

async fn texts(store: &Store, slug: &str) -> Option<Vec<String>> {
    let shared = store.shared(slug, 100).await.unwrap()?;
    let window = store.shared_messages(&shared, &Around::Start, 1_000).await.unwrap();
    Some(window.messages.into_iter().map(|stored| stored.message.text()).collect())
}

contract!(a_published_session_is_read_by_its_link, async |archive| {
    archive.add([conversation("s", 0, &["1", "2"])]).await;
    let slug = publish(archive, "s").await;
    assert!(slug.starts_with("my-session-") && slug.len() == "my-session-".len() + 13, "{slug}");
    assert_eq!(texts(&archive.store, &slug).await.unwrap(), ["Go on", "Done", "Go on", "Done"]);
    let found = archive.get("s").await;
    assert_eq!((found.is_public, found.public_slug.as_deref()), (true, Some(slug.as_str())));
    let share = archive.store.share(&archive.user, &id("s")).await.unwrap().unwrap();
    assert_eq!((share.slug.as_str(), share.created_at, share.views, share.newer), (slug.as_str(), 10, 0, 0));
    assert_eq!(archive.store.shared("another", 100).await.unwrap(), None);
});

contract!(later_messages_are_not_in_the_copy_until_it_is_made_again, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let slug = publish(archive, "s").await;
    archive.add([conversation("s", 0, &["1", "2"])]).await;
    assert_eq!(texts(&archive.store, &slug).await.unwrap().len(), 2);
    let share = archive.store.share(&archive.user, &id("s")).await.unwrap().unwrap();
    assert_eq!(share.newer, 2);
    assert!(archive.get("s").await.is_public, "an import does not end it");
    let shared = archive.store.shared(&slug, 100).await.unwrap().unwrap();
    archive.store.count_view(&shared).await.unwrap();
    assert_eq!(publish(archive, "s").await, slug);
    let share = archive.store.share(&archive.user, &id("s")).await.unwrap().unwrap();
    assert_eq!((share.newer, share.views), (0, 1));
    assert_eq!(texts(&archive.store, &slug).await.unwrap().len(), 4);
});

contract!(a_link_ends_at_once_and_comes_back, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let slug = publish(archive, "s").await;
    assert!(archive.store.unshare(&archive.user, &id("s")).await.unwrap());
    assert_eq!(archive.store.shared(&slug, 100).await.unwrap(), None);
    assert_eq!(archive.store.share(&archive.user, &id("s")).await.unwrap(), None);
    assert!(!archive.get("s").await.is_public);
    assert_eq!(archive.number("select count(*) from share_message").await, 0);
    assert_eq!(publish(archive, "s").await, slug);
});

contract!(a_new_link_ends_the_old_one, async |archive| {
    archive.add([conversation("s", 0, &["1"]), session("private")]).await;
    let old = publish(archive, "s").await;
    let new = archive.store.relink(&archive.user, &id("s"), "My session", 20).await.unwrap().unwrap();
    assert_ne!(old, new);
    assert_eq!(archive.store.shared(&old, 100).await.unwrap(), None);
    assert_eq!(texts(&archive.store, &new).await.unwrap().len(), 2);
    assert_eq!(archive.get("s").await.public_slug, Some(new));
    assert_eq!(archive.store.relink(&archive.user, &id("private"), "x", 20).await.unwrap(), None);
});

contract!(a_link_ends_when_its_time_is_over, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let slug = publish(archive, "s").await;
    assert!(archive.store.set_expiry(&archive.user, &id("s"), Some(50)).await.unwrap());
    assert!(archive.store.shared(&slug, 49).await.unwrap().is_some());
    assert_eq!(archive.store.shared(&slug, 50).await.unwrap(), None);
    assert_eq!(archive.store.remove_expired_shares(49).await.unwrap(), 0);
    assert_eq!(archive.store.remove_expired_shares(50).await.unwrap(), 1);
    assert!(!archive.get("s").await.is_public);
    assert!(!archive.store.set_expiry(&archive.user, &id("s"), None).await.unwrap());
});

contract!(a_copy_is_read_in_windows, async |archive| {
    let keys: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    archive.add([conversation("s", 0, &keys)]).await;
    let slug = publish(archive, "s").await;
    let shared = archive.store.shared(&slug, 100).await.unwrap().unwrap();
    let read = async |around: Around| {
        let window = archive.store.shared_messages(&shared, &around, 6).await.unwrap();
        let places: Vec<u64> = window.messages.iter().map(|stored| stored.seq).collect();
        (places, window.before, window.after)
    };
    assert_eq!(read(Around::Start).await, (vec![0, 1, 2, 3, 4, 5], None, Some(5)));
    assert_eq!(read(Around::After(15)).await, (vec![16, 17, 18, 19], Some(16), None));
    assert_eq!(read(Around::Before(4)).await, (vec![0, 1, 2, 3], None, Some(3)));
    assert_eq!(read(Around::Message("10".to_owned())).await, (vec![9, 10, 11, 12, 13, 14], Some(9), Some(14)));
    assert_eq!(read(Around::Message("x".to_owned())).await.0[0], 0);
    assert_eq!(archive.store.shared_prompts(&shared).await.unwrap(), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
});

contract!(an_image_is_in_the_copy_when_it_was_kept, async |archive| {
    let mut shot = message("m", Role::User, "See");
    shot.parts.push(Part::Image { media_type: "image/png".to_owned(), name: None, body: Body::raw(vec![7; 90]) });
    archive.add([ImportedSession { messages: vec![shot], ..session("s") }]).await;
    for (kept, expected) in [(false, None), (true, Some(("image/png".to_owned(), vec![7; 90])))] {
        let publication = publication(archive, "s", kept).await;
        let slug = archive.store.publish(&archive.user, &id("s"), publication, "", 10).await.unwrap().unwrap();
        let shared = archive.store.shared(&slug, 100).await.unwrap().unwrap();
        assert_eq!(archive.store.shared_image(&shared, 0, 1).await.unwrap(), expected);
    }
});

contract!(a_deleted_session_has_no_link, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let slug = publish(archive, "s").await;
    archive.store.delete_later(&archive.user, &[id("s")], 1_000).await.unwrap();
    assert_eq!(archive.store.shared(&slug, 100).await.unwrap(), None);
    archive.store.undelete(&archive.user, 1_000).await.unwrap();
    assert!(archive.store.shared(&slug, 100).await.unwrap().is_some());
    archive.delete(&["s"]).await;
    assert_eq!(archive.store.shared(&slug, 100).await.unwrap(), None);
    assert_eq!(archive.number("select count(*) from share_message").await, 0);
});

contract!(nobody_shares_sessions_of_another_user, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let other = someone_else();
    let publication = publication(archive, "s", false).await;
    assert_eq!(archive.store.publish(&other, &id("s"), publication, "", 10).await.unwrap(), None);
    let slug = publish(archive, "s").await;
    assert!(!archive.store.unshare(&other, &id("s")).await.unwrap());
    assert!(!archive.store.set_expiry(&other, &id("s"), Some(1)).await.unwrap());
    assert_eq!(archive.store.relink(&other, &id("s"), "", 10).await.unwrap(), None);
    assert_eq!(archive.store.share(&other, &id("s")).await.unwrap(), None);
    assert!(archive.store.shared(&slug, 100).await.unwrap().is_some());
});
