//! Installs a user service that pushes from every login on, and removes it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use opensync_core::UserId;
use opensync_sync::push::{Choice, Failure, Options, Pusher, Server};

use super::service::{LABEL, Service, UNIT};
use super::{address, key, known_sources, warn_if_open};
use crate::arguments::PushWhat;
use crate::config::{Config, create_private};
use crate::output;

/// Who runs services here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    fn here() -> anyhow::Result<Self> {
        match std::env::consts::OS {
            "linux" => Ok(Self::Systemd),
            "macos" => Ok(Self::Launchd),
            other => bail!(
                "Services are installed with systemd and launchd only, not on {other}. Run `opensync push --watch`"
            ),
        }
    }

    /// The file of the service.
    fn file(self) -> anyhow::Result<PathBuf> {
        let home = std::env::home_dir().context("There is no home directory to install the service in")?;
        Ok(match self {
            Self::Systemd => {
                let configured = std::env::var_os("XDG_CONFIG_HOME").filter(|path| !path.is_empty());
                let folder = configured.map_or_else(|| home.join(".config"), PathBuf::from);
                folder.join("systemd/user").join(UNIT)
            }
            Self::Launchd => home.join("Library/LaunchAgents").join(format!("{LABEL}.plist")),
        })
    }

    fn log(self) -> String {
        match self {
            Self::Systemd => format!("journalctl --user -u {UNIT} -f"),
            Self::Launchd => format!("tail -f {}", log_file().display()),
        }
    }

    /// Has it run from now on; answers what is to be run by hand when that fails.
    fn start(self, file: &Path) -> Result<(), String> {
        match self {
            Self::Systemd => {
                for arguments in [&["daemon-reload"][..], &["enable", UNIT], &["restart", UNIT]] {
                    if !done("systemctl", &[&["--user"], arguments].concat()) {
                        return Err(format!("systemctl --user daemon-reload && systemctl --user enable --now {UNIT}"));
                    }
                }
                Ok(())
            }
            Self::Launchd => {
                let file = file.to_string_lossy();
                // One that ran before has the old text.
                done("launchctl", &["unload", &file]);
                if done("launchctl", &["load", "-w", &file]) {
                    Ok(())
                } else {
                    Err(format!("launchctl load -w '{file}'"))
                }
            }
        }
    }

    fn stop(self, file: &Path) {
        match self {
            Self::Systemd => done("systemctl", &["--user", "disable", "--now", UNIT]),
            Self::Launchd => done("launchctl", &["unload", "-w", &file.to_string_lossy()]),
        };
    }
}

/// Writes the service and starts it; with `print` it only shows it.
pub async fn install(config: &Config, what: &PushWhat, print: bool) -> anyhow::Result<()> {
    let manager = Manager::here()?;
    let (file, key_file) = (manager.file()?, key_file(config));
    let to = address(config, what)?;
    let key = key(config, what)?;
    let server = Server::new(&to.value, &key.value, Some(Duration::ZERO))?;
    // In the configuration file it is where the service finds it.
    let is_configured = key.origin == config.file.display().to_string();
    let mut arguments = arguments(config, what)?;
    arguments.extend(["--to".to_owned(), to.value.clone()]);
    if !is_configured {
        arguments.extend(["--key-file".to_owned(), key_file.display().to_string()]);
    }
    let program = std::env::current_exe().context("The program does not know where it is")?;
    let service = Service { program: program.display().to_string(), arguments, environment: environment(config) };
    let text = match manager {
        Manager::Systemd => service.systemd(),
        Manager::Launchd => service.launchd(&log_file()),
    };
    if print {
        output::remark(&format!("{} would be:", file.display()));
        output::result(text.trim_end());
        return Ok(());
    }
    warn_if_open(&server);
    check(config, server).await?;
    if !is_configured {
        write_private(&key_file, &format!("{}\n", key.value))?;
    }
    write_private(&file, &text)?;
    output::result(&format!("Written: {}", file.display()));
    if !is_configured {
        output::result(&format!("The key is in {}, for you alone.", key_file.display()));
    }
    match manager.start(&file) {
        Ok(()) => output::result(&format!("It runs now, and from every login on. Its log: {}", manager.log())),
        Err(by_hand) => output::remark(&format!("It could not be started. Start it with: {by_hand}")),
    }
    Ok(())
}

