//! The base URL of an html job: what its relative links and sources are relative to.

use harness::with_service;
use poem::Response;
use serde_json::{Value, json};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];

/// A picture of this colour.
fn picture(colour: &'static str) -> Response {
    let svg =
        format!("<svg xmlns='http://www.w3.org/2000/svg'><rect width='100%' height='100%' fill='{colour}'/></svg>");
    Response::builder().content_type("image/svg+xml").body(svg)
}

#[tokio::test]
async fn relative_sources_are_loaded_from_the_base_url_and_not_from_a_later_base() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let site = &service.site;
        site.put("/docs/dot.svg", |_| picture("#00ff00"));
        site.put("/other/dot.svg", |_| picture("#ff0000"));
        let image = "<img src=dot.svg style='position:fixed;inset:0;width:100%;height:100%'>";
        let later = format!("<base href='{}'>", site.page("/other/"));
        for html in [
            format!("<!doctype html><body>{image}"),
            format!("<!doctype html><html><head>{later}</head><body>{image}"),
            format!("{later}{image}"),
        ] {
            let body = json!({"html": html, "base_url": site.page("/docs/index.html"), "wait_for": "load"});

            let job = service.screenshot(&key, body).await;

            let shown = service.image(&key, &job).await;
            assert_eq!(shown.count_colour(RED), 0, "{html}");
            shown.assert_colour((640, 360), GREEN);
            assert_eq!(job["warnings"], Value::Null, "{job}");
        }
        assert_eq!((site.requests("/docs/dot.svg").len(), site.requests("/other/dot.svg").len()), (3, 0));
    })
    .await;
}

#[tokio::test]
async fn links_of_a_pdf_lead_to_the_base_url_and_stay_within_the_document() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let html = "<!doctype html><base href='https://other.example/'>
            <p><a href=page2.html>next</a> <a href=/top>top</a> <a href='//cdn.example/x'>cdn</a>
            <a href=https://site.example/a>absolute</a> <a href=#end>end</a></p>
            <p style='break-before:page' id=end>the end";

        let based = service.pdf(&key, json!({"html": html, "base_url": "https://base.example/docs/"})).await;
        let based = service.document(&key, &based).await;
        let bare = html.replace("<base href='https://other.example/'>", "");
        let without = service.pdf(&key, json!({"html": bare})).await;
        let without = service.document(&key, &without).await;

        let expected = [
            "https://base.example/docs/page2.html",
            "https://base.example/top",
            "https://cdn.example/x",
            "https://site.example/a",
        ];
        assert_eq!((based.links, based.inner_links), (expected.map(String::from).to_vec(), 1));
        assert!(without.links.iter().any(|link| link == "https://site.example/a"), "{:?}", without.links);
        assert!(!without.links.iter().any(|link| link.contains("localhost")), "{:?}", without.links);
    })
    .await;
}

#[tokio::test]
async fn a_base_url_is_rejected_with_url_or_at_a_denied_host_and_nothing_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let page = service.site.page("/flag");
        for (body, code) in [
            (json!({"url": page, "base_url": "https://example.com/"}), "VALIDATION_ERROR"),
            (json!({"html": "<p>x", "base_url": "/docs/"}), "VALIDATION_ERROR"),
            (json!({"html": "<p>x", "base_url": "ftp://example.com/"}), "VALIDATION_ERROR"),
            (json!({"html": "<p>x", "base_url": "javascript:alert(1)"}), "VALIDATION_ERROR"),
            (json!({"html": "<p>x", "base_url": "http://127.0.0.1:1/"}), "URL_BLOCKED"),
            (json!({"html": "<p>x", "base_url": service.site.private("/")}), "URL_BLOCKED"),
            (json!({"html": "<p>x", "base_url": "http://169.254.169.254/latest/"}), "URL_BLOCKED"),
            (json!({"html": "<p>x", "base_url": "http://intranet/"}), "URL_BLOCKED"),
            (json!({"html": "<p>x", "base_url": "http://a.render.localhost/"}), "URL_BLOCKED"),
        ] {
            for path in ["/v1/screenshot", "/v1/pdf"] {
                let mut body = body.clone();
                body["async"] = json!(true);

                let response = service.post(&key, path, &body).await;

                let problem = response.json();
                assert_eq!((response.status, &problem["detail"]["code"]), (422, &json!(code)), "{body}: {problem}");
                assert_eq!(problem["detail"]["errors"][0]["field"], "base_url", "{body}: {problem}");
            }
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}
