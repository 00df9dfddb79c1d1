//! Thumbnails of real screenshots.

use harness::{Service, decode_image, with_service};
use serde_json::{Value, json};

const PAGE: &str = "<!doctype html><body style='margin:0;background:linear-gradient(red,blue)'>\
    <h1>A page</h1><p style='height:4000px'>";

/// The thumbnail of a job.
async fn thumbnail(service: &Service, job: &Value) -> Option<Vec<u8>> {
    assert_eq!(job["status"], "completed", "{job}");
    let id = job["job_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    domain::result::preview(&service.db, id).await.expect("a call").expect("a result").thumbnail
}

#[tokio::test]
async fn a_screenshot_has_a_small_picture_of_its_top_and_a_pdf_has_none() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 50).await;
        for (options, size) in [
            (json!({}), (480, 270)),
            (json!({"format": "webp", "full_page": true}), (480, 640)),
            (json!({"format": "jpeg", "viewport": {"width": 300, "height": 200}}), (300, 200)),
        ] {
            let mut body = options.clone();
            body["html"] = PAGE.into();
            let job = service.screenshot(&key, body).await;
            let bytes = thumbnail(service, &job).await.expect("a thumbnail");
            assert!(bytes.len() <= 48 * 1024, "{options}: {} bytes", bytes.len());
            let image = decode_image(&bytes);
            assert_eq!(image.size(), size, "{options}");
        }
        let pdf = service.pdf(&key, json!({"html": PAGE})).await;
        assert_eq!(thumbnail(service, &pdf).await, None);
    })
    .await;
}

#[tokio::test]
async fn no_thumbnail_is_stored_if_they_are_switched_off() {
    with_service(async |service| {
        let worker = service.worker_process_with(1, &[("TINTYPE_THUMBNAILS", "false")]).await;
        let key = service.account("ada", 50).await;
        let job = service.screenshot(&key, json!({"html": PAGE})).await;
        assert_eq!(thumbnail(service, &job).await, None);
        drop(worker);
    })
    .await;
}
