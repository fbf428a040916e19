//! Every record with usage is counted once, merged, or discarded with a reason: an independent
//! count over the files of real clients agrees with what the importers hand over.

use std::fs;
use std::path::Path;

use opensync_sources::{ALL, Source};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{FIXTURES, Seen};

mod lines;

#[test]
fn no_record_with_usage_of_the_real_clients_is_lost() {
    let home = format!("{FIXTURES}/home");
    let mut sources = 0;
    for source in ALL {
        let about = source.about();
        let (mut compared, mut records) = (0, 0);
        for root in opensync_sources::roots(about, Path::new(&home), None) {
            for origin in source.find(&root, &mut Vec::new()) {
                let mut seen = Seen::default();
                source.read(&origin, &mut seen).unwrap();
                if seen.sessions.is_empty() {
                    continue;
                }
                let stated =
                    lines::with_usage(about.id, &origin.path).unwrap_or_else(|| database(*source, &origin.path));
                assert_eq!(handed_over(&seen), stated, "{}", origin.path.display());
                compared += 1;
                records += stated;
            }
        }
        sources += usize::from(compared > 0 && records > 0);
    }
    assert_eq!(sources, 6, "all tools with fixtures state usage somewhere");
}

/// Kept and merged records, and those discarded.
fn handed_over(seen: &Seen) -> u64 {
    let of = |session: &opensync_core::import::ImportedSession| {
        let kept: u64 = session.responses.iter().map(|response| u64::from(response.records)).sum();
        kept + session.discarded.len() as u64
    };
    seen.sessions.iter().map(of).sum()
}

/// Records with usage in a database; those of a copy, so that nothing is written beside the store.
fn database(source: &dyn Source, path: &Path) -> u64 {
    let (tables, column, states): (_, _, fn(&Value) -> u64) = match source.about().id {
        "opencode" => (["message", "part"].as_slice(), "data", opencode),
        "cursor" => (["cursorDiskKV"].as_slice(), "value", cursor),
        other => panic!("no count for {other}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    for end in ["", "-wal"] {
        let from = path.with_file_name(format!("{name}{end}"));
        if from.exists() {
            fs::copy(from, folder.path().join(format!("{name}{end}"))).unwrap();
        }
    }
    let Ok(connection) = Connection::open(folder.path().join(name)) else { return 0 };
    let mut count = 0;
    for table in tables {
        let Ok(mut rows) = connection.prepare(&format!("select cast({column} as text) from {table}")) else { continue };
        let values = rows.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        let values = values.filter_map(|value| serde_json::from_str(&value.unwrap()?).ok());
        count += values.map(|record| states(&record)).sum::<u64>();
    }
    count
}

fn opencode(record: &Value) -> u64 {
    let states = record["role"] == "assistant" || record["type"] == "step-finish";
    u64::from(states && record["tokens"].as_object().is_some_and(|tokens| !tokens.is_empty()))
}

/// A bubble, or a conversation that has its bubbles inside. Two zeros mean that nothing was recorded.
fn cursor(record: &Value) -> u64 {
    let counts = &record["tokenCount"];
    let states = ["inputTokens", "outputTokens"].iter().any(|name| counts[name].as_u64().unwrap_or(0) > 0);
    let inside = record["conversation"].as_array().into_iter().flatten();
    u64::from(states) + inside.map(cursor).sum::<u64>()
}
