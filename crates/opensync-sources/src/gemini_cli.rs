//! Gemini CLI: one file for each session below `~/.gemini/tmp`.
//!
//! **Where.** `<home>/.gemini/tmp/<project>/chats/session-<time>-<start of the id>.jsonl`, in older
//! releases `.json`; `GEMINI_CLI_HOME` names the home. Resuming a `.json` file copies it into a `.jsonl`
//! beside it, which then counts. A sub-agent's file is `chats/<session it works for>/<id>.jsonl`.
//! `<project>` is a short name that `projects.json` and `.project_root` give the path of, in older
//! releases the SHA-256 of the path; a newer client **copies** the files under the short name.
//!
//! **Records.** A `.json` file is one object: the header's fields and `messages`. A `.jsonl` file begins
//! with the header (`sessionId`, `projectHash`, `startTime`, `kind`); every other line is a message, or
//! `$set` with fields of the header, or `$rewindTo`, which takes back the message named **and** what
//! follows. A message is written again, under its id, with its tool calls. `$set.messages` replaces the
//! whole history, which the client does at the start, when it resumes (the same ids, but new times and
//! neither tokens nor calls: what was known before stays), when a prompt is aborted, and when it
//! compresses: then a `<state_snapshot>` comes first and what was kept is repeated under new ids, so
//! here the originals stay in sight and the copies do not. A resume within the minute of the start writes
//! a second header. One that is later leaves a file with the same session id and no conversation.
//!
//! **Messages.** `user`, `gemini` and the client's `info`, `warning` and `error`. Results of tools are in
//! `toolCalls[].result`, and once more in a `user` message. `displayContent` is what was typed when the
//! content has files added. `<session_context>` and `<hook_context>` are the client's.
//!
//! **Usage.** One `gemini` message is one response. `tokens.input` includes `cached`; `thoughts` come on
//! top of `output` and `tool` on top of `input` (`total` is the sum). `null` means that nobody knows.
//! Calls for compression, summaries, routing and web searches are recorded nowhere. No cost is.
//!
//! **Evidence.** 0.61.0 was run against a scripted model server (tools, resume, `/compress`, `/rewind`,
//! a sub-agent), and so was 0.20.0, which writes the older layout, with 0.61.0 resuming its session.
//! `chatRecordingService`, `sessionUtils` and `projectRegistry` of 0.61.0 were read. The files in
//! `fixtures/gemini-cli` are written after those.
//!
//! Start reading at [`GeminiCli`], then `reader.rs`.

use std::path::Path;

use crate::{About, Origin, Sink, Source, Unreadable, jsonl};

mod calls;
mod content;
mod draft;
mod expected;
mod find;
mod project;
mod reader;
mod shown;
mod whole;

/// Gemini CLI.
pub struct GeminiCli;

/// What is fixed about Gemini CLI.
pub static ABOUT: About = About {
    id: "gemini-cli",
    name: "Gemini CLI",
    roots: &[".gemini"],
    env: "GEMINI_CLI_HOME",
    connect: &[("Start it in a project", "gemini"), ("Then import", "opensync import --source gemini-cli")],
    resume: Some("gemini --resume"),
    plugin: None,
};

impl Source for GeminiCli {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        find::origins(root, unreadable)
    }

    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        let mut reader = reader::Reader::default();
        if origin.path.extension().is_some_and(|end| end == "json") {
            whole::read(&origin.path, &mut reader, sink)?;
        } else {
            jsonl::read(&origin.path, sink, |line, text, _| reader.line(line, text))?;
        }
        let (session, problems) = reader.finish(&origin.path, &origin.note);
        for problem in problems {
            sink.problem(problem);
        }
        if let Some(session) = session {
            sink.session(session);
        }
        Ok(())
    }
}
