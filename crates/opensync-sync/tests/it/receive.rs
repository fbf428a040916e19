//! Requests of plugins share commits, and none is lost or half stored.

use std::sync::Arc;

use opensync_core::UserId;
use opensync_core::price::Prices;
use opensync_core::received::MessageCall;
use opensync_store::{Call, Store, Taken};
use opensync_sync::receive::NotStored;
use opensync_sync::{Changes, Receiver};
use serde_json::json;

struct Server {
    store: Store,
    receiver: Receiver,
    changes: Changes,
    _folder: tempfile::TempDir,
}

async fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_file(&folder.path().join("archive.db")).await.unwrap();
    let changes = Changes::default();
    let receiver = Receiver::new(store.clone(), Arc::new(Prices::embedded()), changes.clone());
    Server { store, receiver, changes, _folder: folder }
}

fn message(n: usize) -> Vec<Call> {
    let body = json!({ "sessionExternalId": "S", "externalId": format!("m{n}"), "role": "user", "textContent": "hi" });
    vec![Call::Message(MessageCall::read(&body.to_string()).unwrap())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_request_is_answered_after_its_commit() {
    let server = server().await;
    let user = UserId::local();
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let (receiver, store, user) = (server.receiver.clone(), server.store.clone(), user.clone());
            tokio::spawn(async move {
                let taken = receiver.receive(user.clone(), message(n), 100).await.unwrap();
                assert_eq!(taken.len(), 1);
                assert_eq!(taken[0].1, Taken::Inserted);
                let messages = store.all_messages(&user, &taken[0].0).await.unwrap();
                assert!(messages.iter().any(|stored| stored.message.external_id == format!("m{n}")));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    server.receiver.idle().await;
    let session = server.store.session_by_external_id(&user, "S").await.unwrap().unwrap();
    assert_eq!(session.message_count, 200);
    // Each commit announces the session once.
    let mark = server.changes.now().to_string();
    let commits: u64 = mark.rsplit('-').next().unwrap().parse().unwrap();
    assert!(commits < 150, "{commits} commits for 200 requests");
}

#[tokio::test]
async fn who_listens_hears_of_the_session() {
    let server = server().await;
    let mut listener = server.changes.listen(None);
    let taken = server.receiver.receive(UserId::local(), message(1), 100).await.unwrap();
    let (_, news) = listener.next().await.unwrap();
    assert_eq!(news, opensync_sync::changes::News::Sessions(vec![taken[0].0.clone()]));
    let again = server.receiver.receive(UserId::local(), message(1), 100).await.unwrap();
    assert_eq!(again[0].1, Taken::Skipped);
}

#[tokio::test]
async fn what_a_client_sent_is_stored_when_it_does_not_wait_for_the_answer() {
    let server = server().await;
    let request = server.receiver.receive(UserId::local(), message(1), 100);
    // Asked for once, so that it is in the queue.
    tokio::select! {
        biased;
        _ = request => {}
        () = std::future::ready(()) => {}
    }
    server.receiver.idle().await;
    assert!(server.store.session_by_external_id(&UserId::local(), "S").await.unwrap().is_some());
}

#[tokio::test]
async fn an_archive_that_is_gone_takes_nothing_and_the_next_request_is_tried_again() {
    let server = server().await;
    server.store.close().await;
    for n in 0..3 {
        let (one, two) = tokio::join!(
            server.receiver.receive(UserId::local(), message(n), 100),
            server.receiver.receive(UserId::local(), message(n + 10), 100)
        );
        assert_eq!((one, two), (Err(NotStored), Err(NotStored)));
    }
    server.receiver.idle().await;
}
