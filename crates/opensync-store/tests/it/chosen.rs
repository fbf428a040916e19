//! Sessions that were chosen by id, and all that a list shows.

use opensync_core::filter::Selection;
use opensync_core::import::ImportedSession;
use opensync_core::{MicroDollars, Role, SessionId};

use crate::support::{conversation, id, message, session, someone_else, sub_agent};

fn at(created_at: i64, session: ImportedSession) -> ImportedSession {
    ImportedSession { created_at: Some(created_at), ..session }
}

contract!(all_sessions_of_a_list_are_named_newest_first, async |archive| {
    let names: Vec<String> = (0..600).map(|n| format!("s{n}")).collect();
    archive.add(names.iter().zip(1_000..).map(|(name, created)| at(created, session(name)))).await;
    archive.add([sub_agent("child", "s0")]).await;
    let all = archive.store.session_ids(&archive.user, &Selection::default()).await.unwrap();
    let expected: Vec<SessionId> = names.iter().rev().map(|name| id(name)).collect();
    assert_eq!(all, expected, "sub-agents are folded under their parents");
    let some = Selection { from: Some(1_590), ..Selection::default() };
    assert_eq!(archive.store.session_ids(&archive.user, &some).await.unwrap(), expected[..10]);
    assert_eq!(archive.store.session_ids(&someone_else(), &Selection::default()).await.unwrap(), []);
});

contract!(chosen_sessions_are_added_up, async |archive| {
    let names: Vec<String> = (0..700).map(|n| format!("s{n}")).collect();
    // Answers whose usage no record tells.
    let answered = |name: &String| {
        let messages = vec![message("answer", Role::Assistant, "Done")];
        ImportedSession { messages, ..session(name) }
    };
    archive.add(names.iter().map(answered)).await;
    archive.add([conversation("a", 1, &["1", "2"]), conversation("b", 2, &["3"])]).await;
    let mut ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
    let none = archive.store.chosen(&archive.user, &ids).await.unwrap();
    assert_eq!((none.found.len(), none.tokens, none.cost), (700, None, None), "unknown is not 0");
    ids.splice(0..0, [id("a"), id("never was"), id("b"), id("a")]);
    let chosen = archive.store.chosen(&archive.user, &ids).await.unwrap();
    assert_eq!((chosen.found.len(), &chosen.missing), (702, &vec![id("never was")]));
    assert_eq!(chosen.found[..3], [id("a"), id("b"), id("s0")]);
    assert_eq!((chosen.messages, chosen.tokens), (706, Some(330)));
    assert_eq!(
        (chosen.cost, chosen.cost_partial, chosen.public),
        (Some(MicroDollars(3_000)), true, 0),
        "at least: of the others nothing is known"
    );
    let other = archive.store.chosen(&someone_else(), &[id("a")]).await.unwrap();
    assert_eq!((other.found, other.missing, other.messages), (vec![], vec![id("a")], 0));
    assert_eq!(archive.store.chosen(&archive.user, &[]).await.unwrap(), opensync_store::Chosen::default());
});

contract!(all_sub_agents_below_chosen_sessions_are_found, async |archive| {
    let hidden = ImportedSession { hidden: true, ..sub_agent("probe", "child") };
    let fork = ImportedSession { parent: session("x").parent, ..session("fork") };
    archive.add([session("top"), sub_agent("child", "top"), sub_agent("grandchild", "child"), hidden, fork]).await;
    archive.add([session("other"), sub_agent("its", "other"), sub_agent("one", "two"), sub_agent("two", "one")]).await;
    let below = async |names: &[&str]| {
        let ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
        let mut below = archive.store.sub_agents_below(&archive.user, &ids).await.unwrap();
        below.sort();
        below
    };
    let sorted = |names: &[&str]| {
        let mut ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
        ids.sort();
        ids
    };
    assert_eq!(below(&["top"]).await, sorted(&["child", "grandchild", "probe"]));
    assert_eq!(below(&["top", "child", "never was"]).await, sorted(&["grandchild", "probe"]));
    assert_eq!(below(&["fork"]).await, []);
    assert_eq!(below(&[]).await, []);
    assert!(below(&["one"]).await.len() <= 1, "those that name each other make no endless loop");
    assert_eq!(archive.store.sub_agents_below(&someone_else(), &[id("top")]).await.unwrap(), []);
});
