//! PDFs: number of pages, their size and their text.

use harness::{read_pdf, with_service};
use serde_json::json;

fn near(found: (f64, f64), expected: (f64, f64)) -> bool {
    (found.0 - expected.0).abs() < 2.0 && (found.1 - expected.1).abs() < 2.0
}

#[tokio::test]
async fn a_url_is_rendered_as_a_pdf_of_a4_pages_with_its_text() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;

        let response = service.post(&key, "/v1/pdf", &json!({"url": service.site.page("/invoice")})).await;

        assert_eq!(
            (response.status, response.header("content-type")),
            (200, "application/pdf"),
            "{:?}",
            response.json()
        );
        let pdf = read_pdf(&response.bytes);
        assert_eq!(pdf.pages, 3);
        assert!(near(pdf.size, (595.0, 842.0)), "{:?}", pdf.size);
        for words in ["Invoice 42", "Second sheet", "Total 17 credits"] {
            assert!(pdf.text.contains(words), "{words} in {}", pdf.text);
        }
    })
    .await;
}

#[tokio::test]
async fn an_asynchronous_pdf_is_fetched_later() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let margin = json!({"top": "0", "right": "12px", "bottom": "10mm", "left": "0.5in"});

        let body = json!({
            "html": "<h1>Hello</h1>", "format": "Letter", "orientation": "landscape", "margin": margin,
            "print_background": false, "async": true,
        });
        let accepted = service.post(&key, "/v1/pdf", &body).await;

        assert_eq!(accepted.status, 202, "{:?}", accepted.json());
        let job = accepted.json()["job_id"].as_str().expect("a job_id").to_owned();
        let ended = service.wait_for_job(&key, &job).await;
        assert_eq!(
            (&ended["status"], &ended["type"], &ended["format"]),
            (&json!("completed"), &json!("pdf"), &json!("Letter"))
        );
        let result = service.get(&key, &format!("/v1/jobs/{job}/result")).await;
        assert_eq!((result.status, result.header("content-type")), (200, "application/pdf"));
        let pdf = read_pdf(&result.bytes);
        assert!(near(pdf.size, (792.0, 612.0)), "{:?}", pdf.size);
        assert!(pdf.pages == 1 && pdf.text.contains("Hello"));
    })
    .await;
}
