//! Which folder a project's store is for.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::loose::{Object, hex};

/// What the store tells about paths of projects.
pub(super) struct Projects {
    /// Paths by the short name of their folder.
    names: HashMap<String, String>,
    /// Paths by their SHA-256, for folders that are named by it.
    hashes: HashMap<String, String>,
}

impl Projects {
    /// Reads what is known in `.gemini`. `folders` are those of the projects.
    pub(super) fn read(gemini: &Path, folders: &[impl AsRef<Path>]) -> Self {
        let mut names = HashMap::new();
        let registry = fs::read_to_string(gemini.join("projects.json")).unwrap_or_default();
        let registry = Object::parse(&registry).unwrap_or_default().object("projects");
        for (path, _) in registry.fields() {
            names.extend(registry.text(path).map(|name| (name, path.to_owned())));
        }
        for folder in folders {
            let name = folder.as_ref().file_name().map(|name| name.to_string_lossy().into_owned());
            names.extend(name.zip(marked(folder.as_ref())));
        }
        let trusted = fs::read_to_string(gemini.join("trustedFolders.json")).unwrap_or_default();
        let trusted = Object::parse(&trusted).unwrap_or_default();
        let home = gemini.parent().map(|home| home.to_string_lossy().into_owned());
        let known = names.values().cloned().chain(trusted.fields().map(|(path, _)| path.to_owned())).chain(home);
        // A folder above a known one may be another project.
        let all = known.flat_map(|path| Path::new(&path).ancestors().map(Path::to_owned).collect::<Vec<_>>());
        let hashes = all.map(|path| path.to_string_lossy().into_owned()).map(|path| (hash(&path), path)).collect();
        Self { names, hashes }
    }

    /// The path of the project whose folder in the store is called `name`.
    pub(super) fn path(&self, name: &str) -> Option<&str> {
        self.names.get(name).or_else(|| self.hashes.get(name)).map(String::as_str)
    }
}

/// What Gemini CLI calls a project by its path.
pub(super) fn hash(path: &str) -> String {
    hex(&Sha256::digest(path.as_bytes()))
}

/// The path in the file that says whose folder it is.
fn marked(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(".project_root")).ok()?;
    Some(text.trim().to_owned()).filter(|path| !path.is_empty())
}
