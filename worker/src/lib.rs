//! The worker of Tintype: takes jobs from Postgres, and renders them in Chromium.
//!
//! ```text
//!   queue ──claim──► slot ──► browser: context, page, file ──proxy──► the public internet
//!     ▲               │          ▲
//!     │ beat, reap    │          │ start, measure, kill
//!   fleet             │         pool
//!                     └──complete, fail, retry, release──► fenced by the lease
//! ```
//!
//! * `fleet`: the claim loop takes as many jobs as there are free slots with a browser; the beat
//!   stops renders whose leases are lost, or all of them if the database is away for too long;
//!   maintenance runs the periodic statements of the whole fleet.
//! * `slot` renders one job and ends it. Only here are renders and jobs brought together.
//! * `pool` keeps a browser for every slot, and clean ones besides.
//! * `render` makes a file from a page. Each group of options has a file in `render/apply`.
//! * `browser` starts an isolated Chromium, `egress` is its only way out, and `cdp` the protocol
//!   that it is controlled with.
//!
//! Everything that is started ends with [`run`], even if its future is dropped: no process, no
//! directory and, unless the process is killed, no lease remains.

mod backoff;
mod blocklist;
mod browser;
mod cdp;
mod config;
mod database_health;
mod doctor;
mod egress;
mod fleet;
mod health;
mod limits;
mod metrics;
mod pool;
mod port;
mod render;
mod slot;
mod thumbnail;

pub use blocklist::{Blocklist, Kinds, ListError, Names};
pub use browser::{
    BinaryNotFound, BrowserUserError, EXEC_BROWSER_ARG, FontsError, SpawnError, StartError, exec_browser,
};
pub use config::{Args, Command, Config};
pub use doctor::{DoctorError, doctor};
pub use egress::{InvalidResolver, Resolver};
pub use limits::raise_limits;
pub use port::PortError;

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::db::OTHER_CONNECTIONS;
use domain::secret::InvalidKeyring;
use domain::worker::WorkerInfo;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{error, info, warn};

use database_health::DatabaseHealth;
use fleet::auditor;
use fleet::beat::{BeatLoop, Sources};
use fleet::claim_loop::ClaimLoop;
use fleet::maintenance::Maintenance;
use fleet::membership::Membership;
use health::WorkerHealth;
use pool::memory;
use pool::replenish::Replenisher;
use slot::context::SlotContext;
use slot::lane::LaneUse;
use thumbnail::Thumbnails;

