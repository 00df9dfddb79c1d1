//! Interleaving two statements as no luck would: one is stopped at a gate in its middle, the
//! other goes as far as it gets, then both go on.

use std::pin::pin;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::{sleep, timeout};

use crate::{Database, PATIENCE};

/// Stops the first session that comes by until its keeper lets it go, and no other. Locks are
/// told apart by the keeper's process, for a session that was stopped keeps its ticket.
const GATE: &str = "
    create function stop_at_gate() returns trigger language plpgsql as $$
    begin
        if pg_try_advisory_lock(2, KEEPER) then
            perform pg_advisory_xact_lock(1, KEEPER);
        end if;
        return coalesce(new, old);
    end
    $$;
    create trigger gate MOMENT execute function stop_at_gate();
    select pg_advisory_lock(1, KEEPER)";

/// Who waits for a lock; not those that wait to NOTIFY, which concerns the whole server.
const BLOCKED: &str = "
    select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'object'";

/// A wait for a lock rings no bell: so often it is looked for one.
const TICK: Duration = Duration::from_millis(2);

impl Database {
    /// Waits until so many sessions of this database wait for a lock.
    pub async fn blocked(&self, sessions: i64) {
        while self.count(BLOCKED).await < sessions {
            sleep(TICK).await;
        }
    }

    /// Runs `first` up to a gate, given as a trigger's moment (`before delete on queue for
    /// each row`); then `second` to its end, or until it waits for what `first` holds; then
    /// both to their ends.
    pub async fn interleaved<A, B>(
        &self,
        gate: &str,
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> (A, B) {
        let mut keeper = PgConnection::connect(&self.url).await.expect("a keeper");
        let process = sqlx::query_scalar::<_, i32>("select pg_backend_pid()").fetch_one(&mut keeper).await;
        let process = process.expect("a process").to_string();
        let closed = GATE.replace("KEEPER", &process).replace("MOMENT", gate);
        sqlx::raw_sql(AssertSqlSafe(closed)).execute(&mut keeper).await.expect("a closed gate");
        let (mut first, mut second) = (pin!(first), pin!(second));
        tokio::select! {
            _ = &mut first => panic!("nothing came to the gate {gate}"),
            stopped = timeout(PATIENCE, self.blocked(1)) => stopped.expect("the first comes to the gate"),
        }
        let early = tokio::select! {
            ended = &mut second => Some(ended),
            stopped = timeout(PATIENCE, self.blocked(2)) => { stopped.expect("the second ends, or waits"); None }
        };
        keeper.close().await.expect("an open gate");
        let ends = if let Some(second) = early { (first.await, second) } else { tokio::join!(first, second) };
        sqlx::raw_sql("drop function stop_at_gate cascade").execute(&self.db).await.expect("no gate");
        ends
    }
}
