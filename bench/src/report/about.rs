//! What was measured with which versions and settings. No host's name, and no path of one.

use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::contenders::{Contender, Made, home};
use crate::plan::Plan;
use crate::server::{SETTINGS, Server};

/// What was measured with which versions and settings.
#[derive(Debug, Serialize)]
pub(crate) struct About {
    /// The day.
    pub(crate) day: String,
    /// How many processors there are.
    pub(crate) processors: usize,
    /// How busy the machine was before anything began.
    pub(crate) load_before: Option<String>,
    /// Programs and their versions.
    pub(crate) versions: Vec<(String, String)>,
    /// What differs from Postgres' defaults.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// How much was measured.
    pub(crate) plan: Plan,
    /// Who took part, and how it was set up.
    pub(crate) contenders: Vec<TakesPart>,
}

/// Who took part.
#[derive(Debug, Serialize)]
pub(crate) struct TakesPart {
    /// Its name.
    pub(crate) name: &'static str,
    /// Which it is.
    pub(crate) version: String,
    /// How it was set up.
    pub(crate) how: &'static str,
}

impl About {
    /// Asks for all of it.
    pub(crate) async fn of(server: &Server, plan: &Plan, contenders: &[&'static Contender]) -> anyhow::Result<Self> {
        let (day, postgres): (String, String) =
            sqlx::query_as("select current_date::text, current_setting('server_version')")
                .fetch_one(&server.admin)
                .await?;
        let takes_part = |it: &&'static Contender| TakesPart { name: it.name, version: version(it), how: it.how };
        let mut versions = vec![
            ("Postgres".to_owned(), postgres),
            ("rustc".to_owned(), said("rustc", &["--version"]).replace("rustc ", "")),
        ];
        if let Some(peer) = contenders.iter().find(|it| matches!(it.made, Made::Npm(_))) {
            let node = peer.program().0.display().to_string();
            versions.push(("Node".to_owned(), said(&node, &["--version"])));
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
            contenders: contenders.iter().map(takes_part).collect(),
        })
    }
}

/// The version of the library that a contender is made of.
fn version(contender: &Contender) -> String {
    let found = match contender.made {
        Made::Here => Some(our_version()),
        Made::Cargo(name) => locked(&contender.folder().join("Cargo.lock"), name),
        Made::Npm(_) => installed(contender),
    };
    found.unwrap_or_else(|| "unknown".to_owned())
}

fn our_version() -> String {
    let folder = home().display().to_string();
    let git = |arguments: &[&str]| said("git", &[&["-C", &folder], arguments].concat());
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
    let package = contender.folder().join("node_modules").join(name).join("package.json");
    let package: Value = serde_json::from_str(&std::fs::read_to_string(package).ok()?).ok()?;
    package.get("version")?.as_str().map(str::to_owned)
}

/// What a program says, in one line.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
