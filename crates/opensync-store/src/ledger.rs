//! The ledger: which session owns a paid response, and what a session's totals are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use opensync_core::UserId;

use crate::Result;
use crate::pool::Tx;
use crate::sql::{Sql, Value};

mod rows;

pub use rows::{LedgerPage, LedgerRow, LedgerSums};

/// Who contains a response, and what decides who owns it.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Claim {
    key: String,
    session_key: i64,
    message_id: Option<String>,
    state: String,
    user_id: String,
    source: String,
    sidechain: bool,
    born_at: i64,
    updated_at: i64,
    external_id: String,
}

impl Claim {
    /// The smallest owns the response: an ordinary session before a sub-agent's, then the one that
    /// began to be written first.
    fn rank(&self) -> (bool, i64, i64, &str) {
        (self.sidechain, self.born_at, self.updated_at, &self.external_id)
    }

    /// Keys are unique within a source only.
    fn name(&self) -> (&str, &str) {
        (&self.source, &self.key)
    }
}

/// Sessions that share responses with some of `keys`, themselves left out: when `keys` lose these
/// responses, they inherit them.
pub(crate) async fn relatives(tx: &mut Tx, keys: &[i64]) -> Result<Vec<i64>> {
    let mut found = BTreeSet::new();
    for some in keys.chunks(500) {
        let mut sql = Sql::new(
            "select distinct o.session_key from response r join session rs on rs.row_key = r.session_key \
             join response o on o.key = r.key and o.state <> 'discarded' and o.session_key <> r.session_key \
             join session os on os.row_key = o.session_key and os.user_id = rs.user_id and os.source = rs.source \
             where r.state <> 'discarded' and r.session_key in ",
        );
        sql.push_list(some.iter().map(|key| Value::int(*key)));
        found.extend(tx.rows::<(i64,)>(sql).await?.into_iter().map(|(key,)| key));
    }
    for key in keys {
        found.remove(key);
    }
    Ok(found.into_iter().collect())
}

/// After `keys` were written and `relatives` may have lost an owner: gives every shared response to
/// one owner, finds the origin of copies that name none, and adds up the totals of all sessions this
/// concerns.
pub(crate) async fn settle(tx: &mut Tx, user: &UserId, keys: &[i64], relatives: &[i64]) -> Result<()> {
    for some in relatives.chunks(500) {
        // Whoever is alone with a copy now owns it; who of several does is decided below. What says
        // 'discarded' a second time lets SQLite use the index.
        let mut sql = Sql::new(
            "update response set state = 'owned' where state = 'copy' and not exists (select 1 from response o \
             join session os on os.row_key = o.session_key join session s on s.row_key = response.session_key \
             where o.key = response.key and o.state <> 'discarded' and o.state = 'owned' \
             and os.user_id = s.user_id and os.source = s.source) and session_key in ",
        );
        sql.push_list(some.iter().map(|key| Value::int(*key)));
        tx.execute(sql).await?;
    }
    let mut touched: BTreeSet<i64> = keys.iter().chain(relatives).copied().collect();
    let keys: Vec<i64> = touched.iter().copied().collect();
    for some in keys.chunks(500) {
        let mut claims = shared_claims(tx, user, some).await?;
        let family: BTreeSet<i64> = claims.iter().map(|claim| claim.session_key).collect();
        if family.iter().any(|key| !some.contains(key)) {
            // Who the closest relative of a session is depends on everything it shares.
            let family: Vec<i64> = family.iter().copied().collect();
            claims = shared_claims(tx, user, &family).await?;
        }
        assign_owners(tx, &claims).await?;
        mark_copies(tx, &claims, &family).await?;
        touched.extend(family);
    }
    let touched: Vec<i64> = touched.into_iter().collect();
    for some in touched.chunks(500) {
        refresh_totals(tx, some).await?;
    }
    Ok(())
}

/// Those of `sessions` that share some of the responses named `keys` with another session.
pub(crate) async fn sharing(tx: &mut Tx, sessions: &BTreeSet<i64>, keys: &[String]) -> Result<Vec<i64>> {
    let mut found = BTreeSet::new();
    for some in keys.chunks(500) {
        let mut sql = Sql::new(
            "select distinct r.session_key from response r join response o on o.key = r.key \
             and o.state <> 'discarded' and o.session_key <> r.session_key \
             where r.state <> 'discarded' and r.key in ",
        );
        sql.push_list(some.iter().map(Value::text));
        found.extend(tx.rows::<(i64,)>(sql).await?.into_iter().map(|(key,)| key));
    }
    Ok(found.intersection(sessions).copied().collect())
}

