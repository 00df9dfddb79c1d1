//! Screenshots: every format, by URL and by HTML, and what is on them.

use harness::{picture, story};
use image::ImageFormat;
use serde_json::json;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

#[tokio::test]
async fn a_url_becomes_a_png_of_the_default_window() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let answer = service.post(&key, "/v1/screenshot", &json!({"url": service.site.page("/flag")})).await;

        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"), "{:?}", answer.json());
        assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
        assert_eq!((answer.header("x-credits-used"), answer.header("x-credits-remaining")), ("1", "9"));
        assert!(!answer.header("x-job-id").is_empty() && !answer.header("x-request-id").is_empty());
        let picture = picture(&answer.bytes);
        assert_eq!((picture.format, picture.size()), (ImageFormat::Png, (1280, 720)));
        picture.assert_colour((640, 100), RED);
        picture.assert_colour((640, 620), BLUE);
    })
    .await;
}

#[tokio::test]
async fn html_becomes_a_jpeg_of_the_window_asked_for() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let html = "<!doctype html><meta charset=utf-8><title>ünï</title><body style='margin:0;background:#0000ff'>
                    <div style='width:100px;height:50px;background:#00ff00'></div>";
        let viewport = json!({"width": 400, "height": 300, "device_scale_factor": 2});

        let body = json!({"html": html, "format": "jpg", "quality": 90, "viewport": viewport});
        let answer = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"), "{:?}", answer.json());
        let picture = picture(&answer.bytes);
        assert_eq!((picture.format, picture.size()), (ImageFormat::Jpeg, (800, 600)));
        picture.assert_colour((100, 50), GREEN);
        picture.assert_colour((600, 400), BLUE);
    })
    .await;
}

#[tokio::test]
async fn a_webp_is_one_and_is_called_so() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/flag"), "format": "webp", "quality": 80, "timeout_ms": 20000});
        let answer = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!((answer.status, answer.header("content-type")), (200, "image/webp"), "{:?}", answer.json());
        assert_eq!(image::guess_format(&answer.bytes).expect("the bytes of a picture"), ImageFormat::WebP);
        let job = service.get(&key, &format!("/v1/jobs/{}", answer.header("x-job-id"))).await.json();
        assert_eq!((&job["format"], job.get("blocked")), (&json!("webp"), None), "{job}");
    })
    .await;
}

#[tokio::test]
async fn a_full_page_is_taken_from_top_to_bottom() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/tall"), "full_page": true, "viewport": {"width": 600}});
        let answer = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(answer.status, 200, "{:?}", answer.json());
        let picture = picture(&answer.bytes);
        assert_eq!(picture.size(), (600, 3000));
        picture.assert_colour((300, 10), GREEN);
        picture.assert_colour((300, 2890), GREEN);
        picture.assert_colour((300, 2990), RED);
    })
    .await;
}

#[tokio::test]
async fn a_selector_is_waited_for_and_so_is_a_delay() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let (never, soon) = (service.site.page("/late?after=/forever"), service.site.page("/late?after=/flag"));

        let early = service.post(&key, "/v1/screenshot", &json!({"url": never, "wait_for": "load"})).await;
        let waited = service.post(&key, "/v1/screenshot", &json!({"url": soon, "wait_for": "#box"})).await;
        let lingered = json!({"url": soon, "wait_for": "commit", "delay_ms": 1500});
        let lingered = service.post(&key, "/v1/screenshot", &lingered).await;
        let idle = service.post(&key, "/v1/screenshot", &json!({"url": soon, "wait_for": "network_idle"})).await;

        picture(&early.bytes).assert_colour((640, 360), WHITE);
        for later in [waited, lingered, idle] {
            picture(&later.bytes).assert_colour((640, 360), BLUE);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_is_asked_for_and_fetched_later() {
    story(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let body = json!({"url": service.site.page("/flag"), "async_mode": true});
        let accepted = service.post(&key, "/v1/screenshot", &body).await;

        assert_eq!(accepted.status, 202, "{:?}", accepted.json());
        let job = accepted.json()["job_id"].as_str().expect("a job_id").to_owned();
        let poll_url = format!("/v1/jobs/{job}");
        assert_eq!(accepted.json(), json!({"job_id": job, "status": "queued", "poll_url": poll_url}));
        assert_eq!(accepted.header("location"), poll_url);
        let ended = service.ended(&key, &job).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert_eq!(
            (&ended["type"], &ended["format"], &ended["attempt"]),
            (&json!("screenshot"), &json!("png"), &json!(1))
        );
        assert_eq!(ended["result_url"], format!("/v1/jobs/{job}/result"));
        assert!(ended["expires_at"].is_string() && ended["started_at"].is_string() && ended["timings"].is_object());
        let result = service.get(&key, ended["result_url"].as_str().expect("a path")).await;
        assert_eq!((result.status, result.header("content-type")), (200, "image/png"));
        assert_eq!(picture(&result.bytes).size(), (1280, 720));
    })
    .await;
}
