//! Results that are stored together: each job completes or not as if it were alone.

use std::collections::BTreeSet;

use domain::Db;
use domain::db::connect_lazily;
use domain::job::{self, Claim, Claimant, LeaseError};
use domain::key::Caller;
use domain::notify::Ended;
use futures_util::future::join_all;
use harness::fixtures::{claim, create_account, register_worker, rendered, submit_job};
use harness::{Database, TEST_TIMEOUT, with_database};
use sqlx::{Connection, PgConnection, Row};
use tokio::time::timeout;

/// How many statements that complete jobs run at once.
const PERMITS: usize = 2;

/// The states of completed jobs, as the transactions that wrote them.
const COMMITS: &str = "select count(*) as jobs from job where state = 'completed' group by xmin::text order by jobs";

/// Claims this many jobs of an account.
async fn claimed(database: &Database, jobs: usize) -> (Caller, Vec<Claim>) {
    let caller = create_account(&database.db, "ada", 100).await;
    let worker = register_worker(&database.db, "worker").await;
    for _ in 0..jobs {
        submit_job(&database.db, &caller).await;
    }
    let claims = claim(&mut Claimant::new(worker), &database.db, jobs).await;
    (caller, claims)
}

/// Completes jobs whose rows another session holds until the rest has completed. They take every permit, so the
/// rest gathers.
async fn complete_while_held(
    database: &Database,
    held: impl Iterator<Item = Claim>,
    rest: impl Iterator<Item = (Claim, usize)>,
) -> (Vec<bool>, Vec<bool>) {
    let (db, held): (_, Vec<_>) = (&database.db, held.collect());
    let jobs: Vec<_> = held.iter().map(|claim| claim.lease.job()).collect();
    let mut holder = PgConnection::connect(&database.url).await.expect("a session");
    sqlx::raw_sql("begin").execute(&mut holder).await.expect("a transaction");
    let lock = sqlx::query("select from queue where job = any($1) for update").bind(jobs);
    lock.execute(&mut holder).await.expect("the locks");

    let held = join_all(held.into_iter().map(|claim| complete(db, claim, 10)));
    let rest = async {
        let rest = join_all(rest.map(|(claim, bytes)| complete(db, claim, bytes))).await;
        holder.close().await.expect("the locks are released");
        rest
    };
    let completed = timeout(TEST_TIMEOUT, async { tokio::join!(held, rest) }).await;
    completed.expect("the rest does not wait for the jobs that are held")
}

/// Whether a result of this size was stored. Any error but a lost lease and a violated constraint fails the test.
async fn complete(db: &Db, claim: Claim, bytes: usize) -> bool {
    match claim.lease.complete(db, &rendered(bytes)).await {
        Ok(()) => true,
        Err(LeaseError::Lost(..)) => false,
        Err(LeaseError::Db(_, error)) => {
            let violated = error.as_database_error().and_then(|error| error.constraint()).map(str::to_owned);
            assert_eq!(violated.as_deref(), Some("result_is_not_empty"), "{error}");
            false
        }
    }
}

/// How many jobs each commit completed, the fewest first.
async fn commits(database: &Database) -> Vec<i64> {
    let rows = sqlx::query(COMMITS).fetch_all(&database.db).await.expect("the completed jobs");
    rows.iter().map(|row| row.get("jobs")).collect()
}

#[tokio::test]
async fn a_lost_lease_leaves_those_stored_with_it_alone() {
    with_database(async |database| {
        let (caller, claims) = claimed(database, PERMITS + 4).await;
        job::cancel(&database.db, &caller, claims[PERMITS + 2].lease.job()).await.expect("the call succeeds");
        let mut claims = claims.into_iter();

        let held = claims.by_ref().take(PERMITS).collect::<Vec<_>>();
        let (held, rest) = complete_while_held(database, held.into_iter(), claims.zip([10; 4])).await;

        assert_eq!((held, rest), (vec![true; PERMITS], vec![true, true, false, true]));
        assert_eq!(commits(database).await, [1, 1, 3]);
        assert_eq!(database.scalar("select count(*) from result").await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_result_that_cannot_be_stored_leaves_those_stored_with_it_alone() {
    with_database(async |database| {
        let (caller, claims) = claimed(database, PERMITS + 3).await;
        let empty = claims[PERMITS + 1].lease.job();
        let mut claims = claims.into_iter();

        let held = claims.by_ref().take(PERMITS).collect::<Vec<_>>();
        let (held, rest) = complete_while_held(database, held.into_iter(), claims.zip([10, 0, 10])).await;

        assert_eq!((held, rest), (vec![true; PERMITS], vec![true, false, true]));
        assert_eq!(commits(database).await, [1; PERMITS + 2], "each is stored alone after the failure");
        assert!(job::cancel(&database.db, &caller, empty).await.expect("the call succeeds"), "its lease is still live");
    })
    .await;
}

#[tokio::test]
async fn a_job_that_another_statement_holds_delays_no_other_for_long() {
    with_database(async |database| {
        let (_, claims) = claimed(database, PERMITS + 2).await;
        let mut claims = claims.into_iter();

        let held = claims.by_ref().take(PERMITS + 1).collect::<Vec<_>>();
        let (held, rest) = complete_while_held(database, held.into_iter(), claims.zip([10])).await;

        assert_eq!((held, rest), (vec![true; PERMITS + 1], vec![true]));
        assert_eq!(commits(database).await, [1; PERMITS + 2]);
    })
    .await;
}

#[tokio::test]
async fn a_notification_names_the_jobs_that_completed_and_not_those_that_failed() {
    with_database(async |database| {
        let (db, (caller, claims)) = (&database.db, claimed(database, 3).await);
        let listener = connect_lazily(&database.url, 1).expect("a URL");
        let (mut ended, jobs) = (listener.notifier().subscribe_ended(), claims.iter().map(|claim| claim.lease.job()));
        let jobs: BTreeSet<_> = jobs.collect();

        let listens = async { tokio::join!(listener.run_notifier(), db.run_notifier()) };
        let received = async {
            assert_eq!(ended.recv().await, Ok(Ended::Any), "the listener has connected");
            join_all(claims.into_iter().map(|claim| complete(db, claim, 10))).await;
            let mut named = BTreeSet::new();
            while named.len() < 3 {
                let Ok(Ended::Jobs(jobs)) = ended.recv().await else { panic!("jobs are named: {named:?}") };
                named.extend(jobs);
            }
            assert_eq!(named, jobs);
            let cancelled = submit_job(db, &caller).await;
            job::cancel(db, &caller, cancelled).await.expect("a queued job");
            assert_eq!(ended.recv().await, Ok(Ended::Any));
        };
        tokio::select! {
            _never = listens => {}
            received = timeout(TEST_TIMEOUT, received) => received.expect("notifications in time"),
        }
    })
    .await;
}
