//! The session that a fork names as its parent.

use std::path::Path;

use super::record::Record;
use crate::collect::Quiet;
use crate::{Sink, folder, jsonl};

/// The id of the session in the file `named`, which the header of `path` calls its parent.
///
/// The name is a path on the machine that wrote it. Only its last two segments are used, to find
/// the file in this store; what is elsewhere, or gone, is known by its name.
pub(super) fn id(path: &Path, named: &str) -> String {
    let mut segments = named.rsplit(['/', '\\']);
    let name = segments.next().unwrap_or_default();
    let plain = |segment: &str| !segment.is_empty() && !segment.starts_with('.');
    let own = path.parent();
    let nearby = segments.next().filter(|segment| plain(segment)).and_then(|parent| Some(own?.parent()?.join(parent)));
    let folders = own.map(Path::to_owned).into_iter().chain(nearby);
    folders
        .filter(|_| plain(name) && Path::new(name).extension().is_some_and(|end| end == "jsonl"))
        .find_map(|folder| header_id(&folder.join(name)))
        .unwrap_or_else(|| of_name(name).to_owned())
}

/// The id in the name of a file, `<time>_<id>.jsonl`. Anything else is an id itself.
pub(super) fn of_name(name: &str) -> &str {
    let Some(stem) = name.strip_suffix(".jsonl") else { return name };
    stem.split_once('_').map_or(stem, |(_, id)| id)
}

/// Whether a file has the name that Pi gives a session's: a time, and an id.
pub(super) fn is_named(name: &str) -> bool {
    let time = name.split_once('_').map_or("", |(time, _)| time);
    let digits = time.bytes().filter(u8::is_ascii_digit).count();
    digits >= 14 && time.ends_with('Z') && time.bytes().all(|byte| byte.is_ascii_digit() || b"-TZ".contains(&byte))
}

/// The id in the header of a file.
fn header_id(path: &Path) -> Option<String> {
    let first = folder::first_bytes(path)?;
    let mut found = None;
    let mut record = |_: u64, text: &str, _: &mut dyn Sink| {
        let record: Record<'_> = serde_json::from_str(text)?;
        if found.is_none() && record.kind.get() == Some("session") {
            found = record.id.owned();
        }
        Ok(())
    };
    // Damage in that file is reported where it is read for itself.
    let _ = jsonl::read_from(first.as_slice(), &mut Quiet, &mut record);
    found
}
