//! Chaos: a whole service under load, and a nemesis that breaks its parts for as long as it is asked to.
//!
//! ```text
//!   customers ──► API, API ──┐ each with a proxy ┌──► primary ──► synchronous standby
//!                 workers ×3 ┘ of its own        │
//!   nemesis: kills, pauses, cuts, fills …, heals ┘
//! ```
//! In the end everything is healed, and the verdict is what customers were promised: each acknowledged job has ended
//! once, no credit is wrong, every part recovers, and nothing is left behind. `just chaos` runs it; the seed
//! decides what customers call and what breaks in which order, but not the time at which they meet.

mod customer;
mod fault;
mod fleet;
mod history;
mod nemesis;
mod program;
mod response;
mod slow_client;
mod verdict;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use customer::Customer;
use fleet::Fleet;
use history::History;
use nemesis::Nemesis;

/// How long the load goes on before the first fault and after the last one.
const QUIET: Duration = Duration::from_secs(10);

/// The accounts, and the credits of each. The last one runs out of them.
const ACCOUNTS: [(&str, i64); 4] = [("ada", 100_000), ("bob", 100_000), ("cyd", 100_000), ("dan", 25)];

/// How many customers each account has.
const CUSTOMERS: usize = 2;

/// How long a customer may take to notice that the load ends: the longest wait of a call.
const LAST_CALL: Duration = Duration::from_secs(150);

#[tokio::test]
#[ignore = "takes minutes: `just chaos` runs it"]
async fn a_service_whose_parts_break_keeps_its_promises() {
    let (duration, seed) = (duration(), seed());
    eprintln!("chaos: {} s with seed {seed}", duration.as_secs());
    let mut fleet = Fleet::start().await;
    let history = Arc::new(History::new());
    let (stop, stopped) = watch::channel(false);
    let customers = start_customers(&fleet, &history, seed, &stopped).await;

    sleep(QUIET).await;
    let until = Instant::now() + duration;
    let mut nemesis = Nemesis::new(StdRng::seed_from_u64(seed), Arc::clone(&history));
    while Instant::now() < until {
        nemesis.round(&mut fleet).await;
    }
    sleep(QUIET).await;
    stop.send_replace(true);
    timeout(LAST_CALL, customers.join_all()).await.expect("every call of a customer ends in time");
    verdict::settle(&mut fleet, &history).await;
    let violations = verdict::violations(fleet, &history).await;

    eprintln!("chaos: seed {seed}, {} s\n{}{}", duration.as_secs(), nemesis.figures(), history.figures());
    assert!(violations.is_empty(), "seed {seed}: {} violations:\n{}", violations.len(), violations.join("\n"));
}

async fn start_customers(
    fleet: &Fleet,
    history: &Arc<History>,
    seed: u64,
    stopped: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut customers = JoinSet::new();
    for (account, (name, credits)) in ACCOUNTS.into_iter().enumerate() {
        let key = fleet.account(name, credits).await;
        for number in 0..CUSTOMERS {
            let number = account * CUSTOMERS + number;
            let customer = Customer {
                name: format!("{name}-{number}"),
                key: key.clone(),
                apis: fleet.api_urls(),
                random: StdRng::seed_from_u64(seed ^ (1 + number as u64)),
                history: Arc::clone(history),
                stopped: stopped.clone(),
                earlier: Vec::new(),
            };
            customers.spawn(customer.run());
        }
    }
    customers
}

fn duration() -> Duration {
    let minutes = std::env::var("TINTYPE_CHAOS_MINUTES").ok().and_then(|minutes| minutes.parse::<f64>().ok());
    Duration::from_secs_f64(60.0 * minutes.unwrap_or(5.0))
}

fn seed() -> u64 {
    let chosen = std::env::var("TINTYPE_CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    chosen.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos()) ^ now.as_secs()
    })
}
