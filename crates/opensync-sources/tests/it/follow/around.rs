//! What other files say of a file that is followed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use opensync_sources::claude_code::ClaudeCode;
use opensync_sources::codex::Codex;
use opensync_sources::factory_droid::FactoryDroid;
use opensync_sources::{Origin, Source};

use super::{equals_whole, found};
use crate::home::Home;

fn of(source: &dyn Source, home: &Home, folder: &str, name: &str) -> Origin {
    let is_it = |origin: &Origin| origin.path.to_string_lossy().contains(name);
    found(source, &home.path(folder)).into_iter().find(is_it).unwrap()
}

/// Takes the last `lines` lines from a file.
fn shorten(path: &Path, lines: usize) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let all: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (kept, cut) = all.split_at(all.len() - lines);
    fs::write(path, kept.concat()).unwrap();
    cut.concat()
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_codex_agent_learns_later_which_call_started_it() {
    let home = Home::with(&[".codex"]);
    let parent = of(&Codex, &home, ".codex", "01a208b9-e0ff-7930-83cb-472667bde646");
    let child = of(&Codex, &home, ".codex", "01a208b9-e177-7620-9408-10210e3a920c");
    let whole = fs::read(&parent.path).unwrap();
    let at = whole.windows(14).position(|bytes| bytes == b"01a208b9-e177-").unwrap();
    let line = whole[..at].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&parent.path, &whole[..line]).unwrap();
    let last = shorten(&child.path, 1);

    let mut follower = Codex.follow(&child).unwrap();
    let seen = equals_whole(&Codex, &mut *follower, &child, "before the call's output");
    assert_eq!(seen.sessions[0].parent.as_ref().unwrap().call_id, None);
    fs::write(&parent.path, &whole).unwrap();
    append(&child.path, &last);
    let seen = equals_whole(&Codex, &mut *follower, &child, "after it");
    assert!(seen.sessions[0].parent.as_ref().unwrap().call_id.is_some());
    // From now on all is known.
    append(&child.path, &last);
    let seen = equals_whole(&Codex, &mut *follower, &child, "later");
    assert!(seen.bytes < 8192 + 1 + last.len() as u64, "{}", seen.bytes);
}

#[test]
fn forks_cost_what_was_appended_once_their_own_lines_began() {
    let home = Home::with(&[".codex"]);
    for name in ["01a208b9-f812-77c2-bb2b-31bf66ece0c8", "01a208ba-1ab6-7652-acd0-1aaa3afc90fa"] {
        let fork = of(&Codex, &home, ".codex", name);
        let last = shorten(&fork.path, 1);
        let mut follower = Codex.follow(&fork).unwrap();
        let first = equals_whole(&Codex, &mut *follower, &fork, name).bytes;
        assert!(first > 8192 + last.len() as u64);
        append(&fork.path, &last);
        let seen = equals_whole(&Codex, &mut *follower, &fork, name);
        assert!(seen.bytes <= 8192 + last.len() as u64, "{name}: {}", seen.bytes);
    }
}

#[test]
fn a_name_and_an_archive_of_codex_come_with_the_note() {
    let home = Home::with(&[".codex"]);
    let mut origin = of(&Codex, &home, ".codex/", "01a208b9-912d-7a60-a7b3-986bde1a0e98");
    let mut follower = Codex.follow(&origin).unwrap();
    equals_whole(&Codex, &mut *follower, &origin, "first");
    origin.note = r#"{"name":"The shop","archived":true}"#.to_owned();
    let seen = equals_whole(&Codex, &mut *follower, &origin, "named");
    assert_eq!(seen.sessions[0].title.as_ref().unwrap().0, "The shop");
    assert!(seen.sessions[0].archived && seen.bytes <= 8192);
}

#[test]
fn a_sub_agent_of_claude_code_gets_its_description_later() {
    let home = Home::with(&[".claude"]);
    let origin = of(&ClaudeCode, &home, ".claude", "agent-ab8aa6462e9ff05ce");
    let meta = origin.path.with_extension("meta.json");
    let text = fs::read(&meta).unwrap();
    fs::remove_file(&meta).unwrap();
    let without = ClaudeCode.again(&origin).unwrap();
    let mut follower = ClaudeCode.follow(&without).unwrap();
    equals_whole(&ClaudeCode, &mut *follower, &without, "without");
    fs::write(&meta, text).unwrap();
    let with = ClaudeCode.again(&origin).unwrap();
    assert_ne!(with.note, without.note);
    equals_whole(&ClaudeCode, &mut *follower, &with, "with");
}

#[test]
fn totals_of_a_droid_session_follow_its_settings() {
    let home = Home::with(&[".factory/sessions"]);
    let origin = of(&FactoryDroid, &home, ".factory/sessions", "11220dc3-fb8a-4223-8e3a-47f5c40fbf77.jsonl");
    let settings = origin.path.with_extension("settings.json");
    let mut follower = FactoryDroid.follow(&origin).unwrap();
    let mut step = |text: Option<&str>, when: &str| {
        match text {
            Some(text) => fs::write(&settings, text).unwrap(),
            None => fs::remove_file(&settings).unwrap(),
        }
        let again = FactoryDroid.again(&origin).unwrap();
        equals_whole(&FactoryDroid, &mut *follower, &again, when)
    };
    let seen = step(Some(r#"{"tokenUsage":{"inputTokens":7,"outputTokens":9}}"#), "first");
    assert_eq!(seen.sessions[0].responses[0].usage.output, 9);
    let seen = step(Some(r#"{"tokenUsage":{"inputTokens":8,"outputTokens":12}}"#), "grown");
    assert_eq!(seen.sessions[0].responses[0].usage.output, 12);
    assert!(seen.bytes <= 8192);
    let seen = step(Some("{\"tokenUsage\":"), "damaged");
    assert_eq!(seen.problems.len(), 1);
    let seen = step(Some(r#"{"tags":[{"name":"subagent","metadata":{"callingSessionId":"S0"}}]}"#), "an agent's");
    assert!(seen.sessions[0].sidechain);
    step(None, "gone");
}
