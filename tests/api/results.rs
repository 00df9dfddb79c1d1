//! Results: stored for a day, and available to their owner only.

use domain::job::{self, BlockedClass, Claimant, RenderReport, Rendered, Timings, Warning, WarningCode};
use harness::fixtures::{html_job, register_worker, rendered};
use harness::with_service;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn an_expired_result_is_gone() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let rendered = service.post(&key, "/v1/screenshot", &json!({"html": "<p>soon gone</p>"})).await;
        let result = format!("/v1/jobs/{}/result", rendered.header("x-job-id"));
        let kept = service.get(&key, &result).await;

        service.execute("update job set expires_at = now() - interval '1 second'").await;
        let gone = service.get(&key, &result).await;

        assert_eq!((kept.status, &kept.bytes), (200, &rendered.bytes));
        assert_eq!((gone.status, &gone.json()["detail"]["code"]), (410, &json!("RESULT_EXPIRED")), "{:?}", gone.json());
    })
    .await;
}

#[tokio::test]
async fn a_result_is_stored_for_24_hours_and_has_an_etag() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let rendered = service.post(&key, "/v1/screenshot", &json!({"html": "<p>kept</p>"})).await;

        let result = service.get(&key, &format!("/v1/jobs/{}/result", rendered.header("x-job-id"))).await;

        assert_eq!(
            service.scalar("select count(*) from job where expires_at = completed_at + interval '24 hours'").await,
            1
        );
        assert_eq!(result.header("etag").len(), 66, "a quoted SHA-256: {}", result.header("etag"));
        assert!(result.header("content-disposition").ends_with(".png\""));
    })
    .await;
}

#[tokio::test]
async fn a_job_reports_its_timings_and_its_blocked_requests() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        let mut jobs = Vec::new();
        for blocked in [vec![(BlockedClass::PrivateAddress, 3), (BlockedClass::Port, 1)], vec![]] {
            let job = job::submit(&service.db, &caller, &html_job("<p>"), None).await.expect("a job").job;
            let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
            let timings = Timings { connect_ms: 1, navigate_ms: 2, wait_ms: 3, capture_ms: 4, total_ms: 9 };
            let blocked = blocked.into_iter().collect();
            let report = RenderReport::default();
            let (bytes, content_type) = (b"RIFF".to_vec(), "image/webp");
            let rendered = Rendered { bytes, content_type, timings, blocked, report, thumbnail: None };
            claim.lease.complete(&service.db, &rendered).await.expect("a live lease");
            jobs.push(service.get(&key, &format!("/v1/jobs/{job}")).await.json());
        }

        let timings = json!({"connect_ms": 1, "navigate_ms": 2, "wait_ms": 3, "capture_ms": 4, "total_ms": 9});
        let blocked = json!([{"class": "private_address", "count": 3}, {"class": "port", "count": 1}]);
        assert_eq!((&jobs[0]["timings"], &jobs[0]["blocked"]), (&timings, &blocked));
        assert!(jobs[1].get("blocked").is_none(), "{}", jobs[1]);
        let result = service.get(&key, jobs[0]["result_url"].as_str().expect("a path")).await;
        assert_eq!((result.status, result.header("content-type")), (200, "image/webp"));
    })
    .await;
}

#[tokio::test]
async fn a_job_reports_its_document_its_browser_and_its_warnings() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        let late = Warning::new(WarningCode::FontsLate, "a font was late");
        let failed = Warning::new(WarningCode::RequestsFailed, "2 requests failed").with_count(2);
        let filled = RenderReport {
            target_status: Some(404),
            final_url: Some("https://ada:secret@example.com/b?c".to_owned()),
            browser: Some("Chromium 156.0.8078.108".to_owned()),
            warnings: [late, failed].into_iter().collect(),
        };
        let mut jobs = Vec::new();
        for report in [filled, RenderReport::default()] {
            let job = job::submit(&service.db, &caller, &html_job("<p>"), None).await.expect("a job").job;
            let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
            claim.lease.complete(&service.db, &Rendered { report, ..rendered(9) }).await.expect("a live lease");
            jobs.push(service.get(&key, &format!("/v1/jobs/{job}")).await.json());
        }

        let names = ["target_status", "final_url", "browser", "warnings"];
        let warnings = json!([
            {"code": "FONTS_LATE", "message": "a font was late"},
            {"code": "REQUESTS_FAILED", "message": "2 requests failed", "count": 2},
        ]);
        let expected = [json!(404), json!("https://example.com/b?c"), json!("Chromium 156.0.8078.108"), warnings];
        assert_eq!(names.map(|name| jobs[0][name].clone()), expected);
        assert_eq!(names.map(|name| jobs[1].get(name)), [None; 4], "{}", jobs[1]);
    })
    .await;
}

