//! Crashes: workers die, jobs do not.

use std::collections::BTreeSet;

use harness::{Orphans, Service, story};
use nix::sys::signal::Signal;
use serde_json::json;

async fn submit(service: &Service, key: &str, jobs: usize) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for _ in 0..jobs.div_ceil(20) {
        let batch = vec![json!({"type": "screenshot", "url": service.site.page("/flag")}); (jobs - ids.len()).min(20)];
        let answer = service.post(key, "/v1/bulk", &json!({"jobs": batch})).await.json();
        let entries = answer["jobs"].as_array().expect("entries");
        ids.extend(entries.iter().map(|entry| entry["job_id"].as_str().expect("a job_id").to_owned()));
    }
    ids
}

const COMPLETED: &str = "select count(*) from job where state = 'completed'";

#[tokio::test]
async fn two_workers_render_many_jobs_each_once() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        service.worker(2).await;
        service.worker(2).await;

        submit(service, &key, 30).await;
        service.until_count(COMPLETED, 30).await;

        assert_eq!(service.count("select count(*) from job where attempt = 1").await, 30);
        assert_eq!(service.count("select count(*) from result").await, 30);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 70);
    })
    .await;
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_finish_elsewhere() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let mut doomed = service.worker_process(2).await;
        submit(service, &key, 50).await;
        service.until_count(COMPLETED, 5).await;

        doomed.signal(Signal::SIGKILL);
        doomed.ended().await;
        service.change("update worker set beat_at = now() - interval '1 minute'").await;
        service.worker(2).await;
        service.change("update worker set judges_from = now()").await;
        service.until_count(COMPLETED, 50).await;

        assert_eq!(service.count("select count(*) from ledger where kind = 'debit'").await, 50);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 50);
    })
    .await;
}

#[tokio::test]
async fn a_worker_told_to_stop_finishes_or_gives_back_what_it_has_and_leaves_the_fleet() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let mut leaving = service.worker_process(2).await;
        submit(service, &key, 20).await;
        service.until_count(COMPLETED, 1).await;

        leaving.signal(Signal::SIGTERM);
        assert_eq!(leaving.ended().await, Some(0));

        assert_eq!(service.count("select count(*) from worker").await, 0);
        assert_eq!(service.count("select count(*) from queue where lease is not null or attempt > 0").await, 0);
        service.worker(2).await;
        service.until_count(COMPLETED, 20).await;
    })
    .await;
}

#[tokio::test]
async fn a_render_that_outlasts_the_grace_is_given_back_and_costs_no_attempt() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let mut leaving = service.worker_process(1).await;
        let body = json!({"html": "<p>", "wait_for": "#never", "async": true});
        service.post(&key, "/v1/screenshot", &body).await;
        service.until_count("select count(*) from queue where lease is not null", 1).await;

        leaving.signal(Signal::SIGTERM);
        assert_eq!(leaving.ended().await, Some(0));

        assert_eq!(service.count("select count(*) from queue where lease is null and attempt = 0").await, 1);
        assert_eq!(service.count("select count(*) from worker").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_dies_costs_its_own_job_an_attempt_and_is_replaced() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let worker = service.worker_process(2).await;
        let slow = vec![json!({"type": "screenshot", "url": service.site.page("/counted"), "delay_ms": 2000}); 3];
        service.post(&key, "/v1/bulk", &json!({"jobs": slow})).await;
        service.site.visited(2).await;

        Orphans::adopt(worker.id()).kill("--user-data-dir");
        service.until_count(COMPLETED, 3).await;

        assert_eq!(service.count("select count(*) from job where attempt = 2").await, 1, "the neighbour's had its own");
        assert_eq!(service.count("select count(*) from worker").await, 1, "the worker lives on");
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_killed_takes_its_browser_along() {
    story(async |service| {
        let mut doomed = service.worker_process(1).await;
        let orphans = Orphans::adopt(doomed.id());
        assert!(orphans.names().iter().any(|name| name.contains("headless")), "{:?}", orphans.names());

        doomed.signal(Signal::SIGKILL);
        doomed.ended().await;

        orphans.gone().await;
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_html_cannot_be_read_fails_and_is_refunded() {
    story(async |service| {
        let key = service.account("ada", 3).await;
        service.change(DAMAGED).await;
        service.worker(1).await;

        let job = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await.json();
        let ended = service.ended(&key, job["job_id"].as_str().expect("a job_id")).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("failed"), &json!(3)), "{ended}");
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 3);
    })
    .await;
}

const DAMAGED: &str = "
    create or replace function source_html(slot smallint, job uuid) returns bytea language plpgsql stable strict as $$
    begin
        raise 'damaged' using errcode = 'data_corrupted';
    end
    $$";
