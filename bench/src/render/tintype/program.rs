//! Tintype's programs.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

use crate::contenders::bench_dir;

/// The programs and their settings.
#[derive(Debug)]
pub(crate) struct Programs {
    dir: PathBuf,
    database: String,
    allowed: String,
}

impl Programs {
    /// Builds the programs, unless a directory is given, and copies them to where every user may run them.
    pub(crate) async fn prepare(
        built: Option<&Path>,
        temporary: &Path,
        database: String,
        port: u16,
    ) -> anyhow::Result<Self> {
        let built = match built {
            Some(built) => built.to_owned(),
            None => build().await?,
        };
        let dir = temporary.join("programs");
        std::fs::create_dir_all(&dir)?;
        for name in ["tintype", "tintype-api", "tintype-worker"] {
            std::fs::copy(built.join(name), dir.join(name)).with_context(|| format!("copying {name}"))?;
        }
        Ok(Self { dir, database, allowed: format!("127.0.0.0/8:{port}") })
    }

    /// Runs the `tintype` command line, and returns its output.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command("tintype").args(arguments).stdin(Stdio::null()).output().await?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "tintype {}: {}", arguments.join(" "), stderr.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts the API.
    pub(crate) fn api(&self, listen: &str) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-api");
        run(command.env("TINTYPE_LISTEN", listen), "tintype-api")
    }

    /// Starts a worker.
    pub(super) fn worker(&self, slots: usize) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-worker");
        run(command.env("TINTYPE_SLOTS", slots.to_string()), "tintype-worker")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.dir.join(name));
        command.env("DATABASE_URL", &self.database).env("TINTYPE_EGRESS_ALLOW", &self.allowed);
        command.current_dir(&self.dir);
        command
    }
}

/// It ends with this process; its output is stored beside the binaries.
fn run(command: &mut Command, name: &str) -> anyhow::Result<Child> {
    let log = bench_dir().join("target").join(name).with_extension("log");
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    command.spawn().with_context(|| format!("starting {name}"))
}

async fn build() -> anyhow::Result<PathBuf> {
    eprintln!("building Tintype");
    let root = bench_dir().join("..");
    let mut command = Command::new("nice");
    command.args(["-n", "10", "cargo", "build", "--release", "--locked", "--quiet", "--workspace", "--bins"]);
    let built = command.current_dir(&root).stdin(Stdio::null()).status().await?;
    ensure!(built.success(), "building Tintype failed");
    Ok(root.join("target/release"))
}
