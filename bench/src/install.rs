//! Building contenders, at the time of the run: nothing of a peer is kept here but its lock file.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::contenders::{Contender, Made, home};
use crate::table::Table;

/// Builds contenders, and answers which could be. Who could not is a gap in the table.
pub(crate) async fn install_all(contenders: &[&'static Contender], table: &mut Table) -> Vec<&'static Contender> {
    let mut built = Vec::new();
    for contender in contenders.iter().copied() {
        eprintln!("building {}", contender.name);
        match install(contender).await {
            Ok(()) => built.push(contender),
            Err(error) => table.gap(contender, None, &error),
        }
    }
    built
}

async fn install(contender: &Contender) -> anyhow::Result<()> {
    let folder = contender.folder();
    match contender.made {
        Made::Here => cargo(&folder, &["--bin", "ours"]).await,
        Made::Cargo(_) => cargo(&folder, &[]).await,
        Made::Npm(_) => npm(&folder).await,
    }
}

async fn cargo(folder: &Path, which: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("nice");
    command.args(["-n", "10", "cargo", "build", "--release", "--locked", "--quiet", "--target-dir"]);
    succeed(command.arg(home().join("target")).args(which).current_dir(folder)).await
}

/// Installs a package's dependencies as its lock file has them, unless they are.
pub(crate) async fn npm(folder: &Path) -> anyhow::Result<()> {
    let changed = |file: &str| std::fs::metadata(folder.join(file)).and_then(|about| about.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    let mut command = Command::new("npm");
    succeed(command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder)).await
}

async fn succeed(command: &mut Command) -> anyhow::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = command.output().await.context("it cannot be built here")?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    let reason = complaints.lines().find(|line| line.contains("error")).unwrap_or("nothing was said");
    ensure!(output.status.success(), "it did not build: {}", reason.trim());
    Ok(())
}
