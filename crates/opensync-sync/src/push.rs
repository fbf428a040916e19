//! Sends the sessions of this archive to a server, with everything that is known of them.
//!
//! The archive remembers for each session what the server acknowledged ([`opensync_store::Sent`]): in which
//! state, and which messages. So a push sends what is new, and one that was killed goes on where it was:
//! something is noted only after the server said that it has it, and what is sent twice is written once.
//!
//! Start reading at [`Pusher::pass`], then `push/prepare.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use opensync_core::UserId;
use opensync_core::export::piece;
use opensync_store::{Accepted, Candidate, Sent, Store};

use crate::changes::Changes;

mod choose;
mod prepare;
mod retry;
mod server;
mod trail;

pub use choose::{BadPattern, Choice};
pub use server::{Failure, Server};

use prepare::{Piece, Prepared, Reading};
use server::{Answer, Refused};

/// A request holds about so many bytes of JSON, ...
const REQUEST_BYTES: usize = 4 << 20;
/// ... of which a server that takes less gets less, down to this, ...
const LEAST_BYTES: usize = 64 << 10;
/// ... and so many sessions.
const REQUEST_SESSIONS: usize = 200;
/// A session that is asked for again so often is left for the next push.
const MOST_TRIES: u32 = 3;
/// How zstd packs: a slow line is slower than this.
const LEVEL: i32 = 6;
/// What is written together is waited for this long.
const SETTLE: Duration = Duration::from_millis(300);
/// Another process may write to the archive: it is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Which sessions are pushed, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which.
    pub choice: Choice,
    /// Take out what nobody should read.
    pub redact: bool,
    /// The name of this machine.
    pub machine: Option<String>,
}

/// What was done so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Sessions that were looked at, ...
    pub done: u64,
    /// ... of so many.
    pub total: u64,
    /// Sessions that are new there.
    pub imported: u64,
    /// Sessions that were there and differed.
    pub updated: u64,
    /// Sessions that were there as they are.
    pub unchanged: u64,
    /// Titles of sessions that were deleted there, and stay so.
    pub deleted: Vec<String>,
    /// Titles of sessions of which another machine told more.
    pub older: Vec<String>,
    /// Titles of sessions that were not taken, and why.
    pub failed: Vec<(String, String)>,
    /// Messages that were sent.
    pub messages: u64,
    /// Bytes that were sent, packed.
    pub bytes: u64,
}

/// What would be sent of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The source's id.
    pub source: String,
    /// The project; none for sessions of no project.
    pub project: Option<String>,
    /// Sessions.
    pub sessions: u64,
    /// Messages.
    pub messages: u64,
    /// Bytes of JSON, before they are packed.
    pub bytes: u64,
}

/// Pushes to one server.
#[derive(Debug)]
pub struct Pusher {
    server: Server,
    reading: Reading,
    choice: Choice,
    /// Everything up to this transaction was acknowledged, or is left for the next process.
    since: i64,
    request_bytes: usize,
    request_sessions: usize,
}

/// A session to look at.
struct Work {
    candidate: Candidate,
    /// All of it is asked for.
    afresh: bool,
    /// Its beginning was new there.
    is_new: bool,
    tries: u32,
}

/// What goes in one request.
#[derive(Default)]
struct Batch {
    pieces: Vec<(Work, Piece)>,
    /// Those there is nothing to send of.
    same: Vec<Sent>,
    looked_at: u64,
}

impl Pusher {
    /// Asks the server who it is, which also shows whether the key is right.
    pub async fn new(store: Store, user: UserId, server: Server, options: Options) -> Result<Self, Failure> {
        let archive = server.archive().await?;
        let Options { choice, redact, machine } = options;
        let reading = Reading { store, user, archive, machine, redact };
        let (request_bytes, request_sessions) = (REQUEST_BYTES, REQUEST_SESSIONS);
        Ok(Self { server, reading, choice, since: 0, request_bytes, request_sessions })
    }