#[tokio::test]
async fn a_large_result_arrives_complete() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let noise = "<!doctype html><body style='margin:0'><canvas width=1200 height=1200></canvas><script>
            const context = document.querySelector('canvas').getContext('2d');
            const image = context.createImageData(1200, 1200);
            let seed = 1;
            for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 == 3 ? 255 : (seed = seed * 16807 % 2147483647) & 255;
            context.putImageData(image, 0, 0)</script>";

        let body = json!({"html": noise, "viewport": {"width": 1200, "height": 1200}});
        let response = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(response.status, 200, "{:?}", response.json());
        assert!(response.bytes.len() > 1024 * 1024, "several slices: {}", response.bytes.len());
        assert_eq!(harness::decode_image(&response.bytes).size(), (1200, 1200));
    })
    .await;
}

#[tokio::test]
async fn ranges_of_a_result_can_be_fetched() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let rendered = service.post(&key, "/v1/screenshot", &json!({"html": "<p>in parts</p>"})).await;
        let result = format!("/v1/jobs/{}/result", rendered.header("x-job-id"));
        let size = rendered.bytes.len();
        let part = async |range: &str| {
            let range = range.to_owned();
            let ask = |http: &reqwest::Client, url: &str| {
                http.get(format!("{url}{result}")).header("X-API-Key", &key).header("Range", range)
            };
            service.send(ask).await
        };

        let (head, tail, behind) = (part("bytes=0-99").await, part("bytes=100-").await, part("bytes=999999999-").await);

        assert_eq!((head.status, tail.status), (206, 206));
        assert_eq!(head.header("content-range"), format!("bytes 0-99/{size}"));
        assert_eq!(tail.header("content-length"), (size - 100).to_string());
        assert_eq!([head.bytes, tail.bytes].concat(), rendered.bytes);
        assert_eq!((behind.status, &behind.json()["detail"]["code"]), (416, &json!("RANGE_NOT_SATISFIABLE")));
        assert_eq!(behind.header("content-range"), format!("bytes */{size}"));
    })
    .await;
}

#[tokio::test]
async fn the_result_of_an_unfinished_job_is_not_available() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let job = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await.json();

        let early = service.get(&key, &format!("/v1/jobs/{}/result", job["job_id"].as_str().expect("a job_id"))).await;

        assert_eq!((early.status, &early.json()["detail"]["code"]), (409, &json!("JOB_NOT_READY")));
    })
    .await;
}

#[tokio::test]
async fn the_job_of_another_account_is_not_found() {
    with_service(async |service| {
        let (ada, eve) = (service.account("ada", 10).await, service.account("eve", 10).await);
        let job = service.post(&ada, "/v1/pdf", &json!({"html": "<p>", "async": true})).await.json();
        let job = job["job_id"].as_str().expect("a job_id").to_owned();

        for id in [job, Uuid::now_v7().to_string(), "not-a-uuid".to_owned()] {
            for path in [format!("/v1/jobs/{id}"), format!("/v1/jobs/{id}/result")] {
                let response = service.get(&eve, &path).await;

                let detail = response.json()["detail"].clone();
                assert_eq!((response.status, &detail["code"]), (404, &json!("JOB_NOT_FOUND")), "{path}");
                assert_eq!(detail["message"], "your account has no such job");
            }
        }
    })
    .await;
}
