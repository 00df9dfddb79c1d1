//! The worker of Tintype: Postgres on one side, Chromium on the other.
//!
//! ```text
//!   queue ──claim──► slot ──► browser: context, page, file ──proxy──► the public internet
//!     ▲                │         ▲
//!     │ beat, reap     │         │ start, weigh, end
//!   pulse, chores      │       darkroom
//!                      └──complete, fail, retry, release──► behind the fence
//! ```
//!
//! * The `claimer` takes as many jobs as there are free slots and a browser for them.
//! * A slot's `turn` renders one job and ends it; it is the one place that speaks of jobs.
//! * The `pulse` beats, and stops the renders whose leases are no longer ours, or all of
//!   them where the database is not reached in time.
//! * The `darkroom` keeps browsers, one for every slot and clean ones beside them, and the
//!   `chores` are the fleet's.
//! * `browser` starts one behind its wall; `egress` is the wall's only door, and `cdp` how
//!   browsers are spoken to.
//!
//! Whatever is started ends with [`run`], also if its future is dropped: no process, no
//! directory and, unless the process is killed, no lease outlives it.

mod backoff;
mod browser;
mod cdp;
mod chores;
mod claimer;
mod config;
mod darkroom;
mod doctor;
mod egress;
mod live;
mod outage;
mod pulse;
mod render;
mod turn;

pub use browser::{INIT, NoBinary, NoUser, NotStarted, StartError, become_browser};
pub use config::{Args, Command, Config};
pub use doctor::{Ailing, doctor};

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::bell::Bells;
use domain::stat::Tally;
use domain::worker::{About, most_jobs, retire};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::info;

use claimer::Claimer;
use darkroom::Keeper;
use live::Live;
use outage::Outage;
use pulse::{Pulse, Standing};
use turn::Means;

/// How long leaving the fleet may take: whoever does not is found out by its silence.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why a worker ended, other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No browser could be started, nor started any more. Correct what the message names.
    #[error(transparent)]
    Browser(#[from] StartError),
    /// A defect. Start another.
    #[error("a duty of the worker ended: {0}")]
    Duty(String),
}

/// Works until `shutdown`; then lets renders finish, and gives the others back.
///
/// `db` should have [`Config::connections`] connections. Several workers may run in one
/// process. A database that is away is waited for, also at the start.
pub async fn run(config: Config, db: Db, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    run_until(config, db, shutdown, pending()).await
}

/// Works as [`run`] does; once `hurry` says so, renders are no longer let finish.
pub async fn run_until(
    config: Config,
    db: Db,
    shutdown: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let mut shutdown = pin!(shutdown);
    let keeper = tokio::select! {
        keeper = Keeper::open(&config) => keeper?,
        () = &mut shutdown => return Ok(()),
    };
    let shelf = keeper.shelf();
    let (live, outage) = (Live::default(), Arc::new(Outage::default()));
    let (policy, tally) = (config.policy(), Tally::default());
    let bells = Bells::default();
    let means = Arc::new(Means {
        db: db.clone(),
        policy,
        memory: config.browser_memory.into(),
        tally,
        outage: Arc::clone(&outage),
        bells: bells.clone(),
    });
    let about = about(&config, keeper.product());
    let max_age = config.max_age();
    let pulse = tokio::select! {
        pulse = Pulse::begin(db.clone(), about, live.clone(), outage) => pulse,
        () = &mut shutdown => return Ok(()),
    };
    let standing = pulse.standing();
    let mut duties = JoinSet::new();
    duties.spawn(async move { RunError::Browser(keeper.keep().await) });
    duties.spawn(ever(darkroom::watch(shelf.clone(), config.memory())));
    duties.spawn(ever(pulse.beat()));
    duties.spawn(ever(chores::chores(Arc::clone(&means), standing.clone(), max_age)));
    let mut ringing = JoinSet::new();
    ringing.spawn(bells.keep(db));
    let (slots, turns) = (Arc::new(Semaphore::new(config.slots.into())), JoinSet::new());
    let most = usize::try_from(most_jobs(config.slots.into())).unwrap_or(usize::MAX);
    let (shared, watched) = (Arc::clone(&means), standing.clone());
    let browsers = shelf;
    let mut claimer = Claimer { means: shared, slots, most, live, standing: watched, browsers, turns, claimant: None };
    let ended = tokio::select! {
        () = claimer.claim_until(&mut shutdown) => Ok(()),
        Some(ended) = duties.join_next() => Err(ended.unwrap_or_else(|ended| RunError::Duty(ended.to_string()))),
    };
    info!(renders = claimer.turns.len(), "shutting down: no job is claimed, and renders may finish");
    let grace = async {
        tokio::select! {
            () = sleep(config.grace()) => {}
            () = hurry => {}
        }
    };
    claimer.drain(grace).await;
    duties.shutdown().await;
    let _unheard = timeout(FAREWELL, leave(&means, &standing)).await;
    ringing.shutdown().await;
    ended
}

/// A duty that ends only with the worker.
async fn ever(duty: impl Future<Output = ()>) -> RunError {
    duty.await;
    RunError::Duty("it was done".to_owned())
}

fn about(config: &Config, browser: &str) -> About {
    About {
        name: config.worker_name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        browser: browser.to_owned(),
        slots: config.slots,
    }
}

async fn leave(means: &Means, standing: &Standing) {
    let _kept = means.tally.flush(&means.db).await;
    let worker = *standing.borrow();
    if let Some(worker) = worker {
        let _found_out = retire(&means.db, worker).await;
    }
}
