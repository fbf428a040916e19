//! Where the stores of the agents are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use opensync_sources::{About, Origin, Source, Unreadable};

/// Where to look: a home directory, and what the environment says about single sources.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    /// The home directory.
    pub home: PathBuf,
    /// Values of the sources' own variables, by variable name.
    pub env: Vec<(String, String)>,
}

/// A source and the files of its store.
pub struct Found {
    /// The source.
    pub source: &'static dyn Source,
    /// Its files, newest first.
    pub origins: Vec<Origin>,
    /// Folders that could not be listed.
    pub unreadable: Vec<Unreadable>,
}

/// A place a store may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The folder.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
}

impl Homes {
    /// The places the store of a tool may be in.
    pub fn roots(&self, about: &About) -> Vec<Root> {
        let env = self.env.iter().find(|(name, _)| !about.env.is_empty() && name == about.env);
        opensync_sources::roots(about, &self.home, env.map(|(_, value)| value.as_str()))
            .into_iter()
            .map(|path| Root { exists: path.exists(), path })
            .collect()
    }

    /// Lists the files of one source. Blocking; parses nothing.
    pub fn find(&self, source: &'static dyn Source) -> Found {
        let mut unreadable = Vec::new();
        let mut origins = Vec::new();
        let mut seen = HashSet::new();
        for root in self.roots(source.about()) {
            if !root.exists || !seen.insert(real(&root.path)) {
                continue;
            }
            origins.extend(source.find(&root.path, &mut unreadable));
        }
        let mut paths = HashSet::new();
        origins.retain(|origin| paths.insert(origin.path.clone()));
        origins.sort_by(|a, b| b.mtime_ns.cmp(&a.mtime_ns).then_with(|| a.path.cmp(&b.path)));
        Found { source, origins, unreadable }
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
