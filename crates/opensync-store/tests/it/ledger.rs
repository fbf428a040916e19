//! Which session owns a response that several contain.

use opensync_core::import::{Discarded, ImportedSession, Parent, Response};
use opensync_core::price::{Cost, CostStatus, PriceRef};
use opensync_core::{MicroDollars, Relation, SessionId, Usage, UserId};
use opensync_store::{FileRead, LedgerPage, LedgerSums};

use crate::support::{Archive, SOURCE, conversation, file, id, response, session, someone_else, sub_agent};

/// The order of every way to write four things.
fn permutations() -> Vec<[usize; 4]> {
    let mut all = Vec::new();
    for n in 0..256usize {
        let order = [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3];
        if (0..4).all(|item| order.contains(&item)) {
            all.push(order);
        }
    }
    assert_eq!(all.len(), 24);
    all
}

/// A session, a fork of it, a fork of the fork and a sub-agent's copy of some answer.
fn family() -> [ImportedSession; 4] {
    [
        conversation("a", 100, &["1", "2", "3"]),
        conversation("b", 200, &["1", "2", "3", "4", "5"]),
        conversation("c", 300, &["1", "2", "3", "4", "5", "6"]),
        ImportedSession { sidechain: true, ..conversation("side", 50, &["2", "7"]) },
    ]
}

fn file_of(source: &str, sessions: impl IntoIterator<Item = ImportedSession>) -> FileRead {
    FileRead { source: source.to_owned(), ..file(&format!("/{source}"), sessions) }
}

/// Keys a session owns, its tokens, the external id of its parent, and how many of its messages are
/// inherited.
async fn facts(
    archive: &Archive,
    user: &UserId,
    source: &str,
    name: &str,
) -> (Vec<String>, u64, Option<SessionId>, usize) {
    let id = SessionId::derive(user, source, name);
    let session = archive.store.session(user, &id).await.unwrap().unwrap();
    let ledger = archive.store.ledger(user, &id, 1, 100).await.unwrap().rows;
    let owned = ledger.into_iter().filter(|row| row.state == "owned").map(|row| row.key).collect();
    let messages = archive.store.all_messages(user, &id).await.unwrap();
    let inherited = messages.iter().take_while(|message| message.message.inherited).count();
    assert!(messages[inherited..].iter().all(|message| !message.message.inherited));
    assert_eq!(session.relation.is_some(), session.parent_id.is_some(), "{source} {name}");
    (owned, session.total_tokens.unwrap(), session.parent_id, inherited)
}

async fn assert_family(archive: &Archive, source: &str) {
    let id = |name: &str| Some(SessionId::derive(&archive.user, source, name));
    let expected: [(_, &[&str], _, _); 4] = [
        ("a", &["1", "2", "3"], None, 0),
        ("b", &["4", "5"], id("a"), 6),
        ("c", &["6"], id("b"), 10),
        ("side", &["7"], None, 0),
    ];
    for (name, owned, parent, inherited) in expected {
        let tokens = owned.len() as u64 * 110;
        let owned: Vec<String> = owned.iter().map(|key| (*key).to_owned()).collect();
        let found = facts(archive, &archive.user, source, name).await;
        assert_eq!(found, (owned, tokens, parent, inherited), "{source} {name}");
    }
}

contract!(forks_give_the_same_totals_in_whatever_order_they_come, async |archive| {
    for order in permutations() {
        let source = format!("apart-{order:?}");
        for n in order {
            archive.write(vec![file_of(&source, [family()[n].clone()])]).await;
        }
        assert_family(archive, &source).await;
    }
});

contract!(forks_give_the_same_totals_when_they_come_together, async |archive| {
    for order in permutations() {
        let source = format!("together-{order:?}");
        archive.write(vec![file_of(&source, order.map(|n| family()[n].clone()))]).await;
        assert_family(archive, &source).await;
    }
});

contract!(importing_one_of_a_family_again_changes_nothing, async |archive| {
    archive.write(vec![file_of("again", family())]).await;
    for n in [0, 1, 2, 3, 2, 1, 0] {
        archive.write(vec![file_of("again", [family()[n].clone()])]).await;
        assert_family(archive, "again").await;
    }
});

contract!(a_fork_says_its_parent_itself, async |archive| {
    let parent = Parent { external_id: "a".to_owned(), relation: Relation::Fork, call_id: None };
    let [a, b, c, _] = family();
    archive.add([a, b, ImportedSession { parent: Some(parent), ..c }]).await;
    assert_eq!(archive.get("c").await.parent_id, Some(id("a")));
    assert_eq!(archive.get("c").await.total_tokens, Some(110));
});

