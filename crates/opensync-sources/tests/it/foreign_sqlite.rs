//! Databases of other programs, in every state those leave them.

use std::fs;
use std::path::Path;

use opensync_core::import::ProblemKind;
use opensync_sources::foreign_sqlite::{Database, Failure, origin};

use crate::home::Home;

const NAME: &str = "odd name %41?#é/a b.db";

/// A database in WAL mode with one row in its file and one in its log.
fn home() -> Home {
    let home = Home::new();
    let connection = home.database(NAME);
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table t (a);
             insert into t values (1); pragma wal_checkpoint(truncate); insert into t values (2);",
        )
        .unwrap();
    let copy = Home::new();
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{NAME}{suffix}");
        copy.write(&name, fs::read(home.path(&name)).unwrap());
    }
    copy
}

fn rows(path: &Path) -> i64 {
    let database = Database::open(path).unwrap();
    assert_eq!(database.doubts(), []);
    database.connection().query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
}

#[test]
fn the_log_is_read_and_nothing_is_written() {
    let home = home();
    let remove = |suffix: &str| fs::remove_file(home.path(&format!("{NAME}{suffix}"))).unwrap();
    let path = home.path(NAME);
    let look = |want: i64, what: &str| {
        let before = home.files();
        assert_eq!(rows(&path), want, "{what}");
        assert!(before == home.files(), "{what}");
    };
    look(2, "log and index");
    home.write(&format!("{NAME}-shm"), vec![0xff; 32768]);
    look(2, "log and a damaged index");
    remove("-shm");
    look(2, "log alone");
    home.write(&format!("{NAME}-wal"), "");
    look(1, "empty log");
    home.write(&format!("{NAME}-shm"), "");
    look(1, "empty log and empty index");
    remove("-shm");
    remove("-wal");
    look(1, "file alone");
}

#[cfg(unix)]
#[test]
fn a_linked_database_is_read_with_the_log_of_its_target() {
    let home = home();
    let link = home.path("link.db");
    std::os::unix::fs::symlink(home.path(NAME), &link).unwrap();
    assert_eq!(rows(&link), 2);
    assert!(origin(link).unwrap().note.starts_with("wal "));
}

#[test]
fn nothing_can_be_written() {
    let home = home();
    let database = Database::open(&home.path(NAME)).unwrap();
    assert!(database.connection().execute_batch("insert into t values (3)").is_err());
}

/// Closing any handle of a file gives up all locks of the process on it.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_database_again_leaves_the_locks_of_the_first_reader() {
    let home = Home::new();
    home.database("plain.db").execute_batch("create table t (a); insert into t values (1);").unwrap();
    let path = home.path("plain.db");
    let inode = format!(":{} ", std::os::unix::fs::MetadataExt::ino(&fs::metadata(&path).unwrap()));
    // Empty in a sandbox that hides it.
    let locks = || fs::read_to_string("/proc/locks").unwrap_or_default().matches(&inode).count();
    let first = Database::open(&path).unwrap();
    first.connection().execute_batch("begin; select * from t").unwrap();
    let held = locks();
    drop(Database::glance(&path).unwrap());
    assert_eq!(locks(), held);
    drop(first);
    assert_eq!(locks(), 0);
}

#[test]
fn an_interrupted_transaction_is_undone_in_a_copy() {
    let home = Home::new();
    let connection = home.database("hot.db");
    connection
        .execute_batch(
            "pragma cache_size = 1; create table t (a); insert into t values (1);
             begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
             insert into t select hex(randomblob(50)) from n;",
        )
        .unwrap();
    // As a power loss in the middle of it leaves the files.
    let left = Home::new();
    for suffix in ["", "-journal"] {
        left.write(&format!("hot.db{suffix}"), fs::read(home.path(&format!("hot.db{suffix}"))).unwrap());
    }
    let before = left.files();
    assert_eq!(rows(&left.path("hot.db")), 1);
    assert!(before == left.files());
}

#[test]
fn other_files_are_no_databases() {
    let home = Home::new();
    home.write("text.db", "not a database at all").write("empty.db", "");
    assert!(matches!(Database::open(&home.path("text.db")), Err(Failure::Damaged(_))));
    assert!(matches!(Database::open(&home.path("none.db")), Err(Failure::Unreadable(_))));
    assert!(Database::open(&home.path("empty.db")).unwrap().columns("t").is_empty());
}

#[test]
fn a_change_during_an_unguarded_reading_is_told() {
    let home = home();
    fs::remove_file(home.path(&format!("{NAME}-shm"))).unwrap();
    home.write(&format!("{NAME}-wal"), "");
    let database = Database::open(&home.path(NAME)).unwrap();
    assert_eq!(database.doubts(), []);
    home.write(&format!("{NAME}-wal"), [0; 64]);
    assert_eq!(database.doubts()[0].0, ProblemKind::Unfinished);
}
