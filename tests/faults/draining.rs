//! Draining and releasing real workers.

use std::net::TcpListener;

use domain::event::Actor;
use domain::id::WorkerId;
use domain::worker::{self, Drain, Released};
use harness::{Service, with_service};
use serde_json::{Value, json};

use super::page::Slow;

/// Counts the jobs that no worker has.
const WAITING: &str = "select count(*) from queue where lease is null";

async fn only_worker(service: &Service) -> WorkerId {
    worker::fleet(&service.db).await.expect("the fleet").workers[0].id
}

async fn health(url: &str) -> (u16, Value) {
    let response = reqwest::get(format!("{url}/health/ready")).await.expect("a response");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

/// Waits until the worker says that it is draining, or that it is ready.
async fn wait_for_health(service: &Service, url: &str, status: &str) -> (u16, Value) {
    service
        .wait_for(async || {
            let health = health(url).await;
            (health.1["status"] == status).then_some(health)
        })
        .await
}

#[tokio::test]
async fn a_drained_worker_ends_what_it_has_claims_nothing_and_goes_on_when_it_is_undrained() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let slow = Slow::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let (address, allowed) = (listener.to_string(), slow.allowed(service.site.allowed()));
        let env = [("TINTYPE_WORKER_LISTEN", address.as_str()), ("TINTYPE_EGRESS_ALLOW", allowed.as_str())];
        let process = service.worker_process_with(2, &env).await;
        let url = format!("http://{address}");
        let first = service
            .submit(&key, "screenshot", json!({"url": service.site.page(&slow.page()), "wait_for": "#box"}))
            .await;
        let visit = slow.visit().await;
        let worker = only_worker(service).await;

        let actor = Actor::new("eve");
        assert_eq!(worker::drain(&service.db, &actor, worker).await.expect("a drain"), Drain::Changed);
        let (status, body) = wait_for_health(service, &url, "draining").await;
        let second = service.submit(&key, "screenshot", json!({"html": "<p>"})).await;
        visit.respond().await;
        let ended = service.wait_for_job(&key, &first).await;
        service.wait_for_count("select count(*) from worker where drained_at is not null", 1).await;

        assert_eq!(status, 503, "{body}");
        assert_eq!(body["parts"]["fleet"]["status"], "degraded", "{body}");
        assert_eq!(reqwest::get(format!("{url}/health/live")).await.expect("a response").status().as_u16(), 200);
        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        assert_eq!(service.scalar(WAITING).await, 1, "the second job waits");
        let shown = worker::fleet(&service.db).await.expect("the fleet").workers.remove(0);
        assert_eq!((shown.completed_1m, shown.pid), (Some(1), Some(process.id())));

        assert_eq!(worker::undrain(&service.db, &actor, worker).await.expect("an undrain"), Drain::Changed);
        assert_eq!(service.wait_for_job(&key, &second).await["status"], "completed");
        assert_eq!(wait_for_health(service, &url, "ready").await.0, 200);
        service.wait_for_count("select count(*) from worker where memory_bytes > 10000000", 1).await;
        service.wait_for_count("select count(*) from worker where swept_at is not null", 1).await;
    })
    .await;
}

#[tokio::test]
async fn the_jobs_of_a_drained_worker_are_released_to_another_and_their_renders_stop() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let slow = Slow::open().await;
        let allowed = slow.allowed(service.site.allowed());
        let _process = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        let job = service
            .submit(&key, "screenshot", json!({"url": service.site.page(&slow.page()), "wait_for": "#box"}))
            .await;
        let held = slow.visit().await;
        let worker = only_worker(service).await;
        let actor = Actor::new("eve");

        assert_eq!(worker::release(&service.db, &actor, worker).await.expect("the call succeeds"), Released::Working);
        worker::drain(&service.db, &actor, worker).await.expect("a drain");
        assert_eq!(worker::release(&service.db, &actor, worker).await.expect("a release"), Released::Jobs(1));
        held.gone().await;
        assert_eq!(service.scalar(WAITING).await, 1, "the drained worker does not claim it again");
        let _other = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        slow.visit().await.respond().await;
        let ended = service.wait_for_job(&key, &job).await;

        assert_eq!((&ended["status"], &ended["attempt"]), (&json!("completed"), &json!(1)), "{ended}");
        let ended_by =
            "select count(*) from job join worker on worker.id = job.worker where worker.draining_at is null";
        assert_eq!(service.scalar(ended_by).await, 1);
    })
    .await;
}
