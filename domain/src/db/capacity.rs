//! Capacity: how many connections a process needs, and whether the server has room for them.

use std::fmt;

use super::sqlstate;
use crate::{Db, DbError};

/// The connections of a worker's pool unless its configuration says otherwise. They do not depend on
/// its slots: a statement takes milliseconds, and a render takes a hundred times as long.
pub const WORKER_CONNECTIONS: u32 = 4;

/// The connections of an API's pool unless its configuration says otherwise.
pub const API_CONNECTIONS: u32 = 4;

/// The connections of a process besides its pool: one sends and receives notifications, and one
/// examines the process's health.
pub const OTHER_CONNECTIONS: u32 = 2;

/// The connections of a worker whose configuration is not known.
const WORKER_TOTAL: u32 = WORKER_CONNECTIONS + OTHER_CONNECTIONS;

/// The connections of a server, as the role of this process may use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// `max_connections`.
    pub max: i32,
    /// Of these, reserved for superusers and for `pg_use_reserved_connections`.
    pub reserved: i32,
    /// Open now, of all databases and roles.
    pub used: i32,
    /// The limit of the role or of the database, if one is lower.
    pub limit: Option<i32>,
    /// The workers that are alive.
    pub workers: i32,
}

/// A server without room for the processes of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    capacity: Capacity,
    own: u32,
    needed: u32,
}

/// Reads the capacity of the server.
pub async fn capacity(db: &Db) -> Result<Capacity, DbError> {
    let row = sqlx::query!(
        r#"
        select
            current_setting('max_connections')::integer as "max!",
            current_setting('superuser_reserved_connections')::integer
                + coalesce(current_setting('reserved_connections', true)::integer, 0) as "reserved!",
            (select coalesce(sum(numbackends), 0)::integer from pg_stat_database) as "used!",
            (
                select min(allowed)
                from (
                    select rolconnlimit as allowed from pg_roles where rolname = current_user
                    union all
                    select datconnlimit from pg_database where datname = current_database()
                ) as limits
                where allowed >= 0
            ) as allowed,
            (select count(*)::integer from worker where is_alive(beat_at)) as "workers!"
        "#
    )
    .fetch_one(db)
    .await?;
    Ok(Capacity { max: row.max, reserved: row.reserved, used: row.used, limit: row.allowed, workers: row.workers })
}

/// Whether the server has room for a process with this many connections besides the fleet; if
/// not, what is short. A worker that asks is registered, and not counted twice. A server that does
/// not say counts as large enough.
pub async fn shortage(db: &Db, own: u32, is_worker: bool) -> Result<Option<Shortage>, DbError> {
    match capacity(db).await {
        Ok(capacity) => {
            let workers = capacity.workers.saturating_sub(is_worker.into());
            Ok(Capacity { workers, ..capacity }.shortage(own))
        }
        Err(error) if sqlstate(&error).is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

impl Capacity {
    /// How many connections processes of this role may open altogether.
    pub fn available(&self) -> i32 {
        let unreserved = self.max.saturating_sub(self.reserved);
        self.limit.map_or(unreserved, |limit| limit.min(unreserved))
    }

    /// The shortage if every worker that is alive opens what a worker does, and one process more opens this many.
    pub fn shortage(&self, own: u32) -> Option<Shortage> {
        let workers = u32::try_from(self.workers).unwrap_or_default();
        let needed = workers.saturating_mul(WORKER_TOTAL).saturating_add(own);
        let (capacity, is_short) = (*self, i64::from(needed) > i64::from(self.available()));
        is_short.then_some(Shortage { capacity, own, needed })
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capacity, own, needed } = self;
        let Capacity { max, reserved, used, limit, workers } = capacity;
        write!(f, "Postgres may run out of connections: this process needs {own} and {workers} live workers need ")?;
        write!(f, "{WORKER_TOTAL} each, {needed} together, and this role may open {}", capacity.available())?;
        write!(f, " (max_connections is {max}, {reserved} of them reserved; {used} are open")?;
        if let Some(limit) = limit {
            write!(f, "; the limit of the role or the database is {limit}")?;
        }
        f.write_str("): raise max_connections or the limit, or start fewer processes")
    }
}

#[cfg(test)]
mod tests {
    use super::Capacity;

    const SERVER: Capacity = Capacity { max: 100, reserved: 3, used: 40, limit: None, workers: 0 };

    #[test]
    fn a_fleet_that_does_not_fit_is_short_of_connections() {
        for (workers, limit, short) in
            [(0, None, false), (15, None, false), (16, None, true), (3, Some(24), false), (4, Some(24), true)]
        {
            let capacity = Capacity { limit, workers, ..SERVER };

            assert_eq!(capacity.shortage(6).is_some(), short, "{workers} workers, limit {limit:?}");
        }
    }

    #[test]
    fn a_shortage_names_the_numbers_and_the_way_out() {
        let shortage = Capacity { workers: 30, ..SERVER }.shortage(10).expect("too many");

        assert_eq!(
            shortage.to_string(),
            "Postgres may run out of connections: this process needs 10 and 30 live workers need 6 each, 190 \
             together, and this role may open 97 (max_connections is 100, 3 of them reserved; 40 are open): raise \
             max_connections or the limit, or start fewer processes"
        );
    }
}
