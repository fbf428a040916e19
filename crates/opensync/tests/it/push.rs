//! Sessions that are pushed from one machine to the server on another.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Ended, Machine, Server, everything, failed, succeeded, until};
use crate::transcript::{Transcript, short};

const SESSIONS: usize = 120;

/// Two machines: a laptop, and one with a server that has a key for it.
struct Pair {
    laptop: Machine,
    other: Machine,
    server: Option<Server>,
    address: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let other = Machine::new();
        let key = other.key();
        let server = other.serve(&["--no-import"]);
        let address = server.address.clone();
        Self { laptop: Machine::new(), other, server: Some(server), address, key }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Kills the server and starts it again where it was.
    fn restart(&mut self) {
        self.server = None;
        self.server = Some(self.other.serve_at(&self.address, &["--no-import"]));
    }

    fn write(&self, id: &str, text: &str) {
        fs::write(self.laptop.claude(&format!("{id}.jsonl")), text).unwrap();
    }

    /// `opensync push` with the address and the key.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.laptop.command(&[&["push"], arguments].concat());
        command.env("OPENSYNC_PUSH_KEY", &self.key).env("OPENSYNC_MACHINE", "laptop");
        command.arg("--to").arg(format!("http://{}/", self.address));
        command
    }

    /// Runs it with all of its log; the key is never in it.
    fn push(&self, arguments: &[&str]) -> String {
        let ended: Ended = self.command(arguments).env("RUST_LOG", "trace").output().unwrap().into();
        assert!(ended.stderr.contains("TRACE"), "{ended:?}");
        assert!(!ended.stderr.contains("osk_") && !ended.stdout.contains("osk_"), "{ended:?}");
        succeeded(ended)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let log = File::create(self.laptop.path("push.log")).unwrap();
        self.command(arguments).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// How many sessions the server has.
    fn there(&self) -> u64 {
        let answer = self.server().get("/api/sessions?limit=1", Some(&self.key)).json();
        answer["total"].as_u64().unwrap()
    }

    /// Both archives as programs see them.
    fn both(&self) -> [(Vec<Value>, Value); 2] {
        let key = self.laptop.key();
        [everything(&self.laptop.serve(&["--no-import"]), &key), everything(self.server(), &self.key)]
    }

    fn assert_same(&self, sessions: usize) {
        let [(here, stats), (there, stats_there)] = self.both();
        assert_eq!((here.len(), there.len()), (sessions, sessions));
        for (here, there) in here.iter().zip(&there) {
            for (name, value) in here.as_object().unwrap() {
                assert!(*value == there[name], "{name} of {}", here["externalId"]);
            }
            assert_eq!(here["machine"], "laptop");
        }
        assert_eq!(stats, stats_there);
    }
}

#[test]
fn a_push_gets_through_whatever_is_killed() {
    let mut pair = Pair::new();
    let mut last = Transcript::new("", 0);
    for n in 0..SESSIONS {
        let (id, minute) = (format!("session-{n:03}"), 60 + 4 * n as u32);
        let begun = if n % 10 == 9 { last.forked(&id, minute) } else { Transcript::new(&id, minute) };
        let session = begun.turn(&format!("Prompt {n}"), &"words ".repeat(20_000)).turn("Go on", "Done.");
        pair.write(&id, &session.text());
        last = session;
    }
    let mut child = pair.start(&[]);
    let mut kills = 0;
    for round in 0..4 {
        let before = pair.there();
        let more = until("the server has more sessions", || {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{}", fs::read_to_string(pair.laptop.path("push.log")).unwrap());
                return Some(false);
            }
            (pair.there() > before).then_some(true)
        });
        if !more {
            break;
        }
        kills += 1;
        if round % 2 == 0 {
            pair.restart();
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
            child = pair.start(&[]);
        }
    }
    assert!(kills > 1, "it was too fast to be killed");
    let status = until("the push ends", || child.try_wait().unwrap());
    assert!(status.success(), "{}", fs::read_to_string(pair.laptop.path("push.log")).unwrap());
    pair.assert_same(SESSIONS);
    let said = pair.push(&[]);
    assert!(said.contains("Nothing new to send"), "{said}");
}