async fn shared_claims(tx: &mut Tx, user: &UserId, keys: &[i64]) -> Result<Vec<Claim>> {
    let mut sql = Sql::new(
        "select c.key, c.session_key, c.message_id, c.state, s.user_id, s.source, s.sidechain, s.born_at, s.updated_at, s.external_id \
         from response c join session s on s.row_key = c.session_key \
         where c.state <> 'discarded' and c.key in (\
         select r.key from response r join session rs on rs.row_key = r.session_key \
         join response o on o.key = r.key and o.state <> 'discarded' and o.session_key <> r.session_key \
         join session os on os.row_key = o.session_key and os.user_id = rs.user_id and os.source = rs.source \
         where r.state <> 'discarded' and r.session_key in ",
    );
    sql.push_list(keys.iter().map(|key| Value::int(*key)));
    sql.push(")");
    let mut claims: Vec<Claim> = tx.rows(sql).await?;
    // Here and not in SQL: SQLite would walk through all sessions of the user.
    claims.retain(|claim| claim.user_id == user.as_str());
    Ok(claims)
}

async fn assign_owners(tx: &mut Tx, claims: &[Claim]) -> Result<()> {
    let mut owners: HashMap<(&str, &str), &Claim> = HashMap::new();
    for claim in claims {
        let owner = owners.entry(claim.name()).or_insert(claim);
        if claim.rank() < owner.rank() {
            *owner = claim;
        }
    }
    let mut changes: BTreeMap<(i64, &str), Vec<&str>> = BTreeMap::new();
    for claim in claims {
        let state = if owners[&claim.name()].session_key == claim.session_key { "owned" } else { "copy" };
        if claim.state != state {
            changes.entry((claim.session_key, state)).or_default().push(&claim.key);
        }
    }
    for ((session, state), keys) in changes {
        for some in keys.chunks(500) {
            let mut sql =
                Sql::new("update response set state = $1 where session_key = $2 and state <> 'discarded' and key in ")
                    .text(state)
                    .int(session);
            sql.push_list(some.iter().map(|key| Value::text(*key)));
            tx.execute(sql).await?;
        }
    }
    Ok(())
}

