//! Several writers at once.

use opensync_core::import::ImportedSession;
use opensync_core::{Body, Part, Role};

use crate::support::{conversation, file, id, message, session, someone_else};

/// A session with a large tool result.
fn with_body(name: &str) -> ImportedSession {
    let mut answer = message("m", Role::Assistant, "See below");
    let json = Body::from("the same large output\n".repeat(900).as_str());
    answer.parts.push(Part::Unknown { kind: "output".to_owned(), json });
    ImportedSession { messages: vec![answer], ..session(name) }
}

contract!(two_writers_at_once_give_a_response_to_one_session, async |archive| {
    let second = archive.open_again().await;
    for round in 0..20 {
        let key = format!("key-{round}");
        let a = file("/a", [conversation(&format!("a{round}"), 100, &[&key])]);
        let b = file("/b", [conversation(&format!("b{round}"), 200, &[&key])]);
        let (a, b) = tokio::join!(archive.store.write(&archive.user, vec![a]), second.write(&archive.user, vec![b]));
        a.unwrap();
        b.unwrap();
        assert_eq!(archive.get(&format!("a{round}")).await.total_tokens, Some(110), "round {round}");
        assert_eq!(archive.get(&format!("b{round}")).await.total_tokens, Some(0), "round {round}");
    }
    second.close().await;
});

contract!(a_body_written_while_another_session_loses_it_stays, async |archive| {
    let (second, other) = (archive.open_again().await, someone_else());
    for round in 0..20 {
        let (old, new) = (format!("old{round}"), format!("new{round}"));
        archive.add([with_body(&old)]).await;
        let gone = [id(&old)];
        let (deleted, written) = tokio::join!(
            archive.store.delete_sessions(&archive.user, &gone),
            second.write(&other, vec![file("/new", [with_body(&new)])]),
        );
        assert_eq!((deleted.unwrap(), written.as_ref().unwrap().ids.len()), (1, 1));
        let new = &written.unwrap().ids;
        let part = archive.store.part(&other, &new[0], 0, 1).await.unwrap().unwrap();
        let Part::Unknown { json, .. } = part else { panic!("{part:?}") };
        assert_eq!(json.text().unwrap().lines().count(), 900, "round {round}");
        archive.store.delete_sessions(&other, new).await.unwrap();
        assert_eq!(archive.number("select count(*) from body").await, 0, "round {round}");
    }
    second.close().await;
});

contract!(the_same_session_from_two_writers_is_there_once, async |archive| {
    let second = archive.open_again().await;
    for _ in 0..10 {
        let read = || vec![file("/f", [conversation("s", 0, &["1", "2"]), with_body("t")])];
        let (a, b) = tokio::join!(archive.store.write(&archive.user, read()), second.write(&archive.user, read()));
        a.unwrap();
        b.unwrap();
        assert_eq!(archive.rows().await, [2, 5, 6, 1, 2, 0, 1]);
    }
    second.close().await;
});

contract!(readers_see_the_state_before_a_write_until_it_is_complete, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    for n in 0..10 {
        let keys: Vec<String> = (0..n + 2).map(|key| format!("{key}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let longer = vec![file("/f", [conversation("s", 0, &keys)])];
        let (written, messages) = tokio::join!(archive.store.write(&archive.user, longer), archive.messages("s"));
        written.unwrap();
        assert!([n + 1, n + 2].contains(&(messages.len() / 2)), "{} messages in round {n}", messages.len());
        assert_eq!(messages.len() % 2, 0);
    }
});
