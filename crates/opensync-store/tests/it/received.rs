//! Taking in what sync plugins send.

use opensync_core::filter::{Order, Selection, SortKey};
use opensync_core::price::Prices;
use opensync_core::received::{MessageCall, SessionCall};
use opensync_core::{Session, SessionId, UserId};
use opensync_store::{Call, Received, Store, Taken};
use serde_json::{Value, json};

use crate::support::{Archive, SOURCE, conversation, file, someone_else};

/// The calls of bodies: those with a `role` are of messages.
pub fn calls(bodies: &[Value]) -> Vec<Call> {
    let call = |body: &Value| {
        let json = body.to_string();
        match body.get("role") {
            Some(_) => Call::Message(MessageCall::read(&json).unwrap()),
            None => Call::Session(SessionCall::read(&json).unwrap()),
        }
    };
    bodies.iter().map(call).collect()
}

async fn receive(store: &Store, user: &UserId, bodies: &[Value]) -> Received {
    store.receive(user, calls(bodies), &Prices::embedded()).await.unwrap()
}

impl Archive {
    async fn receive(&self, bodies: &[Value]) -> Received {
        receive(&self.store, &self.user, bodies).await
    }

    async fn of(&self, source: &str, external_id: &str) -> Option<Session> {
        self.store.session(&self.user, &named(source, external_id)).await.unwrap()
    }
}

fn named(source: &str, external_id: &str) -> SessionId {
    SessionId::derive(&UserId::local(), source, external_id)
}

fn states(received: &Received) -> Vec<Taken> {
    received.taken.iter().map(|(_, taken)| *taken).collect()
}

fn prompt(session: &str, id: &str, text: &str) -> Value {
    json!({ "sessionExternalId": session, "externalId": id, "role": "user", "textContent": text })
}

contract!(a_session_grows_with_its_calls, async |archive| {
    let call = json!({ "externalId": "S", "source": "pi", "projectPath": "/home/ana/shop", "title": "Untitled" });
    let first = archive.receive(std::slice::from_ref(&call)).await;
    assert_eq!((states(&first), &first.ids), (vec![Taken::Inserted], &vec![named("pi", "S")]));
    let session = archive.of("pi", "S").await.unwrap();
    assert_eq!((session.title.as_str(), session.total_tokens, session.message_count), ("shop", Some(0), 0));
    assert_eq!((session.project_name.as_deref(), session.duration_ms), (Some("shop"), None));
    let second = archive.receive(&[prompt("S", "m1", "Fix it"), prompt("S", "m2", "Well?"), call.clone()]).await;
    assert_eq!(states(&second), [Taken::Inserted, Taken::Inserted, Taken::Skipped]);
    let session = archive.of("pi", "S").await.unwrap();
    assert_eq!((session.title.as_str(), session.message_count), ("Fix it", 2));
    let before = archive.number("select number from revision").await;
    let again = archive.receive(&[call, prompt("S", "m1", "Fix it")]).await;
    assert_eq!((states(&again), again.ids), (vec![Taken::Skipped; 2], vec![]));
    assert_eq!(archive.of("pi", "S").await.unwrap(), session, "nothing moves");
    assert_eq!(archive.number("select count(*) from session where revision > 0").await, 1);
    assert!(archive.number("select max(revision) from session").await <= before);
});

contract!(it_is_known_when_each_plugin_sent_what, async |archive| {
    let (store, user) = (&archive.store, &archive.user);
    assert_eq!(store.last_received(user).await.unwrap(), []);
    archive
        .receive(&[json!({ "externalId": "A", "source": "pi" }), json!({ "externalId": "B", "source": "pi" })])
        .await;
    archive.receive(&[json!({ "externalId": "C", "source": "codex-cli" })]).await;
    receive(store, &someone_else(), &[json!({ "externalId": "D", "source": "pi" })]).await;
    archive.execute("update received_session set changed_at = 7 where external_id = 'A'").await;
    archive.execute("update received_session set changed_at = 9 where external_id = 'B'").await;
    let last = store.last_received(user).await.unwrap();
    let last: Vec<(&str, u64)> = last.iter().map(|last| (last.source.as_str(), last.sessions)).collect();
    assert_eq!(last, [("codex-cli", 1), ("pi", 2)]);
    assert_eq!(store.last_received(user).await.unwrap()[1].at, 9);
});

