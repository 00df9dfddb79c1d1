//! Races: two racing statements have the effect of one after the other.
//!
//! The first statement stops in a trigger: a statement-level trigger before it locks the row, a
//! row-level trigger after. Then the second runs.

use std::time::Duration;

use domain::account::{Limits, limit};
use domain::id::{JobId, WorkerId};
use domain::idempotency::Idempotency;
use domain::job::{self, Claim, Claimant, Delivery, LeaseError, Reaped};
use domain::key::Caller;
use domain::worker::WorkerStats;
use domain::{Db, result};
use harness::{Database, with_database};

use harness::fixtures::{
    actor, claim, claim_one, create_account, failure, html_job, interactive_job, register_reaper, rendered, submit_job,
};

const SEEN_BY_DELETE: &str = "before delete on queue for each statement";
const HELD_BY_DELETE: &str = "before delete on queue for each row";
const SEEN_BY_UPDATE: &str = "before update on queue for each statement";
const HELD_BY_UPDATE: &str = "before update on queue for each row";

const LOST: Reaped = Reaped { queued: 1, failed: 0 };
const SPENT: Reaped = Reaped { queued: 0, failed: 1 };
const NOTHING: Reaped = Reaped { queued: 0, failed: 0 };

/// One account, a live worker, one that stops beating, and one job at a time.
struct Setup<'a> {
    database: &'a Database,
    db: &'a Db,
    ada: Caller,
    live: WorkerId,
    late: WorkerId,
}

impl<'a> Setup<'a> {
    async fn new(database: &'a Database) -> Self {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        Self { database, db, ada, live: register_reaper(db, "live").await, late: register_reaper(db, "late").await }
    }

    /// Submits the next job, after removing the one before.
    async fn queued(&self) -> JobId {
        self.database.execute("delete from event").await;
        job::time_out(self.db, Duration::ZERO).await.expect("an empty queue");
        self.database.execute("update queue set lease = null, worker = null, started_at = null, deadline = null").await;
        job::time_out(self.db, Duration::ZERO).await.expect("an empty queue");
        submit_job(self.db, &self.ada).await
    }

    /// Submits the next job, and leases it to a worker that is lost.
    async fn lapsed(&self) -> Claim {
        self.queued().await;
        let claim = claim_one(self.db, self.late).await;
        let lost = "update worker set judges_from = now() - interval '1 second',
            beat_at = case name when 'live' then now() else now() - interval '1 minute' end";
        self.database.execute(lost).await;
        claim
    }

    /// Does the same with the last attempt of a job.
    async fn spent(&self) -> Claim {
        let claim = self.lapsed().await;
        self.database.execute("update queue set attempt = 3").await;
        claim
    }

    async fn reap(&self) -> Reaped {
        job::reap(self.db, self.live).await.expect("a reap")
    }

    async fn cancel(&self, job: JobId) -> bool {
        job::cancel(self.db, &self.ada, job).await.expect("the call succeeds")
    }

    async fn withdraw(&self, job: JobId) -> bool {
        job::withdraw(self.db, &self.ada, job, None, "why").await.expect("the call succeeds")
    }

    async fn claim(&self) -> Vec<Claim> {
        claim(&mut Claimant::new(self.live), self.db, 1).await
    }

    async fn time_out(&self) -> i64 {
        job::time_out(self.db, Duration::ZERO).await.expect("the call succeeds")
    }

    async fn refunded(&self) -> bool {
        self.database.scalar("select balance from account").await == 100
    }
}

/// Whether a lease was valid. Any error other than a lost lease fails the test.
fn won(used: Result<impl Sized, LeaseError>) -> bool {
    match used {
        Ok(_) => true,
        Err(LeaseError::Lost(..)) => false,
        Err(LeaseError::Db(_, error)) => panic!("{error}"),
    }
}

async fn complete(db: &Db, claim: Claim) -> bool {
    won(claim.lease.complete(db, &rendered(10)).await)
}

async fn release(db: &Db, claim: Claim) -> bool {
    won(claim.lease.release(db).await)
}

