//! An archive for each test, and short ways to make what importers make.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use opensync_core::import::{ImportedSession, Parent, Response, TitleRank};
use opensync_core::price::{Cost, CostStatus};
use opensync_core::{Message, MicroDollars, Part, Relation, Role, Session, SessionId, Usage, UserId};
use opensync_store::{FileRead, Fingerprint, LedgerRow, Store, Written};
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

/// The source of all sessions that need no other.
pub const SOURCE: &str = "tool";

/// A store, and where it is, to look behind its back.
pub struct Archive {
    pub store: Store,
    pub user: UserId,
    place: Place,
}

#[derive(Clone)]
enum Place {
    File(PathBuf),
    Schema(String),
}

/// Runs a statement on a connection of either engine.
macro_rules! run_raw {
    ($raw:expr, $sql:literal) => {{
        sqlx::raw_sql($sql).execute($raw).await.unwrap();
    }};
}

/// A connection that does not belong to the store.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

pub fn on_sqlite(test: impl AsyncFnOnce(&Archive)) {
    let folder = tempfile::tempdir().unwrap();
    block_on(run(Place::File(folder.path().join("archive.db")), test));
}

pub fn on_postgres(test: impl AsyncFnOnce(&Archive)) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("OPENSYNC_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("set OPENSYNC_TEST_POSTGRES_URL to a PostgreSQL server for tests; `scripts/postgres-cluster start` makes one")
    });
    let age = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let schema = format!("t_{age:x}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let create = "do $$ begin execute format('create schema %I', current_setting('test.schema')); end $$";
    let drop = "do $$ begin execute format('drop schema %I cascade', current_setting('test.schema')); end $$";
    block_on(with_schema(&server, &schema, create));
    let mark = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{mark}options=-c%20search_path%3D{schema}");
    // The schema goes away however the test ends.
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(run(Place::Schema(url), test))));
    block_on(with_schema(&server, &schema, drop));
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Runs a statement that takes the name of a schema from a setting, because SQL text is never built.
async fn with_schema(server: &str, schema: &str, statement: &'static str) {
    let mut server = PgConnection::connect(server).await.unwrap();
    let set = sqlx::query("select set_config('test.schema', $1, false)").bind(schema);
    set.execute(&mut server).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut server).await.unwrap();
    server.close().await.unwrap();
}

async fn run(place: Place, test: impl AsyncFnOnce(&Archive)) {
    let store = open(&place).await;
    let archive = Archive { store, user: UserId::local(), place };
    test(&archive).await;
    archive.store.close().await;
}

