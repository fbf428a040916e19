//! Reads a session of the JSON tree: one file for each record, the ids in the paths.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use opensync_core::import::ProblemKind;

use super::expected;
use super::find::{entries, records};
use super::message::Draft;
use super::session::{Assembly, Header, Kin, Revert};
use crate::foreign_sqlite::{file_id, mtime_ns};
use crate::loose::Object;
use crate::tally::Tally;
use crate::{Origin, Sink, Unreadable};

/// Larger files are left out.
const MAX_FILE: u64 = 256 << 20;

/// Where the records of a session are.
pub(super) struct Files {
    session: PathBuf,
    messages: PathBuf,
    /// The folder with a folder for each message.
    parts: PathBuf,
    /// The project's file.
    project: Option<PathBuf>,
}

impl Files {
    /// Those of the session whose file this is.
    pub(super) fn of(session: &Path) -> Self {
        let id = session.file_stem().unwrap_or_default();
        let folder = session.parent().unwrap_or(Path::new(""));
        let above = folder.parent().unwrap_or(Path::new(""));
        let (messages, parts, project) = if folder.ends_with("session/info") {
            (above.join("message").join(id), above.join("part").join(id), None)
        } else {
            let storage = above.parent().unwrap_or(Path::new(""));
            let name = folder.file_name().unwrap_or_default();
            let project = storage.join("project").join(format!("{}.json", name.to_string_lossy()));
            (storage.join("message").join(id), storage.join("part"), Some(project))
        };
        Self { session: session.to_owned(), messages, parts, project }
    }

    /// Every file and folder that a change may show in.
    fn all(&self) -> Vec<PathBuf> {
        let mut all = vec![self.session.clone(), self.messages.clone()];
        for message in records(&self.messages, &mut Vec::new()) {
            let parts = self.parts.join(message.file_stem().unwrap_or_default());
            all.extend(records(&parts, &mut Vec::new()));
            all.extend([message, parts]);
        }
        all
    }

    /// All of them as one origin: a change of any is a change of the session.
    pub(super) fn origin(&self) -> io::Result<Origin> {
        let about = fs::metadata(&self.session)?;
        let (mut size, mut newest) = (0, 0);
        let all: Vec<Metadata> = self.all().iter().filter_map(|path| fs::metadata(path).ok()).collect();
        for about in &all {
            size += if about.is_file() { about.len() } else { 0 };
            newest = newest.max(mtime_ns(about));
        }
        let note = format!("files {}", all.len());
        Ok(Origin { path: self.session.clone(), size, mtime_ns: newest, file_id: file_id(&about), note })
    }
}

/// Reads one session with its messages and parts.
pub(super) fn read(origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
    let files = Files::of(&origin.path);
    let unreadable = |cause| Unreadable { path: origin.path.clone(), cause };
    let text = text(&files.session).map_err(unreadable)?;
    // A write in progress: what was read before stays until it is complete.
    let incomplete = || unreadable(io::Error::new(io::ErrorKind::InvalidData, "the file holds no JSON object"));
    let object = Object::parse(&text).ok_or_else(incomplete)?;
    let mut tally = Tally::default();
    expected::session_file(&mut tally, &object);
    let mut assembly = Assembly::new(header(&files, &object));
    let mut messages = Vec::new();
    for path in records(&files.messages, &mut Vec::new()) {
        let Some(text) = record(&path, "message", &mut tally) else { continue };
        let Some(data) = Object::parse(&text) else { continue };
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let at = data.object("time").time("created");
        messages.push((at, id, text));
    }
    messages.sort();
    for (at, id, text) in messages {
        let data = Object::parse(&text).unwrap_or_default();
        assembly.touch(data.object("time").time("completed").or(at));
        let mut draft = Draft::new(&id, at, &data, &mut tally);
        draft.revert_from(assembly.revert_from(&id));
        for path in entries(&files.parts.join(&id), &mut Vec::new()) {
            let is_record = path.extension().is_some_and(|end| end == "json");
            let Some(text) =
                Some(path.as_path()).filter(|_| is_record).and_then(|path| record(path, "part", &mut tally))
            else {
                continue;
            };
            draft.part(&path.file_stem().unwrap_or_default().to_string_lossy(), &text, &mut tally);
        }
        assembly.message(draft);
    }
    let ties = assembly.settle(&mut Kin::default());
    sink.session(assembly.finish(&ties).0);
    tally.report(sink);
    sink.advanced(origin.size);
    Ok(())
}

fn header(files: &Files, object: &Object<'_>) -> Header {
    let time = object.object("time");
    let project = files.project.as_deref().and_then(|path| text(path).ok()).unwrap_or_default();
    Header {
        id: files.session.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        parent: object.text("parentID"),
        slug: object.text("slug"),
        title: object.text("title"),
        directory: object.text("directory"),
        worktree: Object::parse(&project).and_then(|project| project.text("worktree")),
        branch: None,
        version: object.text("version"),
        model: None,
        provider: None,
        revert: Revert::new(&object.object("revert")),
        created: time.time("created"),
        updated: time.time("updated"),
        archived: time.number("archived").is_some(),
    }
}

/// A record that is complete; others are counted.
fn record(path: &Path, what: &str, tally: &mut Tally) -> Option<String> {
    let text = match text(path) {
        Ok(text) => text,
        // Gone since the folder was listed.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return None,
        Err(cause) => {
            tally.add(ProblemKind::Unreadable, format!("a {what} file: {}", cause.kind()));
            return None;
        }
    };
    if Object::parse(&text).is_none() {
        tally.add(
            ProblemKind::Unfinished,
            format!("a {what} file holds no JSON object; it is read again once it changes"),
        );
        return None;
    }
    Some(text)
}

fn text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}
