//! Writing a session again: only what differs is written.

use std::collections::HashMap;

use opensync_core::import::ImportedSession;
use opensync_core::{Body, Part};

use crate::support::{SOURCE, conversation, id, sub_agent};

fn one(source: &str) -> HashMap<String, u64> {
    HashMap::from([(source.to_owned(), 1)])
}

fn large_result() -> Part {
    let output = Body::from("a long line of output\n".repeat(500).as_str());
    Part::ToolResult { call_id: None, name: None, output, is_error: None, duration_ms: None, details: None }
}

/// A conversation of `turns` turns, each a prompt and an answer with a response.
fn long(turns: usize) -> ImportedSession {
    let keys: Vec<String> = (0..turns).map(|n| format!("k{n}")).collect();
    conversation("long", 1, &keys.iter().map(String::as_str).collect::<Vec<_>>())
}

contract!(an_appended_turn_writes_the_rows_of_that_turn, async |archive| {
    archive.add([long(500)]).await;
    let before = archive.rows().await;
    let written = archive.add([long(501)]).await;
    // Two messages with a part each, a response; the session twice (itself, its totals), its file; the
    // last slice of the index and its row, which are replaced.
    assert_eq!(written.rows, 12);
    let after = archive.rows().await;
    let grown: Vec<i64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(grown, [0, 2, 2, 0, 1, 0, 0]);
    let session = archive.get("long").await;
    assert_eq!((session.message_count, session.total_tokens), (1002, Some(501 * 110)));
    assert_eq!(archive.messages("long").await.len(), 1002);
});

contract!(a_session_written_again_as_it_is_writes_nothing_of_it, async |archive| {
    archive.add([long(20)]).await;
    let written = archive.add([long(20)]).await;
    assert_eq!(written.unchanged, one(SOURCE));
    assert!(written.ids.is_empty());
    // Its file.
    assert_eq!(written.rows, 1);
});

contract!(a_message_that_grew_is_replaced_and_what_follows_stays, async |archive| {
    archive.add([long(3)]).await;
    let mut longer = long(3);
    longer.messages[1].parts.push(large_result());
    longer.responses[0].usage.output = 25;
    let written = archive.add([longer.clone()]).await;
    assert_eq!(written.updated, one(SOURCE));
    let stored = archive.messages("long").await;
    assert_eq!(stored[1].parts.len(), 2);
    assert!(matches!(&stored[1].parts[1], Part::ToolResult { output, .. } if output.size() == 11_000));
    assert_eq!((&stored[0], &stored[2..]), (&longer.messages[0], &longer.messages[2..]));
    assert_eq!(archive.get("long").await.completion_tokens, Some(45));
    archive.add([long(3)]).await;
    assert_eq!(archive.messages("long").await, long(3).messages);
    assert_eq!(archive.rows().await[3], 0, "the large body is gone with its part");
});

contract!(a_shorter_session_loses_what_is_gone, async |archive| {
    archive.add([long(5)]).await;
    archive.add([long(2)]).await;
    assert_eq!(archive.rows().await, [1, 4, 4, 0, 2, 0, 1]);
    assert_eq!(archive.get("long").await.total_tokens, Some(220));
});

contract!(a_copy_that_arrives_by_an_append_is_owned_once, async |archive| {
    archive.add([conversation("first", 1, &["a", "b"])]).await;
    archive.add([conversation("second", 2, &["c"])]).await;
    archive.add([conversation("second", 2, &["c", "b"])]).await;
    let states: Vec<_> = archive.ledger("second").await.into_iter().map(|row| (row.key, row.state)).collect();
    assert_eq!(states, [("c".to_owned(), "owned".to_owned()), ("b".to_owned(), "copy".to_owned())]);
    assert_eq!(archive.get("second").await.total_tokens, Some(110));
    // And an append to the owner leaves it the owner.
    archive.add([conversation("first", 1, &["a", "b", "d"])]).await;
    assert_eq!(archive.get("first").await.total_tokens, Some(330));
    assert_eq!(archive.get("second").await.total_tokens, Some(110));
});

contract!(a_sub_agent_that_goes_on_stays_under_its_parent, async |archive| {
    let agent = |keys: &[&str]| ImportedSession {
        parent: sub_agent("agent", "main").parent,
        sidechain: true,
        ..conversation("agent", 2, keys)
    };
    archive.add([conversation("main", 1, &["a"]), agent(&["x"])]).await;
    archive.add([agent(&["x", "y"])]).await;
    let found = archive.get("agent").await;
    assert_eq!(found.parent_id, Some(id("main")));
    assert_eq!(archive.get("main").await.sub_agents, 1);
    assert_eq!(archive.number("select count(*) from session where folded").await, 1);
});
