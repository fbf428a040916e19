//! Prints completions for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::output;

/// Prints the completion script.
pub fn run(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "opensync", &mut script);
    output::result(String::from_utf8_lossy(&script).trim_end());
}
