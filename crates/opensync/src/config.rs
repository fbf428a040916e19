//! Settings: from a flag, else `OPENSYNC_*` in the environment, else the configuration file, else a
//! default. Nothing has to be set.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use opensync_core::price::Prices;
use opensync_store::Store;
use opensync_sync::Homes;
use opensync_web::{Limits, Summariser};
use toml::Table;

use crate::arguments::Settings;

const KEYS: [&str; 14] = [
    "listen",
    "open-listen",
    "data-dir",
    "database",
    "home",
    "log-json",
    "machine",
    "push-to",
    "push-key",
    "summary-url",
    "summary-model",
    "summary-key",
    "api-limit",
    "sync-limit",
];
const LISTEN: &str = "127.0.0.1:6796";

/// A value and where it is from.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    pub value: T,
    pub origin: String,
}

/// A value nobody may see in a log or on a screen.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The value, to be handed on.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// All settings.
#[derive(Debug)]
pub struct Config {
    pub listen: Setting<String>,
    /// Where others reach what is open to all.
    pub open_listen: Option<Setting<String>>,
    pub data_dir: Setting<PathBuf>,
    pub database: Setting<Option<Secret>>,
    pub home: Setting<PathBuf>,
    pub log_json: Setting<bool>,
    /// The model that writes summaries: an address, a name, a key.
    pub summary_url: Option<Setting<String>>,
    pub summary_model: Option<Setting<String>>,
    pub summary_key: Option<Setting<Secret>>,
    /// Requests a minute that a key may make: to the API, and to send sessions.
    pub api_limit: Setting<Option<NonZeroU32>>,
    pub sync_limit: Setting<Option<NonZeroU32>>,
    /// The name of this machine in what it imports and pushes; its host name when `None`.
    pub machine: Option<Setting<String>>,
    /// Where sessions are pushed to.
    pub push_to: Option<Setting<String>>,
    pub push_key: Option<Setting<Secret>>,
    /// The configuration file, whether it is there or not, ...
    pub file: PathBuf,
    /// ... and whether it is another one than usual.
    pub is_file_given: bool,
}

impl Config {
    /// Reads all settings.
    pub fn load(flags: &Settings) -> anyhow::Result<Self> {
        let user_home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
        let file = flags.config.clone().unwrap_or_else(|| config_folder(&user_home).join("config.toml"));
        let table = read_file(&file, flags.config.is_some())?;
        let source = Sources { table, file: &file };
        let flag = |value: &Option<PathBuf>| value.as_ref().map(|path| path.display().to_string());
        let listen = source.text("listen", flags.listen.clone())?;
        let open_listen = source.text("open-listen", flags.open_listen.clone())?;
        let data_dir = source.text("data-dir", flag(&flags.data_dir))?;
        let database = source.text("database", flags.database.clone())?;
        let home = source.text("home", flag(&flags.home))?;
        let log_json = source.text("log-json", flags.log_json.then(|| "true".to_owned()))?;
        let summary_key = source.text("summary-key", None)?;
        let summary_url = source.text("summary-url", None)?;
        let summary_model = source.text("summary-model", None)?;
        let (machine, push_to) = (source.text("machine", None)?, source.text("push-to", None)?);
        let push_key = source.text("push-key", None)?;
        let log_json = or_default(log_json, || "false".to_owned());
        Ok(Self {
            listen: or_default(listen, || LISTEN.to_owned()),
            open_listen,
            data_dir: path(data_dir, || data_folder(&user_home)),
            database: match database {
                Some(Setting { value, origin }) => Setting { value: Some(Secret(value)), origin },
                None => Setting { value: None, origin: "default".to_owned() },
            },
            home: path(home, || user_home.clone()),
            log_json: match log_json.value.as_str() {
                "true" | "1" => Setting { value: true, origin: log_json.origin },
                "false" | "0" | "" => Setting { value: false, origin: log_json.origin },
                other => bail!("log-json is `{other}` ({}); it must be true or false", log_json.origin),
            },
            summary_url,
            summary_model,
            summary_key: summary_key.map(|key| Setting { value: Secret(key.value), origin: key.origin }),
            api_limit: limit("api-limit", source.text("api-limit", None)?)?,
            sync_limit: limit("sync-limit", source.text("sync-limit", None)?)?,
            machine,
            push_to,
            push_key: push_key.map(|key| Setting { value: Secret(key.value), origin: key.origin }),
            file,
            is_file_given: flags.config.is_some(),
        })
    }

    /// How often programs may ask.
    pub fn limits(&self) -> Limits {
        Limits::new(self.api_limit.value, self.sync_limit.value)
    }

