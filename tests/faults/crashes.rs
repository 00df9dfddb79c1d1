//! Crashes of workers and browsers, after which every job still ends.

use std::collections::BTreeSet;

use harness::fixtures::{ALLOW_REAPING, EXPIRE_BEATS};
use harness::{Descendants, Service, with_service};
use nix::sys::signal::Signal;
use serde_json::json;

async fn submit(service: &Service, key: &str, jobs: usize) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for _ in 0..jobs.div_ceil(20) {
        let batch = vec![json!({"type": "screenshot", "url": service.site.page("/flag")}); (jobs - ids.len()).min(20)];
        let response = service.post(key, "/v1/bulk", &json!({"jobs": batch})).await.json();
        let entries = response["jobs"].as_array().expect("entries");
        ids.extend(entries.iter().map(|entry| entry["job_id"].as_str().expect("a job_id").to_owned()));
    }
    ids
}

const COMPLETED: &str = "select count(*) from job where state = 'completed'";

#[tokio::test]
async fn two_workers_render_each_job_once() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        service.worker(2).await;
        service.worker(2).await;

        submit(service, &key, 30).await;
        service.wait_for_count(COMPLETED, 30).await;

        assert_eq!(service.scalar("select count(*) from job where attempt = 1").await, 30);
        assert_eq!(service.scalar("select count(*) from result").await, 30);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 70);
    })
    .await;
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_are_rendered_by_another() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let mut doomed = service.worker_process(2).await;
        submit(service, &key, 50).await;
        service.wait_for_count(COMPLETED, 5).await;

        doomed.signal(Signal::SIGKILL);
        doomed.wait().await;
        service.execute(EXPIRE_BEATS).await;
        service.worker(2).await;
        service.execute(ALLOW_REAPING).await;
        service.wait_for_count(COMPLETED, 50).await;

        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 50);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 50);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_stops_finishes_or_releases_its_jobs_and_deregisters() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let mut leaving = service.worker_process(2).await;
        submit(service, &key, 20).await;
        service.wait_for_count(COMPLETED, 1).await;

        leaving.signal(Signal::SIGTERM);
        assert_eq!(leaving.wait().await, Some(0));

        assert_eq!(service.scalar("select count(*) from worker").await, 0);
        assert_eq!(service.scalar("select count(*) from queue where lease is not null or attempt > 0").await, 0);
        service.worker(2).await;
        service.wait_for_count(COMPLETED, 20).await;
    })
    .await;
}

#[tokio::test]
async fn a_render_that_exceeds_the_grace_period_is_released_and_costs_no_attempt() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let mut leaving = service.worker_process(1).await;
        let body = json!({"html": "<p>", "wait_for": "#never", "async": true});
        service.post(&key, "/v1/screenshot", &body).await;
        service.wait_for_count("select count(*) from queue where lease is not null", 1).await;

        leaving.signal(Signal::SIGTERM);
        assert_eq!(leaving.wait().await, Some(0));

        assert_eq!(service.scalar("select count(*) from queue where lease is null and attempt = 0").await, 1);
        assert_eq!(service.scalar("select count(*) from worker").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_crashes_costs_its_own_job_an_attempt_and_is_replaced() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let worker = service.worker_process(2).await;
        let held = service.site.hold("/held");
        let page = service.site.page("/late?after=/held");
        let waiting = vec![json!({"type": "screenshot", "url": page, "wait_for": "#box"}); 3];
        service.post(&key, "/v1/bulk", &json!({"jobs": waiting})).await;
        service.site.wait_for_requests("/held", 2).await;

        Descendants::of(worker.id()).kill("--user-data-dir");
        held.release();
        service.wait_for_count(COMPLETED, 3).await;

        assert_eq!(
            service.scalar("select count(*) from job where attempt = 2").await,
            1,
            "the neighbour's had its own"
        );
        assert_eq!(service.scalar("select count(*) from worker").await, 1, "the worker lives on");
    })
    .await;
}

#[tokio::test]
async fn killing_a_worker_kills_its_browser() {
    with_service(async |service| {
        let mut doomed = service.worker_process(1).await;
        let descendants = Descendants::of(doomed.id());
        assert!(descendants.commands().iter().any(|name| name.contains("headless")), "{:?}", descendants.commands());

        doomed.signal(Signal::SIGKILL);
        doomed.wait().await;

        descendants.wait_until_exited().await;
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_html_cannot_be_read_fails_and_is_refunded() {
    with_service(async |service| {
        let key = service.account("ada", 3).await;
        service.execute(DAMAGED).await;
        service.worker(1).await;

        let job = service.submit(&key, "pdf", json!({"html": "<p>"})).await;
        for attempt in [1, 2] {
            service.wait_for(async || (service.scalar(PARKED_AFTER).await == attempt).then_some(())).await;
            service.execute("update queue set due_at = now()").await;
        }
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("failed"), &json!(3)), "{ended}");
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 3);
    })
    .await;
}

/// The number of attempts of the job that waits to be retried, 0 if there is none.
const PARKED_AFTER: &str = "select coalesce(max(attempt), 0)::bigint from queue where parked";

const DAMAGED: &str = "
    create or replace function source_html(slot smallint, job uuid) returns bytea language plpgsql stable strict as $$
    begin
        raise 'damaged' using errcode = 'data_corrupted';
    end
    $$";
