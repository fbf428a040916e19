//! Opening an archive, and its tables.

use std::collections::BTreeSet;
use std::path::Path;

use opensync_store::{Error, Store};

use crate::support::{Raw, block_on, conversation, on_postgres, on_sqlite};

fn migrations(engine: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// Table, column, type, whether it must have a value, whether it has a default.
type Column = (String, String, String, bool, bool);

/// All columns and the names of all indexes that have one.
async fn tables(raw: Raw) -> (BTreeSet<Column>, BTreeSet<String>) {
    let (columns, indexes): (Vec<Column>, Vec<String>) = match raw {
        Raw::Sqlite(mut raw) => (
            sqlx::query_as(
                "select t.name, c.name, case lower(c.type) when 'integer' then 'bigint' when 'blob' then 'bytea' \
                 else lower(c.type) end, c.\"notnull\" = 1, c.dflt_value is not null from sqlite_master t, \
                 pragma_table_info(t.name) c where t.type = 'table' and t.name not like '\\_%' escape '\\' \
                 and t.name not like 'sqlite%' \
                 and t.name not like 'search\\_text%' escape '\\' and t.name not like 'search\\_tools%' escape '\\'",
            )
            .fetch_all(&mut raw)
            .await
            .unwrap(),
            sqlx::query_scalar("select name from sqlite_master where type = 'index' and sql is not null")
                .fetch_all(&mut raw)
                .await
                .unwrap(),
        ),
        Raw::Postgres(mut raw) => (
            sqlx::query_as(
                "select table_name::text, column_name::text, data_type::text, is_nullable = 'NO', \
                 column_default is not null from information_schema.columns \
                 where table_schema = current_schema() and table_name not like '\\_%' \
                 and table_name not in ('search_text', 'search_tools')",
            )
            .fetch_all(&mut raw)
            .await
            .unwrap(),
            sqlx::query_scalar(
                "select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid \
                 join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = i.relnamespace \
                 where n.nspname = current_schema() and t.relname not like '\\_%' \
                 and t.relname not in ('search_text', 'search_tools') \
                 and not exists (select 1 from pg_constraint c where c.conindid = i.oid)",
            )
            .fetch_all(&mut raw)
            .await
            .unwrap(),
        ),
    };
    (columns.into_iter().collect(), indexes.into_iter().collect())
}

#[test]
fn both_engines_have_the_same_migrations() {
    let sqlite = migrations("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, migrations("postgres"));
}

#[test]
fn both_engines_have_the_same_tables() {
    let (mut sqlite, mut postgres) = Default::default();
    on_sqlite(async |archive| sqlite = tables(archive.raw().await).await);
    on_postgres(async |archive| postgres = tables(archive.raw().await).await);
    let count = |found: &(BTreeSet<Column>, BTreeSet<String>), name| found.0.iter().filter(|c| c.0 == name).count();
    assert!(count(&sqlite, "session") > 30 && count(&sqlite, "message") > 9, "{sqlite:?}");
    assert_eq!(sqlite.0.difference(&postgres.0).collect::<Vec<_>>(), Vec::<&Column>::new());
    assert_eq!(postgres.0.difference(&sqlite.0).collect::<Vec<_>>(), Vec::<&Column>::new());
    assert_eq!(sqlite.1, postgres.1);
    let types: BTreeSet<&str> = sqlite.0.iter().map(|column| column.2.as_str()).collect();
    let allowed = ["text", "bigint", "double precision", "boolean", "bytea"];
    assert!(types.iter().all(|kind| allowed.contains(kind)), "{types:?}");
}

contract!(opening_an_archive_again_keeps_everything, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let again = archive.open_again().await;
    assert_eq!(again.session(&archive.user, &crate::support::id("s")).await.unwrap(), archive.find("s").await);
    assert_eq!(archive.number("select count(*) from \"user\"").await, 1);
    again.close().await;
});

contract!(an_archive_opened_twice_at_once_is_one_archive, async |archive| {
    let (a, b, c) = tokio::join!(archive.open_again(), archive.open_again(), archive.open_again());
    for store in [a, b, c] {
        assert_eq!(store.stats(&archive.user).await.unwrap().sessions, 0);
        store.close().await;
    }
});

contract!(a_closed_archive_answers_with_an_error, async |archive| {
    archive.add([conversation("s", 0, &["1"])]).await;
    let closed = archive.open_again().await;
    closed.close().await;
    assert!(matches!(closed.stats(&archive.user).await, Err(Error::Database(_))));
    assert!(matches!(closed.write(&archive.user, Vec::new()).await, Err(Error::Database(_))));
    assert!(archive.find("s").await.is_some(), "others are still open");
});

contract!(a_store_says_its_engine, async |archive| {
    let engine = archive.store.engine();
    assert_eq!(format!("{:?}", archive.store), format!("Store({engine})"));
    assert!(matches!((engine, archive.raw().await), ("sqlite", Raw::Sqlite(_)) | ("postgres", Raw::Postgres(_))));
});

#[test]
fn an_archive_that_cannot_be_opened_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = block_on(Store::open_file(&folder.path().join("missing").join("archive.db")));
    assert!(matches!(outcome, Err(Error::Open(_))), "{outcome:?}");
    for url in ["", "mysql://host/name", "postgres://nobody@127.0.0.1:1/none", "postgres://%"] {
        let outcome = block_on(Store::open_server(url));
        assert!(matches!(outcome, Err(Error::Open(_))), "{url}: {outcome:?}");
    }
}
