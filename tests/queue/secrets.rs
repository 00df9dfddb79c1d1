//! Secrets: sealed while their job is unfinished, bound to it, and deleted when it ends.

use std::time::Duration;

use domain::Db;
use domain::id::{JobId, WorkerId};
use domain::idempotency::Idempotency;
use domain::job::{self, Claim, Delivery, NewJob, SubmitError};
use domain::key::Caller;
use domain::secret::{Keyring, OpenError, Secrets, StoredSecrets};
use harness::fixtures::{
    EXPIRE_BEATS, claim_one, create_account, failure, html_job, interactive_job, keyring, register_reaper, rendered,
    secret_job,
};
use harness::{Database, PostgresServer, SECRET_KEY, with_database};
use secrecy::ExposeSecret;

const SECRETS: &str = "select count(*) from secret";

/// Another key of the operator.
fn new_key() -> String {
    Keyring::generate().expose_secret().to_owned()
}

async fn submit(db: &Db, caller: &Caller, job: &NewJob) -> JobId {
    job::submit(db, caller, job, None).await.expect("a job").job
}

fn stored(claim: &Claim) -> StoredSecrets {
    claim.request.as_ref().expect("readable options").secrets.expect("a job with secrets")
}

fn header(secrets: &Secrets) -> &str {
    secrets.headers[0].value.expose_secret()
}

/// One account, one live worker, and one job with secrets at a time.
struct Setup<'a> {
    database: &'a Database,
    db: &'a Db,
    ada: Caller,
    live: WorkerId,
}

impl<'a> Setup<'a> {
    async fn new(database: &'a Database) -> Self {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        Self { database, db, ada, live: register_reaper(db, "live").await }
    }

    async fn queued(&self) -> JobId {
        let job = submit(self.db, &self.ada, &secret_job(&keyring(SECRET_KEY), "canary")).await;
        assert_eq!(self.stored().await, 1, "its secrets are stored");
        job
    }

    async fn claimed(&self) -> Claim {
        self.queued().await;
        claim_one(self.db, self.live).await
    }

    async fn stored(&self) -> i64 {
        self.database.scalar(SECRETS).await
    }
}

#[tokio::test]
async fn no_file_of_the_database_contains_a_secret_while_its_job_is_queued() {
    let server = PostgresServer::start().await;
    let database = Database::create_at(&server.url).await;
    let ada = create_account(&database.db, "ada", 10).await;
    let keyring = keyring(SECRET_KEY);

    for canary in ["canary-of-a-short-secret", &format!("canary-of-a-long-secret{}", "x".repeat(900))] {
        submit(&database.db, &ada, &secret_job(&keyring, canary)).await;
    }
    let once = job::fingerprint(Delivery::Poll, &secret_job(&keyring, "canary-with-a-key"));
    let once = Idempotency::new("key", once).expect("a key");
    job::submit(&database.db, &ada, &secret_job(&keyring, "canary-with-a-key"), Some(&once)).await.expect("a job");
    submit(&database.db, &ada, &html_job("visible-html")).await;
    database.execute("checkpoint").await;

    assert!(server.stores("visible-html").await, "what is not sealed is found");
    assert!(!server.stores("canary-").await);
    assert!(!server.stores("Y2FuYXJ5L").await, "not in base64 either");
    assert_eq!(database.scalar(SECRETS).await, 3);
}

#[tokio::test]
async fn a_claimed_job_has_the_secrets_that_were_submitted_and_others_have_none() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let keyring = keyring(SECRET_KEY);
        let claim = setup.claimed().await;
        submit(setup.db, &setup.ada, &interactive_job()).await;
        let other = claim_one(setup.db, setup.live).await;

        let secrets = stored(&claim).open(setup.db, &keyring).await.expect("they open");

        assert_eq!(header(&secrets), "canary");
        assert_eq!(secrets.cookies[0].value.expose_secret(), "canary");
        assert_eq!(secrets.basic_auth.expect("credentials").password.expose_secret(), "canary");
        assert!(other.request.expect("readable options").secrets.is_none());
        let shown = job::show(setup.db, claim.lease.job()).await.expect("a response").expect("a job");
        assert_eq!((shown.had_secrets, shown.format), (true, "png"));
        let shown = job::show(setup.db, other.lease.job()).await.expect("a response").expect("a job");
        assert!(!shown.had_secrets);
    })
    .await;
}

