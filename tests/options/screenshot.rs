//! Screenshots: every format, of a URL and of HTML, and their content.

use harness::{decode_image, with_service};
use image::ImageFormat;
use serde_json::json;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

#[tokio::test]
async fn a_url_is_rendered_as_a_png_of_the_default_viewport() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let response = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/flag")})).await;

        assert_eq!((response.status, response.header("content-type")), (200, "image/png"), "{:?}", response.json());
        assert_eq!(response.header("content-length"), response.bytes.len().to_string());
        assert_eq!((response.header("x-credits-used"), response.header("x-credits-remaining")), ("1", "9"));
        assert!(!response.header("x-job-id").is_empty() && !response.header("x-request-id").is_empty());
        let picture = decode_image(&response.bytes);
        assert_eq!((picture.format, picture.size()), (ImageFormat::Png, (1280, 720)));
        picture.assert_colour((640, 100), RED);
        picture.assert_colour((640, 620), BLUE);
    })
    .await;
}

#[tokio::test]
async fn html_is_rendered_as_a_jpeg_of_the_requested_viewport() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let html = "<!doctype html><meta charset=utf-8><title>ünï</title><body style='margin:0;background:#0000ff'>
                    <div style='width:100px;height:50px;background:#00ff00'></div>";
        let viewport = json!({"width": 400, "height": 300, "device_scale_factor": 2});

        let body = json!({"html": html, "format": "jpg", "quality": 90, "viewport": viewport});
        let response = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!((response.status, response.header("content-type")), (200, "image/jpeg"), "{:?}", response.json());
        let picture = decode_image(&response.bytes);
        assert_eq!((picture.format, picture.size()), (ImageFormat::Jpeg, (800, 600)));
        picture.assert_colour((100, 50), GREEN);
        picture.assert_colour((600, 400), BLUE);
    })
    .await;
}

#[tokio::test]
async fn a_webp_has_its_own_content_type() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/flag"), "format": "webp", "quality": 80, "timeout_ms": 20000});
        let response = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!((response.status, response.header("content-type")), (200, "image/webp"), "{:?}", response.json());
        assert_eq!(image::guess_format(&response.bytes).expect("the bytes of a picture"), ImageFormat::WebP);
        let job = service.get(&key, &format!("/v1/jobs/{}", response.header("x-job-id"))).await.json();
        assert_eq!((&job["format"], job.get("blocked")), (&json!("webp"), None), "{job}");
    })
    .await;
}

#[tokio::test]
async fn a_full_page_is_captured_from_top_to_bottom() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/tall"), "full_page": true, "viewport": {"width": 600}});
        let response = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(response.status, 200, "{:?}", response.json());
        let picture = decode_image(&response.bytes);
        assert_eq!(picture.size(), (600, 3000));
        picture.assert_colour((300, 10), GREEN);
        picture.assert_colour((300, 2890), GREEN);
        picture.assert_colour((300, 2990), RED);
    })
    .await;
}

#[tokio::test]
async fn selectors_and_delays_are_waited_for() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let (never, soon) = (service.site.page("/late?after=/forever"), service.site.page("/late?after=/flag"));

        let early = service.post(&key, "/v1/screenshot", &json!({"url": never, "wait_for": "load"})).await;
        let waited = service.post(&key, "/v1/screenshot", &json!({"url": soon, "wait_for": "#box"})).await;
        let delayed = json!({"url": soon, "wait_for": "commit", "delay_ms": 3000});
        let delayed = service.post(&key, "/v1/screenshot", &delayed).await;
        let idle = service.post(&key, "/v1/screenshot", &json!({"url": soon, "wait_for": "network_idle"})).await;

        decode_image(&early.bytes).assert_colour((640, 360), WHITE);
        for later in [waited, delayed, idle] {
            decode_image(&later.bytes).assert_colour((640, 360), BLUE);
        }
    })
    .await;
}

#[tokio::test]
async fn an_asynchronous_screenshot_is_fetched_later() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/flag"), "async_mode": true});
        let accepted = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(accepted.status, 202, "{:?}", accepted.json());
        let job = accepted.json()["job_id"].as_str().expect("a job_id").to_owned();
        let poll_url = format!("/v1/jobs/{job}");
        assert_eq!(accepted.json(), json!({"job_id": job, "status": "queued", "poll_url": poll_url}));
        assert_eq!(accepted.header("location"), poll_url);
        let ended = service.wait_for_job(&key, &job).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert_eq!(
            (&ended["type"], &ended["format"], &ended["attempt"]),
            (&json!("screenshot"), &json!("png"), &json!(1))
        );
        assert_eq!(ended["result_url"], format!("/v1/jobs/{job}/result"));
        assert!(ended["expires_at"].is_string() && ended["started_at"].is_string() && ended["timings"].is_object());
        let result = service.get(&key, ended["result_url"].as_str().expect("a path")).await;
        assert_eq!((result.status, result.header("content-type")), (200, "image/png"));
        assert_eq!(decode_image(&result.bytes).size(), (1280, 720));
    })
    .await;
}
