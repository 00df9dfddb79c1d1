//! What operators watch: outcomes, credits and expiries are counted once, and failures are stored.

use std::time::Duration;

use domain::audit::audit;
use domain::counters::{flush, forget};
use domain::id::WorkerId;
use domain::job::{self, ErrorCode, Failure, JobState, Lane, SubmitError};
use domain::overview::{self, FleetSummary};
use domain::{Db, account};
use harness::fixtures::{
    EXPIRE_BEATS, actor, claim_one, create_account, failure, html_job, interactive_job, register_reaper, rendered,
    submit_job, submit_jobs,
};
use harness::{Database, Fault, FaultPoint, Proxy, with_database};

/// Minutes add up: a test may run across the end of one.
const OUTCOMES: &str = "
    select string_agg(format('%s %s %s', type, code, jobs), ', ' order by type, code)
    from (select type, code, sum(jobs) as jobs from stat_outcome group by 1, 2) as outcomes";

const ACCOUNTS: &str = "
    select string_agg(format('%s -%s +%s refused %s', name, debits, refunds, refused), ', ' order by name)
    from (
        select account, sum(debits) as debits, sum(refunds) as refunds, sum(refused) as refused
        from stat_account group by 1
    ) as counted
    join account on account.id = counted.account";

const FAILURES: &str = "
    select string_agg(format('%s %s', code, n), ', ' order by code)
    from (select code, count(*) as n from failure group by 1) as failures";

async fn text(db: &Db, sql: &'static str) -> String {
    let text: Option<String> = sqlx::query_scalar(sql).fetch_one(db).await.expect("a text");
    text.unwrap_or_default()
}

fn failed_with(code: ErrorCode) -> Failure {
    Failure { code, ..failure() }
}

#[tokio::test]
async fn every_end_of_a_job_is_counted_once_by_its_type_and_code() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        submit_jobs(db, &caller, 6, Lane::Interactive).await;
        let mut pdf = html_job("<p>");
        pdf.options = domain::options::Options::new(domain::options::Output::Pdf(domain::options::Pdf::default()));
        let pdf = job::submit(db, &caller, &pdf, None).await.expect("a job").job;
        for _ in 0..2 {
            claim_one(db, worker).await.lease.complete(db, &rendered(7)).await.expect("a live lease");
        }
        claim_one(db, worker).await.lease.fail(db, &failed_with(ErrorCode::TlsError)).await.expect("a live lease");
        claim_one(db, worker).await.lease.release(db).await.expect("a live lease");
        job::cancel(db, &caller, pdf).await.expect("the call succeeds");
        exhaust(database, worker).await;
        let _waiting = claim_one(db, worker).await.lease;
        let last = submit_job(db, &caller).await;
        job::withdraw(db, &caller, last, None, "why").await.expect("the call succeeds");
        job::time_out(db, Duration::ZERO).await.expect("the call succeeds");
        flush(db).await.expect("a flush");

        let outcomes = text(db, OUTCOMES).await;
        assert_eq!(
            outcomes,
            "screenshot  2, screenshot CANCELLED 1, screenshot QUEUE_TIMEOUT 1, screenshot TLS_ERROR 1, screenshot WORKER_LOST 1, \
             pdf CANCELLED 1"
        );
        assert_eq!(text(db, FAILURES).await, "CANCELLED 2, QUEUE_TIMEOUT 1, TLS_ERROR 1, WORKER_LOST 1");
        assert_eq!(text(db, ACCOUNTS).await, "ada -8 +5 refused 0");
        let stored = "select (sum(results) * 1000 + sum(bytes))::bigint from stat_expiry";
        assert_eq!(database.scalar(stored).await, 2 * 1_000 + 2 * 7);
        let hours = "select count(*) from stat_expiry where hour <> date_trunc('hour', now() + retention(), 'UTC')";
        assert_eq!(database.scalar(hours).await, 0);
        flush(db).await.expect("a flush");
        assert_eq!(text(db, OUTCOMES).await, outcomes, "nothing is counted again");
    })
    .await;
}

