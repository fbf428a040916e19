//! Which rows of a session differ from those in the archive, so that a turn appended to a session of
//! thousands writes the rows of that turn.

use std::collections::{BTreeMap, HashMap, HashSet};

use opensync_core::import::Parent;
use xxhash_rust::xxh3::xxh3_64;

use crate::Result;
use crate::pool::Tx;
use crate::sql::{Sql, Value};

/// What the archive holds of a session.
#[derive(Default)]
pub(super) struct Old {
    /// Digest of the session's own row.
    pub(super) digest: i64,
    /// The parent its source named.
    parent: Option<(String, String)>,
    messages: BTreeMap<i64, i64>,
    responses: BTreeMap<i64, OldResponse>,
    /// It has copies of responses another session owns.
    copies: bool,
}

struct OldResponse {
    digest: i64,
    key: String,
    state: String,
}

/// Which rows of a session are to be written.
#[derive(Default)]
pub(super) struct Change {
    /// Places of messages whose old rows go.
    pub(super) gone_messages: Vec<i64>,
    /// Ordinals of ledger rows whose old rows go.
    pub(super) gone_responses: Vec<i64>,
    /// Keys of responses that are new in this session.
    pub(super) new_keys: Vec<String>,
    /// Some response is no longer in it, so another session may inherit it.
    pub(super) lost_keys: bool,
    /// Rows that are written, old or new.
    pub(super) rows: usize,
    ordinals: HashSet<i64>,
    keys: HashSet<String>,
}

/// What becomes of a ledger row.
pub(super) enum Fate<'a> {
    /// It stays as it is.
    Same,
    /// It is written again, in the state it has.
    Changed(&'a str),
    /// It is new.
    New,
}

impl Change {
    /// Takes note of a message; answers whether its rows are to be written.
    pub(super) fn message(&mut self, old: &Old, seq: i64, digest: i64) -> bool {
        match old.messages.get(&seq) {
            Some(known) if *known == digest => return false,
            Some(_) => self.gone_messages.push(seq),
            None => {}
        }
        self.rows += 1;
        true
    }

    /// Those behind the last one go.
    pub(super) fn messages_end(&mut self, old: &Old, count: i64) {
        self.gone_messages.extend(old.messages.range(count..).map(|(seq, _)| *seq));
    }

    /// Takes note of a ledger row; answers what becomes of it.
    pub(super) fn response<'a>(&mut self, old: &'a Old, ordinal: i64, key: &str, digest: i64) -> Fate<'a> {
        self.ordinals.insert(ordinal);
        if !key.is_empty() {
            self.keys.insert(key.to_owned());
        }
        let known = old.responses.get(&ordinal);
        match known {
            Some(known) if known.digest == digest && known.key == key => return Fate::Same,
            Some(_) => self.gone_responses.push(ordinal),
            None => {}
        }
        self.rows += 1;
        if let Some(known) = known.filter(|known| known.key == key) {
            return Fate::Changed(&known.state);
        }
        if !key.is_empty() {
            self.new_keys.push(key.to_owned());
        }
        Fate::New
    }

    /// Those that are no longer there go.
    pub(super) fn responses_end(&mut self, old: &Old) {
        for (ordinal, response) in &old.responses {
            if !self.ordinals.contains(ordinal) {
                self.gone_responses.push(*ordinal);
            }
            self.lost_keys |= !response.key.is_empty() && !self.keys.contains(&response.key);
        }
    }

    /// Whether nothing but the session's own row can differ.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 && self.gone_messages.is_empty() && self.gone_responses.is_empty()
    }
}

impl Old {
    /// Of a session that is new.
    pub(super) const NOTHING: Self =
        Self { digest: 0, parent: None, messages: BTreeMap::new(), responses: BTreeMap::new(), copies: false };

    /// Whether ownership and relations can stay as they are, but for responses that are new.
    pub(super) fn is_settled(&self, parent: Option<&Parent>, change: &Change) -> bool {
        let parent = parent.map(|parent| (parent.external_id.as_str(), parent.relation.as_str()));
        let old = self.parent.as_ref().map(|(name, relation)| (name.as_str(), relation.as_str()));
        !self.copies && !change.lost_keys && parent == old
    }
}

/// Key, digest, the parent's name and the relation to it.
type Head = (i64, i64, Option<String>, Option<String>);

/// What the archive holds of sessions that are written again.
pub(super) async fn load(tx: &mut Tx, keys: &[i64]) -> Result<HashMap<i64, Old>> {
    let mut found: HashMap<i64, Old> = HashMap::new();
    for some in keys.chunks(500) {
        let list = |text: &str| {
            let mut sql = Sql::new(text);
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            sql
        };
        let heads = list("select row_key, digest, parent_external_id, relation from session where row_key in ");
        for (key, digest, parent, relation) in tx.rows::<Head>(heads).await? {
            let old = found.entry(key).or_default();
            old.digest = digest;
            // A relation without a name is one the ledger found.
            old.parent = parent.map(|parent| (parent, relation.unwrap_or_default()));
        }
        let messages = list("select session_key, seq, digest from message where session_key in ");
        for (key, seq, digest) in tx.rows::<(i64, i64, i64)>(messages).await? {
            found.entry(key).or_default().messages.insert(seq, digest);
        }
        let responses = list("select session_key, ordinal, digest, key, state from response where session_key in ");
        for (session, ordinal, digest, key, state) in tx.rows::<(i64, i64, i64, String, String)>(responses).await? {
            let old = found.entry(session).or_default();
            old.copies |= state == "copy";
            old.responses.insert(ordinal, OldResponse { digest, key, state });
        }
    }
    Ok(found)
}

/// A number that differs when any of `values` does. Never 0, which means that it is not known.
pub(super) fn digest<'a>(scratch: &mut Vec<u8>, values: impl Iterator<Item = &'a Value>) -> i64 {
    scratch.clear();
    for value in values {
        match value {
            Value::Int(Some(number)) => push(scratch, 1, &number.to_le_bytes()),
            Value::Text(Some(text)) => push(scratch, 2, text.as_bytes()),
            Value::Bool(Some(bit)) => push(scratch, 3, &[u8::from(*bit)]),
            Value::Bytes(Some(bytes)) => push(scratch, 4, bytes),
            Value::Int(None) | Value::Text(None) | Value::Bool(None) | Value::Bytes(None) => scratch.push(0),
        }
    }
    let digest = xxh3_64(scratch).cast_signed();
    if scratch.capacity() > 1 << 20 {
        *scratch = Vec::new();
    }
    if digest == 0 { 1 } else { digest }
}

fn push(scratch: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    scratch.push(kind);
    scratch.extend((bytes.len() as u64).to_le_bytes());
    scratch.extend(bytes);
}
