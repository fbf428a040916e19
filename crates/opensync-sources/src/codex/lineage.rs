//! Where a session comes from, and which of its lines are its own.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::memmem::Finder;
use opensync_core::{Relation, time};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::records::{Counters, Ended, Item, Line, SessionMeta, Str, TokenCount, Turn, kind, piece};
use super::{Quiet, find};
use crate::jsonl;

/// Forks of forks beyond this are a loop, or damage.
pub(super) const MAX_ANCESTORS: usize = 16;

/// What a session's header says about its origin.
#[derive(Debug, Clone, Default)]
pub(super) struct Kin {
    /// The other session and how it is related.
    pub parent: Option<(String, Relation)>,
    /// It is an agent's transcript, whether or not its parent is known.
    pub is_agent: bool,
    /// The lines of another file that come before its own.
    pub base: Option<(String, u64)>,
    /// The agent's name or role.
    pub nickname: Option<String>,
}

impl Kin {
    /// Reads the header. `source` is a name, or an object when an agent started the session.
    pub(super) fn of(meta: &SessionMeta<'_>) -> Self {
        #[derive(Deserialize)]
        struct Source<'a> {
            #[serde(borrow)]
            subagent: &'a RawValue,
        }
        #[derive(Deserialize)]
        struct Subagent<'a> {
            #[serde(borrow)]
            thread_spawn: Spawn<'a>,
        }
        #[derive(Deserialize, Default)]
        struct Spawn<'a> {
            #[serde(borrow, default)]
            parent_thread_id: Str<'a>,
            #[serde(borrow, default)]
            agent_nickname: Str<'a>,
            #[serde(borrow, default)]
            agent_role: Str<'a>,
        }
        let subagent = piece::<Source<'_>>(meta.source).map(|source| source.subagent);
        let spawn = piece::<Subagent<'_>>(subagent).map(|agent| agent.thread_spawn).unwrap_or_default();
        let is_agent = subagent.is_some() || &*meta.thread_source == "subagent";
        let base = meta.base().and_then(|base| Some((base.thread_id.owned()?, base.end_ordinal_exclusive.count()?)));
        let starter = spawn.parent_thread_id.owned().or_else(|| meta.parent_thread_id.owned().filter(|_| is_agent));
        let origin = meta.forked_from_id.owned().or_else(|| base.as_ref().map(|(thread, _)| thread.clone()));
        let parent = match (starter, origin) {
            (Some(starter), _) => Some((starter, Relation::SubAgent)),
            (None, origin) => origin.map(|origin| (origin, Relation::Fork)),
        };
        let names = [&meta.agent_nickname, &spawn.agent_nickname, &meta.agent_role, &spawn.agent_role];
        Self {
            parent: parent.filter(|(id, _)| *id != *meta.id),
            is_agent,
            base: base.filter(|(thread, _)| *thread != *meta.id),
            nickname: names.into_iter().find_map(Str::owned),
        }
    }
}

/// Opens a rollout, decompressing it when it is compressed.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = File::open(path)?;
    if find::is_compressed(path) {
        return Ok(Box::new(zstd::stream::read::Decoder::new(file)?));
    }
    Ok(Box::new(file))
}

/// Input that ends once `done` says so.
pub(super) struct Until<'a, R> {
    pub input: R,
    pub done: &'a Cell<bool>,
}

impl<R: Read> Read for Until<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done.get() { Ok(0) } else { self.input.read(buffer) }
    }
}

/// Calls `line` with the lines of a file that hold one of `words`, until it returns false.
fn scan(path: &Path, words: &[&str], mut line: impl FnMut(u64, &Line<'_>) -> bool) {
    let Ok(input) = open(path) else { return };
    let words: Vec<_> = words.iter().map(|word| Finder::new(word.as_bytes())).collect();
    let done = Cell::new(false);
    let mut record = |number: u64, text: &str, _: &mut dyn crate::Sink| {
        if !done.get() && words.iter().any(|word| word.find(text.as_bytes()).is_some()) {
            let record: Line<'_> = serde_json::from_str(text)?;
            done.set(!line(number, &record));
        }
        Ok(())
    };
    // What cannot be read of it is reported where it is read for itself.
    let _ = jsonl::read_from(Until { input, done: &done }, &mut Quiet, &mut record);
}

/// What the parent's file says that matters to a child.
#[derive(Debug, Default)]
pub(super) struct Parent {
    turns: HashSet<String>,
    /// The call that started the child.
    pub call_id: Option<String>,
}

impl Parent {
    /// Reads the parent's file, and the files its own history lies in.
    pub(super) fn read(path: &Path, child: &str) -> Self {
        let mut parent = Self::default();
        let mut next = Some(path.to_owned());
        for _ in 0..MAX_ANCESTORS {
            let Some(path) = next.take() else { break };
            let mut base = None;
            scan(&path, &[TASK_STARTED, TURN_CONTEXT, HISTORY_BASE, child], |_, line| {
                if let Some(turn) = turn_of(line) {
                    parent.turns.extend(turn.id.owned());
                } else if &*line.kind == "session_meta" {
                    base = base
                        .take()
                        .or_else(|| piece::<SessionMeta<'_>>(line.payload).and_then(|meta| Kin::of(&meta).base));
                } else if parent.call_id.is_none() {
                    parent.call_id = starting_call(line, child);
                }
                true
            });
            next = base.and_then(|(thread, _)| find::locate(&path, &thread));
        }
        parent
    }
}

const TASK_STARTED: &str = "\"task_started\"";
const TURN_CONTEXT: &str = "\"turn_context\"";
const TOKEN_COUNT: &str = "\"token_count\"";
const HISTORY_BASE: &str = "\"history_base\"";
const SESSION_META: &str = "\"session_meta\"";

/// The turn a line begins or describes.
fn turn_of<'a>(line: &Line<'a>) -> Option<Turn<'a>> {
    let payload = line.payload?;
    let is_turn =
        &*line.kind == "turn_context" || (&*line.kind == "event_msg" && kind(payload.get()) == "task_started");
    if is_turn { piece(line.payload) } else { None }
}