/// Lets the last lease of a job lapse.
async fn exhaust(database: &Database, reaper: WorkerId) {
    drop(claim_one(&database.db, reaper).await);
    let lapse = "update queue set attempt = 3, deadline = now() - interval '1 second' where deadline is not null";
    database.execute(lapse).await;
    assert_eq!(job::reap(&database.db, reaper).await.expect("the call succeeds").failed, 1);
}

#[tokio::test]
async fn durations_are_counted_from_the_submission_to_the_start_and_from_there_to_the_end() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        submit_jobs(db, &caller, 3, Lane::Interactive).await;
        let (first, second) = (claim_one(db, worker).await, claim_one(db, worker).await);
        database.execute("
            update queue set started_at = now() - interval '10 seconds', created_at = now() - interval '100 seconds' where deadline is not null;
            update job set created_at = now() - interval '100 seconds'
        ").await;
        first.lease.complete(db, &rendered(7)).await.expect("a live lease");
        second.lease.fail(db, &failure()).await.expect("a live lease");
        let unstarted = submit_job(db, &caller).await;
        job::cancel(db, &caller, unstarted).await.expect("the call succeeds");
        flush(db).await.expect("a flush");

        // Buckets 18 and 14 contain 90 s and 10 s.
        let counted = "select format('%s/%s/%s', sum(wait[20]), sum(render[15]), sum(jobs)) from stat_outcome";
        assert_eq!(text(db, counted).await, "2/2/3");
        let all = "select (select sum(n) from stat_outcome, unnest(wait || render) as n)::bigint";
        assert_eq!(database.scalar(all).await, 4, "a job without an attempt has no durations");
        let outcomes = overview::outcomes(db).await.expect("outcomes");
        let latency = &outcomes.latency[0];
        let (wait, render) = (latency.wait.expect("a wait"), latency.render.expect("a render"));
        assert_eq!((latency.completed, latency.failed), (1, 2));
        assert!((73_893..=110_838).contains(&wait.p50_ms) && (9_731..=14_596).contains(&render.p99_ms), "{latency:?}");
    })
    .await;
}

#[tokio::test]
async fn submissions_that_an_account_is_refused_are_counted_once() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 2).await;
        let batch = vec![interactive_job(); 5];
        let part = job::submit_batch(db, &caller, &batch, None).await.expect("a part of it");
        assert_eq!(part.jobs.len(), 2);
        let refused = job::submit(db, &caller, &interactive_job(), None).await;
        assert!(matches!(refused, Err(SubmitError::InsufficientCredits)), "{refused:?}");
        account::suspend(db, &actor(), "ada").await.expect("the account is suspended");
        let refused = job::submit(db, &caller, &interactive_job(), None).await;
        assert!(matches!(refused, Err(SubmitError::Suspended)), "{refused:?}");
        flush(db).await.expect("a flush");

        assert_eq!(text(db, ACCOUNTS).await, "ada -2 +0 refused 3");
        let burn = overview::burn(db).await.expect("a burn");
        let account = &burn.accounts[0];
        assert_eq!((account.credits, account.suspended, account.spent, account.refused), (0, true, 2, 3));
        assert!(!burn.is_partial && burn.accounts.len() == 1 && account.per_min > 0.3, "{burn:?}");
    })
    .await;
}

