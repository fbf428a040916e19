//! A machine with a home directory and an archive, the program on it, and a small HTTP client.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients");
const PATIENCE: Duration = Duration::from_mins(2);

/// Looks until there is something to see; fails after two minutes.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_micros(500));
    }
}

/// What the real clients' sessions hold.
pub fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{FIXTURES}/expected.json")).unwrap()).unwrap()
}

/// A machine: an empty user's home, a home with stores of agents, and a data folder.
pub struct Machine {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Machine {
    /// One without any session.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["user", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// One with the sessions of the real clients.
    pub fn with_real_sessions() -> Self {
        let machine = Self::new();
        copy(&Path::new(FIXTURES).join("home"), &machine.home());
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// A transcript of Claude Code in the home directory.
    pub fn claude(&self, name: &str) -> PathBuf {
        let path = self.home().join(".claude/projects/-home-ana-shop").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// The program, with nothing of our own environment and no options.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opensync"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.path("user"));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// The program, told where the home directory and the data folder are.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.arg("--home").arg(self.home()).arg("--data-dir").arg(self.path("data"));
        command
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs it, and it must succeed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        succeeded(self.run(arguments))
    }

    /// Imports and answers the summary of each source.
    pub fn import(&self, arguments: &[&str]) -> BTreeMap<String, Value> {
        let summary: Value = serde_json::from_str(&self.ok(&[&["import", "--json"], arguments].concat())).unwrap();
        by_source(&summary)
    }

    /// What `doctor` says of each source.
    pub fn doctor(&self) -> BTreeMap<String, Value> {
        by_source(&serde_json::from_str(&self.ok(&["doctor", "--json"])).unwrap())
    }

    /// A new key, with all rights.
    pub fn key(&self) -> String {
        self.ok(&["key", "create", "test"]).trim_end().to_owned()
    }

    /// Every file of the data folder, byte for byte.
    pub fn archive(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    /// Serves what is in the archive.
    pub fn serve(&self, arguments: &[&str]) -> Server {
        self.serve_at("127.0.0.1:0", arguments)
    }

    /// Serves it at an address.
    pub fn serve_at(&self, address: &str, arguments: &[&str]) -> Server {
        Server::start(self, self.command(&["serve", "--no-open", "--listen", address]).args(arguments))
    }
}

fn by_source(report: &Value) -> BTreeMap<String, Value> {
    let sources = report["sources"].as_array().unwrap();
    sources.iter().map(|row| (row["source"].as_str().unwrap().to_owned(), row.clone())).collect()
}

/// Standard output of a command that must have succeeded.
pub fn succeeded(ended: Ended) -> String {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout
}

/// A command that must fail: its message, which is all it says.
pub fn failed(ended: Ended) -> String {
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout, "", "a failure is no result");
    assert!(!ended.stderr.trim().is_empty(), "a failure says why");
    ended.stderr
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: PathBuf,
    /// The line it printed.
    pub line: String,
    /// `127.0.0.1:PORT`.
    pub address: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Asks an address by the name of another host.
pub fn get_at(address: &str, path: &str, key: Option<&str>) -> Answer {
    ask(TcpStream::connect(address).unwrap(), "sessions.example", path, key)
}

fn ask(mut stream: TcpStream, host: &str, path: &str, key: Option<&str>) -> Answer {
    let key = key.map_or_else(String::new, |key| format!("Authorization: Bearer {key}\r\n"));
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{key}Accept: application/json\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(!head.contains("transfer-encoding"), "{head}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: body.to_owned() }
}

impl Server {
    fn start(machine: &Machine, command: &mut Command) -> Self {
        let stderr = machine.path("serve.log");
        command.stdout(Stdio::piped()).stderr(File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().split_once("http://").map(|(_, address)| address.to_owned());
        let address =
            address.unwrap_or_else(|| panic!("no address in {line:?}: {}", fs::read_to_string(&stderr).unwrap()));
        Self { child, stdout, stderr, line, address }
    }

    /// Asks for a path, with a key or without.
    pub fn get(&self, path: &str, key: Option<&str>) -> Answer {
        let stream = TcpStream::connect(&self.address).unwrap_or_else(|error| {
            let state = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
            let log = fs::read_to_string(&self.stderr).unwrap();
            panic!("no connection to {}: {error}; it said {log:?}; {state:?}", self.address)
        });
        ask(stream, &self.address, path, key)
    }

    /// Waits until it remarked something with this in it; answers the line.
    pub fn remarked(&self, words: &str) -> String {
        until("the server remarks it", || {
            let said = fs::read_to_string(&self.stderr).unwrap();
            said.lines().find(|line| line.contains(words)).map(str::to_owned)
        })
    }

    /// The lines of an answer that does not end.
    pub fn listen(&self, path: &str) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        let status = lines.next().unwrap();
        assert!(status.ends_with("200 OK"), "{status}");
        lines
    }

    /// All sessions that match, page by page.
    pub fn sessions(&self, key: &str, filter: &str) -> Vec<Value> {
        let (mut sessions, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/api/sessions?limit=7&{filter}&cursor={cursor}"), Some(key)).json();
            sessions.extend(page["sessions"].as_array().unwrap().iter().cloned());
            match page["cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return sessions,
            }
        }
    }

    /// Waits until the import it began with is done.
    pub fn imported(&self, sessions: u64) {
        until("the import of the server ends", || {
            let progress = self.get("/import/progress", None).json();
            (progress["running"] == false && progress["sessions"] == sessions).then_some(())
        });
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it ended: how, what else it printed, and its remarks.
    pub fn ended(mut self) -> (ExitStatus, String, String) {
        let child = &mut self.child;
        let status = until("the server ends", || child.try_wait().unwrap());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status, rest, fs::read_to_string(&self.stderr).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The archive as programs see it: every session with all messages, by its own id, and the statistics.
pub fn everything(server: &Server, key: &str) -> (Vec<Value>, Value) {
    let mut sessions = server.sessions(key, "");
    // A fork begins at the same moment as what it repeats.
    sessions.sort_by_key(|session| session["externalId"].as_str().unwrap().to_owned());
    let get = |session: &Value| {
        let id = session["id"].as_str().unwrap();
        server.get(&format!("/api/sessions/get?id={id}"), Some(key)).json()
    };
    (sessions.iter().map(get).collect(), server.get("/api/stats", Some(key)).json())
}

/// Sources with sessions in the fixtures, in the order summaries show them: id, name, sessions.
pub const REAL: [(&str, &str, u64); 6] = [
    ("opencode", "OpenCode", 14),
    ("claude-code", "Claude Code", 14),
    ("codex-cli", "Codex CLI", 16),
    ("cursor", "Cursor", 5),
    ("factory-droid", "Factory Droid", 4),
    ("pi", "Pi", 7),
];

/// All sessions of the fixtures.
pub fn real_sessions() -> u64 {
    REAL.iter().map(|(.., sessions)| sessions).sum()
}