/// The id of the call that started `child`, when this line of its parent tells it.
fn starting_call(line: &Line<'_>, child: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Completed<'a> {
        #[serde(borrow)]
        item: &'a RawValue,
    }
    let payload = line.payload?.get();
    match (&*line.kind, &*kind(payload)) {
        ("response_item", "function_call_output") => {
            let item: Item<'_> = piece(line.payload)?;
            item.output?.get().contains(child).then(|| item.call_id.owned())?
        }
        ("event_msg", "collab_agent_spawn_end") => piece::<Ended<'_>>(line.payload)?.call_id.owned(),
        ("event_msg", "item_completed") => {
            let item = piece::<Completed<'_>>(line.payload)?.item;
            let ended: Ended<'_> = piece(Some(item))?;
            (&*ended.kind == "CollabAgentToolCall").then(|| ended.id.owned())?
        }
        _ => None,
    }
}

/// Where the own lines of a session begin.
pub(super) struct FirstOwn {
    /// 0 when nothing before it is copied, the largest number when everything is.
    pub line: u64,
    /// Lines to come may say otherwise.
    pub may_move: bool,
}

/// The first own line of a session whose file begins with a copy of its parent's lines.
pub(super) fn first_own_line(path: &Path, meta: &SessionMeta<'_>, parent: Option<(&Path, &Parent)>) -> FirstOwn {
    let (mut copied, mut own, mut dated) = (false, None, false);
    scan(path, &[TASK_STARTED, TURN_CONTEXT, SESSION_META], |number, line| {
        let Some(turn) = turn_of(line) else {
            let other = piece::<SessionMeta<'_>>(line.payload).is_some_and(|other| *other.id != *meta.id);
            copied |= &*line.kind == "session_meta" && other;
            return true;
        };
        let Some(inherited) = is_inherited(&turn, meta, parent.map(|(_, parent)| parent)) else { return true };
        dated = true;
        copied |= inherited;
        if !inherited {
            own = Some(number);
        }
        inherited
    });
    let line = match own {
        Some(line) if copied => line,
        None if copied && dated => u64::MAX,
        None if !dated => parent.map_or(0, |(parent, _)| after_equal_totals(path, parent)),
        _ => 0,
    };
    FirstOwn { line, may_move: own.is_none() }
}

/// Whether a turn is the parent's; `None` when nothing about it tells.
fn is_inherited(turn: &Turn<'_>, meta: &SessionMeta<'_>, parent: Option<&Parent>) -> Option<bool> {
    if let (Some(parent), Some(id)) = (parent.filter(|parent| !parent.turns.is_empty()), turn.id.some()) {
        return Some(parent.turns.contains(id));
    }
    // Version 7 ids begin with the time.
    if is_v7(&turn.id) && is_v7(&meta.id) {
        return Some(turn.id.to_ascii_lowercase() < meta.id.to_ascii_lowercase());
    }
    // The start is in whole seconds: one in the second of the fork may be on either side of it.
    Some(turn.started_at.0? < time::parse(&meta.timestamp)?.div_euclid(1000))
}

fn is_v7(id: &str) -> bool {
    id.len() == 36 && id.as_bytes()[14] == b'7'
}

/// Without any turn ids: the line after the leading `token_count` totals that are the parent's too.
fn after_equal_totals(path: &Path, parent: &Path) -> u64 {
    let totals = |path: &Path| {
        let mut totals: Vec<(u64, Counters)> = Vec::new();
        scan(path, &[TOKEN_COUNT], |number, line| {
            let total = piece::<TokenCount>(line.payload).and_then(|count| count.counters().0);
            totals.extend(total.map(|total| (number, total)));
            true
        });
        totals
    };
    let (own, parents) = (totals(path), totals(parent));
    let equal = own.iter().zip(&parents).take_while(|(own, parents)| own.1 == parents.1).last();
    equal.map_or(0, |(own, _)| own.0 + 1)
}
