//! Pi (pi-coding-agent): JSON Lines under `~/.pi/agent/sessions`.
//!
//! **Where.** `<sessions>/--<folder>--/<time>_<session id>.jsonl`; with `--session-dir` the files
//! lie flat in a folder of the user's. `PI_CODING_AGENT_DIR` replaces `~/.pi/agent`. Extensions keep
//! their own folders among them: a file there is a session when it has a session's header.
//!
//! **Records.** The first line is the header (`session`): id, time, working folder, and for a fork
//! the path of the file it was made from (`parentSession`, in version 1 `branchedFrom`). Every other
//! line is an entry. Version 1 is a list; since version 2 entries form a tree by `id` and
//! `parentId`, and the user is on the branch of the last entry. Version 3 only renames a role.
//! Opening an old file in a newer Pi rewrites it with new random ids. A fork repeats its parent's
//! entries with the same ids, times and usage; a session may name a parent and repeat nothing.
//!
//! **Usage.** One `assistant` entry is one response with its final usage, on every branch.
//! `input` is fresh input, `cacheRead` and `cacheWrite` come on top, reasoning is in `output`.
//! `cost.total` is what Pi itself makes of it; 0 for models it knows no price of. A response goes by
//! its `responseId` and time, or by its times, model and usage, all of which copies share. Calls for
//! compaction and branch summaries are stored nowhere; `tokensBefore` is a context size.
//!
//! **Prompts.** `user` messages, without the `<file>` and `<skill>` blocks in front. Commands of the
//! user's shell (`bashExecution`), extensions' messages and summaries are system messages, and so is
//! a call that failed without an answer.
//!
//! **Evidence.** 0.73.1 was run against a scripted model server (the files in
//! `fixtures/real-clients`); versions 1 and 2 are known from published transcripts and Pi's source.
//!
//! Start reading at [`Pi`], then `reader.rs`.

use std::path::Path;

use crate::follow::{self, Follower};
use crate::{About, Follow, Origin, Plugin, Sink, Source, Unreadable, folder};
use reader::Reader;

mod content;
mod expected;
mod parent;
mod prompt;
mod reader;
mod record;
mod tree;

/// Deeper folders are not looked into: extensions' are at most a few deep.
const MAX_DEPTH: usize = 8;

/// Pi.
pub struct Pi;

/// What is fixed about Pi.
pub static ABOUT: About = About {
    id: "pi",
    name: "Pi",
    roots: &[".pi/agent/sessions"],
    env: "PI_CODING_AGENT_DIR",
    connect: &[("Start it in a project", "pi"), ("Then import", "opensync import --source pi")],
    resume: Some("pi --session"),
    plugin: Some(Plugin {
        // Seen in version 0.2.0.
        name: "pi-opensync-plugin",
        install: "",
        env: Some(["PI_OPENSYNC_CONVEX_URL", "PI_OPENSYNC_API_KEY"]),
        file: ".config/pi-opensync-plugin/config.json",
        members: r#""autoSync":true,"syncToolCalls":true"#,
        login: Some(("/opensync:config", "")),
        enable: None,
        note: "/opensync:config is typed in Pi.",
    }),
};

impl Source for Pi {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        let files = folder::transcripts(&folder::inside(root, "sessions"), MAX_DEPTH, unreadable);
        files.into_iter().map(|(path, about)| folder::origin(path, &about, String::new())).collect()
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        follow::once::<Reader>(origin, sink)
    }

    fn follow(&self, _: &Origin) -> Option<Box<dyn Follow>> {
        Some(Box::new(Follower::<Reader>::new()))
    }
}