contract!(a_sub_agent_stays_one_when_it_shares_responses, async |archive| {
    let shared = ImportedSession { messages: Vec::new(), ..conversation("child", 50, &["1"]) };
    let child = ImportedSession {
        sidechain: false,
        born_at: Some(500),
        responses: shared.responses,
        ..sub_agent("child", "b")
    };
    archive.add([conversation("a", 100, &["1"]), session("b"), child]).await;
    let child = archive.get("child").await;
    assert_eq!((child.relation, child.parent_id), (Some(Relation::SubAgent), Some(id("b"))));
    assert_eq!(child.total_tokens, Some(0));
});

contract!(a_response_of_another_source_is_another_response, async |archive| {
    for source in ["x", "y"] {
        archive.write(vec![file_of(source, [conversation("a", 100, &["1"])])]).await;
    }
    archive.write(vec![file_of("x", [conversation("b", 200, &["1"])])]).await;
    archive.write(vec![file_of("y", [conversation("c", 300, &["1"])])]).await;
    for (source, name, owned) in [("x", "a", 1), ("y", "a", 1), ("x", "b", 0), ("y", "c", 0)] {
        let found = facts(archive, &archive.user, source, name).await;
        assert_eq!(found.0.len(), owned, "{source} {name}");
    }
});

contract!(a_response_of_another_user_is_another_response, async |archive| {
    let other = someone_else();
    let write = async |user: &UserId, session| {
        archive.store.write(user, vec![file("/f", [session])]).await.unwrap();
    };
    write(&archive.user, conversation("mine", 900, &["1"])).await;
    write(&other, conversation("theirs", 100, &["1"])).await;
    write(&other, conversation("their fork", 200, &["1"])).await;
    write(&archive.user, conversation("my fork", 950, &["1"])).await;
    let mine = facts(archive, &archive.user, SOURCE, "mine").await;
    assert_eq!(mine, (vec!["1".to_owned()], 110, None, 0));
    let fork = facts(archive, &archive.user, SOURCE, "my fork").await;
    assert_eq!(fork, (vec![], 0, Some(id("mine")), 2));
    assert_eq!(facts(archive, &other, SOURCE, "theirs").await.1, 110);
    assert_eq!(facts(archive, &other, SOURCE, "their fork").await.1, 0);
    // Their owner goes: their fork inherits, though another user owns that response as well.
    let gone = SessionId::derive(&other, SOURCE, "theirs");
    archive.store.delete_sessions(&other, &[gone]).await.unwrap();
    assert_eq!(archive.store.stats(&other).await.unwrap().tokens, 110);
    assert_eq!(archive.store.stats(&archive.user).await.unwrap().tokens, 110);
});

contract!(a_deleted_owner_hands_its_responses_on, async |archive| {
    archive.write(vec![file_of(SOURCE, family())]).await;
    archive.delete(&["a"]).await;
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    assert_eq!(facts_of(archive, "b").await, (keys(&["1", "2", "3", "4", "5"]), 550));
    assert_eq!(facts_of(archive, "c").await, (keys(&["6"]), 110));
    assert_eq!(archive.get("c").await.parent_id, Some(id("b")));
    archive.delete(&["b", "c"]).await;
    assert_eq!(facts_of(archive, "side").await, (keys(&["2", "7"]), 220));
});

async fn facts_of(archive: &Archive, name: &str) -> (Vec<String>, u64) {
    let owned = archive.ledger(name).await.into_iter().filter(|row| row.state == "owned").map(|row| row.key);
    (owned.collect(), archive.get(name).await.total_tokens.unwrap())
}

contract!(the_closest_ancestor_left_is_the_parent, async |archive| {
    archive.write(vec![file_of(SOURCE, family())]).await;
    archive.delete(&["b"]).await;
    assert_eq!(archive.get("c").await.parent_id, Some(id("a")));
    assert_eq!(facts_of(archive, "c").await.1, 330);
});

contract!(a_rewritten_owner_hands_on_what_it_lost, async |archive| {
    let [a, b, ..] = family();
    archive.add([a, b]).await;
    archive.add([conversation("a", 100, &["1"])]).await;
    assert_eq!(facts_of(archive, "a").await.1, 110);
    assert_eq!(facts_of(archive, "b").await, (["2", "3", "4", "5"].map(str::to_owned).into(), 440));
    archive.add([conversation("a", 100, &["9"])]).await;
    assert_eq!(facts_of(archive, "b").await.1, 550);
});

