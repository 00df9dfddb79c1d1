//! Limits: exact to the job and to the credit, from however many connections.

use std::sync::Arc;

use domain::account::{self, LimitError, Limits, Suspended, limit};
use domain::job::{self, Batch, Lane, SubmitError, Submitted};
use domain::key::Caller;
use domain::{Db, schema};
use harness::{Database, on_database};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::given::{account, asked, dumped, interactive, page};

/// So many jobs a minute, so many at once.
fn rate(rate: i32, burst: i32) -> Limits {
    Limits { rate: Some(Some((rate, burst))), ..Limits::default() }
}

/// Ada, who may submit one job a minute, and 20 at once.
async fn slow(db: &Db) -> Caller {
    let ada = account(db, "ada", 1000).await;
    limit(db, "ada", rate(1, 20)).await.expect("a limit");
    ada
}

async fn submit(db: &Db, caller: &Caller) -> Result<Submitted, SubmitError> {
    job::submit(db, caller, &interactive(), None).await
}

async fn batch(db: &Db, caller: &Caller, jobs: usize) -> Result<Batch, SubmitError> {
    job::submit_batch(db, caller, &vec![asked(Lane::Bulk); jobs], None).await
}

/// How long whoever was refused must wait.
fn wait_s(refused: Result<impl Sized, SubmitError>) -> f64 {
    match refused {
        Err(SubmitError::Limited(rate)) => rate.wait_s,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was accepted"),
    }
}

/// Submits one job from each of so many connections at once; answers how many were accepted,
/// and that all others were refused for this reason.
async fn at_once(database: &Database, caller: &Caller, calls: u32, refused: fn(&SubmitError) -> bool) -> usize {
    let pool = schema::connect(&database.url, calls).await.expect("connections");
    let start = Arc::new(Barrier::new(calls as usize));
    let mut answers = JoinSet::new();
    for _ in 0..calls {
        let (db, caller, start) = (pool.clone(), caller.clone(), Arc::clone(&start));
        answers.spawn(async move {
            account::balance(&db, &caller).await.expect("a connection");
            start.wait().await;
            submit(&db, &caller).await
        });
    }
    let answers = answers.join_all().await;
    pool.close().await;
    let (accepted, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for other in others {
        let error = other.expect_err("it was refused");
        assert!(refused(&error), "{error}");
    }
    accepted.len()
}

#[tokio::test]
async fn a_burst_passes_and_the_next_job_waits_for_the_rate() {
    on_database(async |database| {
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
async fn at_sixty_jobs_a_minute_the_one_after_a_burst_waits_a_second() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 100).await;
        limit(db, "ada", rate(60, 20)).await.expect("a limit");

        batch(db, &ada, 20).await.expect("a burst");
        database.change("update account set arrives_at = clock_timestamp() + interval '20 seconds'").await;
        let wait_s = wait_s(submit(db, &ada).await);

        assert!(wait_s > 0.5 && wait_s <= 1.0, "{wait_s}");
    })
    .await;
}

#[tokio::test]
async fn what_the_rate_refuses_leaves_no_trace() {
    on_database(async |database| {
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
        wait_s(job::submit(db, &ada, &page("<p>"), None).await);

        assert_eq!(everything().await, before);
    })
    .await;
}

#[tokio::test]
async fn as_time_passes_as_many_pass_as_the_rate_says_and_no_more_than_a_burst() {
    on_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;
        batch(db, &ada, 20).await.expect("a burst");

        wait_s(submit(db, &ada).await);
        database.change("update account set arrives_at = arrives_at - interval '2 minutes'").await;
        submit(db, &ada).await.expect("a minute's job");
        submit(db, &ada).await.expect("another minute's");
        wait_s(submit(db, &ada).await);
        database.change("update account set arrives_at = arrives_at - interval '19 minutes'").await;
        let wait_s = wait_s(batch(db, &ada, 20).await);
        assert_eq!(batch(db, &ada, 19).await.expect("19 minutes' jobs").jobs.len(), 19);
        database.change("update account set arrives_at = arrives_at - interval '1 day'").await;
        batch(db, &ada, 20).await.expect("a burst");

        assert!(wait_s > 0.0 && wait_s <= 60.0, "{wait_s}");
        assert!(submit(db, &ada).await.is_err(), "a day's rest is worth one burst");
    })
    .await;
}

#[tokio::test]
async fn a_rested_account_may_always_submit_a_whole_burst() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10_000).await;
        limit(db, "ada", rate(1, 20)).await.expect("a limit");

        for burst in 0..200 {
            database.change("update account set arrives_at = null").await;
            assert!(batch(db, &ada, 20).await.is_ok(), "burst {burst}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_the_jobs_of_a_batch_that_are_paid_count() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 7).await;
        limit(db, "ada", rate(1, 20)).await.expect("a limit");

        let batch = batch(db, &ada, 20).await.expect("an answer");

        assert_eq!(batch.jobs.len(), 7);
        assert_eq!(batch.rate.expect("a limit").remaining, 13);
    })
    .await;
}

