//! Runs the server: listener, background tasks and graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::{Db, counters};
use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{EndpointExt, IntoEndpoint};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::{App, DRAIN_TIMEOUT};
use crate::call::submit_limiter::SubmitLimiter;
use crate::call::waiters::JobWaiters;
use crate::config::Config;
use crate::middleware::ErrorsAndRequestIds;
use crate::routes;

/// How often the counters are written to the database.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// Serves until `shutdown` completes, then finishes the requests in flight.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let db = domain::db::connect_lazily(config.database_url.expose(), config.connections).context("DATABASE_URL")?;
    let app = App {
        db,
        policy: Arc::new(config.egress_allow),
        sync_wait: config.sync_wait,
        waiters: JobWaiters::default(),
        submit_limiter: SubmitLimiter::new(config.connections),
        document: Arc::new(routes::document()),
        shutdown: CancellationToken::new(),
    };
    let token = app.shutdown.clone();
    let shutdown = async move {
        shutdown.await;
        token.cancel();
    };
    let middleware = ErrorsAndRequestIds::new(Arc::clone(&app.document));
    let endpoint = routes::all(&app.document).data(app.clone()).with(middleware).into_endpoint();
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = poem::Server::new_with_acceptor(NoDelayAcceptor(TcpAcceptor::from_tokio(listener)?));
    let server = server.run_with_graceful_shutdown(endpoint, shutdown, Some(DRAIN_TIMEOUT));
    tokio::select! {
        ended = server => ended?,
        () = flush_counters(&app.db) => {}
        () = Box::pin(app.db.run_notifier()) => {}
        () = Box::pin(app.waiters.clone().run(app.db.clone())) => {}
    }
    counters::flush(&app.db).await.ok();
    Ok(())
}

/// Sets `TCP_NODELAY` on every connection. With Nagle's algorithm, the last segment of a
/// small response waits for the client to acknowledge the first, which takes up to 40 ms.
struct NoDelayAcceptor(TcpAcceptor);

impl Acceptor for NoDelayAcceptor {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> std::io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await?;
        // Without the option the connection is slower, but still works.
        let _ = accepted.0.set_nodelay(true);
        Ok(accepted)
    }
}

async fn flush_counters(db: &Db) {
    let mut tick = interval(FLUSH_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = counters::flush(db).await {
            tracing::warn!(%error, "database error while writing the counters, retrying");
        }
    }
}
