//! Finding sessions: filters, facets, families, single ones.

use opensync_core::filter::{Order, Selection, SortKey};
use opensync_core::import::{ImportedSession, Parent, Response, TitleRank};
use opensync_core::search::terms;
use opensync_core::session::{FacetValue, Facets, Totals};
use opensync_core::{MicroDollars, Relation, Role, Session};
use opensync_store::FileRead;

use crate::support::{Archive, conversation, file, id, message, response, session, someone_else, sub_agent};

fn titled(name: &str, title: &str) -> ImportedSession {
    ImportedSession { title: Some((title.to_owned(), TitleRank::Prompt)), ..session(name) }
}

fn from(source: &str, sessions: impl IntoIterator<Item = ImportedSession>) -> FileRead {
    FileRead { source: source.to_owned(), ..file("/f", sessions) }
}

/// A session in a project, answered by a model.
fn made(name: &str, project: &str, model: &str, created_at: i64) -> ImportedSession {
    let responses = vec![Response { model: Some(model.to_owned()), ..response(name, Some(1_000)) }];
    let project_path = Some(format!("/home/ana/{project}"));
    ImportedSession { project_path, responses, created_at: Some(created_at), ..session(name) }
}

async fn add_two_sources(archive: &Archive) {
    let one = [made("a", "shop", "big", 10), made("b", "shop", "small", 20), made("c", "Blog", "big", 30)];
    let two = [made("d", "shop", "big", 40), session("e")];
    archive.write(vec![from("one", one), from("two", two)]).await;
}

async fn list(archive: &Archive, selection: &Selection) -> Vec<Session> {
    let list = archive.store.session_list(&archive.user, selection, SortKey::Date, Order::Asc, None, 100);
    list.await.unwrap().sessions
}

/// External ids of what a selection lists, oldest first, after comparing the list with its totals.
async fn found(archive: &Archive, selection: &Selection) -> Vec<String> {
    let sessions = list(archive, selection).await;
    let totals = archive.store.session_totals(&archive.user, selection).await.unwrap();
    assert_eq!(totals.sessions, sessions.len() as u64, "{selection:?}");
    let tokens: Vec<u64> = sessions.iter().filter_map(|session| session.total_tokens).collect();
    assert_eq!(totals.tokens, (!tokens.is_empty()).then(|| tokens.iter().sum()), "{selection:?}");
    sessions.into_iter().map(|session| session.external_id).collect()
}

