//! Databases of other versions, damaged ones, and rows as bugs leave them.

use std::fs;

use opensync_core::import::ProblemKind;

use super::*;

fn reasons(seen: &Seen) -> Vec<(ProblemKind, &str)> {
    seen.problems.iter().map(|problem| (problem.kind, problem.reason.as_str())).collect()
}

fn filled() -> Store {
    let store = Store::new();
    store.session(SES, T, "Title").said(SES, "msg_1", T + 1, &user(T + 1), "Go");
    store.said(SES, "msg_2", T + 2, &answer(T + 2, [1, 2, 3, 4, 5]), "Done");
    store
}

#[test]
fn a_renamed_column_is_named_and_the_rest_is_read() {
    let store = filled();
    store.sql(
        "alter table session rename column title to caption; alter table message rename column time_created to made",
    );
    let seen = store.seen();
    let missing = |table: &str, column: &str| format!("table `{table}` has no column `{column}`");
    let (title, created) = (missing("session", "title"), missing("message", "time_created"));
    assert_eq!(reasons(&seen), [(ProblemKind::Unsupported, created.as_str()), (ProblemKind::Unsupported, &title)]);
    let session = seen.session(SES);
    assert_eq!(outline(session), ["user msg_1", "assistant msg_2"]);
    assert_eq!(session.title.as_ref().unwrap().0, "Go");
}

#[test]
fn what_cannot_be_read_does_not_replace_what_was() {
    let store = filled();
    store.sql("alter table part rename column data to body");
    let seen = store.seen();
    assert_eq!(reasons(&seen), [(ProblemKind::Unsupported, "table `part` has no column `data`")]);
    assert_eq!(seen.sessions, []);
    store.sql("drop table part; alter table message rename to messages");
    let seen = store.seen();
    let missing = ["there is no table `message`", "there is no table `part`"];
    assert_eq!(reasons(&seen), missing.map(|reason| (ProblemKind::Unsupported, reason)));
    assert_eq!(seen.sessions, []);
}

#[test]
fn columns_that_came_later_are_not_missed() {
    let store = filled();
    for column in ["slug", "directory", "model", "workspace_id"] {
        store.sql(&format!("alter table session drop column {column}"));
    }
    store.sql("drop table workspace; drop table project");
    let session = store.only();
    assert_eq!((title(&session), session.provider.as_deref()), ("Title", Some("anthropic")));
}

#[test]
fn odd_rows_cost_only_themselves() {
    let store = filled();
    store.sql(
        "insert into message values ('msg_3', 'ses_1', 3, 3, null), ('msg_4', 'ses_1', 4, 4, 'not json'),
             ('msg_5', 'ses_1', 5, 5, '[]'), ('msg_6', 'ses_nobody', 6, 6, '{}');
         insert into part values ('prt_8', 'msg_2', '', 0, 0, null), ('prt_9', 'msg_2', '', 0, 0, x'7b22'),
             ('prt_a', 'msg_nobody', '', 0, 0, '{}');",
    );
    let seen = store.seen();
    assert_eq!(
        reasons(&seen),
        [
            (ProblemKind::Damaged, "a part is no JSON object"),
            (ProblemKind::Damaged, "a row of table `message` holds no JSON object (2 times)"),
            (ProblemKind::Damaged, "a row of table `message` holds nothing"),
            (ProblemKind::Damaged, "a row of table `part` holds nothing"),
        ]
    );
    assert_eq!(outline(seen.session(SES)), ["user msg_1", "assistant msg_2"]);
}

#[test]
fn types_nobody_knows_are_counted_once_and_shown() {
    let store = filled();
    store.part("prt_x", "msg_2", &json!({"type": "hologram", "secret": 1}));
    store.part("prt_y", "msg_2", &json!({"type": "hologram", "secret": 2}));
    store.part("prt_z", "msg_2", &json!({"type": "do not tell anyone"}));
    store.said(SES, "msg_3", T + 3, &json!({"role": "oracle"}), "Beware");
    store.said(SES, "msg_4", T + 4, &json!({"modelID": "m"}), "no role");
    let seen = store.seen();
    assert_eq!(
        reasons(&seen),
        [
            (ProblemKind::Unknown, "message role `oracle`"),
            (ProblemKind::Unknown, "part type `?`"),
            (ProblemKind::Unknown, "part type `hologram` (2 times)"),
        ]
    );
    let session = seen.session(SES);
    assert_eq!(outline(session), ["user msg_1", "assistant msg_2", "system msg_3", "assistant msg_4"]);
    let unknown = parts(session).filter(|part| matches!(part, Part::Unknown { .. })).count();
    assert_eq!(unknown, 3);
}

#[test]
fn rows_of_a_later_model_are_told() {
    let store = filled();
    store.sql("create table session_message (id text); insert into session_message values ('x')");
    assert_eq!(reasons(&store.seen()), [(ProblemKind::Unknown, "rows in table `session_message`")]);
}

#[test]
fn a_session_the_client_writes_is_read_from_its_log() {
    let store = Store::new();
    store.sql("pragma journal_mode = wal; pragma wal_autocheckpoint = 0");
    store.session(SES, T, "Only in the log").said(SES, "msg_1", T + 1, &user(T + 1), "Go");
    // The client is still there. Within one process SQLite shares the index, marks of readers
    // included, so that only the database and its log can be compared.
    let files =
        || ["", "-wal"].map(|suffix| fs::read(store.home.path(&format!("{FOLDER}/opencode.db{suffix}"))).unwrap());
    let before = files();
    let seen = Seen::of(&OpenCode, &store.home.path(FOLDER));
    assert_eq!(title(seen.session(SES)), "Only in the log");
    assert!(before == files());
    for with_index in [false, true] {
        let home = Home::new();
        for suffix in ["", "-wal", "-shm"].into_iter().take(if with_index { 3 } else { 2 }) {
            let name = format!("{FOLDER}/opencode.db{suffix}");
            home.write(&name, fs::read(store.home.path(&name)).unwrap());
        }
        assert_eq!(home.seen(&OpenCode).sessions.len(), 1, "{with_index}");
    }
}

#[test]
fn a_database_that_ends_early_gives_what_is_left() {
    let store = Store::new();
    store.session(SES, T, "Title");
    for number in 0..300 {
        let at = T + number;
        store.said(SES, &format!("msg_{number:03}"), at, &user(at), &"many words ".repeat(60));
    }
    drop(store.connection);
    let name = format!("{FOLDER}/opencode.db");
    let bytes = fs::read(store.home.path(&name)).unwrap();
    for (keep, some) in [(bytes.len() * 2 / 3, true), (5000, false), (50, false)] {
        let home = Home::new();
        home.write(&name, &bytes[..keep]);
        let seen = home.seen(&OpenCode);
        assert!(!seen.problems.is_empty(), "{keep}");
        assert!(
            seen.problems.iter().all(|problem| problem.kind == ProblemKind::Damaged || !some),
            "{:?}",
            seen.problems
        );
        assert_eq!(seen.sessions.iter().any(|session| !session.messages.is_empty()), some, "{keep}");
    }
    let home = Home::new();
    home.write(&name, "");
    let tables = ["message", "part", "session"].map(|table| format!("there is no table `{table}`"));
    let seen = home.seen(&OpenCode);
    assert_eq!(seen.problems.iter().map(|problem| problem.reason.as_str()).collect::<Vec<_>>(), tables);
}
