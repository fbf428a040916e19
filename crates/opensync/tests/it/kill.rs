//! An import that is killed loses nothing it had committed, and the next one repeats nothing.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::SystemTime;

use crate::support::{Machine, everything, until};
use crate::transcript::Transcript;

const SESSIONS: usize = 150;

/// Sessions large enough for several commits; every tenth is a fork that repeats the one before.
fn fill(machine: &Machine) {
    let mut last = Transcript::new("", 0);
    for n in 0..SESSIONS {
        let (id, minute) = (format!("session-{n:03}"), 60 + 4 * n as u32);
        let begun = if n % 10 == 9 { last.forked(&id, minute) } else { Transcript::new(&id, minute) };
        let session = begun.turn(&format!("Prompt {n}"), &"words ".repeat(20_000)).turn("Go on", "Done.");
        fs::write(machine.claude(&format!("{id}.jsonl")), session.text()).unwrap();
        last = session;
    }
}

/// Starts an import that says what fails in a file.
fn start(machine: &Machine) -> Child {
    let log = File::create(machine.path("import.log")).unwrap();
    machine.command(&["import"]).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// What changes with every write to the archive.
fn trace(data: &Path) -> Vec<Option<(u64, SystemTime)>> {
    let look = |name: &str| {
        let about = fs::metadata(data.join(name)).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    ["archive.db", "archive.db-wal"].map(look).to_vec()
}

/// Lets an import write so many times, then kills it; answers whether it was still running.
fn kill_after(machine: &Machine, writes: usize) -> bool {
    let data = machine.path("data");
    let mut child = start(machine);
    let (mut seen, mut last) = (0, trace(&data));
    let ended = until("the import writes", || {
        let now = trace(&data);
        if now != last {
            (seen, last) = (seen + 1, now);
        }
        if seen >= writes { Some(None) } else { child.try_wait().unwrap().map(Some) }
    });
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let log = fs::read_to_string(machine.path("import.log")).unwrap();
    assert!(ended.is_none_or(|status| status.success()), "it failed by itself: {ended:?} {log}");
    !status.success()
}

/// How many sessions are in the archive; each file holds one, and both are committed together.
fn committed(machine: &Machine) -> usize {
    let report = machine.doctor().remove("claude-code").unwrap();
    assert_eq!(report["sessions"], report["filesImported"], "no half of a commit");
    assert_eq!(report["problemCount"], 0);
    usize::try_from(report["sessions"].as_u64().unwrap()).unwrap()
}

#[test]
fn an_import_killed_again_and_again_ends_as_one_that_was_left_alone() {
    let (killed, left_alone) = (Machine::new(), Machine::new());
    fill(&killed);
    fill(&left_alone);
    until("an import is killed before its first commit and between two", || {
        let _ = fs::remove_dir_all(killed.path("data"));
        let mut kept_after = Vec::new();
        // From the first byte of the archive on, each time a little later, until one was too fast.
        while kill_after(&killed, kept_after.len() + 1) {
            kept_after.push(committed(&killed));
        }
        assert!(kept_after.is_sorted(), "nothing committed was lost: {kept_after:?}");
        let partly = kept_after.iter().any(|sessions| (1..SESSIONS).contains(sessions));
        (kept_after.contains(&0) && partly).then_some(())
    });

    let last = killed.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&last["found"], &last["problems"]), (&SESSIONS.into(), &0.into()));
    left_alone.ok(&["import"]);
    assert_eq!(committed(&killed), SESSIONS);
    let seen = |machine: &Machine| {
        let key = machine.key();
        everything(&machine.serve(&["--no-import"]), &key)
    };
    let (sessions, stats) = seen(&killed);
    let (wanted, wanted_stats) = seen(&left_alone);
    assert_eq!(stats, wanted_stats);
    assert_eq!(sessions.len(), SESSIONS);
    for (session, wanted) in sessions.iter().zip(&wanted) {
        for (field, value) in wanted.as_object().unwrap() {
            assert!(
                session[field] == *value,
                "{field} of {} is {:.300}",
                wanted["externalId"],
                session[field].to_string()
            );
        }
    }
    // 135 sessions with two paid responses of their own each, and 15 forks with two more.
    assert_eq!(stats["messageCount"].as_u64(), Some(135 * 4 + 15 * 8));
    let billed = |n: u64| 1200 + 50 + 10 + n;
    let plain = billed(0) + billed(2);
    let forked = billed(4) + billed(6);
    assert_eq!(stats["totalTokens"].as_u64(), Some(135 * plain + 15 * forked));
}

#[test]
fn a_server_stopped_during_its_import_leaves_an_archive_the_next_one_completes() {
    let machine = Machine::new();
    fill(&machine);
    let server = machine.serve(&[]);
    until("a session is in the archive", || {
        let progress = server.get("/import/progress", None).json();
        (progress["sessions"].as_u64() > Some(0)).then_some(())
    });
    server.signal("TERM");
    let (status, rest, _) = server.ended();
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert!(committed(&machine) > 0);
    let summary = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!(summary["found"], SESSIONS);
    assert_eq!(committed(&machine), SESSIONS);
}
