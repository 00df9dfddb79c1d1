//! Capacity: how many connections Postgres has to allow.

use std::env;

use domain::db::{API_CONNECTIONS, OTHER_CONNECTIONS, WORKER_CONNECTIONS};

/// Connections reserved for this process, consoles, commands, `psql`, and superusers.
const RESERVED_CONNECTIONS: u32 = 30;
/// The default of Postgres.
const MIN_CONNECTIONS: u32 = 100;
/// The largest number that Postgres accepts.
const MAX_CONNECTIONS: u32 = 262_143;

/// Returns the `max_connections` that the API and this many workers need. Reads their settings
/// from the environment.
pub(super) fn max_connections(workers: u16) -> u32 {
    total(
        setting("TINTYPE_API_CONNECTIONS").unwrap_or(API_CONNECTIONS),
        workers,
        setting("TINTYPE_CONNECTIONS").unwrap_or(WORKER_CONNECTIONS),
    )
}

fn setting(name: &str) -> Option<u32> {
    env::var(name).ok()?.parse().ok()
}

fn total(api: u32, workers: u16, worker: u32) -> u32 {
    let per_worker = worker.saturating_add(OTHER_CONNECTIONS);
    api.saturating_add(OTHER_CONNECTIONS)
        .saturating_add(u32::from(workers).saturating_mul(per_worker))
        .saturating_add(RESERVED_CONNECTIONS)
        .clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn every_pool_can_be_full_at_once() {
        for (api, workers, worker, expected) in [
            (4, 1, 4, 100),
            (4, 64, 4, 6 + 64 * 6 + 30),
            (16, 20, 8, 18 + 20 * 10 + 30),
            (u32::MAX, 64, u32::MAX, 262_143),
        ] {
            assert_eq!(total(api, workers, worker), expected);
        }
    }
}
