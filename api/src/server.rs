//! Runs the server: listener, background tasks and graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::db::{OTHER_CONNECTIONS, missing_privileges, shortage};
use domain::job::{MAX_QUEUED, Submitter};
use domain::secret::Keyring;
use domain::{Db, DbError, counters, key};
use poem::{EndpointExt, IntoEndpoint};
use service::host::host_and_process;
use service::http::Limits;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::app::{App, DRAIN_TIMEOUT};
use crate::call::clients::Clients;
use crate::call::fleet::Fleet;
use crate::call::submit_limiter::SubmitLimiter;
use crate::call::waiters::JobWaiters;
use crate::client::InvalidKeys;
use crate::config::Config;
use crate::connection::handler::ApiHandler;
use crate::connection::reserved::HealthOnly;
use crate::connection::unread::CloseUnread;
use crate::health::Health;
use crate::middleware::ErrorsAndRequestIds;
use crate::{routes, sampler};

/// How often the counters are written to the database.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// How often the database is asked whether it serves this process, until it responds.
const PREFLIGHT_INTERVAL: Duration = Duration::from_secs(5);

/// Serves until `shutdown` completes, then finishes the requests in flight.
///
/// From then on `/health/ready` says that the server drains. After [`Config::drain_delay`] the
/// listener is closed.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    sampler::start();
    let limits = limits(&config);
    let (drain_delay, connections) = (config.drain_delay, config.connections + OTHER_CONNECTIONS);
    let app = app(config)?;
    let (draining, stopping) = (app.draining.clone(), app.shutdown.clone());
    let shutdown = async move {
        shutdown.await;
        draining.cancel();
        sleep(drain_delay).await;
        stopping.cancel();
    };
    let middleware = ErrorsAndRequestIds::new(Arc::clone(&app.document), app.trusted_proxies.clone());
    let routes = routes::all(&app.document).data(app.clone());
    let endpoint = routes.with(HealthOnly).with(middleware).with(CloseUnread).into_endpoint();
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let handler = ApiHandler::new(endpoint, app.clients.clone());
    tokio::select! {
        () = service::http::serve(listener, handler, limits, shutdown) => {}
        () = flush_counters(&app.db) => {}
        () = preflight(&app.db, connections) => {}
        () = sampler::run(&app.db) => {}
        () = Box::pin(app.db.run_notifier()) => {}
        () = Box::pin(app.waiters.clone().run(app.db.clone())) => {}
    }
    flush(&app.db).await.ok();
    Ok(())
}

fn app(config: Config) -> anyhow::Result<App> {
    let url = config.database_url.named(&format!("tintype-api {}", host_and_process()));
    let db = domain::db::connect_lazily(url.expose(), config.connections).context("DATABASE_URL is not valid")?;
    let policy = Arc::new(config.egress_allow);
    let keyring = Keyring::load(config.secret_key.as_ref(), config.secret_key_file.as_deref())
        .context("the secret key (TINTYPE_SECRET_KEY, TINTYPE_SECRET_KEY_FILE) cannot be used")?;
    Ok(App {
        health: Arc::new(Health::new(&db, Arc::clone(&policy))),
        submitter: Submitter::new(db.clone()),
        db,
        policy,
        keyring,
        sync_wait: config.sync_wait,
        fleet: Fleet::default(),
        waiters: JobWaiters::default(),
        clients: Clients::default(),
        queue_limiter: SubmitLimiter::new(MAX_QUEUED),
        submit_limiter: SubmitLimiter::for_statements(config.connections),
        trusted_proxies: config.trusted_proxies,
        invalid_keys: InvalidKeys::default(),
        document: Arc::new(routes::document()),
        draining: CancellationToken::new(),
        shutdown: CancellationToken::new(),
    })
}

fn limits(config: &Config) -> Limits {
    let connections = service::http::max_connections(config.max_connections);
    config.limits.unwrap_or(Limits { connections, drain: DRAIN_TIMEOUT, ..Limits::default() })
}

async fn flush_counters(db: &Db) {
    let mut tick = interval(FLUSH_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut logged = None;
    loop {
        tick.tick().await;
        let failed = flush(db).await.err().map(|error| error.to_string());
        if let Some(error) = failed.as_ref().filter(|_| failed != logged) {
            tracing::warn!(%error, "database error while writing the counters, retrying");
        }
        logged = failed;
    }
}

async fn flush(db: &Db) -> Result<(), DbError> {
    counters::flush(db).await?;
    key::write_uses(db).await
}

/// Logs what the role lacks, and whether the server has room for this many connections, as soon as
/// the database responds.
async fn preflight(db: &Db, connections: u32) {
    let mut tick = interval(PREFLIGHT_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let missing = loop {
        tick.tick().await;
        if let Ok(missing) = missing_privileges(db).await {
            break missing;
        }
    };
    for missing in missing {
        tracing::error!("{missing}");
    }
    if let Ok(Some(shortage)) = shortage(db, connections, false).await {
        tracing::warn!("{shortage}");
    }
    std::future::pending::<()>().await;
}