    /// Forgets what the server acknowledged: all is sent again.
    pub async fn forget(&mut self) -> Result<(), Failure> {
        let Reading { store, user, archive, .. } = &self.reading;
        store.forget_sent(user, archive).await?;
        self.since = 0;
        Ok(())
    }

    /// Sends all that the server lacks, and says after each request how far it is.
    pub async fn pass(&mut self, mut each: impl FnMut(&Report)) -> Result<Report, Failure> {
        // What is written from now on is for the next pass.
        let now = self.reading.store.revision().await?.number();
        let mut queue = self.queue(&self.reading).await?;
        let mut report = Report { total: queue.len() as u64, ..Report::default() };
        each(&report);
        while !queue.is_empty() {
            let batch = self.gather(&mut queue).await?;
            self.note(&batch.same).await?;
            report.done += batch.looked_at;
            if !batch.pieces.is_empty() {
                self.send(batch.pieces, &mut queue, &mut report).await?;
            }
            each(&report);
        }
        self.since = now;
        Ok(report)
    }

    /// What a pass would send, by source and project, most bytes first; `again` as if nothing had been
    /// acknowledged.
    pub async fn plan(&self, again: bool) -> Result<Vec<Planned>, Failure> {
        let mut reading = self.reading.clone();
        if again {
            // No archive has this name, so nothing is known of it.
            reading.archive.clear();
        }
        let mut planned: BTreeMap<(String, Option<String>), Planned> = BTreeMap::new();
        for work in self.queue(&reading).await? {
            let Prepared::Piece(piece) = reading.prepare(&work.candidate, false, usize::MAX).await? else {
                continue;
            };
            let Candidate { source, project_name: project, .. } = work.candidate;
            let row = planned.entry((source.clone(), project.clone())).or_insert_with(|| Planned {
                source,
                project,
                sessions: 0,
                messages: 0,
                bytes: 0,
            });
            row.sessions += 1;
            row.messages += piece.messages;
            row.bytes += piece.json.len() as u64;
        }
        let mut planned: Vec<Planned> = planned.into_values().collect();
        planned.sort_by_key(|row| std::cmp::Reverse(row.bytes));
        Ok(planned)
    }

