//! Finds the editor's databases, chats and transcripts.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::places::Places;
use crate::foreign_sqlite::{self, file_id, mtime_ns};
use crate::{Origin, Unreadable};

/// What the rest of the store says about a chat or a transcript: the note of an [`Origin`].
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Note {
    /// Sizes and times of the files beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    files: String,
    /// The folder it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The conversation that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

impl Note {
    /// Reads what [`find`] wrote.
    pub(super) fn of(origin: &Origin) -> Self {
        serde_json::from_str(&origin.note).unwrap_or_default()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Every file of the stores below `root`, the editor's folder or `~/.cursor`.
pub(super) fn find(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
    let mut origins = Vec::new();
    let mut databases = vec![root.join("globalStorage/state.vscdb")];
    databases.extend(entries(&root.join("workspaceStorage"), unreadable).iter().map(|id| id.join("state.vscdb")));
    for path in databases {
        take(foreign_sqlite::origin(path.clone()), path, &mut origins, unreadable);
    }
    command_line(root, &mut origins, unreadable);
    origins.sort_by(|one, other| one.path.cmp(&other.path));
    origins
}

/// Chats and transcripts below `~/.cursor`. What their folders' names stand for is looked up here,
/// once for all of them.
fn command_line(root: &Path, origins: &mut Vec<Origin>, unreadable: &mut Vec<Unreadable>) {
    let (chats, transcripts) = (chats(root, unreadable), transcripts(root, unreadable));
    if chats.is_empty() && transcripts.is_empty() {
        return;
    }
    let folders = Places::around(&root.join("chats")).folders();
    let parents: HashMap<_, _> = transcripts.iter().filter_map(|path| Some((id_of(path), parent_of(path)?))).collect();
    for path in chats {
        let folder = path.parent().unwrap_or(root);
        let hash = folder.parent().and_then(Path::file_name).unwrap_or_default();
        let project = folders.by_md5(&hash.to_string_lossy());
        let parent = parents.get(&*folder.file_name().unwrap_or_default().to_string_lossy()).cloned();
        take(chat_origin(&path, project, parent), path, origins, unreadable);
    }
    let mut projects = HashMap::new();
    for path in transcripts {
        let is_project = |folder: &&Path| folder.parent().is_some_and(|above| above.ends_with("projects"));
        let project = path
            .ancestors()
            .find(is_project)
            .and_then(|folder| projects.entry(folder.to_owned()).or_insert_with(|| folders.by_name(folder)).clone());
        take(transcript_origin(&path, project), path, origins, unreadable);
    }
}

/// The conversation a transcript is of.
pub(super) fn id_of(transcript: &Path) -> String {
    transcript.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The `store.db` of every chat below `~/.cursor`.
pub(super) fn chats(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let mut chats = Vec::new();
    for project in entries(&root.join("chats"), unreadable) {
        chats.extend(entries(&project, unreadable).iter().map(|chat| chat.join("store.db")));
    }
    chats.retain(|path| path.is_file());
    chats
}

/// How good a transcript is: with content, of the newer kind, in the current place, long.
type Rank = (bool, bool, usize, u64);

/// One transcript for each conversation below `~/.cursor`, the best one.
fn transcripts(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let mut best: HashMap<String, (Rank, PathBuf)> = HashMap::new();
    for path in all_transcripts(root, unreadable) {
        let id = id_of(&path);
        let size = fs::metadata(&path).map_or(0, |about| about.len());
        let rank = (size > 0, path.extension().is_some_and(|end| end == "jsonl"), path.components().count(), size);
        match best.get(&id) {
            Some((better, _)) if *better >= rank => {}
            _ => drop(best.insert(id, (rank, path))),
        }
    }
    best.into_values().map(|(_, path)| path).collect()
}

/// Files of transcripts, several of one conversation included, in the order of their paths.
pub(super) fn all_transcripts(root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for project in entries(&root.join("projects"), unreadable) {
        for path in entries(&project.join("agent-transcripts"), unreadable) {
            if path.is_dir() {
                files.extend(entries(&path, unreadable));
                files.extend(entries(&path.join("subagents"), unreadable));
            } else {
                files.push(path);
            }
        }
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "jsonl" || end == "txt"));
    files
}

/// The conversation that started the one a transcript is of: its path tells.
pub(super) fn parent_of(transcript: &Path) -> Option<String> {
    let folder = transcript.parent()?;
    let parent = folder.parent().filter(|_| folder.ends_with("subagents"))?;
    Some(parent.file_name()?.to_string_lossy().into_owned())
}

/// What is in a folder, in order; nothing when there is no folder.
pub(super) fn entries(folder: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<PathBuf> {
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = list().unwrap_or_else(|cause| {
        if !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            unreadable.push(Unreadable { path: folder.to_owned(), cause });
        }
        Vec::new()
    });
    paths.sort();
    paths
}

/// Describes a file as it is now; what the rest of the store says of it stays.
pub(super) fn again(origin: &Origin) -> io::Result<Origin> {
    let note = Note::of(origin);
    match origin.path.extension().and_then(|end| end.to_str()) {
        Some("vscdb") => foreign_sqlite::origin(origin.path.clone()),
        Some("db") => chat_origin(&origin.path, note.project, note.parent),
        _ => transcript_origin(&origin.path, note.project),
    }
}

fn chat_origin(path: &Path, project: Option<String>, parent: Option<String>) -> io::Result<Origin> {
    let mut origin = foreign_sqlite::origin(path.to_owned())?;
    let meta = fs::metadata(path.with_file_name("meta.json"));
    let meta = meta.map_or_else(|_| String::new(), |meta| format!("meta {} {}", meta.len(), mtime_ns(&meta)));
    let files = format!("{} {meta}", origin.note).trim().to_owned();
    origin.note = Note { files, project, parent }.text();
    Ok(origin)
}

fn transcript_origin(path: &Path, project: Option<String>) -> io::Result<Origin> {
    let about = fs::metadata(path)?;
    let (size, mtime_ns, file_id) = (about.len(), mtime_ns(&about), file_id(&about));
    let note = Note { project, ..Note::default() }.text();
    Ok(Origin { path: path.to_owned(), size, mtime_ns, file_id, note })
}

fn take(origin: io::Result<Origin>, path: PathBuf, origins: &mut Vec<Origin>, unreadable: &mut Vec<Unreadable>) {
    match origin {
        Ok(origin) => origins.push(origin),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => unreadable.push(Unreadable { path, cause }),
    }
}