/// Stops the service and removes it and its key.
pub fn uninstall(config: &Config) -> anyhow::Result<()> {
    let manager = Manager::here()?;
    let file = manager.file()?;
    let is_there = file.exists();
    if is_there {
        manager.stop(&file);
    }
    let removed = [remove(&file)?, remove(&key_file(config))?];
    if is_there && manager == Manager::Systemd {
        done("systemctl", &["--user", "daemon-reload"]);
    }
    if removed.contains(&true) {
        output::result("The service that pushes is removed. What was sent stays on the server.");
    } else {
        output::result("No service that pushes is installed.");
    }
    Ok(())
}

/// A key that is refused now would be refused again and again.
async fn check(config: &Config, server: Server) -> anyhow::Result<()> {
    let host = server.host().to_owned();
    let store = config.store().await?;
    let asked = Pusher::new(store.clone(), UserId::local(), server, Options::default()).await;
    store.close().await;
    match asked {
        Ok(_) => Ok(()),
        Err(Failure::Unreachable { .. }) => {
            output::remark(&format!("{host} cannot be reached now. The service will try again and again."));
            Ok(())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// All but the address and the key.
fn arguments(config: &Config, what: &PushWhat) -> anyhow::Result<Vec<String>> {
    let sources = known_sources(&what.sources)?;
    Choice::new(sources.clone(), &what.projects, &what.exclude)?;
    let mut arguments = vec!["push".to_owned(), "--watch".to_owned()];
    let lists = [("--source", &sources), ("--project", &what.projects), ("--exclude", &what.exclude)];
    for (name, values) in lists {
        // A pattern may begin with a dash.
        arguments.extend(values.iter().map(|value| format!("{name}={value}")));
    }
    if what.redact {
        arguments.push("--redact".to_owned());
    }
    // A service has neither the flags nor the environment of whoever installs it.
    let is_given = |origin: &str| origin.starts_with("--") || origin.starts_with("OPENSYNC_");
    if config.database.value.is_some() && is_given(&config.database.origin) {
        bail!(
            "Put database into {}: the service must find it, and no password belongs on its command line",
            config.file.display()
        );
    }
    for (name, folder) in [("--home", &config.home), ("--data-dir", &config.data_dir)] {
        if is_given(&folder.origin) {
            let path = std::path::absolute(&folder.value).unwrap_or_else(|_| folder.value.clone());
            arguments.extend([name.to_owned(), path.display().to_string()]);
        }
    }
    if config.is_file_given {
        let path = std::path::absolute(&config.file).unwrap_or_else(|_| config.file.clone());
        arguments.extend(["--config".to_owned(), path.display().to_string()]);
    }
    Ok(arguments)
}

/// What is said by the environment: where tools keep their stores, where our own files are, and the name of the
/// machine.
fn environment(config: &Config) -> Vec<(String, String)> {
    let mut environment = config.homes().env;
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        environment
            .extend(std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    }
    if let Some(machine) = config.machine.as_ref().filter(|machine| machine.origin.starts_with("OPENSYNC_")) {
        environment.push((machine.origin.clone(), machine.value.clone()));
    }
    environment
}

fn key_file(config: &Config) -> PathBuf {
    let file = config.file.with_file_name("push-key");
    std::path::absolute(&file).unwrap_or(file)
}

fn log_file() -> PathBuf {
    std::env::home_dir().unwrap_or_default().join("Library/Logs/opensync-push.log")
}

/// Writes a file that its owner alone reads.
fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be written", file.display());
    if let Some(folder) = file.parent() {
        create_private(folder).with_context(cannot)?;
    }
    // Made anew, so that nobody who could read the old one reads this.
    remove(file)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).with_context(cannot)?;
    opened.write_all(text.as_bytes()).with_context(cannot)
}

/// Answers whether it was there.
fn remove(file: &Path) -> anyhow::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be removed", file.display())),
    }
}

/// Runs a program; answers whether it was there and succeeded.
fn done(program: &str, arguments: &[&str]) -> bool {
    let mut run = Command::new(program);
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    run.status().is_ok_and(|status| status.success())
}
