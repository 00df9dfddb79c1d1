//! Calls of one account that wait for each other: one statement submits them, and each has the outcome that it would
//! have alone.

use std::sync::Arc;
use std::time::Duration;

use domain::account::{Limits, limit};
use domain::id::JobId;
use domain::idempotency::Idempotency;
use domain::job::{self, Delivery, NewJob, SubmitError, Submitted, Submitter};
use domain::key::{Caller, RequestContext};
use futures_util::future::join_all;
use harness::{Database, with_database};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use harness::fixtures::{actor, claim_one, create_account, create_key, html_job, interactive_job, register_worker};

/// The statements that submitted jobs.
const STATEMENTS: &str = "select count(distinct xmin::text) from job";

/// Ends the sessions that wait for a lock.
const TERMINATE_BLOCKED: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'object'";

/// A call: what it submits, and under which idempotency key.
#[derive(Clone)]
struct Call {
    caller: Caller,
    job: Arc<NewJob>,
    idempotency: Option<Idempotency>,
}

impl Call {
    fn new(caller: &Caller) -> Self {
        Self { caller: caller.clone(), job: Arc::new(interactive_job()), idempotency: None }
    }

    fn with_key(caller: &Caller, key: &str, job: NewJob) -> Self {
        let idempotency = Idempotency::new(key, job::fingerprint(Delivery::Poll, &job)).expect("a key");
        Self { caller: caller.clone(), job: Arc::new(job), idempotency: Some(idempotency) }
    }

    async fn submit(self, submitter: &Submitter) -> Result<Submitted, SubmitError> {
        submitter.submit(&self.caller, &self.job, self.idempotency.as_ref()).await
    }
}

/// A session that holds the lock of every account.
struct Lock(PgConnection);

impl Lock {
    async fn acquire(database: &Database) -> Self {
        let mut session = PgConnection::connect(&database.url).await.expect("a session");
        sqlx::raw_sql("begin; select from account for update").execute(&mut session).await.expect("a lock");
        Self(session)
    }

    async fn release(self) {
        self.0.close().await.expect("the lock is released");
    }
}

/// Sends a call, and these while its statement waits for the lock, so that they wait for each other. Returns the outcome
/// of each of these.
async fn together(database: &Database, first: Call, calls: Vec<Call>) -> Vec<Result<Submitted, SubmitError>> {
    together_after(database, first, calls, 1).await
}

/// Does the same, once this number of sessions wait for the lock.
async fn together_after(
    database: &Database,
    first: Call,
    calls: Vec<Call>,
    sessions: i64,
) -> Vec<Result<Submitted, SubmitError>> {
    let submitter = Submitter::new(database.db.clone());
    let lock = Lock::acquire(database).await;
    let first = {
        let submitter = submitter.clone();
        JoinSet::from_iter([async move { first.submit(&submitter).await }])
    };
    database.wait_for_blocked_sessions(sessions).await;
    let calls = join_all(calls.into_iter().map(|call| call.submit(&submitter)));
    // The calls are polled first: they wait when the lock is released.
    let (results, ()) = tokio::join!(calls, lock.release());
    first.join_all().await.pop().expect("a call").expect("the first is accepted");
    results
}

/// The outcome of a call, as far as it does not depend on the time.
fn outcome(result: &Result<Submitted, SubmitError>) -> (String, Option<(i64, i64, bool)>, Option<i64>) {
    match result {
        Ok(job) => {
            let credits = (job.credits_used, job.credits_remaining, job.replayed);
            ("accepted".to_owned(), Some(credits), job.rate.map(|rate| rate.remaining))
        }
        Err(SubmitError::RateLimited(rate)) => {
            (format!("wait for {:.0} min", rate.wait_s / 60.0), None, Some(rate.remaining))
        }
        Err(error) => (error.to_string(), None, None),
    }
}

fn id(result: &Result<Submitted, SubmitError>) -> JobId {
    result.as_ref().expect("it is accepted").job
}

#[tokio::test]
async fn calls_that_wait_for_each_other_are_one_statement_and_keep_their_order() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;

        let results = together(database, Call::new(&ada), vec![Call::new(&ada); 20]).await;

        assert_eq!(database.scalar(STATEMENTS).await, 2);
        let remaining: Vec<i64> = results.iter().flatten().map(|job| job.credits_remaining).collect();
        assert_eq!(remaining, (79..99).rev().collect::<Vec<_>>());
        let worker = register_worker(&database.db, "worker").await;
        claim_one(&database.db, worker).await;
        for result in &results {
            assert_eq!(claim_one(&database.db, worker).await.lease.job(), id(result));
        }
    })
    .await;
}

