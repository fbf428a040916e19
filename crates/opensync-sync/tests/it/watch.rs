//! Watching stores that grow.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use opensync_core::price::Prices;
use opensync_core::{Session, UserId};
use opensync_store::Store;
use opensync_sync::changes::{Listener, News};
use opensync_sync::{Homes, Importer, Options};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A watched home with an archive.
struct Watched {
    store: Store,
    listener: Listener,
    task: JoinHandle<()>,
    folder: TempDir,
}

impl Watched {
    async fn new(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir_all(home.join(".claude/projects")).unwrap();
        prepare(&home);
        let store = Store::open_file(&folder.path().join("archive.db")).await.unwrap();
        let homes = Homes { home, env: Vec::new() };
        let importer = Importer::new(store.clone(), UserId::local(), homes, Prices::embedded()).following();
        importer.run(&Options::default()).await.unwrap();
        let listener = importer.changes().listen(None);
        let task = tokio::spawn(opensync_sync::watch(importer));
        Self { store, listener, task, folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Waits until a change makes the session as it should be.
    async fn until(&mut self, external_id: &str, is_right: impl Fn(&Session) -> bool) -> Session {
        let wait = async {
            loop {
                let found = self.store.session_by_external_id(&UserId::local(), external_id).await.unwrap();
                if let Some(session) = found.filter(&is_right) {
                    return session;
                }
                let news = self.listener.next().await.expect("the watch goes on").1;
                assert!(matches!(news, News::Sessions(ids) if !ids.is_empty()));
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the change is noticed")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn file(home: &Path, project: &str, session: &str) -> PathBuf {
    home.join(".claude/projects").join(project).join(format!("{session}.jsonl"))
}

/// Appends turn `n` of a session: a prompt, an answer and its usage.
fn append(path: &Path, session: &str, n: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let record = |role: &str, message: serde_json::Value| {
        let parent = if role == "user" { (n > 0).then(|| format!("a{}", n - 1)) } else { Some(format!("u{n}")) };
        json!({"type": role, "uuid": format!("{}{n}", &role[..1]), "parentUuid": parent, "sessionId": session,
               "timestamp": format!("2026-05-04T09:{:02}:00.000Z", n % 60), "cwd": "/home/ana/shop",
               "version": "2.1.150", "isSidechain": false, "requestId": format!("req{n}"), "message": message})
    };
    let prompt = record("user", json!({"role": "user", "content": format!("Prompt {n}")}));
    let answer = record(
        "assistant",
        json!({"id": format!("msg{n}"), "role": "assistant", "model": "claude-sonnet-4-6", "stop_reason": "end_turn",
               "content": [{"type": "text", "text": format!("Answer {n}")}],
               "usage": {"input_tokens": 100, "output_tokens": 10}}),
    );
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{prompt}\n{answer}\n").as_bytes()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appended_turn_is_in_the_archive() {
    let mut watched = Watched::new(|home| append(&file(home, "-shop", "s1"), "s1", 0)).await;
    for n in 1..4 {
        append(&file(&watched.home(), "-shop", "s1"), "s1", n);
        let session = watched.until("s1", |session| session.message_count == 2 * (n + 1)).await;
        assert_eq!(session.total_tokens, Some(110 * (n + 1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_folders_and_files_are_noticed() {
    let mut watched = Watched::new(|_| ()).await;
    append(&file(&watched.home(), "-other", "s2"), "s2", 0);
    watched.until("s2", |session| session.message_count == 2).await;
    let agent = watched.home().join(".claude/projects/-other/s2/subagents/agent-a1.jsonl");
    append(&agent, "s2", 0);
    watched.until("s2", |session| session.sub_agents == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_session_in_a_folder_that_was_empty_is_noticed_at_once() {
    let empty = |home: &Path| fs::create_dir_all(home.join(".claude/projects/-empty")).unwrap();
    let mut watched = Watched::new(empty).await;
    append(&file(&watched.home(), "-empty", "s1"), "s1", 0);
    watched.until("s1", |session| session.message_count == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_not_there_is_noticed_at_once() {
    let mut watched = Watched::new(|home| fs::remove_dir_all(home.join(".claude")).unwrap()).await;
    append(&file(&watched.home(), "-first", "s1"), "s1", 0);
    watched.until("s1", |session| session.message_count == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_file_is_read_again_and_a_vanished_one_stays_in_the_archive() {
    let mut watched = Watched::new(|home| (0..3).for_each(|n| append(&file(home, "-shop", "s1"), "s1", n))).await;
    let path = file(&watched.home(), "-shop", "s1");
    append(&path, "s1", 3);
    watched.until("s1", |session| session.message_count == 8).await;
    fs::remove_file(&path).unwrap();
    append(&path, "s1", 0);
    watched.until("s1", |session| session.message_count == 2).await;
    fs::remove_file(&path).unwrap();
    append(&file(&watched.home(), "-shop", "s3"), "s3", 0);
    watched.until("s3", |_| true).await;
    watched.until("s1", |session| session.message_count == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_nothing_watched_is_found_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    append(&file(&home, "-shop", "s1"), "s1", 0);
    let store = Store::open_file(&folder.path().join("archive.db")).await.unwrap();
    let homes = Homes { home: home.clone(), env: Vec::new() };
    let importer = Importer::new(store.clone(), UserId::local(), homes, Prices::embedded()).following();
    importer.run(&Options::default()).await.unwrap();
    append(&file(&home, "-shop", "s1"), "s1", 1);
    let listener = importer.changes().listen(None);
    let task = tokio::spawn(opensync_sync::watch(importer));
    let mut watched = Watched { store, listener, task, folder };
    watched.until("s1", |session| session.message_count == 4).await;
}
