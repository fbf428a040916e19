//! What is known about a session beside its messages.

use jiff::{Timestamp, ZonedDateTime};
use opensync_core::Session;
use opensync_core::session::Relation;

use super::links::Links;
use crate::format::{self, UNKNOWN};
use crate::page::family::FamilySums;
use crate::page::shell::Shell;

/// The metadata sidebar.
#[derive(Debug)]
pub(super) struct Sidebar {
    pub(super) model: Option<String>,
    /// `+1`, and what it means.
    pub(super) models: Option<(String, String)>,
    pub(super) provider: Option<String>,
    pub(super) project: Option<String>,
    /// The folder as shown and in full.
    pub(super) path: Option<(String, String)>,
    pub(super) branch: Option<String>,
    pub(super) client: Option<String>,
    pub(super) machine: Option<String>,
    pub(super) duration: String,
    pub(super) created: Moment,
    pub(super) updated: Moment,
    pub(super) origin: Option<Origin>,
    /// The session with all sub-agents below it.
    pub(super) family: Option<FamilySums>,
    pub(super) tokens: Tokens,
    pub(super) cost: String,
    pub(super) cost_title: String,
    pub(super) agents: Vec<Agent>,
    /// Sub-agents that are counted but not listed.
    pub(super) agents_missing: Option<String>,
    /// `58 messages`.
    pub(super) messages: String,
}

/// A moment, written out.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) at: i64,
    pub(super) datetime: String,
    pub(super) text: String,
    pub(super) exact: String,
    pub(super) ago: String,
}

/// Where a session comes from.
#[derive(Debug)]
pub(super) struct Origin {
    /// `Forked from` or `Started by`.
    pub(super) label: &'static str,
    /// Nothing when that session is not in the archive.
    pub(super) href: Option<String>,
    pub(super) title: String,
}

/// Tokens, split up.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) total: String,
    pub(super) exact: String,
    pub(super) rows: Vec<TokenRow>,
    pub(super) segments: Vec<Segment>,
    /// The bar in words.
    pub(super) sentence: String,
}

/// One kind of token.
#[derive(Debug)]
pub(super) struct TokenRow {
    pub(super) label: &'static str,
    pub(super) text: String,
    pub(super) exact: String,
    /// Its colour in the bar.
    pub(super) key: Option<&'static str>,
    /// Part of the row above it.
    pub(super) is_part: bool,
}

/// A piece of the bar, in thousandths.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) class: &'static str,
    pub(super) x: u64,
    pub(super) width: u64,
}

/// A sub-agent.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) external_id: String,
    pub(super) figures: String,
    /// It with the sub-agents it started itself.
    pub(super) family: Option<FamilySums>,
}

impl Sidebar {
    pub(super) fn new(
        session: &Session,
        parent: Option<&Session>,
        agents: &[Session],
        links: &Links,
        shell: &Shell,
    ) -> Self {
        let more = session.model_count.saturating_sub(1);
        Self {
            model: session.model.clone(),
            models: (more > 0).then(|| (format!("+{more}"), format!("{} answered", format::plural(more + 1, "model")))),
            provider: session.provider.clone(),
            project: session.project_name.clone(),
            path: session.project_path.clone().map(|path| (at_home(&path), path)),
            branch: session.git_branch.clone(),
            client: session.client_version.clone(),
            machine: session.machine.clone(),
            duration: session.duration_ms.map_or_else(|| UNKNOWN.to_owned(), format::duration),
            created: Moment::new(session.created_at, shell),
            updated: Moment::new(session.updated_at, shell),
            origin: session.relation.map(|relation| Origin {
                label: if relation == Relation::SubAgent { "Started by" } else { "Forked from" },
                href: parent.map(|parent| links.other(&parent.id)),
                title: parent.map_or_else(|| "a session that is not here".to_owned(), |parent| parent.title.clone()),
            }),
            family: session.family.as_ref().map(FamilySums::new),
            tokens: Tokens::new(session),
            cost: format::money(session.cost),
            cost_title: format::money_title(session.cost, session.cost_partial),
            agents: agents
                .iter()
                .map(|agent| Agent {
                    href: links.other(&agent.id),
                    title: agent.title.clone(),
                    external_id: agent.external_id.clone(),
                    figures: format!("{} tokens · {}", format::tokens(agent.total_tokens), cost(agent)),
                    family: agent.family.as_ref().map(FamilySums::new),
                })
                .collect(),
            agents_missing: Some(session.sub_agents.saturating_sub(agents.len() as u64))
                .filter(|missing| *missing > 0)
                .map(|missing| format::plural(missing, "more sub-agent")),
            messages: format::plural(session.message_count, "message"),
        }
    }
}

