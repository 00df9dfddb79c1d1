//! Secrets of a job, as a customer and an operator see them.

use domain::job;
use harness::fixtures::{interactive_job, keyring, secret_job};
use harness::{SECRET_KEY, Service, binary, run, with_service};
use secrecy::ExposeSecret;
use serde_json::json;

const KEYS: [&str; 2] = ["tintype-api", "tintype-worker"];

/// Submits a job whose secrets these keys sealed, and returns its id.
async fn submit(service: &Service, key: &str, keys: &str) -> String {
    let caller = domain::key::verify(&service.db, key).await.expect("a caller");
    let job = secret_job(&keyring(keys), "canary");
    job::submit(&service.db, &caller, &job, None).await.expect("a job").job.to_string()
}

#[tokio::test]
async fn a_job_whose_secrets_cannot_be_opened_fails_as_such_once_and_is_refunded() {
    with_service(async |service| {
        let key = service.account("ada", 50).await;
        service.worker(1).await;
        let removed = domain::secret::Keyring::generate();

        let job = submit(service, &key, removed.expose_secret()).await;
        let failed = service.wait_for_job(&key, &job).await;

        assert_eq!((&failed["status"], &failed["error_code"]), (&json!("failed"), &json!("SECRETS_UNAVAILABLE")));
        assert_eq!(failed["attempt"], 1, "no other attempt would succeed: {failed}");
        assert!(!failed.to_string().contains("canary"));
        assert_eq!(service.scalar("select balance from account").await, 50);
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'refund'").await, 1);
        assert_eq!(service.scalar("select count(*) from secret").await, 0);
    })
    .await;
}

#[tokio::test]
async fn secrets_that_were_exchanged_fail_both_jobs_and_no_other() {
    with_service(async |service| {
        let key = service.account("ada", 50).await;
        let first = submit(service, &key, SECRET_KEY).await;
        let second = submit(service, &key, SECRET_KEY).await;
        let exchange = "
            create table other as select job, sealed, nonce from secret;
            update secret set sealed = other.sealed, nonce = other.nonce from other where other.job <> secret.job;
            drop table other";
        service.execute(exchange).await;
        service.worker(1).await;

        for job in [first, second] {
            assert_eq!(service.wait_for_job(&key, &job).await["error_code"], "SECRETS_UNAVAILABLE");
        }
        let other = service.submit(&key, "screenshot", json!({"html": "<p>"})).await;
        assert_eq!(service.wait_for_job(&key, &other).await["status"], "completed");
    })
    .await;
}

#[tokio::test]
async fn a_job_with_secrets_is_rendered() {
    with_service(async |service| {
        let key = service.account("ada", 50).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        service.site.put_html("/page", "<h1>page</h1>");
        let url = domain::options::TargetUrl::parse(&service.site.page("/page")).expect("a URL");
        let source = domain::options::Source::Url(url);
        let secret = secret_job(&keyring(SECRET_KEY), "canary");
        let new = job::NewJob { source, secrets: secret.secrets, ..interactive_job() };
        let job = job::submit(&service.db, &caller, &new, None).await.expect("a job").job.to_string();
        service.worker(1).await;

        let completed = service.wait_for_job(&key, &job).await;

        assert_eq!(completed["status"], "completed", "{completed}");
        assert_eq!(service.scalar("select count(*) from secret").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_nonsense_secret_key_ends_a_process_at_its_start_and_is_not_printed() {
    with_service(async |service| {
        for program in KEYS {
            for name in ["TINTYPE_SECRET_KEY", "TINTYPE_SECRET_KEY_FILE"] {
                let directory = tempfile::tempdir().expect("a directory");
                let file = directory.path().join("key");
                std::fs::write(&file, "hunter2hunter2").expect("a file");
                let value =
                    if name.ends_with("FILE") { file.to_str().expect("a plain path") } else { "hunter2hunter2" };
                let env =
                    [("DATABASE_URL", service.database_url.as_str()), ("TINTYPE_LISTEN", "127.0.0.1:0"), (name, value)];

                let ended = run(&binary(program), &[], &env).await;

                assert_eq!(ended.code, Some(1), "{program}: {ended:?}");
                assert!(ended.stderr.contains("secret key 1"), "{program}: {ended:?}");
                assert!(!format!("{ended:?}").contains("hunter2"), "{program}: {ended:?}");
            }
        }
    })
    .await;
}
