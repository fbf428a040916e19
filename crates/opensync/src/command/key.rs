//! Makes, lists and revokes API keys.

use anyhow::{anyhow, bail};
use opensync_core::{UserId, time};
use opensync_store::{ListedKey, NAME_CHARS, Scope, Store, key_name};
use serde_json::json;

use crate::arguments::KeyAction;
use crate::config::Config;
use crate::output;

/// Does what was asked for.
pub async fn run(config: &Config, action: KeyAction) -> anyhow::Result<()> {
    match action {
        KeyAction::Create { name, scopes } => create(config, &name, &scopes).await,
        KeyAction::List { json } => list(config, json).await,
        KeyAction::Revoke { key } => {
            let store = config.store().await?;
            let revoked = revoke(&store, &key).await;
            store.close().await;
            let revoked = revoked?;
            output::remark(&format!("{} is revoked. What uses it is refused from now on.", described(&revoked)));
            Ok(())
        }
    }
}

/// Makes a key; prints it, and nothing else, on standard output.
async fn create(config: &Config, name: &str, scopes: &[String]) -> anyhow::Result<()> {
    let Some(name) = key_name(name) else {
        bail!(
            "A key needs a name to know it by, of at most {NAME_CHARS} characters, such as: opensync key create laptop"
        );
    };
    let mut rights = Vec::new();
    for scope in scopes.iter().flat_map(|list| list.split(',')) {
        match Scope::parse(scope.trim()) {
            Some(scope) => rights.push(scope),
            None => bail!("`{scope}` is no right. Choose from sync, read and admin"),
        }
    }
    if rights.is_empty() {
        rights = Scope::ALL.to_vec();
    }
    let store = config.store().await?;
    let key = store.create_key(&UserId::local(), &name, &rights).await?;
    output::result(&key.secret);
    output::remark("Keep it now: it is not shown again.");
    store.close().await;
    Ok(())
}

async fn list(config: &Config, json: bool) -> anyhow::Result<()> {
    let store = config.store().await?;
    let keys = store.keys(&UserId::local()).await?;
    store.close().await;
    if json {
        let key = |key: &ListedKey| {
            json!({
                "id": key.id, "name": key.name, "prefix": key.prefix, "scopes": names(&key.scopes),
                "createdAt": key.created_at, "lastUsedAt": key.last_used_at,
            })
        };
        output::result(&serde_json::to_string_pretty(&keys.iter().map(key).collect::<Vec<_>>())?);
    } else if keys.is_empty() {
        output::remark("There are no keys. Make one with: opensync key create NAME");
    } else {
        output::result(&table(&keys));
    }
    Ok(())
}

/// The keys in columns.
fn table(keys: &[ListedKey]) -> String {
    let head = ["NAME", "BEGINS", "MAY", "CREATED", "LAST USED"].map(str::to_owned);
    let row = |key: &ListedKey| {
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), time::second);
        [key.name.clone(), key.prefix.clone(), names(&key.scopes).join(","), time::second(key.created_at), used]
    };
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(keys.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn names(scopes: &[Scope]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.as_str()).collect()
}

/// Revokes the one key that is meant; answers it.
async fn revoke(store: &Store, meant: &str) -> anyhow::Result<ListedKey> {
    let user = UserId::local();
    let keys = store.keys(&user).await?;
    let found: Vec<&ListedKey> = match keys.iter().filter(|key| key.name == meant.trim()).collect::<Vec<_>>() {
        none if none.is_empty() => keys.iter().filter(|key| is_meant(key, meant.trim())).collect(),
        named => named,
    };
    match found.as_slice() {
        [key] => {
            store.revoke_key(&user, &key.id).await?;
            Ok((*key).clone())
        }
        [] => Err(anyhow!("There is no key `{}`. See what there is with: opensync key list", shown(meant))),
        several => {
            let lines: Vec<String> = several.iter().map(|key| format!("  {}  {}", key.id, described(key))).collect();
            let several = lines.join("\n");
            Err(anyhow!("`{}` is said of several keys. Say which by the id in front:\n{several}", shown(meant)))
        }
    }
}

/// Whether something that is no name means a key: its id, its beginning or all of it.
fn is_meant(key: &ListedKey, text: &str) -> bool {
    let begins = text.trim_end_matches(['.', '…']);
    key.id == text || text.starts_with(&key.prefix) || (begins.len() > 4 && key.prefix.starts_with(begins))
}

/// What was typed, without the rest of a key.
fn shown(text: &str) -> String {
    if text.starts_with("osk_") { text.chars().take(8).collect() } else { text.to_owned() }
}

fn described(key: &ListedKey) -> String {
    format!("{} ({}…, made {})", key.name, key.prefix, time::second(key.created_at))
}
