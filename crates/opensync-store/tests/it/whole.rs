//! Sessions with everything that is kept of them.

use opensync_core::import::{Discarded, ImportedSession};
use opensync_core::price::{Cost, CostStatus, PriceRef};
use opensync_core::{MicroDollars, Role, Usage};

use crate::support::{conversation, file, id, message, response, session, someone_else, sub_agent};

contract!(a_session_comes_back_as_it_was_handed_over, async |archive| {
    let usage = Usage { fresh: 1, cache_read: 2, cache_write_5m: 3, cache_write_1h: 4, output: 5, reasoning: 1 };
    let mut given = ImportedSession {
        summary: Some("In short".to_owned()),
        project_path: Some("/home/ana/shop".to_owned()),
        git_branch: Some("main".to_owned()),
        provider: Some("someone".to_owned()),
        model: Some("hint".to_owned()),
        client_version: Some("1.2".to_owned()),
        born_at: Some(1_200),
        duration_ms: Some(77),
        hidden: true,
        archived: true,
        responses: vec![response("k1", None), response("k2", None)],
        discarded: vec![Discarded { line: 40, why: "a preview".into(), usage }],
        ..sub_agent("a", "never was")
    };
    given.responses[1].incomplete = true;
    given.responses[1].message_id = Some("m".to_owned());
    let price = PriceRef { key: "big-model".into(), origin: "a list".into() };
    let priced =
        Cost { amount: Some(MicroDollars(5)), status: CostStatus::Computed, computed: None, price: Some(price) };
    let free = Cost { amount: Some(MicroDollars(0)), status: CostStatus::Free, computed: None, price: None };
    let mut read = file("/f", [given.clone()]);
    read.sessions[0].1 = vec![priced, free];
    let costs = read.sessions[0].1.clone();
    archive.write(vec![read]).await;
    let whole = archive.store.whole(&archive.user, &id("a")).await.unwrap().unwrap();
    assert_eq!(whole.imported, given);
    assert_eq!((whole.costs, whole.copies), (costs, vec![]));
    assert!(!whole.is_edited && !whole.is_found);
    archive.store.rename(&archive.user, &id("a"), "Mine").await.unwrap();
    let whole = archive.store.whole(&archive.user, &id("a")).await.unwrap().unwrap();
    assert!(whole.is_edited && whole.imported.title.is_none());
    assert_eq!(archive.store.whole(&someone_else(), &id("a")).await.unwrap(), None);
});

contract!(copies_and_the_parent_they_tell_of_are_marked, async |archive| {
    archive.add([conversation("one", 1, &["k1", "k2"]), conversation("two", 2, &["k1", "k2", "k3"])]).await;
    let whole = archive.store.whole(&archive.user, &id("two")).await.unwrap().unwrap();
    assert_eq!(whole.copies, [0, 1]);
    assert!(whole.is_found);
    assert_eq!(whole.imported.parent.unwrap().external_id, "one");
});

contract!(messages_off_the_active_branch_are_among_all, async |archive| {
    let mut talk = session("talk");
    talk.messages = (0..5).map(|n| message(&format!("m{n}"), Role::User, "Hi")).collect();
    talk.messages[1].off_path = true;
    let given = talk.messages.clone();
    archive.add([talk]).await;
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let some = archive.store.every_message(&archive.user, &id("talk"), after, 2).await.unwrap();
        let Some(last) = some.last() else { break };
        assert!(some.len() <= 2);
        after = Some(last.seq);
        all.extend(some.into_iter().map(|stored| stored.message));
    }
    assert_eq!(all, given);
    assert_eq!(archive.store.every_message(&archive.user, &id("gone"), None, 2).await.unwrap(), []);
    assert_eq!(archive.store.every_message(&someone_else(), &id("talk"), None, 2).await.unwrap(), []);
});

contract!(all_sessions_are_listed_in_an_order_of_their_own, async |archive| {
    let at = |name: &str, at| ImportedSession { created_at: Some(at), updated_at: Some(at), ..session(name) };
    let hidden = ImportedSession { hidden: true, ..at("hidden", 3) };
    archive.add([at("a", 1), at("b", 2), at("c", 2), hidden, sub_agent("d", "a")]).await;
    let ids = archive.store.all_session_ids(&archive.user).await.unwrap();
    let mut same_moment = [id("b"), id("c")];
    same_moment.sort_by(|a, b| b.cmp(a));
    let [first, second] = same_moment;
    assert_eq!(ids, [id("d"), id("hidden"), first, second, id("a")]);
    assert!(archive.store.all_session_ids(&someone_else()).await.unwrap().is_empty());
});
