//! What a fork has from the session it was made of.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use opensync_core::Usage;

use super::record::Record;
use super::settings;
use crate::collect::Quiet;
use crate::{Sink, jsonl};

/// The session that a fork was made of.
#[derive(Clone, Default)]
pub(super) struct Origin {
    /// Whether its file is here.
    pub(super) known: bool,
    path: PathBuf,
    /// Shared by clones: a session that is followed is cloned at each reading.
    messages: Arc<Messages>,
}

#[derive(Default)]
struct Messages {
    ids: HashSet<String>,
    times: HashSet<i64>,
}

impl Origin {
    /// Reads the session `id` of the store that `near` is a file of.
    pub(super) fn read(near: &Path, id: &str) -> Self {
        let Some(path) = locate(near, id) else { return Self::default() };
        let mut messages = Messages::default();
        let mut record = |_: u64, text: &str, _: &mut dyn Sink| {
            let record: Record<'_> = serde_json::from_str(text)?;
            if record.kind.get() == Some("message") {
                messages.ids.extend(record.id.owned());
                messages.times.extend(record.at.0);
            }
            Ok(())
        };
        // Damage in that file is reported where it is read for itself.
        let known = jsonl::read(&path, &mut Quiet, &mut record).is_ok();
        Self { known, path, messages: Arc::new(messages) }
    }

    /// Its totals, as they are now.
    pub(super) fn usage(&self) -> Option<Usage> {
        settings::read(&self.path, &mut Vec::new())?.usage
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        (self.messages.ids.len() + self.messages.times.len()) as u64 * 80
    }

    /// Whether a message is a copy of one of that session.
    pub(super) fn has(&self, id: Option<&str>, at: Option<i64>) -> bool {
        id.is_some_and(|id| self.messages.ids.contains(id)) || at.is_some_and(|at| self.messages.times.contains(&at))
    }
}

/// `total` without `inherited`; `None` when it does not contain it.
pub(super) fn without(total: &Usage, inherited: &Usage) -> Option<Usage> {
    Some(Usage {
        fresh: total.fresh.checked_sub(inherited.fresh)?,
        cache_read: total.cache_read.checked_sub(inherited.cache_read)?,
        cache_write_5m: total.cache_write_5m.checked_sub(inherited.cache_write_5m)?,
        cache_write_1h: total.cache_write_1h.checked_sub(inherited.cache_write_1h)?,
        output: total.output.checked_sub(inherited.output)?,
        reasoning: total.reasoning.checked_sub(inherited.reasoning)?,
    })
}

/// The file of a session: in the same folder, in the store's own, or in another project's.
fn locate(near: &Path, id: &str) -> Option<PathBuf> {
    if id.is_empty() || id.starts_with('.') || id.contains(['/', '\\', ':', '\0']) {
        return None;
    }
    let name = format!("{id}.jsonl");
    let folder = near.parent()?;
    let store = folder.parent()?;
    let inside = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = [folder.to_owned(), store.to_owned()].into_iter();
    folders
        .chain(inside(folder))
        .chain(inside(store))
        .map(|folder| folder.join(&name))
        .find(|path| path != near && path.is_file())
}
