//! Races: whatever two statements do to the same row, exactly one of them wins.
//!
//! The first has looked when it is stopped but holds nothing (at a gate for each statement),
//! or holds the row (for each row); then the second does what it can.

use std::time::Duration;

use domain::account::{Limits, limit};
use domain::id::{JobId, WorkerId};
use domain::idempotency::Idempotency;
use domain::job::{self, Claim, Claimant, LeaseError, Reaped};
use domain::key::Caller;
use domain::{Db, result};
use harness::{Database, on_database};

use crate::given::{account, claimed, failure, interactive, rendered, submitted, taken, worker};

const SEEN_BY_DELETE: &str = "before delete on queue for each statement";
const HELD_BY_DELETE: &str = "before delete on queue for each row";
const SEEN_BY_UPDATE: &str = "before update on queue for each statement";
const HELD_BY_UPDATE: &str = "before update on queue for each row";

const LOST: Reaped = Reaped { queued: 1, failed: 0 };
const SPENT: Reaped = Reaped { queued: 0, failed: 1 };
const NOTHING: Reaped = Reaped { queued: 0, failed: 0 };

/// One account, one worker that lives and one that will not, and one job at a time.
struct Ring<'a> {
    database: &'a Database,
    db: &'a Db,
    ada: Caller,
    live: WorkerId,
    late: WorkerId,
}

impl<'a> Ring<'a> {
    async fn new(database: &'a Database) -> Self {
        let db = &database.db;
        let ada = account(db, "ada", 100).await;
        Self { database, db, ada, live: worker(db, "live").await, late: worker(db, "late").await }
    }

    /// The next job, when nothing is left of the one before.
    async fn queued(&self) -> JobId {
        self.database.change("delete from event").await;
        job::time_out(self.db, Duration::ZERO).await.expect("an empty queue");
        self.database.change("update queue set lease = null, worker = null, started_at = null, deadline = null").await;
        job::time_out(self.db, Duration::ZERO).await.expect("an empty queue");
        submitted(self.db, &self.ada).await
    }

    /// The next job, held by a worker that is lost.
    async fn lapsed(&self) -> Claim {
        self.queued().await;
        let claim = claimed(self.db, self.late).await;
        let lost = "update worker set judges_from = now() - interval '1 second',
            beat_at = case name when 'live' then now() else now() - interval '1 minute' end";
        self.database.change(lost).await;
        claim
    }

    /// Likewise, in its last attempt.
    async fn spent(&self) -> Claim {
        let claim = self.lapsed().await;
        self.database.change("update queue set attempt = 3").await;
        claim
    }

    async fn reap(&self) -> Reaped {
        job::reap(self.db, self.live).await.expect("a reap")
    }

    async fn cancel(&self, job: JobId) -> bool {
        job::cancel(self.db, &self.ada, job).await.expect("an answer")
    }

    async fn withdraw(&self, job: JobId) -> bool {
        job::withdraw(self.db, &self.ada, job, None, "why").await.expect("an answer")
    }

    async fn claim(&self) -> Vec<Claim> {
        taken(&mut Claimant::new(self.live), self.db, 1).await
    }

    async fn time_out(&self) -> i64 {
        job::time_out(self.db, Duration::ZERO).await.expect("an answer")
    }

    async fn refunded(&self) -> bool {
        self.database.count("select balance from account").await == 100
    }
}

/// Whether a lease did what it was used for, or was lost.
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
async fn of_complete_and_reap_one_wins() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let db = ring.db;

        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, complete(db, claim), ring.reap()).await, (false, LOST));
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, complete(db, claim), ring.reap()).await, (true, NOTHING));
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, ring.reap(), complete(db, claim)).await, (NOTHING, true));
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, ring.reap(), complete(db, claim)).await, (LOST, false));

        assert_eq!(database.count("select count(*) from result").await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_complete_and_the_reap_of_a_last_attempt_one_wins_and_only_one_refunds() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let db = ring.db;

        let claim = ring.spent().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, complete(db, claim), ring.reap()).await, (false, SPENT));
        let claim = ring.spent().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.reap(), complete(db, claim)).await, (SPENT, false));
        assert!(ring.refunded().await);
        let claim = ring.spent().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, complete(db, claim), ring.reap()).await, (true, NOTHING));
        let claim = ring.spent().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, ring.reap(), complete(db, claim)).await, (NOTHING, true));

        assert_eq!(database.count("select balance from account").await, 98);
        assert_eq!(database.count("select count(*) from result").await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_cancel_and_complete_one_wins() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let db = ring.db;
        let begun = async || {
            ring.queued().await;
            let claim = claimed(db, ring.live).await;
            (claim.lease.job(), claim)
        };

        let (job, claim) = begun().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.cancel(job), complete(db, claim)).await, (true, false));
        let (job, claim) = begun().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, complete(db, claim), ring.cancel(job)).await, (false, true));
        assert!(ring.refunded().await);
        let (job, claim) = begun().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, ring.cancel(job), complete(db, claim)).await, (false, true));
        let (job, claim) = begun().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, complete(db, claim), ring.cancel(job)).await, (true, false));

        assert_eq!(database.count("select balance from account").await, 98);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_is_claimed_is_refunded_and_its_lease_is_lost() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let mut claims = Vec::new();

        let job = ring.queued().await;
        let (cancelled, none) = database.interleaved(HELD_BY_DELETE, ring.cancel(job), ring.claim()).await;
        assert_eq!((cancelled, none.len()), (true, 0));
        let job = ring.queued().await;
        let (none, cancelled) = database.interleaved(SEEN_BY_UPDATE, ring.claim(), ring.cancel(job)).await;
        assert_eq!((cancelled, none.len()), (true, 0));
        let job = ring.queued().await;
        let (cancelled, one) = database.interleaved(SEEN_BY_DELETE, ring.cancel(job), ring.claim()).await;
        assert_eq!((cancelled, one.len()), (true, 1));
        claims.extend(one);
        let job = ring.queued().await;
        let (one, cancelled) = database.interleaved(HELD_BY_UPDATE, ring.claim(), ring.cancel(job)).await;
        assert_eq!((cancelled, one.len()), (true, 1));
        claims.extend(one);

        assert!(ring.refunded().await);
        for claim in claims {
            assert!(!complete(ring.db, claim).await);
        }
    })
    .await;
}

