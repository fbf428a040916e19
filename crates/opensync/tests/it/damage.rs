//! Damaged stores: what can be read is imported, what cannot be is counted and named.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::{Machine, Server};
use crate::transcript::{Transcript, short};

/// A prompt and its answer, as two lines.
fn two(id: &str) -> (String, String) {
    let mut lines = Transcript::new(id, 540).turn(&format!("Prompt of {id}"), "Done.").lines;
    let answer = lines.pop().unwrap();
    (lines.pop().unwrap(), answer)
}

/// Problems of Claude Code as `doctor` lists them: file name, line, kind.
fn problems(machine: &Machine) -> Vec<(String, Option<u64>, String)> {
    let report = machine.doctor().remove("claude-code").unwrap();
    let rows = report["problems"].as_array().unwrap();
    assert_eq!(report["problemCount"], rows.len());
    rows.iter()
        .map(|row| {
            assert!(!row["reason"].as_str().unwrap().is_empty(), "{row}");
            let file = row["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (file, row["line"].as_u64(), row["kind"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn problem(file: &str, line: impl Into<Option<u64>>, kind: &str) -> (String, Option<u64>, String) {
    (file.to_owned(), line.into(), kind.to_owned())
}

fn serve(machine: &Machine) -> (Server, String) {
    (machine.serve(&["--no-import"]), machine.key())
}

/// The texts of a session's messages.
fn texts((server, key): &(Server, String), id: &str) -> Vec<String> {
    let session = server.get(&format!("/api/sessions/get?id={id}"), Some(key)).json();
    let messages = session["messages"].as_array().unwrap();
    messages.iter().map(|message| message["textContent"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn damage_costs_only_the_damaged_lines_and_each_is_named() {
    let machine = Machine::new();
    let (prompt, answer) = two("damaged");
    fs::write(machine.claude("damaged.jsonl"), format!("{prompt}\nnot a record\n{answer}\n[1]\n")).unwrap();
    let (prompt, answer) = two("truncated");
    fs::write(machine.claude("truncated.jsonl"), format!("{prompt}\n{}", &answer[..answer.len() / 2])).unwrap();
    let (prompt, answer) = two("nul");
    fs::write(machine.claude("nul.jsonl"), format!("{prompt}\n\0\0\0\0{answer}\n{}\n", "\0".repeat(4096))).unwrap();
    let (prompt, answer) = two("latin");
    let latin = answer.replace("Done.", "caf?").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == b'?' { 0xe9 } else { byte }).collect();
    fs::write(machine.claude("latin.jsonl"), [format!("{prompt}\n").as_bytes(), &latin, b"\n"].concat()).unwrap();
    fs::write(machine.claude("noise.jsonl"), [0xff, 0xfe, 0x00, b'\n', 0xc3, b'\n']).unwrap();
    fs::write(machine.claude("empty.jsonl"), "").unwrap();
    fs::write(machine.claude("whole.jsonl"), short("whole")).unwrap();

    let summary = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&summary["imported"], &summary["problems"]), (&json!(5), &json!(5)), "{summary}");
    let mut named = problems(&machine);
    named.sort();
    assert_eq!(
        named,
        [
            problem("damaged.jsonl", 2, "damaged"),
            problem("damaged.jsonl", 4, "damaged"),
            problem("noise.jsonl", 1, "damaged"),
            problem("noise.jsonl", 2, "damaged"),
            problem("truncated.jsonl", 2, "unfinished"),
        ]
    );
    let server = serve(&machine);
    for (id, answers) in
        [("damaged", Some("Done.")), ("truncated", None), ("nul", Some("Done.")), ("latin", Some("caf\u{fffd}"))]
    {
        let mut wanted = vec![format!("Prompt of {id}")];
        wanted.extend(answers.map(str::to_owned));
        assert_eq!(texts(&server, id), wanted, "{id}");
    }
}

#[test]
fn problems_are_counted_again_by_an_import_that_changes_nothing() {
    let machine = Machine::new();
    fs::write(machine.claude("S1.jsonl"), format!("{}broken\n", short("S1"))).unwrap();
    machine.ok(&["import"]);
    let before = machine.archive();
    let text = machine.ok(&["import"]);
    assert!(text.contains("1 records or files could not be used") && text.contains("opensync doctor"), "{text}");
    assert!(machine.archive() == before);
    let doctor = machine.ok(&["doctor"]);
    let line = doctor.lines().find(|line| line.contains("S1.jsonl:3")).unwrap();
    assert!(line.contains("damaged"), "{line}");
}

#[test]
fn a_line_that_was_being_written_is_read_once_it_is_complete() {
    let machine = Machine::new();
    let (prompt, answer) = two("S1");
    fs::write(machine.claude("S1.jsonl"), format!("{prompt}\n{}", &answer[..40])).unwrap();
    assert_eq!(machine.import(&[])["claude-code"]["problems"], 1);
    fs::write(machine.claude("S1.jsonl"), format!("{prompt}\n{answer}\n")).unwrap();
    let summary = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&summary["updated"], &summary["problems"]), (&json!(1), &json!(0)));
    assert_eq!(problems(&machine), []);
    assert_eq!(texts(&serve(&machine), "S1"), ["Prompt of S1", "Done."]);
}

#[test]
fn a_line_of_fifty_megabytes_is_imported_and_fifty_of_garbage_are_skipped() {
    let machine = Machine::new();
    let (prompt, answer) = two("large");
    let large = answer.replace("Done.", &"word ".repeat(10 << 20));
    fs::write(machine.claude("large.jsonl"), format!("{prompt}\n{large}\n")).unwrap();
    let (prompt, answer) = two("garbage");
    let garbage = format!("{{\"type\":\"user\",{}", "x".repeat(50 << 20));
    fs::write(machine.claude("garbage.jsonl"), format!("{prompt}\n{garbage}\n{answer}\n")).unwrap();
    fs::write(machine.claude("whole.jsonl"), short("whole")).unwrap();

    let summary = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&summary["imported"], &summary["problems"]), (&json!(3), &json!(1)), "{summary}");
    assert_eq!(problems(&machine), [problem("garbage.jsonl", 2, "damaged")]);
    let server = serve(&machine);
    let lengths = |id: &str| texts(&server, id).iter().map(String::len).collect::<Vec<_>>();
    assert_eq!(lengths("garbage"), ["Prompt of garbage".len(), "Done.".len()]);
    assert_eq!(lengths("large"), ["Prompt of large".len(), 50 << 20]);
}

