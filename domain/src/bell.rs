//! Bells: how whoever waits learns at once that there is something to look at.
//!
//! There are two, `queued` and `ended`, and they carry nothing: who hears one looks at the
//! tables. They are rung after the statement that gives reason to, on a connection of their
//! own, because a NOTIFY inside it would take a lock of the whole cluster across its commit.
//! A bell may be lost, with its connection or between two of them; whoever listens is told
//! to look whenever that may have happened, and polls behind it all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::{Db, DbError};

/// What there is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// Jobs that can be claimed.
    Queued,
    /// Jobs that have ended.
    Ended,
}

/// How long a bell is not rung again: what happens meanwhile shares the next ring.
const COALESCE: Duration = Duration::from_millis(3);

/// How long ringing, connecting or answering may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause after a connection failed.
const PAUSE: Duration = Duration::from_millis(250);

/// How often a silent connection is asked whether it still stands.
const SILENCE: Duration = Duration::from_secs(10);

/// The first pause after which whoever listens looks although no bell rang.
pub const FIRST_POLL: Duration = Duration::from_millis(250);

/// The longest.
pub const POLL: Duration = Duration::from_secs(1);

/// A pause of three quarters to five quarters of the length, so that processes do not ask in
/// step.
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.75..1.25))
}

/// The two bells, to ring and to hear. Cheap to clone; dumb until someone [keeps](Self::keep) them.
#[derive(Debug, Clone, Default)]
pub struct Bells(Arc<Hung>);

#[derive(Debug, Default)]
struct Hung {
    wanted: [AtomicBool; 2],
    want: Notify,
    heard: [watch::Sender<()>; 2],
}

impl Bell {
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

impl Bells {
    /// Rings, soon: nobody waits for it.
    pub fn ring(&self, bell: Bell) {
        bell.of(&self.0.wanted).store(true, Ordering::Relaxed);
        self.0.want.notify_one();
    }

    /// Tells of every ring from now on, and of every moment in which one may have been lost.
    pub fn heard(&self, bell: Bell) -> watch::Receiver<()> {
        bell.of(&self.0.heard).subscribe()
    }

    /// Rings and listens for this process, for ever, on two connections of its own.
    pub async fn keep(self, db: Db) {
        tokio::join!(self.keep_ringing(&db), self.keep_listening(&db));
    }

    async fn keep_ringing(&self, db: &Db) {
        loop {
            let _cut = self.ring_until_cut(db).await;
            sleep(PAUSE).await;
        }
    }

    async fn keep_listening(&self, db: &Db) {
        loop {
            let _cut = self.listen_until_cut(db).await;
            self.look();
            sleep(PAUSE).await;
        }
    }

    async fn ring_until_cut(&self, db: &Db) -> Result<(), DbError> {
        let mut connection = within(PgConnection::connect_with(&db.pool().connect_options())).await?;
        // A ring that a crash of the server loses has nobody left to hear it.
        within(sqlx::query!("set synchronous_commit = off").execute(&mut connection)).await?;
        loop {
            self.0.want.notified().await;
            for bell in Bell::ALL {
                if bell.of(&self.0.wanted).swap(false, Ordering::Relaxed) {
                    let ring = sqlx::query!(r#"select pg_notify($1, '')::text as "rung""#, bell.name());
                    if let Err(error) = within(ring.fetch_one(&mut connection)).await {
                        self.ring(bell);
                        return Err(error);
                    }
                }
            }
            sleep(COALESCE).await;
        }
    }

    async fn listen_until_cut(&self, db: &Db) -> Result<(), DbError> {
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = own.connect_lazy_with((*db.pool().connect_options()).clone());
        let mut listener = within(PgListener::connect_with(&own)).await?;
        within(listener.listen_all(Bell::ALL.map(Bell::name))).await?;
        self.look();
        loop {
            match timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(rung))) => {
                    for bell in Bell::ALL.into_iter().filter(|bell| bell.name() == rung.channel()) {
                        bell.of(&self.0.heard).send_replace(());
                    }
                }
                Ok(Ok(None)) => self.look(),
                Ok(Err(error)) => return Err(error),
                Err(_silent) => {
                    within(sqlx::query!(r#"select 1 as "one""#).fetch_one(&mut listener)).await?;
                    self.look();
                }
            }
        }
    }

    fn look(&self) {
        for bell in Bell::ALL {
            bell.of(&self.0.heard).send_replace(());
        }
    }
}

async fn within<T>(asked: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    timeout(PATIENCE, asked).await.unwrap_or(Err(DbError::PoolTimedOut))
}