async fn open(place: &Place) -> Store {
    match place {
        Place::File(path) => Store::open_file(path).await.unwrap(),
        Place::Schema(url) => Store::open_server(url).await.unwrap(),
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Archive {
    /// Another process, as it were, on the same archive.
    pub async fn open_again(&self) -> Store {
        open(&self.place).await
    }

    pub async fn raw(&self) -> Raw {
        match &self.place {
            Place::File(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                Raw::Sqlite(options.connect().await.unwrap())
            }
            Place::Schema(url) => Raw::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    /// Where the files of the archive are, when it is in files.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.place {
            Place::File(path) => path.parent(),
            Place::Schema(_) => None,
        }
    }

    /// Runs a statement behind the store's back.
    pub async fn execute(&self, sql: &'static str) {
        match self.raw().await {
            Raw::Sqlite(mut raw) => drop(sqlx::raw_sql(sql).execute(&mut raw).await.unwrap()),
            Raw::Postgres(mut raw) => drop(sqlx::raw_sql(sql).execute(&mut raw).await.unwrap()),
        }
    }

    /// The one number a statement answers.
    pub async fn number(&self, sql: &'static str) -> i64 {
        match self.raw().await {
            Raw::Sqlite(mut raw) => sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap(),
            Raw::Postgres(mut raw) => sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap(),
        }
    }

    /// How many rows the tables hold that a write fills, all at one moment.
    pub async fn rows(&self) -> [i64; 7] {
        let sql = "select (select count(*) from session), (select count(*) from message), \
                   (select count(*) from part), (select count(*) from body), (select count(*) from response), \
                   (select count(*) from problem), (select count(*) from import)";
        let counts: (i64, i64, i64, i64, i64, i64, i64) = match self.raw().await {
            Raw::Sqlite(mut raw) => sqlx::query_as(sql).fetch_one(&mut raw).await.unwrap(),
            Raw::Postgres(mut raw) => sqlx::query_as(sql).fetch_one(&mut raw).await.unwrap(),
        };
        counts.into()
    }

    pub async fn write(&self, files: Vec<FileRead>) -> Written {
        self.store.write(&self.user, files).await.unwrap()
    }

    /// Writes sessions of one file.
    pub async fn add(&self, sessions: impl IntoIterator<Item = ImportedSession>) -> Written {
        self.write(vec![file("/sessions.jsonl", sessions)]).await
    }

    pub async fn find(&self, external_id: &str) -> Option<Session> {
        self.store.session(&self.user, &id(external_id)).await.unwrap()
    }

    pub async fn get(&self, external_id: &str) -> Session {
        self.find(external_id).await.unwrap_or_else(|| panic!("no session {external_id}"))
    }

    pub async fn messages(&self, external_id: &str) -> Vec<Message> {
        let stored = self.store.all_messages(&self.user, &id(external_id)).await.unwrap();
        stored.into_iter().map(|stored| stored.message).collect()
    }

    pub async fn ledger(&self, external_id: &str) -> Vec<LedgerRow> {
        self.store.ledger(&self.user, &id(external_id), 1, 1_000).await.unwrap().rows
    }

    pub async fn delete(&self, external_ids: &[&str]) -> u64 {
        let ids: Vec<SessionId> = external_ids.iter().map(|name| id(name)).collect();
        self.store.delete_sessions(&self.user, &ids).await.unwrap()
    }
}

impl Raw {
    /// Holds the archive as a process that writes does.
    pub async fn hold(&mut self) {
        match self {
            Self::Sqlite(raw) => run_raw!(raw, "begin immediate"),
            Self::Postgres(raw) => run_raw!(raw, "begin; lock table session in row exclusive mode"),
        }
    }

    /// Lets go of it.
    pub async fn release(&mut self) {
        match self {
            Self::Sqlite(raw) => run_raw!(raw, "rollback"),
            Self::Postgres(raw) => run_raw!(raw, "rollback"),
        }
    }
}

pub fn someone_else() -> UserId {
    UserId::from_stored("someone-else".to_owned())
}

/// The id of the session of [`SOURCE`] with this external id.
pub fn id(external_id: &str) -> SessionId {
    SessionId::derive(&UserId::local(), SOURCE, external_id)
}

/// What a file of [`SOURCE`] gave. A response costs what its tool recorded; one without is unpriced.
pub fn file(path: &str, sessions: impl IntoIterator<Item = ImportedSession>) -> FileRead {
    let sessions = sessions.into_iter().map(|session| {
        let costs = session.responses.iter().map(|response| cost(response.stored_cost)).collect();
        (session, costs)
    });
    FileRead {
        source: SOURCE.to_owned(),
        path: path.to_owned(),
        fingerprint: Fingerprint::default(),
        machine: None,
        sessions: sessions.collect(),
        slices: Vec::new(),
        unchanged: 0,
        problems: Vec::new(),
    }
}

pub fn cost(amount: Option<MicroDollars>) -> Cost {
    let status = if amount.is_some() { CostStatus::Reported } else { CostStatus::Unpriced };
    Cost { amount, status, computed: None, price: None }
}

/// A session without messages.
pub fn session(external_id: &str) -> ImportedSession {
    ImportedSession {
        external_id: external_id.to_owned(),
        title: Some((format!("Session {external_id}"), TitleRank::Prompt)),
        created_at: Some(1_000),
        updated_at: Some(2_000),
        ..ImportedSession::default()
    }
}

/// A session that a call in `parent` started.
pub fn sub_agent(external_id: &str, parent: &str) -> ImportedSession {
    let relation = Relation::SubAgent;
    let parent = Parent { external_id: parent.to_owned(), relation, call_id: None };
    ImportedSession { parent: Some(parent), sidechain: true, ..session(external_id) }
}

/// A message with a given text.
pub fn message(external_id: &str, role: Role, text: &str) -> Message {
    let mut message = Message::new(external_id, role, Some(1_500));
    message.parts.push(Part::Text(text.to_owned()));
    message
}

/// A response of a hundred tokens in and ten out.
pub fn response(key: &str, cost: Option<i64>) -> Response {
    Response {
        key: key.to_owned(),
        message_id: None,
        model: Some("big-model".to_owned()),
        provider: None,
        at: Some(1_500),
        usage: Usage { fresh: 100, output: 10, ..Usage::default() },
        stored_cost: cost.map(MicroDollars),
        incomplete: false,
        line: 1,
        records: 1,
    }
}

/// A session with a prompt, an answer and a response of a thousandth of a dollar for each key; it
/// began to be written at `born_at`.
pub fn conversation(external_id: &str, born_at: i64, keys: &[&str]) -> ImportedSession {
    let mut session = ImportedSession { born_at: Some(born_at), ..session(external_id) };
    for key in keys {
        let answer = format!("answer-{key}");
        session.messages.push(message(&format!("prompt-{key}"), Role::User, "Go on"));
        session.messages.push(message(&answer, Role::Assistant, "Done"));
        session.responses.push(Response { message_id: Some(answer), ..response(key, Some(1_000)) });
    }
    session
}
