//! Files of lines.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use opensync_core::import::ProblemKind;
use opensync_sources::claude_code::ClaudeCode;
use opensync_sources::codex::Codex;
use opensync_sources::factory_droid::FactoryDroid;
use opensync_sources::pi::Pi;
use opensync_sources::{Origin, Source};

use super::{equals_whole, found};
use crate::home::Home;
use crate::support::{Dice, Seen};

/// Sources whose files grow line by line, with the folder of their fixtures.
const SOURCES: [(&dyn Source, &str); 4] =
    [(&ClaudeCode, ".claude"), (&Codex, ".codex"), (&FactoryDroid, ".factory/sessions"), (&Pi, ".pi/agent/sessions")];

/// A file may cost this much beyond what was appended.
const ALLOWED: u64 = 16 << 10;

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Grows every file of a store from nothing, in pieces that end anywhere.
#[test]
fn a_file_that_grows_is_read_as_if_it_were_read_whole() {
    let mut dice = Dice(0x00c0_ffee);
    for (source, folder) in SOURCES {
        let home = Home::with(&[folder]);
        for original in found(source, &home.path(folder)) {
            let bytes = fs::read(&original.path).unwrap();
            for round in 0..3 {
                fs::write(&original.path, b"").unwrap();
                let mut follower = source.follow(&original).unwrap();
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    // To the end of a line, a little further, or anywhere.
                    let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                    let piece = match dice.roll(4) {
                        0 => line,
                        1 => line - 1,
                        2 => line + dice.roll(40),
                        _ => dice.roll(rest.len()) + 1,
                    };
                    let (piece, later) = rest.split_at(piece.clamp(1, rest.len()));
                    append(&original.path, piece);
                    rest = later;
                    let origin = source.again(&original).unwrap();
                    let when = format!("{}, round {round}, {} left", original.path.display(), rest.len());
                    equals_whole(source, &mut *follower, &origin, &when);
                }
            }
            fs::write(&original.path, bytes).unwrap();
        }
    }
}

#[test]
fn every_line_after_another_equals_reading_whole() {
    for (source, folder) in SOURCES {
        let home = Home::with(&[folder]);
        for original in found(source, &home.path(folder)) {
            let bytes = fs::read(&original.path).unwrap();
            fs::write(&original.path, b"").unwrap();
            let mut follower = source.follow(&original).unwrap();
            let mut told = 0;
            for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
                append(&original.path, line);
                let origin = source.again(&original).unwrap();
                let when = format!("{} line {}", original.path.display(), number + 1);
                told += equals_whole(source, &mut *follower, &origin, &when).bytes;
            }
            assert!(told >= bytes.len() as u64);
        }
    }
}

/// A file of at least so many bytes, made of a fixture's own lines, and its last line.
fn large(source: &dyn Source, home: &Home, folder: &str, size: usize) -> (Origin, Vec<u8>) {
    let origins = found(source, &home.path(folder));
    let original = origins.into_iter().max_by_key(|origin| origin.size).unwrap();
    let bytes = fs::read(&original.path).unwrap();
    let times = size / bytes.len() + 1;
    fs::write(&original.path, bytes.repeat(times)).unwrap();
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    (source.again(&original).unwrap(), lines[lines.len() - 1].to_vec())
}

#[test]
fn an_appended_line_costs_what_was_appended() {
    for (source, folder) in SOURCES {
        let home = Home::with(&[folder]);
        let (origin, line) = large(source, &home, folder, 3 << 20);
        let mut follower = source.follow(&origin).unwrap();
        assert_eq!(follower.weight(), 0);
        let first = equals_whole(source, &mut *follower, &origin, folder);
        assert_eq!(first.bytes, origin.size, "{folder}");
        assert!(follower.weight() > 10_000, "{folder}: {}", follower.weight());
        for _ in 0..3 {
            append(&origin.path, &line);
            let mut next = Seen::default();
            follower.read(&source.again(&origin).unwrap(), &mut next).unwrap();
            let costs = next.bytes;
            assert!(costs >= line.len() as u64 && costs <= line.len() as u64 + ALLOWED, "{folder}: {costs}");
        }
        // A line in the making is read again, until it ends.
        append(&origin.path, &line[..line.len() / 2]);
        let next = equals_whole(source, &mut *follower, &source.again(&origin).unwrap(), folder);
        assert!(next.problems.iter().any(|problem| problem.kind == ProblemKind::Unfinished), "{folder}");
        append(&origin.path, &line[line.len() / 2..]);
        let next = equals_whole(source, &mut *follower, &source.again(&origin).unwrap(), folder);
        assert!(next.bytes <= line.len() as u64 + ALLOWED, "{folder}");
    }
}

#[test]
fn a_file_that_is_not_what_it_was_is_read_from_its_start() {
    for (source, folder) in SOURCES {
        let home = Home::with(&[folder]);
        let (origin, _) = large(source, &home, folder, 200 << 10);
        let bytes = fs::read(&origin.path).unwrap();
        let mut follower = source.follow(&origin).unwrap();
        let mut changes = |what: &str| {
            let origin = source.again(&origin).unwrap();
            let seen = equals_whole(source, &mut *follower, &origin, what);
            assert!(seen.bytes >= origin.size, "{folder}, {what}: {} of {}", seen.bytes, origin.size);
        };
        changes("new");
        fs::write(&origin.path, &bytes[..bytes.len() / 2]).unwrap();
        changes("cut");
        let aside = origin.path.with_extension("aside");
        fs::write(&aside, &bytes).unwrap();
        fs::rename(&aside, &origin.path).unwrap();
        changes("replaced");
        let mut other = bytes.clone();
        let at = other.iter().position(u8::is_ascii_digit).unwrap();
        other[at] = if other[at] == b'1' { b'2' } else { b'1' };
        fs::write(&origin.path, &other).unwrap();
        changes("another start");
        let at = bytes.len() - 100;
        other.truncate(at);
        other.extend_from_slice(&bytes[..at]);
        fs::write(&origin.path, &other).unwrap();
        changes("another end, and longer");
    }
}

#[test]
fn a_file_is_described_again_without_its_store() {
    for (source, folder) in SOURCES {
        let home = Home::with(&[folder]);
        for origin in found(source, &home.path(folder)) {
            assert_eq!(source.again(&origin).unwrap(), origin);
            append(&origin.path, b"\n");
            let again = source.again(&origin).unwrap();
            assert_eq!((again.size, &again.note), (origin.size + 1, &origin.note));
            fs::remove_file(&origin.path).unwrap();
            assert_eq!(source.again(&origin).unwrap_err().kind(), ErrorKind::NotFound);
        }
    }
}

#[test]
fn a_file_that_is_gone_is_an_error_and_is_followed_again_when_it_is_back() {
    let home = Home::with(&[".pi/agent/sessions"]);
    let origin = found(&Pi, &home.path(".pi/agent/sessions")).remove(0);
    let bytes = fs::read(&origin.path).unwrap();
    let mut follower = Pi.follow(&origin).unwrap();
    equals_whole(&Pi, &mut *follower, &origin, "there");
    fs::remove_file(&origin.path).unwrap();
    assert!(follower.read(&origin, &mut Seen::default()).is_err());
    fs::write(&origin.path, bytes).unwrap();
    equals_whole(&Pi, &mut *follower, &origin, "back");
}