#[tokio::test]
async fn whatever_ends_a_job_deletes_its_secrets() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let Setup { db, ada, live, .. } = &setup;
        let lapse = "update queue set deadline = now() - interval '1 second'";

        setup.claimed().await.lease.complete(db, &rendered(1)).await.expect("a live lease");
        assert_eq!(setup.stored().await, 0, "complete");
        setup.claimed().await.lease.fail(db, &failure()).await.expect("a live lease");
        assert_eq!(setup.stored().await, 0, "fail");
        let last = setup.claimed().await;
        database.execute("update queue set attempt = 3").await;
        last.lease.retry(db, &failure()).await.expect("a live lease");
        assert_eq!(setup.stored().await, 0, "retry, with no attempt left");
        let queued = setup.queued().await;
        assert!(job::cancel(db, ada, queued).await.expect("the call succeeds"));
        assert_eq!(setup.stored().await, 0, "cancel, of a queued job");
        let running = setup.claimed().await.lease.job();
        assert!(job::cancel(db, ada, running).await.expect("the call succeeds"));
        assert_eq!(setup.stored().await, 0, "cancel, of a running job");
        let queued = setup.queued().await;
        assert!(job::withdraw(db, ada, queued, None, "why").await.expect("the call succeeds"));
        assert_eq!(setup.stored().await, 0, "withdraw");
        setup.claimed().await;
        database.execute("update queue set attempt = 3").await;
        database.execute(lapse).await;
        assert_eq!(job::reap(db, *live).await.expect("a reap").failed, 1);
        assert_eq!(setup.stored().await, 0, "reap, with no attempt left");
        setup.queued().await;
        assert_eq!(job::time_out(db, Duration::ZERO).await.expect("the call succeeds"), 1);
        assert_eq!(setup.stored().await, 0, "time_out");
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_tried_again_keeps_its_secrets() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let keyring = keyring(SECRET_KEY);
        let open = async |claim: &Claim| {
            let secrets = stored(claim).open(setup.db, &keyring).await.expect("they open");
            header(&secrets).to_owned()
        };

        let first = setup.claimed().await;
        first.lease.release(setup.db).await.expect("a live lease");
        let second = claim_one(setup.db, setup.live).await;
        assert_eq!(open(&second).await, "canary");
        second.lease.retry(setup.db, &failure()).await.expect("a live lease");
        database.execute("update queue set due_at = now()").await;
        job::unpark(setup.db).await.expect("the call succeeds");
        let third = claim_one(setup.db, setup.live).await;
        assert_eq!(open(&third).await, "canary");
        database.execute("update queue set deadline = now() - interval '1 second', attempt = 1").await;
        assert_eq!(job::reap(setup.db, setup.live).await.expect("a reap").queued, 1);

        assert_eq!(open(&claim_one(setup.db, setup.live).await).await, "canary");
    })
    .await;
}

#[tokio::test]
async fn a_lost_lease_deletes_no_secrets() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let late = setup.claimed().await;
        database.execute(EXPIRE_BEATS).await;
        database.execute("update worker set beat_at = now(), judges_from = now()").await;
        database.execute("update queue set deadline = now() - interval '1 second'").await;
        job::reap(setup.db, setup.live).await.expect("a reap");

        late.lease.complete(setup.db, &rendered(1)).await.expect_err("a lost lease");

        assert_eq!(setup.stored().await, 1);
    })
    .await;
}

#[tokio::test]
async fn secrets_open_only_as_those_of_their_own_job() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let keyring = keyring(SECRET_KEY);
        let (ada, eve) = (&setup.ada, create_account(setup.db, "eve", 10).await);
        submit(setup.db, ada, &secret_job(&keyring, "of ada's first job")).await;
        submit(setup.db, ada, &secret_job(&keyring, "of ada's second job")).await;
        submit(setup.db, &eve, &secret_job(&keyring, "of eve")).await;
        let mut claims = Vec::new();
        for _ in 0..3 {
            claims.push(claim_one(setup.db, setup.live).await);
        }
        let rotate = "
            create table moved as select job, lead(job, 1, first) over (order by job) as to_job
                from secret, (select min(job::text)::uuid as first from secret) as least;
            update secret set job = ('00000000' || substring(to_job::text from 9))::uuid from moved where moved.job = secret.job;
            update secret set job = to_job from moved
                where secret.job = ('00000000' || substring(to_job::text from 9))::uuid;
            drop table moved";
        let damages = [
            rotate,
            "update secret set sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1)",
            "update secret set sealed = substring(sealed for length(sealed) - 1)",
            "update secret set nonce = set_byte(nonce, 23, get_byte(nonce, 23) # 1)",
        ];
        for damage in damages {
            database.execute("create table kept as select * from secret").await;
            database.execute(damage).await;
            assert_eq!(setup.stored().await, 3, "{damage}");

            for claim in &claims {
                let opened = stored(claim).open(setup.db, &keyring).await;
                assert!(matches!(opened, Err(OpenError::Tampered(_))), "{damage}: {opened:?}");
            }
            database.execute("delete from secret; insert into secret select * from kept; drop table kept").await;
        }
        for claim in &claims {
            stored(claim).open(setup.db, &keyring).await.expect("undamaged, they open");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_opens_until_it_is_removed() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let new = new_key();
        let rotated = keyring(&format!("{new},{SECRET_KEY}"));
        let before = setup.claimed().await;
        submit(setup.db, &setup.ada, &secret_job(&rotated, "after")).await;
        let after = claim_one(setup.db, setup.live).await;

        for (claim, expected) in [(&before, "canary"), (&after, "after")] {
            assert_eq!(header(&stored(claim).open(setup.db, &rotated).await.expect("they open")), expected);
        }
        let removed = stored(&before).open(setup.db, &keyring(&new)).await.expect_err("the key is gone");

        assert!(matches!(removed, OpenError::UnknownKey(_)), "{removed}");
        let sealed_by: String = sqlx::query_scalar("select key_id from secret where job = $1")
            .bind(before.lease.job())
            .fetch_one(setup.db)
            .await
            .expect("a row");
        assert!(removed.to_string().contains(&sealed_by), "an operator learns which key is missing: {removed}");
        assert!(stored(&after).open(setup.db, &keyring(&new)).await.is_ok(), "the new key sealed it");
    })
    .await;
}

