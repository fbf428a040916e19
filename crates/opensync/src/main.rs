//! The program: commands, configuration, logging, and the wiring of the other crates.
//!
//! Each command is a file in `command/`. Start reading at [`main`].

mod arguments;
mod command;
mod config;
mod output;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, PushAction};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Completions { shell }) = arguments.command {
        command::completions::run(shell);
        return ExitCode::SUCCESS;
    }
    let result = start(arguments);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> anyhow::Result<()> {
    let config = config::Config::load(&arguments.settings)?;
    output::start_logging(config.log_json.value);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let early = arguments.serve;
        match arguments.command.unwrap_or(Command::Serve { flags: early }) {
            Command::Serve { flags } => {
                let (no_import, no_open) = (flags.no_import || early.no_import, flags.no_open || early.no_open);
                command::serve::run(&config, no_import, no_open).await
            }
            Command::Import { files, sources, json } if files.is_empty() => {
                command::import::run(&config, sources, json).await
            }
            Command::Import { files, json, .. } => command::restore::run(&config, files, json).await,
            Command::Push(push) => match push.action {
                None => command::push::run(&config, push.flags, push.what).await,
                Some(PushAction::Install { what, print }) => command::push::install(&config, &what, print).await,
                Some(PushAction::Uninstall) => command::push::uninstall(&config),
            },
            Command::Export(flags) => command::export::run(&config, *flags).await,
            Command::Doctor { json } => command::doctor::run(&config, json).await,
            Command::Compact => command::compact::run(&config).await,
            Command::Key { action } => command::key::run(&config, action).await,
            Command::Config => {
                command::config::run(&config);
                Ok(())
            }
            Command::Completions { .. } => Ok(()),
        }
    });
    // A file that is being parsed need not be waited for: nothing of it is half written.
    runtime.shutdown_background();
    result
}
