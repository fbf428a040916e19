//! Counts test cases without making them.

use std::collections::HashMap;

use opensync_core::filter::Status;
use opensync_core::{SessionId, UserId};

use crate::chosen::distinct;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// What an export for evaluations makes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseCount {
    /// Prompts that were answered with some text.
    pub answered: u64,
    /// Bytes of all prompts and answers.
    pub said: u64,
    /// Bytes said before each prompt that was answered, added up.
    pub before: u64,
}

/// What an export for evaluations is chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLabels {
    /// The source's id.
    pub source: String,
    /// The verdict; never [`Status::None`].
    pub status: Option<Status>,
    /// Whether somebody said what the answer should have been.
    pub expected: bool,
    /// User and assistant messages.
    pub messages: u64,
}

/// Id, source, verdict, whether an output is expected, messages.
type LabelRow = (String, String, Option<String>, bool, i64);

/// Key, whether it is a prompt, whether something can be read in it, bytes.
type MessageRow = (String, bool, bool, i64);

impl Store {
    /// How many prompts of sessions were answered, by the rule of `opensync_core::export`: a prompt has
    /// text or an image, its answer text. Sessions without messages of either side are left out.
    pub async fn case_counts(&self, user: &UserId, ids: &[SessionId]) -> Result<HashMap<SessionId, CaseCount>> {
        let mut counts: HashMap<SessionId, CaseCount> = HashMap::new();
        for some in distinct(ids).chunks(100) {
            let mut sql = Sql::new(
                "select s.id, m.role = 'user' as prompt, (trim(m.text, $2) <> '' or (m.role = 'user' and exists \
                 (select 1 from part p where p.session_key = m.session_key and p.seq = m.seq and p.kind = 'image'))) \
                 as readable, cast(octet_length(m.text) as bigint) as bytes \
                 from session s join message m on m.session_key = s.row_key \
                 where m.role in ('user', 'assistant') and m.off_path = false and s.user_id || '' = $1 and s.id in ",
            )
            .text(user.as_str())
            .text(" \t\n\r\u{b}\u{c}");
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            sql.push(" order by m.session_key, m.seq");
            let rows: Vec<MessageRow> = self.pool.rows(sql).await?;
            // Bytes said before the prompt that waits for its answer.
            let mut open: Option<u64> = None;
            let mut current = String::new();
            for (id, is_prompt, is_readable, bytes) in rows {
                if id != current {
                    (open, current) = (None, id.clone());
                }
                let count = counts.entry(SessionId::from_stored(id)).or_default();
                if is_prompt {
                    open = is_readable.then_some(count.said);
                } else if let Some(before) = open.filter(|_| is_readable) {
                    count.answered += 1;
                    count.before += before;
                    open = None;
                }
                count.said += int_to_count(bytes);
            }
        }
        Ok(counts)
    }

    /// Sources, verdicts and sizes of sessions; those there are not are left out.
    pub async fn case_labels(&self, user: &UserId, ids: &[SessionId]) -> Result<HashMap<SessionId, CaseLabels>> {
        let mut labels = HashMap::new();
        for some in distinct(ids).chunks(500) {
            let mut sql = Sql::new(
                "select id, source, eval_status, expected_output is not null as expected, message_count \
                 from session \
                 where user_id || '' = $1 and id in ",
            )
            .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            for (id, source, status, expected, messages) in self.pool.rows::<LabelRow>(sql).await? {
                let status = status.as_deref().and_then(Status::parse).filter(|status| *status != Status::None);
                let messages = int_to_count(messages);
                labels.insert(SessionId::from_stored(id), CaseLabels { source, status, expected, messages });
            }
        }
        Ok(labels)
    }
}
