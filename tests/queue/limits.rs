//! Limits: exact to the job and to the credit, on any number of connections.

use std::sync::Arc;

use domain::account::{self, LimitError, Limits, Suspension, limit};
use domain::job::{self, Batch, Lane, SubmitError, Submitted};
use domain::key::Caller;
use domain::{Db, db};
use harness::{Database, with_database};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use harness::fixtures::{actor, create_account, html_job, interactive_job, new_job, submit_jobs};

/// Limits of this many jobs a minute and this burst.
fn rate(rate: i32, burst: i32) -> Limits {
    Limits { rate: Some(Some((rate, burst))), ..Limits::default() }
}

/// Creates an account with a rate of one job a minute and a burst of 20.
async fn slow(db: &Db) -> Caller {
    let ada = create_account(db, "ada", 1000).await;
    limit(db, &actor(), "ada", rate(1, 20)).await.expect("a limit");
    ada
}

async fn submit(db: &Db, caller: &Caller) -> Result<Submitted, SubmitError> {
    job::submit(db, caller, &interactive_job(), None).await
}

async fn batch(db: &Db, caller: &Caller, jobs: usize) -> Result<Batch, SubmitError> {
    job::submit_batch(db, caller, &vec![new_job(Lane::Bulk); jobs], None).await
}

/// Returns the time to wait after a rejection.
fn wait_s(refused: Result<impl Sized, SubmitError>) -> f64 {
    match refused {
        Err(SubmitError::RateLimited(rate)) => rate.wait_s,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was accepted"),
    }
}

/// Submits one job on each of this many connections concurrently. Returns how many were
/// accepted, and asserts that all others were rejected for this reason.
async fn at_once(database: &Database, caller: &Caller, calls: u32, refused: fn(&SubmitError) -> bool) -> usize {
    let pool = db::connect(&database.url, calls).await.expect("connections");
    let start = Arc::new(Barrier::new(calls as usize));
    let mut responses = JoinSet::new();
    for _ in 0..calls {
        let (db, caller, start) = (pool.clone(), caller.clone(), Arc::clone(&start));
        responses.spawn(async move {
            account::balance(&db, &caller).await.expect("a connection");
            start.wait().await;
            submit(&db, &caller).await
        });
    }
    let responses = responses.join_all().await;
    pool.close().await;
    let (accepted, others): (Vec<_>, Vec<_>) = responses.into_iter().partition(Result::is_ok);
    for other in others {
        let error = other.expect_err("it was refused");
        assert!(refused(&error), "{error}");
    }
    accepted.len()
}

#[tokio::test]
async fn a_burst_is_accepted_and_the_next_job_must_wait() {
    with_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;

        let mut remaining = Vec::new();
        for _ in 0..20 {
            let rate = submit(db, &ada).await.expect("a job of the burst").rate.expect("a limit");
            remaining.push(rate.remaining);
            assert_eq!((rate.limit, rate.burst, rate.wait_s), (1, 20, 0.0));
        }
        let wait_s = wait_s(submit(db, &ada).await);

        assert_eq!(remaining, (0..20).rev().collect::<Vec<_>>());
        assert!(wait_s > 50.0 && wait_s <= 60.0, "{wait_s}");
    })
    .await;
}

#[tokio::test]
async fn at_60_jobs_a_minute_the_job_after_a_burst_must_wait_a_second() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        limit(db, &actor(), "ada", rate(60, 20)).await.expect("a limit");

        batch(db, &ada, 20).await.expect("a burst");
        database.execute("update account set arrives_at = clock_timestamp() + interval '20 seconds'").await;
        let wait_s = wait_s(submit(db, &ada).await);

        assert!(wait_s > 0.5 && wait_s <= 1.0, "{wait_s}");
    })
    .await;
}

