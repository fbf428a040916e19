//! `opensync export`, and `opensync import` of what it wrote.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use opensync_core::filter::{Selection, Status};
use opensync_core::label::{Edit, LabelChange};
use opensync_core::{SessionId, UserId};
use opensync_store::Store;
use serde_json::Value;

use crate::postgres::Database;
use crate::support::{Ended, Machine, everything, failed, succeeded};
use crate::transcript::{Transcript, short};

/// The file without the moment it was made.
fn undated(text: &str) -> String {
    let from = text.find("\"exportedAt\":").unwrap();
    let to = from + text[from..].find(',').unwrap();
    format!("{}{}", &text[..from], &text[to..])
}

fn fed(machine: &Machine, arguments: &[&str], input: &str) -> Ended {
    let mut command = machine.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may stop before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap().into()
}

/// Does something to the archive behind the program's back.
fn with_store<T>(machine: &Machine, work: impl AsyncFnOnce(&Store) -> T) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open_file(&machine.path("data").join("archive.db")).await.unwrap();
        let result = work(&store).await;
        store.close().await;
        result
    })
}

/// Labels and renames some sessions.
fn edit(machine: &Machine) {
    let user = UserId::local();
    with_store(machine, async |store| {
        for id in store.all_session_ids(&user).await.unwrap().iter().step_by(5) {
            store.rename(&user, id, &format!("Edited {id}: “ü”")).await.unwrap();
            let change = LabelChange {
                ready: Some(true),
                status: Edit::Set(Status::Golden),
                tags: Some(vec!["one".to_owned(), "two".to_owned()]),
                notes: Edit::Set("Lines\nof notes".to_owned()),
                expected_output: Edit::Set("42".to_owned()),
                ..LabelChange::default()
            };
            store.label_sessions(&user, std::slice::from_ref(id), &change).await.unwrap();
        }
    });
}

/// From one archive through a file into another, `on` which engine.
fn round_trip(on: &[&str]) {
    let (first, second) = (Machine::with_real_sessions(), Machine::new());
    first.ok(&["import"]);
    edit(&first);
    let out = first.path("all.json");
    let out = out.to_str().unwrap();
    let said = first.ok(&["export", "--output", out]);
    let text = fs::read_to_string(out).unwrap();
    let count = serde_json::from_str::<Value>(&text).unwrap()["sessions"].as_array().unwrap().len();
    assert!(said.starts_with(&format!("{count} sessions, ")) && said.contains(out), "{said}");
    assert!(count >= 60, "{count}");

    let said = second.ok(&[&["import", out], on].concat());
    assert!(said.contains(&format!("{count} new, 0 changed, 0 unchanged")), "{said}");
    let again = second.ok(&[&["export", "--output", "-"], on].concat());
    let (one, two) = (undated(&text), undated(&again));
    for (one, two) in one.lines().zip(two.lines()) {
        assert_eq!(one, two);
    }
    assert!(one == two, "the same bytes");

    let seen = |machine: &Machine, on: &[&str]| {
        let key = machine.ok(&[&["key", "create", "test"], on].concat());
        everything(&machine.serve(&[&["--no-import"], on].concat()), key.trim_end())
    };
    assert_eq!(seen(&first, &[]), seen(&second, on), "all fields and sums");

    let said = succeeded(fed(&second, &[&["import", "-"], on].concat(), &again));
    assert!(said.contains(&format!("0 new, 0 changed, {count} unchanged")), "{said}");
    // The tools' own files make no second sessions of these.
    let mut local = second.bare(&[&["import", "--json"], on].concat());
    local.arg("--home").arg(first.home()).arg("--data-dir").arg(second.path("data"));
    let summary: Value = serde_json::from_str(&succeeded(local.output().unwrap().into())).unwrap();
    assert!(summary["sources"].as_array().unwrap().iter().all(|row| row["imported"] == 0), "{summary}");
}

#[test]
fn an_archive_goes_through_a_file_without_loss() {
    round_trip(&[]);
}

#[test]
fn an_archive_goes_from_a_file_to_postgresql_without_loss() {
    let database = Database::new("export");
    round_trip(&["--database", &database.url]);
}

