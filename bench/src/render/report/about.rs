//! What was measured with which versions and settings. No host's name, and no path of one.

use std::process::Command;

use serde::Serialize;

use crate::contenders::home;
use crate::render::peers::Peer;
use crate::render::plan::Plan;
use crate::render::world::World;
use crate::server::{SETTINGS, Server};

/// What was measured with which versions and settings.
#[derive(Debug, Serialize)]
pub(crate) struct About {
    /// The day.
    pub(super) day: String,
    /// How many processors there are.
    pub(super) processors: usize,
    /// How busy the machine was before anything began.
    pub(super) load_before: String,
    /// Programs and their versions.
    pub(super) versions: Vec<(String, String)>,
    /// What differs from Postgres' defaults.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// What browsers of Tintype and of the raw loops are told.
    pub(super) flags: Vec<String>,
    /// What the article is written in.
    pub(super) fonts: &'static str,
    /// How much was measured.
    pub(super) plan: Plan,
    /// Whether Tintype was built for release.
    pub(super) tintype_built: &'static str,
}

impl About {
    /// Asks for all of it.
    pub(crate) async fn of(server: &Server, world: &World, plan: &Plan) -> anyhow::Result<Self> {
        let (day, postgres): (String, String) =
            sqlx::query_as("select current_date::text, current_setting('server_version')")
                .fetch_one(&server.admin)
                .await?;
        let chromium = world.tintype.chromium.display().to_string();
        let node = world.peers.node().display().to_string();
        let mut versions = vec![
            ("Tintype".to_owned(), our_version()),
            ("Chromium".to_owned(), said(&chromium, &["--version"]).replace("Chromium ", "")),
            ("Postgres".to_owned(), postgres),
            ("Node".to_owned(), said(&node, &["--version"])),
        ];
        versions.extend(Peer::ALL.map(|peer| (peer.name().to_owned(), world.peers.version(peer))));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Self {
            day,
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            load_before: load.split(' ').next().unwrap_or_default().to_owned(),
            versions,
            settings: SETTINGS,
            flags: world.tintype.flags.clone(),
            fonts: world.corpus.fonts,
            plan: plan.clone(),
            tintype_built: world.built,
        })
    }
}

fn our_version() -> String {
    let folder = home().display().to_string();
    let git = |arguments: &[&str]| said("git", &[&["-C", &folder], arguments].concat());
    let watched = ["status", "--porcelain", "--", "../api", "../domain", "../worker", "../migrations"];
    let changed = if git(&watched).is_empty() { "" } else { ", changed" };
    format!("commit {}{changed}", git(&["rev-parse", "--short", "HEAD"]))
}

/// What a program says, in one line.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