contract!(calls_in_one_batch_are_as_good_as_one_by_one, async |archive| {
    let bodies = [
        prompt("S", "b", "second"),
        json!({ "externalId": "S", "source": "opencode", "title": "T", "promptTokens": 5, "completionTokens": 1 }),
        prompt("S", "a", "first"),
        json!({ "sessionExternalId": "S", "externalId": "b", "role": "user", "textContent": "changed" }),
    ];
    for body in &bodies {
        archive.receive(std::slice::from_ref(body)).await;
    }
    let other = someone_else();
    let batch = receive(&archive.store, &other, &bodies).await;
    assert_eq!(states(&batch), [Taken::Inserted, Taken::Updated, Taken::Inserted, Taken::Updated]);
    let of = async |user: &UserId| {
        let id = SessionId::derive(user, "opencode", "S");
        let session = archive.store.session(user, &id).await.unwrap().unwrap();
        let texts: Vec<String> =
            archive.store.all_messages(user, &id).await.unwrap().iter().map(|stored| stored.message.text()).collect();
        (session.title, session.total_tokens, texts)
    };
    assert_eq!(of(&archive.user).await, of(&other).await);
    assert_eq!(of(&other).await.2, ["first", "changed"]);
});

contract!(a_source_that_comes_later_moves_the_session, async |archive| {
    let first = archive.receive(&[prompt("P", "m1", "hi")]).await;
    assert_eq!(first.taken[0].0, named("opencode", "P"));
    archive.store.rename(&archive.user, &named("opencode", "P"), "Mine").await.unwrap();
    let told = archive.receive(&[json!({ "externalId": "P", "source": "pi", "title": "Untitled" })]).await;
    assert_eq!(told.taken, [(named("pi", "P"), Taken::Updated)]);
    assert!(told.ids.contains(&named("opencode", "P")) && told.ids.contains(&named("pi", "P")));
    assert_eq!(archive.of("opencode", "P").await, None);
    let session = archive.of("pi", "P").await.unwrap();
    assert_eq!((session.title.as_str(), session.message_count, session.source.as_str()), ("Mine", 1, "pi"));
    let next = archive.receive(&[prompt("P", "m2", "more")]).await;
    assert_eq!(next.taken, [(named("pi", "P"), Taken::Inserted)], "messages without a source find it");
    let other = archive.receive(&[json!({ "externalId": "P", "source": "codex-cli" })]).await;
    assert_eq!(other.taken, [(named("codex-cli", "P"), Taken::Inserted)], "a source that was told stays");
    let facets = archive.store.session_facets(&archive.user).await.unwrap();
    assert_eq!(facets.sources.iter().map(|facet| facet.count).collect::<Vec<_>>(), [1, 1]);
});

contract!(an_imported_session_is_left_alone, async |archive| {
    archive.add([conversation("S", 1, &["1"])]).await;
    let before = archive.get("S").await;
    let received = archive.receive(&[json!({ "externalId": "S", "source": SOURCE, "title": "Worse" })]).await;
    assert_eq!((received.taken[0].0.clone(), received.ids), (before.id.clone(), vec![]));
    let received = archive.receive(&[prompt("S", "m9", "from a plugin")]).await;
    assert_eq!(received.taken[0].0, before.id, "without a source too");
    assert_eq!(archive.get("S").await, before);
    assert_eq!(archive.number("select count(*) from received_message").await, 1, "what was sent is kept");
});

contract!(an_import_replaces_what_was_received, async |archive| {
    archive.receive(&[json!({ "externalId": "S", "source": SOURCE, "promptTokens": 7 }), prompt("S", "m", "x")]).await;
    assert_eq!(archive.number("select count(*) from session where received").await, 1);
    let written = archive.add([conversation("S", 1, &["1"])]).await;
    assert_eq!(written.ids.len(), 1);
    let session = archive.get("S").await;
    assert_eq!((session.title.as_str(), session.total_tokens), ("Session S", Some(110)));
    assert_eq!(archive.messages("S").await.len(), 2);
    assert_eq!(archive.number("select count(*) from session where received").await, 0);
    archive.receive(&[json!({ "externalId": "S", "source": SOURCE, "promptTokens": 9 })]).await;
    assert_eq!(archive.get("S").await.total_tokens, Some(110));
    assert!(archive.add([conversation("S", 1, &["1"])]).await.ids.is_empty());
});

