use std::fs;

use opensync_sources::Source;
use opensync_sources::cursor::Cursor;

use super::{Followed, ids};
use crate::home::Home;
use crate::support::Dice;

const USER: &str = ".config/Cursor/User";
const CLI: &str = ".cursor";
const ONE: &str = "c4d691a6-3c34-4f58-8f41-cd7d0091b55f";
const TWO: &str = "eb054a51-556f-4287-85f1-2be99e88be56";
const BUBBLE: &str = "bubbleId:eb054a51-556f-4287-85f1-2be99e88be56:bf702942-0860-4b3d-85cf-cd5e361907a3";
const CHAT: &str = "b09052e8-d2f3-49f4-8772-f77ca197a014";

fn editor() -> Followed {
    Followed::new(Home::with(&[".config", CLI]), &Cursor, USER, "globalStorage/state.vscdb")
}

fn chat() -> Followed {
    Followed::new(Home::with(&[CLI]), &Cursor, CLI, "store.db")
}

#[test]
fn a_changed_bubble_hands_over_its_conversation_alone() {
    let mut store = editor();
    let all = store.seen("first");
    assert_eq!((all.sessions.len(), all.bytes), (3, store.origin.size));
    assert_eq!(store.changes("nothing"), ids(&[]));
    store.sql(&format!(
        "insert into cursorDiskKV select key, json_set(value, '$.text', 'Another text') from cursorDiskKV where key = '{BUBBLE}'"
    ));
    let seen = store.seen("a bubble");
    assert_eq!((seen.sessions.len(), seen.unchanged), (1, 2));
    assert_eq!(seen.sessions[0].external_id, TWO);
    assert!(store.follower.weight() > 0);
}

#[test]
fn what_says_nothing_of_conversations_hands_over_none() {
    let mut store = editor();
    store.changes("first");
    store.sql("insert into ItemTable values ('workbench.statusbar.hidden', '[1]')");
    assert_eq!(store.changes("the window"), ids(&[]));
    store.sql("insert into cursorDiskKV values ('checkpointId:x:y', '{}')");
    assert_eq!(store.changes("a checkpoint"), ids(&[]));
    // Written again as it was: it is read, and found to be the same.
    store.sql(&format!("insert into cursorDiskKV select key, value from cursorDiskKV where key = '{BUBBLE}'"));
    assert_eq!(store.changes("the same bubble"), ids(&[]));
}

#[test]
fn what_others_say_of_a_conversation_hands_it_over() {
    let mut store = editor();
    store.changes("first");
    assert_eq!(store.held[TWO].parent.as_ref().unwrap().external_id, ONE);
    store.sql(&format!(
        "insert into cursorDiskKV select key, json_remove(value, '$.subComposerIds', '$.subagentComposerIds') \
         from cursorDiskKV where key = 'composerData:{ONE}'"
    ));
    assert_eq!(store.changes("it did not start another"), ids(&[TWO]));
    assert_eq!(store.held[TWO].parent, None);
    store.sql(&format!(
        "insert into ItemTable select key, json_set(value, '$.allComposers[0]', \
         json_object('composerId', '{ONE}', 'isArchived', json('true'))) from ItemTable where key = 'composer.composerHeaders'"
    ));
    assert_eq!(store.changes("archived"), ids(&[ONE]));
    assert!(store.held[ONE].archived);
    store.sql(&format!("delete from cursorDiskKV where key = 'composerData:{ONE}'"));
    assert_eq!(store.changes("gone"), ids(&[]));
}

