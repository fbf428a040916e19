//! An archive, the site over it, and requests to it.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use opensync_core::UserId;
use opensync_core::price::Prices;
use opensync_store::{Scope, Store};
use opensync_sync::{Homes, Importer, Options};
use opensync_web::{AppState, Limits, Summariser};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients/home");

/// The archive of the real clients' sessions: imported once, copied for each test.
static REAL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let import = || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("archive.db");
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let store = Store::open_file(&file).await.unwrap();
            let importer = importer(&store, Path::new(FIXTURES));
            // Two tools are enough to see every kind of session.
            let sources = vec!["claude-code".to_owned(), "codex-cli".to_owned()];
            importer.run(&Options { sources }).await.unwrap();
            store.close().await;
        });
        fs::read(file).unwrap()
    };
    // A test has a runtime already, and runtimes do not nest.
    std::thread::spawn(import).join().unwrap()
});

fn importer(store: &Store, home: &Path) -> Importer {
    let homes = Homes { home: home.to_owned(), env: Vec::new() };
    Importer::new(store.clone(), UserId::local(), homes, Prices::embedded())
}

/// What a browser says of a form's body.
pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The site over an archive of its own.
pub struct Site {
    pub store: Store,
    pub key: String,
    router: Router,
    folder: TempDir,
}

/// An answer of the site.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The HTML of an answer that must be one.
    pub fn html(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        assert!(self.header("content-type").starts_with("text/html"));
        self.text()
    }

    /// The JSON of an answer that must be one, whatever its status.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// All values of a header; empty without it.
    pub fn header(&self, name: &str) -> String {
        let values: Vec<_> = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }
}

impl Site {
    /// Over the 30 sessions of two real clients, 4 of them sub-agents.
    pub async fn real() -> Self {
        Self::open(Some(&REAL)).await
    }

    /// Over an archive without any session, in an empty home.
    pub async fn empty() -> Self {
        Self::open(None).await
    }

    /// Over transcripts of Claude Code: file name and text.
    pub async fn of(transcripts: &[(&str, String)]) -> Self {
        let site = Self::empty().await;
        let folder = site.home().join(".claude/projects/-home-ana-shop");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in transcripts {
            fs::write(folder.join(name), text).unwrap();
        }
        importer(&site.store, &site.home()).run(&Options::default()).await.unwrap();
        site
    }

    /// Imports what is in the home by now.
    pub async fn import(&self) {
        importer(&self.store, &self.home()).run(&Options::default()).await.unwrap();
    }

    async fn open(archive: Option<&[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, home) = (folder.path().join("archive.db"), folder.path().join("home"));
        fs::create_dir(&home).unwrap();
        if let Some(bytes) = archive {
            fs::write(&file, bytes).unwrap();
        }
        let store = Store::open_file(&file).await.unwrap();
        let key = store.create_key(&UserId::local(), "test", &[Scope::Read]).await.unwrap().secret;
        let hosts = vec!["sessions.example".to_owned()];
        let router =
            opensync_web::router(AppState::new(store.clone(), importer(&store, &home), hosts, "/data/archive.db"));
        Self { store, key, router, folder }
    }

    /// The same site with a model that writes summaries.
    pub fn with_summariser(self, summariser: Summariser) -> Self {
        let state =
            AppState::new(self.store.clone(), importer(&self.store, &self.home()), Vec::new(), "/data/archive.db");
        Self { router: opensync_web::router(state.with_summariser(Some(summariser))), ..self }
    }

    /// The same site with limits for programs.
    pub fn with_limits(self, limits: Limits) -> Self {
        let state =
            AppState::new(self.store.clone(), importer(&self.store, &self.home()), Vec::new(), "/data/archive.db");
        Self { router: opensync_web::router(state.with_limits(limits)), ..self }
    }

    /// The site itself.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Where stores of agents are looked for.
    pub fn home(&self) -> std::path::PathBuf {
        self.folder.path().join("home")
    }