/// `/home/ana/shop` and `C:\\Users\\ana\\shop` begin with `~`: the name of a home folder says nothing.
fn at_home(path: &str) -> String {
    let home = ["/home/", "/Users/", "C:\\Users\\"].iter().find_map(|home| path.strip_prefix(home));
    match home.and_then(|rest| rest.find(['/', '\\']).map(|at| &rest[at..])) {
        Some(rest) => format!("~{rest}"),
        None => path.to_owned(),
    }
}

/// The cost of a sub-agent; `at least` when some of it is unknown.
fn cost(session: &Session) -> String {
    let least = if session.cost_partial && session.cost.is_some() { "at least " } else { "" };
    format!("{least}{}", format::money(session.cost))
}

impl Moment {
    fn new(at: i64, shell: &Shell) -> Self {
        Self {
            at,
            datetime: format::datetime(at),
            text: day_and_minute(at, shell),
            exact: format::moment(at, &shell.zone),
            ago: format::ago(at, shell.now, &shell.zone),
        }
    }

    /// Whether the time that passed says more than the date beside it.
    pub(super) fn is_recent(&self) -> bool {
        self.ago.ends_with("ago") || self.ago == "just now"
    }
}

/// `Today, 09:11`, `Yesterday, 22:40`, `4 Oct, 09:11`, `4 Oct 2025, 09:11`.
fn day_and_minute(at: i64, shell: &Shell) -> String {
    let local = |moment: Timestamp| -> ZonedDateTime { moment.to_zoned_datetime(shell.zone.clone()) };
    let Ok(moment) = Timestamp::from_millisecond(at).map(local) else { return UNKNOWN.to_owned() };
    let today = local(shell.now).date();
    let day = if moment.date() == today {
        "Today".to_owned()
    } else if today.yesterday().is_ok_and(|yesterday| moment.date() == yesterday) {
        "Yesterday".to_owned()
    } else if moment.year() == today.year() {
        moment.strftime("%-d %b").to_string()
    } else {
        format::day(moment.date())
    };
    format!("{day}, {}", moment.strftime("%H:%M"))
}

impl Tokens {
    fn new(session: &Session) -> Self {
        let row = |label, number: Option<u64>, key, is_part| TokenRow {
            label,
            text: format::tokens(number),
            exact: format::exact_tokens(number),
            key,
            is_part,
        };
        let (read, write) = (session.cache_read_tokens, session.cache_write_tokens);
        let cached = read.unwrap_or(0).saturating_add(write.unwrap_or(0));
        let fresh = session.prompt_tokens.map(|prompt| prompt.saturating_sub(cached));
        let has_cache = cached > 0;
        let reasoning = session.reasoning_tokens.filter(|tokens| *tokens > 0);
        let mut rows = vec![row("Prompt", session.prompt_tokens, (!has_cache).then_some("k1"), false)];
        if has_cache {
            rows.push(row("Not cached", fresh, Some("k1"), true));
            rows.push(row("Cache read", read, Some("k1s"), true));
            rows.push(row("Cache write", write, Some("k4"), true));
        }
        rows.push(row("Completion", session.completion_tokens, Some("k3"), false));
        if reasoning.is_some() {
            rows.push(row("of it reasoning", reasoning, None, true));
        }
        let parts = [
            ("not cached", "f1", fresh.filter(|_| has_cache)),
            ("prompt", "f1", fresh.filter(|_| !has_cache)),
            ("cache read", "f1s", read),
            ("cache write", "f4", write),
            ("completion", "f3", session.completion_tokens),
        ];
        let shown: Vec<(&str, &'static str, u64)> = parts
            .into_iter()
            .filter_map(|(name, class, tokens)| Some((name, class, tokens.filter(|tokens| *tokens > 0)?)))
            .collect();
        let (segments, sentence) = bar(&shown);
        Self {
            total: format::tokens(session.total_tokens),
            exact: format::exact_tokens(session.total_tokens),
            rows,
            segments,
            sentence,
        }
    }
}

/// The bar: thousandths with a gap between neighbours, none too thin to be seen.
fn bar(parts: &[(&str, &'static str, u64)]) -> (Vec<Segment>, String) {
    const GAP: u64 = 6;
    const THIN: u64 = 8;
    let total: u128 = parts.iter().map(|(_, _, tokens)| u128::from(*tokens)).sum();
    if total == 0 {
        return (Vec::new(), String::new());
    }
    let share = |tokens: u64, of: u64| u64::try_from(u128::from(tokens) * u128::from(of) / total).unwrap_or(0);
    let count = parts.len() as u64;
    let room = 1000 - (GAP + THIN) * count + GAP;
    let mut x = 0;
    let mut segments = Vec::new();
    let mut words = Vec::new();
    for (name, class, tokens) in parts {
        let width = THIN + share(*tokens, room);
        segments.push(Segment { class, x, width });
        x += width + GAP;
        words.push(format!("{name} {} percent", share(*tokens, 100)));
    }
    (segments, format!("Tokens: {}", words.join(", ")))
}
