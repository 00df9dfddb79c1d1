//! Leases: one holder, the dead write nothing, nothing is stuck.

use std::collections::BTreeSet;

use domain::Db;
use domain::id::WorkerId;
use domain::job::{
    self, Blocked, Claim, Claimant, ErrorCode, Failure, Lane, LeaseError, NewJob, Rendered, Retried, Timings,
};
use domain::render::{Area, ImageFormat, Options, Output, Page, Screenshot, Viewport};
use domain::worker::{self, About};
use harness::{Service, story};

/// The simplest job there is.
pub(crate) fn html() -> NewJob {
    let viewport = Viewport { width: 1280, height: 720, device_scale_factor: 1.0 };
    let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
    let options = Options::new(Page::Html, output);
    NewJob { options, html: Some("<p>".to_owned()), lane: Lane::Interactive }
}

async fn submitted(service: &Service, jobs: usize) -> String {
    let key = service.account("ada", 100).await;
    let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
    for _ in 0..jobs {
        job::submit(&service.db, &caller, &html(), None).await.expect("a job");
    }
    key
}

pub(crate) async fn registered(db: &Db, name: &str) -> WorkerId {
    let about = About { name: name.to_owned(), version: "1".to_owned(), browser: "none".to_owned(), slots: 4 };
    worker::register(db, &about).await.expect("a worker")
}

async fn claimed(db: &Db, worker: WorkerId) -> Claim {
    Claimant::new(worker).claim(db, 1).await.expect("a claim").pop().expect("a job is due")
}

fn rendered() -> Rendered {
    Rendered {
        bytes: b"picture".to_vec(),
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
    }
}

const DEAD: &str = "update worker set beat_at = now() - interval '1 minute' where name = 'late'";
const JUDGE: &str = "update worker set judges_from = now() where name = 'live'";

