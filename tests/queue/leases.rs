//! Leases: their duration, and what is stored when a render ends.

use std::time::Duration;

use domain::job::{
    self, Blocked, BlockedClass, Claimant, ErrorCode, Failure, Lane, NewJob, RenderReport, Retried, Timings, Warning,
    WarningCode,
};
use domain::options::{Options, Readiness};
use harness::{Database, with_database};

use harness::fixtures::{
    claim, claim_one, create_account, interactive_job, new_job, register_reaper, rendered, submit_job,
};

fn lasting(timeout_ms: u32) -> NewJob {
    let job = interactive_job();
    let readiness = Readiness { timeout_ms, ..job.options.readiness };
    NewJob { options: Options { readiness, ..job.options }, ..job }
}

fn report() -> (Timings, Blocked) {
    let timings = Timings { connect_ms: 1, navigate_ms: 2, wait_ms: 3, capture_ms: 4, total_ms: 9 };
    (timings, [(BlockedClass::PrivateAddress, 3), (BlockedClass::Budget, 1)].into_iter().collect())
}

fn render_report() -> RenderReport {
    let warnings = [Warning::new(WarningCode::RequestsFailed, "a request failed").with_count(1)].into_iter().collect();
    let (final_url, browser) = (Some("https://example.com/".to_owned()), Some("Chromium 1".to_owned()));
    RenderReport { target_status: Some(503), final_url, browser, warnings }
}

fn failed() -> Failure {
    let (timings, blocked) = report();
    Failure {
        timings: Some(timings),
        blocked,
        report: render_report(),
        ..Failure::new(ErrorCode::WaitTimeout, "it was not ready")
    }
}

/// Returns the duration of the only lease, as stored.
async fn written(database: &Database) -> Duration {
    let ms = database.scalar("select (1000 * extract(epoch from deadline - started_at))::bigint from queue").await;
    Duration::from_millis(ms.unsigned_abs())
}

#[tokio::test]
async fn a_lease_lasts_for_the_timeout_of_its_render_and_15_seconds() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let live = register_reaper(&database.db, "live").await;
        for (timeout_ms, seconds) in [(1000, 16), (30_000, 45), (60_000, 75)] {
            job::submit(&database.db, &caller, &lasting(timeout_ms), None).await.expect("a job");

            let claim = claim_one(&database.db, live).await;

            let lasts = Duration::from_secs(seconds);
            assert_eq!((claim.lease.duration(), written(database).await), (lasts, lasts), "{timeout_ms}");
            assert_eq!(lasting(timeout_ms).lease_duration(), lasts);
            claim.lease.complete(&database.db, &rendered(10)).await.expect("a live lease");
        }
    })
    .await;
}

#[tokio::test]
async fn each_job_of_a_batch_has_its_own_timeout() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let asked = [lasting(60_000), new_job(Lane::Bulk), lasting(5000)];
        job::submit_batch(&database.db, &caller, &asked, None).await.expect("a batch");

        let mut claimant = Claimant::new(register_reaper(&database.db, "live").await);
        let mut terms: Vec<_> =
            claim(&mut claimant, &database.db, 3).await.iter().map(|claim| claim.lease.duration().as_secs()).collect();

        terms.sort_unstable();
        assert_eq!(terms, [20, 45, 75]);
    })
    .await;
}

#[tokio::test]
async fn a_job_of_an_earlier_version_has_a_timeout_of_30_seconds() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        submit_job(&database.db, &caller).await;
        database.execute(EARLIER).await;

        let claim = claim_one(&database.db, register_reaper(&database.db, "live").await).await;

        assert_eq!(claim.request.expect("known options").options.readiness.timeout(), Duration::from_secs(30));
        assert_eq!(written(database).await, Duration::from_secs(45));
    })
    .await;
}

/// Changes the row to that of a version without timeouts.
const EARLIER: &str = "
    with ours as (delete from queue returning job, account, cost, lane, fair_tag)
    insert into queue (job, account, cost, lane, fair_tag) select * from ours";

#[tokio::test]
async fn what_a_render_reports_is_stored_with_the_job() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let live = register_reaper(&database.db, "live").await;
        let (completed, ended) = (submit_job(&database.db, &caller).await, submit_job(&database.db, &caller).await);
        let (timings, blocked) = report();

        let rendered = job::Rendered { timings, blocked, report: render_report(), ..rendered(10) };
        claim_one(&database.db, live).await.lease.complete(&database.db, &rendered).await.expect("a live lease");
        claim_one(&database.db, live).await.lease.fail(&database.db, &failed()).await.expect("a live lease");

        for id in [completed, ended] {
            let job = job::fetch(&database.db, &caller, id).await.expect("the call succeeds").expect("a job");
            assert_eq!((job.timings, job.blocked), (Some(report().0), report().1), "{:?}", job.state);
            assert_eq!(job.report, render_report(), "{:?}", job.state);
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_failed_in_every_attempt_reports_the_last_one() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let live = register_reaper(&database.db, "live").await;
        let id = submit_job(&database.db, &caller).await;
        database.execute("update queue set attempt = 2").await;

        let retried = claim_one(&database.db, live).await.lease.retry(&database.db, &failed()).await;

        assert_eq!(retried.expect("a live lease"), Retried::Failed);
        let job = job::fetch(&database.db, &caller, id).await.expect("the call succeeds").expect("a job");
        assert_eq!((job.timings, job.blocked, job.report), (Some(report().0), report().1, render_report()));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_stored_if_there_is_nothing_to_report() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let live = register_reaper(&database.db, "live").await;
        for _ in 0..3 {
            submit_job(&database.db, &caller).await;
        }

        claim_one(&database.db, live).await.lease.complete(&database.db, &rendered(10)).await.expect("a live lease");
        let failure = Failure::new(ErrorCode::TlsError, "no certificate");
        claim_one(&database.db, live).await.lease.fail(&database.db, &failure).await.expect("a live lease");
        let last = claim_one(&database.db, live).await;
        assert!(job::cancel(&database.db, &caller, last.lease.job()).await.expect("the call succeeds"));

        assert_eq!(
            database
                .scalar("select count(*) from job where blocked is null and report is null and state is not null")
                .await,
            3
        );
        assert_eq!(database.scalar("select count(*) from job where timings is not null").await, 1);
    })
    .await;
}
