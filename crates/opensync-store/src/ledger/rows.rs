//! The ledger of one session, for whoever asks why a number is what it is.

use opensync_core::{MicroDollars, SessionId, Usage, UserId};

use crate::sql::{Sql, int_to_count};
use crate::{Result, Store};

/// One row of a session's ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRow {
    /// Its place in the ledger, from 1.
    pub number: u64,
    /// Natural key; empty for discarded records.
    pub key: String,
    /// `owned`, `copy` or `discarded`.
    pub state: String,
    /// The session that owns what is a copy here, and its title.
    pub owner: Option<(SessionId, String)>,
    /// Why a discarded record does not count.
    pub why: Option<String>,
    /// Model that answered.
    pub model: Option<String>,
    /// When, Unix milliseconds.
    pub at: Option<i64>,
    /// Tokens.
    pub usage: Usage,
    /// Recorded or estimated cost.
    pub cost: Option<MicroDollars>,
    /// `reported`, `computed`, `free` or `unpriced`.
    pub cost_status: String,
    /// Price list entry used, and where it is from.
    pub price: Option<(String, String)>,
    /// The recorded output is implausibly small.
    pub incomplete: bool,
    /// Line of the first record.
    pub line: u64,
    /// Records merged into it, itself included.
    pub records: u64,
}

/// Some rows of a ledger, in the order the responses were made; discarded records come last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LedgerPage {
    /// The rows.
    pub rows: Vec<LedgerRow>,
    /// The number of the first row after them, when there are more.
    pub next: Option<u64>,
}

/// What a session's records with usage became, and what the kept ones add up to. Each record is in
/// exactly one of `kept`, [`LedgerSums::merged`] and `discarded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerSums {
    /// Responses the session owns: the first record of each.
    pub kept: u64,
    /// Further records of those.
    pub repeats: u64,
    /// Responses another session owns.
    pub copies: u64,
    /// All records of those.
    pub copied: u64,
    /// Records that are no paid response of the session.
    pub discarded: u64,
    /// Tokens of the kept responses.
    pub usage: Usage,
    /// Known cost of the kept responses; null when none is known.
    pub cost: Option<MicroDollars>,
    /// Kept responses without a known cost.
    pub unpriced: u64,
    /// Kept responses whose recorded output is implausibly small.
    pub incomplete: u64,
}

impl LedgerSums {
    /// Records that repeat a response counted here or in another session.
    pub fn merged(&self) -> u64 {
        self.repeats.saturating_add(self.copied)
    }

    /// All records with usage.
    pub fn records(&self) -> u64 {
        self.kept.saturating_add(self.merged()).saturating_add(self.discarded)
    }
}

#[derive(sqlx::FromRow)]
struct LedgerLine {
    key: String,
    state: String,
    owner_id: Option<String>,
    owner_title: Option<String>,
    why: Option<String>,
    model: Option<String>,
    at: Option<i64>,
    fresh: i64,
    cache_read: i64,
    cache_write_5m: i64,
    cache_write_1h: i64,
    output: i64,
    reasoning: i64,
    cost: Option<i64>,
    cost_status: String,
    price_name: Option<String>,
    price_origin: Option<String>,
    incomplete: bool,
    line: i64,
    records: i64,
}

#[derive(sqlx::FromRow)]
struct StateSum {
    state: String,
    responses: i64,
    records: i64,
    fresh: i64,
    cache_read: i64,
    cache_write_5m: i64,
    cache_write_1h: i64,
    output: i64,
    reasoning: i64,
    cost: Option<i64>,
    unpriced: i64,
    incomplete: i64,
}

/// The session that owns a row's response. What says 'discarded' lets SQLite use the index.
const OWNER: &str = "case when r.state = 'copy' then (select os.{} from response o \
    join session os on os.row_key = o.session_key where o.key = r.key and o.state <> 'discarded' \
    and o.state = 'owned' and os.user_id = s.user_id and os.source = s.source limit 1) end";