#[tokio::test]
async fn one_job_goes_to_one_worker() {
    story(async |service| {
        submitted(service, 1).await;
        let (one, other) = (registered(&service.db, "one").await, registered(&service.db, "other").await);

        let (mut one, mut other) = (Claimant::new(one), Claimant::new(other));
        let (one, other) = tokio::join!(one.claim(&service.db, 4), other.claim(&service.db, 4));

        assert_eq!(one.expect("a claim").len() + other.expect("a claim").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_claimed_in_the_order_of_their_submission() {
    story(async |service| {
        submitted(service, 10).await;
        let worker = registered(&service.db, "live").await;

        let mut jobs = Vec::new();
        for _ in 0..5 {
            let claims = Claimant::new(worker).claim(&service.db, 2).await.expect("a claim");
            jobs.extend(claims.iter().map(|claim| claim.lease.job()));
        }

        assert_eq!(jobs.len(), 10);
        assert!(jobs.is_sorted(), "ids sort by the time of their submission");
    })
    .await;
}

#[tokio::test]
async fn many_claims_at_once_take_each_job_once() {
    story(async |service| {
        submitted(service, 40).await;
        let worker = registered(&service.db, "live").await;

        let mut claims = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let db = service.db.clone();
            claims.spawn(async move { Claimant::new(worker).claim(&db, 4).await.expect("a claim") });
        }
        let claims = claims.join_all().await;

        let mut jobs: Vec<_> = claims.iter().flatten().map(|claim| claim.lease.job()).collect();
        jobs.sort_unstable();
        jobs.dedup();
        assert_eq!(jobs.len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_worker_given_up_for_dead_writes_nothing() {
    story(async |service| {
        submitted(service, 1).await;
        let (late, live) = (registered(&service.db, "late").await, registered(&service.db, "live").await);
        let stale = claimed(&service.db, late).await;
        service.change(DEAD).await;
        service.change(JUDGE).await;
        assert_eq!(job::reap(&service.db, live).await.expect("a reap").queued, 1);
        let fresh = claimed(&service.db, live).await;
        assert_eq!((fresh.lease.job(), fresh.attempt), (stale.lease.job(), 2));

        let lost = worker::beat(&service.db, late, &[stale.lease.fence()]).await.expect("a beat");
        let stale = stale.lease.complete(&service.db, &rendered()).await;

        assert_eq!(lost.len(), 1);
        assert!(matches!(stale, Err(LeaseError::Lost(..))));
        fresh.lease.complete(&service.db, &rendered()).await.expect("the live lease completes");
    })
    .await;
}

#[tokio::test]
async fn no_stale_lease_can_fail_retry_or_release_a_job() {
    story(async |service| {
        submitted(service, 3).await;
        let worker = registered(&service.db, "late").await;
        let failure = Failure::new(ErrorCode::BrowserCrashed, "gone");
        let [first, second, third] = [(); 3].map(|()| claimed(&service.db, worker));
        let (first, second, third) = (first.await, second.await, third.await);
        service.change("update queue set lease = nextval('lease_number')").await;

        let lost = [
            first.lease.fail(&service.db, &failure).await,
            second.lease.retry(&service.db, &failure).await.map(drop),
            third.lease.release(&service.db).await,
        ];

        assert!(lost.iter().all(|lost| matches!(lost, Err(LeaseError::Lost(..)))), "{lost:?}");
        assert_eq!(service.count("select count(*) from queue where lease is not null and attempt = 1").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_lease_past_its_deadline_lapses_though_its_worker_lives() {
    story(async |service| {
        submitted(service, 1).await;
        let live = registered(&service.db, "live").await;
        let _hung = claimed(&service.db, live).await;
        service.change(JUDGE).await;

        let before = job::reap(&service.db, live).await.expect("a reap");
        service.change("update queue set deadline = now() - interval '1 second'").await;
        let after = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!((before.queued, after.queued), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_workers_all_died_fails_and_is_refunded_once() {
    story(async |service| {
        let key = submitted(service, 2).await;
        let live = registered(&service.db, "live").await;
        service.change(JUDGE).await;
        for _ in 0..3 {
            let late = registered(&service.db, "late").await;
            let _lost = Claimant::new(late).claim(&service.db, 2).await.expect("a claim");
            service.change(DEAD).await;
            job::reap(&service.db, live).await.expect("a reap");
        }

        assert_eq!(
            service.count("select count(*) from job where state = 'failed' and error_code = 'WORKER_LOST'").await,
            2
        );
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 100);
        assert_eq!(job::reap(&service.db, live).await.expect("a reap"), job::Reaped::default());
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_own_beats_had_a_gap_judges_nobody() {
    story(async |service| {
        submitted(service, 1).await;
        let (late, live) = (registered(&service.db, "late").await, registered(&service.db, "live").await);
        let lease = claimed(&service.db, late).await;
        service.change(JUDGE).await;
        service.change("update worker set beat_at = now() - interval '1 minute'").await;

        worker::beat(&service.db, live, &[]).await.expect("a beat");
        let reaped = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!(reaped, job::Reaped::default());
        lease.lease.complete(&service.db, &rendered()).await.expect("the outage cost nobody a lease");
    })
    .await;
}

#[tokio::test]
async fn a_released_job_keeps_its_attempts_and_its_place() {
    story(async |service| {
        submitted(service, 2).await;
        let worker = registered(&service.db, "live").await;
        let first = claimed(&service.db, worker).await;
        let job = first.lease.job();
        first.lease.release(&service.db).await.expect("the lease is live");

        for _ in 0..10 {
            let again = claimed(&service.db, worker).await;
            assert_eq!((again.lease.job(), again.attempt), (job, 1));
            again.lease.release(&service.db).await.expect("the lease is live");
        }
    })
    .await;
}

#[tokio::test]
async fn a_retried_job_rests_and_comes_again_until_its_attempts_are_spent() {
    story(async |service| {
        let key = submitted(service, 2).await;
        let worker = registered(&service.db, "live").await;
        let failure = Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer");

        let mut outcomes = Vec::new();
        for _ in 0..6 {
            let claim = claimed(&service.db, worker).await;
            outcomes.push((claim.lease.job(), claim.lease.retry(&service.db, &failure).await.expect("a live lease")));
            service.change("update queue set due_at = now() where parked and attempt < 3").await;
            job::unpark(&service.db).await.expect("an answer");
        }

        let failed = outcomes.iter().filter(|(_, outcome)| *outcome == Retried::Failed).count();
        assert_eq!(failed, 2);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 100);
        assert_eq!(service.count("select count(*) from job where error_code = 'RENDERER_CRASHED'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_judge_that_has_not_beaten_since_a_gap_judges_nobody() {
    story(async |service| {
        submitted(service, 1).await;
        let (late, live) = (registered(&service.db, "late").await, registered(&service.db, "live").await);
        let lease = claimed(&service.db, late).await;
        service.change(JUDGE).await;
        service.change("update worker set beat_at = now() - interval '1 minute'").await;

        let reaped = job::reap(&service.db, live).await.expect("a reap");

        assert_eq!(reaped, job::Reaped::default());
        lease.lease.complete(&service.db, &rendered()).await.expect("the lease is live");
    })
    .await;
}

#[tokio::test]
async fn options_that_a_worker_cannot_read_do_not_keep_it_from_the_others() {
    story(async |service| {
        let key = submitted(service, 3).await;
        let worker = registered(&service.db, "live").await;
        service.change(FROM_THE_FUTURE).await;

        let claims = Claimant::new(worker).claim(&service.db, 3).await.expect("a claim");

        let readable: Vec<_> = claims.iter().map(|claim| claim.options.is_ok()).collect();
        assert_eq!(readable, [false, false, true]);
        let asked = service.get(&key, &format!("/v1/jobs/{}", claims[0].lease.job())).await;
        assert_eq!((asked.status, &asked.json()["status"]), (200, &serde_json::json!("processing")));
    })
    .await;
}

/// The first job has an option that this version does not know, and the second one deep inside.
const FROM_THE_FUTURE: &str = "
    update job set options = options || '{\"hologram\": true}' where id = (select min(id::text)::uuid from job);
    update job set options = jsonb_set(options, '{output,screenshot,depth}', '3')
    where id = (select id from job order by id offset 1 limit 1)";

#[tokio::test]
async fn failures_and_cancellations_of_several_accounts_at_once_refund_each() {
    story(async |service| {
        let mut callers = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let key = service.account(name, 40).await;
            callers.push(domain::key::verify(&service.db, &key).await.expect("a caller"));
        }
        let worker = registered(&service.db, "live").await;
        let mut turns = tokio::task::JoinSet::new();
        for turn in 0..30 {
            let (db, caller) = (service.db.clone(), callers[turn % 3].clone());
            turns.spawn(async move {
                let failure = Failure::new(ErrorCode::NavigationFailed, "gone");
                let job = job::submit(&db, &caller, &html(), None).await.expect("a job").job;
                for claim in Claimant::new(worker).claim(&db, 2).await.expect("a claim") {
                    let failed = claim.lease.fail(&db, &failure).await;
                    assert!(matches!(failed, Ok(()) | Err(LeaseError::Lost(..))), "{failed:?}");
                }
                job::cancel(&db, &caller, job).await.expect("an answer");
            });
        }
        turns.join_all().await;

        assert_eq!(service.count("select count(*) from job where state = 'failed'").await, 30);
        assert_eq!(service.count("select sum(balance)::bigint from account").await, 120);
    })
    .await;
}

#[tokio::test]
async fn the_audit_names_what_is_broken() {
    story(async |service| {
        submitted(service, 3).await;
        let worker = registered(&service.db, "live").await;
        claimed(&service.db, worker).await.lease.complete(&service.db, &rendered()).await.expect("a live lease");
        let found = async || {
            let broken = domain::audit::audit(&service.db, job::MAX_AGE).await.expect("an audit");
            broken.into_iter().map(|broken| broken.invariant).collect::<BTreeSet<_>>()
        };
        assert_eq!(found().await, BTreeSet::new());

        for (damage, repair, invariants) in DAMAGES {
            service.change(damage).await;
            assert_eq!(found().await, invariants.iter().copied().collect(), "{damage}");
            service.change(repair).await;
        }
        assert_eq!(found().await, BTreeSet::new());
    })
    .await;
}

#[tokio::test]
async fn the_audit_names_a_result_that_should_be_gone_unless_its_slot_is_needed() {
    story(async |service| {
        submitted(service, 2).await;
        let worker = registered(&service.db, "live").await;
        let found = async || {
            let broken = domain::audit::audit(&service.db, job::MAX_AGE).await.expect("an audit");
            broken.into_iter().map(|broken| broken.invariant).collect::<BTreeSet<_>>()
        };
        claimed(&service.db, worker).await.lease.complete(&service.db, &rendered()).await.expect("a live lease");
        service.change("update result set expires_at = expires_at - interval '27 hours'").await;

        let needed = found().await;
        claimed(&service.db, worker).await.lease.complete(&service.db, &rendered()).await.expect("a live lease");
        service.change("update result set expires_at = now() - interval '3 hours'").await;
        let overdue = found().await;

        assert_eq!((needed, overdue), (BTreeSet::new(), BTreeSet::from([GONE])));
        service.change("update result set expires_at = now() + interval '1 day'").await;
    })
    .await;
}

const BALANCE: &str = "an account's balance is the sum of its ledger";
const PLACE: &str = "a job is in the queue or has ended, never both";
const DEBIT: &str = "a job is debited exactly once, by its cost and on its account";
const REFUND: &str = "a job is refunded exactly once if it failed, and never otherwise";
const RESULT: &str = "a completed job has the result of its lease until that expires";
const OWNER: &str = "a result belongs to a completed job of the same account";
const GUARDS: &str = "the guards of the schema stand";
const AGE: &str = "no job is unfinished for longer than the limit";
const GONE: &str = "an expired result is gone soon";
const KEY: &str = "a key that was used names jobs of its account";
const SOURCE: &str = "an unfinished job that was sent as html has its source";

/// What breaks an invariant, what mends it, and which.
const DAMAGES: [(&str, &str, &[&str]); 12] = [
    ("update account set balance = balance + 1", "update account set balance = balance - 1", &[BALANCE]),
    ("update queue set cost = 2", "update queue set cost = 1", &[PLACE]),
    (
        "insert into queue (job, account, cost, fair_tag) select id, account, cost, 0 from job where state is not null",
        "delete from queue where fair_tag = 0",
        &[PLACE],
    ),
    (
        "update ledger set amount = -2 where kind = 'debit'",
        "update ledger set amount = -1 where kind = 'debit'",
        &[BALANCE, DEBIT],
    ),
    (
        "insert into ledger (account, job, kind, amount) select account, job, 'refund', 1 from queue",
        "delete from ledger where kind = 'refund'",
        &[BALANCE, REFUND],
    ),
    ("update result set lease = lease + 1", "update result set lease = lease - 1", &[OWNER, RESULT]),
    ("update result set account = gen_random_uuid()", "update result set account = (select id from account)", &[OWNER]),
    (
        "alter table result rename to hidden; create table result (like hidden)",
        "drop table result; alter table hidden rename to result",
        &[RESULT],
    ),
    (
        "alter table source rename to hidden; create table source (like hidden)",
        "drop table source; alter table hidden rename to source",
        &[SOURCE],
    ),
    (
        "alter table ledger drop constraint debited_and_refunded_once",
        "alter table ledger add constraint debited_and_refunded_once unique (job, kind)",
        &[GUARDS],
    ),
    (
        "update queue set created_at = created_at - interval '8 hours'",
        "update queue set created_at = created_at + interval '8 hours'",
        &[AGE],
    ),
    (
        "insert into idempotency (account, key, fingerprint, jobs, credits_used, credits_remaining)
         select gen_random_uuid(), 'k', digest, array(select id from job), 1, 1 from result",
        "delete from idempotency",
        &[KEY],
    ),
];
