//! The audit: it names every violated invariant.

use std::collections::BTreeSet;

use domain::db::connect_lazily;
use domain::job;
use harness::fixtures::{claim_one, register_worker, rendered};
use harness::with_service;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::account_with_jobs;
use super::load::load;

#[tokio::test]
async fn the_audit_names_the_violated_invariant() {
    with_service(async |service| {
        account_with_jobs(service, 3).await;
        let worker = register_worker(&service.db, "live").await;
        claim_one(&service.db, worker).await.lease.complete(&service.db, &rendered(7)).await.expect("a live lease");
        let found = async || {
            let violations = domain::audit::audit(&service.db, job::DEFAULT_MAX_AGE).await.expect("an audit");
            violations.into_iter().map(|violation| violation.invariant).collect::<BTreeSet<_>>()
        };
        assert_eq!(found().await, BTreeSet::new());

        for (damage, repair, invariants) in DAMAGES {
            service.execute(damage).await;
            assert_eq!(found().await, invariants.iter().copied().collect(), "{damage}");
            service.execute(repair).await;
        }
        assert_eq!(found().await, BTreeSet::new());
    })
    .await;
}

#[tokio::test]
async fn the_audit_reports_an_expired_result_unless_its_bucket_is_in_use() {
    with_service(async |service| {
        account_with_jobs(service, 2).await;
        let worker = register_worker(&service.db, "live").await;
        let found = async || {
            let violations = domain::audit::audit(&service.db, job::DEFAULT_MAX_AGE).await.expect("an audit");
            violations.into_iter().map(|violation| violation.invariant).collect::<BTreeSet<_>>()
        };
        claim_one(&service.db, worker).await.lease.complete(&service.db, &rendered(7)).await.expect("a live lease");
        service.execute("update result set expires_at = expires_at - interval '27 hours'").await;

        let needed = found().await;
        claim_one(&service.db, worker).await.lease.complete(&service.db, &rendered(7)).await.expect("a live lease");
        service.execute("update result set expires_at = now() - interval '3 hours'").await;
        let overdue = found().await;

        assert_eq!((needed, overdue), (BTreeSet::new(), BTreeSet::from([GONE])));
        service.execute("update result set expires_at = now() + interval '1 day'").await;
    })
    .await;
}

const BALANCE: &str = "an account's balance is the sum of its ledger";
const PLACE: &str = "a job is in the queue or has ended, never both";
const DEBIT: &str = "a job is debited exactly once, by its cost and on its account";
const REFUND: &str = "a job is refunded exactly once if it failed, and never otherwise";
const RESULT: &str = "a completed job has the result of its lease until it expires";
const OWNER: &str = "a result belongs to a completed job of the same account";
const GUARDS: &str = "the constraints of the schema exist";
const AGE: &str = "no job is unfinished for longer than the limit";
const GONE: &str = "an expired result is deleted within a bucket's width";
const KEY: &str = "an idempotency key refers to jobs of its own account";
const SECRET: &str = "a job that has ended has no secrets";
const SECRETS: &str = "an unfinished job that was submitted with secrets has them";
const SOURCE: &str = "an unfinished job with html has its source";

/// Statements that violate and restore invariants, and the names of those invariants.
const DAMAGES: [(&str, &str, &[&str]); 15] = [
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
    (
        "insert into secret (job, account, key_id, nonce, sealed)
         select job, account, 'k', substring(digest for 24), digest from result",
        "delete from secret",
        &[SECRET],
    ),
    (
        "update job set had_secrets = true where state is null",
        "update job set had_secrets = false where state is null",
        &[SECRETS],
    ),
    (
        "insert into secret (job, account, key_id, nonce, sealed)
         select queue.job, gen_random_uuid(), 'k', substring(digest for 24), digest from queue, result;
         update job set had_secrets = true where state is null",
        "delete from secret; update job set had_secrets = false where state is null",
        &[SECRETS],
    ),
];

#[tokio::test]
async fn one_worker_audits_the_jobs_of_the_last_hours() {
    with_service(async |service| {
        account_with_jobs(service, 2).await;
        let (first, second) =
            (register_worker(&service.db, "first").await, register_worker(&service.db, "second").await);
        let audit = async |worker| {
            let found = domain::audit::recent(&service.db, worker, job::DEFAULT_MAX_AGE).await.expect("an audit");
            found.map(|violations| violations.into_iter().map(|violation| violation.invariant).collect::<BTreeSet<_>>())
        };

        assert_eq!((audit(first).await, audit(second).await), (Some(BTreeSet::new()), None));
        let with_debit = |(_, _, invariants): &(&str, &str, &[&str])| invariants.contains(&DEBIT);
        let (damage, repair, _) = DAMAGES.into_iter().find(with_debit).expect("a wrong debit");
        service.execute(damage).await;
        let found = audit(first).await.expect("the first worker audits");
        service.execute(repair).await;
        service.execute("update worker set beat_at = now() - interval '1 minute' where name = 'first'").await;

        assert_eq!(found, BTreeSet::from([DEBIT]));
        assert_eq!((audit(first).await, audit(second).await), (None, Some(BTreeSet::new())));
    })
    .await;
}

/// Completes half of the queued jobs, and gives the others a source and secrets. The planner has no statistics of that.
const UNSEEN: &str = "
    create table half as
    select job from queue where lease is null and not parked order by job limit (select count(*) / 2 from queue);
    delete from queue using half where queue.job = half.job;
    update job set state = 'completed', lease = 1, attempt = 1, started_at = now(), completed_at = now(),
        slot = 0, expires_at = now() + interval '1 day'
    from half where id = half.job;
    insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at)
    select 0, id, account, 1, 'application/pdf', sha256('x'), 1, 'x', expires_at from job join half on id = half.job;
    update job set source_slot = 0 where state is null;
    insert into source (slot, job, html) select 0, id, 'x' from job where state is null;
    insert into secret (job, account, key_id, nonce, sealed)
    select id, account, 'k', substring(sha256('x') for 24), sha256('x') from job where state is null;
    update job set had_secrets = true where state is null;
    drop table half";

/// The statements of the audit, each with arguments of its types.
const CHECKS: &str = "
    select format('execute %s(%s)', name, (
        select string_agg(case type
            when 'uuid' then format('%L', case position when 1 then uuid_at(now() - interval '1 day') else uuid_at(now()) end)
            when 'bigint' then '20'
            when 'interval' then $$'1 day'$$
        end, ', ' order by position)
        from unnest(parameter_types::text[]) with ordinality as parameter (type, position)
    ))
    from pg_prepared_statements
    where statement like '%format(%' and 'bigint' = any(parameter_types::text[])";

#[tokio::test]
async fn the_audit_compares_no_row_with_all_rows_of_another_table() {
    with_service(async |service| {
        let db = connect_lazily(&service.database_url, 1).expect("a pool");
        load(&service.db, 0, 20_000).await;
        service.execute(UNSEEN).await;

        assert_eq!(domain::audit::audit(&db, job::DEFAULT_MAX_AGE).await.expect("an audit"), []);

        let checks: Vec<String> = sqlx::query_scalar(CHECKS).fetch_all(&db).await.expect("statements");
        assert_eq!(checks.len(), 13, "{checks:?}");
        for check in checks {
            let plan = sqlx::query_scalar(AssertSqlSafe(format!("explain (format json) {check}")));
            let plan: Value = plan.fetch_one(&db).await.expect("a plan");
            assert!(!plan.to_string().contains("Join Filter"), "{check}: {plan:#}");
        }
    })
    .await;
}
