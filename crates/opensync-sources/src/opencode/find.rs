//! Finds databases and the sessions of the JSON tree.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::database;
use super::tree::Files;
use crate::{Origin, Unreadable, foreign_sqlite};

/// Every database below `root`, and every session that is in files alone.
pub(super) fn find(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
    let mut origins = Vec::new();
    let databases = databases(root, unreadable);
    let sessions = sessions(root, unreadable);
    let mut known = HashSet::new();
    if !sessions.is_empty() {
        known = databases.iter().flat_map(|path| database::updated(path).into_keys()).collect();
    }
    for path in databases {
        take(foreign_sqlite::origin(path.clone()), path, &mut origins, unreadable);
    }
    // The newest file tells which of two copies of a session is the live one.
    let mut files: Vec<_> = Vec::new();
    for path in sessions {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !known.contains(&id) {
            take(Files::of(&path).origin(), path, &mut files, unreadable);
        }
    }
    files.sort_by(|one, other| other.mtime_ns.cmp(&one.mtime_ns).then_with(|| one.path.cmp(&other.path)));
    let mut taken = HashSet::new();
    origins.extend(files.into_iter().filter(|file| taken.insert(file.path.file_name().map(ToOwned::to_owned))));
    origins.sort_by(|one, other| one.path.cmp(&other.path));
    origins
}

/// The databases of all channels in a folder.
pub(super) fn databases(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let is_database = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let channel = name.strip_prefix("opencode").and_then(|rest| rest.strip_suffix(".db"));
        channel.is_some_and(|channel| channel.is_empty() || channel.starts_with('-')) && path.is_file()
    };
    let mut databases = entries(root, unreadable);
    databases.retain(is_database);
    databases
}

/// The session files of both layouts.
fn sessions(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let mut folders = entries(&root.join("storage/session"), unreadable);
    for project in entries(&root.join("project"), unreadable) {
        folders.push(project.join("storage/session/info"));
    }
    folders.retain(|folder| folder.is_dir());
    folders.iter().flat_map(|folder| records(folder, unreadable)).collect()
}

/// The JSON files of a folder by name. Others are being written, or of other programs.
pub(super) fn records(folder: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let mut records = entries(folder, unreadable);
    records.retain(|path| path.extension().is_some_and(|end| end == "json"));
    records
}

/// What is in a folder, in order, dot files left out; nothing when there is no folder.
pub(super) fn entries(folder: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let listed =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = listed.unwrap_or_else(|cause| {
        if !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            unreadable.push(Unreadable { path: folder.to_owned(), cause });
        }
        Vec::new()
    });
    paths.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    paths.sort();
    paths
}

fn take(origin: io::Result<Origin>, path: PathBuf, origins: &mut Vec<Origin>, unreadable: &mut Vec<Unreadable>) {
    match origin {
        Ok(origin) => origins.push(origin),
        // Gone since the folder was listed.
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => unreadable.push(Unreadable { path, cause }),
    }
}
