//! Sessions for evaluations, and summaries.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{ListQuery, Status};
use opensync_core::import::ImportedSession;
use opensync_core::label::{Edit, LabelChange};

use crate::support::{id, session, someone_else, sub_agent};

contract!(ready_sessions_are_counted_with_their_sub_agents, async |archive| {
    archive.add([session("a"), session("b"), session("parent")]).await;
    archive.add([sub_agent("child", "parent")]).await;
    assert_eq!(archive.store.eval_rows(&archive.user).await.unwrap(), []);
    let ready = LabelChange { ready: Some(true), ..LabelChange::default() };
    archive.store.label_sessions(&archive.user, &[id("a"), id("child")], &ready).await.unwrap();
    let judged = LabelChange {
        status: Edit::Set(Status::Golden),
        tags: Some(vec!["bug".to_owned()]),
        expected_output: Edit::Set("42".to_owned()),
        ..LabelChange::default()
    };
    archive.store.label_sessions(&archive.user, &[id("a"), id("b")], &judged).await.unwrap();
    let mut rows = archive.store.eval_rows(&archive.user).await.unwrap();
    rows.sort_by_key(|row| row.status.is_none());
    assert_eq!(rows.len(), 2, "b was judged and is not ready");
    assert_eq!((&rows[0].id, rows[0].status, rows[0].has_expected), (&id("a"), Some(Status::Golden), true));
    assert_eq!((rows[0].source.as_str(), &*rows[0].tags), ("tool", &["bug".to_owned()][..]));
    assert_eq!((&rows[1].id, rows[1].status, rows[1].has_expected), (&id("child"), None, false));
    assert_eq!(archive.store.eval_rows(&someone_else()).await.unwrap(), []);
});

contract!(a_summary_is_kept_found_and_replaced_by_the_tools_own, async |archive| {
    archive.add([session("a"), session("b")]).await;
    assert!(archive.store.set_summary(&archive.user, &id("a"), "About zeppelins").await.unwrap());
    assert!(!archive.store.set_summary(&archive.user, &id("missing"), "x").await.unwrap());
    assert!(!archive.store.set_summary(&someone_else(), &id("a"), "x").await.unwrap());
    let found = async |words: &str| {
        let selection = ListQuery::parse(words).filter.select(Timestamp::now(), &TimeZone::UTC);
        archive.store.session_ids(&archive.user, &selection).await.unwrap()
    };
    assert_eq!(archive.get("a").await.summary.as_deref(), Some("About zeppelins"));
    assert_eq!(found("q=zeppelin").await, [id("a")]);
    // An import without a summary leaves it; one with a summary wins.
    archive.add([ImportedSession { updated_at: Some(3_000), ..session("a") }]).await;
    assert_eq!(archive.get("a").await.summary.as_deref(), Some("About zeppelins"));
    archive.add([ImportedSession { summary: Some("About airships".to_owned()), ..session("a") }]).await;
    assert_eq!(archive.get("a").await.summary.as_deref(), Some("About airships"));
    assert_eq!((found("q=zeppelin").await, found("q=airship").await), (vec![], vec![id("a")]));
});