contract!(an_import_under_the_right_name_wins_over_a_guess, async |archive| {
    archive.receive(&[prompt("S", "m", "hi")]).await;
    archive.add([conversation("S", 1, &["1"])]).await;
    let told = archive.receive(&[json!({ "externalId": "S", "source": SOURCE })]).await;
    assert_eq!(told.taken[0].0, archive.get("S").await.id);
    assert_eq!(archive.of("opencode", "S").await, None);
    assert_eq!(archive.rows().await[..3], [1, 2, 2], "nothing of it is left");
});

contract!(a_file_of_an_export_replaces_what_was_received, async |archive| {
    archive.receive(&[json!({ "externalId": "S", "source": SOURCE, "promptTokens": 7 })]).await;
    let kept = opensync_store::Kept {
        source: SOURCE.to_owned(),
        machine: None,
        file: None,
        session: conversation("S", 1, &["1"]),
        costs: Vec::new(),
        edited_title: None,
        labels: opensync_core::label::Labels::default(),
    };
    let restored = archive.store.restore(&archive.user, vec![kept]).await.unwrap();
    assert_eq!((restored.written.ids.len(), restored.older.len()), (1, 0), "its moment is earlier than the last call");
    assert_eq!(archive.get("S").await.total_tokens, Some(110));
});

contract!(a_deleted_session_takes_no_calls, async |archive| {
    let bodies = [json!({ "externalId": "S", "source": "pi", "title": "T" }), prompt("S", "m", "hi")];
    archive.receive(&bodies).await;
    archive.store.delete_sessions(&archive.user, &[named("pi", "S")]).await.unwrap();
    assert_eq!(archive.number("select count(*) from received_session").await, 0);
    assert_eq!(archive.number("select count(*) from received_message").await, 0);
    let again = archive.receive(&bodies).await;
    let skipped = (named("pi", "S"), Taken::Skipped);
    assert_eq!((again.taken, again.ids), (vec![skipped.clone(), skipped], vec![]));
    assert!(archive.of("pi", "S").await.is_none() && archive.of("opencode", "S").await.is_none());
    assert!(archive.store.allow_again(&archive.user, "pi", "S").await.unwrap());
    assert_eq!(states(&archive.receive(&bodies).await), [Taken::Inserted; 2]);
    assert_eq!(archive.of("pi", "S").await.unwrap().message_count, 1);
});

contract!(nobody_reads_or_writes_what_another_user_sent, async |archive| {
    let other = someone_else();
    archive.receive(&[prompt("S", "m", "mine")]).await;
    let theirs = receive(&archive.store, &other, &[prompt("S", "m", "theirs")]).await;
    assert_eq!(states(&theirs), [Taken::Inserted]);
    let id = named("opencode", "S");
    let mine = archive.store.all_messages(&archive.user, &id).await.unwrap();
    assert_eq!(mine[0].message.text(), "mine");
    assert!(archive.store.all_messages(&other, &id).await.unwrap().is_empty());
    archive.store.delete_sessions(&other, &[theirs.taken[0].0.clone()]).await.unwrap();
    assert_eq!(archive.number("select count(*) from received_message").await, 1);
});

contract!(two_servers_lose_nothing_and_double_nothing, async |archive| {
    let (one, two) = (archive.open_again().await, archive.open_again().await);
    let prices = Prices::embedded();
    let send = async |store: &Store, from: usize| {
        for n in (from..40).step_by(2) {
            let total = json!({ "externalId": "S", "source": "pi", "promptTokens": 1000, "completionTokens": n + 1 });
            let bodies = [prompt("S", &format!("m{n}"), "text"), total, prompt("S", "shared", "same")];
            store.receive(&archive.user, calls(&bodies), &prices).await.unwrap();
        }
    };
    tokio::join!(send(&one, 0), send(&two, 1));
    let session = archive.of("pi", "S").await.unwrap();
    assert_eq!((session.message_count, session.prompt_tokens), (41, Some(1000)));
    assert_eq!(archive.number("select count(*) from received_message").await, 41);
    assert_eq!(archive.number("select count(*) from message").await, 41);
    assert_eq!(archive.number("select count(*) from response where state = 'owned'").await, 1);
    // What either remembers is not what the other wrote since.
    receive(&one, &archive.user, &[prompt("S", "m0", "changed by one")]).await;
    receive(&two, &archive.user, &[prompt("S", "m1", "changed by two")]).await;
    receive(&one, &archive.user, &[prompt("S", "m2", "again by one")]).await;
    let messages = archive.store.all_messages(&archive.user, &named("pi", "S")).await.unwrap();
    let changed = messages.iter().filter(|stored| stored.message.text() != "text").count();
    assert_eq!(changed, 4);
    one.close().await;
    two.close().await;
});

