//! What windows and lists of the editor say about conversations, for what those do not say.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::bubble::address;
use super::editor::value;
use super::find::entries;
use super::places::workspace_folder;
use crate::foreign_sqlite::{Database, number, text};
use crate::loose::Object;

/// Keys of a window's panes, which name the conversations shown in them.
const PANES: (&str, &str) = ("workbench.panel.composerChatViewPane", "workbench.panel.composerChatViewPane/");
const PANE_ITEM: &str = "workbench.panel.aichat.view.";

/// What a list says of a conversation.
#[derive(Default, Hash)]
pub(super) struct Listed {
    pub workspace: Option<String>,
    pub name: Option<String>,
    pub folder: Option<String>,
    pub parent: Option<String>,
    pub archived: bool,
    pub is_agent: bool,
}

/// The lists of conversations in the main database: a key, and since about 3.12 a table.
pub(super) fn listed(database: &Database) -> HashMap<String, Listed> {
    let mut all: HashMap<String, Listed> = HashMap::new();
    let key = value(database, "ItemTable", "composer.composerHeaders").unwrap_or_default();
    for item in Object::parse(&key).unwrap_or_default().list("allComposers") {
        let item = Object::parse(item).unwrap_or_default();
        if let Some(id) = item.text("composerId") {
            all.insert(id, of_value(&item));
        }
    }
    let columns = database.columns("composerHeaders");
    let column =
        |name: &str| if columns.iter().any(|column| column == name) { name.to_owned() } else { "null".to_owned() };
    let names = ["composerId", "workspaceId", "isArchived", "isSubagent", "value"].map(column).join(", ");
    let mut read = || {
        let mut statement = database.connection().prepare(&format!("select {names} from composerHeaders"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let value = text(row, 4).unwrap_or_default();
            let mut listed = of_value(&Object::parse(&value).unwrap_or_default());
            listed.workspace = text(row, 1).map(std::borrow::Cow::into_owned).or(listed.workspace);
            listed.archived |= number(row, 2).is_some_and(|flag| flag != 0.0);
            listed.is_agent |= number(row, 3).is_some_and(|flag| flag != 0.0);
            if let Some(id) = text(row, 0) {
                all.insert(id.into_owned(), listed);
            }
        }
        Ok::<_, rusqlite::Error>(())
    };
    // Only newer versions have the table, and what it says is said elsewhere too.
    let _ = read();
    all
}

fn of_value(item: &Object<'_>) -> Listed {
    let workspace = item.object("workspaceIdentifier");
    Listed {
        workspace: workspace.text("id").or_else(|| item.text("workspaceId")),
        name: item.text("name"),
        folder: address(&workspace.object("uri")),
        parent: item.object("subagentInfo").text("parentComposerId").or_else(|| item.text("parentComposerId")),
        archived: item.is_true("isArchived"),
        is_agent: item.is_true("isSubagent"),
    }
}

/// The windows of an editor, looked at when a conversation does not say where it was.
pub(super) struct Workspaces {
    storage: PathBuf,
    by_conversation: OnceCell<HashMap<String, String>>,
}

impl Workspaces {
    /// Those of the editor whose database this is.
    pub(super) fn beside(database: &Path) -> Self {
        let user = database.ancestors().find(|folder| folder.join("workspaceStorage").is_dir());
        let storage = user.unwrap_or(database).join("workspaceStorage");
        Self { storage, by_conversation: OnceCell::new() }
    }

    /// The folder of a window.
    pub(super) fn folder(&self, id: &str) -> Option<String> {
        let is_name = !id.is_empty() && !id.contains(['/', '\\']) && !id.starts_with('.');
        is_name.then(|| workspace_folder(&self.storage.join(id))).flatten()
    }

    /// The folder of the window that knew a conversation.
    pub(super) fn of_conversation(&self, id: &str) -> Option<String> {
        self.by_conversation.get_or_init(|| self.all()).get(id).cloned()
    }

    fn all(&self) -> HashMap<String, String> {
        let mut all = HashMap::new();
        for storage in entries(&self.storage, &mut Vec::new()) {
            let Some(folder) = workspace_folder(&storage) else { continue };
            let Ok(database) = Database::glance(&storage.join("state.vscdb")) else { continue };
            for id in conversations(&database) {
                all.entry(id).or_insert_with(|| folder.clone());
            }
        }
        all
    }
}

/// The conversations a window knew.
fn conversations(database: &Database) -> Vec<String> {
    let mut ids = Vec::new();
    let known = value(database, "ItemTable", "composer.composerData").unwrap_or_default();
    let known = Object::parse(&known).unwrap_or_default();
    ids.extend(known.list("allComposers").into_iter().filter_map(|item| Object::parse(item)?.text("composerId")));
    ids.extend(known.list("selectedComposerIds").into_iter().filter_map(crate::loose::string));
    let sql = "select value from ItemTable where key >= ?1 and key < ?2";
    let mut panes = || {
        let mut statement = database.connection().prepare(sql)?;
        let mut rows = statement.query([PANES.0, PANES.1])?;
        while let Some(row) = rows.next()? {
            let value = text(row, 0).unwrap_or_default();
            let value = Object::parse(&value).unwrap_or_default();
            ids.extend(value.fields().filter_map(|(key, _)| Some(key.strip_prefix(PANE_ITEM)?.to_owned())));
        }
        Ok::<_, rusqlite::Error>(())
    };
    let _ = panes();
    ids
}