#[tokio::test]
async fn a_statement_takes_at_most_128_calls_and_a_mebibyte_of_html() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 1000).await;
        let large = Call { job: Arc::new(html_job(&"x".repeat(400 * 1024))), ..Call::new(&ada) };

        let many = together(database, Call::new(&ada), vec![Call::new(&ada); 300]).await;
        let statements = database.scalar(STATEMENTS).await;
        let bytes = together(database, Call::new(&ada), vec![large; 5]).await;

        assert_eq!((many.iter().flatten().count(), statements), (300, 1 + 3), "128, 128 and 44");
        assert_eq!((bytes.iter().flatten().count(), database.scalar(STATEMENTS).await), (5, 4 + 1 + 3), "2, 2 and 1");
    })
    .await;
}

#[tokio::test]
async fn of_64_concurrent_calls_those_that_the_credits_pay_for_are_accepted() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 40).await;
        let submitter = Submitter::new(database.db.clone());
        let mut calls = JoinSet::new();
        for _ in 0..64 {
            let (call, submitter) = (Call::new(&ada), submitter.clone());
            calls.spawn(async move { call.submit(&submitter).await });
        }
        let results = calls.join_all().await;

        let refused = results.iter().filter(|result| matches!(result, Err(SubmitError::InsufficientCredits)));
        assert_eq!(refused.count(), 24);
        assert_eq!(results.iter().flatten().count(), 40);
        assert_eq!(database.scalar("select balance from account").await, 0);
        assert_eq!(database.scalar("select count(*) from queue").await, 40);
    })
    .await;
}

