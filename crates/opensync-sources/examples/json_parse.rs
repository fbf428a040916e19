//! The baseline of `scripts/bench`: parses every line of every `.jsonl` file below a folder into a
//! `serde_json::Value`, and does nothing with it.

use std::path::Path;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let (mut bytes, mut records) = (0, 0);
    walk(Path::new(&folder), &mut bytes, &mut records);
    std::process::exit(i32::from(bytes == 0 || records == 0));
}

fn walk(folder: &Path, bytes: &mut u64, records: &mut u64) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, bytes, records);
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read(&path).unwrap_or_default();
            *bytes += text.len() as u64;
            for line in text.split(|byte| *byte == b'\n') {
                *records += u64::from(serde_json::from_slice::<serde_json::Value>(line).is_ok());
            }
        }
    }
}
