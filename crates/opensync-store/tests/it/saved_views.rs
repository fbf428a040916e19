//! Saved views.

use opensync_store::{BadName, Saved, Store, ViewName};

use crate::support::{Archive, someone_else};

fn name(text: &str) -> ViewName {
    ViewName::parse(text).unwrap()
}

async fn all(archive: &Archive) -> Vec<(String, String)> {
    let views = archive.store.saved_views(&archive.user).await.unwrap();
    views.into_iter().map(|view| (view.name.as_str().to_owned(), view.query)).collect()
}

fn pairs(views: &[(&str, &str)]) -> Vec<(String, String)> {
    views.iter().map(|(name, query)| ((*name).to_owned(), (*query).to_owned())).collect()
}

#[test]
fn a_name_is_tidied_and_has_one_to_eighty_characters() {
    assert_eq!(name("  Costly \n this\u{0}week\t").as_str(), "Costly this week");
    assert_eq!(name(&"ü".repeat(80)).as_str().chars().count(), 80);
    for empty in ["", "  ", "\u{0}\n"] {
        assert_eq!(ViewName::parse(empty), Err(BadName::Empty), "{empty:?}");
    }
    assert_eq!(ViewName::parse(&"ü".repeat(81)), Err(BadName::Long));
}

contract!(views_are_kept_for_their_owner_and_listed_by_name, async |archive| {
    let (store, me, other) = (&archive.store, &archive.user, someone_else());
    assert_eq!(all(archive).await, []);
    for (title, query) in [("zoo", "q=a"), ("Ärger", "cost=1"), ("beta", "source=pi"), ("Alpha", "")] {
        assert_eq!(store.save_view(me, &name(title), query, false).await.unwrap(), Saved::New);
    }
    assert_eq!(store.save_view(&other, &name("beta"), "theirs", false).await.unwrap(), Saved::New);
    let mine = all(archive).await;
    assert_eq!(mine[..3], pairs(&[("Alpha", ""), ("beta", "source=pi"), ("zoo", "q=a")]));
    assert_eq!(mine.len(), 4);
    let one = store.saved_view(me, &name("beta")).await.unwrap().unwrap();
    assert!(one.query == "source=pi" && one.created_at > 1_700_000_000_000);
    assert_eq!(store.saved_views(&other).await.unwrap().len(), 1);
});

contract!(a_name_that_is_taken_is_replaced_only_when_asked_to, async |archive| {
    let (store, me) = (&archive.store, &archive.user);
    let title = name("it's; \"quoted\" -- %_");
    assert_eq!(store.save_view(me, &title, "q=a", true).await.unwrap(), Saved::New);
    let first = store.saved_view(me, &title).await.unwrap().unwrap();
    assert_eq!(store.save_view(me, &title, "q=b", false).await.unwrap(), Saved::Taken);
    assert_eq!(all(archive).await, pairs(&[(title.as_str(), "q=a")]));
    assert_eq!(store.save_view(me, &title, "q=b", true).await.unwrap(), Saved::Replaced);
    assert_eq!(all(archive).await, pairs(&[(title.as_str(), "q=b")]));
    assert_eq!(store.saved_view(me, &title).await.unwrap().unwrap().created_at, first.created_at);
});

contract!(a_view_gets_another_name_unless_that_is_taken, async |archive| {
    let (store, me) = (&archive.store, &archive.user);
    for title in ["a", "b"] {
        store.save_view(me, &name(title), title, false).await.unwrap();
    }
    assert_eq!(store.rename_view(me, &name("a"), &name("b")).await.unwrap(), Saved::Taken);
    assert_eq!(store.rename_view(me, &name("none"), &name("c")).await.unwrap(), Saved::Missing);
    assert_eq!(store.rename_view(me, &name("none"), &name("none")).await.unwrap(), Saved::Missing);
    assert_eq!(store.rename_view(me, &name("a"), &name("a")).await.unwrap(), Saved::Replaced);
    assert_eq!(all(archive).await, pairs(&[("a", "a"), ("b", "b")]));
    assert_eq!(store.rename_view(me, &name("a"), &name("A")).await.unwrap(), Saved::Replaced);
    assert_eq!(all(archive).await, pairs(&[("A", "a"), ("b", "b")]));
    // Somebody else's name is not in the way.
    store.save_view(&someone_else(), &name("c"), "", false).await.unwrap();
    assert_eq!(store.rename_view(me, &name("A"), &name("c")).await.unwrap(), Saved::Replaced);
});

contract!(a_deleted_view_is_handed_back_so_that_it_can_return, async |archive| {
    let (store, me) = (&archive.store, &archive.user);
    store.save_view(me, &name("a"), "q=a", false).await.unwrap();
    assert_eq!(store.delete_view(&someone_else(), &name("a")).await.unwrap(), None);
    let deleted = store.delete_view(me, &name("a")).await.unwrap().unwrap();
    assert_eq!(deleted.query, "q=a");
    assert_eq!(store.delete_view(me, &name("a")).await.unwrap(), None);
    assert_eq!(all(archive).await, []);
});

contract!(there_are_no_more_views_than_a_menu_can_hold, async |archive| {
    let (store, me) = (&archive.store, &archive.user);
    for n in 0..Store::MOST_VIEWS {
        assert_eq!(store.save_view(me, &name(&format!("view {n}")), "", false).await.unwrap(), Saved::New);
    }
    assert_eq!(store.save_view(me, &name("one more"), "", true).await.unwrap(), Saved::Full);
    assert_eq!(store.save_view(me, &name("view 7"), "q=b", true).await.unwrap(), Saved::Replaced);
    assert_eq!(store.save_view(&someone_else(), &name("theirs"), "", false).await.unwrap(), Saved::New);
    store.delete_view(me, &name("view 1")).await.unwrap();
    assert_eq!(store.save_view(me, &name("one more"), "", false).await.unwrap(), Saved::New);
});
