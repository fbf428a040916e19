//! The chats of 2023 and 2024: they are whole in the database of their window.

use std::collections::HashMap;
use std::path::Path;

use opensync_core::import::{ImportedSession, ProblemKind};

use super::bubble::Bubble;
use super::composer::{self, Around, Place};
use super::editor::value;
use super::places::workspace_folder;
use super::workspaces::Workspaces;
use crate::foreign_sqlite::Database;
use crate::loose::Object;
use crate::tally::Tally;

const CHATS: &str = "workbench.panel.aichat.view.aichat.chatdata";

/// Every chat of a window, and conversations that are inline in its list.
pub(super) fn sessions(database: &Database, path: &Path, tally: &mut Tally) -> Vec<ImportedSession> {
    let workspaces = Workspaces::beside(path);
    let storage = path.parent().unwrap_or(path);
    let mut sessions = Vec::new();
    let chats = value(database, "ItemTable", CHATS).unwrap_or_default();
    let object = Object::parse(&chats);
    if object.is_none() && !chats.is_empty() {
        tally.add(ProblemKind::Damaged, "the chats of a window hold no JSON object");
    }
    for (tab, number) in object.unwrap_or_default().list("tabs").into_iter().zip(1..) {
        let Some(tab) = Object::parse(tab) else { continue };
        let window = storage.file_name().unwrap_or_default().to_string_lossy();
        let id = tab.text("tabId").or_else(|| tab.text("id")).unwrap_or_else(|| format!("{window}:tab-{number}"));
        sessions.extend(chat(&id, &tab, &workspaces, tally));
    }
    let list = value(database, "ItemTable", "composer.composerData").unwrap_or_default();
    for item in Object::parse(&list).unwrap_or_default().list("allComposers") {
        let Some(item) = Object::parse(item).filter(composer::has_conversation) else { continue };
        let Some(id) = item.text("composerId") else { continue };
        let places = composer::places(&item);
        let bubbles = inline(&places, &composer::calls(&item), tally);
        let around = Around { parent: None, listed: None, workspaces: &workspaces };
        sessions.extend(composer::session(&id, &item, &places, bubbles, &around, tally));
    }
    let folder = workspace_folder(storage);
    for session in &mut sessions {
        session.project_path = folder.clone().or(session.project_path.take());
    }
    sessions
}

fn chat(id: &str, tab: &Object<'_>, workspaces: &Workspaces, tally: &mut Tally) -> Option<ImportedSession> {
    let bubbles = tab.list("bubbles");
    if bubbles.is_empty() {
        return None;
    }
    let place = |(bubble, number): (_, u64)| {
        let own = Object::parse(bubble).and_then(|bubble| bubble.text("id").or_else(|| bubble.text("bubbleId")));
        Place { id: own.unwrap_or_else(|| format!("{id}:{number}")), kind: None, at: None, inline: Some(bubble) }
    };
    let places: Vec<_> = bubbles.into_iter().zip(1..).map(place).collect();
    let around = Around { parent: None, listed: None, workspaces };
    let bubbles = inline(&places, "", tally);
    let mut session = composer::session(id, tab, &places, bubbles, &around, tally)?;
    if let Some(name) = super::prompt::given_name(tab.text("chatTitle")) {
        session.title = Some((name, opensync_core::import::TitleRank::Generated));
    }
    session.updated_at = session.updated_at.max(tab.time("lastSendTime"));
    session.created_at = session.created_at.or(session.updated_at);
    session.born_at = session.created_at;
    Some(session)
}

/// Bubbles that are where their place is.
pub(super) fn inline(places: &[Place<'_>], calls: &str, tally: &mut Tally) -> HashMap<String, Bubble> {
    let calls = Object::parse(calls).unwrap_or_default();
    let mut bubbles = HashMap::new();
    for place in places {
        let Some(bubble) = place.inline.and_then(Object::parse) else { continue };
        let call = calls.object(&place.id);
        bubbles.insert(place.id.clone(), Bubble::new(&bubble, place.kind, Some(&call), tally));
    }
    bubbles
}
