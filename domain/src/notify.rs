//! Notifications: LISTEN/NOTIFY, which wakes processes that would otherwise poll.
//!
//! There are two channels, `queued` and `ended`, with empty payloads: a subscriber looks at
//! the tables. A notification is sent after the statement that causes it, on a connection of
//! its own, because a NOTIFY inside the statement takes a cluster-wide lock across its
//! commit. Notifications may be lost when a connection is; subscribers are woken whenever that
//! may have happened, and poll as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, Error, PgConnection};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Jobs can be claimed.
    Queued,
    /// Jobs have ended.
    Ended,
}

/// Notifications on one channel within this time are sent as one.
const COALESCE: Duration = Duration::from_millis(3);

/// How long sending, connecting or pinging may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The pause before reconnecting.
const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// How long the listening connection may be silent before it is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The first interval at which subscribers poll, in case a notification was lost.
pub const MIN_POLL: Duration = Duration::from_millis(250);

/// The longest interval at which they poll.
pub const MAX_POLL: Duration = Duration::from_secs(1);

/// Returns 75–125 % of `pause`, so that processes do not poll in step.
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.75..1.25))
}

/// Sends and receives notifications. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    pending: [AtomicBool; 2],
    wake: Notify,
    received: [watch::Sender<()>; 2],
}

impl Channel {
    const ALL: [Self; 2] = [Self::Queued, Self::Ended];

    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ended => "ended",
        }
    }

    fn of<T>(self, [queued, ended]: &[T; 2]) -> &T {
        match self {
            Self::Queued => queued,
            Self::Ended => ended,
        }
    }
}

impl Notifier {
    /// Schedules a notification and returns at once.
    pub fn notify(&self, channel: Channel) {
        channel.of(&self.0.pending).store(true, Ordering::Relaxed);
        self.0.wake.notify_one();
    }

    /// Changes with every notification, and whenever one may have been lost.
    pub fn subscribe(&self, channel: Channel) -> watch::Receiver<()> {
        channel.of(&self.0.received).subscribe()
    }

    /// Sends and receives, forever.
    pub(crate) async fn run(&self, server: &PgConnectOptions) {
        tokio::join!(self.run_sender(server), self.run_listener(server));
    }

    async fn run_sender(&self, server: &PgConnectOptions) {
        loop {
            let _disconnected = self.send_until_disconnected(server).await;
            sleep(RECONNECT_PAUSE).await;
        }
    }

    async fn run_listener(&self, server: &PgConnectOptions) {
        loop {
            let _disconnected = self.listen_until_disconnected(server).await;
            self.wake_all();
            sleep(RECONNECT_PAUSE).await;
        }
    }

    async fn send_until_disconnected(&self, server: &PgConnectOptions) -> Result<(), Error> {
        let mut connection = within(PgConnection::connect_with(server)).await?;
        // A crash that loses a notification also disconnects its listeners.
        within(sqlx::query!("set synchronous_commit = off").execute(&mut connection)).await?;
        loop {
            self.0.wake.notified().await;
            for channel in Channel::ALL {
                if channel.of(&self.0.pending).swap(false, Ordering::Relaxed) {
                    let notify = sqlx::query!(r#"select pg_notify($1, '')::text as "sent""#, channel.name());
                    if let Err(error) = within(notify.fetch_one(&mut connection)).await {
                        self.notify(channel);
                        return Err(error);
                    }
                }
            }
            sleep(COALESCE).await;
        }
    }

    async fn listen_until_disconnected(&self, server: &PgConnectOptions) -> Result<(), Error> {
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_lazy_with(server.clone());
        let mut listener = within(PgListener::connect_with(&pool)).await?;
        within(listener.listen_all(Channel::ALL.map(Channel::name))).await?;
        self.wake_all();
        loop {
            match timeout(PING_INTERVAL, listener.try_recv()).await {
                Ok(Ok(Some(received))) => {
                    for channel in Channel::ALL.into_iter().filter(|channel| channel.name() == received.channel()) {
                        channel.of(&self.0.received).send_replace(());
                    }
                }
                Ok(Ok(None)) => self.wake_all(),
                Ok(Err(error)) => return Err(error),
                Err(_silent) => {
                    within(sqlx::query!(r#"select 1 as "one""#).fetch_one(&mut listener)).await?;
                    self.wake_all();
                }
            }
        }
    }

    fn wake_all(&self) {
        for channel in Channel::ALL {
            channel.of(&self.0.received).send_replace(());
        }
    }
}

async fn within<T>(operation: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(TIMEOUT, operation).await.unwrap_or(Err(Error::PoolTimedOut))
}
