//! Batches: up to 20 jobs in one call, accepted as far as the credits suffice.

use domain::job::Claimant;
use harness::fixtures::{failure, register_worker, rendered};
use harness::{decode_image, read_pdf, with_service};
use serde_json::{Value, json};

fn example(page: &str) -> Value {
    json!({"jobs": [
        {"type": "screenshot", "url": page, "format": "png", "viewport": {"width": 1280, "height": 720}},
        {"type": "screenshot", "url": page, "format": "jpeg", "full_page": true},
        {"type": "pdf", "url": page, "format": "A4", "print_background": true},
    ]})
}

#[tokio::test]
async fn a_batch_of_three_is_rendered() {
    with_service(async |service| {
        service.worker(2).await;
        let key = service.account("ada", 10).await;

        let response = service.post(&key, "/v1/bulk", &example(&service.site.page("/flag"))).await;

        let batch = response.json();
        assert_eq!(response.status, 202, "{batch}");
        let totals = ["submitted", "failed", "credits_used", "credits_remaining"].map(|name| &batch[name]);
        assert_eq!(totals, [&json!(3), &json!(0), &json!(3), &json!(7)]);
        let mut files = Vec::new();
        for (index, entry) in batch["jobs"].as_array().expect("entries").iter().enumerate() {
            let job = entry["job_id"].as_str().expect("a job_id");
            let poll_url = format!("/v1/jobs/{job}");
            assert_eq!(*entry, json!({"index": index, "job_id": job, "status": "queued", "poll_url": poll_url}));
            let ended = service.wait_for_job(&key, job).await;
            assert_eq!((&ended["status"], &ended["batch_id"]), (&json!("completed"), &batch["batch_id"]), "{ended}");
            files.push(service.get(&key, &format!("{poll_url}/result")).await);
        }
        assert_eq!(decode_image(&files[0].bytes).size(), (1280, 720));
        assert_eq!(files[1].header("content-type"), "image/jpeg");
        assert_eq!(read_pdf(&files[2].bytes).pages, 1);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_exceeds_the_balance_reports_the_unpaid_jobs() {
    with_service(async |service| {
        let key = service.account("ada", 2).await;

        let response = service.post(&key, "/v1/bulk", &example(&service.site.page("/flag"))).await;

        let batch = response.json();
        assert_eq!(response.status, 202, "{batch}");
        let totals = ["submitted", "failed", "credits_used", "credits_remaining"].map(|name| &batch[name]);
        assert_eq!(totals, [&json!(2), &json!(1), &json!(2), &json!(0)]);
        let last = &batch["jobs"][2];
        let names: Vec<_> = last.as_object().expect("an entry").keys().map(String::as_str).collect();
        assert_eq!(names, ["index", "error_code", "error_message"]);
        assert_eq!((&last["index"], &last["error_code"]), (&json!(2), &json!("CREDITS_EXHAUSTED")));
        assert_eq!(service.scalar("select count(*) from queue").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_batch_without_credits_is_accepted_with_an_error_for_each_job() {
    with_service(async |service| {
        let key = service.account("ada", 0).await;

        let response = service.post(&key, "/v1/bulk", &example(&service.site.page("/flag"))).await;

        assert_eq!(response.status, 202);
        let totals =
            ["submitted", "failed", "credits_used", "credits_remaining"].map(|name| response.json()[name].clone());
        assert_eq!(totals, [json!(0), json!(3), json!(0), json!(0)]);
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_0_or_21_jobs_is_rejected_and_costs_nothing() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;

        for count in [0, 21] {
            let jobs = vec![json!({"type": "pdf", "html": "<p>"}); count];
            let response = service.post(&key, "/v1/bulk", &json!({"jobs": jobs})).await;

            let problem = response.json();
            assert_eq!((response.status, &problem["detail"]["errors"][0]["field"]), (422, &json!("jobs")), "{problem}");
        }
        let twenty = vec![json!({"type": "pdf", "html": "<p>"}); 20];
        assert_eq!(service.post(&key, "/v1/bulk", &json!({"jobs": twenty})).await.json()["submitted"], 20);
        assert_eq!(service.get(&key, "/v1/balance").await.json()["credits_remaining"], 80);
    })
    .await;
}

#[tokio::test]
async fn one_invalid_entry_rejects_the_whole_batch_and_is_named() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let jobs = json!({"jobs": [
            {"type": "pdf", "html": "<p>"},
            {"type": "pdf", "html": "<p>", "margin": {"left": "1em"}},
            {"type": "screenshot", "url": "ftp://example.com/", "html": "<p>"},
            {"type": "screenshot", "html": "<p>", "viewport": {"width": 4000}},
        ]});

        let response = service.post(&key, "/v1/bulk", &jobs).await;

        assert_eq!(
            (response.status, &response.json()["detail"]["errors"][0]["field"]),
            (422, &json!("jobs[3].viewport.width"))
        );
        let jobs = json!({"jobs": jobs["jobs"].as_array().expect("jobs")[..3]});
        let response = service.post(&key, "/v1/bulk", &jobs).await;
        let errors = response.json()["detail"]["errors"].clone();
        let fields: Vec<_> = errors.as_array().expect("errors").iter().map(|error| error["field"].clone()).collect();
        assert_eq!(fields, ["jobs[1].margin.left", "jobs[2].html"]);
        assert_eq!(service.scalar("select count(*) from job").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_shown_with_its_jobs_in_order_and_how_many_have_each_status() {
    with_service(async |service| {
        let (key, eve) = (service.account("ada", 4).await, service.account("eve", 4).await);
        let page = json!({"type": "pdf", "html": "<p>"});
        let batch = service.post(&key, "/v1/bulk", &json!({"jobs": vec![page; 5]})).await.json();
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        let mut claims = claimant.claim(&service.db, 3).await.expect("a claim");
        claims.remove(0).lease.complete(&service.db, &rendered(9)).await.expect("a live lease");
        claims.remove(0).lease.fail(&service.db, &failure()).await.expect("a live lease");
        let path = format!("/v1/bulk/{}", batch["batch_id"].as_str().expect("an id"));

        let shown = service.get(&key, &path).await;

        let body = shown.json();
        assert_eq!((shown.status, &body["batch_id"]), (200, &batch["batch_id"]));
        assert_eq!(body["counts"], json!({"queued": 1, "processing": 1, "completed": 1, "failed": 1}));
        let jobs = body["jobs"].as_array().expect("jobs");
        let submitted = batch["jobs"].as_array().expect("jobs");
        let ids = |jobs: &[Value]| jobs.iter().map(|job| job["job_id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(jobs), ids(&submitted[..4]), "the fifth was not accepted");
        assert_eq!(jobs[0]["status"], "completed");
        assert!(jobs.iter().all(|job| job["batch_id"] == batch["batch_id"]));
        let job = jobs[0]["job_id"].as_str().expect("an id");
        for (key, id) in [
            (&eve, batch["batch_id"].as_str().expect("an id")),
            (&key, job),
            (&key, "00000000-0000-7000-8000-000000000000"),
            (&key, "nonsense"),
        ] {
            let response = service.get(key, &format!("/v1/bulk/{id}")).await;

            assert_eq!((response.status, &response.json()["detail"]["code"]), (404, &json!("NOT_FOUND")), "{id}");
        }
    })
    .await;
}