async fn retry(db: &Db, claim: Claim) -> bool {
    won(claim.lease.retry(db, &failure()).await)
}

#[tokio::test]
async fn complete_and_reap_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let db = setup.db;

        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, complete(db, claim), setup.reap()).await, (false, LOST));
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, complete(db, claim), setup.reap()).await, (true, NOTHING));
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, setup.reap(), complete(db, claim)).await, (NOTHING, true));
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, setup.reap(), complete(db, claim)).await, (LOST, false));

        assert_eq!(database.scalar("select count(*) from result").await, 2);
    })
    .await;
}

#[tokio::test]
async fn complete_and_the_reap_of_a_last_attempt_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let db = setup.db;

        let claim = setup.spent().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, complete(db, claim), setup.reap()).await, (false, SPENT));
        let claim = setup.spent().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.reap(), complete(db, claim)).await, (SPENT, false));
        assert!(setup.refunded().await);
        let claim = setup.spent().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, complete(db, claim), setup.reap()).await, (true, NOTHING));
        let claim = setup.spent().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, setup.reap(), complete(db, claim)).await, (NOTHING, true));

        assert_eq!(database.scalar("select balance from account").await, 98);
        assert_eq!(database.scalar("select count(*) from result").await, 2);
    })
    .await;
}

#[tokio::test]
async fn cancel_and_complete_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let db = setup.db;
        let begun = async || {
            setup.queued().await;
            let claim = claim_one(db, setup.live).await;
            (claim.lease.job(), claim)
        };

        let (job, claim) = begun().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.cancel(job), complete(db, claim)).await, (true, false));
        let (job, claim) = begun().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, complete(db, claim), setup.cancel(job)).await, (false, true));
        assert!(setup.refunded().await);
        let (job, claim) = begun().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, setup.cancel(job), complete(db, claim)).await, (false, true));
        let (job, claim) = begun().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, complete(db, claim), setup.cancel(job)).await, (true, false));

        assert_eq!(database.scalar("select balance from account").await, 98);
    })
    .await;
}

#[tokio::test]
async fn a_job_cancelled_while_it_is_claimed_is_refunded_and_its_lease_is_lost() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let mut claims = Vec::new();

        let job = setup.queued().await;
        let (cancelled, none) = database.interleave(HELD_BY_DELETE, setup.cancel(job), setup.claim()).await;
        assert_eq!((cancelled, none.len()), (true, 0));
        let job = setup.queued().await;
        let (none, cancelled) = database.interleave(SEEN_BY_UPDATE, setup.claim(), setup.cancel(job)).await;
        assert_eq!((cancelled, none.len()), (true, 0));
        let job = setup.queued().await;
        let (cancelled, one) = database.interleave(SEEN_BY_DELETE, setup.cancel(job), setup.claim()).await;
        assert_eq!((cancelled, one.len()), (true, 1));
        claims.extend(one);
        let job = setup.queued().await;
        let (one, cancelled) = database.interleave(HELD_BY_UPDATE, setup.claim(), setup.cancel(job)).await;
        assert_eq!((cancelled, one.len()), (true, 1));
        claims.extend(one);

        assert!(setup.refunded().await);
        for claim in claims {
            assert!(!complete(setup.db, claim).await);
        }
    })
    .await;
}

#[tokio::test]
async fn cancel_and_reap_refund_once() {
    with_database(async |database| {
        let setup = Setup::new(database).await;

        let job = setup.spent().await.lease.job();
        assert_eq!(database.interleave(SEEN_BY_DELETE, setup.cancel(job), setup.reap()).await, (false, SPENT));
        let job = setup.spent().await.lease.job();
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.cancel(job), setup.reap()).await, (true, NOTHING));
        let job = setup.spent().await.lease.job();
        assert_eq!(database.interleave(SEEN_BY_UPDATE, setup.reap(), setup.cancel(job)).await, (NOTHING, true));
        let job = setup.spent().await.lease.job();
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.reap(), setup.cancel(job)).await, (SPENT, false));
        let job = setup.lapsed().await.lease.job();
        assert_eq!(database.interleave(HELD_BY_UPDATE, setup.reap(), setup.cancel(job)).await, (LOST, true));

        assert!(setup.refunded().await);
        assert_eq!(database.scalar("select count(*) from ledger where kind = 'refund'").await, 5);
    })
    .await;
}

