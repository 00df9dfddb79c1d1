//! A browser: one Chromium of our own, sandboxed, with nothing of the machine in sight.
//!
//! It runs as an unprivileged user, in a process group and a private directory of its
//! own, with an environment of three variables. Whatever ends it ends all of it: killing
//! its group, dropping its owner, or the death of the worker.

mod command;
mod context;
mod find;
mod home;
mod place;
mod process;
mod user;

pub(crate) use context::Context;
pub(crate) use find::{Binary, find};
pub(crate) use home::sweep;
pub(crate) use user::{Identity, identity};

pub use find::NoBinary;
pub use process::NotStarted;
pub use user::NoUser;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::browser::GetVersionParams;
use chromiumoxide::cdp::browser_protocol::target::SetDiscoverTargetsParams;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cdp::{self, Client};
use process::Process;

/// After how many renders a browser gives way to a fresh one: it is not known to leak,
/// and this keeps it that way.
const RENDERS: u32 = 500;

/// How long a browser may take to be of use. It takes a fifth of a second on an idle machine.
const START: Duration = Duration::from_secs(30);

/// A running browser, as those who render in it see it.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    product: String,
    renders: AtomicU32,
    seats: watch::Sender<usize>,
    retire: Notify,
}

/// A running browser, as the one who started it sees it. Dropping it kills the browser.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) browser: Arc<Browser>,
    process: Process,
    driver: JoinSet<()>,
}

/// A place in a browser: while one is taken, a browser that has retired lives on.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Browser>);

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Name another user to run it as.
    #[error(transparent)]
    User(#[from] NoUser),
    /// Install one.
    #[error(transparent)]
    Binary(#[from] NoBinary),
    /// It did not start: its message says why.
    #[error(transparent)]
    Process(#[from] NotStarted),
    /// It started, and cannot be talked to. Another may.
    #[error("the browser does not answer: {0}")]
    Mute(String),
}

/// Starts a browser and waits until it is of use.
pub(crate) async fn start(binary: &Binary, identity: &Identity) -> Result<Running, StartError> {
    let mut process = Process::spawn(binary, identity)?;
    match timeout(START, meet(&mut process)).await {
        Ok(met) => met.map(|(browser, driver)| Running { browser: Arc::new(browser), process, driver }),
        Err(_) => Err(process.mute().into()),
    }
}

async fn meet(process: &mut Process) -> Result<(Browser, JoinSet<()>), StartError> {
    let url = process.listening().await?;
    let (client, drive) = cdp::connect(&url).await.map_err(mute)?;
    let mut driver = JoinSet::new();
    driver.spawn(drive);
    let product = client.call(GetVersionParams {}).await.map_err(mute)?.product;
    client.call(SetDiscoverTargetsParams::new(true)).await.map_err(mute)?;
    let browser =
        Browser { client, product, renders: AtomicU32::new(0), seats: watch::Sender::new(0), retire: Notify::new() };
    browser.try_out().await.map_err(mute)?;
    Ok((browser, driver))
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn mute(error: impl ToString) -> StartError {
    StartError::Mute(error.to_string())
}

impl Running {
    /// Waits until no further job should be given to it, and answers why.
    pub(crate) async fn retired(&mut self) -> &'static str {
        tokio::select! {
            _ = self.driver.join_next() => "it is gone",
            () = self.browser.retire.notified() => "a render asked for it",
        }
    }

    /// Kills it as soon as nobody renders in it.
    pub(crate) async fn close(mut self) {
        let mut seats = self.browser.seats.subscribe();
        tokio::select! {
            _ = seats.wait_for(|taken| *taken == 0) => {}
            _ = self.driver.join_next() => {}
        }
        self.process.kill().await;
    }
}

impl Browser {
    /// Its name and version.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// How many renders it was used for, those apart that it had no context for.
    pub(crate) fn renders(&self) -> u32 {
        self.renders.load(Ordering::Relaxed)
    }

    /// Has it replaced by a fresh one, as soon as those who render in it are done.
    pub(crate) fn retire(&self) {
        self.retire.notify_one();
    }

    /// Takes a place in it, for one render.
    pub(crate) fn seat(self: &Arc<Self>) -> Seat {
        self.seats.send_modify(|taken| *taken += 1);
        Seat(Arc::clone(self))
    }

    fn count_render(&self) {
        if self.renders.fetch_add(1, Ordering::Relaxed) + 1 >= RENDERS {
            self.retire();
        }
    }
}

impl Deref for Seat {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.seats.send_modify(|taken| *taken -= 1);
    }
}
