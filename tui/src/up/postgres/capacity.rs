//! Capacity: how many connections Postgres has to allow.

use std::{env, thread};

use domain::worker;

/// The default size of the API's pool.
const DEFAULT_API_CONNECTIONS: u32 = 16;
/// The connections of a process outside its pool: one sends notifications, one receives them.
const NOTIFIER_CONNECTIONS: u32 = 2;
/// Connections reserved for this process, consoles, commands, `psql`, and superusers.
const RESERVED_CONNECTIONS: u32 = 30;
/// The default of Postgres.
const MIN_CONNECTIONS: u32 = 100;
/// The largest number that Postgres accepts.
const MAX_CONNECTIONS: u32 = 262_143;

/// Returns the `max_connections` that the API and this many workers need. Reads their settings
/// from the environment.
pub(super) fn max_connections(workers: u16) -> u32 {
    let cores = thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok());
    let slots = setting("TINTYPE_SLOTS").unwrap_or_else(|| cores.unwrap_or(2).max(2));
    total(setting("TINTYPE_API_CONNECTIONS").unwrap_or(DEFAULT_API_CONNECTIONS), workers, slots)
}

fn setting(name: &str) -> Option<u32> {
    env::var(name).ok()?.parse().ok()
}

fn total(api: u32, workers: u16, slots: u32) -> u32 {
    let per_worker = worker::connections(slots).saturating_add(NOTIFIER_CONNECTIONS);
    api.saturating_add(NOTIFIER_CONNECTIONS)
        .saturating_add(u32::from(workers).saturating_mul(per_worker))
        .saturating_add(RESERVED_CONNECTIONS)
        .clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn every_pool_can_be_full_at_once() {
        for (api, workers, slots, expected) in [
            (16, 1, 2, 100),
            (16, 4, 32, 18 + 4 * 48 + 30),
            (16, 64, 256, 18 + 64 * 328 + 30),
            (u32::MAX, 64, u32::MAX, 262_143),
        ] {
            assert_eq!(total(api, workers, slots), expected);
        }
    }
}
