//! Writing what was read.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use opensync_core::import::{ImportedSession, Parent, Problem, ProblemKind, TitleRank};
use opensync_core::{Body, Message, Part, Relation, Role, SessionId};
use opensync_store::{Error, Fingerprint};

use crate::support::{Archive, SOURCE, conversation, file, id, message, session, someone_else, sub_agent};

/// A session that says everything a session can say.
fn full() -> ImportedSession {
    ImportedSession {
        parent: Some(Parent {
            external_id: "parent".to_owned(),
            relation: Relation::Fork,
            call_id: Some("call".to_owned()),
        }),
        title: Some(("Größe of things".to_owned(), TitleRank::Generated)),
        summary: Some("It went well.".to_owned()),
        project_path: Some("/home/ana/shop".to_owned()),
        git_branch: Some("main".to_owned()),
        provider: Some("acme".to_owned()),
        model: Some("hinted".to_owned()),
        client_version: Some("1.2.3".to_owned()),
        created_at: Some(10_000),
        updated_at: Some(70_000),
        duration_ms: Some(42_000),
        ..conversation("full", 10_000, &["k1", "k2"])
    }
}

fn large_result() -> Part {
    let output = Body::from("a long line of output\n".repeat(500).as_str());
    Part::ToolResult { call_id: None, name: None, output, is_error: None, duration_ms: None, details: None }
}

fn problem(reason: &str) -> Problem {
    Problem { line: Some(7), kind: ProblemKind::Damaged, reason: reason.to_owned() }
}

fn one(source: &str) -> HashMap<String, u64> {
    HashMap::from([(source.to_owned(), 1)])
}

contract!(a_new_session_has_everything_its_file_said, async |archive| {
    let written = archive.add([session("parent"), full()]).await;
    assert_eq!(written.imported, HashMap::from([(SOURCE.to_owned(), 2)]));
    assert_eq!((written.updated.len(), written.deleted.len()), (0, 0));
    assert_eq!(written.ids, [id("parent"), id("full")]);
    let found = archive.get("full").await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(found.id, id("full"));
    assert_eq!((found.external_id.as_str(), found.source.as_str()), ("full", SOURCE));
    assert_eq!(found.title, "Größe of things");
    assert_eq!((found.summary, found.git_branch), (text("It went well."), text("main")));
    assert_eq!((found.project_path, found.project_name), (text("/home/ana/shop"), text("shop")));
    assert_eq!((found.provider, found.model, found.model_count), (text("acme"), text("big-model"), 1));
    assert_eq!(found.client_version, text("1.2.3"));
    assert_eq!((found.created_at, found.updated_at, found.duration_ms), (10_000, 70_000, Some(42_000)));
    assert_eq!((found.message_count, found.total_tokens), (4, Some(220)));
    assert_eq!((found.parent_id, found.relation), (Some(id("parent")), Some(Relation::Fork)));
    assert!(!found.is_public && found.public_slug.is_none());
});

contract!(the_fields_of_a_message_come_back, async |archive| {
    let given = Message {
        model: Some("big-model".to_owned()),
        created_at: None,
        prompt_tokens: Some(3),
        completion_tokens: Some(u64::try_from(i64::MAX).unwrap()),
        inherited: true,
        ..message("m1", Role::Assistant, "Hello")
    };
    let roles = [Role::User, Role::System, Role::Tool].map(|role| message(role.as_str(), role, ""));
    let messages: Vec<Message> = [given].into_iter().chain(roles).collect();
    archive.add([ImportedSession { messages: messages.clone(), ..session("s") }]).await;
    assert_eq!(archive.messages("s").await, messages);
});

contract!(importing_again_changes_nothing, async |archive| {
    let mut given = full();
    given.messages[1].parts.push(large_result());
    archive.add([session("parent"), given.clone()]).await;
    let state = async || {
        let messages = archive.messages("full").await;
        (archive.get("full").await, messages, archive.ledger("full").await, archive.rows().await)
    };
    let before = state().await;
    let written = archive.add([given]).await;
    assert_eq!((written.imported, written.updated, written.unchanged), (HashMap::new(), HashMap::new(), one(SOURCE)));
    assert_eq!(state().await, before);
});

contract!(a_longer_session_replaces_the_shorter_one, async |archive| {
    archive.add([conversation("s", 0, &["k1"])]).await;
    archive.add([conversation("s", 0, &["k1", "k2", "k3"])]).await;
    assert_eq!(archive.messages("s").await.len(), 6);
    archive.add([conversation("s", 0, &["k3"])]).await;
    let ids: Vec<String> = archive.messages("s").await.into_iter().map(|message| message.external_id).collect();
    assert_eq!(ids, ["prompt-k3", "answer-k3"]);
    assert_eq!(archive.get("s").await.total_tokens, Some(110));
});

