//! The documentation: where it is, and how it is served.

use harness::{Service, with_service};
use serde_json::Value;

async fn get(service: &Service, path: &str) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    client.get(format!("{}{path}", service.url)).send().await.expect("a response")
}

#[tokio::test]
async fn the_root_leads_to_the_documentation() {
    with_service(async |service| {
        let root = get(service, "/").await;

        assert!(root.status().is_redirection(), "{}", root.status());
        assert_eq!(root.headers()["location"], "/docs");
    })
    .await;
}

#[tokio::test]
async fn each_form_of_the_document_has_one_media_type() {
    with_service(async |service| {
        for (path, expected) in [
            ("/openapi.json", "application/json"),
            ("/openapi.yaml", "application/yaml"),
            ("/docs", "text/html; charset=utf-8"),
        ] {
            let response = get(service, path).await;
            let types: Vec<_> = response.headers().get_all("content-type").iter().collect();
            assert_eq!(types, [expected], "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_served_document_is_the_committed_one() {
    with_service(async |service| {
        let served: Value = get(service, "/openapi.json").await.json().await.expect("JSON");

        let committed = std::fs::read_to_string("../openapi/tintype.json").expect("the committed document");
        let committed: Value = serde_json::from_str(&committed).expect("JSON");
        assert!(served == committed, "run `just openapi`");
    })
    .await;
}

#[tokio::test]
async fn the_page_is_about_tintype_and_loads_nothing_from_elsewhere() {
    with_service(async |service| {
        let page = get(service, "/docs").await.text().await.expect("text");

        assert!(page.starts_with("<!doctype html>") && page.contains("<title>Tintype</title>"), "{page:.300}");
        for elsewhere in ["<script src", "<link rel=\"stylesheet\"", "src=\"http", "href=\"http"] {
            assert!(!page.contains(elsewhere), "{elsewhere}");
        }
        assert!(page.contains("persistAuthorization: true"), "the options are those of this service");
    })
    .await;
}