#[tokio::test]
async fn of_cancel_and_reap_one_refunds() {
    on_database(async |database| {
        let ring = Ring::new(database).await;

        let job = ring.spent().await.lease.job();
        assert_eq!(database.interleaved(SEEN_BY_DELETE, ring.cancel(job), ring.reap()).await, (false, SPENT));
        let job = ring.spent().await.lease.job();
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.cancel(job), ring.reap()).await, (true, NOTHING));
        let job = ring.spent().await.lease.job();
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, ring.reap(), ring.cancel(job)).await, (NOTHING, true));
        let job = ring.spent().await.lease.job();
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.reap(), ring.cancel(job)).await, (SPENT, false));
        let job = ring.lapsed().await.lease.job();
        assert_eq!(database.interleaved(HELD_BY_UPDATE, ring.reap(), ring.cancel(job)).await, (LOST, true));

        assert!(ring.refunded().await);
        assert_eq!(database.count("select count(*) from ledger where kind = 'refund'").await, 5);
    })
    .await;
}

#[tokio::test]
async fn of_release_and_reap_one_wins_and_only_a_release_gives_the_attempt_back() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let db = ring.db;
        let attempts = async || database.count("select attempt::bigint from queue").await;

        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, release(db, claim), ring.reap()).await, (false, LOST));
        assert_eq!(attempts().await, 1);
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, release(db, claim), ring.reap()).await, (true, NOTHING));
        assert_eq!(attempts().await, 0);
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, ring.reap(), release(db, claim)).await, (NOTHING, true));
        assert_eq!(attempts().await, 0);
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, ring.reap(), release(db, claim)).await, (LOST, false));
        assert_eq!(attempts().await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_retry_and_reap_one_wins() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let db = ring.db;

        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, retry(db, claim), ring.reap()).await, (false, LOST));
        let claim = ring.lapsed().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, retry(db, claim), ring.reap()).await, (true, NOTHING));
        let claim = ring.spent().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, retry(db, claim), ring.reap()).await, (true, NOTHING));
        let claim = ring.spent().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.reap(), retry(db, claim)).await, (SPENT, false));

        assert_eq!(database.count("select count(*) from ledger where kind = 'refund'").await, 4);
    })
    .await;
}