    /// Sends what changes, as soon as it does, until something cannot be helped by waiting. Tells of
    /// each pass that sent something.
    pub async fn watch(&mut self, changes: &Changes, mut each: impl FnMut(&Report)) -> Failure {
        let mut listener = changes.listen(None);
        loop {
            match self.pass(|_| ()).await {
                Ok(report) if report.total > 0 => each(&report),
                Ok(_) => {}
                Err(failure) => return failure,
            }
            loop {
                // Without anybody who tells of changes it is looked at now and then.
                tokio::select! {
                    Some(_) = listener.next() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
                match self.reading.store.revision().await {
                    Ok(revision) if revision.number() == self.since => {}
                    Ok(_) => break,
                    Err(error) => return error.into(),
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    async fn queue(&self, reading: &Reading) -> Result<VecDeque<Work>, Failure> {
        let Reading { store, user, archive, .. } = reading;
        let candidates = store.push_candidates(user, archive, self.since).await?;
        let chosen = candidates.into_iter().filter(|candidate| self.choice.takes(candidate));
        Ok(chosen.map(|candidate| Work { candidate, afresh: false, is_new: false, tries: 0 }).collect())
    }

    /// Takes from the queue as much as goes in one request.
    async fn gather(&self, queue: &mut VecDeque<Work>) -> Result<Batch, Failure> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while bytes < self.request_bytes && batch.pieces.len() < self.request_sessions && batch.looked_at < 500 {
            let Some(work) = queue.pop_front() else { break };
            match self.reading.prepare(&work.candidate, work.afresh, self.request_bytes - bytes).await? {
                Prepared::Gone => batch.looked_at += 1,
                Prepared::Same(sent) => {
                    batch.looked_at += 1;
                    batch.same.push(sent);
                }
                Prepared::Piece(piece) => {
                    bytes += piece.json.len();
                    // What follows a part of a session waits until that one is acknowledged.
                    let is_part = piece.has_more;
                    batch.pieces.push((work, piece));
                    if is_part {
                        break;
                    }
                }
            }
        }
        Ok(batch)
    }

    async fn send(
        &mut self,
        pieces: Vec<(Work, Piece)>,
        queue: &mut VecDeque<Work>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let texts: Vec<&str> = pieces.iter().map(|(_, piece)| piece.json.as_str()).collect();
        let body = piece::body(Timestamp::now(), &texts);
        let packed = zstd::bulk::compress(body.as_bytes(), LEVEL).unwrap_or_default();
        drop(body);
        let size = packed.len() as u64;
        match self.server.send(packed).await {
            Ok(answers) => {
                report.bytes += size;
                self.request_sessions = REQUEST_SESSIONS;
                self.settle(pieces, &answers, queue, report).await
            }
            Err(Refused::Failed(failure)) => Err(failure),
            Err(Refused::TooLarge) if pieces.len() > 1 || self.request_bytes > LEAST_BYTES => {
                self.request_bytes = (self.request_bytes / 2).max(LEAST_BYTES);
                self.request_sessions = (pieces.len() / 2).max(1);
                put_back(pieces, queue);
                Ok(())
            }
            Err(Refused::Wrong(_)) if pieces.len() > 1 => {
                self.request_sessions = (pieces.len() / 2).max(1);
                put_back(pieces, queue);
                Ok(())
            }
            Err(refused) => {
                let why = match refused {
                    Refused::Wrong(why) => why,
                    _ => "the server takes no message of that size".to_owned(),
                };
                report.done += pieces.len() as u64;
                report.failed.extend(pieces.into_iter().map(|(_, piece)| (piece.title, why.clone())));
                self.request_sessions = REQUEST_SESSIONS;
                Ok(())
            }
        }
    }

    /// Notes what the server said of each session.
    async fn settle(
        &self,
        pieces: Vec<(Work, Piece)>,
        answers: &[Answer],
        queue: &mut VecDeque<Work>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let mut notes = Vec::new();
        let mut again = Vec::new();
        for (mut work, piece) in pieces {
            let is_its =
                |answer: &&Answer| answer.external_id == piece.external_id && answer.source == work.candidate.source;
            let accepted = answers.iter().find(is_its).map_or(Accepted::Resend, |answer| answer.accepted);
            if accepted == Accepted::Resend {
                (work.afresh, work.tries) = (true, work.tries + 1);
                if work.tries < MOST_TRIES {
                    again.push(work);
                } else {
                    report.done += 1;
                    report.failed.push((piece.title, "the server asked for it again and again".to_owned()));
                }
                continue;
            }
            report.messages += piece.messages;
            work.is_new |= accepted == Accepted::Imported;
            let is_left = matches!(accepted, Accepted::Deleted | Accepted::Older);
            if piece.has_more && !is_left {
                notes.push(piece.sent);
                (work.afresh, work.tries) = (false, 0);
                again.push(work);
                continue;
            }
            report.done += 1;
            match accepted {
                Accepted::Imported => report.imported += 1,
                Accepted::Deleted => report.deleted.push(piece.title),
                Accepted::Older => report.older.push(piece.title),
                Accepted::Updated | Accepted::Unchanged if work.is_new => report.imported += 1,
                Accepted::Updated => report.updated += 1,
                Accepted::Unchanged | Accepted::Resend => report.unchanged += 1,
            }
            let gone = accepted == Accepted::Deleted;
            notes.push(if is_left {
                Sent { revision: work.candidate.revision, trail: None, gone, ..piece.sent }
            } else {
                piece.sent
            });
        }
        for work in again.into_iter().rev() {
            queue.push_front(work);
        }
        self.note(&notes).await
    }

    async fn note(&self, notes: &[Sent]) -> Result<(), Failure> {
        let Reading { store, user, archive, .. } = &self.reading;
        Ok(store.note_sent(user, archive, notes).await?)
    }
}

fn put_back(pieces: Vec<(Work, Piece)>, queue: &mut VecDeque<Work>) {
    for (work, _) in pieces.into_iter().rev() {
        queue.push_front(work);
    }
}
