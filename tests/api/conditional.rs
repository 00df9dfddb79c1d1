//! Downloads of results: conditions, parts, headers, and many at once.

use domain::job::{self, Claimant};
use harness::fixtures::{html_job, register_worker, rendered};
use harness::{ApiResponse, Service, with_service};
use serde_json::json;

/// A result of this size, and the path that it is at.
async fn stored(service: &Service, key: &str, bytes: usize) -> (String, String) {
    let caller = domain::key::verify(&service.db, key).await.expect("a caller");
    let job = job::submit(&service.db, &caller, &html_job("<p>"), None).await.expect("a job").job;
    let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
    let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
    claim.lease.complete(&service.db, &rendered(bytes)).await.expect("a live lease");
    let path = format!("/v1/jobs/{job}/result");
    let etag = service.get(key, &path).await.header("etag").to_owned();
    (path, etag)
}

async fn send(service: &Service, key: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> ApiResponse {
    let method = method.parse().expect("a method");
    let send = |http: &reqwest::Client, url: &str| {
        let request = http.request(method, format!("{url}{path}")).header("X-API-Key", key);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    service.send(send).await
}

#[tokio::test]
async fn a_result_is_private_has_a_name_and_cannot_run_scripts() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (path, etag) = stored(service, &key, 1000).await;
        let id = path.split('/').nth(3).expect("an id");

        for (range, status) in [("", 200), ("bytes=0-9", 206)] {
            let response = send(service, &key, "GET", &path, &[("Range", range)]).await;

            let header = |name| response.header(name);
            assert_eq!((response.status, header("content-type")), (status, "image/png"));
            assert_eq!(header("cache-control"), "private, no-store");
            assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(header("content-disposition"), format!("inline; filename=\"tintype-{id}.png\""));
            assert_eq!((header("x-content-type-options"), header("etag")), ("nosniff", etag.as_str()));
            assert_eq!(header("vary"), "X-API-Key, Authorization");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_with_conditions_gets_what_rfc_9110_says() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (path, etag) = stored(service, &key, 1000).await;
        let (weak, list) = (format!("W/{etag}"), format!("\"x\", {etag}"));
        let [etag, weak, list] = [etag.as_str(), weak.as_str(), list.as_str()];

        for (headers, expected) in [
            (vec![("If-None-Match", etag)], (304, 0)),
            (vec![("If-None-Match", weak)], (304, 0)),
            (vec![("If-None-Match", list)], (304, 0)),
            (vec![("If-None-Match", "*")], (304, 0)),
            (vec![("If-None-Match", "\"x\""), ("If-None-Match", etag)], (304, 0)),
            (vec![("If-None-Match", "\"x\"")], (200, 1000)),
            (vec![("If-None-Match", "nonsense")], (200, 1000)),
            (vec![("If-None-Match", etag), ("Range", "bytes=0-9")], (304, 0)),
            (vec![("If-Match", etag)], (200, 1000)),
            (vec![("If-Match", "*")], (200, 1000)),
            (vec![("If-Match", "\"x\""), ("If-Match", etag)], (200, 1000)),
            (vec![("If-Match", etag), ("Range", "bytes=990-")], (206, 10)),
            (vec![("If-Match", etag), ("If-None-Match", etag)], (304, 0)),
            (vec![("If-Range", etag), ("Range", "bytes=0-9")], (206, 10)),
            (vec![("If-Range", weak), ("Range", "bytes=0-9")], (200, 1000)),
            (vec![("If-Range", "\"x\""), ("Range", "bytes=0-9")], (200, 1000)),
            (vec![("If-Range", "\"x\""), ("Range", "bytes=5000-")], (200, 1000)),
            (vec![("If-Range", "Sat, 28 Nov 2026 16:00:00 GMT"), ("Range", "bytes=0-9")], (200, 1000)),
            (vec![("If-Modified-Since", "Sat, 28 Nov 2126 16:00:00 GMT")], (200, 1000)),
            (vec![("If-Unmodified-Since", "Sat, 28 Nov 2020 16:00:00 GMT")], (200, 1000)),
        ] {
            let response = send(service, &key, "GET", &path, &headers).await;

            assert_eq!((response.status, response.bytes.len()), expected, "{headers:?}");
            assert_eq!((response.header("etag"), response.header("cache-control")), (etag, "private, no-store"));
        }
        for tags in ["\"x\"", weak, "nonsense"] {
            let response = send(service, &key, "GET", &path, &[("If-Match", tags), ("Range", "bytes=5000-")]).await;

            let code = response.json()["detail"]["code"].clone();
            assert_eq!((response.status, code), (412, json!("PRECONDITION_FAILED")), "{tags}");
            assert_eq!(response.header("etag"), etag);
        }
    })
    .await;
}