#[test]
fn a_file_that_cannot_be_opened_is_named_and_imported_once_it_can_be() {
    let machine = Machine::new();
    let (claude, codex) = (machine.claude("locked.jsonl"), machine.home().join(".codex/sessions/2026/05/04"));
    fs::create_dir_all(&codex).unwrap();
    let rollout = codex.join("rollout-2026-05-04T09-00-00-01a208b9-912d-7a60-a7b3-986bde1a0e98.jsonl");
    // A link to itself cannot be opened by anybody, root included.
    for path in [&claude, &rollout] {
        symlink(path.file_name().unwrap(), path).unwrap();
    }
    fs::create_dir(machine.claude("folder.jsonl")).unwrap();
    fs::write(machine.claude("whole.jsonl"), short("whole")).unwrap();
    let first = machine.import(&[]);
    assert_eq!(first["claude-code"]["imported"], 1);
    for source in ["claude-code", "codex-cli"] {
        assert_eq!(first[source]["problems"], 1, "{source}");
        let report = machine.doctor().remove(source).unwrap();
        assert_eq!((&report["problemCount"], &report["problems"][0]["kind"]), (&json!(1), &json!("unreadable")));
    }
    assert_eq!(problems(&machine), [problem("locked.jsonl", None, "unreadable")]);

    fs::remove_file(&claude).unwrap();
    fs::write(&claude, short("locked")).unwrap();
    let second = machine.import(&[]).remove("claude-code").unwrap();
    let counts: Vec<&Value> =
        ["imported", "updated", "unchanged", "problems"].iter().map(|name| &second[*name]).collect();
    assert_eq!(counts, [1, 0, 1, 0]);
    assert_eq!(problems(&machine), []);
}

/// `/proc/self/mem` opens, and then fails to be read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_read_is_named_and_imported_once_it_does_not() {
    let machine = Machine::new();
    let path = machine.claude("failing.jsonl");
    symlink("/proc/self/mem", &path).unwrap();
    fs::write(machine.claude("whole.jsonl"), short("whole")).unwrap();
    let first = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&first["imported"], &first["problems"]), (&json!(1), &json!(1)));
    assert_eq!(problems(&machine), [problem("failing.jsonl", None, "unreadable")]);
    assert_eq!(machine.import(&[])["claude-code"]["problems"], 1, "counted once, however often it fails");

    fs::remove_file(&path).unwrap();
    fs::write(&path, short("failing")).unwrap();
    let second = machine.import(&[]).remove("claude-code").unwrap();
    assert_eq!((&second["imported"], &second["problems"]), (&json!(1), &json!(0)));
    assert_eq!(problems(&machine), []);
}
