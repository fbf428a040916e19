//! Prints every setting and where it is from.

use crate::config::Config;
use crate::output;

/// One line for each setting.
pub fn run(config: &Config) {
    let database = config.database.value.as_ref().map_or_else(|| "none".to_owned(), |_| config.archive());
    let rows = [
        ("listen", config.listen.value.clone(), &config.listen.origin),
        ("data-dir", config.data_dir.value.display().to_string(), &config.data_dir.origin),
        ("database", database, &config.database.origin),
        ("home", config.home.value.display().to_string(), &config.home.origin),
        ("log-json", config.log_json.value.to_string(), &config.log_json.origin),
    ];
    for (name, value, origin) in rows {
        output::result(&format!("{name:<13} {value}  ({origin})"));
    }
    if let Some(open) = &config.open_listen {
        output::result(&format!("{:<13} {}  ({})", "open-listen", open.value, open.origin));
    }
    let summary = [("summary-url", &config.summary_url), ("summary-model", &config.summary_model)];
    for (name, setting) in summary.into_iter().filter_map(|(name, setting)| Some((name, setting.as_ref()?))) {
        let value =
            if name == "summary-url" { crate::config::without_password(&setting.value) } else { setting.value.clone() };
        output::result(&format!("{name:<13} {value}  ({})", setting.origin));
    }
    let (machine, origin) = match &config.machine {
        Some(setting) => (config.machine(), setting.origin.as_str()),
        None => (config.machine(), "name of this machine"),
    };
    output::result(&format!("{:<13} {}  ({origin})", "machine", machine.as_deref().unwrap_or("none")));
    if let Some(to) = &config.push_to {
        output::result(&format!("{:<13} {}  ({})", "push-to", crate::config::without_password(&to.value), to.origin));
    }
    for (name, key) in [("summary-key", &config.summary_key), ("push-key", &config.push_key)] {
        if let Some(key) = key {
            output::result(&format!("{name:<13} ***  ({})", key.origin));
        }
    }
    for (name, limit) in [("api-limit", &config.api_limit), ("sync-limit", &config.sync_limit)] {
        let value = limit.value.map_or_else(|| "none".to_owned(), |number| format!("{number} a minute"));
        output::result(&format!("{name:<13} {value}  ({})", limit.origin));
    }
    let there = if config.file.exists() { "" } else { ", not there" };
    output::result(&format!("{:<13} {}{there}", "file", config.file.display()));
}
