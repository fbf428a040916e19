use std::fs;
use std::io::ErrorKind;

use opensync_sources::Source;
use opensync_sources::opencode::OpenCode;

use super::{Followed, ids};
use crate::home::Home;
use crate::support::Dice;

const FOLDER: &str = ".local/share/opencode";
const ONE: &str = "ses_df745d6b7ffelQHVySuKa75zzB";
const CHILD: &str = "ses_df7459442ffeCsz2wUWqB24jCv";
const PARENT: &str = "ses_df74599c2ffeNgPLVQuZAOhisn";

fn fixture() -> Followed {
    Followed::new(Home::with(&[FOLDER]), &OpenCode, FOLDER, "opencode.db")
}

impl Followed {
    /// An answer with one text, at the end of a session.
    fn says(&self, session: &str, id: &str, at: i64) -> &Self {
        self.sql(&format!(
            r#"insert into message (id, session_id, time_created, time_updated, data) values ('msg_{id}', '{session}', {at}, {at},
                '{{"role":"assistant","time":{{"created":{at},"completed":{at}}},"modelID":"m","providerID":"p","tokens":{{"input":5,"output":{at}}}}}');
               insert into part (id, message_id, session_id, time_created, time_updated, data) values ('prt_{id}', 'msg_{id}', '{session}', {at}, {at},
                '{{"type":"text","text":"Answer {id}"}}')"#
        ))
    }
}

const NOW: i64 = 1_795_500_000_000;

#[test]
fn an_appended_message_hands_over_its_session_alone() {
    let mut store = fixture();
    let all = store.seen("first");
    assert_eq!((all.sessions.len(), all.bytes), (14, store.origin.size));
    assert_eq!(store.changes("nothing"), ids(&[]));
    store.says(ONE, "new", NOW).sql(&format!("update session set time_updated = {NOW} where id = '{ONE}'"));
    let seen = store.seen("a message");
    assert_eq!((seen.sessions.len(), seen.unchanged), (1, 13));
    assert_eq!(seen.sessions[0].external_id, ONE);
    assert!(seen.bytes > 100 && seen.bytes < store.origin.size / 4, "{}", seen.bytes);
    assert!(store.follower.weight() > 1000 && store.follower.weight() < 100_000);
}

#[test]
fn changes_that_no_time_tells_are_seen() {
    let mut store = fixture();
    store.changes("first");
    let mut step = |sql: &str, want: &[&str]| {
        store.sql(sql);
        assert_eq!(store.changes(sql), ids(want), "{sql}");
    };
    step(&format!("update session set title = 'Another' where id = '{ONE}'"), &[ONE]);
    step(&format!("update session set time_archived = 5 where id = '{ONE}'"), &[ONE]);
    let first = format!("(select min(id) from message where session_id = '{ONE}')");
    step(&format!("update part set data = '{{\"type\":\"text\",\"text\":\"x\"}}' where message_id = {first}"), &[ONE]);
    step(&format!("update part set time_updated = time_updated + 1 where message_id = {first}"), &[ONE]);
    step(&format!("delete from part where message_id = {first}"), &[ONE]);
    step(&format!("delete from message where id = {first}"), &[ONE]);
    step(&format!("delete from session where id = '{ONE}'"), &[]);
    step("pragma user_version = 7", &[]);
    store.sql("update project set worktree = '/elsewhere'");
    assert_eq!(store.changes("all are of the project").len(), 13);
}

#[test]
fn a_call_that_names_its_child_later_hands_over_both() {
    let mut store = fixture();
    let part = format!("(select id from part where session_id = '{PARENT}' and data like '%{CHILD}%' limit 1)");
    let data: String =
        store.client.query_row(&format!("select data from part where id = {part}"), [], |row| row.get(0)).unwrap();
    let id: String = store.client.query_row(&format!("select {part}"), [], |row| row.get(0)).unwrap();
    let without = data.replace(CHILD, "ses_");
    store.client.execute("update part set data = ?1 where id = ?2", (&without, &id)).unwrap();
    store.changes("first");
    assert_eq!(store.held[CHILD].parent.as_ref().unwrap().call_id, None);
    store.client.execute("update part set data = ?1, time_updated = ?3 where id = ?2", (&data, &id, NOW)).unwrap();
    assert_eq!(store.changes("named"), ids(&[CHILD, PARENT]));
    assert!(store.held[CHILD].parent.as_ref().unwrap().call_id.is_some());
}

