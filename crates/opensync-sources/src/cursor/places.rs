//! Where the stores of one home are, and which folder a name of them stands for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use super::find::{chats, entries, parent_of};
use super::{ABOUT, chat, composer, find};
use crate::foreign_sqlite::Database;
use crate::loose::{Object, hex, percent_decoded};
use crate::tally::Tally;

/// The command line's folder below the home directory.
const CLI: &str = ".cursor";
/// At most so many folders are listed to find one whose name was encoded.
const MAX_LISTED: u32 = 200;

/// The stores of the home directory a file is in.
pub(super) struct Places {
    /// The editor's folders that exist.
    editors: Vec<PathBuf>,
    cli: Option<PathBuf>,
}

impl Places {
    /// Those beside this file.
    pub(super) fn around(path: &Path) -> Self {
        let is_home = |folder: &&Path| ABOUT.roots.iter().any(|root| path.starts_with(folder.join(root)));
        let home = path.ancestors().skip(1).find(is_home);
        let mut editors: Vec<_> =
            home.into_iter().flat_map(|home| ABOUT.roots.iter().map(|root| home.join(root))).collect();
        // A folder the user moved.
        let is_editor = |folder: &&Path| folder.join("globalStorage").is_dir();
        editors.extend(path.ancestors().find(is_editor).map(Path::to_owned));
        editors.retain(|folder| !folder.ends_with(CLI) && folder.is_dir());
        editors.dedup();
        let is_cli = |folder: &&Path| folder.ends_with(CLI);
        let cli = home.map(|home| home.join(CLI)).or_else(|| path.ancestors().find(is_cli).map(Path::to_owned));
        Self { editors, cli: cli.filter(|folder| folder.is_dir()) }
    }

    /// The editor's databases of conversations.
    fn globals(&self) -> impl Iterator<Item = PathBuf> {
        self.editors.iter().map(|folder| folder.join("globalStorage/state.vscdb")).filter(|path| path.is_file())
    }

    /// Whether the editor's main database, other than `except`, has this conversation.
    pub(super) fn in_editor(&self, id: &str, except: &Path) -> bool {
        let has = |path: PathBuf| {
            let database = Database::glance(&path).ok()?;
            let value = super::editor::value(&database, "cursorDiskKV", &format!("composerData:{id}"))?;
            Object::parse(&value).map(|composer| composer::has_conversation(&composer))
        };
        self.globals().filter(|path| path != except).any(|path| has(path) == Some(true))
    }

    /// Whether the command line has this chat.
    pub(super) fn in_chats(&self, id: &str) -> bool {
        let folders = self.cli.iter().flat_map(|cli| entries(&cli.join("chats"), &mut Vec::new()));
        let mut stores = folders.map(|folder| folder.join(id).join("store.db")).filter(|path| path.is_file());
        stores.any(|path| chat::session(&path, &mut Tally::default()).is_ok_and(|session| session.is_some()))
    }

    /// The conversation that started this one, as far as the paths of transcripts tell.
    pub(super) fn parents(&self) -> Vec<(String, String)> {
        let all = self.cli.iter().flat_map(|cli| find::all_transcripts(cli, &mut Vec::new()));
        all.filter_map(|path| Some((find::id_of(&path), parent_of(&path)?))).collect()
    }

    /// Folders that were opened, as the stores name them.
    pub(super) fn folders(&self) -> Folders {
        let storages =
            self.editors.iter().flat_map(|folder| entries(&folder.join("workspaceStorage"), &mut Vec::new()));
        let mut known: BTreeSet<_> = storages.filter_map(|storage| workspace_folder(&storage)).collect();
        for chat in self.cli.iter().flat_map(|cli| chats(cli, &mut Vec::new())) {
            known.extend(chat::meta(&chat).and_then(|meta| Object::parse(&meta)?.text("cwd")));
        }
        Folders { known }
    }
}

/// Folders that are known, to find the one that was encoded.
pub(super) struct Folders {
    known: BTreeSet<String>,
}

