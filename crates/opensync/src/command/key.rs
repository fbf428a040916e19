//! Makes API keys.

use anyhow::bail;
use opensync_core::UserId;
use opensync_store::Scope;

use crate::arguments::KeyAction;
use crate::config::Config;
use crate::output;

/// Makes a key; prints it, and nothing else, on standard output.
pub async fn run(config: &Config, action: KeyAction) -> anyhow::Result<()> {
    let KeyAction::Create { name, scopes } = action;
    if name.trim().is_empty() {
        bail!("A key needs a name to know it by, such as: opensync key create laptop");
    }
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
    let key = store.create_key(&UserId::local(), name.trim(), &rights).await?;
    output::result(&key.secret);
    output::remark("Keep it now: it is not shown again.");
    store.close().await;
    Ok(())
}