/// Why a worker ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No browser could be started. Correct what the message names.
    #[error(transparent)]
    Browser(#[from] StartError),
    /// Correct the secret keys.
    #[error("the secret key (TINTYPE_SECRET_KEY, TINTYPE_SECRET_KEY_FILE) cannot be used")]
    SecretKey(#[from] InvalidKeyring),
    /// The filter lists of the operator cannot be used. Correct what the message names.
    #[error(transparent)]
    Lists(#[from] ListError),
    /// Health checks and metrics cannot be served. Correct the address.
    #[error(transparent)]
    Port(#[from] PortError),
    /// A bug. Start the worker again.
    #[error("a background task of the worker ended: {0}")]
    Task(String),
}

/// Works until `shutdown` completes, then lets renders finish for [`Config::grace`], and
/// releases the rest.
///
/// `db` should have [`Config::connections`] connections. Several workers may run in one process.
/// A database that is away is waited for, including at the start.
pub async fn run(config: Config, db: Db, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    run_until(config, db, shutdown, pending()).await
}

/// Works as [`run`] does; once `force` completes, it no longer waits for renders to finish.
pub async fn run_until(
    config: Config,
    db: Db,
    shutdown: impl Future<Output = ()>,
    force: impl Future<Output = ()>,
) -> Result<(), RunError> {
    metrics::start(config.slots);
    let mut shutdown = pin!(shutdown);
    let health = Arc::new(WorkerHealth::new(&db));
    let mut port = port::open(&config, Arc::clone(&health)).await?;
    let mut worker = tokio::select! {
        worker = Worker::start(&config, db, &health) => worker?,
        error = port_ended(&mut port) => return Err(error),
        () = &mut shutdown => return Ok(()),
    };
    worker.background.0.spawn(async move { port_ended(&mut port).await });
    let ended = tokio::select! {
        () = worker.claim_loop.run_until(&mut shutdown) => Ok(()),
        error = worker.background.failed() => Err(error),
    };
    health.drain();
    worker.shut_down(config.grace(), force).await;
    ended
}

/// A worker that is running. Its fields are dropped in this order.
struct Worker {
    claim_loop: ClaimLoop,
    notifier: JoinSet<()>,
    background: Background,
    membership: Membership,
    db: Db,
}

impl Worker {
    async fn start(config: &Config, db: Db, worker_health: &WorkerHealth) -> Result<Self, RunError> {
        let keyring = config.keyring()?;
        let blocklist = Arc::new(Blocklist::load(config.lists.as_deref())?);
        let replenisher = Replenisher::start(config).await?;
        let pool = replenisher.pool();
        worker_health.browsers_started(pool.clone(), replenisher.launcher());
        let (sources, health) = (Sources::default(), Arc::new(DatabaseHealth::default()));
        let info = worker_info(config, replenisher.product());
        let beat = BeatLoop::start(db.clone(), info, sources.clone(), Arc::clone(&health)).await;
        let membership = beat.membership();
        worker_health.registered(membership.clone());
        let maintenance = Maintenance {
            db: db.clone(),
            health: Arc::clone(&health),
            membership: membership.clone(),
            max_age: config.max_age(),
        };
        let mut background = Background::default();
        background.0.spawn(async move { RunError::Browser(replenisher.run().await) });
        background.spawn(memory::watch(pool.clone(), config.memory_limit(), sources.memory.clone()));
        background.spawn(beat.run());
        background.spawn(preflight(db.clone(), config.connections()));
        background.spawn(maintenance.run());
        background.spawn(auditor::run(db.clone(), membership.clone(), config.max_age()));
        let mut notifier = JoinSet::new();
        let notifying = db.clone();
        notifier.spawn(async move { notifying.run_notifier().await });
        let max_memory_mib = config.browser_memory.into();
        let policy = config.policy();
        let recent = sources.recent;
        let thumbnails = config.thumbnails.then(Thumbnails::new);
        let context = SlotContext {
            db: db.clone(),
            health,
            policy,
            keyring,
            blocklist,
            thumbnails,
            static_lane: LaneUse { enabled: config.static_lane, sample: config.static_lane_sample },
            max_memory_mib,
            recent,
        };
        let claim_loop = ClaimLoop::new(context, membership.clone(), pool, sources.in_flight, config.slots);
        Ok(Self { claim_loop, notifier, background, membership, db })
    }

    /// Ends in an order in which each part can still use those that end after it.
    async fn shut_down(mut self, grace: Duration, force: impl Future<Output = ()>) {
        info!(renders = self.claim_loop.jobs(), "shutting down: no more jobs are claimed, renders may finish");
        let grace = async {
            tokio::select! {
                () = sleep(grace) => {}
                () = force => {}
            }
        };
        self.claim_loop.drain(grace).await;
        self.background.0.shutdown().await;
        self.membership.leave(&self.db).await;
        self.notifier.shutdown().await;
    }
}

/// Tasks that run as long as the worker.
#[derive(Default)]
struct Background(JoinSet<RunError>);

impl Background {
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(async move {
            task.await;
            RunError::Task("it returned".to_owned())
        });
    }

    /// Waits until a task ends, and returns why.
    async fn failed(&mut self) -> RunError {
        match self.0.join_next().await {
            Some(ended) => ended.unwrap_or_else(|panic| RunError::Task(panic.to_string())),
            None => pending().await,
        }
    }
}

/// Waits until the task of the port ends, and returns why: forever, if there is no port.
async fn port_ended(port: &mut JoinSet<()>) -> RunError {
    match port.join_next().await {
        Some(Ok(())) => RunError::Task("the port for health checks and metrics is closed".to_owned()),
        Some(Err(panic)) => RunError::Task(panic.to_string()),
        None => pending().await,
    }
}

/// Logs what the role lacks, and whether the server has room for this worker's connections. Then
/// waits forever.
async fn preflight(db: Db, connections: u32) {
    for missing in domain::db::missing_privileges(&db).await.unwrap_or_default() {
        error!("{missing}");
    }
    if let Ok(Some(shortage)) = domain::db::shortage(&db, connections + OTHER_CONNECTIONS, true).await {
        warn!("{shortage}");
    }
    pending::<()>().await;
}

fn worker_info(config: &Config, browser: &str) -> WorkerInfo {
    WorkerInfo {
        name: config.worker_name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        browser: browser.to_owned(),
        slots: config.slots,
        host: service::host::host(),
        pid: Some(std::process::id()),
        is_draining: false,
    }
}