    /// Sends a request: its first line's words, and headers. `Host` is `localhost` unless given.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, headers, String::new()).await
    }

    /// The same with a body.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        self.send_bytes(method, path, headers, body.into_bytes()).await
    }

    /// The same with a body that may be no text.
    pub async fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let response = self.response(method, path, headers, body).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks with a key from an address.
    pub async fn ask_from(&self, address: &str, path: &str, key: &str) -> Answer {
        let peer: SocketAddr = (address.parse::<IpAddr>().unwrap(), 5_000).into();
        let request = Request::builder().uri(path).header("host", "localhost").extension(ConnectInfo(peer));
        let request = request.header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The answer with its body still to come.
    pub async fn response(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> axum::response::Response {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:6796");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    /// A form of a page of this site.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, &[FORM, ("sec-fetch-site", "same-origin")], form.to_owned()).await
    }

    /// The API, with a key that may do everything.
    pub async fn admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        let key = self.store.create_key(&UserId::local(), "admin", &Scope::ALL).await.unwrap().secret;
        self.send(method, path, &[("authorization", &format!("Bearer {key}"))], body.to_string()).await
    }

    /// Sends a form, as a browser encodes it.
    pub async fn send_form(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: Vec<(&str, &str)> = std::iter::once(FORM).chain(headers.iter().copied()).collect();
        self.send("POST", path, &headers, form.to_owned()).await
    }

    /// A whole page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    /// A part of a page, for the element the script puts it into.
    pub async fn fragment(&self, path: &str, target: &str) -> Answer {
        let headers = [("hx-request", "true"), ("hx-request-type", "partial"), ("hx-target", target)];
        self.ask("GET", path, &headers).await
    }

    /// The API, with a key that may read.
    pub async fn api(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("authorization", &format!("Bearer {}", self.key))]).await
    }

    /// All sessions the API lists for a query.
    pub async fn sessions(&self, query: &str) -> Vec<Value> {
        let answer = self.api(&format!("/api/sessions?limit=200&{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["sessions"].as_array().unwrap().clone()
    }

    /// The id of the session a tool calls so.
    pub async fn id(&self, external_id: &str) -> String {
        let session = self.store.session_by_external_id(&UserId::local(), external_id).await.unwrap();
        session.unwrap_or_else(|| panic!("no session {external_id}")).id.to_string()
    }
}

/// A sync plugin with a key of its own. It holds no site: many can send at once.
pub struct Plugin {
    router: Router,
    bearer: String,
}

impl Plugin {
    /// A plugin that sends to a site, with all rights, so that it can look at what became of it too.
    pub async fn of(site: &Site) -> Self {
        let key = site.store.create_key(&UserId::local(), "plugin", &[Scope::Sync, Scope::Read]).await.unwrap();
        Self { router: site.router.clone(), bearer: format!("Bearer {}", key.secret) }
    }

    async fn ask(&self, method: &str, path: &str, body: String) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "localhost:6796");
        // What Node sends by itself.
        let request = request.header("content-type", "text/plain;charset=UTF-8").header("authorization", &self.bearer);
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a body as it is.
    pub async fn send(&self, path: &str, body: String) -> Answer {
        self.ask("POST", path, body).await
    }

    /// Sends a call that must be taken.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.send(path, body.to_string()).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["ok"], true);
        answer
    }

    pub async fn session(&self, body: &Value) -> Value {
        self.post("/sync/session", body).await
    }

    pub async fn message(&self, body: &Value) -> Value {
        self.post("/sync/message", body).await
    }

    pub async fn batch(&self, body: &Value) -> Value {
        self.post("/sync/batch", body).await
    }

    pub async fn get_json(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, String::new()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// What the API says of a session, with its messages.
    pub async fn get(&self, external_id: &str) -> Value {
        self.get_json(&format!("/api/sessions/get?id={external_id}")).await
    }

    /// The page of a session.
    pub async fn page(&self, external_id: &str) -> String {
        let id = self.get(external_id).await["id"].as_str().unwrap().to_owned();
        self.ask("GET", &format!("/sessions/{id}"), String::new()).await.html()
    }
}

/// A record of a Claude Code transcript in a chain.
pub fn record(n: usize, mut record: Value) -> Value {
    let more = json!({
        "uuid": format!("m{n}"), "parentUuid": n.checked_sub(1).map(|n| format!("m{n}")), "sessionId": "S1",
        "timestamp": format!("2026-05-04T{:02}:{:02}:{:02}.000Z", 9 + n / 3600, n / 60 % 60, n % 60),
        "cwd": "/home/ana/shop", "gitBranch": "main", "version": "2.1.150", "isSidechain": false,
    });
    for (name, value) in more.as_object().unwrap() {
        record.as_object_mut().unwrap().entry(name).or_insert_with(|| value.clone());
    }
    record
}

/// A prompt, or what a tool gave back.
pub fn user(n: usize, content: impl Into<Value>) -> Value {
    record(n, json!({"type": "user", "message": {"role": "user", "content": content.into()}}))
}

/// An answer of the model.
pub fn assistant(n: usize, content: &Value) -> Value {
    let usage = json!({"input_tokens": 9, "output_tokens": 20});
    let message = json!({"id": format!("msg_{n}"), "role": "assistant", "model": "claude-sonnet-4-6",
                         "content": content, "usage": usage, "stop_reason": "end_turn"});
    record(n, json!({"type": "assistant", "requestId": format!("req_{n}"), "message": message}))
}

/// The text of a transcript.
pub fn lines(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}