#[tokio::test]
async fn a_flush_whose_response_is_lost_counts_once_and_one_that_failed_is_kept() {
    for point in [FaultPoint::Before, FaultPoint::During, FaultPoint::After] {
        with_database(async |database| {
            let proxy = Proxy::to(&database.url).await;
            let db = domain::db::connect(proxy.url(), 2).await.expect("a connection");
            let caller = create_account(&db, "ada", 10).await;
            submit_jobs(&db, &caller, 3, Lane::Interactive).await;
            let cut = proxy.inject("insert into stat_flush", 1, point, Fault::Disconnect);
            flush(&db).await.expect_err("the connection is cut");
            cut.occurred().await;
            submit_jobs(&db, &caller, 2, Lane::Interactive).await;

            flush(&db).await.expect("a flush");
            flush(&db).await.expect("a flush");

            assert_eq!(database.scalar("select sum(submitted)::bigint from stat_minute").await, 5, "{point:?}");
            assert_eq!(text(&database.db, ACCOUNTS).await, "ada -5 +0 refused 0", "{point:?}");
            db.close().await;
        })
        .await;
    }
}

#[tokio::test]
async fn an_end_whose_response_is_lost_is_counted_when_its_outcome_is_known() {
    for ends_well in [true, false] {
        with_database(async |database| {
            let proxy = Proxy::to(&database.url).await;
            let db = domain::db::connect(proxy.url(), 2).await.expect("a connection");
            let caller = create_account(&db, "ada", 10).await;
            let worker = register_reaper(&db, "worker").await;
            submit_job(&db, &caller).await;
            let lease = claim_one(&db, worker).await.lease;
            let fence = lease.fence();
            let words = if ends_well { "insert into result" } else { "end_failed" };
            let cut = proxy.inject(words, 1, FaultPoint::After, Fault::Disconnect);
            let (attempted, lost) = if ends_well {
                (JobState::Completed, lease.complete(&db, &rendered(7)).await.is_err())
            } else {
                (JobState::Failed, lease.fail(&db, &failure()).await.is_err())
            };
            assert!(lost);
            cut.occurred().await;

            assert_eq!(job::outcome_of(&db, fence, Some(attempted)).await.expect("an outcome"), Some(attempted));
            flush(&db).await.expect("a flush");

            assert_eq!(database.scalar("select sum(jobs)::bigint from stat_outcome").await, 1);
            let moved = if ends_well { "ada -1 +0 refused 0" } else { "ada -1 +1 refused 0" };
            assert_eq!(text(&database.db, ACCOUNTS).await, moved);
            let stored = "select coalesce(sum(results), 0)::bigint from stat_expiry";
            assert_eq!(database.scalar(stored).await, i64::from(ends_well));
            db.close().await;
        })
        .await;
    }
}

