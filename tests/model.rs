//! The queue compared with a small model of itself, under random sequences of operations.
//!
//! A [`Case`](operation::Case) has a few accounts and about thirty operations. The
//! [`Machine`](machine::Machine) runs each on a real Postgres and compares the result with the
//! [`Model`](reference::Model). A case that differs is shrunk to the shortest one that still
//! differs, and its seed is stored in `regressions.txt` and tried first
//! from then on. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` choose how many and which;
//! `tools/soak` runs for hours.

mod machine;
mod operation;
mod reference;

use std::panic::resume_unwind;
use std::time::Instant;

use harness::with_database;
use proptest::test_runner::{
    Config, FailurePersistence, FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner,
};

use machine::Machine;
use operation::Case;

/// The number of cases, unless `PROPTEST_CASES` is set.
const CASES: u32 = 1000;

/// The cases are divided among several tests, which run in parallel.
const SHARES: u32 = 4;

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/model/regressions.txt");

#[tokio::test]
async fn the_queue_matches_its_model_in_the_first_quarter_of_the_cases() {
    agree(0).await;
}

#[tokio::test]
async fn the_queue_matches_its_model_in_the_second_quarter_of_the_cases() {
    agree(1).await;
}

#[tokio::test]
async fn the_queue_matches_its_model_in_the_third_quarter_of_the_cases() {
    agree(2).await;
}

#[tokio::test]
async fn the_queue_matches_its_model_in_the_fourth_quarter_of_the_cases() {
    agree(3).await;
}

/// Runs one share, on a thread that may block.
async fn agree(share: u32) {
    with_database(async |database| {
        let url = database.url.clone();
        let ran = tokio::task::spawn_blocking(move || run(&url, share)).await;
        if let Err(failed) = ran {
            resume_unwind(failed.into_panic());
        }
    })
    .await;
}

fn run(url: &str, share: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let fleet = runtime.block_on(machine::Fleet::join(url));
    let mut runner = TestRunner::new(config(share));
    let ran = runner.run(&operation::case(), |case| {
        let began = Instant::now();
        let agreed = runtime.block_on(Machine::run(&fleet, &case));
        if began.elapsed() >= machine::TICK {
            return Err(TestCaseError::reject("the machine was slower than the clock that the case moves"));
        }
        agreed
    });
    match ran {
        Ok(()) => runtime.block_on(fleet.clear()),
        Err(TestError::Fail(why, Case { credits, operations })) => {
            let steps: Vec<String> = operations.iter().map(|operation| format!("    {operation:?}")).collect();
            panic!("{why}\nThe shortest such case: accounts with {credits:?} credits, and\n{}", steps.join("\n"));
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn kept_in(path: &'static str) -> Box<dyn FailurePersistence> {
    Box::new(FileFailurePersistence::Direct(path))
}

/// Returns the configuration of one share, which depends on the environment.
fn config(share: u32) -> Config {
    let config = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { CASES };
    let rng_seed = match config.rng_seed {
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed.wrapping_mul(SHARES.into()).wrapping_add(share.into())),
        RngSeed::Random => RngSeed::Random,
    };
    Config {
        cases: cases.div_ceil(SHARES),
        rng_seed,
        failure_persistence: config.failure_persistence.as_ref().map(|_| kept_in(REGRESSIONS)),
        max_shrink_time: 120_000,
        ..config
    }
}
