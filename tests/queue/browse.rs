//! Browsing jobs, and what operators change of them: each change is one statement, recorded with its actor.

use std::collections::BTreeSet;

use domain::Db;
use domain::event::{Actor, is_repeated};
use domain::id::JobId;
use domain::job::browse::{ExpectError, Moment, Selection, browse, count, expect, newer, refresh};
use domain::job::{self, ErrorCode, JobState, JobType, Lane, cancel_many, resubmit, show, trail};
use domain::key::Caller;
use harness::fixtures::{
    claim_one, create_account, failure, html_job, keyring, register_worker, rendered, secret_job, submit_job,
    submit_jobs,
};
use harness::{Database, SECRET_KEY, with_database};

fn eve() -> Actor {
    Actor { reason: Some("ticket 7".to_owned()), ..Actor::new("eve@host-1") }
}

fn state(state: JobState) -> Selection {
    Selection { state: Some(state), ..Selection::default() }
}

/// Two jobs of an account in each state; returns the account.
async fn one_of_each(db: &Db, account: &str) -> Caller {
    let caller = create_account(db, account, 100).await;
    let worker = register_worker(db, &format!("worker-{account}")).await;
    for _ in 0..2 {
        submit_job(db, &caller).await;
        claim_one(db, worker).await.lease.complete(db, &rendered(10)).await.expect("a live lease");
        submit_job(db, &caller).await;
        claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");
    }
    for _ in 0..2 {
        submit_job(db, &caller).await;
        // The lease is not ended: the job is being processed.
        drop(claim_one(db, worker).await);
    }
    submit_jobs(db, &caller, 2, Lane::Bulk).await;
    caller
}

async fn ids(db: &Db, selection: &Selection, limit: i64) -> Vec<JobId> {
    let mut ids = Vec::new();
    let mut before = None;
    loop {
        let page = browse(db, selection, before, limit).await.expect("a page");
        assert!(i64::try_from(page.jobs.len()).is_ok_and(|jobs| jobs <= limit));
        ids.extend(page.jobs.iter().map(|job| job.id));
        before = page.next;
        if before.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn every_selection_lists_its_jobs_newest_first_whatever_the_size_of_a_page() {
    with_database(async |database| {
        let db = &database.db;
        one_of_each(db, "ada").await;
        one_of_each(db, "bob").await;
        let all = browse(db, &Selection::default(), None, 100).await.expect("a page").jobs;
        assert_eq!(all.len(), 16);
        let failed = all.iter().find(|job| job.state == JobState::Failed).expect("a failed job");
        let batch = all.iter().find_map(|job| job.batch).expect("a batch");
        let account = || Some("ada".to_owned());
        let with = |selection: Selection, matching: &dyn Fn(&job::browse::JobLine) -> bool| {
            let expected: Vec<JobId> = all.iter().filter(|job| matching(job)).map(|job| job.id).collect();
            assert!(!expected.is_empty(), "{selection:?}");
            (selection, expected)
        };
        let cases = [
            with(Selection::default(), &|_| true),
            with(Selection { id: Some(failed.id), ..Selection::default() }, &|job| job.id == failed.id),
            with(Selection { account: account(), ..Selection::default() }, &|job| job.account == "ada"),
            with(Selection { batch: Some(batch), ..Selection::default() }, &|job| job.batch == Some(batch)),
            with(state(JobState::Queued), &|job| job.state == JobState::Queued),
            with(state(JobState::Processing), &|job| job.state == JobState::Processing),
            with(state(JobState::Completed), &|job| job.state == JobState::Completed),
            with(state(JobState::Failed), &|job| job.state == JobState::Failed),
            with(Selection { error: failed.error_code.clone(), ..Selection::default() }, &|job| {
                job.error_code.is_some()
            }),
            with(Selection { account: account(), ..state(JobState::Failed) }, &|job| {
                job.account == "ada" && job.state == JobState::Failed
            }),
            with(Selection { worker: failed.worker.clone(), ..state(JobState::Failed) }, &|job| {
                job.worker == failed.worker && job.state == JobState::Failed
            }),
            with(Selection { worker: failed.worker.clone(), ..Selection::default() }, &|job| {
                job.worker == failed.worker
            }),
            with(Selection { key: Some(failed.key.clone()), ..Selection::default() }, &|job| job.key == failed.key),
            with(
                Selection { kind: Some(JobType::Screenshot), url: Some("example".to_owned()), ..Selection::default() },
                &|_| true,
            ),
            with(Selection { since: Some(Moment::At(failed.created_at)), ..Selection::default() }, &|job| {
                job.created_at >= failed.created_at
            }),
            with(Selection { until: Some(Moment::At(failed.created_at)), ..Selection::default() }, &|job| {
                job.created_at < failed.created_at
            }),
            with(Selection { attempts_over: Some(0), ..Selection::default() }, &|job| job.attempt > 0),
        ];
        for (selection, expected) in &cases {
            for limit in [1, 3, 100] {
                assert_eq!(&ids(db, selection, limit).await, expected, "{selection:?} by {limit}");
            }
        }
        let nobody = Selection { account: Some("nobody".to_owned()), ..Selection::default() };
        assert_eq!(ids(db, &nobody, 3).await, []);
    })
    .await;
}

#[tokio::test]
async fn jobs_that_are_submitted_while_an_operator_pages_are_counted_and_cause_no_gap() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let before: BTreeSet<JobId> = submit_jobs(db, &ada, 10, Lane::Bulk).await.into_iter().collect();
        let first = browse(db, &Selection::default(), None, 4).await.expect("a page");
        submit_jobs(db, &ada, 5, Lane::Bulk).await;
        let mut seen: Vec<JobId> = first.jobs.iter().map(|job| job.id).collect();
        let mut next = first.next;
        while let Some(from) = next {
            let page = browse(db, &Selection::default(), Some(from), 4).await.expect("a page");
            seen.extend(page.jobs.iter().map(|job| job.id));
            next = page.next;
        }
        assert_eq!((seen.len(), seen.iter().copied().collect()), (10, before));
        assert_eq!(newer(db, seen[0]).await.expect("a count"), 5);
    })
    .await;
}