#[tokio::test]
async fn secrets_of_a_job_that_was_cancelled_after_its_claim_are_gone() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        let claim = setup.claimed().await;
        job::cancel(setup.db, &setup.ada, claim.lease.job()).await.expect("the call succeeds");

        let opened = stored(&claim).open(setup.db, &keyring(SECRET_KEY)).await;

        assert!(matches!(opened, Err(OpenError::Gone)), "{opened:?}");
    })
    .await;
}

#[tokio::test]
async fn only_the_jobs_that_were_paid_for_have_secrets() {
    with_database(async |database| {
        let ada = create_account(&database.db, "ada", 2).await;
        let keyring = keyring(SECRET_KEY);
        let jobs = [secret_job(&keyring, "a"), interactive_job(), secret_job(&keyring, "b")];

        let batch = job::submit_batch(&database.db, &ada, &jobs, None).await.expect("a batch");
        let none = job::submit(&database.db, &ada, &jobs[2], None).await;

        assert_eq!(batch.jobs.len(), 2);
        assert!(matches!(none, Err(SubmitError::InsufficientCredits)));
        assert_eq!(database.scalar(SECRETS).await, 1);
        assert_eq!(database.scalar("select count(*) from job where had_secrets").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_repeated_only_with_the_same_secrets_also_after_a_rotation() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let new = new_key();
        let call = async |keys: &str, value: &str| {
            let job = secret_job(&keyring(keys), value);
            let once = Idempotency::new("key", job::fingerprint(Delivery::Poll, &job)).expect("a key");
            job::submit(db, &ada, &job, Some(&once)).await.map(|submitted| (submitted.job, submitted.replayed))
        };
        let (first, replayed) = call(SECRET_KEY, "a").await.expect("a job");
        assert!(!replayed);
        let both = format!("{new},{SECRET_KEY}");

        assert_eq!(call(SECRET_KEY, "a").await.expect("a replay"), (first, true));
        assert_eq!(call(&both, "a").await.expect("a replay"), (first, true));
        for (keys, value) in [(SECRET_KEY, "b"), (both.as_str(), "b"), (new.as_str(), "a")] {
            assert!(matches!(call(keys, value).await, Err(SubmitError::KeyReused)), "{value}");
        }
        assert_eq!(database.scalar("select balance from account").await, 9);
        assert_eq!(database.scalar(SECRETS).await, 1);
    })
    .await;
}

/// The statements with which the versions before secrets end a job without a result. They cannot
/// complete one, because they cannot read its options.
#[tokio::test]
async fn the_statements_of_earlier_versions_delete_secrets_too() {
    with_database(async |database| {
        let setup = Setup::new(database).await;
        for statement in [
            "with deleted as (delete from queue returning queue as entry)
             select end_failed(array_agg(entry), 'CANCELLED', 'x') from deleted",
            "with deleted as (delete from queue returning queue as entry)
             select end_failed(array_agg(entry), 'WORKER_LOST', 'x', null, null) from deleted",
            "with deleted as (delete from queue returning queue as entry)
             select end_failed(array_agg(entry), 'WORKER_LOST', 'x', null, null, null) from deleted",
        ] {
            setup.queued().await;

            database.execute(statement).await;

            assert_eq!(setup.stored().await, 0, "{statement}");
        }
    })
    .await;
}
