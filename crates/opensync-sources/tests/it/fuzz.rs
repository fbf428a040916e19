//! Whatever is done to a file: nothing panics, all of it is read, and following it as it grows equals
//! reading it whole. The same mutations each time; `fuzz/` looks for others.

use std::fs;
use std::path::{Path, PathBuf};

use opensync_sources::{Origin, Source};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::follow::equals_whole;
use crate::home::{Home, source, store};
use crate::support::{Dice, Seen};

mod mutate;

/// How often the files of a source are damaged, one after another.
const ROUNDS: usize = 300;

/// A file that is damaged, and the one that is read then: itself, or the one it stands beside.
struct File {
    path: PathBuf,
    read: Origin,
    bytes: Vec<u8>,
}

impl File {
    /// Whether it is read line by line to its end, whatever is in it.
    fn has_lines(&self) -> bool {
        self.path == self.read.path && self.path.extension().is_some_and(|end| end == "jsonl")
    }

    fn is_database(&self) -> bool {
        self.bytes.starts_with(b"SQLite format 3\0")
    }
}

/// Every file a source finds, and those beside them.
fn files(source: &dyn Source, home: &Home) -> Vec<File> {
    let mut files = Vec::new();
    for root in source.about().roots {
        for read in source.find(&home.path(root), &mut Vec::new()) {
            let beside = ["settings.json", "meta.json"].map(|end| read.path.with_extension(end));
            let paths = [read.path.clone()].into_iter().chain(beside).filter(|path| path.is_file());
            files.extend(paths.map(|path| File { bytes: fs::read(&path).unwrap(), path, read: read.clone() }));
        }
    }
    files
}

fn survives(source: &dyn Source, files: &[File], rounds: usize) {
    assert!(!files.is_empty());
    let mut dice = Dice(0x5eed_c0de);
    for round in 0..rounds {
        let file = &files[round % files.len()];
        let mutate = if file.is_database() { mutate::database } else { mutate::text };
        let damaged = mutate(&file.bytes, &mut dice);
        survives_one(source, file, &damaged, &mut dice, &format!("{} round {round}", file.path.display()));
        fs::write(&file.path, &file.bytes).unwrap();
    }
}

fn survives_one(source: &dyn Source, file: &File, damaged: &[u8], dice: &mut Dice, when: &str) {
    let write = |bytes: &[u8]| {
        fs::write(&file.path, bytes).unwrap();
        source.again(&file.read).unwrap()
    };
    let origin = write(damaged);
    let mut seen = Seen::default();
    let read = source.read(&origin, &mut seen);
    for session in &seen.sessions {
        let mut ids: Vec<_> = session.messages.iter().map(|message| &message.external_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), session.messages.len(), "{when}");
        let mut keys: Vec<_> = session.responses.iter().map(|response| &response.key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), session.responses.len(), "{when}");
    }
    let Some(mut follower) = source.follow(&origin) else { return };
    let first = write(&damaged[..dice.roll(damaged.len())]);
    let _ = follower.read(&first, &mut Seen::default());
    let origin = write(damaged);
    if file.has_lines() {
        assert!(read.is_ok(), "{when}: {read:?}");
        assert!(seen.bytes >= damaged.len() as u64, "{when}: {} of {}", seen.bytes, damaged.len());
        equals_whole(source, &mut *follower, &origin, when);
    } else {
        // What can be opened of a database depends on what was hit.
        let _ = follower.read(&origin, &mut Seen::default());
    }
}

fn survives_all(id: &str) {
    let home = store(id);
    survives(source(id), &files(source(id), &home), ROUNDS);
}

/// A database without its log and without what only takes time.
fn shrink(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let log = "pragma wal_checkpoint(truncate); pragma journal_mode = delete;";
    connection.execute_batch(&format!("{log} {sql} vacuum")).unwrap();
}

#[test]
fn no_damage_of_claude_code_makes_it_panic() {
    survives_all("claude-code");
}

#[test]
fn no_damage_of_factory_droid_makes_it_panic() {
    survives_all("factory-droid");
}

#[test]
fn no_damage_of_gemini_cli_makes_it_panic() {
    survives_all("gemini-cli");
}

#[test]
fn no_damage_of_pi_makes_it_panic() {
    survives_all("pi");
}

#[test]
fn no_damage_of_codex_makes_it_panic() {
    let home = store("codex-cli");
    let all = files(source("codex-cli"), &home);
    let text = String::from_utf8(all[0].bytes.clone()).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let items = records.iter().filter(|record| record["type"] == "response_item");
    let items: Vec<_> = items.map(|record| &record["payload"]).collect();
    let name = |end: &str| format!(".codex/sessions/rollout-2025-05-01-019caa00-0000-7000-8000-000000000002.{end}");
    home.write(&name("json"), json!({"session": records[0]["payload"], "items": items}).to_string());
    home.write(&name("jsonl.zst"), zstd::encode_all(text.as_bytes(), 3).unwrap());
    let files = files(source("codex-cli"), &home);
    assert!(files.len() > all.len());
    survives(source("codex-cli"), &files, ROUNDS);
}

#[test]
fn no_damage_of_cursor_makes_it_panic() {
    survives_all("cursor");
}

#[test]
fn no_damage_of_opencode_makes_it_panic() {
    let home = store("opencode");
    shrink(&home.path(".local/share/opencode/opencode.db"), "delete from event;");
    survives(source("opencode"), &files(source("opencode"), &home), ROUNDS / 3);
}

#[test]
fn no_damage_of_the_files_of_opencode_makes_it_panic() {
    let home = Home::new();
    let storage = |name: &str| format!(".local/share/opencode/storage/{name}");
    let session = storage("session/p/ses_1.json");
    let (message, part) = (storage("message/ses_1/msg_1.json"), storage("part/msg_1/prt_1.json"));
    let time = json!({"created": 1_767_225_600_000_u64, "updated": 1_767_225_600_000_u64});
    let tokens = json!({"input": 1, "output": 2, "reasoning": 3, "cache": {"read": 4, "write": 5}});
    home.write(&session, json!({"id": "ses_1", "title": "x", "time": time, "directory": "/x"}).to_string());
    home.write(&message, json!({"role": "assistant", "time": time, "modelID": "m", "tokens": tokens}).to_string());
    let state = json!({"status": "completed", "input": {"a": 1}, "output": "x", "time": {"start": 1, "end": 2}});
    home.write(&part, json!({"type": "tool", "tool": "bash", "callID": "c", "state": state}).to_string());
    let read = files(source("opencode"), &home).remove(0).read;
    let file = |name: &String| {
        let path = home.path(name);
        File { bytes: fs::read(&path).unwrap(), path, read: read.clone() }
    };
    survives(source("opencode"), &[session, message, part].each_ref().map(file), ROUNDS);
}
