//! Putting it all behind one listener.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::bell::Bells;
use domain::stat::Tally;
use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{EndpointExt, IntoEndpoint};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Config;
use crate::envelope::Envelope;
use crate::routes;
use crate::service::Service;
use crate::turnstile::Turnstile;
use crate::waiters::Waiters;

/// How long requests in flight may take after the shutdown has begun. Calls that wait for a
/// job that has not started end at once, so this is for renders and downloads.
pub(crate) const DRAIN: Duration = Duration::from_secs(30);

/// How often the counters are written.
const FLUSH: Duration = Duration::from_secs(1);

/// Serves until the shutdown comes, then finishes what is in flight.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let db =
        domain::schema::connect_lazily(config.database_url.expose(), config.connections).context("DATABASE_URL")?;
    let (stop, stopping) = watch::channel(false);
    let service = Service {
        db,
        policy: Arc::new(config.egress_allow),
        tally: Arc::new(Tally::default()),
        sync_wait: config.sync_wait,
        bells: Bells::default(),
        waiters: Waiters::default(),
        turnstile: Turnstile::new(config.connections),
        stopping,
    };
    let shutdown = async move {
        shutdown.await;
        stop.send_replace(true);
    };
    let endpoint = routes::all().data(service.clone()).with(Envelope).into_endpoint();
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let server = poem::Server::new_with_acceptor(Prompt(TcpAcceptor::from_tokio(listener)?));
    let server = server.run_with_graceful_shutdown(endpoint, shutdown, Some(DRAIN));
    tokio::select! {
        ended = server => ended?,
        () = keep_flushing(&service) => {}
        () = Box::pin(service.bells.clone().keep(service.db.clone())) => {}
        () = Box::pin(service.waiters.clone().keep(service.db.clone(), service.bells.clone())) => {}
    }
    service.tally.flush(&service.db).await.ok();
    Ok(())
}

/// Accepts connections on which nothing is held back: the end of a small file would wait for
/// its beginning to be acknowledged, which takes clients up to 40 ms.
struct Prompt(TcpAcceptor);

impl Acceptor for Prompt {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> std::io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await?;
        let _slower_without = accepted.0.set_nodelay(true);
        Ok(accepted)
    }
}

async fn keep_flushing(service: &Service) {
    let mut tick = interval(FLUSH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = service.tally.flush(&service.db).await {
            tracing::warn!(%error, "the counters could not be written; they are kept");
        }
    }
}
