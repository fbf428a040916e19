//! The messages of a window as a conversation.
//!
//! Agents answer in many small messages: one call, its result, the next call. Shown one by one they
//! bury the text. So a message that holds nothing but calls joins the one before it, results stand
//! with their calls, and neighbouring calls share a fold. Each message keeps its anchor, its token
//! count and its time.

use opensync_core::{Role, StoredMessage};

use super::messages::{Piece, Reader, preview};
use super::view::{Block, Call, Chunk, Entry, Group, Head, Item, MessageView, Row};
use crate::format;

/// Rows of an article that are not grouped yet, and the message each of them begins.
type Steps = Vec<(Option<Head>, Row)>;

/// An article while its messages are collected.
struct Draft {
    view: MessageView,
    steps: Steps,
}

/// Builds the conversation. `origin` is the session inherited messages were copied from, `copied`
/// how many there are in all windows.
pub(super) fn entries<'a>(
    reader: &mut Reader<'a>,
    window: &'a [StoredMessage],
    origin: Option<&(String, String)>,
    copied: u64,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut draft: Option<Draft> = None;
    let mut inherited = false;
    for stored in window.iter().filter(|stored| !stored.message.off_path) {
        if stored.message.inherited != inherited {
            finish(draft.take(), &mut entries);
            inherited = stored.message.inherited;
            entries.push(divider(inherited, origin.cloned(), copied));
        }
        let pieces = reader.pieces(stored);
        let is_answer = matches!(stored.message.role, Role::Tool) || !stored.message.parts.is_empty();
        match &mut draft {
            Some(open) if pieces.is_empty() && is_answer => open.view.head.last = stored.seq,
            Some(open) if joins(open, stored, &pieces) => {
                open.view.head.last = stored.seq;
                let mut head = Some(reader.head(stored));
                open.steps.extend(pieces.into_iter().filter_map(|piece| match piece {
                    Piece::Row(row) => Some((head.take(), row)),
                    Piece::Block(_) => None,
                }));
            }
            _ if pieces.is_empty() && is_answer => {}
            _ => {
                finish(draft.take(), &mut entries);
                draft = Some(article(reader, stored, pieces));
            }
        }
    }
    finish(draft, &mut entries);
    entries
}

fn divider(inherited: bool, origin: Option<(String, String)>, copied: u64) -> Entry {
    if !inherited {
        return Entry::Divider { text: "New in this session".to_owned(), link: None, rest: String::new() };
    }
    let from = if origin.is_some() { "Inherited from" } else { "Inherited from the session this one was forked from" };
    let messages = format::plural(copied, "message");
    Entry::Divider { text: from.to_owned(), link: origin, rest: format!(" · {messages}, counted there") }
}

/// Whether a message only goes on with the calls of the article before it.
fn joins(open: &Draft, stored: &StoredMessage, pieces: &[Piece]) -> bool {
    !open.steps.is_empty()
        && open.view.role == Role::Assistant
        && stored.message.role == Role::Assistant
        && pieces.iter().all(|piece| matches!(piece, Piece::Row(_)))
}

fn article(reader: &Reader<'_>, stored: &StoredMessage, pieces: Vec<Piece>) -> Draft {
    let text = || stored.message.text();
    let preview = if stored.message.role == Role::System { preview(&text()) } else { String::new() };
    let (head, role) = (reader.head(stored), stored.message.role);
    let open = reader.contents.is_now_at(stored.seq) || reader.scene.folds.system;
    let view = MessageView { head, role, preview, open, blocks: Vec::new() };
    let mut draft = Draft { view, steps: Steps::new() };
    for piece in pieces {
        match piece {
            // Thoughts before the first call belong to the text, not to the calls.
            Piece::Row(Row::Thinking(thinking)) if draft.steps.is_empty() => {
                draft.view.blocks.push(Block::Thinking(*thinking));
            }
            Piece::Row(row) => draft.steps.push((None, row)),
            Piece::Block(block) => {
                close_steps(&mut draft);
                draft.view.blocks.push(*block);
            }
        }
    }
    draft
}

fn close_steps(draft: &mut Draft) {
    let steps = std::mem::take(&mut draft.steps);
    if !steps.is_empty() {
        draft.view.blocks.push(Block::Calls(items(steps)));
    }
}

fn finish(draft: Option<Draft>, entries: &mut Vec<Entry>) {
    let Some(mut draft) = draft else { return };
    close_steps(&mut draft);
    if draft.view.blocks.is_empty() {
        draft.view.blocks.push(Block::Empty);
    }
    entries.push(Entry::Message(Box::new(draft.view)));
}

/// Groups neighbouring calls. Edits and sub-agents stand alone: they are what a reader looks for.
fn items(steps: Steps) -> Vec<Item> {
    let mut items = Vec::new();
    let mut run = Steps::new();
    for (head, row) in steps {
        let alone = matches!(&row, Row::Call(call) if call.is_edit || call.is_agent);
        if alone {
            close_run(&mut run, &mut items);
            items.push(Item::Single(Chunk { head, rows: vec![row] }));
        } else {
            run.push((head, row));
        }
    }
    close_run(&mut run, &mut items);
    items
}

fn close_run(run: &mut Steps, items: &mut Vec<Item>) {
    let steps = std::mem::take(run);
    let calls: Vec<&Call> = steps.iter().filter_map(|(_, row)| call_of(row)).collect();
    if calls.len() < 2 {
        items.extend(chunks(steps).into_iter().map(Item::Single));
        return;
    }
    let failed: Vec<&str> = calls.iter().filter_map(|call| call.failed()).collect();
    let opened = calls.iter().all(|call| call.open);
    let thinks = steps.iter().any(|(_, row)| matches!(row, Row::Thinking(thinking) if thinking.open));
    let duration = calls.iter().filter_map(|call| call.duration_ms).fold(0, u64::saturating_add);
    let group = Group {
        label: format::plural(calls.len() as u64, "tool call"),
        names: names(&calls),
        failed: match failed.as_slice() {
            [] => None,
            [only] => Some((*only).to_owned()),
            several => Some(format!("{} failed", several.len())),
        },
        duration: (duration > 0).then(|| format::seconds(duration)),
        open: !failed.is_empty() || calls.iter().any(|call| call.is_now) || thinks || opened,
        chunks: Vec::new(),
    };
    items.push(Item::Group(Group { chunks: chunks(steps), ..group }));
}

fn call_of(row: &Row) -> Option<&Call> {
    match row {
        Row::Call(call) => Some(call),
        Row::Thinking(_) => None,
    }
}

/// Rows by message.
fn chunks(steps: Steps) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for (head, row) in steps {
        match chunks.last_mut() {
            Some(chunk) if head.is_none() => chunk.rows.push(row),
            _ => chunks.push(Chunk { head, rows: vec![row] }),
        }
    }
    chunks
}

/// `Read ×2, Grep, Bash`, in the order of their first call.
fn names(calls: &[&Call]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for call in calls {
        match counts.iter_mut().find(|(name, _)| *name == call.name) {
            Some((_, count)) => *count += 1,
            None => counts.push((&call.name, 1)),
        }
    }
    let written: Vec<String> = counts
        .into_iter()
        .map(|(name, count)| if count > 1 { format!("{name} ×{count}") } else { name.to_owned() })
        .collect();
    written.join(", ")
}
