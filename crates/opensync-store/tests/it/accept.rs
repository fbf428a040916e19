//! Sessions that another archive pushes.

use opensync_core::export::Marks;
use opensync_core::import::ImportedSession;
use opensync_core::label::Labels;
use opensync_core::{Body, Part};
use opensync_store::{Accepted, Kept, Pushed};

use crate::support::{Archive, SOURCE, conversation, cost, id, session, sub_agent};

use Accepted::{Deleted, Imported, Older, Resend, Unchanged, Updated};

/// What a machine pushes.
fn pushed(machine: &str, session: ImportedSession, marks: Marks) -> Pushed {
    let costs = session.responses.iter().map(|response| cost(response.stored_cost)).collect();
    let (source, machine) = (SOURCE.to_owned(), Some(machine.to_owned()));
    let (file, edited_title, labels) = (Some("/sessions.jsonl".to_owned()), None, Labels::default());
    Pushed { kept: Kept { source, file, machine, session, costs, edited_title, labels }, marks }
}

/// All of a session.
fn whole(mark: &str) -> Marks {
    Marks { mark: Some(mark.to_owned()), ..Marks::default() }
}

/// What follows the first `keep` messages.
fn then(after: &str, keep: u64, mark: &str) -> Marks {
    Marks { after: Some(after.to_owned()), keep: Some(keep), ..whole(mark) }
}

async fn accept(archive: &Archive, sessions: Vec<Pushed>) -> Vec<Accepted> {
    let accepted = archive.store.accept(&archive.user, sessions).await.unwrap();
    accepted.into_iter().map(|(_, accepted)| accepted).collect()
}

/// A conversation of so many turns; the tools it used wrote much.
fn long(turns: usize) -> ImportedSession {
    let keys: Vec<String> = (0..turns).map(|n| format!("k{n}")).collect();
    let mut session = conversation("long", 1, &keys.iter().map(String::as_str).collect::<Vec<_>>());
    for (n, message) in session.messages.iter_mut().enumerate() {
        let output = Body::from(format!("line {n}\n").repeat(if n % 2 == 0 { 10 } else { 900 }).as_str());
        let (call_id, name) = (None, Some("run".to_owned()));
        message.parts.push(Part::ToolResult {
            call_id,
            name,
            output,
            is_error: None,
            duration_ms: None,
            details: None,
        });
    }
    session
}

/// The same without its first messages.
fn without(mut session: ImportedSession, first: usize) -> ImportedSession {
    session.messages.drain(..first);
    session
}

contract!(a_pushed_session_is_written_once, async |archive| {
    let both =
        || vec![pushed("a", conversation("one", 1, &["k"]), whole("m1")), pushed("a", session("two"), whole("m2"))];
    assert_eq!(accept(archive, both()).await, [Imported, Imported]);
    let one = archive.get("one").await;
    assert_eq!((one.machine.as_deref(), one.total_tokens, one.message_count), (Some("a"), Some(110), 2));
    assert_eq!(archive.rows().await[6], 0, "no file of this machine was read");
    let before = archive.rows().await;
    assert_eq!(accept(archive, both()).await, [Unchanged, Unchanged]);
    assert_eq!(archive.rows().await, before);
    assert_eq!(accept(archive, Vec::new()).await, []);
});

contract!(appended_messages_go_behind_those_that_are_there, async |archive| {
    assert_eq!(accept(archive, vec![pushed("a", long(40), whole("m1"))]).await, [Imported]);
    let before = archive.rows().await;
    let added = pushed("a", without(long(41), 80), then("m1", 80, "m2"));
    assert_eq!(accept(archive, vec![added.clone()]).await, [Updated]);
    let grown: Vec<i64> = archive.rows().await.iter().zip(before).map(|(after, before)| after - before).collect();
    // Two messages with two parts each, one body, a response.
    assert_eq!(grown, [0, 2, 4, 1, 1, 0, 0]);
    assert_eq!(archive.messages("long").await, long(41).messages);
    let session = archive.get("long").await;
    assert_eq!((session.message_count, session.total_tokens), (82, Some(41 * 110)));
    // The answer was lost, so it comes again.
    assert_eq!(accept(archive, vec![added]).await, [Resend]);
    assert_eq!(accept(archive, vec![pushed("a", long(41), whole("m2"))]).await, [Unchanged]);
    // Nothing but what was appended was written: importing all of it finds nothing to write.
    let written = archive.add([long(41)]).await;
    assert_eq!(written.ids, []);
});

contract!(the_end_of_a_session_can_be_replaced, async |archive| {
    accept(archive, vec![pushed("a", long(5), whole("m1"))]).await;
    let mut other = long(6);
    other.messages[9].parts.push(Part::Text("Done differently".to_owned()));
    let end = pushed("a", without(other.clone(), 9), then("m1", 9, "m2"));
    assert_eq!(accept(archive, vec![end]).await, [Updated]);
    assert_eq!(archive.messages("long").await, other.messages);
    // All of it is new but what is said of it.
    let none = pushed("a", other.clone(), then("m2", 0, "m3"));
    assert_eq!(accept(archive, vec![none]).await, [Unchanged]);
    let fewer = pushed("a", without(long(2), 4), then("m3", 4, "m4"));
    assert_eq!(accept(archive, vec![fewer]).await, [Updated]);
    assert_eq!(archive.messages("long").await, long(2).messages);
});

