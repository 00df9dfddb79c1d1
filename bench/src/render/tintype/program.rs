//! Tintype's programs.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::case::{SETTINGS, WorkerSettings};
use crate::contenders::bench_dir;
use crate::render::groups::{Groups, Member};

/// The programs and their settings.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    dir: PathBuf,
    database: String,
    allowed: String,
    groups: Option<Arc<Groups>>,
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
        Ok(Self { dir, database, allowed: format!("127.0.0.0/8:{port}"), groups: None })
    }

    /// Starts services in a control group.
    pub(crate) fn in_groups(self, groups: Option<Arc<Groups>>) -> Self {
        Self { groups, ..self }
    }

    /// Runs the `tintype` command line, and returns its output.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command("tintype").args(arguments).stdin(Stdio::null()).output().await?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "tintype {}: {}", arguments.join(" "), stderr.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Returns the settings of cases that the worker does not know: older binaries ignore them.
    pub(crate) async fn unknown_settings(&self) -> anyhow::Result<Vec<&'static str>> {
        let help = self.command("tintype-worker").arg("--help").stdin(Stdio::null()).output().await?;
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        Ok(SETTINGS.into_iter().filter(|name| !help.contains(&format!("[env: {name}="))).collect())
    }

    /// Runs `tintype audit`, and returns the violations that it found.
    pub(crate) async fn audit(&self) -> anyhow::Result<Vec<String>> {
        let output = self.command("tintype").args(["audit", "--json"]).stdin(Stdio::null()).output().await?;
        let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
            bail!("tintype audit: {}", String::from_utf8_lossy(&output.stderr).trim());
        };
        let broken = report.get("broken").and_then(Value::as_array).context("unexpected output of tintype audit")?;
        ensure!(output.status.success() == broken.is_empty(), "tintype audit exited with {}", output.status);
        Ok(broken.iter().map(Value::to_string).collect())
    }

    /// Starts the API.
    pub(crate) fn api(&self, listen: &str) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-api");
        command.env("TINTYPE_LISTEN", listen);
        self.run(command, "tintype-api")
    }

    /// Starts a worker that serves its metrics at this `host:port`.
    pub(super) fn worker(&self, slots: usize, settings: WorkerSettings, metrics: &str) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-worker");
        command.env("TINTYPE_WORKER_LISTEN", metrics);
        command.env("TINTYPE_SLOTS", slots.to_string()).envs(settings.environment());
        self.run(command, "tintype-worker")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.dir.join(name));
        command.env("DATABASE_URL", &self.database).env("TINTYPE_EGRESS_ALLOW", &self.allowed);
        command.current_dir(&self.dir);
        command
    }

    /// Starts a service. It ends with this process; its output is stored beside the binaries.
    fn run(&self, command: Command, name: &str) -> anyhow::Result<Child> {
        let mut command = match &self.groups {
            Some(groups) => groups.command(Member::Tintype, &command),
            None => command,
        };
        let log = bench_dir().join("target").join(name).with_extension("log");
        let log = OpenOptions::new().create(true).write(true).truncate(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        command.spawn().with_context(|| format!("starting {name}"))
    }
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