#[tokio::test]
async fn fifty_calls_at_once_pass_exactly_a_burst() {
    on_database(async |database| {
        let ada = slow(&database.db).await;

        let accepted = at_once(database, &ada, 50, |error| matches!(error, SubmitError::Limited(_))).await;

        assert_eq!(accepted, 20);
        assert_eq!(database.count("select count(*) from queue").await, 20);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_calls_at_once_for_one_credit_one_is_accepted() {
    on_database(async |database| {
        let ada = account(&database.db, "ada", 1).await;

        let accepted = at_once(database, &ada, 50, |error| matches!(error, SubmitError::Unpaid)).await;

        assert_eq!(accepted, 1);
        assert_eq!(database.count("select balance from account").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_accepted_as_far_as_the_credits_go_from_its_first_job_on() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 7).await;
        let asked: Vec<_> = (0..20).map(|job| page(&format!("<p>{job}"))).collect();

        let batch = job::submit_batch(db, &ada, &asked, None).await.expect("an answer");
        let nothing = job::submit_batch(db, &ada, &asked, None).await.expect("an answer");

        assert_eq!((batch.jobs.len(), batch.credits_used, batch.credits_remaining), (7, 7, 0));
        assert_eq!((nothing.jobs.len(), nothing.credits_used, nothing.credits_remaining), (0, 0, 0));
        let pages = sqlx::query_scalar("select convert_from(html, 'utf8') from source order by job");
        let pages: Vec<String> = pages.fetch_all(db).await.expect("sources");
        assert_eq!(pages, (0..7).map(|job| format!("<p>{job}")).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn an_account_that_submits_from_sixteen_connections_pays_for_every_job_once() {
    on_database(async |database| {
        let ada = account(&database.db, "ada", 1000).await;
        let pool = schema::connect(&database.url, 16).await.expect("connections");
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

        assert_eq!(database.count("select balance from account").await, 600);
        assert_eq!(
            database.count("select count(distinct job) from ledger where kind = 'debit' and amount = -1").await,
            400
        );
        assert_eq!(database.count("select count(distinct fair_tag) from queue").await, 400);
    })
    .await;
}

#[tokio::test]
async fn a_suspended_account_submits_nothing_until_it_is_resumed() {
    on_database(async |database| {
        let db = &database.db;
        let ada = account(db, "ada", 10).await;
        let suspend = async || account::suspend(db, "ada").await.expect("an answer");
        let resume = async || account::resume(db, "ada").await.expect("an answer");

        assert_eq!([suspend().await, suspend().await], [Suspended::Now, Suspended::Before]);
        assert!(matches!(submit(db, &ada).await, Err(SubmitError::Suspended)));
        assert!(matches!(batch(db, &ada, 3).await, Err(SubmitError::Suspended)));
        assert_eq!([resume().await, resume().await], [Suspended::Now, Suspended::Before]);
        submit(db, &ada).await.expect("a job");

        assert_eq!(account::suspend(db, "eve").await.expect("an answer"), Suspended::Unknown);
        assert_eq!(database.count("select balance from account").await, 9);
        assert_eq!(database.count("select count(*) from event where kind like 'account.%'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_an_account_submitted_before_it_was_suspended_goes_on() {
    on_database(async |database| {
        let db = &database.db;
        let jobs = dumped(db, &account(db, "ada", 3).await, 3, Lane::Interactive).await;
        account::suspend(db, "ada").await.expect("an answer");

        let claimed = crate::given::claimed(db, crate::given::worker(db, "live").await).await;

        assert_eq!(claimed.lease.job(), jobs[0]);
    })
    .await;
}

#[tokio::test]
async fn limits_that_make_no_sense_change_nothing() {
    on_database(async |database| {
        let db = &database.db;
        slow(db).await;
        let weight = |weight| Limits { weight: Some(weight), ..Limits::default() };

        for wrong in [0, -1, 1001] {
            let refused = limit(db, "ada", weight(wrong)).await;
            assert!(matches!(refused, Err(LimitError::BadWeight)), "{wrong}: {refused:?}");
        }
        for (jobs, burst) in [(0, 20), (-1, 20), (60, 19), (60, 0), (1_000_001, 20), (60, 1_000_001)] {
            let refused = limit(db, "ada", rate(jobs, burst)).await;
            assert!(matches!(refused, Err(LimitError::BadRate)), "{jobs} {burst}: {refused:?}");
        }
        let nobody = limit(db, "eve", weight(2)).await;
        assert!(matches!(&nobody, Err(LimitError::NoSuchAccount(name)) if name == "eve"), "{nobody:?}");

        assert_eq!(database.count("select count(*) from account where (weight, rate, burst) = (1, 1, 20)").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_is_taken_away_or_raised_holds_for_the_next_job() {
    on_database(async |database| {
        let db = &database.db;
        let ada = slow(db).await;
        batch(db, &ada, 20).await.expect("a burst");
        wait_s(submit(db, &ada).await);

        limit(db, "ada", Limits { weight: Some(5), ..Limits::default() }).await.expect("a weight");
        wait_s(submit(db, &ada).await);
        limit(db, "ada", rate(1, 30)).await.expect("a limit");
        let raised = submit(db, &ada).await.expect("a job").rate.expect("a limit");
        limit(db, "ada", Limits { rate: Some(None), ..Limits::default() }).await.expect("no limit");
        let unlimited = submit(db, &ada).await.expect("a job").rate;

        assert_eq!((raised.remaining, unlimited), (29, None));
    })
    .await;
}
