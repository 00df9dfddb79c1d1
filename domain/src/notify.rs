//! Notifications: LISTEN/NOTIFY, which wakes processes that would otherwise poll.
//!
//! There are two channels, `queued` and `ended`. A notification on `ended` names the jobs if they are few, so that
//! who waits for one need not ask for it; otherwise a subscriber looks at the tables. A notification is sent after
//! the statement that causes it, on the connection that listens, because a NOTIFY inside the statement takes a
//! cluster-wide lock across its commit. Notifications may be lost when a connection is; subscribers are woken
//! whenever that may have happened, and poll as well.

mod ended;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use ended::Ended;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use rand::Rng;
use sqlx::Error;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::db::Link;

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    /// Jobs can be claimed.
    Queued,
    /// Jobs have ended.
    Ended,
}

/// Notifications on one channel within this time are sent as one.
const COALESCE: Duration = Duration::from_millis(3);

/// How many notifications on `ended` a subscriber can be behind. Those that it misses count as one for any job.
const BACKLOG: usize = 64;

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

const SENT: &str = "tintype_notifications_sent_total";
const RECEIVED: &str = "tintype_notifications_received_total";
const CONNECTED: &str = "tintype_notifier_connected";
const CONNECTS: &str = "tintype_notifier_connects_total";

/// Describes the metrics of the notifier, and starts its counters at zero.
pub(crate) fn describe() {
    describe_counter!(SENT, "Notifications sent, by channel. Those of a few milliseconds are sent as one.");
    describe_counter!(RECEIVED, "Notifications received, by channel.");
    describe_gauge!(CONNECTED, "Whether the connection for notifications is open.");
    describe_counter!(CONNECTS, "How often that connection was opened.");
    for channel in Channel::ALL {
        counter!(SENT, "channel" => channel.name()).increment(0);
        counter!(RECEIVED, "channel" => channel.name()).increment(0);
    }
    gauge!(CONNECTED).set(0.0);
    counter!(CONNECTS).increment(0);
}

/// The connection of the notifier is open, for metrics.
struct Connected;

impl Connected {
    fn new() -> Self {
        gauge!(CONNECTED).set(1.0);
        counter!(CONNECTS).increment(1);
        Self
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        gauge!(CONNECTED).set(0.0);
    }
}

/// Sends and receives notifications. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Notify,
    queued: watch::Sender<()>,
    ended: broadcast::Sender<Ended>,
}

/// What the next notifications say.
#[derive(Debug, Default)]
struct Pending {
    queued: bool,
    ended: Option<Ended>,
}

impl Default for Shared {
    fn default() -> Self {
        let (queued, ended) = (watch::Sender::new(()), broadcast::Sender::new(BACKLOG));
        Self { pending: Mutex::default(), wake: Notify::new(), queued, ended }
    }
}

impl Channel {
    const ALL: [Self; 2] = [Self::Queued, Self::Ended];

    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ended => "ended",
        }
    }
}

impl Notifier {
    /// Schedules a notification of jobs that can be claimed, and returns at once.
    pub fn notify_queued(&self) {
        self.0.pending().queued = true;
        self.0.wake.notify_one();
    }

    /// Schedules a notification of jobs that have ended, and returns at once.
    pub(crate) fn notify_ended(&self, jobs: Ended) {
        match &mut self.0.pending().ended {
            Some(pending) => pending.add(jobs),
            none => *none = Some(jobs),
        }
        self.0.wake.notify_one();
    }

    /// Changes when jobs can be claimed, and whenever a notification may have been lost.
    pub fn subscribe_queued(&self) -> watch::Receiver<()> {
        self.0.queued.subscribe()
    }

    /// Receives the jobs that have ended, and [`Ended::Any`] whenever a notification may have been lost.
    pub fn subscribe_ended(&self) -> broadcast::Receiver<Ended> {
        self.0.ended.subscribe()
    }

    /// Sends and receives, forever, on one connection.
    pub(crate) async fn run(&self, server: &Arc<Link>) {
        loop {
            tokio::select! {
                _disconnected = self.run_until_disconnected(server) => {}
                () = renounced(server) => {}
            }
            self.wake_all();
            // Notifications that were being sent may be lost.
            self.notify_queued();
            self.notify_ended(Ended::Any);
            sleep(RECONNECT_PAUSE).await;
        }
    }

    async fn run_until_disconnected(&self, server: &Arc<Link>) -> Result<(), Error> {
        let mut listener = within(PgListener::connect_with(&server.pool_of_one())).await?;
        // The listener would reconnect without these settings, and not survive being cancelled while it does.
        listener.eager_reconnect(false);
        // A crash that loses a notification also disconnects its listeners.
        within(sqlx::query!("set synchronous_commit = off").execute(&mut listener)).await?;
        within(listener.listen_all(Channel::ALL.map(Channel::name))).await?;
        let _connected = Connected::new();
        self.wake_all();
        let mut next_send = Instant::now();
        loop {
            // Not while a statement is being sent: what arrives then is buffered by the listener.
            tokio::select! {
                () = self.until_due(next_send) => {
                    self.send_pending(&mut listener).await?;
                    next_send = Instant::now() + COALESCE;
                }
                received = timeout(PING_INTERVAL, listener.try_recv()) => match received {
                    Ok(Ok(Some(notification))) => self.received(notification.channel(), notification.payload()),
                    Ok(Ok(None)) => return Ok(()),
                    Ok(Err(error)) => return Err(error),
                    Err(_silent) => {
                        within(sqlx::query!(r#"select 1 as "one""#).fetch_one(&mut listener)).await?;
                        self.wake_all();
                    }
                },
            }
        }
    }

    /// Waits until a notification is pending and `due` has come.
    async fn until_due(&self, due: Instant) {
        while self.0.pending().is_empty() {
            self.0.wake.notified().await;
        }
        sleep_until(due).await;
    }

    async fn send_pending(&self, listener: &mut PgListener) -> Result<(), Error> {
        let pending = std::mem::take(&mut *self.0.pending());
        let queued = pending.queued.then(String::new);
        let ended = pending.ended.map(|ended| ended.payload());
        for (channel, payload) in [(Channel::Queued, queued), (Channel::Ended, ended)] {
            let Some(payload) = payload else { continue };
            let notify = sqlx::query!(r#"select pg_notify($1, $2)::text as "sent""#, channel.name(), payload);
            within(notify.fetch_one(&mut *listener)).await?;
            counter!(SENT, "channel" => channel.name()).increment(1);
        }
        Ok(())
    }

    fn received(&self, channel: &str, payload: &str) {
        let Some(known) = Channel::ALL.into_iter().find(|known| known.name() == channel) else { return };
        counter!(RECEIVED, "channel" => known.name()).increment(1);
        match known {
            Channel::Queued => self.wake_queued(),
            Channel::Ended => self.wake_ended(Ended::read(payload)),
        }
    }

    fn wake_queued(&self) {
        self.0.queued.send_replace(());
    }

    fn wake_ended(&self, jobs: Ended) {
        let _nobody_may_have_subscribed = self.0.ended.send(jobs);
    }

    fn wake_all(&self) {
        self.wake_queued();
        self.wake_ended(Ended::Any);
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        !self.queued && self.ended.is_none()
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the server is left: it accepts no writes any more, and so notifies of none.
async fn renounced(server: &Link) {
    let _the_link_is_ours = server.renouncements().changed().await;
}

async fn within<T>(operation: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(TIMEOUT, operation).await.unwrap_or(Err(Error::PoolTimedOut))
}
