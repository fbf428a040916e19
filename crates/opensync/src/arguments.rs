//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("OPENSYNC_COMMIT"), ")");

const EXAMPLES: &str = "Examples:
  opensync                                  import what is new and open the web interface
  opensync serve --listen 127.0.0.1:8080    use another port
  opensync import --source codex-cli        import one tool's sessions, then stop
  opensync doctor                           say what was found, imported and skipped
  opensync --database postgres://me@db/opensync serve";

/// One archive of your AI coding sessions: browse, filter and read them in one place.
#[derive(Debug, Parser)]
#[command(name = "opensync", version = VERSION, after_help = EXAMPLES, infer_subcommands = true)]
pub struct Arguments {
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub serve: ServeFlags,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What applies to every command. Each can also be set in the configuration file or, as
/// `OPENSYNC_LISTEN` and so on, in the environment.
#[derive(Debug, Default, Args)]
pub struct Settings {
    /// Address of the web interface; port 0 picks a free one [default: 127.0.0.1:6796]
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder of the archive
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL server to keep the archive in, instead of a file in the data folder
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Home directory in which the tools' stores are looked for
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write the log as JSON lines
    #[arg(long, global = true)]
    pub log_json: bool,
}

/// Flags of `serve`, which work without the word too: it is what the program does anyway.
#[derive(Debug, Default, Clone, Copy, Args)]
pub struct ServeFlags {
    /// Do not import when serving
    #[arg(long)]
    pub no_import: bool,
    /// Do not open a browser when serving
    #[arg(long)]
    pub no_open: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import what is new and serve the web interface (the default)
    #[command(after_help = "Examples:
  opensync serve
  opensync serve --listen 127.0.0.1:0 --no-open
  opensync serve --no-import --data-dir /srv/opensync")]
    Serve {
        #[command(flatten)]
        flags: ServeFlags,
    },
    /// Import new and changed sessions once
    #[command(after_help = "Examples:
  opensync import
  opensync import --source claude-code --source codex-cli
  opensync import --home /mnt/old-laptop/home/ana --json")]
    Import {
        /// Only this source; may be given several times
        #[arg(long = "source", value_name = "ID")]
        sources: Vec<String>,
        /// Print the summary as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what is found of each tool, what of it is in the archive, and what was skipped
    #[command(after_help = "Examples:
  opensync doctor
  opensync doctor --json")]
    Doctor {
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Give back the room of deleted sessions, and remove the last traces of them
    ///
    /// Writes the archive anew, so nothing else may use it meanwhile. Deleted sessions can be found in
    /// nothing that OpenSync shows; until this ran, bytes of them stand in unused parts of the archive.
    #[command(after_help = "Example:
  opensync compact")]
    Compact,
    /// Make API keys
    #[command(after_help = "Examples:
  opensync key create laptop
  opensync key create dashboard --scope read
  curl -H \"Authorization: Bearer $(opensync key create script)\" http://127.0.0.1:6796/api/sessions")]
    Key {
        #[command(subcommand)]
        action: KeyAction,
    },
    /// Print every setting and where it is from
    #[command(after_help = "Example:
  opensync config")]
    Config,
    /// Print completions for a shell
    #[command(after_help = "Examples:
  opensync completions bash > ~/.local/share/bash-completion/completions/opensync
  opensync completions zsh > ~/.zfunc/_opensync
  opensync completions fish > ~/.config/fish/completions/opensync.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeyAction {
    /// Make a key and print it, once
    #[command(after_help = "Examples:
  opensync key create laptop
  opensync key create dashboard --scope read")]
    Create {
        /// A name to know it by
        name: String,
        /// What it may do: sync, read, admin; all of them unless given
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
    },
}
