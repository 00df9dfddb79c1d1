//! Runs the server: listener, background tasks and graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::secret::Keyring;
use domain::{Db, counters};
use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{EndpointExt, IntoEndpoint};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::{App, DRAIN_TIMEOUT};
use crate::call::clients::{Clients, WatchedStream};
use crate::call::submit_limiter::SubmitLimiter;
use crate::call::waiters::JobWaiters;
use crate::client::InvalidKeys;
use crate::config::Config;
use crate::connection::stream::ClientStream;
use crate::connection::unread::CloseUnread;
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
    let keyring = Keyring::load(config.secret_key.as_ref(), config.secret_key_file.as_deref())?;
    let app = App {
        db,
        policy: Arc::new(config.egress_allow),
        keyring,
        sync_wait: config.sync_wait,
        waiters: JobWaiters::default(),
        clients: Clients::default(),
        submit_limiter: SubmitLimiter::new(config.connections),
        trusted_proxies: config.trusted_proxies,
        invalid_keys: InvalidKeys::default(),
        document: Arc::new(routes::document()),
        shutdown: CancellationToken::new(),
    };
    let token = app.shutdown.clone();
    let shutdown = async move {
        shutdown.await;
        token.cancel();
    };
    let middleware = ErrorsAndRequestIds::new(Arc::clone(&app.document));
    let endpoint = routes::all(&app.document).data(app.clone()).with(middleware).with(CloseUnread).into_endpoint();
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let acceptor = ClientAcceptor(TcpAcceptor::from_tokio(listener)?, app.clients.clone());
    let server = poem::Server::new_with_acceptor(acceptor);
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

/// Accepts connections that let clients read their errors, and whose clients are watched.
struct ClientAcceptor(TcpAcceptor, Clients);

impl Acceptor for ClientAcceptor {
    type Io = WatchedStream<ClientStream>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> std::io::Result<(WatchedStream<ClientStream>, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, local, remote, scheme) = self.0.accept().await?;
        let stream = self.1.watch(ClientStream::new(stream), &remote);
        Ok((stream, local, remote, scheme))
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