#[tokio::test]
async fn a_rate_limited_call_changes_nothing() {
    with_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;
        batch(db, &ada, 20).await.expect("a burst");
        let everything = async || {
            let rows = "select concat(
                (select json_agg(account) from account), (select count(*) from ledger), (select count(*) from job),
                (select count(*) from source), (select count(*) from queue), (select count(*) from idempotency))";
            sqlx::query_scalar::<_, String>(rows).fetch_one(db).await.expect("everything")
        };
        let before = everything().await;

        wait_s(submit(db, &ada).await);
        wait_s(batch(db, &ada, 20).await);
        wait_s(job::submit(db, &ada, &html_job("<p>"), None).await);

        assert_eq!(everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn over_time_the_rate_is_accepted_and_never_more_than_a_burst() {
    with_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;
        batch(db, &ada, 20).await.expect("a burst");

        wait_s(submit(db, &ada).await);
        database.execute("update account set arrives_at = arrives_at - interval '2 minutes'").await;
        submit(db, &ada).await.expect("a minute's job");
        submit(db, &ada).await.expect("another minute's");
        wait_s(submit(db, &ada).await);
        database.execute("update account set arrives_at = arrives_at - interval '19 minutes'").await;
        let wait_s = wait_s(batch(db, &ada, 20).await);
        assert_eq!(batch(db, &ada, 19).await.expect("19 minutes' jobs").jobs.len(), 19);
        database.execute("update account set arrives_at = arrives_at - interval '1 day'").await;
        batch(db, &ada, 20).await.expect("a burst");

        assert!(wait_s > 0.0 && wait_s <= 60.0, "{wait_s}");
        assert!(submit(db, &ada).await.is_err(), "a day's rest is worth one burst");
    })
    .await;
}

