//! Lists the files of a store and describes them as [`Origin`]s.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::{Origin, Unreadable};

/// Every `.jsonl` file below `start`, at most `depth` folders deep, in the order of their paths.
/// Nothing at `start` is an empty list.
pub(crate) fn transcripts(start: &Path, depth: usize, unreadable: &mut Vec<Unreadable>) -> Vec<(PathBuf, Metadata)> {
    files(start, depth, &["jsonl"], unreadable)
}

/// Like [`transcripts`], for files whose names end in one of `endings`.
pub(crate) fn files(
    start: &Path,
    depth: usize,
    endings: &'static [&'static str],
    unreadable: &mut Vec<Unreadable>,
) -> Vec<(PathBuf, Metadata)> {
    let mut walk = Walk { found: Vec::new(), endings, linked: HashSet::new(), unreadable };
    walk.folder(start, depth);
    walk.found.sort_by(|one, two| one.0.cmp(&two.0));
    walk.found
}

/// The folder `name` in `root`, or `root` itself when it is that folder or has none of that name.
pub(crate) fn inside(root: &Path, name: &str) -> PathBuf {
    let inner = root.join(name);
    if !root.ends_with(name) && inner.is_dir() { inner } else { root.to_owned() }
}

/// Describes a file.
pub(crate) fn origin(path: PathBuf, about: &Metadata, note: String) -> Origin {
    Origin { path, size: about.len(), mtime_ns: mtime_ns(about), file_id: file_id(about), note }
}

/// Size and time of a companion file, for the note of an [`Origin`]; nothing when there is none.
pub(crate) fn stamp(name: &str, path: &Path) -> String {
    fs::metadata(path).map(|about| format!("{name} {} {}", about.len(), mtime_ns(&about))).unwrap_or_default()
}

/// The first bytes of a file that is looked into beside the one that is read: more than a header.
pub(crate) fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(64 << 10).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(crate) fn mtime_ns(about: &Metadata) -> i64 {
    let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
pub(crate) fn file_id(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
pub(crate) fn file_id(_: &Metadata) -> u64 {
    0
}

struct Walk<'a> {
    found: Vec<(PathBuf, Metadata)>,
    endings: &'static [&'static str],
    /// Real paths of linked folders, so that a circle of links ends.
    linked: HashSet<PathBuf>,
    unreadable: &'a mut Vec<Unreadable>,
}

impl Walk<'_> {
    fn is_wanted(&self, path: &Path) -> bool {
        path.extension().is_some_and(|end| self.endings.iter().any(|wanted| end == OsStr::new(wanted)))
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return,
            Err(cause) => return self.unreadable.push(Unreadable { path: folder.to_owned(), cause }),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(entry.path(), depth),
                Err(cause) => self.unreadable.push(Unreadable { path: folder.to_owned(), cause }),
            }
        }
    }

    fn entry(&mut self, path: PathBuf, depth: usize) {
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            // Gone since the folder was listed, or a link to nothing.
            Err(cause) if cause.kind() == ErrorKind::NotFound => return,
            Err(cause) => return self.unreadable.push(Unreadable { path, cause }),
        };
        if about.is_dir() {
            let new = !path.is_symlink() || path.canonicalize().is_ok_and(|real| self.linked.insert(real));
            if depth > 0 && new {
                self.folder(&path, depth - 1);
            }
        } else if about.is_file() && self.is_wanted(&path) {
            self.found.push((path, about));
        }
    }
}