#[test]
fn a_fork_is_told_from_the_messages_it_copied() {
    let mut store = fixture();
    store.changes("first");
    store.sql(&format!(
        "insert into session (id, project_id, slug, directory, title, version, time_created, time_updated)
             select 'ses_fork', project_id, slug, directory, title, version, {NOW}, {NOW} from session where id = '{ONE}';
         insert into message (id, session_id, time_created, time_updated, data)
             select 'msg_fork' || id, 'ses_fork', time_created, time_updated, data from message where session_id = '{ONE}'"
    ));
    assert_eq!(store.changes("forked"), ids(&["ses_fork"]));
    assert_eq!(store.held["ses_fork"].parent.as_ref().unwrap().external_id, ONE);
    // The original goes on, and is changed where it was copied.
    store.says(ONE, "on", NOW + 1);
    assert_eq!(store.changes("on"), ids(&[ONE]));
    store.sql(&format!(
        "update message set data = replace(data, '\"output\":', '\"output\":9') where session_id = '{ONE}'"
    ));
    assert_eq!(store.changes("another usage"), ids(&[ONE, "ses_fork"]));
    store.sql(&format!("delete from message where session_id = '{ONE}'"));
    store.changes("none left");
    assert!(store.held["ses_fork"].parent.is_none());
}

#[test]
fn whatever_a_client_does_equals_a_whole_reading() {
    let mut store = fixture();
    let mut dice = Dice(0x0dd5_eed5);
    store.changes("first");
    for step in 0..120 {
        let pick = |table: &str, dice: &mut Dice| {
            let at = dice.roll(100_000);
            let sql =
                format!("select id from {table} order by id limit 1 offset {at} % (select count(*) from {table})");
            store.client.query_row(&sql, [], |row| row.get::<_, String>(0)).unwrap()
        };
        let (session, other) = (pick("session", &mut dice), pick("session", &mut dice));
        let (message, part) = (pick("message", &mut dice), pick("part", &mut dice));
        let now = NOW + step;
        let sql = match dice.roll(12) {
            0..=2 => {
                store.says(&session, &step.to_string(), now);
                format!("update session set time_updated = {now} where id = '{session}'")
            }
            3 => format!("update part set data = data || ' ' where id = '{part}'"),
            4 => format!("update part set data = substr(data, 1, 10), time_updated = {now} where id = '{part}'"),
            5 => format!("delete from message where id = '{message}'"),
            6 => format!("update message set session_id = '{session}' where id = '{message}'"),
            7 => format!(
                "insert into session (id, project_id, slug, directory, title, version, time_created, time_updated)
                     select 'ses_{step}', project_id, slug, directory, title, version, {now}, {now} from session where id = '{session}';
                 insert into message (id, session_id, time_created, time_updated, data)
                     select 'msg_{step}' || id, 'ses_{step}', time_created, time_updated, data from message where session_id = '{session}'"
            ),
            8 => format!("update session set parent_id = '{other}' where id = '{session}'"),
            9 => format!("update session set revert = '{{\"messageID\":\"{message}\"}}' where id = '{session}'"),
            10 => format!("update message set data = replace(data, '\"input\":', '\"input\":1'), time_updated = {now} where session_id = '{session}'"),
            _ => format!("update message set time_created = {now}, time_updated = {now} where id = '{message}'"),
        };
        store.sql(&format!("pragma foreign_keys = off; {sql}"));
        store.changes(&format!("step {step}: {sql}"));
    }
}

#[test]
fn without_the_columns_that_tell_everything_is_handed_over() {
    let mut store = fixture();
    store.sql("drop index message_session_time_created_id_idx; alter table part drop column time_updated");
    let all = store.changes("first");
    assert_eq!(all.len(), 14);
    assert_eq!(store.changes("again"), all);
}

#[test]
fn another_database_in_its_place_is_read_whole() {
    let mut store = fixture();
    store.changes("first");
    let (path, aside) = (store.path(), store.path().with_extension("aside"));
    store.sql("pragma wal_checkpoint(truncate); pragma journal_mode = delete");
    fs::copy(&path, &aside).unwrap();
    fs::rename(&aside, &path).unwrap();
    assert_eq!(store.changes("replaced").len(), 14);
}

#[test]
fn a_database_is_described_again_with_its_log() {
    let mut store = fixture();
    store.changes("first");
    let before = OpenCode.again(&store.origin).unwrap();
    assert_eq!(before, super::super::found(&OpenCode, &store.home.path(FOLDER))[0]);
    store.says(ONE, "x", NOW);
    assert_ne!(OpenCode.again(&store.origin).unwrap(), before);
    fs::remove_file(store.path()).unwrap();
    assert_eq!(OpenCode.again(&store.origin).unwrap_err().kind(), ErrorKind::NotFound);
}