/// A session that contains responses of another one continues a copy of it: it is a fork, unless
/// its source already said what it is, and its messages up to the last copied one are inherited.
async fn mark_copies(tx: &mut Tx, claims: &[Claim], family: &BTreeSet<i64>) -> Result<()> {
    let mut by_key: HashMap<(&str, &str), Vec<&Claim>> = HashMap::new();
    for claim in claims {
        by_key.entry(claim.name()).or_default().push(claim);
    }
    // For each session that is not the owner: with whom it shares how many responses.
    let mut shares: BTreeMap<i64, HashMap<i64, (u64, &Claim)>> = BTreeMap::new();
    let mut copied: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for group in by_key.values() {
        for claim in group.iter().filter(|claim| !claim.sidechain && family.contains(&claim.session_key)) {
            for other in group.iter().filter(|other| other.rank() < claim.rank()) {
                let entry = shares.entry(claim.session_key).or_default();
                entry.entry(other.session_key).or_insert((0, other)).0 += 1;
            }
            let owned = group.iter().all(|other| claim.rank() <= other.rank());
            if let (false, Some(message)) = (owned, &claim.message_id) {
                copied.entry(claim.session_key).or_default().push(message);
            }
        }
    }
    for (session, others) in shares {
        let best = others.values().max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.rank().cmp(&a.1.rank())));
        if let Some((_, parent)) = best.filter(|(_, parent)| !parent.sidechain) {
            // Without the external id, which only sources tell: a closer relative may come later.
            let sql = Sql::new(
                "update session set parent_key = $1, relation = 'fork', revision = (select number from revision) \
                 where row_key = $2 and (relation is null or (relation = 'fork' and parent_external_id is null))",
            );
            tx.execute(sql.int(parent.session_key).int(session)).await?;
        }
    }
    for (session, messages) in copied {
        for some in messages.chunks(500) {
            let mut sql = Sql::new(
                "update message set inherited = true where session_key = $1 and inherited = false and seq <= \
                 (select max(seq) from message where session_key = $1 and external_id in ",
            )
            .int(session);
            sql.push_list(some.iter().map(|id| Value::text(*id)));
            sql.push(")");
            tx.execute(sql).await?;
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ModelSum {
    session_key: i64,
    model: Option<String>,
    provider: Option<String>,
    fresh: i64,
    cache_read: i64,
    cache_write: i64,
    output: i64,
    reasoning: i64,
    cost: Option<i64>,
    unpriced: i64,
}

#[derive(sqlx::FromRow)]
struct Facts {
    row_key: i64,
    model_hint: Option<String>,
    provider_hint: Option<String>,
    rows: i64,
    answered: bool,
}

/// Adds up the responses each session owns.
pub(crate) async fn refresh_totals(tx: &mut Tx, keys: &[i64]) -> Result<()> {
    let mut sql = Sql::new(
        "select session_key, model, provider, cast(sum(fresh) as bigint) as fresh, \
         cast(sum(cache_read) as bigint) as cache_read, \
         cast(sum(cache_write_5m + cache_write_1h) as bigint) as cache_write, \
         cast(sum(output) as bigint) as output, cast(sum(reasoning) as bigint) as reasoning, \
         cast(sum(cost) as bigint) as cost, \
         sum(case when cost is null then 1 else 0 end) as unpriced \
         from response where state = 'owned' and session_key in ",
    );
    sql.push_list(keys.iter().map(|key| Value::int(*key)));
    sql.push(" group by session_key, model, provider");
    let mut sums: HashMap<i64, Vec<ModelSum>> = HashMap::new();
    for sum in tx.rows::<ModelSum>(sql).await? {
        sums.entry(sum.session_key).or_default().push(sum);
    }
    let mut sql = Sql::new(
        "select row_key, model_hint, provider_hint, \
         (select count(*) from response r where r.session_key = s.row_key) as rows, \
         exists (select 1 from message m where m.session_key = s.row_key and m.role = 'assistant' \
         and m.inherited = false) as answered from session s where row_key in ",
    );
    sql.push_list(keys.iter().map(|key| Value::int(*key)));
    for facts in tx.rows::<Facts>(sql).await? {
        let sums = sums.remove(&facts.row_key).unwrap_or_default();
        tx.execute(totals_update(&facts, &sums)).await?;
    }
    Ok(())
}

fn totals_update(facts: &Facts, sums: &[ModelSum]) -> Sql {
    let total = |field: fn(&ModelSum) -> i64| sums.iter().map(field).fold(0i64, i64::saturating_add);
    // Answers without any recorded usage: the figures are unknown, not zero.
    let unknown = facts.rows == 0 && facts.answered;
    let known = |count: i64| if unknown { None } else { Some(count) };
    let prompt = total(|s| s.fresh).saturating_add(total(|s| s.cache_read)).saturating_add(total(|s| s.cache_write));
    let output = total(|s| s.output);
    let unpriced = total(|s| s.unpriced) > 0;
    let priced: Vec<i64> = sums.iter().filter_map(|sum| sum.cost).collect();
    let cost = match (unknown, priced.is_empty(), sums.is_empty()) {
        (true, ..) | (_, true, false) => None,
        _ => Some(priced.iter().copied().fold(0i64, i64::saturating_add)),
    };
    let mut models: BTreeMap<&str, (i64, i64, Option<&str>)> = BTreeMap::new();
    for sum in sums {
        if let Some(model) = &sum.model {
            let entry = models.entry(model).or_default();
            entry.0 += sum.output;
            entry.1 += sum.fresh;
            entry.2 = entry.2.or(sum.provider.as_deref());
        }
    }
    let main = models.iter().max_by_key(|(name, (output, fresh, _))| (*output, *fresh, std::cmp::Reverse(**name)));
    Sql::new(
        "update session set model = $1, model_count = $2, provider = $3, prompt_tokens = $4, completion_tokens = $5, \
         total_tokens = $6, cache_read_tokens = $7, cache_write_tokens = $8, reasoning_tokens = $9, cost = $10, \
         cost_partial = $11, revision = (select number from revision) where row_key = $12",
    )
    .opt_text(main.map(|(name, _)| *name).or(facts.model_hint.as_deref()))
    .int(models.len().max(usize::from(facts.model_hint.is_some())) as i64)
    .opt_text(facts.provider_hint.as_deref().or_else(|| main.and_then(|(_, (.., provider))| *provider)))
    .opt_int(known(prompt))
    .opt_int(known(output))
    .opt_int(known(prompt.saturating_add(output)))
    .opt_int(known(total(|s| s.cache_read)))
    .opt_int(known(total(|s| s.cache_write)))
    .opt_int(known(total(|s| s.reasoning)))
    .opt_int(cost)
    .bool(unpriced || unknown)
    .int(facts.row_key)
}