contract!(a_session_that_comes_in_pieces_is_never_shorter_than_it_was, async |archive| {
    let piece = |turns: usize, first: usize, marks: Marks| {
        let mut part = without(long(turns), first);
        part.messages.truncate(4);
        pushed("a", part, Marks { more: first + 4 < 2 * turns, ..marks })
    };
    for (turns, states) in [(6, [Imported, Updated, Updated]), (6, [Unchanged; 3]), (5, [Updated, Unchanged, Updated])]
    {
        for (n, state) in states.into_iter().enumerate() {
            let marks = if n == 0 { whole("m0") } else { then(&format!("m{}", n - 1), 4 * n as u64, &format!("m{n}")) };
            assert_eq!(accept(archive, vec![piece(turns, 4 * n, marks)]).await, [state], "{turns} {n}");
        }
        assert_eq!(archive.messages("long").await, long(turns).messages);
    }
    // One that is new begins with what was sent of it.
    let mut other = piece(6, 0, whole("m0"));
    "other".clone_into(&mut other.kept.session.external_id);
    assert_eq!(accept(archive, vec![other]).await, [Imported]);
    assert_eq!(archive.messages("other").await.len(), 4);
    assert_eq!(accept(archive, vec![piece(6, 0, whole("m0"))]).await, [Updated]);
    assert_eq!(archive.messages("long").await.len(), 10, "what is behind it stays");
});

contract!(what_does_not_fit_is_asked_for_again, async |archive| {
    let piece = |after: &str, keep| pushed("a", without(long(3), 4), then(after, keep, "m9"));
    assert_eq!(accept(archive, vec![piece("m1", 4)]).await, [Resend], "it is not there");
    accept(archive, vec![pushed("a", long(2), whole("m1"))]).await;
    assert_eq!(accept(archive, vec![piece("m0", 4)]).await, [Resend], "another mark");
    assert_eq!(accept(archive, vec![piece("m1", 5)]).await, [Resend], "more than there are");
    assert_eq!(archive.messages("long").await, long(2).messages);
    // Something else wrote its messages.
    archive.add([long(1)]).await;
    assert_eq!(accept(archive, vec![piece("m1", 2)]).await, [Resend]);
    assert_eq!(accept(archive, vec![pushed("a", long(3), whole("m2"))]).await, [Updated]);
    assert_eq!(archive.messages("long").await, long(3).messages);
});

contract!(the_machine_that_told_more_wins, async |archive| {
    let at = |at, branch: &str| ImportedSession {
        updated_at: Some(at),
        git_branch: Some(branch.to_owned()),
        ..conversation("s", 1, &["k"])
    };
    let push = async |machine: &str, at_: i64, branch: &str| {
        accept(archive, vec![pushed(machine, at(at_, branch), whole(branch))]).await[0]
    };
    assert_eq!(push("a", 5_000, "one").await, Imported);
    assert_eq!(push("b", 4_000, "two").await, Older);
    assert_eq!(push("b", 5_000, "two").await, Unchanged);
    assert_eq!(archive.get("s").await.git_branch.as_deref(), Some("one"));
    assert_eq!(push("b", 6_000, "three").await, Updated);
    let session = archive.get("s").await;
    assert_eq!((session.git_branch.as_deref(), session.machine.as_deref()), (Some("three"), Some("b")));
    assert_eq!(push("b", 2_000, "four").await, Updated, "its own is what it says now");
    assert_eq!(push("a", 5_500, "five").await, Updated);
});

contract!(a_session_of_no_known_machine_is_replaced, async |archive| {
    archive.add([ImportedSession { updated_at: Some(9_000), ..session("s") }]).await;
    assert_eq!(archive.get("s").await.machine, None);
    assert_eq!(accept(archive, vec![pushed("a", conversation("s", 1, &["k"]), whole("m"))]).await, [Updated]);
    let session = archive.get("s").await;
    assert_eq!((session.machine.as_deref(), session.updated_at), (Some("a"), 2_000));
});

contract!(a_session_that_was_deleted_stays_so, async |archive| {
    accept(archive, vec![pushed("a", long(2), whole("m1"))]).await;
    archive.delete(&["long"]).await;
    let again = [pushed("a", long(2), whole("m1")), pushed("a", without(long(3), 4), then("m1", 4, "m2"))];
    for again in again {
        assert_eq!(accept(archive, vec![again]).await, [Deleted]);
    }
    assert!(archive.find("long").await.is_none());
});

contract!(labels_come_along_and_those_given_here_stay, async |archive| {
    let labels = Labels { tags: vec!["bug".to_owned()], ..Labels::default() };
    let mut edited = pushed("a", session("s"), whole("m"));
    accept(archive, vec![edited.clone()]).await;
    (edited.kept.labels, edited.kept.edited_title) = (labels, Some("Mine".to_owned()));
    assert_eq!(accept(archive, vec![edited.clone()]).await, [Updated]);
    let session = archive.get("s").await;
    assert_eq!((session.title.as_str(), session.tags), ("Mine", vec!["bug".to_owned()]));
    archive.store.rename(&archive.user, &id("s"), "Own").await.unwrap();
    assert_eq!(accept(archive, vec![edited]).await, [Unchanged]);
    assert_eq!(archive.get("s").await.title, "Own");
});

contract!(parents_and_forks_are_found_whatever_comes_first, async |archive| {
    let (first, fork) = (conversation("first", 1, &["k1", "k2"]), conversation("fork", 2, &["k1", "k2", "k3"]));
    let mut sessions = vec![fork, sub_agent("agent", "first"), first];
    for session in sessions.drain(..) {
        assert_eq!(accept(archive, vec![pushed("a", session, whole("m"))]).await, [Imported]);
    }
    assert_eq!(archive.get("fork").await.parent_id, Some(id("first")));
    assert_eq!(archive.get("agent").await.parent_id, Some(id("first")));
    assert_eq!(
        (archive.get("first").await.total_tokens, archive.get("fork").await.total_tokens),
        (Some(220), Some(110))
    );
});