#[tokio::test]
async fn a_hostile_range_gets_the_whole_file_once_or_an_error() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (path, _) = stored(service, &key, 1000).await;
        let (many, long) = (format!("bytes={}", ["0-"; 1000].join(",")), format!("bytes=0-{}", "9".repeat(4000)));

        for (range, expected) in [
            (many.as_str(), (200, 1000)),
            ("bytes=0-,0-", (200, 1000)),
            ("bytes=-5-1", (200, 1000)),
            ("bytes=--1", (200, 1000)),
            (long.as_str(), (200, 1000)),
            ("bytes=9-1", (200, 1000)),
            ("pages=1-2", (200, 1000)),
            ("BYTES=1-2", (206, 2)),
            ("bytes=-5000", (206, 1000)),
            ("bytes=0-99999999999", (206, 1000)),
        ] {
            let response = send(service, &key, "GET", &path, &[("Range", range)]).await;

            assert_eq!((response.status, response.bytes.len()), expected, "{}", &range[..range.len().min(40)]);
        }
        for range in ["bytes=1000-", "bytes=-0", "bytes=5000-6000"] {
            let response = send(service, &key, "GET", &path, &[("Range", range)]).await;

            let found = (response.status, response.header("content-range"));
            assert_eq!(found, (416, "bytes */1000"), "{range}");
        }
    })
    .await;
}

#[tokio::test]
async fn head_tells_of_a_result_what_get_does() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (path, etag) = stored(service, &key, 1000).await;
        let job = path.trim_end_matches("/result");

        for (path, headers) in [
            (path.as_str(), vec![]),
            (path.as_str(), vec![("Range", "bytes=5-9")]),
            (path.as_str(), vec![("If-None-Match", etag.as_str())]),
            (path.as_str(), vec![("If-Match", "\"x\"")]),
            (job, vec![]),
            ("/v1/jobs?limit=1", vec![]),
            ("/v1/jobs/x/result", vec![]),
        ] {
            let get = send(service, &key, "GET", path, &headers).await;
            let head = send(service, &key, "HEAD", path, &headers).await;

            assert_eq!((head.status, head.bytes.len()), (get.status, 0), "{path} {headers:?}");
            for name in ["content-type", "etag", "content-range", "content-disposition", "cache-control"] {
                assert_eq!(head.header(name), get.header(name), "{path} {headers:?}: {name}");
            }
        }
        assert_eq!(send(service, &key, "HEAD", &path, &[]).await.header("content-length"), "1000");
    })
    .await;
}

/// The most memory that this process has used since the last reset, in bytes.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).expect("a number") * 1024
}

#[tokio::test]
async fn fifty_downloads_at_once_need_little_memory() {
    const SIZE: usize = 8 * 1024 * 1024;
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (path, _) = stored(service, &key, SIZE).await;
        let http = reqwest::Client::new();
        std::fs::write("/proc/self/clear_refs", "5").expect("the peak is reset");
        let before = peak_memory();

        let mut downloads = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let request = http.get(format!("{}{path}", service.url)).header("X-API-Key", &key);
            downloads.spawn(async move {
                let mut response = request.send().await.expect("a response");
                let mut received = 0;
                while let Some(chunk) = response.chunk().await.expect("a chunk") {
                    received += chunk.len();
                }
                received
            });
        }
        let received = downloads.join_all().await;

        assert_eq!(received, [SIZE; 50]);
        let grown = (peak_memory() - before) / 1024 / 1024;
        assert!(grown < 100, "{grown} MiB more, for 400 MiB sent");
    })
    .await;
}