fn some(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

contract!(filters_of_one_kind_add_and_of_different_kinds_narrow, async |archive| {
    add_two_sources(archive).await;
    let all = Selection::default();
    let cases: [(Selection, &[&str]); 9] = [
        (Selection { sources: some(&["one"]), ..all.clone() }, &["a", "b", "c"]),
        (Selection { sources: some(&["two", "one", "three"]), ..all.clone() }, &["a", "b", "c", "d", "e"]),
        (Selection { projects: some(&["shop"]), ..all.clone() }, &["a", "b", "d"]),
        (Selection { models: some(&["big", "small"]), ..all.clone() }, &["a", "b", "c", "d"]),
        (Selection { projects: some(&["shop"]), models: some(&["big"]), ..all.clone() }, &["a", "d"]),
        (Selection { sources: some(&["two"]), models: some(&["small"]), ..all.clone() }, &[]),
        (Selection { projects: some(&["blog"]), ..all.clone() }, &[]),
        (Selection { from: Some(20), until: Some(40), ..all.clone() }, &["b", "c"]),
        (Selection { from: Some(30), sources: some(&["one"]), ..all.clone() }, &["c"]),
    ];
    for (selection, expected) in cases {
        assert_eq!(found(archive, &selection).await, expected, "{selection:?}");
    }
    let odd = some(&["it's", "a\0b", "%", "'); drop table session; --"]);
    let odd = Selection { sources: odd.clone(), projects: odd.clone(), models: odd, ..all.clone() };
    assert_eq!(found(archive, &odd).await, some(&[]));
    assert_eq!(found(archive, &all).await.len(), 5);
});

contract!(totals_cover_sub_agents_of_the_selection, async |archive| {
    let child = ImportedSession { responses: vec![response("k", None)], ..sub_agent("child", "a") };
    let messages = vec![message("m", Role::Assistant, "Hi")];
    let silent = ImportedSession { messages, ..session("silent") };
    archive.add([made("a", "shop", "big", 10), child, silent]).await;
    archive.add([ImportedSession { hidden: true, ..made("probe", "shop", "big", 10) }]).await;
    let all = Selection::default();
    let totals = archive.store.session_totals(&archive.user, &all).await.unwrap();
    let (tokens, cost) = (Some(220), Some(MicroDollars(1_000)));
    assert_eq!(totals, Totals { sessions: 2, sub_agents: 1, tokens, cost, cost_partial: true });
    let silent = Selection { wanted: terms("silent"), ..all.clone() };
    let totals = archive.store.session_totals(&archive.user, &silent).await.unwrap();
    assert_eq!(totals, Totals { sessions: 1, cost_partial: true, ..Totals::default() });
    let totals = archive.store.session_totals(&someone_else(), &all).await.unwrap();
    assert_eq!(totals, Totals::default());
});

contract!(facets_are_the_values_of_the_list, async |archive| {
    assert_eq!(archive.store.session_facets(&archive.user).await.unwrap(), Facets::default());
    add_two_sources(archive).await;
    let child = ImportedSession { project_path: Some("/tmp/folded".to_owned()), ..sub_agent("child", "e") };
    let probe = ImportedSession { hidden: true, project_path: Some("/tmp/hidden".to_owned()), ..session("probe") };
    // Equal counts are in the order of bytes, whatever the server's locale says.
    let ties = ["b-2", "B-1", "a_1", "ä"].map(|name| made(name, name, name, 50));
    archive.write(vec![from("two", [child, probe]), from("one", ties)]).await;
    let facets = archive.store.session_facets(&archive.user).await.unwrap();
    let values = |values: &[(&str, u64)]| -> Vec<FacetValue> {
        values.iter().map(|(value, count)| FacetValue { value: (*value).to_owned(), count: *count }).collect()
    };
    assert_eq!(facets.sources, values(&[("one", 7), ("two", 2)]));
    let ties = [("B-1", 1), ("a_1", 1), ("b-2", 1), ("ä", 1)];
    assert_eq!(facets.projects, values(&[&[("shop", 3), ("B-1", 1), ("Blog", 1)], &ties[1..]].concat()));
    assert_eq!(
        facets.models,
        values(&[&[("big", 3), ("B-1", 1), ("a_1", 1), ("b-2", 1)][..], &[("small", 1), ("ä", 1)]].concat())
    );
    for (facet, selection) in [
        (&facets.sources, (|value| Selection { sources: vec![value], ..Selection::default() }) as fn(String) -> _),
        (&facets.projects, |value| Selection { projects: vec![value], ..Selection::default() }),
        (&facets.models, |value| Selection { models: vec![value], ..Selection::default() }),
    ] {
        for value in facet {
            assert_eq!(list(archive, &selection(value.value.clone())).await.len() as u64, value.count, "{value:?}");
        }
    }
    assert_eq!(archive.store.session_facets(&someone_else()).await.unwrap(), Facets::default());
});

contract!(hidden_sessions_are_not_listed_but_can_be_opened, async |archive| {
    archive.add([ImportedSession { hidden: true, ..session("probe") }, session("s")]).await;
    assert_eq!(found(archive, &Selection::default()).await, ["s"]);
    assert!(archive.find("probe").await.is_some());
    archive.add([session("probe")]).await;
    assert_eq!(found(archive, &Selection::default()).await.len(), 2, "it can be shown again");
});

contract!(a_sub_agent_is_folded_once_its_parent_is_there, async |archive| {
    archive.add([sub_agent("child", "parent")]).await;
    assert_eq!(found(archive, &Selection::default()).await, ["child"]);
    assert_eq!(archive.get("child").await.parent_id, None);
    archive.write(vec![from("another", [session("parent")])]).await;
    assert_eq!(archive.get("child").await.parent_id, None, "a parent is of the same source");
    archive.add([session("parent")]).await;
    let listed = list(archive, &Selection { sources: some(&["tool"]), ..Selection::default() }).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].external_id.as_str(), listed[0].sub_agents), ("parent", 1));
    let child = archive.get("child").await;
    assert_eq!((child.parent_id, child.relation), (Some(id("parent")), Some(Relation::SubAgent)));
    // And it stays so when either is imported again.
    archive.add([session("parent")]).await;
    archive.add([sub_agent("child", "parent")]).await;
    assert_eq!(archive.get("parent").await.sub_agents, 1);
    assert_eq!(archive.get("child").await.parent_id, Some(id("parent")));
});

