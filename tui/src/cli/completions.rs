//! `tintype completions`: the script that completes its arguments in a shell.

use std::io;

use clap_complete::Shell;

/// The arguments of `tintype completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script for this command line.
pub(crate) fn run(args: &CompletionsArgs, command: clap::Command) -> io::Result<()> {
    service::print::bytes(&service::manual::completions(command, args.shell))
}
