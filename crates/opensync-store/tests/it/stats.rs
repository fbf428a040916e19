//! Figures over the whole archive.

use std::collections::HashMap;

use opensync_core::MicroDollars;
use opensync_core::import::{ImportedSession, Response};
use opensync_store::{FileRead, ModelStats, Stats};

use crate::support::{SOURCE, conversation, file, response, session, someone_else, sub_agent};

contract!(versions_of_clients_are_counted_by_source, async |archive| {
    let by = |name: &str, version: Option<&str>| ImportedSession {
        client_version: version.map(str::to_owned),
        ..session(name)
    };
    let other = FileRead { source: "other".to_owned(), ..file("/o", [by("o", None)]) };
    let one = [by("a", Some("2.0")), by("b", Some("2.0")), by("c", Some("10.1")), by("d", None), by("e", Some("B"))];
    archive.write(vec![file("/f", one), other]).await;
    let versions = archive.store.client_versions(&archive.user).await.unwrap();
    let of = |version: Option<&str>, n| (version.map(str::to_owned), n);
    let expected = [of(Some("2.0"), 2), of(Some("10.1"), 1), of(Some("B"), 1), of(None, 1)];
    assert_eq!(
        versions,
        HashMap::from([(SOURCE.to_owned(), expected.into()), ("other".to_owned(), vec![of(None, 1)])])
    );
    assert!(archive.store.client_versions(&someone_else()).await.unwrap().is_empty());
});

contract!(stats_add_up_all_sessions_of_a_user, async |archive| {
    let child = ImportedSession { duration_ms: Some(500), ..sub_agent("child", "a") };
    let by = |key: &str, model: Option<&str>| Response { model: model.map(str::to_owned), ..response(key, None) };
    let mixed = vec![by("m1", Some("b")), by("m2", Some("B")), by("m3", None), by("m4", Some("a_"))];
    archive
        .add([
            conversation("a", 100, &["1", "2"]),
            conversation("fork", 200, &["1", "2", "3"]),
            child,
            ImportedSession { responses: mixed, ..session("mixed") },
        ])
        .await;
    let stats = archive.store.stats(&archive.user).await.unwrap();
    let model = |model: Option<&str>, tokens, cost, sessions| ModelStats {
        model: model.map(str::to_owned),
        tokens,
        cost: MicroDollars(cost),
        sessions,
    };
    let expected = Stats {
        sessions: 4,
        messages: 10,
        tokens: 770,
        cost: MicroDollars(3_000),
        duration_ms: 3_500,
        // The same on both engines: equal ones in the order of bytes, the nameless last.
        models: vec![
            model(Some("big-model"), 330, 3_000, 2),
            model(Some("B"), 110, 0, 1),
            model(Some("a_"), 110, 0, 1),
            model(Some("b"), 110, 0, 1),
            model(None, 110, 0, 1),
        ],
    };
    assert_eq!(stats, expected);
});

contract!(an_empty_archive_has_empty_stats, async |archive| {
    assert_eq!(archive.store.stats(&archive.user).await.unwrap(), Stats::default());
    archive.add([conversation("a", 100, &["1"])]).await;
    assert_eq!(archive.store.stats(&someone_else()).await.unwrap(), Stats::default());
});

contract!(sessions_are_counted_by_source, async |archive| {
    let other = FileRead { source: "other".to_owned(), ..file("/o", [session("a")]) };
    let hidden = ImportedSession { hidden: true, ..session("hidden") };
    archive.write(vec![file("/f", [session("a"), sub_agent("b", "a"), hidden]), other]).await;
    let counts = archive.store.session_totals_by_source(&archive.user).await.unwrap();
    assert_eq!(counts, HashMap::from([(SOURCE.to_owned(), 3), ("other".to_owned(), 1)]));
    assert_eq!(archive.store.session_totals_by_source(&someone_else()).await.unwrap().len(), 0);
});

contract!(the_archive_has_a_size, async |archive| {
    let empty = archive.store.size_bytes().await.unwrap();
    assert!(empty > 0);
    let keys: Vec<String> = (0..2_000).map(|n| format!("key-{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    archive.add([conversation("long", 0, &keys)]).await;
    assert!(archive.store.size_bytes().await.unwrap() > empty);
});