impl Folders {
    /// The folder with this MD5, as the command line names it.
    pub(super) fn by_md5(&self, hash: &str) -> Option<String> {
        self.known.iter().find(|path| md5_hex(path) == hash).cloned()
    }

    /// The folder that became this name in `~/.cursor/projects`. Encoding loses which characters
    /// there were, so it is looked up: in the log of the folder, among known ones, in the file system.
    pub(super) fn by_name(&self, project: &Path) -> Option<String> {
        let name = project.file_name()?.to_str()?;
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return None; // A window without a folder.
        }
        let log = fs::read(project.join("worker.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let logged = log.lines().rev().find_map(|line| Some(line.split_once("workspacePath=")?.1.trim().to_owned()));
        if let Some(path) = logged.filter(|path| encoded(path) == name) {
            return Some(path);
        }
        let mut known = self.known.iter().filter(|path| encoded(path) == name);
        if let Some(path) = known.next() {
            return known.next().is_none().then(|| path.clone());
        }
        let (mut found, mut left) = (Vec::new(), MAX_LISTED);
        walk(Path::new("/"), name, &mut found, &mut left);
        (found.len() == 1).then(|| found.remove(0).to_string_lossy().into_owned())
    }
}

/// Real folders below `folder` whose path becomes `rest`.
fn walk(folder: &Path, rest: &str, found: &mut Vec<PathBuf>, left: &mut u32) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        match rest.strip_prefix(&dashed(&entry.file_name().to_string_lossy())) {
            Some("") => found.push(entry.path()),
            Some(deeper) => {
                if let Some(deeper) = deeper.strip_prefix('-') {
                    walk(&entry.path(), deeper, found, left);
                }
            }
            None => {}
        }
    }
}

/// A path as a name in `~/.cursor/projects`.
fn encoded(path: &str) -> String {
    dashed(path.trim_start_matches(['/', '\\']).trim_end_matches(['/', '\\']))
}

fn dashed(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

/// The folder a workspace's storage is of.
pub(super) fn workspace_folder(storage: &Path) -> Option<String> {
    let text = fs::read(storage.join("workspace.json")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let object = Object::parse(&text)?;
    if let Some(folder) = object.text("folder") {
        return folder_of(&folder);
    }
    // A file that lists several folders: the one it is in.
    let file = folder_of(&object.text("workspace")?)?;
    file.rsplit_once('/').map(|(folder, _)| folder.to_owned()).filter(|folder| !folder.is_empty())
}

/// The path in an address: `file:///c%3A/x` is `c:/x`, `vscode-remote://host/x` is `/x`.
pub(super) fn folder_of(uri: &str) -> Option<String> {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Some(uri.to_owned()).filter(|path| !path.is_empty());
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let path = String::from_utf8_lossy(&percent_decoded(path)).into_owned();
    let path = match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => path[1..].to_owned(),
        _ if scheme == "file" && !host.is_empty() && host != "localhost" => format!("//{host}{path}"),
        _ => path,
    };
    let path = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path };
    Some(opensync_core::text::clean(&path).into_owned()).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() {
        for (uri, path) in [
            ("file:///home/ana/my%20shop", "/home/ana/my shop"),
            ("file:///c%3A/code/shop", "c:/code/shop"),
            ("file://server/share/shop", "//server/share/shop"),
            ("vscode-remote://ssh-remote%2Bbox/home/ana/shop/", "/home/ana/shop"),
            ("/home/ana", "/home/ana"),
        ] {
            assert_eq!(folder_of(uri).as_deref(), Some(path), "{uri}");
        }
        assert_eq!(folder_of("file://"), None);
    }

    #[test]
    fn folders_are_named_as_the_command_line_does() {
        assert_eq!(encoded("/home/ana/my_shop.v2/"), "home-ana-my-shop-v2");
        assert_eq!(md5_hex("/home/ana/code/checkout-api"), "de04c6610cda4e6bb7dd8b1b493c165c");
    }
}
