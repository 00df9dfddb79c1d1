//! Interleaving two statements deterministically: the first stops in the middle, the second
//! runs as far as it can, then both continue.

use std::pin::pin;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::{sleep, timeout};

use crate::{Database, TEST_TIMEOUT};

/// Blocks the first session that fires the trigger until the controlling session disconnects,
/// and no other session. The locks are keyed by the controlling session's process id, because
/// a session that was stopped keeps its own lock.
const BREAKPOINT: &str = "
    create function stop_at_breakpoint() returns trigger language plpgsql as $$
    begin
        if pg_try_advisory_lock(2, CONTROLLER) then
            perform pg_advisory_xact_lock(1, CONTROLLER);
        end if;
        return coalesce(new, old);
    end
    $$;
    create trigger breakpoint TIMING execute function stop_at_breakpoint();
    select pg_advisory_lock(1, CONTROLLER)";

/// Counts the sessions that wait for a lock, except those that wait to NOTIFY: that lock
/// belongs to the whole server.
const BLOCKED_SESSIONS: &str = "
    select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'object'";

/// A wait for a lock sends no notification, so it is polled for.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

impl Database {
    /// Waits until this number of sessions of this database wait for a lock.
    pub async fn wait_for_blocked_sessions(&self, sessions: i64) {
        while self.scalar(BLOCKED_SESSIONS).await < sessions {
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Runs `first` up to a breakpoint, given as the timing of a trigger (`before delete on
    /// queue for each row`); then `second` until it ends or waits for a lock that `first`
    /// holds; then both to their ends.
    pub async fn interleave<A, B>(
        &self,
        breakpoint: &str,
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> (A, B) {
        let mut controller = PgConnection::connect(&self.url).await.expect("a controlling session");
        let pid = sqlx::query_scalar::<_, i32>("select pg_backend_pid()").fetch_one(&mut controller).await;
        let pid = pid.expect("a process id").to_string();
        let setup = BREAKPOINT.replace("CONTROLLER", &pid).replace("TIMING", breakpoint);
        sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut controller).await.expect("a breakpoint");
        let (mut first, mut second) = (pin!(first), pin!(second));
        tokio::select! {
            _ = &mut first => panic!("nothing reached the breakpoint {breakpoint}"),
            stopped = timeout(TEST_TIMEOUT, self.wait_for_blocked_sessions(1)) => stopped.expect("the first stops"),
        }
        let early = tokio::select! {
            ended = &mut second => Some(ended),
            blocked = timeout(TEST_TIMEOUT, self.wait_for_blocked_sessions(2)) => {
                blocked.expect("the second ends or waits");
                None
            }
        };
        controller.close().await.expect("the breakpoint is released");
        let ends = if let Some(second) = early { (first.await, second) } else { tokio::join!(first, second) };
        let remove = sqlx::raw_sql("drop function stop_at_breakpoint cascade");
        remove.execute(&self.db).await.expect("the breakpoint is removed");
        ends
    }
}
