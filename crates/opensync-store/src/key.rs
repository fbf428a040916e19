//! API keys: shown once, kept only as a hash.

use opensync_core::UserId;
use sha2::{Digest, Sha256};

use crate::sql::Sql;
use crate::{Error, Result, Store};

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Send sessions.
    Sync,
    /// Read sessions.
    Read,
    /// Change and delete sessions.
    Admin,
}

impl Scope {
    /// All rights.
    pub const ALL: [Self; 3] = [Self::Sync, Self::Read, Self::Admin];

    /// The name used in storage and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A key that was just made: the only moment its text is known.
#[derive(Clone)]
pub struct NewKey {
    /// `osk_` and 32 characters.
    pub secret: String,
    /// Its first characters, by which lists show it.
    pub prefix: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewKey({}...)", self.prefix)
    }
}

/// Who presented a key, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is no secret.
    pub id: String,
    /// Owner.
    pub user: UserId,
    /// Name given by the owner.
    pub name: String,
    /// Rights.
    pub scopes: Vec<Scope>,
}

impl ApiKey {
    /// Whether it may do this.
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// A key as lists show it. It opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Its id.
    pub id: String,
    /// Name given by the owner.
    pub name: String,
    /// The first characters of its text.
    pub prefix: String,
    /// Rights.
    pub scopes: Vec<Scope>,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// When it was used last, to the minute, Unix milliseconds; `None` when it never was.
    pub last_used_at: Option<i64>,
}

/// The longest name of a key, in characters.
pub const NAME_CHARS: usize = 80;

/// The name of a key as it is kept: on one line. `None` when it is empty or longer than [`NAME_CHARS`].
pub fn key_name(typed: &str) -> Option<String> {
    let words = typed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join(" ");
    (!name.is_empty() && name.chars().count() <= NAME_CHARS).then_some(name)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const HEX: &[u8; 16] = b"0123456789abcdef";
const TOUCH_EVERY_MS: i64 = 60_000;

impl Store {
    /// Makes a key.
    pub async fn create_key(&self, user: &UserId, name: &str, scopes: &[Scope]) -> Result<NewKey> {
        let mut random = [0u8; 48];
        getrandom::fill(&mut random).map_err(|error| Error::Random(error.to_string()))?;
        let letters = |bytes: &[u8]| -> String {
            bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect()
        };
        let secret = format!("osk_{}", letters(&random[..32]));
        let prefix = secret[..8].to_owned();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        self.pool
            .execute(
                Sql::new(
                    "insert into key (id, user_id, name, hash, prefix, scopes, created_at) \
                     values ($1, $2, $3, $4, $5, $6, $7)",
                )
                .text(letters(&random[32..]))
                .text(user.as_str())
                .text(name)
                .text(hash(&secret))
                .text(&prefix)
                .text(scopes.join(","))
                .int(crate::now_ms()),
            )
            .await?;
        Ok(NewKey { secret, prefix })
    }

    /// Who this key belongs to; `None` when it is unknown or revoked. The comparison is one of
    /// hashes, so its time says nothing about the key.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<ApiKey>> {
        let sql =
            Sql::new("select id, user_id, name, scopes, last_used_at from key where hash = $1 and revoked_at is null");
        let row: Option<(String, String, String, String, Option<i64>)> = self.pool.row(sql.text(hash(secret))).await?;
        let Some((id, user, name, scopes, last_used)) = row else { return Ok(None) };
        let now = crate::now_ms();
        if last_used.is_none_or(|last| now - last > TOUCH_EVERY_MS) {
            let sql = Sql::new("update key set last_used_at = $1 where id = $2");
            self.pool.execute(sql.int(now).text(&id)).await?;
        }
        Ok(Some(ApiKey { id, user: UserId::from_stored(user), name, scopes: scopes_of(&scopes) }))
    }

    /// The keys of a user that were not revoked, the newest first.
    pub async fn keys(&self, user: &UserId) -> Result<Vec<ListedKey>> {
        let sql = Sql::new(format!(
            "select id, name, prefix, scopes, created_at, last_used_at from key \
             where user_id = $1 and revoked_at is null order by created_at desc, id {}",
            self.pool.by_bytes()
        ));
        let rows: Vec<(String, String, String, String, i64, Option<i64>)> =
            self.pool.rows(sql.text(user.as_str())).await?;
        let key = |(id, name, prefix, scopes, created_at, last_used_at): (_, _, _, String, _, _)| ListedKey {
            id,
            name,
            prefix,
            scopes: scopes_of(&scopes),
            created_at,
            last_used_at,
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Takes a key back: it opens nothing from the next request on. False when the user has none of that id.
    pub async fn revoke_key(&self, user: &UserId, id: &str) -> Result<bool> {
        let sql = Sql::new("update key set revoked_at = $1 where user_id = $2 and id = $3 and revoked_at is null");
        Ok(self.pool.execute(sql.int(crate::now_ms()).text(user.as_str()).text(id)).await? > 0)
    }
}

fn scopes_of(stored: &str) -> Vec<Scope> {
    stored.split(',').filter_map(Scope::parse).collect()
}

pub(crate) fn hash(secret: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(secret.as_bytes()) {
        hex.push(char::from(HEX[usize::from(byte >> 4)]));
        hex.push(char::from(HEX[usize::from(byte & 15)]));
    }
    hex
}
