//! `tintype health`, as scripts and containers use it.

use harness::fixtures::{create_account, register_worker, submit_job};
use harness::{Service, binary, run, with_service};
use serde_json::{Value, json};

async fn health(service: &Service, args: &[&str]) -> (Option<i32>, Value) {
    let args = [&["health", "--json"], args].concat();
    let output = run(&binary("tintype"), &args, &[("DATABASE_URL", &service.database_url)]).await;
    (output.code, serde_json::from_str(&output.stdout).unwrap_or(Value::String(output.stderr)))
}

#[tokio::test]
async fn the_exit_code_tells_healthy_from_degraded_from_down() {
    with_service(async |service| {
        let (code, body) = health(service, &[]).await;
        assert_eq!((code, &body["status"]), (Some(1), &json!("degraded")), "{body}");
        assert_eq!(body["parts"]["fleet"]["status"], "degraded");

        register_worker(&service.db, "idle").await;
        let (code, body) = health(service, &[]).await;
        assert_eq!((code, &body["status"]), (Some(0), &json!("healthy")), "{body}");

        let caller = create_account(&service.db, "ada", 5).await;
        submit_job(&service.db, &caller).await;
        service.execute("update queue set due_at = now() - interval '10 minutes'").await;
        let (code, body) = health(service, &[]).await;
        assert_eq!((code, &body["parts"]["queue"]["status"]), (Some(1), &json!("degraded")), "{body}");
        assert_eq!(health(service, &["--max-wait=900"]).await.0, Some(0));
    })
    .await;
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_or_has_no_schema_is_down() {
    with_service(async |service| {
        service.execute("alter table setting rename to hidden").await;
        let (code, body) = health(service, &[]).await;
        service.execute("alter table hidden rename to setting").await;
        assert_eq!((code, &body["parts"]["schema"]["status"]), (Some(2), &json!("failed")), "{body}");

        let nowhere = [("DATABASE_URL", "postgres://127.0.0.1:1/tintype")];
        let output = run(&binary("tintype"), &["health"], &nowhere).await;
        assert_eq!(output.code, Some(2), "{}", output.stderr);
        assert!(output.stdout.starts_with("database  failed: "), "{}", output.stdout);
        for url in ["http://127.0.0.1:1", "https://127.0.0.1:1", "nonsense"] {
            assert_eq!(health(service, &["--url", url]).await.0, Some(2), "{url}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_api_can_be_asked_and_a_healthy_service_be_waited_for() {
    with_service(async |service| {
        let (code, body) = health(service, &["--url", &service.url]).await;
        assert_eq!((code, &body["parts"]["fleet"]["status"]), (Some(1), &json!("degraded")), "{body}");

        let waits = ["--wait=60", "--url", &service.url];
        let ((code, body), _) = tokio::join!(health(service, &waits), register_worker(&service.db, "idle"));

        assert_eq!((code, &body["parts"]["api"]), (Some(0), &json!({"status": "ok"})), "{body}");
    })
    .await;
}