#[test]
fn a_turn_that_was_appended_goes_alone() {
    let pair = Pair::new();
    let first = Transcript::new("S1", 540).turn("Begin", &"long ".repeat(9_000)).turn("Go on", "Gone on.");
    pair.write("S1", &first.text());
    pair.write("S2", &short("S2"));
    let said = pair.push(&[]);
    assert!(
        said.contains("2 sessions sent to") && said.contains("2 new there") && said.contains("6 messages"),
        "{said}"
    );
    pair.write("S1", &first.turn("More", "Even more.").text());
    let said = pair.push(&["--dry-run"]);
    assert!(said.contains("1 session with 2 messages would be sent"), "{said}");
    let said = pair.push(&[]);
    assert!(said.contains("1 session sent to") && said.contains("1 changed") && said.contains("(2 messages"), "{said}");
    pair.assert_same(2);
    let said = pair.push(&["--again", "--dry-run"]);
    assert!(said.contains("2 sessions with 8 messages would be sent"), "{said}");
    assert!(pair.push(&["--dry-run"]).contains("Nothing new"));
    let said = pair.push(&["--again"]);
    assert!(said.contains("2 as they were"), "{said}");
}

#[test]
fn all_real_sessions_arrive_as_they_are() {
    let pair = Pair { laptop: Machine::with_real_sessions(), ..Pair::new() };
    pair.push(&[]);
    // Whole files say more than the API does.
    let file = |machine: &Machine| {
        let text = machine.ok(&["export", "--output", "-"]);
        let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for (here, there) in file(&pair.laptop).iter().zip(&file(&pair.other)) {
        assert_eq!(here, there);
    }
}

#[test]
fn a_dry_run_says_what_would_go_and_sends_nothing() {
    let pair = Pair { laptop: Machine::with_real_sessions(), ..Pair::new() };
    let said = pair.push(&["--dry-run", "--source", "claude-code,pi"]);
    assert!(said.contains("Claude Code") && said.contains("Pi ") && !said.contains("Codex"), "{said}");
    assert!(said.contains("Nothing was sent."), "{said}");
    assert_eq!(pair.there(), 0);
    let said = pair.push(&["--project", "/nowhere/*"]);
    assert!(said.contains("Nothing new to send"), "{said}");
    pair.push(&["--exclude", "*"]);
    assert_eq!(pair.server().sessions(&pair.key, "").iter().filter(|one| !one["projectPath"].is_null()).count(), 0);
    let message = failed(pair.command(&["--project", "a["]).output().unwrap().into());
    assert!(message.contains("`a[` is no pattern"), "{message}");
}

#[test]
fn what_nobody_should_read_stays_here() {
    let pair = Pair::new();
    let token = format!("ghp_{}", "R4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0m");
    let first = Transcript::new("S1", 540).turn(&format!("Use {token} please"), &format!("I use {token}."));
    pair.write("S1", &first.text());
    pair.push(&["--redact"]);
    pair.write("S1", &first.turn("Go on", "Gone on.").text());
    let said = pair.push(&["--redact"]);
    assert!(said.contains("(2 messages"), "{said}");
    let session = &pair.server().sessions(&pair.key, "")[0];
    assert_eq!(session["title"], "Use ⟦GitHub token⟧ please");
    assert_eq!((&session["messageCount"], &session["totalTokens"]), (&4.into(), &2522.into()));
    let is_there = |machine: &Machine| {
        machine.archive().values().any(|bytes| bytes.windows(token.len()).any(|window| window == token.as_bytes()))
    };
    assert!(is_there(&pair.laptop) && !is_there(&pair.other));
    // Without, all of it goes again.
    pair.push(&["--again"]);
    assert!(pair.server().sessions(&pair.key, "")[0]["title"].as_str().unwrap().contains(&token));
}

#[test]
fn a_push_that_cannot_be_says_what_to_do() {
    let mut pair = Pair::new();
    pair.write("S1", &short("S1"));
    pair.key = "osk_wrong".to_owned();
    let refused = |pair: &Pair, arguments: &[&str]| -> String {
        let message = failed(pair.command(arguments).output().unwrap().into());
        assert!(!message.contains("osk_wrong"), "{message}");
        message
    };
    assert!(refused(&pair, &[]).contains("does not know this key"));
    pair.key = pair.other.ok(&["key", "create", "reader", "--scope", "read"]).trim().to_owned();
    assert!(refused(&pair, &[]).contains("needs the right `sync`"));
    pair.key = pair.other.ok(&["key", "create", "sender", "--scope", "sync"]).trim().to_owned();
    pair.server = None;
    let message = refused(&pair, &["--patience", "0"]);
    assert!(message.contains("cannot be reached") && message.contains("Nothing is lost"), "{message}");
    pair.server = Some(pair.other.serve_at(&pair.address, &["--no-import"]));
    pair.push(&["--patience", "0"]);

    let bare = |arguments: &[&str]| failed(pair.laptop.run(&[&["push"], arguments].concat()));
    assert!(bare(&[]).contains("push-to"));
    assert!(bare(&["--to", "http://127.0.0.1:1"]).contains("OPENSYNC_PUSH_KEY"));
    assert!(bare(&["--to", "sessions.example", "--key", "x"]).contains("no address of a server"));
    assert!(bare(&["--source", "emacs"]).contains("`emacs` is no source"));
}

#[test]
fn a_push_that_watches_sends_what_is_written() {
    let mut pair = Pair::new();
    let first = Transcript::new("S1", 540).turn("Begin", "Begun.");
    pair.write("S1", &first.text());
    let mut child = pair.start(&["--watch"]);
    let messages = |pair: &Pair| {
        let sessions = pair.server().sessions(&pair.key, "");
        sessions.iter().map(|one| one["messageCount"].as_u64().unwrap()).sum::<u64>()
    };
    until("the first session is sent", || (messages(&pair) == 2).then_some(()));
    pair.write("S1", &first.turn("Go on", "Gone on.").text());
    until("the turn is sent", || (messages(&pair) == 4).then_some(()));
    pair.restart();
    pair.write("S2", &short("S2"));
    until("another one is sent", || (messages(&pair) == 6).then_some(()));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    pair.assert_same(2);
}

/// A `systemctl` that notes what it is asked.
fn with_systemctl(machine: &Machine) -> impl Fn(&[&str]) -> Ended {
    let (bin, log) = (machine.path("bin"), machine.path("asked"));
    fs::create_dir(&bin).unwrap();
    let program = bin.join("systemctl");
    fs::write(&program, format!("#!/bin/sh\necho \"$@\" >>'{}'\n", log.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    move |arguments: &[&str]| {
        let mut command = machine.command(&[&["push"], arguments].concat());
        command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
        command.output().unwrap().into()
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_service_is_installed_and_removed() {
    let pair = Pair::new();
    let (laptop, to) = (&pair.laptop, format!("http://{}", pair.address));
    let unit = laptop.path("user/.config/systemd/user/opensync-push.service");
    let key = laptop.path("user/.config/opensync/push-key");
    let run = with_systemctl(laptop);
    let install = ["install", "--to", &to, "--key", &pair.key, "--redact", "--project", "my app"];

    let said = succeeded(run(&[&install[..], &["--print"]].concat()));
    assert!(said.contains("\"--project=my app\"") && !said.contains(&pair.key), "{said}");
    assert!(!unit.exists() && !key.exists() && !laptop.path("asked").exists());

    for _ in 0..2 {
        let said = succeeded(run(&install));
        assert!(said.contains("journalctl --user -u opensync-push.service") && !said.contains(&pair.key), "{said}");
    }
    let text = fs::read_to_string(&unit).unwrap();
    assert!(!text.contains(&pair.key), "{text}");
    for word in
        ["\"push\" \"--watch\"", "\"--redact\"", &to, &*laptop.home().to_string_lossy(), &*key.to_string_lossy()]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(fs::read_to_string(&key).unwrap().trim(), pair.key);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let asked = fs::read_to_string(laptop.path("asked")).unwrap();
    assert!(asked.ends_with("--user enable opensync-push.service\n--user restart opensync-push.service\n"), "{asked}");

    let message = failed(run(&["install", "--to", &to, "--key", "osk_wrong"]));
    assert!(message.contains("does not know this key"), "{message}");
    assert!(fs::read_to_string(&key).unwrap().contains(&pair.key), "what was installed stays");

    for words in ["is removed", "No service"] {
        let said = succeeded(run(&["uninstall"]));
        assert!(said.contains(words), "{said}");
        assert!(!unit.exists() && !key.exists());
    }
    let asked = fs::read_to_string(laptop.path("asked")).unwrap();
    assert_eq!(asked.matches("--user disable --now opensync-push.service\n").count(), 1, "{asked}");
}