#[test]
fn whatever_the_editor_does_equals_a_whole_reading() {
    let mut store = editor();
    let mut dice = Dice(0xfeed_beef);
    store.changes("first");
    for step in 0..150 {
        let mut pick = |prefix: &str| {
            let table = format!("from cursorDiskKV where key like '{prefix}:%'");
            let at = dice.roll(100_000);
            let sql = format!("select key {table} order by key limit 1 offset {at} % (select count(*) {table})");
            store.client.query_row(&sql, [], |row| row.get::<_, String>(0)).unwrap()
        };
        let (composer, bubble, other) = (pick("composerData"), pick("bubbleId"), pick("bubbleId"));
        let id = composer.trim_start_matches("composerData:");
        // As the client writes: a row is replaced.
        let set = |key: &str, path: &str, value: &str| {
            format!(
                "insert into cursorDiskKV select key, json_set(value, '{path}', {value}) \
                 from cursorDiskKV where key = '{key}' and json_valid(value)"
            )
        };
        let sql = match dice.roll(9) {
            0 => set(&bubble, "$.text", &format!("'Text{}'", " and more".repeat(step))),
            1 => set(&bubble, "$.tokenCount", "json('{\"inputTokens\":12,\"outputTokens\":3}')"),
            2 => set(&composer, "$.name", &format!("'Name {step}'")),
            3 => format!("delete from cursorDiskKV where key = '{bubble}' and {step} % 3 = 0"),
            4 => format!(
                "insert into cursorDiskKV select 'bubbleId:{id}:b{step}', value from cursorDiskKV where key = '{other}'; {}",
                set(
                    &composer,
                    "$.fullConversationHeadersOnly[#]",
                    &format!("json('{{\"bubbleId\":\"b{step}\",\"type\":1}}')")
                )
            ),
            5 => format!(
                "update cursorDiskKV set value = substr(value, 1, 40) where key = '{bubble}' and {step} % 4 = 0"
            ),
            6 => format!(
                "insert into cursorDiskKV select 'composerData:c{step}', replace(value, '{id}', 'c{step}') \
                 from cursorDiskKV where key = '{composer}'"
            ),
            7 => set(&composer, "$.subagentComposerIds", &format!("json_array('{TWO}')")),
            _ => set(&composer, "$.isArchived", "json('true')"),
        };
        store.sql(&sql);
        store.changes(&format!("step {step}: {sql}"));
    }
}

#[test]
fn a_window_s_database_is_compared_with_what_was_handed_over() {
    let home = Home::with(&[".config"]);
    let name = "4bb0a250f62548654e50c3d29c4b6096/state.vscdb";
    let mut store = Followed::new(home, &Cursor, USER, name);
    store.sql(
        r#"insert into ItemTable values ('workbench.panel.aichat.view.aichat.chatdata',
            '{"tabs":[{"tabId":"t1","bubbles":[{"type":"user","text":"Hello"}]},{"tabId":"t2","bubbles":[{"type":"user","text":"You"}]}]}')"#,
    );
    assert_eq!(store.changes("first"), ids(&["t1", "t2"]));
    assert_eq!(store.changes("nothing"), ids(&[]));
    store.sql(
        "insert into ItemTable select key, replace(value, 'Hello', 'Hallo') from ItemTable where key like '%chatdata'",
    );
    assert_eq!(store.changes("one"), ids(&["t1"]));
}

#[test]
fn a_chat_is_handed_over_when_it_is_another() {
    let mut store = chat();
    let first = store.seen("first");
    assert_eq!((first.sessions.len(), first.bytes), (1, store.origin.size));
    assert_eq!(store.changes("nothing"), ids(&[]));
    let meta = store.path().with_file_name("meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    fs::write(&meta, text.replacen('{', "{\"cwd\":\"/elsewhere\", ", 1)).unwrap();
    store.changes("meta");
    store.sql("update blobs set data = cast(replace(cast(data as text), 'smoke', 'other') as blob) where cast(data as text) like '%smoke%'");
    assert_eq!(store.changes("a message"), ids(&[CHAT]));
}

#[test]
fn files_are_described_again_with_what_their_store_says_of_them() {
    for root in [USER, CLI] {
        let home = Home::with(&[".config", CLI]);
        for origin in super::super::found(&Cursor, &home.path(root)) {
            assert_eq!(Cursor.again(&origin).unwrap(), origin);
            assert_eq!(Cursor.follow(&origin).is_some(), origin.path.extension().unwrap() != "jsonl");
        }
    }
}