#[test]
fn a_damaged_file_keeps_what_came_before_and_names_the_session() {
    let machine = Machine::new();
    for name in ["S1", "S2", "S3"] {
        fs::write(machine.claude(&format!("{name}.jsonl")), short(name)).unwrap();
    }
    machine.ok(&["import"]);
    let text = machine.ok(&["export", "--output", "-"]);
    let third = text.rfind("\n{\"id\"").unwrap();
    let other = Machine::new();
    let ended = fed(&other, &["import", "-"], &text[..third + 200]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("2 new"), "{ended:?}");
    assert!(ended.stderr.contains("session 3 of the file cannot be read"), "{ended:?}");
    assert!(ended.stderr.contains("the 2 sessions before that are in the archive"), "{ended:?}");
    let said = succeeded(fed(&other, &["import", "-"], &text));
    assert!(said.contains("1 new, 0 changed, 2 unchanged"), "{said}");

    let later = text.replace("\"version\":1", "\"version\":7");
    let message = failed(fed(&other, &["import", "-"], &later));
    assert!(message.contains("has version 7") && message.contains("newer"), "{message}");
    let message = failed(fed(&other, &["import", "-"], "hello"));
    assert!(message.contains("this is no file that `opensync export --format json` wrote"), "{message}");
    let message = failed(other.run(&["import", "/nowhere.json"]));
    assert!(message.contains("/nowhere.json cannot be opened"), "{message}");
}

#[test]
fn an_older_file_does_not_replace_what_is_newer_and_deleted_sessions_are_named() {
    let machine = Machine::new();
    let first = Transcript::new("S1", 540).turn("Begin", "Begun.");
    fs::write(machine.claude("S1.jsonl"), first.text()).unwrap();
    fs::write(machine.claude("S2.jsonl"), short("S2")).unwrap();
    machine.ok(&["import"]);
    let old = machine.ok(&["export", "--output", "-"]);
    fs::write(machine.claude("S1.jsonl"), first.turn("Go on", "Gone on.").text()).unwrap();
    machine.ok(&["import"]);
    let user = UserId::local();
    with_store(&machine, async |store| {
        assert_eq!(store.session_ids(&user, &Selection::default()).await.unwrap().len(), 2);
        let gone = SessionId::derive(&user, "claude-code", "S2");
        assert_eq!(store.delete_sessions(&user, &[gone]).await.unwrap(), 1);
    });
    let said = succeeded(fed(&machine, &["import", "-"], &old));
    assert!(said.contains("because the archive has them in a newer state:\n  Begin"), "{said}");
    assert!(said.contains("because they were deleted here:\n  Prompt of S2"), "{said}");
    let file: Value = serde_json::from_str(&machine.ok(&["export", "--output", "-"])).unwrap();
    assert_eq!(file["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(file["sessions"][0]["messages"].as_array().unwrap().len(), 4);
}

#[test]
fn a_file_is_only_replaced_when_told_to_and_never_half_written() {
    let machine = Machine::new();
    fs::write(machine.claude("S1.jsonl"), short("S1")).unwrap();
    machine.ok(&["import"]);
    let out = machine.path("cases.json");
    let path = out.to_str().unwrap();
    let said = machine.ok(&["export", "--format", "deepeval", "--output", path]);
    assert!(said.starts_with("1 session, 1 test case, "), "{said}");
    let cases: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(cases[0]["input"], "Prompt of S1");
    let message = failed(machine.run(&["export", "--output", path]));
    assert!(message.contains("exists already") && message.contains("--force"), "{message}");
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(&out).unwrap()).unwrap(), cases);
    machine.ok(&["export", "--format", "text", "--output", path, "--force"]);
    assert!(fs::read_to_string(&out).unwrap().starts_with("## Session: Prompt of S1\n"));
    let left: Vec<_> = fs::read_dir(out.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part")), "{left:?}");
}

#[test]
fn what_is_exported_can_be_chosen() {
    let machine = Machine::with_real_sessions();
    machine.ok(&["import"]);
    let count = |arguments: &[&str]| {
        let text = machine.ok(&[&["export", "--output", "-"], arguments].concat());
        let file: Value = serde_json::from_str(&text).unwrap();
        file["sessions"].as_array().unwrap_or_else(|| file.as_array().unwrap()).len()
    };
    let (all, some) = (count(&[]), count(&["--query", "source:claude"]));
    assert!(some > 5 && some < all, "{some} of {all}");
    assert!(count(&["--query", "source:claude", "--sub-agents", "no"]) < some);
    let id = "bc44bb71-7c8b-404c-a9b8-68011b04f1cf";
    assert_eq!(count(&["--id", id, "--id", id]), 1);
    let cases = count(&["--format", "deepeval"]);
    assert!(count(&["--format", "deepeval", "--per", "session"]) < cases);
    for (arguments, word) in [
        (&["--id", "nobody"][..], "There is no session `nobody`"),
        (&["--query", "cost:much"][..], "not clear"),
        (&["--query", "source:emacs"][..], "emacs"),
        (&["--query", "zzzzzz"][..], "No session matches"),
        (&["--format", "pdf"][..], "deepeval-conversational"),
    ] {
        let message = failed(machine.run(&[&["export", "--output", "-"], arguments].concat()));
        assert!(message.contains(word), "{word}: {message}");
    }
}
