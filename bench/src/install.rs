//! Builds the contenders during the run: only the lock file of each peer is committed.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::contenders::{Build, Contender, bench_dir};
use crate::table::Table;

/// Builds the contenders and returns those that could be built. The others are gaps in the table.
pub(crate) async fn install_all(contenders: &[&'static Contender], table: &mut Table) -> Vec<&'static Contender> {
    let mut built = Vec::new();
    for contender in contenders.iter().copied() {
        eprintln!("building {}", contender.name);
        match install(contender).await {
            Ok(()) => built.push(contender),
            Err(error) => table.add_gap(contender, None, &error),
        }
    }
    built
}

async fn install(contender: &Contender) -> anyhow::Result<()> {
    let dir = contender.dir();
    match contender.build {
        Build::Workspace => cargo(&dir, &["--bin", "tintype-contender"]).await,
        Build::Cargo(_) => cargo(&dir, &[]).await,
        Build::Npm(_) => npm(&dir).await,
    }
}

async fn cargo(dir: &Path, which: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("nice");
    command.args(["-n", "10", "cargo", "build", "--release", "--locked", "--quiet", "--target-dir"]);
    succeed(command.arg(bench_dir().join("target")).args(which).current_dir(dir)).await
}

/// Installs a package's dependencies from its lock file, unless they are installed.
pub(crate) async fn npm(dir: &Path) -> anyhow::Result<()> {
    let changed = |file: &str| std::fs::metadata(dir.join(file)).and_then(|about| about.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    let mut command = Command::new("npm");
    succeed(command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(dir)).await
}

async fn succeed(command: &mut Command) -> anyhow::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = command.output().await.context("the build command cannot run here")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let reason = stderr.lines().find(|line| line.contains("error")).unwrap_or("no error message");
    ensure!(output.status.success(), "the build failed: {}", reason.trim());
    Ok(())
}
