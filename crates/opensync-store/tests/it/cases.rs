//! Test cases, counted.

use opensync_core::filter::Status;
use opensync_core::label::{Edit, LabelChange};
use opensync_core::{Body, Message, Part, Role};
use opensync_store::{CaseCount, CaseLabels};

use crate::support::{SOURCE, conversation, id, message, session, someone_else};

contract!(prompts_with_an_answer_are_counted, async |archive| {
    let mut image = Message::new("image", Role::User, None);
    image.parts.push(Part::Image { media_type: "image/png".to_owned(), name: None, body: Body::raw(vec![1]) });
    let mut off_path = message("off", Role::Assistant, "Not shown");
    off_path.off_path = true;
    let mut talk = session("talk");
    talk.messages = vec![
        message("a0", Role::Assistant, "Hello"),
        message("u1", Role::User, "One"),
        message("s1", Role::System, "Notice"),
        message("a1", Role::Assistant, " \t\r\n\u{b}\u{c}"),
        message("a2", Role::Assistant, "Yes"),
        message("a3", Role::Assistant, "And more"),
        message("u2", Role::User, "Two"),
        off_path,
        message("t2", Role::Tool, "output"),
        image,
        message("a4", Role::Assistant, "ä"),
        message("u3", Role::User, "\n"),
        message("a5", Role::Assistant, "To nothing"),
        message("u4", Role::User, "Three"),
    ];
    let mut silent = session("silent");
    silent.messages = vec![message("u", Role::User, "Hello?")];
    archive.add([talk, silent, session("empty")]).await;
    let ids = [id("talk"), id("silent"), id("empty"), id("never was"), id("talk")];
    let counts = archive.store.case_counts(&archive.user, &ids).await.unwrap();
    // Said before the first prompt: "Hello". Before the image: that and One, blanks, Yes, And more, Two.
    let said = 5 + 3 + 6 + 3 + 8 + 3;
    let all = said + 2 + 1 + 10 + 5;
    assert_eq!(counts[&id("talk")], CaseCount { answered: 2, said: all, before: 5 + said });
    assert_eq!(counts[&id("silent")], CaseCount { answered: 0, said: 6, before: 0 });
    assert_eq!(counts.len(), 2);
    assert!(archive.store.case_counts(&someone_else(), &ids).await.unwrap().is_empty());
    assert!(archive.store.case_counts(&archive.user, &[]).await.unwrap().is_empty());
});

contract!(verdicts_of_chosen_sessions_are_told, async |archive| {
    archive.add([session("a"), conversation("b", 1, &["k"])]).await;
    let change = LabelChange {
        status: Edit::Set(Status::Correct),
        expected_output: Edit::Set("42".to_owned()),
        ..LabelChange::default()
    };
    archive.store.label_sessions(&archive.user, &[id("a")], &change).await.unwrap();
    let ids = [id("a"), id("b"), id("gone")];
    let labels = archive.store.case_labels(&archive.user, &ids).await.unwrap();
    let source = || SOURCE.to_owned();
    assert_eq!(
        labels[&id("a")],
        CaseLabels { source: source(), status: Some(Status::Correct), expected: true, messages: 0 }
    );
    assert_eq!(labels[&id("b")], CaseLabels { source: source(), status: None, expected: false, messages: 2 });
    assert_eq!(labels.len(), 2);
    assert!(archive.store.case_labels(&someone_else(), &ids).await.unwrap().is_empty());
});