impl Store {
    /// At most `limit` rows of a session's ledger, beginning with row `first`.
    pub async fn ledger(&self, user: &UserId, session: &SessionId, first: u64, limit: u64) -> Result<LedgerPage> {
        let (owner_id, owner_title) = (OWNER.replace("{}", "id"), OWNER.replace("{}", "title"));
        let sql = Sql::new(format!(
            "select r.key, r.state, {owner_id} as owner_id, {owner_title} as owner_title, r.why, r.model, \
             r.at, r.fresh, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output, r.reasoning, r.cost, \
             r.cost_status, p.name as price_name, p.origin as price_origin, r.incomplete, r.line, r.records \
             from response r join session s on s.row_key = r.session_key \
             left join price p on p.row_key = r.price_key where s.user_id = $1 and s.id = $2 \
             order by r.ordinal limit $3 offset $4"
        ))
        .text(user.as_str())
        .text(session.as_str())
        .count(limit.saturating_add(1))
        .count(first.saturating_sub(1));
        let lines: Vec<LedgerLine> = self.pool.rows(sql).await?;
        let mut rows: Vec<LedgerRow> = (first.max(1)..).zip(lines).map(LedgerRow::from).collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = rows.get(limit).map(|row| row.number);
        rows.truncate(limit);
        Ok(LedgerPage { rows, next })
    }

    /// What became of all records with usage of a session; zeros when there is no such session.
    pub async fn ledger_sums(&self, user: &UserId, session: &SessionId) -> Result<LedgerSums> {
        let sql = Sql::new(
            "select r.state, count(*) as responses, cast(sum(r.records) as bigint) as records, \
             cast(sum(r.fresh) as bigint) as fresh, cast(sum(r.cache_read) as bigint) as cache_read, \
             cast(sum(r.cache_write_5m) as bigint) as cache_write_5m, \
             cast(sum(r.cache_write_1h) as bigint) as cache_write_1h, cast(sum(r.output) as bigint) as output, \
             cast(sum(r.reasoning) as bigint) as reasoning, cast(sum(r.cost) as bigint) as cost, \
             sum(case when r.cost is null then 1 else 0 end) as unpriced, \
             sum(case when r.incomplete then 1 else 0 end) as incomplete \
             from response r join session s on s.row_key = r.session_key \
             where s.user_id = $1 and s.id = $2 group by r.state",
        );
        let mut sums = LedgerSums::default();
        for sum in self.pool.rows::<StateSum>(sql.text(user.as_str()).text(session.as_str())).await? {
            let (responses, records) = (int_to_count(sum.responses), int_to_count(sum.records));
            match sum.state.as_str() {
                "owned" => {
                    sums.kept = responses;
                    sums.repeats = records.saturating_sub(responses);
                    sums.cost = sum.cost.map(MicroDollars);
                    sums.unpriced = int_to_count(sum.unpriced);
                    sums.incomplete = int_to_count(sum.incomplete);
                    sums.usage = Usage {
                        fresh: int_to_count(sum.fresh),
                        cache_read: int_to_count(sum.cache_read),
                        cache_write_5m: int_to_count(sum.cache_write_5m),
                        cache_write_1h: int_to_count(sum.cache_write_1h),
                        output: int_to_count(sum.output),
                        reasoning: int_to_count(sum.reasoning),
                    };
                }
                "copy" => (sums.copies, sums.copied) = (responses, records),
                _ => sums.discarded = records,
            }
        }
        Ok(sums)
    }
}

impl From<(u64, LedgerLine)> for LedgerRow {
    fn from((number, line): (u64, LedgerLine)) -> Self {
        Self {
            number,
            key: line.key,
            state: line.state,
            owner: line.owner_id.map(SessionId::from_stored).zip(line.owner_title),
            why: line.why,
            model: line.model,
            at: line.at,
            usage: Usage {
                fresh: int_to_count(line.fresh),
                cache_read: int_to_count(line.cache_read),
                cache_write_5m: int_to_count(line.cache_write_5m),
                cache_write_1h: int_to_count(line.cache_write_1h),
                output: int_to_count(line.output),
                reasoning: int_to_count(line.reasoning),
            },
            cost: line.cost.map(MicroDollars),
            cost_status: line.cost_status,
            price: line.price_name.zip(line.price_origin),
            incomplete: line.incomplete,
            line: int_to_count(line.line),
            records: int_to_count(line.records),
        }
    }
}
