//! `tintype jobs` and `tintype job`, as scripts use them.

use harness::fixtures::{claim_one, create_account, failure, register_worker, rendered, submit_job};
use harness::{Database, binary, run, with_database};
use serde_json::Value;

async fn tintype(database: &Database, args: &[&str]) -> (Option<i32>, Value) {
    let output = run(&binary("tintype"), args, &[("DATABASE_URL", &database.url)]).await;
    let response = serde_json::from_str(&output.stdout).unwrap_or(Value::String(output.stdout + &output.stderr));
    (output.code, response)
}

#[tokio::test]
async fn jobs_are_listed_retried_and_cancelled_by_a_filter() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let worker = register_worker(db, "worker-1").await;
        for _ in 0..2 {
            submit_job(db, &ada).await;
            claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");
        }
        let filter = ["--filter", "status:failed account:ada since:1h", "--json"];
        let (code, list) = tintype(database, &[&["jobs", "list"], &filter[..]].concat()).await;
        let jobs = list["jobs"].as_array().expect("jobs");
        assert_eq!(
            (code, jobs.len(), &jobs[0]["state"], &jobs[0]["worker"]),
            (Some(0), 2, &"failed".into(), &"worker-1".into())
        );

        let (_, matching) = tintype(database, &[&["jobs", "retry", "--dry-run"], &filter[..]].concat()).await;
        assert_eq!(matching["jobs"], 2);
        let change = |verb, expect| ["jobs", verb, "--expect", expect, "--as=eve", "--reason=ticket 7"];
        let (code, refused) = tintype(database, &[&change("retry", "1"), &filter[..]].concat()).await;
        assert_eq!(code, Some(1));
        assert!(refused.to_string().contains("2 jobs match now, and 1 did before"), "{refused}");
        let (code, retried) = tintype(database, &[&change("retry", "2"), &filter[..]].concat()).await;
        assert_eq!((code, &retried["jobs"], &retried["credits"]), (Some(0), &2.into(), &2.into()));

        let queued = ["--filter", "status:queued", "--json"];
        let (code, cancelled) = tintype(database, &[&change("cancel", "9"), &queued[..]].concat()).await;
        assert_eq!((code, &cancelled["jobs"]), (Some(0), &2.into()));
        let audited = "select count(*) from event where actor = 'eve' and reason = 'ticket 7' and job is not null";
        assert_eq!(database.scalar(audited).await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_wrong_is_explained() {
    with_database(async |database| {
        let (code, error) = tintype(database, &["jobs", "list", "--filter", "statu:failed"]).await;
        assert_eq!(code, Some(1));
        assert!(error.to_string().contains("did you mean status:?"), "{error}");
        let (code, error) = tintype(database, &["jobs", "cancel", "--filter", "status:queued"]).await;
        assert_eq!(code, Some(2));
        assert!(error.to_string().contains("--expect"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_result_is_saved_to_a_new_file() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 100).await;
        let job = submit_job(db, &ada).await.to_string();
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("page.png");
        let save = ["job", "save", &job, "--output", file.to_str().expect("a path"), "--json"];
        assert_eq!(tintype(database, &save).await.0, Some(1));
        let worker = register_worker(db, "worker-1").await;
        claim_one(db, worker).await.lease.complete(db, &rendered(700_000)).await.expect("a live lease");

        let (code, saved) = tintype(database, &save).await;

        assert_eq!((code, &saved["size"]), (Some(0), &700_000.into()), "{saved}");
        assert_eq!(std::fs::metadata(&file).expect("a file").len(), 700_000);
        let (code, refused) = tintype(database, &save).await;
        assert_eq!(code, Some(1), "an existing file is kept: {refused}");
        let (_, shown) = tintype(database, &["job", "show", &job, "--json"]).await;
        assert_eq!(shown["trail"]["result"]["size"], 700_000);
    })
    .await;
}