    /// The model that writes summaries, when one was chosen.
    pub fn summariser(&self) -> anyhow::Result<Option<Summariser>> {
        let (url, model) = match (&self.summary_url, &self.summary_model) {
            (Some(url), Some(model)) => (url, model),
            (None, None) => return Ok(None),
            (Some(_), None) => bail!("summary-url is set, and no summary-model. Say which model writes summaries"),
            (None, Some(_)) => bail!("summary-model is set, and no summary-url. Say where the model is"),
        };
        if !url.value.starts_with("http://") && !url.value.starts_with("https://") {
            bail!("summary-url ({}) must begin with http:// or https://", url.origin);
        }
        let key = self.summary_key.as_ref().map(|key| key.value.0.clone());
        Ok(Some(Summariser::new(&url.value, &model.value, key)))
    }

    /// The name of this machine, when it has one.
    pub fn machine(&self) -> Option<String> {
        match &self.machine {
            Some(setting) => opensync_core::text::machine(&setting.value),
            None => host_name(),
        }
    }

    /// Opens the archive.
    pub async fn store(&self) -> anyhow::Result<Store> {
        if let Some(Secret(url)) = &self.database.value {
            let store = Store::open_server(url).await;
            return store.with_context(|| {
                format!("The database server was set by {}. Check its address and that it runs", self.database.origin)
            });
        }
        let folder = &self.data_dir.value;
        let wrong = || {
            format!(
                "The data folder {} was set by {}. Choose one you may write to with --data-dir",
                folder.display(),
                self.data_dir.origin
            )
        };
        create_private(folder).with_context(wrong)?;
        Store::open_file(&folder.join("archive.db")).await.with_context(wrong)
    }

    /// Where the archive is, without any password.
    pub fn archive(&self) -> String {
        match &self.database.value {
            Some(Secret(url)) => without_password(url),
            None => self.data_dir.value.join("archive.db").display().to_string(),
        }
    }

    /// Where stores are looked for.
    pub fn homes(&self) -> Homes {
        let env = opensync_sources::KNOWN
            .iter()
            .filter(|about| !about.env.is_empty())
            .filter_map(|about| Some((about.env.to_owned(), std::env::var(about.env).ok()?)))
            .collect();
        // Files are known by their whole path, wherever the program is started.
        let home = std::path::absolute(&self.home.value).unwrap_or_else(|_| self.home.value.clone());
        Homes { home, env }
    }

    /// The price list: the embedded one, and the user's own `prices.json` over it.
    pub fn prices(&self) -> anyhow::Result<Prices> {
        let file = self.file.with_file_name("prices.json");
        match std::fs::read_to_string(&file) {
            Ok(text) => Prices::embedded()
                .with_overrides(&text)
                .with_context(|| format!("Correct or remove {}", file.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Prices::embedded()),
            Err(error) => Err(error).with_context(|| format!("Reading {}", file.display())),
        }
    }

    /// The address to listen on. Only loopback: there are no accounts, so any other address would
    /// hand the archive to the network.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        let text = self.listen.value.replace("localhost", "127.0.0.1");
        let address: SocketAddr = text.parse().with_context(|| {
            format!("`{}` ({}) is no address. Use one like {LISTEN}", self.listen.value, self.listen.origin)
        })?;
        if !address.ip().is_loopback() {
            bail!(
                "Refusing to listen on {address}: it can be reached from other machines, and without accounts everybody \
                 there could read every session. Listen on 127.0.0.1 and reach it through an SSH tunnel: \
                 ssh -L 6796:127.0.0.1:6796 this-machine. For plugins, pushes and public links of other machines there \
                 is --open-listen"
            );
        }
        Ok(address)
    }

    /// Another address to listen on, for what needs a key or is public: any may do.
    pub fn open_address(&self) -> anyhow::Result<Option<SocketAddr>> {
        let Some(Setting { value, origin }) = &self.open_listen else { return Ok(None) };
        let address = value.replace("localhost", "127.0.0.1").parse();
        address.map(Some).with_context(|| format!("`{value}` ({origin}) is no address. Use one like 0.0.0.0:6797"))
    }
}

struct Sources<'a> {
    table: Table,
    file: &'a Path,
}

