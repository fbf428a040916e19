//! The same program on a PostgreSQL server.

use std::process::Command;

use crate::import::meets_expectations;
use crate::support::Machine;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres-cluster");

/// A database of its own; dropped with it.
pub struct Database {
    server: String,
    name: String,
    /// Its address.
    pub url: String,
}

impl Database {
    /// One whose name ends in a word.
    pub fn new(word: &str) -> Self {
        let Ok(server) = std::env::var("OPENSYNC_TEST_POSTGRES_URL") else {
            panic!(
                "OPENSYNC_TEST_POSTGRES_URL is not set: run \
                 export OPENSYNC_TEST_POSTGRES_URL=$(scripts/postgres-cluster start)"
            );
        };
        let name = format!("opensync_{word}_{}", std::process::id());
        let (base, query) = server.split_once('?').map_or((server.as_str(), None), |(base, query)| (base, Some(query)));
        let (base, _) = base.rsplit_once('/').unwrap();
        let url = query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"));
        let database = Self { server, name, url };
        database.sql(&format!("drop database if exists {} with (force)", database.name));
        database.sql(&format!("create database {}", database.name));
        database
    }

    fn sql(&self, sql: &str) {
        // The client that came with the server; Debian keeps it out of PATH.
        let folder = Command::new(SCRIPT).arg("binaries").output().unwrap();
        let psql = format!("{}/psql", String::from_utf8(folder.stdout).unwrap().trim());
        let psql = if std::path::Path::new(&psql).exists() { psql } else { "psql".to_owned() };
        let done = Command::new(psql).args(["-X", "-q", "-c", sql, &self.server]).output().unwrap();
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.sql(&format!("drop database {} with (force)", self.name));
        }
    }
}

#[test]
fn import_server_and_api_give_the_same_figures_on_postgres() {
    let database = Database::new("it");
    let machine = Machine::with_real_sessions();
    let on = ["--database", database.url.as_str()];
    let first = machine.import(&on);
    assert_eq!((&first["claude-code"]["imported"], &first["codex-cli"]["imported"]), (&14.into(), &16.into()));
    let second = machine.ok(&[&["import"], on.as_slice()].concat());
    assert!(second.contains("nothing was written"), "{second}");
    let key = machine.ok(&[&["key", "create", "test"], on.as_slice()].concat());
    let doctor = machine.ok(&[&["doctor"], on.as_slice()].concat());
    assert!(doctor.contains("(postgres, ") && doctor.contains("16 sessions in the archive"), "{doctor}");
    {
        let server = machine.serve(&on);
        server.imported(0);
        let stats = server.get("/api/stats", Some(key.trim_end())).json();
        meets_expectations(&server.sessions(key.trim_end(), ""), &stats);
        assert!(server.get("/sessions", None).body.contains(" sessions"));
        server.signal("TERM");
        assert_eq!(server.ended().0.code(), Some(0));
    }
    assert!(!machine.path("data").exists(), "nothing is kept beside the server");
}
