//! How the figures of a session are counted: its paid responses, and what else was found.

use askama::Template;
use opensync_core::{Session, Usage};
use opensync_store::{LedgerPage, LedgerRow, LedgerSums};

use crate::format::{self, UNKNOWN};
use crate::page::session_list::glyph;
use crate::page::session_show::{Links, printable};
use crate::page::shell::Shell;
use crate::render::terminal;

pub mod samples;

/// Rows on a page.
pub const ROWS: u64 = 500;

/// The page of a session's ledger.
#[derive(Template)]
#[template(path = "ledger_show.html")]
pub struct LedgerShowPage {
    shell: Shell,
    session: Session,
    source_name: String,
    glyph: &'static str,
    back: String,
    tokens: (String, String),
    cost: (String, String),
    equation: Equation,
    /// What the figures leave open.
    doubts: Vec<String>,
    rows: Vec<Row>,
    sums: Cells,
    sums_cost: (String, String),
    place: String,
    previous: Option<String>,
    next: Option<String>,
}

/// "N records = A kept + B merged + C discarded", in numbers and in words.
#[derive(Debug)]
struct Equation {
    seen: String,
    kept: String,
    merged: String,
    discarded: String,
    seen_text: String,
    merged_text: String,
}

/// A response, or a record that is none.
#[derive(Debug)]
struct Row {
    number: u64,
    /// When: short, exact, and for programs.
    at: Option<(String, String, String)>,
    model: Option<String>,
    state: &'static str,
    class: &'static str,
    /// Why it does not count here.
    why: Option<String>,
    /// The session it counts in: address and title.
    owner: Option<(String, String)>,
    cells: Cells,
    /// Its output is a placeholder.
    incomplete: bool,
    cost: (String, String),
    price: String,
    price_origin: Option<String>,
    place: String,
    place_title: String,
    records: String,
}

/// Tokens by kind, all digits.
#[derive(Debug)]
struct Cells {
    fresh: String,
    cache_read: String,
    cache_write: String,
    /// How a write is split by lifetime, when any is kept for an hour.
    split: Option<String>,
    output: String,
    reasoning: Option<String>,
}

impl LedgerShowPage {
    /// A page with some rows of the ledger of `session`; `list` is the query of the list it was
    /// opened from.
    pub fn new(shell: Shell, session: &Session, ledger: &LedgerPage, sums: &LedgerSums, list: &str) -> Self {
        let session = printable(session);
        let links = Links::new(&session.id, list);
        let total = sums.kept.saturating_add(sums.copies).saturating_add(sums.discarded);
        let begin = ledger.rows.first().map_or(1, |row| row.number);
        let end = ledger.rows.last().map_or(0, |row| row.number);
        Self {
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            back: links.page(),
            tokens: (format::tokens(session.total_tokens), format::exact_tokens(session.total_tokens)),
            cost: (format::money(session.cost), format::money_title(session.cost, session.cost_partial)),
            equation: Equation::new(sums),
            doubts: doubts(sums),
            rows: ledger.rows.iter().map(|row| Row::new(row, &session, &links, &shell)).collect(),
            sums: Cells::new(&sums.usage),
            sums_cost: exact_cost(sums.cost, sums.unpriced > 0),
            place: format!("Rows {} to {} of {}", format::count(begin), format::count(end), format::count(total)),
            previous: (begin > 1).then(|| links.ledger(begin.saturating_sub(ROWS).max(1))),
            next: ledger.next.map(|next| links.ledger(next)),
            session,
            shell,
        }
    }

