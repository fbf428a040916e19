//! The files of sessions, and what their names say.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::project::Projects;
use crate::{Origin, Unreadable, folder};

/// How the name of a session's file begins, unless it is a sub-agent's.
const PREFIX: &str = "session-";

/// All files of sessions; the note of each is the path of its project, when that is known.
pub(super) fn origins(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
    let tmp = folder::inside(&folder::inside(root, ".gemini"), "tmp");
    // Anything else is no store, and a home has many folders that are none of its business.
    if !tmp.ends_with("tmp") {
        return Vec::new();
    }
    let folders = match list(&tmp) {
        Ok(folders) => folders,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Vec::new(),
        Err(cause) => {
            unreadable.push(Unreadable { path: tmp, cause });
            return Vec::new();
        }
    };
    let projects = Projects::read(tmp.parent().unwrap_or(&tmp), &folders);
    let mut newest: BTreeMap<PathBuf, Origin> = BTreeMap::new();
    for project in folders.into_iter().filter(|folder| folder.is_dir()) {
        let note = projects.path(&project.file_name().unwrap_or_default().to_string_lossy()).unwrap_or_default();
        let chats = project.join("chats");
        for (path, about) in folder::files(&chats, 1, &["json", "jsonl"], unreadable) {
            let Ok(name) = path.strip_prefix(&chats) else { continue };
            if name.components().count() == 1 && !name.to_string_lossy().starts_with(PREFIX) {
                continue;
            }
            let (name, origin) = (name.with_extension(""), folder::origin(path, &about, note.to_owned()));
            match newest.get(&name) {
                Some(other) if rank(other) >= rank(&origin) => {}
                _ => drop(newest.insert(name, origin)),
            }
        }
    }
    let mut origins: Vec<_> = newest.into_values().collect();
    origins.sort_by(|one, two| one.path.cmp(&two.path));
    origins
}

/// Which of two files of one session counts: the one that lines are added to, then the newer one.
/// There are two when one of the older layout was resumed, and when a project got a short name: its
/// files are copied, and the copies go on.
fn rank(origin: &Origin) -> (bool, i64, u64, bool) {
    let is_lines = origin.path.extension().is_some_and(|end| end == "jsonl");
    let folder = origin.path.ancestors().find(|folder| folder.ends_with("chats")).and_then(Path::parent);
    let folder = folder.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let is_hash = folder.len() == 64 && folder.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_lines, origin.mtime_ns, origin.size, !is_hash)
}

/// The session that a sub-agent works for: the folder of its file says so.
pub(super) fn parent(path: &Path) -> Option<String> {
    let folder = path.parent()?.file_name()?.to_string_lossy().into_owned();
    (folder != "chats" && path.ancestors().nth(2)?.ends_with("chats")).then_some(folder)
}

/// What the name of a file says about the id of its session: the start of it, of a sub-agent's all.
pub(super) fn named(path: &Path) -> String {
    let stem = stem(path);
    taken_apart(&stem).map_or(stem.clone(), |(_, id)| id.to_owned())
}

/// The time in the name of a file, when an earlier file has the session `id` as well.
///
/// The client begins a new file under the same id when it clears the conversation by itself. Both
/// files are conversations of their own.
pub(super) fn repeated(path: &Path, id: &str) -> Option<String> {
    let stem = stem(path);
    let (time, start) = taken_apart(&stem)?;
    let earlier = list(path.parent()?).ok()?.into_iter().any(|other| {
        let other_stem = self::stem(&other);
        let is_earlier = taken_apart(&other_stem).is_some_and(|(at, other)| other == start && at < time);
        is_earlier && folder::first_bytes(&other).is_some_and(|bytes| memmem::find(&bytes, id.as_bytes()).is_some())
    });
    earlier.then(|| time.to_owned())
}

/// Time and start of the id in `session-<time>-<start of the id>`.
fn taken_apart(stem: &str) -> Option<(&str, &str)> {
    stem.strip_prefix(PREFIX)?.rsplit_once('-')
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder, in the order of names.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
