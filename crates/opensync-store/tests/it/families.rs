//! A session with the sub-agents below it.

use opensync_core::filter::{Order, Selection, SortKey};
use opensync_core::import::ImportedSession;
use opensync_core::session::Family;
use opensync_core::{MicroDollars, Role};

use crate::support::{message, response, session, sub_agent};

/// A session with responses of 110 tokens each.
fn paid(session: ImportedSession, keys: &[&str]) -> ImportedSession {
    let responses = keys.iter().map(|key| response(key, Some(1_000))).collect();
    ImportedSession { responses, ..session }
}

contract!(a_family_is_a_session_and_all_sub_agents_below_it, async |archive| {
    let parent = paid(session("parent"), &["p1", "p2"]);
    let child = paid(sub_agent("child", "parent"), &["c1"]);
    let other = paid(sub_agent("other", "parent"), &["o1"]);
    let grandchild = paid(sub_agent("grandchild", "child"), &["g1", "g2", "g3"]);
    let alone = paid(session("alone"), &["a1"]);
    archive.add([grandchild, parent, child, other, alone]).await;
    let family = |agents, tokens, cost| {
        let (total_tokens, cost) = (Some(tokens), Some(MicroDollars(cost)));
        Some(Family { agents, hidden: 0, total_tokens, tokens_partial: false, cost, cost_partial: false })
    };
    assert_eq!(archive.get("parent").await.family, family(3, 770, 7_000));
    assert_eq!(archive.get("child").await.family, family(1, 440, 4_000));
    assert_eq!(archive.get("grandchild").await.family, None);
    assert_eq!(archive.get("alone").await.family, None);
    let own = archive.get("parent").await;
    assert_eq!((own.total_tokens, own.cost, own.sub_agents), (Some(220), Some(MicroDollars(2_000)), 2));
    let all = Selection::default();
    let list = archive.store.session_list(&archive.user, &all, SortKey::Tokens, Order::Desc, None, 10);
    let rows: Vec<_> = list.await.unwrap().sessions.into_iter().map(|s| (s.external_id, s.family)).collect();
    assert_eq!(rows, [("parent".to_owned(), family(3, 770, 7_000)), ("alone".to_owned(), None)]);
    let below = archive.store.sub_agents(&archive.user, &own.id).await.unwrap();
    let below: Vec<_> = below.into_iter().map(|s| (s.external_id, s.family)).collect();
    assert_eq!(below, [("child".to_owned(), family(1, 440, 4_000)), ("other".to_owned(), None)]);
});

contract!(what_is_unknown_of_a_sub_agent_makes_the_family_partial, async |archive| {
    let answered = vec![message("m1", Role::User, "Hi"), message("m2", Role::Assistant, "Hello")];
    let silent = ImportedSession { messages: answered.clone(), ..sub_agent("silent", "parent") };
    archive.add([paid(session("parent"), &["p1"]), silent]).await;
    let family = archive.get("parent").await.family.unwrap();
    assert_eq!((family.total_tokens, family.tokens_partial), (Some(110), true));
    assert_eq!((family.cost, family.cost_partial), (Some(MicroDollars(1_000)), true));
    let unknown = ImportedSession { messages: answered.clone(), ..session("unknown") };
    archive.add([unknown, ImportedSession { messages: answered, ..sub_agent("below", "unknown") }]).await;
    let family = archive.get("unknown").await.family.unwrap();
    assert_eq!((family.agents, family.total_tokens, family.cost), (1, None, None));
    assert!(family.tokens_partial && family.cost_partial);
});

contract!(hidden_sub_agents_are_in_the_sums_and_counted_apart, async |archive| {
    let hidden = ImportedSession { hidden: true, ..paid(sub_agent("hidden", "parent"), &["h1"]) };
    archive.add([paid(session("parent"), &["p1"]), hidden]).await;
    let parent = archive.get("parent").await;
    let family = parent.family.unwrap();
    assert_eq!((parent.sub_agents, family.agents, family.hidden, family.total_tokens), (0, 0, 1, Some(220)));
});

contract!(sessions_that_are_each_others_parents_are_a_family_of_two, async |archive| {
    archive.add([paid(sub_agent("a", "b"), &["a1"]), paid(sub_agent("b", "a"), &["b1"])]).await;
    for name in ["a", "b"] {
        let family = archive.get(name).await.family.unwrap();
        assert_eq!((family.agents, family.total_tokens), (1, Some(220)), "{name}");
    }
});

contract!(inherited_messages_are_counted, async |archive| {
    let mut messages = vec![
        message("m1", Role::User, "Hi"),
        message("m2", Role::Assistant, "Hello"),
        message("m3", Role::Tool, "output"),
        message("m4", Role::User, "New"),
    ];
    for inherited in &mut messages[..3] {
        inherited.inherited = true;
    }
    archive.add([ImportedSession { messages, ..session("fork") }]).await;
    let count = async |user| archive.store.inherited_messages(user, &archive.get("fork").await.id).await.unwrap();
    assert_eq!(count(&archive.user).await, 2, "prompts and answers, as in the number of messages");
    assert_eq!(count(&crate::support::someone_else()).await, 0);
});
