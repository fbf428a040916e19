//! Finds rollouts, the names of threads, and the file of one thread.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Quiet;
use super::records::Str;
use crate::{Origin, Unreadable, folder, jsonl};

const LIVE: &str = "sessions";
const ARCHIVED: &str = "archived_sessions";
/// Folders are named by year, month and day; nothing is deeper.
const DEPTH: usize = 6;

/// What the rest of the store says about a thread: the note of an [`Origin`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub archived: bool,
}

impl Note {
    /// Reads what [`find`] wrote.
    pub(super) fn of(origin: &Origin) -> Self {
        let mut note: Self = serde_json::from_str(&origin.note).unwrap_or_default();
        note.archived |= is_archived(&origin.path);
        note
    }
}

/// Every rollout below `root`: one file for each thread.
pub(super) fn find(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
    let mut files = Vec::new();
    for folder in [LIVE, ARCHIVED] {
        walk(&root.join(folder), DEPTH, &mut files, unreadable);
    }
    files.sort_by_cached_key(|path| rank(path));
    let mut names = names(root, unreadable);
    let mut origins: HashMap<String, Origin> = HashMap::new();
    for path in files {
        let Some(thread) = thread_of(&path).map(str::to_owned) else { continue };
        if origins.contains_key(&thread) {
            continue;
        }
        match fs::metadata(&path) {
            Ok(data) => {
                let note = Note { name: names.remove(&thread), archived: is_archived(&path) };
                let note = serde_json::to_string(&note).unwrap_or_default();
                origins.insert(thread, folder::origin(path, &data, note));
            }
            // Archived or compressed while we looked: the next round finds it.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => unreadable.push(Unreadable { path, cause }),
        }
    }
    let mut origins: Vec<_> = origins.into_values().collect();
    origins.sort_by(|one, other| one.path.cmp(&other.path));
    origins
}

/// The file of `thread` in the store that `near` is a file of.
pub(super) fn locate(near: &Path, thread: &str) -> Option<PathBuf> {
    let is_folder = |path: &&Path| path.file_name().is_some_and(|name| name == LIVE || name == ARCHIVED);
    let root = near.ancestors().find(is_folder).and_then(Path::parent).or_else(|| near.parent())?;
    // Agents start on the day of their parent, and forks often do: try its folder before all.
    let mut nearby = Vec::new();
    if let Some(folder) = near.parent() {
        walk(folder, 0, &mut nearby, &mut Vec::new());
    }
    let best = |files: Vec<PathBuf>| {
        files.into_iter().filter(|path| path != near && thread_of(path) == Some(thread)).min_by_key(|path| rank(path))
    };
    let everywhere = || {
        let mut files = Vec::new();
        for folder in [LIVE, ARCHIVED] {
            walk(&root.join(folder), DEPTH, &mut files, &mut Vec::new());
        }
        best(files)
    };
    best(nearby).filter(|path| !is_archived(path) && !is_compressed(path)).or_else(everywhere)
}

/// The thread a rollout's name tells: its uuid, or all of the name when it holds none.
pub(super) fn thread_of(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.strip_prefix("rollout-")?;
    let stem = [".jsonl", ".jsonl.zst", ".json"].iter().find_map(|end| name.strip_suffix(end))?;
    let uuid = stem.len().checked_sub(36).and_then(|at| stem.get(at..)).filter(|tail| is_uuid(tail));
    Some(uuid.unwrap_or(stem))
}

/// Whether the file is compressed.
pub(super) fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "zst")
}

fn is_archived(path: &Path) -> bool {
    path.ancestors().any(|folder| folder.file_name().is_some_and(|name| name == ARCHIVED))
}

/// Which of several files of a thread is read: a live one before an archived one, a plain one
/// before a compressed one.
fn rank(path: &Path) -> (bool, bool, PathBuf) {
    (is_archived(path), is_compressed(path), path.to_owned())
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, unreadable: &mut Vec<Unreadable>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return,
        Err(cause) => return unreadable.push(Unreadable { path: folder.to_owned(), cause }),
    };
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
            Ok((path, kind)) if kind.is_dir() => {
                if depth > 0 {
                    walk(&path, depth - 1, files, unreadable);
                }
            }
            Ok((path, _)) => {
                if thread_of(&path).is_some() {
                    files.push(path);
                }
            }
            Err(cause) => unreadable.push(Unreadable { path: folder.to_owned(), cause }),
        }
    }
}

/// The names users gave: the index is appended to, so the last entry of a thread counts.
fn names(root: &Path, unreadable: &mut Vec<Unreadable>) -> HashMap<String, String> {
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(borrow, default)]
        id: Str<'a>,
        #[serde(borrow, default)]
        thread_name: Str<'a>,
    }
    let mut names = HashMap::new();
    let path = root.join("session_index.jsonl");
    let read = jsonl::read(&path, &mut Quiet, |_, text, _| {
        let entry: Entry<'_> = serde_json::from_str(text)?;
        match entry.thread_name.owned() {
            Some(name) => names.insert(entry.id.to_string(), name),
            None => names.remove(&*entry.id),
        };
        Ok(())
    });
    match read {
        Err(error) if error.cause.kind() != io::ErrorKind::NotFound => unreadable.push(error),
        _ => {}
    }
    names
}
