//! A process is told what others wrote, and nothing of its own.

use crate::support::{conversation, file, id, session};

contract!(what_others_wrote_is_told_once_and_what_was_written_here_never, async |archive| {
    let (store, user) = (&archive.store, &archive.user);
    let second = archive.open_again().await;
    archive.add([session("mine")]).await;
    let start = second.revision().await.unwrap();
    archive.add([conversation("theirs", 100, &["1"]), session("more")]).await;
    second.write(user, vec![file("/own", [session("own")])]).await.unwrap();

    let news = second.written_by_others(user, start).await.unwrap();
    let mut told = news.sessions.clone();
    told.sort();
    let mut wanted = vec![id("theirs"), id("more")];
    wanted.sort();
    assert_eq!((told, news.removed), (wanted, false));
    let again = second.written_by_others(user, news.until).await.unwrap();
    assert_eq!((again.sessions, again.removed, again.until), (vec![], false, news.until));

    // What both wrote is told when the other's writing is the later one.
    second.rename(user, &id("theirs"), "Named here").await.unwrap();
    assert_eq!(second.written_by_others(user, news.until).await.unwrap().sessions, []);
    let before = second.revision().await.unwrap();
    store.rename(user, &id("theirs"), "Named there").await.unwrap();
    assert_eq!(second.written_by_others(user, before).await.unwrap().sessions, [id("theirs")]);
    second.close().await;
});

contract!(others_remove_sessions, async |archive| {
    let second = archive.open_again().await;
    archive.add([session("a"), session("b")]).await;
    let before = second.revision().await.unwrap();
    archive.store.delete_sessions(&archive.user, &[id("a")]).await.unwrap();
    let news = second.written_by_others(&archive.user, before).await.unwrap();
    assert!(news.removed);
    second.delete_sessions(&archive.user, &[id("b")]).await.unwrap();
    let own = second.written_by_others(&archive.user, news.until).await.unwrap();
    assert!(!own.removed, "what was removed here is no news");
    second.close().await;
});
