//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("OPENSYNC_COMMIT"), ")");

const EXAMPLES: &str = "Examples:
  opensync                                  import what is new and open the web interface
  opensync serve --listen 127.0.0.1:8080    use another port
  opensync import --source codex-cli        import one tool's sessions, then stop
  opensync export --format markdown --query 'source:codex after:7d' --output -
  opensync doctor                           say what was found, imported and skipped
  opensync push --to https://sessions.example --watch
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
    /// Another address, which other machines may reach: it answers plugins, pushes and programs with a
    /// key, and public links, and shows no session
    #[arg(long, global = true, value_name = "ADDR")]
    pub open_listen: Option<String>,
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
  opensync serve --no-import --data-dir /srv/opensync
  opensync serve --open-listen 0.0.0.0:6797")]
    Serve {
        #[command(flatten)]
        flags: ServeFlags,
    },
    /// Import new and changed sessions once, or the sessions of exported files
    #[command(after_help = "Examples:
  opensync import
  opensync import --source claude-code --source codex-cli
  opensync import --home /mnt/old-laptop/home/ana --json
  opensync import opensync-sessions-2026-11-29.json
  ssh laptop opensync export --output - | opensync import -")]
    Import {
        /// Files that `opensync export` wrote as JSON, `-` for standard input; no tool's store is read then
        #[arg(value_name = "FILE", conflicts_with = "sources")]
        files: Vec<PathBuf>,
        /// Only this source; may be given several times
        #[arg(long = "source", value_name = "ID")]
        sources: Vec<String>,
        /// Print the summary as JSON
        #[arg(long)]
        json: bool,
    },
    /// Send sessions to an OpenSync server: what is new, with everything that is known of it
    ///
    /// What the server has is not sent again, and a push that was stopped goes on where it was. The key needs
    /// the right `sync`. Best put address and key into the configuration file, as push-to and push-key: a
    /// key on the command line can be seen by everybody on the machine.
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:
  OPENSYNC_PUSH_KEY=osk_... opensync push --to https://sessions.example
  opensync push --dry-run                  say what would go
  opensync push --watch --redact --exclude 'secret-*'
  opensync push install                    from every login on
  opensync push uninstall"
    )]
    Push(Box<PushArguments>),
    /// Write sessions to a file, for evaluations, to read, or to import elsewhere
    #[command(after_help = "Examples:
  opensync export                                       everything, as JSON that can be imported again
  opensync export --format deepeval --query 'is:ready status:golden'
  opensync export --format openai --per final --system yes --output cases.jsonl
  opensync export --format markdown --id 0m4k2 --output - | less")]
    Export(Box<ExportFlags>),
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
    /// Make, list and revoke API keys
    #[command(after_help = "Examples:
  opensync key create laptop
  opensync key create dashboard --scope read
  opensync key list
  opensync key revoke laptop
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
    /// List the keys: their names, how they begin, what they may do, and when each was used last
    #[command(after_help = "Examples:
  opensync key list
  opensync key list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a key back; what uses it is refused from then on
    #[command(after_help = "Examples:
  opensync key revoke laptop
  opensync key revoke osk_8Kd2")]
    Revoke {
        /// Its name, or how it begins, or its id, as `opensync key list` shows them
        #[arg(value_name = "KEY")]
        key: String,
    },
}

/// What `push` takes: a word, or flags.
#[derive(Debug, Args)]
pub struct PushArguments {
    #[command(subcommand)]
    pub action: Option<PushAction>,
    #[command(flatten)]
    pub flags: PushFlags,
    #[command(flatten)]
    pub what: PushWhat,
}

#[derive(Debug, Subcommand)]
pub enum PushAction {
    /// Push from every login on: writes a user service of systemd or launchd, and starts it
    #[command(after_help = "Examples:
  opensync push install --to https://sessions.example --key osk_... --redact
  opensync push install --print")]
    Install {
        #[command(flatten)]
        what: PushWhat,
        /// Show the service, and write nothing
        #[arg(long)]
        print: bool,
    },
    /// Stop that and remove the service
    #[command(after_help = "Example:
  opensync push uninstall")]
    Uninstall,
}

/// Which sessions are pushed, and where to.
#[derive(Debug, Default, Args)]
pub struct PushWhat {
    /// Address of the server [default: push-to of the configuration file]
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// A key of the server [default: `OPENSYNC_PUSH_KEY`, or push-key of the configuration file]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// A file with the key
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub key_file: Option<PathBuf>,
    /// Only this source; may be given several times
    #[arg(long = "source", value_name = "ID")]
    pub sources: Vec<String>,
    /// Only projects whose folder or name matches, such as `web-*`; may be given several times
    #[arg(long = "project", value_name = "GLOB")]
    pub projects: Vec<String>,
    /// Not projects whose folder or name matches; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Take out keys, passwords, addresses and home folders before anything is sent, and all images
    #[arg(long)]
    pub redact: bool,
}

/// How they are pushed.
#[derive(Debug, Default, Args)]
pub struct PushFlags {
    /// Go on, and send what changes as soon as it does
    #[arg(long)]
    pub watch: bool,
    /// Say what would be sent, and send nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Send all again, also what the server has acknowledged
    #[arg(long)]
    pub again: bool,
    /// How long a server that cannot be reached is tried again; with --watch for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub patience: u64,
}

/// Which sessions, as what, and where.
#[derive(Debug, Args)]
pub struct ExportFlags {
    /// deepeval, deepeval-conversational, openai, promptfoo, text, markdown, html or json
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: String,
    /// The file, `-` for standard output; named after format and day unless given
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file when there is one
    #[arg(long)]
    pub force: bool,
    /// Only what the field above the session list would find
    #[arg(long, value_name = "TEXT", conflicts_with = "ids")]
    pub query: Option<String>,
    /// Only this session, by its id here or in its tool; may be given several times
    #[arg(long = "id", value_name = "ID")]
    pub ids: Vec<String>,
    /// Sub-agents of the sessions as well [default: yes for json, else no]
    #[arg(long, value_name = "YES|NO")]
    pub sub_agents: Option<Answer>,
    /// System messages [default: yes for text, markdown and html, else no]
    #[arg(long, value_name = "YES|NO")]
    pub system: Option<Answer>,
    /// Calls of tools and their results [default: yes]
    #[arg(long, value_name = "YES|NO")]
    pub tools: Option<Answer>,
    /// What models thought, for text, markdown and html [default: no]
    #[arg(long, value_name = "YES|NO")]
    pub thinking: Option<Answer>,
    /// Replace the names of home folders [default: yes for evaluations, else no]
    #[arg(long, value_name = "YES|NO")]
    pub anonymise: Option<Answer>,
    /// Earlier messages of the session in each test case [default: yes]
    #[arg(long, value_name = "YES|NO")]
    pub context: Option<Answer>,
    /// One test case per turn, session or final answer
    #[arg(long, value_name = "WHAT", value_parser = ["turn", "session", "final"])]
    pub per: Option<String>,
    /// Expected output in the last case of a session, or in all
    #[arg(long, value_name = "WHERE", value_parser = ["last", "all"])]
    pub expected_on: Option<String>,
    /// For openai: one line per turn, or one per conversation
    #[arg(long, value_name = "SHAPE", value_parser = ["turn", "conversation"])]
    pub shape: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Yes,
    No,
}
