//! The web site that the cases speak of, on this machine only.

mod connection;
mod request;
mod response;
mod state;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use connection::serve;
use state::State;

/// How many more addresses the site has: 127.0.1.1 and those after it. Each is a site of its own to a browser.
const ADDRESSES: u8 = 70;

/// A running site. It closes when dropped.
#[derive(Debug)]
pub struct Site {
    state: Arc<State>,
    _listeners: JoinSet<()>,
}

impl Site {
    /// Opens it on a free port.
    pub async fn open() -> anyhow::Result<Self> {
        let first = TcpListener::bind("127.0.0.1:0").await?;
        let port = first.local_addr()?.port();
        let state = Arc::new(State { port, font: font().await?, downloads: AtomicUsize::new(0) });
        let mut listeners = JoinSet::new();
        listeners.spawn(accept(first, Arc::clone(&state)));
        for number in 1..=ADDRESSES {
            let listener = TcpListener::bind((format!("127.0.1.{number}"), port)).await?;
            listeners.spawn(accept(listener, Arc::clone(&state)));
        }
        Ok(Self { state, _listeners: listeners })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        self.state.url()
    }

    /// Its port, the same at every address.
    pub fn port(&self) -> u16 {
        self.state.port
    }

    /// The exceptions from the egress policy that make it reachable, in the form of `TINTYPE_EGRESS_ALLOW`.
    pub fn allowed(&self) -> String {
        let port = self.state.port;
        format!("127.0.0.1/32:{port},127.0.1.0/24:{port}")
    }

    /// How often `/download` was requested so far.
    pub fn downloads(&self) -> usize {
        self.state.downloads.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    // The browser went away: there is nobody to tell.
                    let _ = serve(stream, &state).await;
                });
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// Reads a bold font of this machine, as the web font of the pages.
async fn font() -> anyhow::Result<Vec<u8>> {
    let mut search = tokio::process::Command::new("fc-match");
    search.args(["--format=%{file}", "Liberation Sans:bold"]);
    let found = search.output().await.context("running fc-match of fontconfig")?;
    let path = String::from_utf8(found.stdout)?;
    std::fs::read(&path).with_context(|| format!("reading the font {path}"))
}