impl Sources<'_> {
    fn text(&self, key: &str, flag: Option<String>) -> anyhow::Result<Option<Setting<String>>> {
        if let Some(value) = flag {
            return Ok(Some(Setting { value, origin: format!("--{key}") }));
        }
        let variable = format!("OPENSYNC_{}", key.replace('-', "_").to_uppercase());
        if let Ok(value) = std::env::var(&variable)
            && !value.is_empty()
        {
            return Ok(Some(Setting { value, origin: variable }));
        }
        let origin = || self.file.display().to_string();
        match self.table.get(key) {
            None => Ok(None),
            Some(toml::Value::String(value)) => Ok(Some(Setting { value: value.clone(), origin: origin() })),
            Some(toml::Value::Boolean(value)) => Ok(Some(Setting { value: value.to_string(), origin: origin() })),
            Some(toml::Value::Integer(value)) if key.ends_with("-limit") => {
                Ok(Some(Setting { value: value.to_string(), origin: origin() }))
            }
            Some(_) => bail!("`{key}` in {} must be text in quotes, or true or false", origin()),
        }
    }
}

/// A number of requests a minute; 0 is no limit.
fn limit(name: &str, found: Option<Setting<String>>) -> anyhow::Result<Setting<Option<NonZeroU32>>> {
    let Setting { value, origin } = or_default(found, || "0".to_owned());
    match value.trim().parse::<u32>() {
        Ok(number) => Ok(Setting { value: NonZeroU32::new(number), origin }),
        Err(_) => bail!("{name} is `{value}` ({origin}); it must be a number of requests a minute, 0 for no limit"),
    }
}

fn or_default(found: Option<Setting<String>>, default: impl FnOnce() -> String) -> Setting<String> {
    found.unwrap_or_else(|| Setting { value: default(), origin: "default".to_owned() })
}

fn path(found: Option<Setting<String>>, default: impl FnOnce() -> PathBuf) -> Setting<PathBuf> {
    match found {
        Some(Setting { value, origin }) => Setting { value: PathBuf::from(value), origin },
        None => Setting { value: default(), origin: "default".to_owned() },
    }
}

fn read_file(file: &Path, wanted: bool) -> anyhow::Result<Table> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !wanted => return Ok(Table::new()),
        Err(error) => return Err(error).with_context(|| format!("Reading the configuration file {}", file.display())),
    };
    let table: Table = text.parse().map_err(|error| not_toml(file, &text, &error))?;
    for key in table.keys() {
        if !KEYS.contains(&key.as_str()) {
            let nearest = KEYS.iter().max_by_key(|known| alike(known, key)).unwrap_or(&KEYS[0]);
            bail!("`{key}` in {} is no setting. Did you mean `{nearest}`?", file.display());
        }
    }
    Ok(table)
}

/// Says where a file is no TOML, and quotes nothing of it: the line may hold a password.
fn not_toml(file: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    anyhow::anyhow!("The configuration file {} is no valid TOML: line {line}: {}", file.display(), error.message())
}

/// How many letters two names begin with in common, then how many they share at all.
fn alike(a: &str, b: &str) -> (usize, usize) {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    (same, a.chars().filter(|c| b.contains(*c)).count())
}

fn config_folder(home: &Path) -> PathBuf {
    match std::env::var_os("XDG_CONFIG_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path).join("opensync"),
        None if cfg!(target_os = "macos") => home.join("Library/Application Support/opensync"),
        None if cfg!(windows) => home.join("AppData/Roaming/opensync"),
        None => home.join(".config/opensync"),
    }
}

fn data_folder(home: &Path) -> PathBuf {
    match std::env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path).join("opensync"),
        None if cfg!(target_os = "macos") => home.join("Library/Application Support/opensync"),
        None if cfg!(windows) => home.join("AppData/Local/opensync"),
        None => home.join(".local/share/opensync"),
    }
}

/// The name of this machine up to the first dot: what follows says in which network it is.
fn host_name() -> Option<String> {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    opensync_core::text::machine(name.split('.').next().unwrap_or_default())
}

/// Transcripts are nobody else's business: the folder is for its owner alone.
pub fn create_private(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((who, host)) => {
            let user = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}{path}")
        }
        // A password that was not encoded may have ended the authority early.
        None if path.contains('@') || (authority.contains(':') && rest.contains('@')) => format!("{scheme}://***"),
        None => format!("{scheme}://{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_password("postgres://me:s3cret@db/x?password=y"), "postgres://me:***@db/x");
        assert_eq!(without_password("postgres://db/x"), "postgres://db/x");
        assert_eq!(without_password("postgres://db/x?password=s3@cret"), "postgres://db/x");
        assert_eq!(without_password("postgres://me:s3/cr@et?x@db/x"), "postgres://***");
        assert_eq!(without_password("postgres://me:s3?cret@db/x"), "postgres://***");
        assert_eq!(format!("{:?}", Secret("s3cret".to_owned())), "***");
    }

    #[test]
    fn a_misspelt_key_names_the_nearest() {
        let nearest = KEYS.iter().max_by_key(|known| alike(known, "lissten"));
        assert_eq!(nearest, Some(&"listen"));
    }
}
