//! Leases: each as long as its render may take, and what a render tells when it ends.

use std::time::Duration;

use domain::job::{self, Blocked, BlockedClass, Claimant, ErrorCode, Failure, Lane, NewJob, Retried, Timings};
use domain::render::Options;
use harness::{Database, on_database};

use crate::given::{account, asked, claimed, interactive, rendered, submitted, taken, worker};

fn lasting(timeout_ms: u32) -> NewJob {
    let job = interactive();
    NewJob { options: Options { timeout_ms, ..job.options }, ..job }
}

fn told() -> (Timings, Blocked) {
    let timings = Timings { connect_ms: 1, navigate_ms: 2, wait_ms: 3, capture_ms: 4, total_ms: 9 };
    (timings, [(BlockedClass::PrivateAddress, 3), (BlockedClass::Budget, 1)].into_iter().collect())
}

fn failed() -> Failure {
    let (timings, blocked) = told();
    Failure { timings: Some(timings), blocked, ..Failure::new(ErrorCode::WaitTimeout, "it was not ready") }
}

/// How long the only lease there is lasts, as Postgres has it.
async fn written(database: &Database) -> Duration {
    let ms = database.count("select (1000 * extract(epoch from deadline - started_at))::bigint from queue").await;
    Duration::from_millis(ms.unsigned_abs())
}

#[tokio::test]
async fn a_lease_lasts_as_long_as_its_own_render_may_take_and_fifteen_seconds() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        let live = worker(&database.db, "live").await;
        for (timeout_ms, seconds) in [(1000, 16), (30_000, 45), (60_000, 75)] {
            job::submit(&database.db, &caller, &lasting(timeout_ms), None).await.expect("a job");

            let claim = claimed(&database.db, live).await;

            let lasts = Duration::from_secs(seconds);
            assert_eq!((claim.lease.term(), written(database).await), (lasts, lasts), "{timeout_ms}");
            assert_eq!(lasting(timeout_ms).term(), lasts);
            claim.lease.complete(&database.db, &rendered(10)).await.expect("a live lease");
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_batch_each_job_has_its_own_time() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        let asked = [lasting(60_000), asked(Lane::Bulk), lasting(5000)];
        job::submit_batch(&database.db, &caller, &asked, None).await.expect("a batch");

        let mut claimant = Claimant::new(worker(&database.db, "live").await);
        let mut terms: Vec<_> =
            taken(&mut claimant, &database.db, 3).await.iter().map(|claim| claim.lease.term().as_secs()).collect();

        terms.sort_unstable();
        assert_eq!(terms, [20, 45, 75]);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_an_earlier_version_submitted_has_thirty_seconds() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        submitted(&database.db, &caller).await;
        database.change(EARLIER).await;

        let claim = claimed(&database.db, worker(&database.db, "live").await).await;

        assert_eq!(claim.options.expect("options it can read").budget(), Duration::from_secs(30));
        assert_eq!(written(database).await, Duration::from_secs(45));
    })
    .await;
}

/// The row as a version writes it that knows no budgets.
const EARLIER: &str = "
    with ours as (delete from queue returning job, account, cost, lane, fair_tag)
    insert into queue (job, account, cost, lane, fair_tag) select * from ours";

#[tokio::test]
async fn what_a_render_tells_of_itself_is_kept_with_its_job() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        let live = worker(&database.db, "live").await;
        let (completed, ended) = (submitted(&database.db, &caller).await, submitted(&database.db, &caller).await);
        let (timings, blocked) = told();

        let rendered = job::Rendered { timings, blocked, ..rendered(10) };
        claimed(&database.db, live).await.lease.complete(&database.db, &rendered).await.expect("a live lease");
        claimed(&database.db, live).await.lease.fail(&database.db, &failed()).await.expect("a live lease");

        for id in [completed, ended] {
            let job = job::fetch(&database.db, &caller, id).await.expect("an answer").expect("a job");
            assert_eq!((job.timings, job.blocked), (Some(told().0), told().1), "{:?}", job.state);
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_job_that_failed_in_every_attempt_the_last_is_told() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        let live = worker(&database.db, "live").await;
        let id = submitted(&database.db, &caller).await;
        database.change("update queue set attempt = 2").await;

        let retried = claimed(&database.db, live).await.lease.retry(&database.db, &failed()).await;

        assert_eq!(retried.expect("a live lease"), Retried::Failed);
        let job = job::fetch(&database.db, &caller, id).await.expect("an answer").expect("a job");
        assert_eq!((job.timings, job.blocked), (Some(told().0), told().1));
    })
    .await;
}

#[tokio::test]
async fn where_nothing_was_blocked_nothing_is_stored() {
    on_database(async |database| {
        let caller = account(&database.db, "ada", 10).await;
        let live = worker(&database.db, "live").await;
        for _ in 0..3 {
            submitted(&database.db, &caller).await;
        }

        claimed(&database.db, live).await.lease.complete(&database.db, &rendered(10)).await.expect("a live lease");
        let failure = Failure::new(ErrorCode::TlsError, "no certificate");
        claimed(&database.db, live).await.lease.fail(&database.db, &failure).await.expect("a live lease");
        let last = claimed(&database.db, live).await;
        assert!(job::cancel(&database.db, &caller, last.lease.job()).await.expect("an answer"));

        assert_eq!(database.count("select count(*) from job where blocked is null and state is not null").await, 3);
        assert_eq!(database.count("select count(*) from job where timings is not null").await, 1);
    })
    .await;
}
