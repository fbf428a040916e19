//! Sessions that come from a file of an archive.

use opensync_core::filter::Status;
use opensync_core::import::ImportedSession;
use opensync_core::label::{LabelChange, Labels};
use opensync_store::{Kept, Restored};

use crate::support::{Archive, SOURCE, conversation, cost, id, session};

fn kept(session: ImportedSession) -> Kept {
    let costs = session.responses.iter().map(|response| cost(response.stored_cost)).collect();
    let (source, file) = (SOURCE.to_owned(), Some("/elsewhere/a.jsonl".to_owned()));
    Kept { source, file, machine: None, session, costs, edited_title: None, labels: Labels::default() }
}

fn labels() -> Labels {
    Labels {
        ready: true,
        status: Some(Status::Golden),
        notes: Some("Good".to_owned()),
        tags: vec!["bug".to_owned()],
        expected_output: Some("42".to_owned()),
        reviewed_at: Some(5),
    }
}

async fn restore(archive: &Archive, sessions: Vec<Kept>) -> Restored {
    archive.store.restore(&archive.user, sessions).await.unwrap()
}

contract!(a_new_session_comes_with_title_labels_and_file, async |archive| {
    let edited = Kept { edited_title: Some("Mine".to_owned()), labels: labels(), ..kept(conversation("a", 1, &["k"])) };
    let restored = restore(archive, vec![edited, Kept { file: None, ..kept(session("b")) }]).await;
    assert_eq!(restored.written.imported[SOURCE], 2);
    assert_eq!(restored.labelled, [id("a")]);
    let a = archive.get("a").await;
    assert_eq!((a.title.as_str(), a.file.as_deref()), ("Mine", Some("/elsewhere/a.jsonl")));
    assert_eq!((a.eval_ready, a.eval_status, a.reviewed_at), (true, Some(Status::Golden), Some(5)));
    assert_eq!((a.tags, a.expected_output), (vec!["bug".to_owned()], Some("42".to_owned())));
    assert_eq!((a.total_tokens, archive.get("b").await.file), (Some(110), None));
    assert_eq!(archive.rows().await[6], 0, "no file of this machine was read");
    archive.add([conversation("a", 1, &["k"])]).await;
    assert_eq!(archive.get("a").await.title, "Mine", "an edited title stays");
});

contract!(what_is_newer_here_stays_and_what_is_newer_there_comes, async |archive| {
    let at = |name: &str, at| ImportedSession { updated_at: Some(at), ..conversation(name, 1, &[name]) };
    archive.add([at("older", 5_000), at("same", 5_000), at("newer", 5_000)]).await;
    let other = |name: &str, moment| ImportedSession { git_branch: Some("other".to_owned()), ..at(name, moment) };
    let sessions = [other("older", 4_000), other("same", 5_000), other("newer", 6_000)];
    let restored = restore(archive, sessions.map(kept).to_vec()).await;
    assert_eq!((restored.older, restored.same), (vec![id("older")], vec![id("same")]));
    assert_eq!((restored.written.ids, restored.deleted), (vec![id("newer")], vec![]));
    for (name, branch) in [("older", None), ("same", None), ("newer", Some("other"))] {
        assert_eq!(archive.get(name).await.git_branch.as_deref(), branch, "{name}");
    }
});

contract!(labels_and_titles_of_this_archive_stay, async |archive| {
    archive.add([session("mine"), session("bare")]).await;
    let change = LabelChange { add_tags: vec!["own".to_owned()], ..LabelChange::default() };
    archive.store.label_sessions(&archive.user, &[id("mine")], &change).await.unwrap();
    archive.store.rename(&archive.user, &id("mine"), "Own").await.unwrap();
    let edited = |name| Kept { edited_title: Some("Theirs".to_owned()), labels: labels(), ..kept(session(name)) };
    let restored = restore(archive, vec![edited("mine"), edited("bare")]).await;
    assert_eq!(restored.labelled, [id("bare")]);
    let mine = archive.get("mine").await;
    assert_eq!((mine.title.as_str(), mine.tags.as_slice(), mine.eval_ready), ("Own", &["own".to_owned()][..], false));
    let bare = archive.get("bare").await;
    assert_eq!((bare.title.as_str(), bare.eval_status), ("Theirs", Some(Status::Golden)));
    assert_eq!(restore(archive, vec![edited("mine"), edited("bare")]).await.labelled, []);
});

contract!(deleted_sessions_stay_deleted_and_are_named, async |archive| {
    archive.add([session("gone")]).await;
    archive.delete(&["gone"]).await;
    let restored = restore(archive, vec![kept(session("gone")), kept(session("new")), kept(session("gone"))]).await;
    assert_eq!((restored.deleted, restored.written.ids), (vec![id("gone")], vec![id("new")]));
    assert!(archive.find("gone").await.is_none());
    assert_eq!(restore(archive, Vec::new()).await, Restored::default());
});

contract!(the_catalog_sees_what_was_restored, async |archive| {
    let other = archive.open_again().await;
    let facets = async || other.session_facets(&archive.user).await.unwrap().sources.len();
    assert_eq!(facets().await, 0);
    let edited = Kept { edited_title: Some("Zebra".to_owned()), labels: labels(), ..kept(session("a")) };
    restore(archive, vec![edited]).await;
    assert_eq!(facets().await, 1);
    let (mut filter, _) = opensync_core::filter::Filter::parse_text("zebra is:ready tag:bug status:golden");
    filter.resolve_sources([SOURCE]);
    let selection = filter.select(jiff::Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC);
    assert_eq!(other.session_ids(&archive.user, &selection).await.unwrap(), [id("a")]);
});
