//! `tintype man`: its man pages.

use std::path::PathBuf;

use anyhow::Context;

/// The arguments of `tintype man`.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// A directory to write all pages into, such as `/usr/local/share/man/man1`
    dir: Option<PathBuf>,
}

/// Prints the page of this command line, or writes those of all its commands.
pub(crate) fn run(args: &ManArgs, command: clap::Command) -> anyhow::Result<()> {
    match &args.dir {
        Some(dir) => clap_mangen::generate_to(command, dir)
            .with_context(|| format!("cannot write man pages into {}", dir.display())),
        None => Ok(service::print::bytes(&service::manual::man_page(command)?)?),
    }
}
