//! Connections that are cut in the middle of a statement, on either side of its commit.

use harness::{Fault, Moment, Proxy, story};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::fleet::StandIn;
use crate::{BALANCE, CLAIM, COMPLETE, COMPLETED, Client, DEBITS, JUDGES, LAPSED, REFUNDS, SUBMIT};
use crate::{asynchronous, away, job_of, registered, told, worker_behind};

/// Every way to submit.
fn calls() -> [(&'static str, Value); 3] {
    let batch = json!({"jobs": [{"type": "pdf", "html": "<p>"}, {"type": "screenshot", "html": "<p>"}]});
    [("/v1/pdf", asynchronous()), ("/v1/bulk", batch), ("/v1/screenshot", json!({"html": "<p>"}))]
}

const TALLY: &str = "select coalesce(sum(completed), 0)::bigint from stat_minute";

#[tokio::test]
async fn a_submission_that_is_cut_before_it_commits_leaves_no_job_and_no_debit() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.api(proxy.url()).await, &key);
        registered(&service.db, "idle").await;

        for (path, body) in calls() {
            for moment in [Moment::Before, Moment::During] {
                let cut = proxy.on(SUBMIT, 1, moment, Fault::Cut);
                let answer = client.post_once("once", path, &body).await;
                cut.met().await;
                assert_eq!(told(&answer), away(), "{path} {moment:?}");
                assert!(!answer.header("retry-after").is_empty());
            }
        }

        assert_eq!(service.count("select count(*) from job").await, 0);
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (0, 10));
    })
    .await;
}

#[tokio::test]
async fn a_submission_whose_commit_nobody_heard_of_is_done_once_when_it_is_sent_again() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let client = Client::new(&service.api(proxy.url()).await, &key);
        registered(&service.db, "idle").await;
        let statuses = [202, 202, 409];

        for ((path, body), status) in calls().iter().zip(statuses) {
            let cut = proxy.on(SUBMIT, 1, Moment::After, Fault::Cut);
            let unheard = client.post_once(path, path, body).await;
            cut.met().await;
            assert_eq!(told(&unheard), away(), "{path}");
            let [first, second] = [client.post_once(path, path, body).await, client.post_once(path, path, body).await];
            assert_eq!((first.status, second.status), (status, status), "{path}: {}", first.json());
            assert_eq!(first.header("x-job-id"), second.header("x-job-id"));
            assert_eq!(first.header("idempotent-replayed"), if status == 202 { "true" } else { "" });
        }
        let _worker = StandIn::start(&service.database_url, "live", 4, &watch::channel(true).1).await;
        service.until_count(COMPLETED, 4).await;
        let (path, body) = &calls()[2];
        let heard = client.post_once(path, path, body).await;

        assert_eq!((heard.status, heard.header("idempotent-replayed")), (200, "true"));
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (4, 6));
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_is_cut_before_it_commits_costs_no_attempt() {
    for moment in [Moment::Before, Moment::During] {
        story(async |service| {
            let key = service.account("ada", 10).await;
            let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
            let proxy = Proxy::to(&service.database_url).await;
            let cut = proxy.on(CLAIM, 1, moment, Fault::Cut);
            let _worker = worker_behind(service, &proxy, 1).await;
            cut.met().await;

            let ended = service.ended(&key, &job).await;

            assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_job_whose_claim_nobody_heard_of_is_claimed_again_when_its_lease_lapses() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
        let proxy = Proxy::to(&service.database_url).await;
        let cut = proxy.on(CLAIM, 1, Moment::After, Fault::Cut);
        let _worker = worker_behind(service, &proxy, 1).await;
        cut.met().await;
        assert_eq!(service.count("select count(*) from queue where lease is not null and attempt = 1").await, 1);

        service.change("update queue set deadline = now()").await;
        service.change(JUDGES).await;
        let ended = service.ended(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(2)), "{ended}");
        assert_eq!((service.count(LAPSED).await, service.count(REFUNDS).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_completion_that_is_cut_is_written_once_and_counted_once() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let _worker = worker_behind(service, &proxy, 1).await;

        for (moment, jobs) in [(Moment::Before, 1), (Moment::During, 2), (Moment::After, 3)] {
            let cut = proxy.on(COMPLETE, 1, moment, Fault::Cut);
            let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
            cut.met().await;
            let ended = service.ended(&key, &job).await;
            service.until_count(TALLY, jobs).await;

            assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{moment:?} {ended}");
            assert_eq!((service.count("select count(*) from result").await, service.count(TALLY).await), (jobs, jobs));
        }
        assert_eq!(service.count(LAPSED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_in_silence_is_learnt_of() {
    story(async |service| {
        let key = service.account("ada", 10).await;
        let proxy = Proxy::to(&service.database_url).await;
        let frozen = proxy.on(COMPLETE, 1, Moment::After, Fault::Freeze);
        let _worker = worker_behind(service, &proxy, 1).await;
        let job = job_of(&service.post(&key, "/v1/pdf", &asynchronous()).await);
        frozen.met().await;

        let ended = service.ended(&key, &job).await;
        service.until_count(TALLY, 1).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!((service.count(TALLY).await, service.count(LAPSED).await), (1, 0));
    })
    .await;
}