contract!(a_failed_commit_leaves_nothing_behind, async |archive| {
    archive.receive(&[prompt("S", "m1", "one")]).await;
    archive.execute("alter table received_message rename to gone").await;
    let failed = archive.store.receive(&archive.user, calls(&[prompt("S", "m2", "two")]), &Prices::embedded()).await;
    assert!(failed.is_err());
    archive.execute("alter table gone rename to received_message").await;
    assert_eq!(archive.of("opencode", "S").await.unwrap().message_count, 1);
    let again = archive.receive(&[prompt("S", "m2", "two"), prompt("S", "m1", "one")]).await;
    assert_eq!(states(&again), [Taken::Inserted, Taken::Skipped]);
    assert_eq!(archive.of("opencode", "S").await.unwrap().message_count, 2);
});

contract!(what_is_received_is_found_and_listed, async |archive| {
    archive.receive(&[prompt("S", "m1", "the zebra crossing"), json!({ "externalId": "S", "title": "Traffic" })]).await;
    let found = async |words: &str| {
        let selection = opensync_core::filter::ListQuery::parse(&format!("q={words}")).filter;
        let selection: Selection = selection.select(jiff::Timestamp::now(), &jiff::tz::TimeZone::UTC);
        let list = archive.store.session_list(&archive.user, &selection, SortKey::Date, Order::Desc, None, 9);
        list.await.unwrap().sessions.len()
    };
    assert_eq!((found("zebra").await, found("traffic").await, found("lion").await), (1, 1, 0));
    archive.receive(&[prompt("S", "m1", "the lion sleeps"), json!({ "externalId": "S", "title": "Nature" })]).await;
    assert_eq!((found("zebra").await, found("lion").await, found("nature").await), (0, 1, 1));
    let ids = archive.store.external_ids(&archive.user, None).await.unwrap();
    assert_eq!(ids, ["S"]);
    archive.add([conversation("other", 1, &["1"])]).await;
    assert_eq!(archive.store.external_ids(&archive.user, Some(SOURCE)).await.unwrap(), ["other"]);
    assert_eq!(archive.store.external_ids(&someone_else(), None).await.unwrap(), Vec::<String>::new());
});

contract!(odd_characters_and_large_bodies_are_stored, async |archive| {
    let output = "line of output\u{0}\n".repeat(40_000);
    let parts = json!([{ "type": "tool-call", "content": { "toolName": "Run\u{0}", "args": { "$a": 1, "_é": "\u{0}" } } },
                       { "type": "tool-result", "content": output }]);
    let body = json!({ "sessionExternalId": "S\u{0}", "externalId": "m\u{0}", "role": "assistant",
                       "textContent": "a\u{0}b", "parts": parts, "model": "x\u{0}" });
    let first = archive.receive(std::slice::from_ref(&body)).await;
    assert_eq!(states(&first), [Taken::Inserted]);
    assert_eq!(states(&archive.receive(std::slice::from_ref(&body)).await), [Taken::Skipped]);
    let again = archive.open_again().await;
    assert_eq!(states(&receive(&again, &archive.user, &[body]).await), [Taken::Skipped]);
    again.close().await;
    let messages = archive.store.all_messages(&archive.user, &first.taken[0].0).await.unwrap();
    assert_eq!((messages.len(), messages[0].message.parts.len()), (1, 3));
    // An import of a file that has problems is not disturbed.
    archive.write(vec![file("/f", [conversation("other", 1, &["1"])])]).await;
});