#[tokio::test]
async fn the_rows_on_the_screen_are_refreshed() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let job = submit_job(db, &ada).await;
        let state_of = async || refresh(db, &[job]).await.expect("a row")[0].state;
        assert_eq!(state_of().await, JobState::Queued);
        let worker = register_worker(db, "worker").await;
        let claim = claim_one(db, worker).await;
        assert_eq!(state_of().await, JobState::Processing);
        claim.lease.fail(db, &failure()).await.expect("a live lease");
        assert_eq!(state_of().await, JobState::Failed);
    })
    .await;
}

#[tokio::test]
async fn unfinished_jobs_are_cancelled_once_and_refunded_and_each_is_recorded() {
    with_database(async |database| {
        let db = &database.db;
        one_of_each(db, "ada").await;
        let jobs = ids(db, &Selection::default(), 100).await;

        assert_eq!(cancel_many(db, &eve(), &jobs).await.expect("a count"), 4);
        assert_eq!(cancel_many(db, &eve(), &jobs).await.expect("a count"), 0);

        let cancelled = Selection { error: Some(ErrorCode::Cancelled), ..Selection::default() };
        assert_eq!(count(db, &cancelled).await.expect("ids").len(), 4);
        assert_eq!(recorded(database, "job.cancelled").await, 4);
        assert_eq!(database.scalar("select balance from account").await, 98);
    })
    .await;
}

async fn recorded(database: &Database, kind: &'static str) -> i64 {
    sqlx::query_scalar("select count(*) from event where kind = $1 and actor = 'eve@host-1' and reason = 'ticket 7'")
        .bind(kind)
        .fetch_one(&database.db)
        .await
        .expect("a count")
}

#[tokio::test]
async fn failed_jobs_are_submitted_again_once_and_debited_and_each_is_recorded() {
    with_database(async |database| {
        let db = &database.db;
        one_of_each(db, "ada").await;
        let jobs = ids(db, &Selection::default(), 100).await;
        let balance = database.scalar("select balance from account").await;

        let done = resubmit(db, &eve(), &jobs, 7).await.expect("new jobs");
        let repeated = resubmit(db, &eve(), &jobs, 7).await.expect_err("the same confirmation");

        assert!(is_repeated(&repeated), "{repeated}");
        assert_eq!((done.jobs.len(), done.credits, done.not_failed), (2, 2, 6));
        assert_eq!(database.scalar("select balance from account").await, balance - 2);
        assert_eq!(recorded(database, "job.resubmitted").await, 2);
        assert_eq!(count(db, &Selection::default()).await.expect("ids").len(), 10);
        let new = refresh(db, &done.jobs).await.expect("rows");
        assert!(new.len() == 2 && new.iter().all(|job| job.state == JobState::Queued && job.attempt == 0));
        let worker = register_worker(db, "another").await;
        for _ in 0..4 {
            claim_one(db, worker).await.lease.complete(db, &rendered(10)).await.expect("a live lease");
        }
    })
    .await;
}

#[tokio::test]
async fn jobs_that_cannot_be_submitted_again_are_left_out_with_the_reason() {
    with_database(async |database| {
        let db = &database.db;
        let (ada, bob) = (create_account(db, "ada", 10).await, create_account(db, "bob", 1).await);
        let worker = register_worker(db, "worker").await;
        let html = job::submit(db, &ada, &html_job("<p>hello"), None).await.expect("a job").job;
        let secret = job::submit(db, &ada, &secret_job(&keyring(SECRET_KEY), "value"), None).await.expect("a job").job;
        let unpaid = submit_job(db, &bob).await;
        for _ in 0..3 {
            claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");
        }
        submit_job(db, &bob).await;

        let done = resubmit(db, &eve(), &[html, secret, unpaid, JobId::new()], 1).await.expect("new jobs");

        assert_eq!((done.jobs.len(), done.incomplete, done.unpaid, done.not_failed), (1, 1, 1, 1));
        let left_out = done.left_out().expect("reasons");
        assert!(left_out.contains("1 secrets or html deleted"), "{left_out}");
        let with_html = "select count(*) from source join queue on queue.job = source.job";
        assert_eq!(database.scalar(with_html).await, 1);
        let shown = show(db, secret).await.expect("a row").expect("a job");
        let of_secret = trail(db, secret).await.expect("a row").expect("a job");
        let text = format!("{}{}", serde_json::to_string(&shown).unwrap(), serde_json::to_string(&of_secret).unwrap());
        assert!(!text.contains("value") && shown.had_secrets, "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_more_jobs_than_its_author_saw_is_refused() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10_000).await;
        submit_jobs(db, &ada, 3, Lane::Bulk).await;
        let queued = state(JobState::Queued);
        assert_eq!(expect(db, &queued, 3).await.expect("ids").len(), 3);
        submit_job(db, &ada).await;

        let refused = expect(db, &queued, 3).await.expect_err("one more");
        assert!(matches!(refused, ExpectError::Drift { expected: 3, found: 4 }), "{refused}");
        submit_jobs(db, &ada, 1_000, Lane::Bulk).await;
        assert!(matches!(expect(db, &queued, 9_999).await, Err(ExpectError::TooMany)));
    })
    .await;
}
