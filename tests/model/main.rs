//! The queue against a small model of itself, under random orders of everything.
//!
//! A [`Case`](operation::Case) is a few accounts and some thirty operations. The
//! [`Machine`](machine::Machine) does each on a real Postgres and asks the
//! [`Model`](model::Model) what should have come of it. What differs is shrunk to the
//! shortest case that still does, and its seed is kept in `regressions.txt` and tried first
//! from then on. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` choose how many and which;
//! `tools/soak` goes on for hours.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]
#![expect(clippy::disallowed_methods, reason = "the machine looks behind the statements, and moves time")]

mod machine;
mod model;
mod operation;

use std::panic::resume_unwind;
use std::time::Instant;

use harness::on_database;
use proptest::test_runner::{
    Config, FailurePersistence, FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner,
};

use machine::Machine;
use operation::Case;

/// How many cases there are, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 1000;

/// The cases are shared out, so that several run at once.
const SHARES: u32 = 4;

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/model/regressions.txt");

#[tokio::test]
async fn the_queue_does_as_its_model_in_the_first_share_of_cases() {
    agree(0).await;
}

#[tokio::test]
async fn the_queue_does_as_its_model_in_the_second_share_of_cases() {
    agree(1).await;
}

#[tokio::test]
async fn the_queue_does_as_its_model_in_the_third_share_of_cases() {
    agree(2).await;
}

#[tokio::test]
async fn the_queue_does_as_its_model_in_the_fourth_share_of_cases() {
    agree(3).await;
}

/// Runs one share, on a thread where it may block.
async fn agree(share: u32) {
    on_database(async |database| {
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

/// What the environment says, for one share.
fn config(share: u32) -> Config {
    let told = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { told.cases } else { CASES };
    let rng_seed = match told.rng_seed {
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed.wrapping_mul(SHARES.into()).wrapping_add(share.into())),
        RngSeed::Random => RngSeed::Random,
    };
    Config {
        cases: cases.div_ceil(SHARES),
        rng_seed,
        failure_persistence: told.failure_persistence.as_ref().map(|_| kept_in(REGRESSIONS)),
        max_shrink_time: 120_000,
        ..told
    }
}
