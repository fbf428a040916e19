//! A session without the work: prompts, and the last thing that was said to each.

use opensync_core::{SessionId, StoredMessage, UserId};

use crate::message::{MESSAGE, MessageRow, PART, PartRow, stored_messages};
use crate::sql::{Sql, Value, count_to_int};
use crate::{Around, Result, Store, Window};

impl Store {
    /// Like [`Store::messages`], but only prompts and final answers: the last message of the model with text
    /// before the next prompt, or the end. Of their parts only texts and images are read. A window is at
    /// most `limit` messages, and at least one prompt with its answer.
    pub async fn chat(&self, user: &UserId, session: &SessionId, around: &Around, limit: u64) -> Result<Window> {
        let Some(key) = self.row_key(user, session).await? else { return Ok(Window::default()) };
        let sql = Sql::new(
            "select seq from message where session_key = $1 and role = 'user' and off_path = false order by seq",
        );
        // Where turns begin. What is said before the first prompt is a turn without one.
        let mut starts = vec![-1];
        starts.extend(self.pool.rows::<(i64,)>(sql.int(key)).await?.into_iter().map(|(seq,)| seq));
        let most = usize::try_from(limit / 2).unwrap_or(usize::MAX).clamp(1, 10_000);
        let turn = |seq: i64| starts.partition_point(|start| *start <= seq);
        let (first, end) = match around {
            Around::Start => (0, most),
            Around::After(seq) => (turn(count_to_int(*seq)), turn(count_to_int(*seq)) + most),
            Around::Before(seq) => {
                let end = starts.partition_point(|start| *start < count_to_int(*seq));
                (end.saturating_sub(most), end)
            }
            Around::Place(_) | Around::Message(_) => {
                let at = turn(self.seq_of(key, around).await?).saturating_sub(1);
                let first = at.saturating_sub(most / 4);
                (first, first + most)
            }
        };
        // The turn without a prompt is no window of its own.
        let first = if first <= 1 && !matches!(around, Around::After(_)) { 0 } else { first };
        let end = end.min(starts.len());
        let Some(shown) = starts.get(first..end).filter(|shown| !shown.is_empty()) else {
            return Ok(Window::default());
        };
        let mut seqs: Vec<i64> = shown.iter().copied().filter(|seq| *seq >= 0).collect();
        seqs.extend(self.answers(key, shown, starts.get(end).copied().unwrap_or(i64::MAX)).await?);
        seqs.sort_unstable();
        let turns = seqs.len();
        if let Around::Before(seq) = around {
            seqs.retain(|shown| *shown < count_to_int(*seq));
        }
        let messages = self.said(key, &seqs).await?;
        let before = messages.first().filter(|_| first > 0).map(|stored| stored.seq);
        let more = end < starts.len() || seqs.len() < turns;
        let after = messages.last().filter(|_| more).map(|stored| stored.seq);
        Ok(Window { messages, before, after })
    }

    /// The place a window is around; the beginning when nothing is there.
    async fn seq_of(&self, key: i64, around: &Around) -> Result<i64> {
        match around {
            Around::Message(external_id) => {
                let sql = Sql::new("select min(seq) from message where session_key = $1 and external_id = $2");
                let found: Option<(Option<i64>,)> = self.pool.row(sql.int(key).text(external_id)).await?;
                Ok(found.and_then(|(seq,)| seq).unwrap_or(0))
            }
            Around::Place(seq) => Ok(count_to_int(*seq)),
            _ => Ok(0),
        }
    }

    /// The last answer of each turn, of which the last ends before `end`.
    async fn answers(&self, key: i64, starts: &[i64], end: i64) -> Result<Vec<i64>> {
        let ends = starts.iter().skip(1).copied().chain([end]);
        let spans: Vec<(i64, i64)> = starts.iter().copied().zip(ends).collect();
        let mut answers = Vec::new();
        for some in spans.chunks(200) {
            let mut sql = Sql::new("select max(m.seq) from (values ");
            for (n, (start, end)) in some.iter().enumerate() {
                sql.push(if n > 0 { ", " } else { "" });
                sql.push_list([Value::int(*start), Value::int(*end)]);
            }
            sql.push(") as span cross join message m where m.session_key = ");
            sql.push_value(Value::int(key));
            sql.push(
                " and m.seq > span.column1 and m.seq < span.column2 and m.role = 'assistant' and m.text <> '' \
                 and m.off_path = false group by span.column1",
            );
            answers.extend(self.pool.rows::<(i64,)>(sql).await?.into_iter().map(|(seq,)| seq));
        }
        Ok(answers)
    }

    async fn said(&self, key: i64, seqs: &[i64]) -> Result<Vec<StoredMessage>> {
        let mut messages = Vec::new();
        for some in seqs.chunks(500) {
            let among = |mut sql: Sql, order: &str| {
                sql.push_list(some.iter().map(|seq| Value::int(*seq)));
                sql.push(order);
                sql
            };
            let sql = Sql::new(format!("select {MESSAGE} from message m where m.session_key = $1 and m.seq in "));
            let rows: Vec<MessageRow> = self.pool.rows(among(sql.int(key), " order by m.seq")).await?;
            let sql = Sql::new(format!(
                "select {PART} from part p left join body b on b.hash = p.hash where p.session_key = $1 \
                 and p.kind in ('text', 'image') and p.seq in "
            ));
            let parts: Vec<PartRow> = self.pool.rows(among(sql.int(key), " order by p.seq, p.idx")).await?;
            messages.extend(stored_messages(rows, parts));
        }
        Ok(messages)
    }
}