contract!(sub_agents_are_listed_under_their_parent_oldest_first, async |archive| {
    let at = |name, created_at| ImportedSession { created_at: Some(created_at), ..sub_agent(name, "parent") };
    let hidden = ImportedSession { hidden: true, ..at("hidden", 1) };
    let relation = Relation::Fork;
    let parent = Some(Parent { external_id: "parent".to_owned(), relation, call_id: None });
    let fork = ImportedSession { parent, ..session("fork") };
    archive.add([at("late", 30), at("early", 20), hidden, fork, session("parent"), sub_agent("deep", "late")]).await;
    let children = archive.store.sub_agents(&archive.user, &id("parent")).await.unwrap();
    let names: Vec<&str> = children.iter().map(|session| session.external_id.as_str()).collect();
    assert_eq!(names, ["early", "late"]);
    assert_eq!(archive.get("parent").await.sub_agents, 2);
    assert_eq!(archive.get("late").await.sub_agents, 1);
    let mut listed = found(archive, &Selection::default()).await;
    listed.sort();
    assert_eq!(listed, ["fork", "parent"]);
    assert_eq!(archive.store.sub_agents(&someone_else(), &id("parent")).await.unwrap(), []);
    assert_eq!(archive.store.sub_agents(&archive.user, &id("gone")).await.unwrap(), []);
});

contract!(a_session_that_names_itself_as_parent_has_none, async |archive| {
    archive.add([sub_agent("self", "self")]).await;
    assert_eq!(found(archive, &Selection::default()).await, ["self"]);
    assert_eq!(archive.get("self").await.parent_id, None);
});

contract!(a_session_is_found_by_the_id_its_tool_uses, async |archive| {
    let at = |created_at| ImportedSession { created_at: Some(created_at), updated_at: None, ..session("same") };
    archive.write(vec![from("one", [at(10)]), from("two", [at(30)]), from("three", [at(20)])]).await;
    let by = async |user, name| archive.store.session_by_external_id(user, name).await.unwrap();
    assert_eq!(by(&archive.user, "same").await.unwrap().source, "two");
    assert_eq!(by(&archive.user, "other").await, None);
    assert_eq!(by(&someone_else(), "same").await, None);
});

contract!(a_session_is_only_for_its_owner, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let (other, id) = (someone_else(), id("s"));
    assert_eq!(archive.store.session(&other, &id).await.unwrap(), None);
    assert!(!archive.store.rename(&other, &id, "Theirs").await.unwrap());
    assert_eq!(archive.get("s").await.title, "Session s");
    assert_eq!(archive.find("gone").await, None);
});

contract!(a_new_title_is_kept_and_found, async |archive| {
    archive.add([titled("s", "Old words")]).await;
    assert!(archive.store.rename(&archive.user, &id("s"), "Übermut\0 tut selten gut").await.unwrap());
    assert!(!archive.store.rename(&archive.user, &id("gone"), "x").await.unwrap());
    assert_eq!(archive.get("s").await.title, "Übermut\u{fffd} tut selten gut");
    for (text, count) in [("über", 1), ("selt", 1), ("old", 0)] {
        let selection = Selection { wanted: terms(text), ..Selection::default() };
        assert_eq!(found(archive, &selection).await.len(), count, "{text}");
    }
});
