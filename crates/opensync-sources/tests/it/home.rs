//! A home directory that is made for a test and must be found as it was left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use opensync_sources::{ALL, Source};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::Seen;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients/home");
const GEMINI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/gemini-cli");

/// Files below a temporary folder.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A copy of these folders of the real clients' home.
    pub fn with(folders: &[&str]) -> Self {
        Self::of(FIXTURES, folders)
    }

    /// A copy of these folders of another home.
    pub fn of(from: &str, folders: &[&str]) -> Self {
        let home = Self::new();
        for folder in folders {
            copy(&Path::new(from).join(folder), &home.path(folder));
        }
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// A database to fill; it is closed when the value goes.
    pub fn database(&self, name: &str) -> Connection {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        Connection::open(path).unwrap()
    }

    /// Every file with its content.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.folder.path(), &mut files);
        files
    }

    /// What a source reads in all its roots; nothing in them changes by that.
    pub fn seen(&self, source: &dyn Source) -> Seen {
        let before = self.files();
        let mut seen = Seen::default();
        for root in source.about().roots {
            let root = self.path(root);
            if root.exists() {
                seen.extend(Seen::of(source, &root));
            }
        }
        assert!(before == self.files(), "reading changed the store");
        seen
    }
}

/// The source with this id.
pub fn source(id: &str) -> &'static dyn Source {
    *ALL.iter().find(|source| source.about().id == id).unwrap()
}

/// A copy of the store of this source.
pub fn store(id: &str) -> Home {
    match id {
        "gemini-cli" => Home::of(GEMINI, &[".gemini"]),
        "claude-code" => Home::with(&[".claude"]),
        "codex-cli" => Home::with(&[".codex"]),
        "cursor" => Home::with(&[".config", ".cursor"]),
        "factory-droid" => Home::with(&[".factory/sessions"]),
        "opencode" => Home::with(&[".local/share/opencode"]),
        "pi" => Home::with(&[".pi/agent/sessions"]),
        other => panic!("no store of {other}"),
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        // Not `fs::copy`: the copies must be writable whatever the originals are.
        fs::write(to, fs::read(from).unwrap()).unwrap();
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(path.clone(), fs::read(path).unwrap());
        }
    }
}