    /// Whether the table goes on elsewhere.
    fn is_paged(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

impl Equation {
    fn new(sums: &LedgerSums) -> Self {
        let repeats = match sums.repeats {
            0 => None,
            1 => Some("1 repeats a response that is kept".to_owned()),
            n => Some(format!("{} repeat a response that is kept", format::count(n))),
        };
        let copied = (sums.copied > 0).then(|| {
            let verb = if sums.copied == 1 { "belongs" } else { "belong" };
            let responses = format::plural(sums.copies, "response");
            let owned = if sums.copies == 1 { "counts" } else { "count" };
            format!("{} {verb} to {responses} that {owned} in another session", format::count(sums.copied))
        });
        let merged: Vec<String> = repeats.into_iter().chain(copied).collect();
        Self {
            seen: format::count(sums.records()),
            kept: format::count(sums.kept),
            merged: format::count(sums.merged()),
            discarded: format::count(sums.discarded),
            seen_text: if sums.records() == 1 { "record with usage seen" } else { "records with usage seen" }
                .to_owned(),
            merged_text: merged.join("; "),
        }
    }
}

fn doubts(sums: &LedgerSums) -> Vec<String> {
    let mut doubts = Vec::new();
    if sums.incomplete > 0 {
        let (subject, verb) = if sums.incomplete == 1 { ("its", "has") } else { ("their", "have") };
        doubts.push(format!(
            "{} {verb} only a placeholder for {subject} output in the file: the tokens are a lower bound.",
            format::plural(sums.incomplete, "response")
        ));
    }
    if sums.unpriced > 0 {
        let verb = if sums.unpriced == 1 { "has" } else { "have" };
        doubts.push(format!(
            "{} {verb} no known price and {verb} no share in the cost.",
            format::plural(sums.unpriced, "response")
        ));
    }
    doubts
}

impl Row {
    fn new(row: &LedgerRow, session: &Session, links: &Links, shell: &Shell) -> Self {
        let (state, class) = match row.state.as_str() {
            "owned" => ("Kept", "ok"),
            "copy" => ("Merged", ""),
            _ => ("Discarded", "warn"),
        };
        let is_response = row.state != "discarded";
        let others = row.records.saturating_sub(u64::from(row.state == "owned"));
        let file = session.file.as_deref().unwrap_or("file unknown");
        let unit = if file.contains(".jsonl") { "line" } else { "record" };
        let price = match row.cost_status.as_str() {
            _ if !is_response => String::new(),
            "reported" => "recorded by the tool".to_owned(),
            "unpriced" => "no price known".to_owned(),
            _ => row.price.as_ref().map_or_else(|| row.cost_status.clone(), |(name, _)| terminal::plain(name)),
        };
        let computed = matches!(row.cost_status.as_str(), "computed" | "free") && is_response;
        Self {
            number: row.number,
            at: row
                .at
                .map(|at| (format::clock(at, &shell.zone), format::moment(at, &shell.zone), format::datetime(at))),
            model: row.model.as_deref().map(terminal::plain),
            state,
            class,
            why: row.why.as_deref().map(terminal::plain),
            owner: row.owner.as_ref().map(|(id, title)| (links.other(id), terminal::plain(title))),
            cells: Cells::new(&row.usage),
            incomplete: row.incomplete,
            cost: if is_response { exact_cost(row.cost, false) } else { (String::new(), String::new()) },
            price,
            price_origin: row.price.as_ref().filter(|_| computed).map(|(_, origin)| terminal::plain(origin)),
            place: format!("{unit} {}", format::count(row.line)),
            place_title: format!("{file}, {unit} {}", row.line),
            records: match (row.state.as_str(), others) {
                ("owned", 0) | ("discarded", _) => "1".to_owned(),
                ("owned", _) => format!("1 + {}", format::count(others)),
                _ => format::count(others),
            },
        }
    }
}

/// Money with four decimals, since single responses cost fractions of a cent.
fn exact_cost(cost: Option<opensync_core::MicroDollars>, partial: bool) -> (String, String) {
    let text = cost.map_or_else(|| UNKNOWN.to_owned(), |cost| format!("${:.4}", cost.usd()));
    let least = if partial && cost.is_some() { "at least " } else { "" };
    (format!("{least}{text}"), format::money_title(cost, partial))
}

impl Cells {
    fn new(usage: &Usage) -> Self {
        let hour = usage.cache_write_1h;
        Self {
            fresh: format::count(usage.fresh),
            cache_read: format::count(usage.cache_read),
            cache_write: format::count(usage.cache_write()),
            split: (hour > 0)
                .then(|| format!("{} for 5 min, {} for 1 h", format::count(usage.cache_write_5m), format::count(hour))),
            output: format::count(usage.output),
            reasoning: (usage.reasoning > 0).then(|| format!("{} reasoning", format::count(usage.reasoning))),
        }
    }
}
