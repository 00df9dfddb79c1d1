//! Clocks: how far this host's is from the server's, and how long a statement takes.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::finding::{Finding, Status};
use crate::{Db, DbError};

/// Leases do not depend on the clocks of processes, but the ids of jobs contain the API's.
const WARN_AFTER_S: f64 = 5.0;

/// Jobs may be outside of the partitions that exist.
const FAIL_AFTER_S: f64 = 12.0 * 3600.0;

/// Above this, a worker spends more time waiting than storing.
const SLOW_ROUND_TRIP_S: f64 = 0.05;

pub(super) async fn clock(db: &Db) -> Result<Vec<Finding>, DbError> {
    // Once before, so that connecting is not measured.
    now(db).await?;
    let (started, before) = (Instant::now(), SystemTime::now());
    let server_s = now(db).await?;
    let round_trip_s = started.elapsed().as_secs_f64();
    let local_s = before.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() + round_trip_s / 2.0;
    let offset_s = local_s - server_s;
    // The server's time may be that of any moment of the round trip.
    let certain_s = offset_s.abs() - round_trip_s / 2.0;
    let advice = "synchronise the clocks of the hosts, for example with chrony";
    let bad = if certain_s > FAIL_AFTER_S {
        Some((Status::Fail, advice))
    } else {
        (certain_s > WARN_AFTER_S).then_some((Status::Warn, advice))
    };
    let slow = (round_trip_s > SLOW_ROUND_TRIP_S).then_some((Status::Warn, "run the processes closer to the database"));
    let value = format!("this host's is {offset_s:+.3} s from the server's, ± {:.3} s", round_trip_s / 2.0);
    Ok(vec![
        Finding::judged("clock", value, bad),
        Finding::judged("round trip", format!("{:.1} ms", round_trip_s * 1000.0), slow),
    ])
}

async fn now(db: &Db) -> Result<f64, DbError> {
    sqlx::query_scalar!(r#"select extract(epoch from clock_timestamp())::float8 as "now!""#).fetch_one(db).await
}