#[tokio::test]
async fn release_and_reap_exclude_each_other_and_only_release_returns_the_attempt() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let db = setup.db;
        let attempts = async || database.scalar("select attempt::bigint from queue").await;

        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, release(db, claim), setup.reap()).await, (false, LOST));
        assert_eq!(attempts().await, 1);
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, release(db, claim), setup.reap()).await, (true, NOTHING));
        assert_eq!(attempts().await, 0);
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, setup.reap(), release(db, claim)).await, (NOTHING, true));
        assert_eq!(attempts().await, 0);
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, setup.reap(), release(db, claim)).await, (LOST, false));
        assert_eq!(attempts().await, 1);
    })
    .await;
}

#[tokio::test]
async fn retry_and_reap_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let db = setup.db;

        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, retry(db, claim), setup.reap()).await, (false, LOST));
        let claim = setup.lapsed().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, retry(db, claim), setup.reap()).await, (true, NOTHING));
        let claim = setup.spent().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, retry(db, claim), setup.reap()).await, (true, NOTHING));
        let claim = setup.spent().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.reap(), retry(db, claim)).await, (SPENT, false));

        assert_eq!(database.scalar("select count(*) from ledger where kind = 'refund'").await, 4);
    })
    .await;
}

#[tokio::test]
async fn two_concurrent_claims_take_two_jobs() {
    with_database(async |database| {
        let setup = Setup::new(database).await;

        for breakpoint in [SEEN_BY_UPDATE, HELD_BY_UPDATE] {
            let jobs = [setup.queued().await, submit_job(setup.db, &setup.ada).await];
            let (one, other) = database.interleave(breakpoint, setup.claim(), setup.claim()).await;

            let mut claimed: Vec<_> = one.iter().chain(&other).map(|claim| claim.lease.job()).collect();
            claimed.sort_unstable();
            assert_eq!(claimed, jobs, "{breakpoint}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_slice_read_while_its_bucket_is_truncated_is_complete_or_missing() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let job = setup.queued().await;
        assert!(complete(setup.db, claim_one(setup.db, setup.live).await).await);
        let kept = result::find(setup.db, &setup.ada, job).await.expect("a result");
        let slice = async || kept.slice(setup.db, &(0..10)).await.expect("the call succeeds");
        database.execute("update result set expires_at = now(); update job set expires_at = now()").await;
        let slot = database.scalar("select slot::bigint from job where slot is not null").await;

        let before = slice().await;
        let breakpoint = format!("before truncate on result_{slot} for each statement");
        let (swept, during) = database.interleave(&breakpoint, job::expire(setup.db), slice()).await;

        assert_eq!(before, Some(vec![7; 10]));
        assert_eq!((swept.expect("the call succeeds"), during), (1, None));
    })
    .await;
}

#[tokio::test]
async fn two_concurrent_calls_with_the_same_idempotency_key_submit_one_job() {
    with_database(async |database| {
        let db = &database.db;
        let eve = create_account(db, "eve", 1).await;
        let asked = [interactive_job()];
        let key = Idempotency::new("key", job::fingerprint(Delivery::Poll, &asked[0])).expect("a key");
        let call = async || job::submit(db, &eve, &asked[0], Some(&key)).await.expect("the call succeeds");

        let (one, other) = database.interleave("before insert on idempotency for each row", call(), call()).await;

        assert_eq!((one.replayed, other.replayed), (false, true));
        assert_eq!((one.job, one.credits_remaining), (other.job, other.credits_remaining));
        assert_eq!(database.scalar("select count(*) from queue").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_concurrent_batches_with_the_same_idempotency_key_count_once_against_the_rate() {
    with_database(async |database| {
        let db = &database.db;
        let eve = create_account(db, "eve", 100).await;
        let burst = Limits { rate: Some(Some((1, 20))), ..Limits::default() };
        limit(db, &actor(), "eve", burst).await.expect("a limit");
        let asked = vec![interactive_job(); 20];
        let key = Idempotency::new("key", job::fingerprint_batch(&asked)).expect("a key");
        let call = async || job::submit_batch(db, &eve, &asked, Some(&key)).await.expect("the call succeeds");

        let (one, other) = database.interleave("before insert on idempotency for each row", call(), call()).await;

        assert_eq!((one.replayed, other.replayed), (false, true));
        assert_eq!(one.jobs, other.jobs);
    })
    .await;
}

#[tokio::test]
async fn two_different_calls_with_the_same_idempotency_key_submit_only_the_first() {
    with_database(async |database| {
        let db = &database.db;
        let eve = create_account(db, "eve", 5).await;
        let asked = [html_job("one"), html_job("other")];
        let call = async |asked| {
            let once = Idempotency::new("key", job::fingerprint(Delivery::Poll, asked)).expect("a key");
            job::submit(db, &eve, asked, Some(&once)).await
        };

        let breakpoint = "before insert on idempotency for each row";
        let (one, other) = database.interleave(breakpoint, call(&asked[0]), call(&asked[1])).await;

        assert!(one.is_ok());
        assert!(matches!(other, Err(job::SubmitError::KeyReused)), "{other:?}");
        assert_eq!(database.scalar("select balance from account").await, 4);
    })
    .await;
}

#[tokio::test]
async fn two_concurrent_unparks_return_a_job_once() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let unpark = async || job::unpark(setup.db).await.expect("the call succeeds");

        for (breakpoint, brought) in [(SEEN_BY_UPDATE, (0, 1)), (HELD_BY_UPDATE, (1, 0))] {
            setup.queued().await;
            assert!(retry(setup.db, claim_one(setup.db, setup.live).await).await);
            database.execute("update queue set due_at = now()").await;

            assert_eq!(database.interleave(breakpoint, unpark(), unpark()).await, brought, "{breakpoint}");
        }
    })
    .await;
}

#[tokio::test]
async fn withdraw_and_claim_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let claims = async || setup.claim().await.len();

        let job = setup.queued().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, setup.withdraw(job), claims()).await, (false, 1));
        let job = setup.queued().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.withdraw(job), claims()).await, (true, 0));
        let job = setup.queued().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, claims(), setup.withdraw(job)).await, (0, true));
        let job = setup.queued().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, claims(), setup.withdraw(job)).await, (1, false));
    })
    .await;
}

