//! What many accounts cost, compared with one account of the same worker's settings.

use super::{Ratio, find, quotient, ratio};
use crate::render::kind::Kind;
use crate::render::plan::{MANY_ACCOUNTS, POOLS, SPREADS, Section, with_accounts};
use crate::render::report::{Results, Row};
use crate::render::tintype::{Call, Load, PoolMemory, Spread};

/// Returns their renders per second as a share of one account's, the additional processor time, and the share of the
/// memory limit that all browsers together used.
pub(super) fn ratios(results: &Results) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for kind in [Kind::Tiny, Kind::Article] {
        for pool in POOLS {
            for accounts in MANY_ACCOUNTS {
                for spread in SPREADS {
                    ratios.extend(of_load(results, kind, pool, Load { accounts, spread }));
                }
            }
        }
    }
    ratios
}

fn of_load(results: &Results, kind: Kind, pool: PoolMemory, load: Load) -> Vec<Ratio> {
    let row = |call, load| find(results, Section::Accounts, kind, with_accounts(call, load, pool));
    let limit = pool.limit_mb();
    let gib = limit.map_or("default".to_owned(), |mb| format!("{} GiB", mb / 1024.0));
    let what = format!("{}, {}, {gib} for browsers: ", kind.name(), load.title());
    let share = |call| quotient(row(call, load), row(call, Load::ONE_ACCOUNT));
    let cost = |row: &Row| row.median(|round| round.browser_ms + round.postgres_ms + round.rest_ms);
    let more = |call: Call| Some(cost(row(call, load)?) - cost(row(call, Load::ONE_ACCOUNT)?));
    let memory = |call| Some(row(call, load)?.max(|round| round.peak_mb) / limit?);
    vec![
        ratio(format!("{what}renders/s ÷ one account's"), wanted(pool, load), share),
        ratio(format!("{what}additional CPU-ms over one account"), "reported", more),
        ratio(format!("{what}peak memory ÷ the limit"), "≤ 1", memory),
    ]
}

fn wanted(pool: PoolMemory, load: Load) -> &'static str {
    match (pool, load.accounts, load.spread) {
        (PoolMemory::Gib(8), 50, Spread::Uniform) => "≥ 0.85",
        (PoolMemory::Gib(8), 50, Spread::Zipf) => "≥ 0.95",
        (PoolMemory::Gib(_) | PoolMemory::Default, ..) => "reported",
    }
}
