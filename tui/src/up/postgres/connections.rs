//! How many connections Postgres has to take.

use std::{env, thread};

use domain::worker;

/// What the API's pool holds, unless it is told otherwise.
const API: u32 = 16;
/// What every process has besides its pool: one to ring the bells, one to hear them.
const BELLS: u32 = 2;
/// For ourselves, consoles, commands, `psql`, and those that only superusers get.
const ROOM: u32 = 30;
/// What Postgres takes unless it is told otherwise.
const LEAST: u32 = 100;
/// The most that Postgres can be told.
const MOST: u32 = 262_143;

/// Enough for the API and so many workers, as the environment sets them up.
pub(super) fn enough(workers: u16) -> u32 {
    let cores = thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok());
    let slots = set("TINTYPE_SLOTS").unwrap_or_else(|| cores.unwrap_or(2).max(2));
    sum(set("TINTYPE_API_CONNECTIONS").unwrap_or(API), workers, slots)
}

fn set(name: &str) -> Option<u32> {
    env::var(name).ok()?.parse().ok()
}

fn sum(api: u32, workers: u16, slots: u32) -> u32 {
    let workers = u32::from(workers).saturating_mul(worker::connections(slots).saturating_add(BELLS));
    api.saturating_add(BELLS).saturating_add(workers).saturating_add(ROOM).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn every_pool_can_be_full_at_once() {
        for (api, workers, slots, expected) in [
            (16, 1, 2, 100),
            (16, 4, 32, 18 + 4 * 48 + 30),
            (16, 64, 256, 18 + 64 * 328 + 30),
            (u32::MAX, 64, u32::MAX, 262_143),
        ] {
            assert_eq!(sum(api, workers, slots), expected);
        }
    }
}
