//! A peer's script: what a user of the library would write. `peers/fidelity.mjs` is the other end.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cases::{Kind, Rendered};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::render::{Driver, Peer, Peers, create_owned_dir, unprivileged};

/// A peer's script, and what it is started with.
#[derive(Debug)]
pub(super) struct Script {
    peers: Peers,
    peer: Peer,
    dir: PathBuf,
    chromium: PathBuf,
}

#[derive(Deserialize)]
struct Message {
    status: u16,
    file: Option<String>,
    code: Option<String>,
    ms: u64,
}

impl Script {
    /// Prepares it for this Chromium.
    pub(super) fn new(peers: Peers, peer: Peer, temporary: &Path, chromium: &Path) -> anyhow::Result<Self> {
        let dir = temporary.join(format!("fidelity-{}", peer.name()));
        create_owned_dir(&dir)?;
        Ok(Self { peers, peer, dir, chromium: chromium.to_owned() })
    }

    /// Its name in the table.
    pub(super) fn name(&self) -> &'static str {
        match self.peer {
            Peer::Playwright => "Playwright",
            Peer::Puppeteer => "Puppeteer",
            Peer::Cluster | Peer::Browserless | Peer::Satori | Peer::Takumi => self.peer.name(),
        }
    }

    /// Renders a case, in a process and a browser of its own, so that no case can spoil the next one. An error has
    /// the form of ours, so that the same measures apply.
    pub(super) async fn render(&self, kind: Kind, body: &Value) -> anyhow::Result<Rendered> {
        let mut command = unprivileged(&self.peers.node())?;
        command.arg(self.peers.script(self.peer, "fidelity.mjs")).arg(&self.chromium).current_dir(&self.dir);
        let mut driver = Driver::start(command, &self.dir, None).await?;
        let start = Instant::now();
        let message = driver.ask(&json!({ "kind": kind.name(), "body": body }).to_string()).await;
        driver.stop().await;
        let Ok(message) = message else {
            return Ok(Rendered { status: 500, bytes: error("no_result"), duration: start.elapsed(), requests: 0 });
        };
        let message: Message = serde_json::from_str(&message).context("an invalid message")?;
        let bytes = match message.file {
            Some(file) => BASE64_STANDARD.decode(file)?,
            None => error(&message.code.unwrap_or_default()),
        };
        Ok(Rendered { status: message.status, bytes, duration: Duration::from_millis(message.ms), requests: 0 })
    }
}

fn error(code: &str) -> Vec<u8> {
    json!({ "detail": { "reason": code } }).to_string().into_bytes()
}