contract!(a_ledger_row_says_all_that_is_known_of_a_response, async |archive| {
    let usage = Usage { fresh: 1, cache_read: 2, cache_write_5m: 3, cache_write_1h: 4, output: 6, reasoning: 5 };
    let first = Response { usage, incomplete: true, line: 12, records: 3, ..response("k1", Some(77)) };
    let second = Response { model: None, at: None, ..response("k2", None) };
    let discarded = vec![Discarded { line: 40, why: "a preview".into(), usage }];
    let priced = Cost {
        amount: Some(MicroDollars(77)),
        status: CostStatus::Computed,
        computed: Some(MicroDollars(77)),
        price: Some(PriceRef { key: "big-model".into(), origin: "a list".into() }),
    };
    let mut read = file("/f", [ImportedSession { responses: vec![first, second], discarded, ..session("s") }]);
    read.sessions[0].1[0] = priced;
    archive.write(vec![read]).await;
    let rows = archive.ledger("s").await;
    assert_eq!(rows.len(), 3);
    let row = &rows[0];
    assert_eq!((row.key.as_str(), row.state.as_str(), row.why.as_deref()), ("k1", "owned", None));
    assert_eq!((row.model.as_deref(), row.at, row.usage), (Some("big-model"), Some(1_500), usage));
    assert_eq!((row.cost, row.cost_status.as_str()), (Some(MicroDollars(77)), "computed"));
    assert_eq!(row.price, Some(("big-model".to_owned(), "a list".to_owned())));
    assert_eq!((row.incomplete, row.line, row.records), (true, 12, 3));
    let row = &rows[1];
    assert_eq!((row.model.as_deref(), row.at, row.cost, row.price.as_ref()), (None, None, None, None));
    assert_eq!((row.cost_status.as_str(), row.incomplete), ("unpriced", false));
    let row = &rows[2];
    assert_eq!((row.key.as_str(), row.state.as_str(), row.why.as_deref()), ("", "discarded", Some("a preview")));
    assert_eq!((row.line, row.usage), (40, usage));
    assert_eq!(archive.get("s").await.total_tokens, Some(126));
});

contract!(a_ledger_is_only_for_its_owner, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let someone = someone_else();
    assert_eq!(archive.store.ledger(&someone, &id("s"), 1, 9).await.unwrap(), LedgerPage::default());
    assert_eq!(archive.store.ledger_sums(&someone, &id("s")).await.unwrap(), LedgerSums::default());
    assert_eq!(archive.ledger("gone").await, []);
});

contract!(a_long_ledger_comes_in_pages, async |archive| {
    archive.add([conversation("s", 0, &["1", "2", "3", "4", "5"])]).await;
    let page = async |first, limit| {
        let page = archive.store.ledger(&archive.user, &id("s"), first, limit).await.unwrap();
        (page.rows.iter().map(|row| row.number).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(page(1, 2).await, (vec![1, 2], Some(3)));
    assert_eq!(page(3, 2).await, (vec![3, 4], Some(5)));
    assert_eq!(page(5, 2).await, (vec![5], None));
    assert_eq!(page(0, 5).await, (vec![1, 2, 3, 4, 5], None));
    assert_eq!(page(u64::MAX, u64::MAX).await, (vec![], None));
});

contract!(every_record_with_usage_is_kept_merged_or_discarded, async |archive| {
    let usage = Usage { fresh: 1, cache_read: 2, cache_write_5m: 3, cache_write_1h: 4, output: 6, reasoning: 5 };
    let streamed = Response { usage, records: 3, incomplete: true, ..response("a", Some(70)) };
    let unpriced = Response { usage, ..response("b", None) };
    let discarded = vec![Discarded { line: 40, why: "a preview".into(), usage }; 2];
    let original = ImportedSession {
        born_at: Some(1),
        responses: vec![streamed.clone(), unpriced],
        discarded,
        ..session("original")
    };
    let own = Response { usage, records: 2, ..response("c", Some(5)) };
    let fork = ImportedSession { born_at: Some(2), responses: vec![streamed, own], ..session("fork") };
    archive.add([original, fork]).await;
    let sums = async |name| archive.store.ledger_sums(&archive.user, &id(name)).await.unwrap();
    let original = sums("original").await;
    assert_eq!(
        (original.kept, original.repeats, original.copies, original.copied, original.discarded),
        (2, 2, 0, 0, 2)
    );
    assert_eq!((original.merged(), original.records()), (2, 6));
    let twice = Usage { fresh: 2, cache_read: 4, cache_write_5m: 6, cache_write_1h: 8, output: 12, reasoning: 10 };
    assert_eq!(original.usage, twice);
    assert_eq!((original.cost, original.unpriced, original.incomplete), (Some(MicroDollars(70)), 1, 1));
    let fork = sums("fork").await;
    assert_eq!((fork.kept, fork.repeats, fork.copies, fork.copied, fork.discarded), (1, 1, 1, 3, 0));
    assert_eq!((fork.merged(), fork.records(), fork.usage, fork.cost), (4, 5, usage, Some(MicroDollars(5))));
    assert_eq!(sums("gone").await, LedgerSums::default());
    let owners: Vec<_> = archive.ledger("fork").await.into_iter().map(|row| row.owner).collect();
    assert_eq!(owners, [Some((id("original"), "Session original".to_owned())), None]);
});
