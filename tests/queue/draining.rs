//! Draining and releasing workers, and what a worker reports of itself.

use domain::event::Actor;
use domain::id::WorkerId;
use domain::job::{self, Claimant, Lane, LeaseError};
use domain::worker::{self, Beat, Drain, Released, WorkerInfo, WorkerState, WorkerStats};
use harness::fixtures::{
    ALLOW_REAPING, EXPIRE_BEATS, claim, claim_one, create_account, register_reaper, register_worker, rendered,
    submit_job, submit_jobs,
};
use harness::{Database, with_database};

async fn beat(database: &Database, worker: WorkerId) -> Beat {
    worker::beat(&database.db, worker, &[], WorkerStats::default()).await.expect("a beat")
}

fn eve() -> Actor {
    Actor { name: "eve".to_owned(), reason: Some("roll to 2".to_owned()) }
}

async fn state(database: &Database, worker: WorkerId) -> WorkerState {
    let fleet = worker::fleet(&database.db).await.expect("the fleet");
    fleet.workers.iter().find(|listed| listed.id == worker).expect("the worker").state
}

#[tokio::test]
async fn a_drain_reaches_the_worker_by_its_beat_and_is_recorded_with_its_actor_once() {
    with_database(async |database| {
        let worker = register_worker(&database.db, "w-1").await;
        assert!(!beat(database, worker).await.is_draining);

        assert_eq!(worker::drain(&database.db, &eve(), worker).await.expect("a drain"), Drain::Changed);
        assert_eq!(worker::drain(&database.db, &eve(), worker).await.expect("a drain"), Drain::Unchanged);
        assert!(beat(database, worker).await.is_draining);
        assert_eq!(state(database, worker).await, WorkerState::Draining);
        assert_eq!(worker::undrain(&database.db, &eve(), worker).await.expect("an undrain"), Drain::Changed);
        assert!(!beat(database, worker).await.is_draining);

        let absent = WorkerId::from(uuid::Uuid::nil());
        assert_eq!(worker::drain(&database.db, &eve(), absent).await.expect("the call succeeds"), Drain::NoSuchWorker);
        let audited = "select count(*) from event where kind in ('worker.draining', 'worker.undrained')
            and actor = 'eve' and reason = 'roll to 2' and message = 'w-1' and event_level(kind, actor) = 'audit'";
        assert_eq!(database.scalar(audited).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_drained_worker_is_idle_once_it_holds_no_lease_and_that_is_recorded_once() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let worker = register_worker(&database.db, "w-1").await;
        submit_job(&database.db, &caller).await;
        let held = claim_one(&database.db, worker).await;
        worker::drain(&database.db, &eve(), worker).await.expect("a drain");

        // The lease was claimed before the worker knew of the drain, and is not in its list yet.
        beat(database, worker).await;
        let idle = "select count(*) from worker where drained_at is not null";
        assert_eq!(database.scalar(idle).await, 0);
        held.lease.complete(&database.db, &rendered(7)).await.expect("a live lease");
        beat(database, worker).await;
        beat(database, worker).await;

        assert_eq!(database.scalar(idle).await, 1);
        assert_eq!(database.scalar("select count(*) from event where kind = 'worker.drained'").await, 1);
        worker::undrain(&database.db, &eve(), worker).await.expect("an undrain");
        assert_eq!(database.scalar(idle).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_registers_again_stays_drained_and_a_new_one_of_the_same_name_is_not() {
    with_database(async |database| {
        let info = WorkerInfo { name: "w-1".to_owned(), slots: 4, ..WorkerInfo::default() };
        let again = WorkerInfo { is_draining: true, ..info.clone() };
        let (new, again) = (
            worker::register(&database.db, &info).await.expect("a worker"),
            worker::register(&database.db, &again).await.expect("a worker"),
        );

        assert!(!beat(database, new).await.is_draining);
        assert!(beat(database, again).await.is_draining);
        let found = worker::find(&database.db, "w-1").await.expect("the call succeeds");
        assert_eq!(found.len(), 2, "a name may stand for several");
        assert_eq!(worker::find(&database.db, &new.to_string()).await.expect("the call succeeds"), [new]);
    })
    .await;
}

#[tokio::test]
async fn only_a_lost_or_drained_worker_gives_its_jobs_back_without_spending_an_attempt() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        submit_jobs(&database.db, &caller, 3, Lane::Bulk).await;
        let worker = register_worker(&database.db, "w-1").await;
        let first = claim(&mut Claimant::new(worker), &database.db, 3).await;

        let refused = worker::release(&database.db, &eve(), worker).await.expect("the call succeeds");
        assert_eq!(refused, Released::Working);
        worker::drain(&database.db, &eve(), worker).await.expect("a drain");
        let released = worker::release(&database.db, &eve(), worker).await.expect("a release");
        assert_eq!(released, Released::Jobs(3));
        let again = worker::release(&database.db, &eve(), worker).await.expect("a release");
        assert_eq!(again, Released::Jobs(0));

        let other = register_worker(&database.db, "w-2").await;
        let second = claim(&mut Claimant::new(other), &database.db, 3).await;
        let attempts: Vec<i16> = second.iter().map(|claim| claim.attempt).collect();
        assert_eq!(attempts, [1, 1, 1], "no attempt was spent");
        assert_eq!(first[0].lease.job(), second[0].lease.job(), "the jobs are at the head of their lane");
        let audited = "select jsonb_array_length(detail->'jobs')::bigint from event
            where kind = 'worker.released' and actor = 'eve' and reason = 'roll to 2' order by id limit 1";
        assert_eq!(database.scalar(audited).await, 3);
        assert_eq!(database.scalar("select count(*) from event where kind = 'job.released'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_being_ended_is_not_released() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let worker = register_worker(&database.db, "w-1").await;
        submit_job(&database.db, &caller).await;
        let held = claim_one(&database.db, worker).await;
        worker::drain(&database.db, &eve(), worker).await.expect("a drain");
        let (db, rendered, eve) = (&database.db, rendered(7), eve());

        let breakpoint = "before delete on queue for each row";
        let (ended, released) = database
            .interleave(breakpoint, held.lease.complete(db, &rendered), worker::release(db, &eve, worker))
            .await;

        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(released.expect("a release"), Released::Jobs(0));
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_lease_was_released_cannot_end_the_job_and_learns_of_it() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let (worker, other) = (register_worker(&database.db, "w-1").await, register_worker(&database.db, "w-2").await);
        let job = submit_job(&database.db, &caller).await;
        let held = claim_one(&database.db, worker).await;
        let fence = held.lease.fence();
        worker::drain(&database.db, &eve(), worker).await.expect("a drain");
        let (db, rendered, eve) = (&database.db, rendered(7), eve());

        let breakpoint = "before update on queue for each row";
        let (released, ended) = database
            .interleave(breakpoint, worker::release(db, &eve, worker), held.lease.complete(db, &rendered))
            .await;

        assert_eq!(released.expect("a release"), Released::Jobs(1));
        assert!(matches!(ended, Err(LeaseError::Lost(..))), "{ended:?}");
        let beat = worker::beat(db, worker, &[fence], WorkerStats::default()).await.expect("a beat");
        assert_eq!(beat.lost, [fence], "it stops its render");
        let fresh = claim_one(db, other).await;
        assert_eq!((fresh.lease.job(), fresh.attempt), (job, 1));
        fresh.lease.complete(db, &rendered).await.expect("a live lease");
        assert_eq!(database.scalar("select count(*) from result").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_worker_is_recorded_once_by_one_that_may_judge_and_its_return_too() {
    with_database(async |database| {
        let late = register_worker(&database.db, "late").await;
        database.execute(EXPIRE_BEATS).await;
        let young = register_worker(&database.db, "young").await;
        assert_eq!(worker::mark_lost(&database.db, young).await.expect("the call succeeds"), 0, "it is too young");
        database.execute(ALLOW_REAPING).await;

        let (one, two) = tokio::join!(worker::mark_lost(&database.db, young), worker::mark_lost(&database.db, young));
        assert_eq!(one.expect("the call succeeds") + two.expect("the call succeeds"), 1);
        assert_eq!(worker::mark_lost(&database.db, young).await.expect("the call succeeds"), 0);
        assert_eq!(state(database, late).await, WorkerState::Lost);

        beat(database, late).await;
        beat(database, late).await;
        assert_eq!(state(database, late).await, WorkerState::Ok);
        let kinds = "select count(*) from event where worker = (select id from worker where name = 'late')
            and (kind, event_level(kind, actor)) in (('worker.lost', 'error'), ('worker.returned', 'info'))";
        assert_eq!(database.scalar(kinds).await, 2);

        database.execute("update worker set beat_at = now() - interval '2 hours' where name = 'late'").await;
        worker::mark_lost(&database.db, young).await.expect("the call succeeds");
        assert_eq!(worker::forget_lost(&database.db).await.expect("the call succeeds"), 1);
        assert_eq!(database.scalar("select count(*) from event where kind = 'worker.forgotten'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_fleet_shows_what_beats_report_and_the_leases_of_each_worker() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        let info = WorkerInfo {
            name: "w-1".to_owned(),
            version: "1.4.2".to_owned(),
            browser: "Chromium 140".to_owned(),
            slots: 4,
            host: Some("host-a".to_owned()),
            pid: Some(4411),
            is_draining: false,
        };
        let worker = worker::register(&database.db, &info).await.expect("a worker");
        let idle = register_reaper(&database.db, "w-0").await;
        submit_jobs(&database.db, &caller, 3, Lane::Bulk).await;
        let claims = claim(&mut Claimant::new(worker), &database.db, 2).await;
        let leases: Vec<_> = claims.iter().map(|claim| claim.lease.fence()).collect();
        let stats = WorkerStats { memory_bytes: Some(640_000_000), completed_1m: 21, failed_1m: 2 };
        worker::beat(&database.db, worker, &leases, stats).await.expect("a beat");
        // A beat without a measurement keeps the last one.
        let unmeasured = WorkerStats { memory_bytes: None, ..stats };
        worker::beat(&database.db, worker, &leases, unmeasured).await.expect("a beat");
        worker::record_sweep(&database.db, worker).await.expect("the call succeeds");
        job::expire(&database.db).await.expect("the call succeeds");

        let fleet = worker::fleet(&database.db).await.expect("the fleet");
        let listed = fleet.workers.iter().find(|listed| listed.id == worker).expect("the worker");
        let none = fleet.workers.iter().find(|listed| listed.id == idle).expect("the worker");
        let jobs = worker::in_flight(&database.db, worker).await.expect("the jobs");

        assert_eq!((listed.busy, none.busy), (2, 0));
        assert_eq!(
            (listed.memory_bytes, listed.completed_1m, listed.failed_1m),
            (Some(640_000_000), Some(21), Some(2))
        );
        assert_eq!((listed.host.as_deref(), listed.pid), (Some("host-a"), Some(4411)));
        assert!(listed.lapses_at > Some(fleet.at) && listed.swept_at.is_some() && none.memory_bytes.is_none());
        assert_eq!(jobs.len(), 2);
        assert!(jobs.iter().all(|job| job.account_name == "ada" && job.attempt == 1 && job.lease_left_s > 30.0));
        let json = serde_json::to_value(&fleet).expect("JSON");
        assert_eq!(json["workers"][0]["state"], "ok");
        assert_eq!(serde_json::from_value::<worker::Fleet>(json).expect("a fleet"), fleet, "it can be replayed");
    })
    .await;
}
