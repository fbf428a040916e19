//! A session on one line.

use opensync_core::{Message, Role};
use opensync_store::{Outline, Run};

use crate::support::{Archive, id, message, session, someone_else};

/// A prompt, an answer with text, one without, and a result, again and again.
async fn add(archive: &Archive, rounds: u64) {
    let mut long = session("long");
    for round in 0..rounds {
        let tokens = |message: Message, tokens| Message { completion_tokens: Some(tokens), ..message };
        long.messages.push(message(&format!("p{round}"), Role::User, "Go on"));
        long.messages.push(tokens(message(&format!("a{round}"), Role::Assistant, "I will"), 7));
        long.messages.push(tokens(Message::new(format!("s{round}"), Role::Assistant, None), 3));
        long.messages.push(message(&format!("t{round}"), Role::Tool, "output"));
    }
    let gone = message("gone", Role::User, "Gone");
    long.messages.push(Message { off_path: true, ..gone });
    archive.add([long]).await;
}

async fn strip(archive: &Archive, most: u64) -> Vec<Run> {
    archive.store.strip(&archive.user, &id("long"), most).await.unwrap()
}

contract!(a_short_strip_has_every_message, async |archive| {
    add(archive, 2).await;
    let run = |seq, tokens, prompts, said| Run { first: seq, last: seq, messages: 1, tokens, prompts, said };
    let expected =
        [run(0, 0, 1, 0), run(1, 7, 0, 1), run(2, 3, 0, 0), run(4, 0, 1, 0), run(5, 7, 0, 1), run(6, 3, 0, 0)];
    assert_eq!(strip(archive, 250).await, expected);
    assert_eq!(strip(archive, 6).await, expected);
});

contract!(a_long_strip_adds_up_neighbours, async |archive| {
    add(archive, 100).await;
    for most in [1, 2, 7, 50, 299] {
        let runs = strip(archive, most).await;
        assert!(!runs.is_empty() && runs.len() as u64 <= most, "{most}: {}", runs.len());
        let sum = |of: fn(&Run) -> u64| runs.iter().map(of).sum::<u64>();
        let sums = (sum(|run| run.messages), sum(|run| run.tokens), sum(|run| run.prompts), sum(|run| run.said));
        assert_eq!(sums, (300, 1_000, 100, 100), "{most}");
        assert_eq!((runs[0].first, runs[runs.len() - 1].last), (0, 398));
        assert!(runs.windows(2).all(|pair| pair[0].last < pair[1].first), "{most}");
    }
});

contract!(an_outline_is_what_the_session_is_now, async |archive| {
    add(archive, 2).await;
    let other = archive.open_again().await;
    for store in [&archive.store, &archive.store, &other] {
        let outline = store.outline(&archive.user, &id("long")).await.unwrap();
        assert_eq!(outline.prompts, store.prompts(&archive.user, &id("long")).await.unwrap());
        assert_eq!(outline.strip, strip(archive, 250).await);
        assert_eq!((outline.prompts.len(), outline.inherited, outline.strip.len()), (2, 0, 6));
    }
    add(archive, 3).await;
    for store in [&archive.store, &other] {
        let outline = store.outline(&archive.user, &id("long")).await.unwrap();
        assert_eq!((outline.prompts.len(), outline.strip.len()), (3, 9), "whoever wrote");
    }
    archive.delete(&["long"]).await;
    for (user, session) in [(&archive.user, "long"), (&someone_else(), "long"), (&archive.user, "gone")] {
        assert_eq!(*archive.store.outline(user, &id(session)).await.unwrap(), Outline::default());
    }
    other.close().await;
});

contract!(a_strip_is_only_for_the_owner_of_its_session, async |archive| {
    add(archive, 1).await;
    assert_eq!(archive.store.strip(&someone_else(), &id("long"), 250).await.unwrap(), []);
    assert_eq!(archive.store.strip(&archive.user, &id("gone"), 250).await.unwrap(), []);
});
