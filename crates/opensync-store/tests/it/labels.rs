//! What people say about sessions.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{Filter, Order, SortKey, Status};
use opensync_core::import::ImportedSession;
use opensync_core::label::{Edit, LabelChange, LabelError, MOST_TAGS};
use opensync_core::{Role, SessionId};

use crate::support::{Archive, conversation, id, message, session, someone_else};

async fn label(archive: &Archive, names: &[&str], change: LabelChange) -> opensync_store::Labelled {
    let ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
    archive.store.label_sessions(&archive.user, &ids, &change).await.unwrap()
}

fn some(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn add(tags: &[&str]) -> LabelChange {
    LabelChange { add_tags: some(tags), ..LabelChange::default() }
}

contract!(labels_are_set_and_cleared, async |archive| {
    archive.add([session("a"), session("b")]).await;
    let fresh = archive.get("a").await;
    assert!(!fresh.eval_ready && fresh.tags.is_empty() && fresh.eval_status.is_none() && fresh.reviewed_at.is_none());
    let change = LabelChange {
        ready: Some(true),
        status: Edit::Set(Status::Golden),
        notes: Edit::Set("Good\nit's '$1'".to_owned()),
        expected_output: Edit::Set("42".to_owned()),
        tags: Some(some(&["a, b", "bug"])),
        ..LabelChange::default()
    };
    let outcome = label(archive, &["a"], change.clone()).await;
    assert_eq!((outcome.changed, outcome.same, outcome.missing), (vec![id("a")], vec![], vec![]));
    let a = archive.get("a").await;
    assert!(a.eval_ready);
    assert_eq!((a.eval_status, a.eval_notes.as_deref()), (Some(Status::Golden), Some("Good\nit's '$1'")));
    assert_eq!((a.expected_output.as_deref(), a.tags), (Some("42"), some(&["a, b", "bug"])));
    assert!(a.reviewed_at > Some(1_700_000_000_000), "a verdict is a review");
    assert_eq!(a.updated_at, fresh.updated_at, "the session itself is as it was");
    assert!(!archive.get("b").await.eval_ready);

    let again = label(archive, &["a", "b", "a"], change).await;
    assert_eq!((again.changed, again.same), (vec![id("b")], vec![id("a")]));

    let clear = LabelChange {
        ready: Some(false),
        status: Edit::Clear,
        notes: Edit::Clear,
        expected_output: Edit::Clear,
        tags: Some(Vec::new()),
        ..LabelChange::default()
    };
    assert_eq!(label(archive, &["a"], clear.clone()).await.changed, [id("a")]);
    assert_eq!(archive.get("a").await, fresh);
    assert_eq!(archive.number("select count(*) from session where tags is null").await, 1);
    assert_eq!(label(archive, &["a"], clear).await.same, [id("a")]);
    assert_eq!(label(archive, &["b"], LabelChange::default()).await.same, [id("b")]);
});

contract!(tags_are_added_and_removed_each_to_what_a_session_has, async |archive| {
    archive.add([session("a"), session("b"), session("c")]).await;
    label(archive, &["a", "b"], add(&["rust"])).await;
    label(archive, &["b", "c"], add(&["Bug", "rust"])).await;
    assert_eq!(archive.get("a").await.tags, some(&["rust"]));
    assert_eq!(archive.get("b").await.tags, some(&["Bug", "rust"]));
    let swap = LabelChange { remove_tags: some(&["rust"]), ..add(&["new"]) };
    assert_eq!(label(archive, &["a", "b", "c"], swap).await.changed.len(), 3);
    assert_eq!(archive.get("a").await.tags, some(&["new"]));
    assert_eq!(archive.get("c").await.tags, some(&["Bug", "new"]));
});

contract!(a_session_that_cannot_take_a_tag_is_named_and_the_others_get_it, async |archive| {
    archive.add([session("full"), session("other")]).await;
    let many: Vec<String> = (0..MOST_TAGS).map(|n| format!("{n:02}")).collect();
    label(archive, &["full"], LabelChange { tags: Some(many.clone()), ..LabelChange::default() }).await;
    let change = LabelChange { ready: Some(true), ..add(&["one more"]) };
    let outcome = label(archive, &["full", "other", "never was"], change).await;
    assert_eq!(outcome.refused, [(id("full"), LabelError::ManyTags)]);
    assert_eq!((outcome.changed, outcome.missing), (vec![id("other")], vec![id("never was")]));
    let full = archive.get("full").await;
    assert_eq!((full.tags, full.eval_ready), (many, false));
});

contract!(an_import_never_touches_labels, async |archive| {
    archive.add([conversation("a", 1, &["1"])]).await;
    let change = LabelChange {
        ready: Some(true),
        status: Edit::Set(Status::NeedsReview),
        notes: Edit::Set("note".to_owned()),
        expected_output: Edit::Set("output".to_owned()),
        ..add(&["kept"])
    };
    label(archive, &["a"], change).await;
    let labelled = archive.get("a").await;
    let mut more = conversation("a", 1, &["1", "2"]);
    more.title = Some(("Another title".to_owned(), opensync_core::import::TitleRank::Named));
    more.messages.push(message("m9", Role::User, "and on"));
    archive.add([more]).await;
    let after = archive.get("a").await;
    assert_eq!((after.title.as_str(), after.message_count), ("Another title", 5));
    assert_eq!((after.eval_ready, after.eval_status, after.tags), (true, Some(Status::NeedsReview), some(&["kept"])));
    assert_eq!((after.eval_notes, after.expected_output), (labelled.eval_notes, labelled.expected_output));
    assert_eq!(after.reviewed_at, labelled.reviewed_at);
});

contract!(many_sessions_are_labelled_at_once, async |archive| {
    let names: Vec<String> = (0..1_203).map(|n| format!("s{n}")).collect();
    archive.add(names.iter().map(|name| session(name))).await;
    label(archive, &["s3"], add(&["zebra"])).await;
    let ids: Vec<SessionId> = names.iter().map(|name| id(name)).collect();
    let change = LabelChange { ready: Some(true), ..add(&["all"]) };
    let outcome = archive.store.label_sessions(&archive.user, &ids, &change).await.unwrap();
    assert_eq!(outcome.changed, ids, "in the order they were named");
    assert_eq!(archive.number("select count(*) from session where eval_ready = true").await, 1_203);
    assert_eq!(archive.get("s3").await.tags, some(&["all", "zebra"]));
    let none = archive.store.label_sessions(&archive.user, &[], &change).await.unwrap();
    assert_eq!(none, opensync_store::Labelled::default());
});

contract!(nobody_labels_sessions_of_another_user, async |archive| {
    archive.add([session("a")]).await;
    let change = LabelChange { ready: Some(true), ..LabelChange::default() };
    let outcome = archive.store.label_sessions(&someone_else(), &[id("a")], &change).await.unwrap();
    assert_eq!((outcome.changed, outcome.missing), (vec![], vec![id("a")]));
    assert!(!archive.get("a").await.eval_ready);
});

/// What a list of this filter shows, oldest first.
async fn shown(archive: &Archive, filter: &str) -> Vec<String> {
    let (filter, complaints) = Filter::parse_text(filter);
    assert_eq!(complaints, []);
    let selection = filter.select(Timestamp::now(), &TimeZone::UTC);
    let list = archive.store.session_list(&archive.user, &selection, SortKey::Date, Order::Asc, None, 10);
    list.await.unwrap().sessions.into_iter().map(|session| session.external_id).collect()
}

contract!(a_change_of_labels_shows_in_lists_at_once, async |archive| {
    let made = ["a", "b", "c"].into_iter().zip(1_000..);
    archive.add(made.map(|(name, at)| ImportedSession { created_at: Some(at), ..session(name) })).await;
    for (filter, before) in [("tag:bug", vec![]), ("status:none", vec!["a", "b", "c"]), ("is:evalready", vec![])] {
        assert_eq!(shown(archive, filter).await, before, "{filter}");
    }
    label(archive, &["a", "b"], add(&["bug"])).await;
    assert_eq!(shown(archive, "tag:bug").await, ["a", "b"]);
    let golden = LabelChange { status: Edit::Set(Status::Golden), ..LabelChange::default() };
    label(archive, &["b", "c"], golden).await;
    assert_eq!(shown(archive, "status:golden").await, ["b", "c"]);
    assert_eq!(shown(archive, "status:none").await, ["a"]);
    label(archive, &["c"], LabelChange { ready: Some(true), ..LabelChange::default() }).await;
    assert_eq!(shown(archive, "is:evalready").await, ["c"]);

    label(archive, &["a"], LabelChange { remove_tags: some(&["bug"]), ..LabelChange::default() }).await;
    assert_eq!(shown(archive, "tag:bug").await, ["b"]);
    let clear = LabelChange { ready: Some(false), status: Edit::Clear, ..LabelChange::default() };
    label(archive, &["b", "c"], clear).await;
    assert_eq!(shown(archive, "status:none").await, ["a", "b", "c"]);
    assert_eq!(shown(archive, "is:evalready").await, Vec::<String>::new());
});