#[tokio::test]
async fn two_claims_at_once_take_two_jobs() {
    on_database(async |database| {
        let ring = Ring::new(database).await;

        for gate in [SEEN_BY_UPDATE, HELD_BY_UPDATE] {
            let jobs = [ring.queued().await, submitted(ring.db, &ring.ada).await];
            let (one, other) = database.interleaved(gate, ring.claim(), ring.claim()).await;

            let mut claimed: Vec<_> = one.iter().chain(&other).map(|claim| claim.lease.job()).collect();
            claimed.sort_unstable();
            assert_eq!(claimed, jobs, "{gate}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_slice_that_is_read_while_its_slot_is_swept_is_whole_or_none() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let job = ring.queued().await;
        assert!(complete(ring.db, claimed(ring.db, ring.live).await).await);
        let kept = result::find(ring.db, &ring.ada, job).await.expect("a result");
        let slice = async || kept.slice(ring.db, &(0..10)).await.expect("an answer");
        database.change("update result set expires_at = now(); update job set expires_at = now()").await;
        let slot = database.count("select slot::bigint from job where slot is not null").await;

        let before = slice().await;
        let gate = format!("before truncate on result_{slot} for each statement");
        let (swept, during) = database.interleaved(&gate, job::expire(ring.db), slice()).await;

        assert_eq!(before, Some(vec![7; 10]));
        assert_eq!((swept.expect("an answer"), during), (1, None));
    })
    .await;
}

#[tokio::test]
async fn of_two_calls_with_one_key_and_one_credit_one_submits_and_the_other_is_answered_the_same() {
    on_database(async |database| {
        let db = &database.db;
        let eve = account(db, "eve", 1).await;
        let asked = [interactive()];
        let key = Idempotency::new("key", "async", &asked).expect("a key");
        let call = async || job::submit(db, &eve, &asked[0], Some(&key)).await.expect("an answer");

        let (one, other) = database.interleaved("before insert on idempotency for each row", call(), call()).await;

        assert_eq!((one.replayed, other.replayed), (false, true));
        assert_eq!((one.job, one.credits_remaining), (other.job, other.credits_remaining));
        assert_eq!(database.count("select count(*) from queue").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_batches_with_one_key_that_are_a_whole_burst_none_is_told_to_wait() {
    on_database(async |database| {
        let db = &database.db;
        let eve = account(db, "eve", 100).await;
        let burst = Limits { rate: Some(Some((1, 20))), ..Limits::default() };
        limit(db, "eve", burst).await.expect("a limit");
        let asked = vec![interactive(); 20];
        let key = Idempotency::new("key", "bulk", &asked).expect("a key");
        let call = async || job::submit_batch(db, &eve, &asked, Some(&key)).await.expect("an answer");

        let (one, other) = database.interleaved("before insert on idempotency for each row", call(), call()).await;

        assert_eq!((one.replayed, other.replayed), (false, true));
        assert_eq!(one.jobs, other.jobs);
    })
    .await;
}

#[tokio::test]
async fn of_two_different_calls_with_one_key_one_submits_and_the_other_is_refused() {
    on_database(async |database| {
        let db = &database.db;
        let eve = account(db, "eve", 5).await;
        let asked = [crate::given::page("one"), crate::given::page("other")];
        let call = async |asked| {
            let once = Idempotency::new("key", "async", std::slice::from_ref(asked)).expect("a key");
            job::submit(db, &eve, asked, Some(&once)).await
        };

        let gate = "before insert on idempotency for each row";
        let (one, other) = database.interleaved(gate, call(&asked[0]), call(&asked[1])).await;

        assert!(one.is_ok());
        assert!(matches!(other, Err(job::SubmitError::KeyReused)), "{other:?}");
        assert_eq!(database.count("select balance from account").await, 4);
    })
    .await;
}

#[tokio::test]
async fn two_that_unpark_at_once_bring_a_job_back_once() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let unpark = async || job::unpark(ring.db).await.expect("an answer");

        for (gate, brought) in [(SEEN_BY_UPDATE, (0, 1)), (HELD_BY_UPDATE, (1, 0))] {
            ring.queued().await;
            assert!(retry(ring.db, claimed(ring.db, ring.live).await).await);
            database.change("update queue set due_at = now()").await;

            assert_eq!(database.interleaved(gate, unpark(), unpark()).await, brought, "{gate}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_withdraw_and_claim_one_wins() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let claims = async || ring.claim().await.len();

        let job = ring.queued().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, ring.withdraw(job), claims()).await, (false, 1));
        let job = ring.queued().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.withdraw(job), claims()).await, (true, 0));
        let job = ring.queued().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, claims(), ring.withdraw(job)).await, (0, true));
        let job = ring.queued().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, claims(), ring.withdraw(job)).await, (1, false));
    })
    .await;
}

#[tokio::test]
async fn of_time_out_and_claim_one_wins() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let claims = async || ring.claim().await.len();

        ring.queued().await;
        assert_eq!(database.interleaved(SEEN_BY_DELETE, ring.time_out(), claims()).await, (0, 1));
        ring.queued().await;
        assert_eq!(database.interleaved(HELD_BY_DELETE, ring.time_out(), claims()).await, (1, 0));
        ring.queued().await;
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, claims(), ring.time_out()).await, (0, 1));
        ring.queued().await;
        assert_eq!(database.interleaved(HELD_BY_UPDATE, claims(), ring.time_out()).await, (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_beats_while_it_is_given_up_learns_of_it_by_its_next_beat() {
    on_database(async |database| {
        let ring = Ring::new(database).await;
        let beat = async |fence| domain::worker::beat(ring.db, ring.late, &[fence]).await.expect("a beat");

        let claim = ring.lapsed().await;
        let fence = claim.lease.fence();
        let gate = "before update on worker for each row";
        assert_eq!(database.interleaved(gate, beat(fence), ring.reap()).await, (vec![], LOST));
        assert_eq!(beat(fence).await, [fence]);
        assert!(!complete(ring.db, claim).await);
        let claim = ring.lapsed().await;
        let fence = claim.lease.fence();
        assert_eq!(database.interleaved(SEEN_BY_UPDATE, ring.reap(), beat(fence)).await.1, vec![]);
        let held = beat(fence).await.is_empty();
        assert_eq!(complete(ring.db, claim).await, held, "what a beat says is so");
    })
    .await;
}
