//! Databases of other versions and damaged ones.

use std::fs;

use opensync_core::import::ProblemKind;

use super::*;

fn reasons(seen: &Seen) -> Vec<(ProblemKind, &str)> {
    seen.problems.iter().map(|problem| (problem.kind, problem.reason.as_str())).collect()
}

#[test]
fn a_renamed_column_or_table_is_named() {
    let store = Store::new();
    store.composer("c", &[("u", 1)], &json!({})).bubble("c", "u", &user("Go"));
    store.connection.execute_batch("alter table cursorDiskKV rename column value to content").unwrap();
    let seen = store.seen();
    assert_eq!(reasons(&seen), [(ProblemKind::Unsupported, "table `cursorDiskKV` has no column `value`")]);
    store.connection.execute_batch("alter table cursorDiskKV rename to pairs").unwrap();
    let seen = store.seen();
    assert_eq!(reasons(&seen), [(ProblemKind::Unsupported, "there is no table `cursorDiskKV`")]);
}

#[test]
fn odd_values_cost_only_themselves() {
    let store = Store::new();
    let headers = [("u", 1), ("a", 2), ("b", 2), ("n", 2), ("k", 5)];
    store.composer("c", &headers, &json!({"name": 5, "usageData": [], "createdAt": "soon", "isArchived": "yes"}));
    store.bubble("c", "u", &user("Go")).bubble("c", "k", &json!({"type": 5, "text": "kind"}));
    store.bubble(
        "c",
        "b",
        &json!({"type": 2, "text": {"x": 1}, "thinking": 4, "toolFormerData": "none", "images": {}}),
    );
    put(&store.connection, "cursorDiskKV", "bubbleId:c:a", "{\"type\":2,");
    put(&store.connection, "cursorDiskKV", "composerData:d", "[1]");
    store.connection.execute("insert into cursorDiskKV values ('bubbleId:c:n', null)", []).unwrap();
    store.composer("e", &[("x", 1)], &json!({}));
    let seen = store.seen();
    assert_eq!(
        reasons(&seen),
        [
            (ProblemKind::Damaged, "a bubble holds no JSON object"),
            (ProblemKind::Damaged, "a conversation holds no JSON object"),
            (ProblemKind::Unknown, "bubble type `5`"),
            (ProblemKind::Unsupported, "a conversation has no readable message"),
        ]
    );
    assert_eq!(outline(seen.session("c")), ["user u", "assistant k"]);
    assert_eq!(title(seen.session("c")), "Go");
}

#[test]
fn a_database_that_ends_early_gives_what_is_left() {
    let store = Store::new();
    for number in 0..200 {
        let id = format!("c{number:03}");
        store.composer(&id, &[("u", 1)], &json!({})).bubble(&id, "u", &user(&"many words ".repeat(60)));
    }
    drop(store.connection);
    let name = format!("{USER}/globalStorage/state.vscdb");
    let bytes = fs::read(store.home.path(&name)).unwrap();
    let home = Home::new();
    home.write(&name, &bytes[..bytes.len() * 3 / 4]);
    let seen = home.seen(&Cursor);
    assert!(seen.problems.iter().all(|problem| problem.kind == ProblemKind::Damaged), "{:?}", seen.problems);
    assert!(!seen.problems.is_empty() && seen.sessions.len() > 10 && seen.sessions.len() < 200);
    home.write(&name, "no database");
    assert_eq!(home.seen(&Cursor).problems[0].kind, ProblemKind::Damaged);
}

#[test]
fn a_chat_without_its_tables_says_so() {
    let home = Home::new();
    home.database(&format!("{CLI}/chats/x/id/store.db")).execute_batch("create table meta (key, text)").unwrap();
    let seen = home.seen(&Cursor);
    let said: Vec<_> = seen.problems.iter().map(|problem| problem.reason.as_str()).collect();
    assert_eq!(said, ["table `meta` has no column `value`", "there is no table `blobs`"]);
}