#[tokio::test]
async fn an_idle_account_can_always_submit_a_full_burst() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10_000).await;
        limit(db, &actor(), "ada", rate(1, 20)).await.expect("a limit");

        for burst in 0..200 {
            database.execute("update account set arrives_at = null").await;
            assert!(batch(db, &ada, 20).await.is_ok(), "burst {burst}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_the_paid_jobs_of_a_batch_count() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 7).await;
        limit(db, &actor(), "ada", rate(1, 20)).await.expect("a limit");

        let batch = batch(db, &ada, 20).await.expect("the call succeeds");

        assert_eq!(batch.jobs.len(), 7);
        assert_eq!(batch.rate.expect("a limit").remaining, 13);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_concurrent_calls_exactly_a_burst_is_accepted() {
    with_database(async |database| {
        let ada = slow(&database.db).await;

        let accepted = at_once(database, &ada, 50, |error| matches!(error, SubmitError::RateLimited(_))).await;

        assert_eq!(accepted, 20);
        assert_eq!(database.scalar("select count(*) from queue").await, 20);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_concurrent_calls_for_one_credit_one_is_accepted() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 1).await;

        let accepted = at_once(database, &ada, 50, |error| matches!(error, SubmitError::InsufficientCredits)).await;

        assert_eq!(accepted, 1);
        assert_eq!(database.scalar("select balance from account").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_accepted_from_its_first_job_as_far_as_the_credits_suffice() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 7).await;
        let asked: Vec<_> = (0..20).map(|job| html_job(&format!("<p>{job}"))).collect();

        let batch = job::submit_batch(db, &ada, &asked, None).await.expect("the call succeeds");
        let nothing = job::submit_batch(db, &ada, &asked, None).await.expect("the call succeeds");

        assert_eq!((batch.jobs.len(), batch.credits_used, batch.credits_remaining), (7, 7, 0));
        assert_eq!((nothing.jobs.len(), nothing.credits_used, nothing.credits_remaining), (0, 0, 0));
        let pages = sqlx::query_scalar("select convert_from(html, 'utf8') from source order by job");
        let pages: Vec<String> = pages.fetch_all(db).await.expect("sources");
        assert_eq!(pages, (0..7).map(|job| format!("<p>{job}")).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn an_account_that_submits_on_16_connections_pays_once_for_each_job() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 1000).await;
        let pool = db::connect(&database.url, 16).await.expect("connections");
        let mut connections = JoinSet::new();
        for _ in 0..16 {
            let (db, ada) = (pool.clone(), ada.clone());
            connections.spawn(async move {
                for _ in 0..25 {
                    submit(&db, &ada).await.expect("a job");
                }
            });
        }
        connections.join_all().await;
        pool.close().await;

        assert_eq!(database.scalar("select balance from account").await, 600);
        assert_eq!(
            database.scalar("select count(distinct job) from ledger where kind = 'debit' and amount = -1").await,
            400
        );
        assert_eq!(database.scalar("select count(distinct fair_tag) from queue").await, 400);
    })
    .await;
}

#[tokio::test]
async fn a_suspended_account_cannot_submit_until_it_is_resumed() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let suspend = async || account::suspend(db, &actor(), "ada").await.expect("the call succeeds");
        let resume = async || account::resume(db, &actor(), "ada").await.expect("the call succeeds");

        assert_eq!([suspend().await, suspend().await], [Suspension::Changed, Suspension::Unchanged]);
        assert!(matches!(submit(db, &ada).await, Err(SubmitError::Suspended)));
        assert!(matches!(batch(db, &ada, 3).await, Err(SubmitError::Suspended)));
        assert_eq!([resume().await, resume().await], [Suspension::Changed, Suspension::Unchanged]);
        submit(db, &ada).await.expect("a job");

        assert_eq!(account::suspend(db, &actor(), "eve").await.expect("the call succeeds"), Suspension::NoSuchAccount);
        assert_eq!(database.scalar("select balance from account").await, 9);
        assert_eq!(
            database.scalar("select count(*) from event where kind in ('account.suspended', 'account.resumed')").await,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn jobs_submitted_before_a_suspension_continue() {
    with_database(async |database| {
        let db = &database.db;
        let jobs = submit_jobs(db, &create_account(db, "ada", 3).await, 3, Lane::Interactive).await;
        account::suspend(db, &actor(), "ada").await.expect("the call succeeds");

        let claimed = harness::fixtures::claim_one(db, harness::fixtures::register_reaper(db, "live").await).await;

        assert_eq!(claimed.lease.job(), jobs[0]);
    })
    .await;
}

#[tokio::test]
async fn invalid_limits_change_nothing() {
    with_database(async |database| {
        let db = &database.db;
        slow(db).await;
        let weight = |weight| Limits { weight: Some(weight), ..Limits::default() };

        for wrong in [0, -1, 1001] {
            let refused = limit(db, &actor(), "ada", weight(wrong)).await;
            assert!(matches!(refused, Err(LimitError::InvalidWeight)), "{wrong}: {refused:?}");
        }
        for (jobs, burst) in [(0, 20), (-1, 20), (60, 19), (60, 0), (1_000_001, 20), (60, 1_000_001)] {
            let refused = limit(db, &actor(), "ada", rate(jobs, burst)).await;
            assert!(matches!(refused, Err(LimitError::InvalidRate)), "{jobs} {burst}: {refused:?}");
        }
        let nobody = limit(db, &actor(), "eve", weight(2)).await;
        assert!(matches!(&nobody, Err(LimitError::NoSuchAccount(name)) if name == "eve"), "{nobody:?}");

        assert_eq!(database.scalar("select count(*) from account where (weight, rate, burst) = (1, 1, 20)").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_removed_or_raised_limit_applies_to_the_next_job() {
    with_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;
        batch(db, &ada, 20).await.expect("a burst");
        wait_s(submit(db, &ada).await);

        limit(db, &actor(), "ada", Limits { weight: Some(5), ..Limits::default() }).await.expect("a weight");
        wait_s(submit(db, &ada).await);
        limit(db, &actor(), "ada", rate(1, 30)).await.expect("a limit");
        let raised = submit(db, &ada).await.expect("a job").rate.expect("a limit");
        limit(db, &actor(), "ada", Limits { rate: Some(None), ..Limits::default() }).await.expect("no limit");
        let unlimited = submit(db, &ada).await.expect("a job").rate;

        assert_eq!((raised.remaining, unlimited), (29, None));
    })
    .await;
}
