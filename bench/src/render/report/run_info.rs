//! The versions and settings of the run. Contains no host name and no path.

use std::process::Command;

use serde::Serialize;

use crate::contenders::bench_dir;
use crate::render::environment::Environment;
use crate::render::peers::Peer;
use crate::render::plan::Plan;
use crate::server::{SETTINGS, Server};

/// The versions and settings of the run.
#[derive(Debug, Serialize)]
pub(crate) struct RunInfo {
    /// The day.
    pub(super) day: String,
    /// The number of processors.
    pub(super) processors: usize,
    /// The load of the machine before the run.
    pub(super) load_before: String,
    /// Programs and their versions.
    pub(super) versions: Vec<(String, String)>,
    /// Settings that differ from Postgres' defaults.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// The flags of the browsers of Tintype and of the raw loops.
    pub(super) flags: Vec<String>,
    /// The fonts of the article.
    pub(super) fonts: &'static str,
    /// How much was measured.
    pub(super) plan: Plan,
    /// Whether Tintype was built in release mode.
    pub(super) tintype_built: &'static str,
    /// The settings of cases that the worker does not know and ignores.
    pub(super) unknown_settings: Vec<&'static str>,
    /// How the processor time of browsers that were killed is known.
    pub(super) accounting: &'static str,
}

impl RunInfo {
    /// Collects all of it.
    pub(crate) async fn of(server: &Server, environment: &Environment, plan: &Plan) -> anyhow::Result<Self> {
        let (day, postgres): (String, String) =
            sqlx::query_as("select current_date::text, current_setting('server_version')")
                .fetch_one(&server.admin)
                .await?;
        let chromium = environment.tintype.chromium.display().to_string();
        let node = environment.peers.node().display().to_string();
        let mut versions = vec![
            ("Tintype".to_owned(), tintype_version()),
            ("Chromium".to_owned(), output_of(&chromium, &["--version"]).replace("Chromium ", "")),
            ("Postgres".to_owned(), postgres),
            ("Node".to_owned(), output_of(&node, &["--version"])),
        ];
        versions.extend(Peer::ALL.map(|peer| (peer.name().to_owned(), environment.peers.version(peer))));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Self {
            day,
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            load_before: load.split(' ').next().unwrap_or_default().to_owned(),
            versions,
            settings: SETTINGS,
            flags: environment.tintype.flags.clone(),
            fonts: environment.corpus.fonts,
            plan: plan.clone(),
            tintype_built: environment.built,
            unknown_settings: environment.tintype.unknown_settings().await?,
            accounting: match environment.groups {
                Some(_) => "processor time of control groups",
                None => "processor time of processes without control groups: that of killed browsers is missing",
            },
        })
    }
}

fn tintype_version() -> String {
    let dir = bench_dir().display().to_string();
    let git = |arguments: &[&str]| output_of("git", &[&["-C", &dir], arguments].concat());
    let watched = ["status", "--porcelain", "--", "../api", "../domain", "../worker", "../migrations"];
    let changed = if git(&watched).is_empty() { "" } else { ", changed" };
    format!("commit {}{changed}", git(&["rev-parse", "--short", "HEAD"]))
}

/// Returns the output of a program, in one line.
fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
