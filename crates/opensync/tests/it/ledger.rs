//! The ledger against an independent count: every record with usage of a transcript is kept, merged
//! or discarded, exactly once.

use std::collections::BTreeMap;
use std::path::Path;

use opensync_core::UserId;
use opensync_core::filter::Selection;
use opensync_store::{LedgerSums, Store};

use crate::support::Machine;

#[path = "../../../opensync-sources/tests/it/records/lines.rs"]
mod lines;

/// What the sessions of one file add up to.
type Files = BTreeMap<(String, String), LedgerSums>;

fn files(archive: &Path) -> Files {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let user = UserId::local();
        let store = Store::open_file(archive).await.unwrap();
        let mut files = Files::new();
        let mut cursor = None;
        loop {
            let (sort, order) = Default::default();
            let page = store.session_list_all(&user, &Selection::default(), sort, order, cursor, 500).await.unwrap();
            for session in &page.sessions {
                let sums = store.ledger_sums(&user, &session.id).await.unwrap();
                assert_eq!(sums.usage.total(), session.total_tokens.unwrap_or(0), "{}", session.external_id);
                let file = session.file.clone().unwrap_or_else(|| panic!("no file of {}", session.external_id));
                let sum = files.entry((session.source.clone(), file)).or_default();
                sum.kept += sums.kept;
                sum.repeats += sums.repeats;
                sum.copied += sums.copied;
                sum.discarded += sums.discarded;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        store.close().await;
        files
    })
}

/// Compares the ledger with the transcripts; answers files compared, and their records, kept,
/// merged and discarded ones.
fn compare(files: &Files) -> [u64; 5] {
    let mut counts = [0; 5];
    for ((source, file), sums) in files {
        let Some(stated) = lines::with_usage(source, Path::new(file)) else { continue };
        assert_eq!(sums.kept + sums.merged() + sums.discarded, stated, "{file}");
        for (count, n) in counts.iter_mut().zip([1, stated, sums.kept, sums.merged(), sums.discarded]) {
            *count += n;
        }
    }
    counts
}

#[test]
fn every_record_with_usage_is_in_the_ledger_once() {
    let machine = Machine::with_real_sessions();
    machine.ok(&["import"]);
    let files = files(&machine.path("data").join("archive.db"));
    let [compared, stated, kept, merged, discarded] = compare(&files);
    assert!(compared > 35, "{compared} files");
    assert_eq!(stated, kept + merged + discarded);
    assert!(kept > 80 && merged > 20 && discarded > 10, "{kept} kept, {merged} merged, {discarded} discarded");
}

/// The same for stores elsewhere, named in the environment: generated ones, or one's own. Without a
/// name, for the real clients' stores where they lie.
#[test]
#[expect(clippy::print_stdout, reason = "who names a home wants to see the figures")]
fn every_record_of_another_home_is_in_its_ledger_once() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients/home");
    let home = std::env::var_os("OPENSYNC_TEST_HOME").unwrap_or_else(|| fixtures.into());
    let machine = Machine::new();
    let mut import = machine.bare(&["import"]);
    import.arg("--home").arg(&home).arg("--data-dir").arg(machine.path("data"));
    assert!(import.status().unwrap().success());
    let [compared, stated, kept, merged, discarded] = compare(&files(&machine.path("data").join("archive.db")));
    println!("{compared} files: {stated} records with usage = {kept} kept + {merged} merged + {discarded} discarded");
    assert!(compared > 0);
}
