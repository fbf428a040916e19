//! API keys.

use opensync_store::{ApiKey, NAME_CHARS, Scope, key_name};

use crate::support::someone_else;

contract!(a_key_says_whose_it_is_and_what_it_allows, async |archive| {
    let (store, other) = (&archive.store, someone_else());
    let mine = store.create_key(&archive.user, "laptop", &[Scope::Sync]).await.unwrap();
    let theirs = store.create_key(&other, "laptop", &Scope::ALL).await.unwrap();
    let found = store.authenticate(&mine.secret).await.unwrap().unwrap();
    let (id, user) = (found.id.clone(), archive.user.clone());
    assert_eq!(found, ApiKey { id, user, name: "laptop".to_owned(), scopes: vec![Scope::Sync] });
    assert!(found.allows(Scope::Sync) && !found.allows(Scope::Read) && !found.allows(Scope::Admin));
    let found = store.authenticate(&theirs.secret).await.unwrap().unwrap();
    assert_eq!((&found.user, found.scopes.as_slice()), (&other, Scope::ALL.as_slice()));
    let none = store.create_key(&archive.user, "", &[]).await.unwrap();
    assert_eq!(store.authenticate(&none.secret).await.unwrap().unwrap().scopes, []);
});

contract!(a_secret_is_random_and_shown_only_once, async |archive| {
    let key = archive.store.create_key(&archive.user, "a", &Scope::ALL).await.unwrap();
    let another = archive.store.create_key(&archive.user, "a", &Scope::ALL).await.unwrap();
    assert_ne!(key.secret, another.secret);
    assert!(key.secret.starts_with("osk_") && key.secret.len() == 36, "{}", key.secret.len());
    assert_eq!(key.prefix, key.secret[..8]);
    assert!(!format!("{key:?}").contains(&key.secret));
    let digests = archive.number("select count(*) from key where length(hash) = 64 and hash not like 'osk%'").await;
    assert_eq!(digests, 2);
});

contract!(a_wrong_secret_is_nobodys, async |archive| {
    let key = archive.store.create_key(&archive.user, "a", &Scope::ALL).await.unwrap();
    let lower = key.secret.to_lowercase();
    let longer = format!("{} ", key.secret);
    for wrong in ["", "osk_", "\0", key.prefix.as_str(), &key.secret[..35], lower.as_str(), longer.as_str()] {
        assert_eq!(archive.store.authenticate(wrong).await.unwrap(), None, "{wrong:?}");
    }
});

contract!(a_revoked_key_is_nobodys, async |archive| {
    let (store, user) = (&archive.store, &archive.user);
    let key = store.create_key(user, "a", &Scope::ALL).await.unwrap();
    let other = store.create_key(user, "a", &Scope::ALL).await.unwrap();
    let id = store.authenticate(&key.secret).await.unwrap().unwrap().id;
    assert!(!store.revoke_key(&someone_else(), &id).await.unwrap(), "another user's key");
    assert!(!store.revoke_key(user, "nothing").await.unwrap());
    assert!(store.authenticate(&key.secret).await.unwrap().is_some());
    assert!(store.revoke_key(user, &id).await.unwrap());
    assert_eq!(store.authenticate(&key.secret).await.unwrap(), None);
    assert!(store.authenticate(&other.secret).await.unwrap().is_some(), "only the one that was meant");
    assert!(!store.revoke_key(user, &id).await.unwrap(), "once is enough");
    assert_eq!(store.keys(user).await.unwrap().len(), 1);
});

contract!(keys_are_listed_newest_first_and_show_no_secret, async |archive| {
    let (store, user) = (&archive.store, &archive.user);
    assert_eq!(store.keys(user).await.unwrap(), []);
    let old = store.create_key(user, "old", &[Scope::Sync, Scope::Read]).await.unwrap();
    archive.execute("update key set created_at = 7").await;
    let new = store.create_key(user, "new", &[]).await.unwrap();
    store.create_key(&someone_else(), "theirs", &Scope::ALL).await.unwrap();
    store.authenticate(&old.secret).await.unwrap().unwrap();
    let keys = store.keys(user).await.unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["new", "old"]);
    assert_eq!((&keys[0].prefix, &keys[0].scopes, keys[0].last_used_at), (&new.prefix, &Vec::new(), None));
    assert_eq!((&keys[1].prefix, keys[1].created_at), (&old.prefix, 7));
    assert_eq!(keys[1].scopes, [Scope::Sync, Scope::Read]);
    assert!(keys[1].last_used_at > Some(7) && keys[0].created_at > 7);
    let shown = format!("{keys:?}");
    assert!(!shown.contains(&old.secret) && !shown.contains(&new.secret));
});

contract!(the_use_of_a_key_is_noted_once_a_minute, async |archive| {
    let key = archive.store.create_key(&archive.user, "a", &Scope::ALL).await.unwrap();
    let used = async || {
        archive.store.authenticate(&key.secret).await.unwrap().unwrap();
        archive.number("select last_used_at from key").await
    };
    assert_eq!(archive.number("select count(*) from key where last_used_at is null").await, 1);
    let first = used().await;
    assert!(first > 0);
    assert_eq!(used().await, first);
    archive.execute("update key set last_used_at = 5").await;
    assert!(used().await >= first);
});

#[test]
fn scopes_are_read_by_their_names() {
    for scope in Scope::ALL {
        assert_eq!(Scope::parse(scope.as_str()), Some(scope));
    }
    assert_eq!(Scope::parse("root"), None);
}

#[test]
fn the_name_of_a_key_is_one_short_line() {
    assert_eq!(key_name("  my \n old\u{7}laptop\t").as_deref(), Some("my old laptop"));
    assert_eq!(key_name(&"é".repeat(NAME_CHARS)), Some("é".repeat(NAME_CHARS)));
    for none in [String::new(), " \n\u{1b}".to_owned(), "a".repeat(NAME_CHARS + 1)] {
        assert_eq!(key_name(&none), None, "{none:?}");
    }
}