contract!(an_edited_title_survives_every_import, async |archive| {
    archive.add([session("s")]).await;
    assert!(archive.store.rename(&archive.user, &id("s"), "Mine").await.unwrap());
    let title = Some(("Named in the tool".to_owned(), TitleRank::Named));
    archive.add([ImportedSession { title, ..session("s") }]).await;
    assert_eq!(archive.get("s").await.title, "Mine");
});

contract!(a_title_that_nobody_edited_is_replaced, async |archive| {
    for (title, rank) in [("A", TitleRank::Named), ("B", TitleRank::Placeholder), ("C", TitleRank::Prompt)] {
        archive.add([ImportedSession { title: Some((title.to_owned(), rank)), ..session("s") }]).await;
        assert_eq!(archive.get("s").await.title, title);
    }
});

contract!(a_session_without_title_is_called_by_its_project_or_its_id, async |archive| {
    let untitled = |name| ImportedSession { title: None, ..session(name) };
    archive
        .add([untitled("a"), ImportedSession { project_path: Some("C:\\shop\\".to_owned()), ..untitled("b") }])
        .await;
    assert_eq!(archive.get("a").await.title, "a");
    assert_eq!(archive.get("b").await.title, "shop");
});

contract!(a_public_link_and_a_summary_survive_an_import, async |archive| {
    archive.add([full()]).await;
    archive.execute("update session set is_public = true, public_slug = 'abc'").await;
    archive.add([ImportedSession { summary: None, ..full() }]).await;
    let found = archive.get("full").await;
    assert!(found.is_public);
    assert_eq!(found.public_slug.as_deref(), Some("abc"));
    assert_eq!(found.summary.as_deref(), Some("It went well."));
});

contract!(a_session_knows_the_file_it_was_read_from_last, async |archive| {
    archive.write(vec![file("/old/s.jsonl", [session("s")])]).await;
    assert_eq!(archive.get("s").await.file.as_deref(), Some("/old/s.jsonl"));
    archive.write(vec![file("/new/s.jsonl", [session("s")])]).await;
    assert_eq!(archive.get("s").await.file.as_deref(), Some("/new/s.jsonl"));
    archive.execute("update session set file = null").await;
    assert_eq!(archive.get("s").await.file, None, "written before it was kept");
});

contract!(missing_times_come_from_what_is_known, async |archive| {
    let at = |name, created_at, updated_at| ImportedSession { created_at, updated_at, ..session(name) };
    let mut read = file("/f", [at("none", None, None), at("last", None, Some(9)), at("wrong", Some(9), Some(4))]);
    read.fingerprint = Fingerprint { mtime_ns: 5_000_000_000, ..Fingerprint::default() };
    archive.write(vec![read]).await;
    for (name, created, updated) in [("none", 5_000, 5_000), ("last", 9, 9), ("wrong", 9, 9)] {
        let found = archive.get(name).await;
        assert_eq!((found.created_at, found.updated_at, found.duration_ms), (created, updated, None), "{name}");
    }
});

contract!(a_session_twice_in_a_batch_is_the_later_one, async |archive| {
    let mut early = conversation("s", 0, &["k1", "k2"]);
    early.messages[0].parts.push(large_result());
    let written = archive.write(vec![file("/a", [early]), file("/b", [conversation("s", 0, &["k3"])])]).await;
    assert_eq!((written.imported, written.ids), (one(SOURCE), vec![id("s")]));
    assert_eq!(archive.messages("s").await.len(), 2);
    assert_eq!(archive.get("s").await.total_tokens, Some(110));
    assert_eq!(archive.number("select count(*) from body").await, 0, "a body nobody names was left");
});

contract!(a_file_twice_in_a_batch_is_the_later_one, async |archive| {
    let (mut early, mut late) = (file("/same", [session("a")]), file("/same", [session("b")]));
    early.problems = vec![problem("early"), problem("early too")];
    late.problems = vec![problem("late")];
    late.fingerprint.size = 9;
    let others = (0..20).map(|n| file(&format!("/other-{n}"), []));
    archive.write([early].into_iter().chain(others).chain([late]).collect()).await;
    let problems = archive.store.problems(&archive.user, 10).await.unwrap();
    assert_eq!(problems.into_iter().map(|problem| problem.reason).collect::<Vec<_>>(), ["late"]);
    let known = archive.store.known_files(&archive.user, SOURCE).await.unwrap();
    assert_eq!((known.len(), known["/same"].fingerprint.size), (21, 9));
    assert!(archive.find("a").await.is_some() && archive.find("b").await.is_some());
});

