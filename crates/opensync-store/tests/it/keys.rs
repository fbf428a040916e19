//! API keys.

use opensync_store::{ApiKey, Scope};

use crate::support::someone_else;

contract!(a_key_says_whose_it_is_and_what_it_allows, async |archive| {
    let (store, other) = (&archive.store, someone_else());
    let mine = store.create_key(&archive.user, "laptop", &[Scope::Sync]).await.unwrap();
    let theirs = store.create_key(&other, "laptop", &Scope::ALL).await.unwrap();
    let found = store.authenticate(&mine.secret).await.unwrap().unwrap();
    let expected = ApiKey { user: archive.user.clone(), name: "laptop".to_owned(), scopes: vec![Scope::Sync] };
    assert_eq!(found, expected);
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
    let key = archive.store.create_key(&archive.user, "a", &Scope::ALL).await.unwrap();
    archive.execute("update key set revoked_at = 1").await;
    assert_eq!(archive.store.authenticate(&key.secret).await.unwrap(), None);
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