#[tokio::test]
async fn processes_that_flush_at_once_add_up() {
    with_database(async |database| {
        let mut callers = Vec::new();
        for number in 0..20 {
            callers.push(create_account(&database.db, &format!("account {number}"), 1_000).await);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for process in 0..4 {
            let db = domain::db::connect(&database.url, 1).await.expect("a connection");
            // Each counts the accounts in another order: rows that are locked in another order are a deadlock.
            let mut callers = callers.clone();
            callers.rotate_left(5 * process);
            tasks.spawn(async move {
                for _ in 0..5 {
                    for caller in &callers {
                        submit_job(&db, caller).await;
                    }
                    flush(&db).await.expect("a flush");
                }
                db.close().await;
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("it flushes");
        }
        assert_eq!(database.scalar("select sum(debits)::bigint from stat_account").await, 400);
        assert_eq!(database.scalar("select sum(submitted)::bigint from stat_minute").await, 400);
        assert_eq!(database.scalar("select count(*) from stat_flush").await, 4);
    })
    .await;
}

/// What a process of the version before these tables does when a job completes, when one fails, and once a second.
const EARLIER_VERSION: &str = "
    update job set state = 'completed', lease = 1, completed_at = now(), slot = 1, expires_at = now() - interval '1 day'
    where id = (select job from queue order by job limit 1);
    delete from queue where job in (select id from job where state = 'completed');
    with leased as (delete from queue where job = (select min(job::text)::uuid from queue) returning queue as entry)
    select end_failed(array_agg(entry), 'TLS_ERROR', 'x', null, null, null) from leased;
    insert into stat_minute as total (minute, submitted, completed, failed, result_bytes, render_ms)
    values (date_trunc('minute', now()), 0, 1, 1, 7, 7)
    on conflict (minute) do update set completed = total.completed + 1, failed = total.failed + 1";

#[tokio::test]
async fn what_a_process_of_an_earlier_version_counts_is_added_and_its_failures_are_stored() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        submit_jobs(db, &caller, 4, Lane::Interactive).await;
        database.execute(EARLIER_VERSION).await;
        claim_one(db, worker).await.lease.complete(db, &rendered(7)).await.expect("a live lease");
        claim_one(db, worker).await.lease.fail(db, &failed_with(ErrorCode::TlsError)).await.expect("a live lease");
        flush(db).await.expect("a flush");

        let minutes = "select (sum(submitted) * 100 + sum(completed) * 10 + sum(failed))::bigint from stat_minute";
        assert_eq!(database.scalar(minutes).await, 422, "both versions are in the minutes");
        assert_eq!(text(db, FAILURES).await, "TLS_ERROR 2", "the failures of both are stored");
        assert_eq!(
            text(db, OUTCOMES).await,
            "screenshot  1, screenshot TLS_ERROR 1",
            "the earlier one knows no outcomes"
        );
        let outcomes = overview::outcomes(db).await.expect("outcomes");
        assert_eq!((outcomes.failures.sampled, outcomes.failures.groups[0].recent), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn counts_and_failures_are_deleted_when_nobody_reads_them_any_more() {
    with_database(async |database| {
        database.execute("
            insert into failure (job, at, type, code, account)
            select gen_random_uuid(), now() - days * interval '1 day', 'pdf', 'X', gen_random_uuid()
            from unnest(array[1, 29, 31, 40]) as days;
            insert into stat_outcome (minute, type, code, jobs, wait, render)
            select date_trunc('minute', now()) - days * interval '1 day', 'pdf', '', 1, array_fill(0, array[24]), array_fill(0, array[24])
            from unnest(array[1, 29, 31]) as days;
            insert into stat_account (minute, account)
            select date_trunc('minute', now()) - days * interval '1 day', gen_random_uuid()
            from unnest(array[1, 2, 4, 31]) as days;
            insert into stat_expiry (hour, results)
            select date_trunc('hour', now()) - days * interval '1 day', 1 from unnest(array[-28, 1, 29, 31]) as days;
            insert into stat_flush (process, number, at)
            select gen_random_uuid(), 1, now() - hours * interval '1 hour' from unnest(array[1, 25]) as hours
        ").await;

        assert_eq!(forget(&database.db).await.expect("the call succeeds"), 2 + 1 + 2 + 1 + 1);
        assert_eq!(forget(&database.db).await.expect("the call succeeds"), 0);
        let left = "select (select count(*) from failure) * 1000 + (select count(*) from stat_outcome) * 100
            + (select count(*) from stat_account) * 10 + (select count(*) from stat_expiry)";
        assert_eq!(database.scalar(left).await, 2_223);
    })
    .await;
}

#[tokio::test]
async fn the_audit_finds_a_job_without_its_failure_unless_failures_of_its_time_are_deleted() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        let jobs = submit_jobs(db, &caller, 3, Lane::Interactive).await;
        for _ in &jobs {
            claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");
        }
        let found = async || audit(db, job::DEFAULT_MAX_AGE).await.expect("an audit").len();
        database.execute("create table kept as select * from failure").await;
        for (damage, violations) in [
            ("delete from failure where at = (select min(at) from failure)", 0),
            ("delete from failure where at = (select max(at) from failure)", 1),
            ("update failure set code = 'OTHER' where at = (select max(at) from failure)", 1),
            ("update failure set account = gen_random_uuid()", 3),
            ("update failure set type = 'pdf'", 3),
        ] {
            database.execute(damage).await;
            assert_eq!(found().await, violations, "{damage}");
            database.execute("delete from failure; insert into failure select * from kept").await;
        }
        database.execute("drop table kept").await;
    })
    .await;
}

#[tokio::test]
async fn the_snapshot_counts_lanes_parked_and_stuck_jobs_and_workers() {
    with_database(async |database| {
        let db = &database.db;
        let caller = create_account(db, "ada", 100).await;
        let worker = register_reaper(db, "worker").await;
        let queue = overview::snapshot(db).await.expect("a snapshot").queue;
        let fleet = overview::fleet(db).await.expect("a fleet").total;
        assert_eq!((queue.queued, queue.oldest_wait_s, fleet.alive, fleet.slots), (0, None, 1, 4));

        submit_jobs(db, &caller, 5, Lane::Interactive).await;
        submit_jobs(db, &caller, 4, Lane::Bulk).await;
        claim_one(db, worker).await.lease.retry(db, &failure()).await.expect("a live lease");
        let _processing = claim_one(db, worker).await;
        let _stuck = claim_one(db, worker).await;
        database
            .execute(
                "
            update queue set deadline = now() - interval '11 seconds'
            where lease = (select max(lease) from queue);
            update queue set due_at = now() - interval '90 seconds' where lane = 1 and lease is null and not parked;
            update worker set draining_at = now()
        ",
            )
            .await;
        register_reaper(db, "second").await;
        let snapshot = overview::snapshot(db).await.expect("a snapshot");

        let queue = &snapshot.queue;
        assert_eq!((queue.queued, queue.parked, queue.processing, queue.stuck), (7, 1, 2, 1));
        assert_eq!(queue.interactive.queued + queue.bulk.queued, 6);
        assert!(queue.bulk.oldest_wait_s.is_some_and(|s| (90.0..95.0).contains(&s)), "{queue:?}");
        assert_eq!(queue.oldest_wait_s, queue.bulk.oldest_wait_s);
        let FleetSummary { total, workers, .. } = overview::fleet(db).await.expect("a fleet");
        assert_eq!((total.alive, total.lost, total.draining, total.slots), (2, 0, 1, 4));
        let workers: Vec<_> = workers.iter().map(|worker| (worker.busy, worker.draining)).collect();
        assert_eq!(workers, [(0, false), (2, true)]);

        database.execute(EXPIRE_BEATS).await;
        let total = overview::fleet(db).await.expect("a fleet").total;
        assert_eq!((total.alive, total.lost, total.slots), (0, 2, 0));
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_should_have_been_emptied_is_found() {
    with_database(async |database| {
        let db = &database.db;
        let overdue = async || overview::fleet(db).await.expect("a fleet").sweep.overdue_since;
        assert_eq!(overdue().await, None);
        database.execute("
            insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at)
            select ring_slot(now() - interval '26 hours'), gen_random_uuid(), gen_random_uuid(), 1, 'x', sha256('x'), 1, 'x',
                now() - interval '2 hours'
        ").await;
        assert!(overdue().await.is_some());
        database.execute("update result set expires_at = now() - interval '30 minutes'").await;
        assert_eq!(overdue().await, None, "its last result may have expired just now");
        database.execute("delete from result").await;
    })
    .await;
}

#[tokio::test]
async fn the_last_minutes_are_those_of_the_last_hour() {
    with_database(async |database| {
        let db = &database.db;
        database
            .execute(
                "
            insert into stat_minute (minute, completed)
            select date_trunc('minute', now()) - n * interval '1 minute', n from generate_series(0, 90) as n
        ",
            )
            .await;
        let hour = overview::throughput(db, overview::HOUR).await.expect("an hour");
        let last = overview::throughput(db, 3).await.expect("minutes");
        assert_eq!((hour.len(), last.len()), (60, 3));
        assert!(hour.windows(2).all(|pair| pair[0].minute < pair[1].minute));
        assert!(hour.ends_with(&last) || hour.iter().any(|minute| minute.minute == last[0].minute));
    })
    .await;
}
