//! Tintype's programs.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

use crate::contenders::home;

/// Where the programs are, and what they need to know.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    database: String,
    allowed: String,
}

impl Programs {
    /// Builds them, unless they are somewhere; copies them to where everybody may run them.
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
        let folder = temporary.join("programs");
        std::fs::create_dir_all(&folder)?;
        for name in ["tintype", "tintype-api", "tintype-worker"] {
            std::fs::copy(built.join(name), folder.join(name)).with_context(|| format!("there is no {name}"))?;
        }
        Ok(Self { folder, database, allowed: format!("127.0.0.0/8:{port}") })
    }

    /// Runs the operator's tool, and answers what it says.
    pub(super) async fn tool(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command("tintype").args(arguments).stdin(Stdio::null()).output().await?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "tintype {}: {}", arguments.join(" "), complaint.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts the API.
    pub(super) fn api(&self, listen: &str) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-api");
        run(command.env("TINTYPE_LISTEN", listen), "tintype-api")
    }

    /// Starts a worker.
    pub(super) fn worker(&self, slots: usize) -> anyhow::Result<Child> {
        let mut command = self.command("tintype-worker");
        run(command.env("TINTYPE_SLOTS", slots.to_string()), "tintype-worker")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.env("DATABASE_URL", &self.database).env("TINTYPE_EGRESS_ALLOW", &self.allowed);
        command.current_dir(&self.folder);
        command
    }
}

/// It ends with us; what it has to say is kept beside what was built.
fn run(command: &mut Command, name: &str) -> anyhow::Result<Child> {
    let log = home().join("target").join(name).with_extension("log");
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    command.spawn().with_context(|| format!("starting {name}"))
}

async fn build() -> anyhow::Result<PathBuf> {
    eprintln!("building Tintype");
    let root = home().join("..");
    let mut command = Command::new("nice");
    command.args(["-n", "10", "cargo", "build", "--release", "--locked", "--quiet", "--workspace", "--bins"]);
    let built = command.current_dir(&root).stdin(Stdio::null()).status().await?;
    ensure!(built.success(), "Tintype does not build");
    Ok(root.join("target/release"))
}