contract!(one_batch_may_hold_many_sessions_of_many_files, async |archive| {
    let name = |n: usize| format!("s{n:03}");
    let files = (0..6).map(|f| {
        let sessions = (0..123).map(move |n| conversation(&name(f * 123 + n), 0, &[&format!("key-{f}-{n}")]));
        file(&format!("/file-{f}"), sessions)
    });
    let files: Vec<_> = files.collect();
    let written = archive.write(files).await;
    assert_eq!((written.ids.len(), written.imported[SOURCE]), (738, 738));
    assert_eq!(archive.rows().await, [738, 1476, 1476, 0, 738, 0, 6]);
    assert_eq!(archive.get("s737").await.total_tokens, Some(110));
});

contract!(nothing_written_is_nothing_changed, async |archive| {
    assert_eq!(archive.write(Vec::new()).await, opensync_store::Written::default());
    assert_eq!(archive.rows().await, [0; 7]);
});

contract!(names_with_nul_can_be_imported_again, async |archive| {
    let given = || ImportedSession { title: None, ..sub_agent("a\0b", "c\0d") };
    let parent = || conversation("c\0d", 0, &["k\0"]);
    for _ in 0..2 {
        archive.add([given(), parent()]).await;
    }
    assert_eq!(archive.rows().await[..2], [2, 2]);
    let parent = archive.store.session_by_external_id(&archive.user, "c\u{fffd}d").await.unwrap().unwrap();
    assert_eq!(parent.sub_agents, 1);
    let child = archive.store.session_by_external_id(&archive.user, "a\u{fffd}b").await.unwrap().unwrap();
    archive.store.delete_sessions(&archive.user, &[child.id]).await.unwrap();
    assert_eq!(archive.add([given()]).await.deleted, one(SOURCE));
});

contract!(the_same_session_of_two_users_is_two_sessions, async |archive| {
    let other = someone_else();
    archive.add([conversation("s", 0, &["k1"])]).await;
    let written = archive.store.write(&other, vec![file("/f", [conversation("s", 0, &["k1", "k2"])])]).await.unwrap();
    let theirs = SessionId::derive(&other, SOURCE, "s");
    assert_eq!((written.imported, &written.ids), (one(SOURCE), &vec![theirs.clone()]));
    assert_eq!(archive.get("s").await.message_count, 2);
    assert_eq!(archive.store.session(&other, &theirs).await.unwrap().unwrap().message_count, 4);
});

contract!(a_write_that_fails_half_way_leaves_nothing, async |archive| {
    archive.add([conversation("old", 0, &["k1"])]).await;
    let before = archive.rows().await;
    // What is written last cannot be written.
    archive.execute("alter table import rename to gone").await;
    let files = vec![file("/f", [conversation("new", 0, &["k2"]), conversation("old", 0, &["k1", "k3"])])];
    let outcome = archive.store.write(&archive.user, files).await;
    assert!(matches!(outcome, Err(Error::Database(_))), "{outcome:?}");
    archive.execute("alter table gone rename to import").await;
    assert_eq!(archive.rows().await, before);
    assert_eq!(archive.find("new").await, None);
    assert_eq!(archive.get("old").await.message_count, 2);
    archive.add([conversation("new", 0, &["k2"])]).await;
    assert!(archive.find("new").await.is_some(), "the archive can be written again");
});

/// Runs a write until it has waited `times` times, then drops it; whether it was finished.
async fn broken_off(archive: &Archive, times: usize) -> bool {
    let mut given = conversation("s", 0, &["k1", "k2"]);
    given.messages[0].parts.push(large_result());
    let mut read = file("/f", [given, conversation("fork", 9, &["k1"])]);
    read.problems.push(problem("odd"));
    let mut write = pin!(archive.store.write(&archive.user, vec![read]));
    let mut waited = 0;
    poll_fn(|context| {
        if waited == times {
            return Poll::Ready(false);
        }
        waited += 1;
        write.as_mut().poll(context).map(|written| written.is_ok())
    })
    .await
}

contract!(a_write_broken_off_at_any_moment_is_there_as_a_whole_or_not_at_all, async |archive| {
    let whole = [2, 6, 7, 1, 3, 1, 1];
    for times in 1.. {
        let finished = broken_off(archive, times).await;
        let rows = archive.rows().await;
        // Broken off while it was committed, it may be there.
        assert!(rows == whole || (rows == [0; 7] && !finished), "{rows:?} after {times} waits");
        if finished {
            break;
        }
    }
});
