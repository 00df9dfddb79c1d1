//! The examples of the document: what it says is what the service does.

use harness::{ApiResponse, Service, with_worker};
use serde_json::{Map, Value, json};

async fn document(service: &Service) -> Value {
    service.get("", "/openapi.json").await.json()
}

/// The operations, as their methods, paths and descriptions.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, methods)| {
        methods.as_object().expect("methods").iter().map(move |(method, operation)| (method, path, operation))
    })
}

/// The bodies of requests in the document, as paths and values.
fn requests(document: &Value) -> Vec<(&String, &Value)> {
    let bodies = operations(document).map(|(_, path, operation)| (path, &operation["requestBody"]["content"]));
    let listed = bodies.filter_map(|(path, content)| Some((path, content.get("application/json")?)));
    let mut found = Vec::new();
    for (path, json) in listed {
        found.extend(json.get("example").map(|example| (path, example)));
        let named = json.get("examples").and_then(Value::as_object).into_iter().flat_map(Map::values);
        found.extend(named.map(|example| (path, &example["value"])));
    }
    found
}

/// The response as the document describes it.
fn described<'a>(document: &'a Value, method: &str, template: &str, response: &ApiResponse) -> &'a Value {
    &document["paths"][template][method]["responses"][response.status.to_string()]
}

/// Asserts that each header that the document requires is there.
fn assert_headers(document: &Value, described: &Value, response: &ApiResponse) {
    assert!(described.is_object(), "{} is not in the document", response.status);
    for (name, header) in described["headers"].as_object().expect("headers") {
        let reference = header["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
        let header = reference.map_or(Some(header), |pointer| document.pointer(pointer)).expect("the header");
        // These belong to every response, and have tests of their own.
        if header["required"] == true && !["Cache-Control", "Vary"].contains(&name.as_str()) {
            assert!(response.headers.contains_key(name.as_str()), "{} without {name}", response.status);
        }
    }
}

#[tokio::test]
async fn every_example_of_a_request_succeeds() {
    with_worker(async |service, key| {
        let document = document(service).await;
        let requests = requests(&document);
        assert!(requests.len() >= 7, "{requests:?}");

        for (path, body) in requests {
            let response = service.post(key, path, body).await;

            assert!(matches!(response.status, 200 | 202), "{path} {body}: {response:?}");
            assert_headers(&document, described(&document, "post", path, &response), &response);
        }
    })
    .await;
}

#[tokio::test]
async fn every_operation_without_a_body_succeeds_with_the_id_of_a_job() {
    with_worker(async |service, key| {
        let document = document(service).await;
        let batch = json!({"jobs": [{"type": "screenshot", "html": "<p>one"}]});
        let batch = service.post(key, "/v1/bulk", &batch).await.json();
        let job = batch["jobs"][0]["job_id"].as_str().expect("a job");
        service.wait_for_job(key, job).await;

        let gets = operations(&document).filter(|(method, ..)| *method == "get");
        for (_, template, _) in gets {
            let batch_id = batch["batch_id"].as_str().expect("a batch");
            let path = template.replace("{job_id}", job).replace("{batch_id}", batch_id);

            let response = service.get(key, &path).await;

            assert_eq!(response.status, 200, "{path}: {}", String::from_utf8_lossy(&response.bytes));
            assert_headers(&document, described(&document, "get", template, &response), &response);
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_has_the_headers_and_one_of_the_codes_in_the_document() {
    with_worker(async |service, key| {
        let document = document(service).await;

        let refused = [
            ("post", "/v1/screenshot", service.post(key, "/v1/screenshot", &json!({"quality": 0})).await),
            ("post", "/v1/pdf", service.post("tt_wrong", "/v1/pdf", &json!({"html": "<p>"})).await),
            ("post", "/v1/bulk", service.post(key, "/v1/bulk", &json!({"jobs": []})).await),
            ("get", "/v1/balance", service.get(key, "/v1/balance?unknown=1").await),
            ("get", "/v1/jobs/{job_id}", service.get(key, "/v1/jobs/none").await),
            ("get", "/v1/jobs/{job_id}/result", service.get(key, "/v1/jobs/none/result").await),
        ];
        for (method, path, response) in refused {
            let described = described(&document, method, path, &response);
            assert_headers(&document, described, &response);
            let code = response.json()["detail"]["code"].as_str().expect("a code").to_owned();
            let examples = &described["content"]["application/json"]["examples"];
            assert!(examples.get(&code).is_some(), "{method} {path} {} {code}: {examples}", response.status);
        }
    })
    .await;
}
