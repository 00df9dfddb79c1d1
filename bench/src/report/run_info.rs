//! The versions and settings of the run. Contains no host name and no path.

use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::contenders::{Build, Contender, bench_dir};
use crate::plan::Plan;
use crate::server::{SETTINGS, Server};

/// The versions and settings of the run.
#[derive(Debug, Serialize)]
pub(crate) struct RunInfo {
    /// The day.
    pub(crate) day: String,
    /// The number of processors.
    pub(crate) processors: usize,
    /// The load of the machine before the run.
    pub(crate) load_before: Option<String>,
    /// Programs and their versions.
    pub(crate) versions: Vec<(String, String)>,
    /// Settings that differ from Postgres' defaults.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// How much was measured.
    pub(crate) plan: Plan,
    /// The contenders, and how each was set up.
    pub(crate) contenders: Vec<ContenderInfo>,
}

/// A contender.
#[derive(Debug, Serialize)]
pub(crate) struct ContenderInfo {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: String,
    /// How it was set up.
    pub(crate) how: &'static str,
}

impl RunInfo {
    /// Collects all of it.
    pub(crate) async fn of(server: &Server, plan: &Plan, contenders: &[&'static Contender]) -> anyhow::Result<Self> {
        let (day, postgres): (String, String) =
            sqlx::query_as("select current_date::text, current_setting('server_version')")
                .fetch_one(&server.admin)
                .await?;
        let info_of = |it: &&'static Contender| ContenderInfo { name: it.name, version: version(it), how: it.setup };
        let mut versions = vec![
            ("Postgres".to_owned(), postgres),
            ("rustc".to_owned(), output_of("rustc", &["--version"]).replace("rustc ", "")),
        ];
        if let Some(peer) = contenders.iter().find(|it| matches!(it.build, Build::Npm(_))) {
            let node = peer.program().0.display().to_string();
            versions.push(("Node".to_owned(), output_of(&node, &["--version"])));
        }
        Ok(Self {
            day,
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            load_before: std::fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|load| load.split(' ').next().map(str::to_owned)),
            versions,
            settings: SETTINGS,
            plan: plan.clone(),
            contenders: contenders.iter().map(info_of).collect(),
        })
    }
}

/// Returns the version of the library that a contender uses.
fn version(contender: &Contender) -> String {
    let found = match contender.build {
        Build::Workspace => Some(tintype_version()),
        Build::Cargo(name) => locked(&contender.dir().join("Cargo.lock"), name),
        Build::Npm(_) => installed(contender),
    };
    found.unwrap_or_else(|| "unknown".to_owned())
}

fn tintype_version() -> String {
    let dir = bench_dir().display().to_string();
    let git = |arguments: &[&str]| output_of("git", &[&["-C", &dir], arguments].concat());
    let changed =
        if git(&["status", "--porcelain", "--", "../domain", "../migrations"]).is_empty() { "" } else { ", changed" };
    format!("commit {}{changed}", git(&["rev-parse", "--short", "HEAD"]))
}

fn locked(lock: &std::path::Path, name: &str) -> Option<String> {
    let lock = std::fs::read_to_string(lock).ok()?;
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next().map(str::to_owned)
}

fn installed(contender: &Contender) -> Option<String> {
    let name = contender.name.trim_end_matches(" (Node)");
    let package = contender.dir().join("node_modules").join(name).join("package.json");
    let package: Value = serde_json::from_str(&std::fs::read_to_string(package).ok()?).ok()?;
    package.get("version")?.as_str().map(str::to_owned)
}

/// Returns the output of a program, in one line.
fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