#[tokio::test]
async fn time_out_and_claim_exclude_each_other() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let claims = async || setup.claim().await.len();

        setup.queued().await;
        assert_eq!(database.interleave(SEEN_BY_DELETE, setup.time_out(), claims()).await, (0, 1));
        setup.queued().await;
        assert_eq!(database.interleave(HELD_BY_DELETE, setup.time_out(), claims()).await, (1, 0));
        setup.queued().await;
        assert_eq!(database.interleave(SEEN_BY_UPDATE, claims(), setup.time_out()).await, (0, 1));
        setup.queued().await;
        assert_eq!(database.interleave(HELD_BY_UPDATE, claims(), setup.time_out()).await, (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_job_is_reaped_during_a_beat_learns_of_it_at_its_next_beat() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let beat = async |fence| {
            let beat = domain::worker::beat(setup.db, setup.late, &[fence], WorkerStats::default()).await;
            beat.expect("a beat").lost
        };

        let claim = setup.lapsed().await;
        let fence = claim.lease.fence();
        let breakpoint = "before update on worker for each row";
        assert_eq!(database.interleave(breakpoint, beat(fence), setup.reap()).await, (vec![], LOST));
        assert_eq!(beat(fence).await, [fence]);
        assert!(!complete(setup.db, claim).await);
        let claim = setup.lapsed().await;
        let fence = claim.lease.fence();
        assert_eq!(database.interleave(SEEN_BY_UPDATE, setup.reap(), beat(fence)).await.1, vec![]);
        let held = beat(fence).await.is_empty();
        assert_eq!(complete(setup.db, claim).await, held, "what a beat says is so");
    })
    .await;
}