#[tokio::test]
async fn each_call_has_the_outcome_that_it_would_have_alone() {
    with_database(async |database| {
        let db = &database.db;
        for (number, (credits, limits)) in [
            (100, Limits { rate: Some(Some((1, 20))), ..Limits::default() }),
            (10, Limits { rate: Some(Some((1, 20))), ..Limits::default() }),
            (10, Limits::default()),
        ]
        .into_iter()
        .enumerate()
        {
            let (alone, gathered) = (format!("alone-{number}"), format!("gathered-{number}"));
            let (ada, eve) = (create_account(db, &alone, credits).await, create_account(db, &gathered, credits).await);
            limit(db, &actor(), &alone, limits).await.expect("limits");
            limit(db, &actor(), &gathered, limits).await.expect("limits");
            let calls = |caller: &Caller| -> Vec<Call> {
                let other = |job: NewJob, key| Call::with_key(caller, key, job);
                let mut calls = vec![Call::new(caller); 7];
                calls.push(other(interactive_job(), "once"));
                calls.push(other(interactive_job(), "once"));
                calls.push(other(html_job("<p>"), "once"));
                calls.extend(vec![Call::new(caller); 15]);
                calls.push(other(interactive_job(), "once"));
                calls.push(other(html_job("<p>"), "late"));
                calls.push(other(html_job("<p>"), "late"));
                calls
            };
            let mut expected = Vec::new();
            job::submit(db, &ada, &interactive_job(), None).await.expect("a job");
            for call in calls(&ada) {
                expected.push(outcome(&job::submit(db, &ada, &call.job, call.idempotency.as_ref()).await));
            }

            let results = together(database, Call::new(&eve), calls(&eve)).await;

            assert_eq!(results.iter().map(outcome).collect::<Vec<_>>(), expected, "{number}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_calls_with_one_key_the_first_submits_and_a_different_one_is_a_conflict() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let call = Call::with_key(&ada, "key", interactive_job());
        let other = Call::with_key(&ada, "key", html_job("<p>"));

        let results = together(database, Call::new(&ada), vec![call.clone(), other, call.clone()]).await;

        assert_eq!((id(&results[0]), outcome(&results[0]).1), (id(&results[2]), Some((1, 98, false))));
        assert_eq!(outcome(&results[2]).1, Some((1, 98, true)));
        assert!(matches!(results[1], Err(SubmitError::KeyReused)), "{results:?}");
        assert_eq!(database.scalar("select count(*) from job").await, 2);
        let again = call.submit(&Submitter::new(database.db.clone())).await;
        assert_eq!((id(&again), outcome(&again).1), (id(&results[0]), Some((1, 98, true))));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_has_expired_submits_again() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let (call, submitter) = (Call::with_key(&ada, "key", interactive_job()), Submitter::new(database.db.clone()));
        let first = call.clone().submit(&submitter).await;
        database.execute("update idempotency set created_at = now() - interval '25 hours'").await;

        let second = call.submit(&submitter).await;

        assert_ne!(id(&first), id(&second));
        assert_eq!(outcome(&second).1, Some((1, 98, false)));
    })
    .await;
}

#[tokio::test]
async fn each_job_has_the_key_and_the_request_of_its_call() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let other = create_key(&database.db, "ada").await;
        let call = |number: usize| {
            let caller = if number.is_multiple_of(3) { &other } else { &ada };
            let request_id = Some(number.to_string());
            Call::new(&caller.clone().in_request(RequestContext { request_id, ..RequestContext::default() }))
        };

        let results = together(database, Call::new(&ada), (0..9).map(call).collect()).await;

        for (number, result) in results.iter().enumerate() {
            let is_found = "select count(*) from job where id = $1 and request_id = $2 and key = $3";
            let is_found = sqlx::query_scalar::<_, i64>(is_found).bind(id(result)).bind(number.to_string());
            let found = is_found.bind(call(number).caller.key().clone()).fetch_one(&database.db).await;
            assert_eq!(found.expect("a number"), 1, "{number}");
        }
        assert_eq!(database.scalar(STATEMENTS).await, 3, "one for each key, after the first call");
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_leaves_takes_only_its_own_call_along() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let submitter = Submitter::new(database.db.clone());
        let spawn = |set: &mut JoinSet<_>| {
            let (call, submitter) = (Call::new(&ada), submitter.clone());
            set.spawn(async move { call.submit(&submitter).await });
        };
        let (mut first, mut leaving, mut staying) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
        let lock = Lock::acquire(database).await;
        spawn(&mut first);
        database.wait_for_blocked_sessions(1).await;
        (0..3).for_each(|_| spawn(&mut leaving));
        (0..3).for_each(|_| spawn(&mut staying));
        tokio::task::yield_now().await;
        leaving.shutdown().await;
        // Its statement is under way, and goes on.
        first.shutdown().await;
        lock.release().await;

        let results = staying.join_all().await;

        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(database.scalar("select count(*) from job").await, 4);
        assert_eq!(database.scalar("select balance from account").await, 96);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_the_database_rejects_leaves_the_others_alone() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        // Postgres stores no zero in a text.
        let rejected = Arc::new(NewJob { reference: Some("\0".to_owned()), ..interactive_job() });
        let mut calls = vec![Call::new(&ada); 5];
        calls[2].job = rejected;

        let results = together(database, Call::new(&ada), calls).await;

        let accepted: Vec<_> = results.iter().map(Result::is_ok).collect();
        assert_eq!(accepted, [true, true, false, true, true], "{results:?}");
        assert!(matches!(results[2], Err(SubmitError::Db(_))));
        assert_eq!(database.scalar("select balance from account").await, 95);
    })
    .await;
}

#[tokio::test]
async fn calls_whose_statement_is_lost_are_not_sent_again() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let second_lock = async {
            database.wait_for_blocked_sessions(1).await;
            let lock = Lock::acquire(database).await;
            database.wait_for_blocked_sessions(1).await;
            database.execute(TERMINATE_BLOCKED).await;
            lock.release().await;
        };

        let calls = together_after(database, Call::new(&ada), vec![Call::new(&ada); 5], 2);
        let (results, ()) = tokio::join!(calls, second_lock);

        assert!(results.iter().all(|result| matches!(result, Err(SubmitError::Db(_)))), "{results:?}");
        assert_eq!(database.scalar("select count(*) from job").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_whose_turn_does_not_come_in_time_is_not_submitted() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 100).await;
        let submitter = Submitter::new(database.db.clone());
        let lock = Lock::acquire(database).await;
        let mut first = JoinSet::new();
        let (call, first_submitter) = (Call::new(&ada), submitter.clone());
        first.spawn(async move { call.submit(&first_submitter).await });
        database.wait_for_blocked_sessions(1).await;

        let late = tokio::time::timeout(Duration::from_secs(7), Call::new(&ada).submit(&submitter)).await;

        assert!(matches!(late, Ok(Err(SubmitError::Db(sqlx::Error::PoolTimedOut)))), "{late:?}");
        lock.release().await;
        first.join_all().await.pop().expect("a call").expect("the first is accepted");
        assert_eq!(database.scalar("select count(*) from job").await, 1);
    })
    .await;
}
