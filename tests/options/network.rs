//! What the target is sent, and which responses it may give.

use std::time::Duration;

use harness::{Service, decode_image, with_service, with_worker};
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

const GREEN: [u8; 3] = [0, 255, 0];
const CANARY: &str = "CANARY-7c1f";

/// Runs a test of a worker that may also reach a second site, of another origin.
async fn with_two_sites(test: impl AsyncFnOnce(&Service, &harness::Site, &str)) {
    with_service(async |service| {
        let other = harness::Site::open().await;
        let allowed = format!("{},{}", service.site.allowed(), other.allowed());
        let worker = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        let key = service.account("ada", 50).await;
        test(service, &other, &key).await;
        drop(worker);
    })
    .await;
}

async fn submit(service: &Service, key: &str, kind: &str, body: Value) -> Value {
    let job = service.submit(key, kind, body).await;
    service.wait_for_job(key, &job).await
}

/// A page that requests `path` of another origin in every way, and of its own.
fn embedding(other: &str) -> String {
    format!(
        "<!doctype html><img src='{other}/image'><img src='/own-image'><iframe src='{other}/frame'></iframe>
        <link rel=stylesheet href='{other}/style'><script src='{other}/script'></script>
        <img src='/hop'>
        <script>fetch('{other}/fetch').catch(() => 0); fetch('/own-fetch')</script>"
    )
}

#[tokio::test]
async fn headers_are_sent_to_the_origin_of_the_target_alone() {
    with_two_sites(async |service, other, key| {
        let site = &service.site;
        let elsewhere = other.page("/hopped");
        site.put_html("/page", embedding(&other.page("")));
        site.put("/hop", move |_| {
            Response::builder().status(StatusCode::FOUND).header("Location", &elsewhere).finish()
        });
        site.put("/own-image", |_| Response::from("image"));
        site.put("/own-fetch", |_| Response::from("fetched"));
        for path in ["/image", "/style", "/script", "/fetch", "/hopped"] {
            other.put(path, |_| Response::builder().header("Access-Control-Allow-Origin", "*").body("x"));
        }
        other.put_html("/frame", format!("<img src='{}'>", other.page("/in-frame")));

        let body = json!({"url": site.page("/page"), "wait_for": "network_idle", "headers": {
            "X-Token": CANARY, "authorization": format!("Bearer {CANARY}"), "User-Agent": "Tester/2"}});
        let with = submit(service, key, "screenshot", body).await;
        let without =
            submit(service, key, "screenshot", json!({"url": site.page("/page"), "wait_for": "network_idle"})).await;

        assert_eq!((&with["status"], &without["status"]), (&json!("completed"), &json!("completed")), "{with}");
        for path in ["/page", "/own-image", "/own-fetch", "/hop"] {
            let requests = site.requests(path);
            let [first, second] = requests.as_slice() else { panic!("{path}: {}", requests.len()) };
            assert_eq!((first.header("x-token"), second.header("x-token")), (CANARY, ""), "{path}");
            assert!(
                first.header("authorization").contains(CANARY) && second.header("authorization").is_empty(),
                "{path}"
            );
            assert_eq!(first.header("user-agent"), "Tester/2", "{path}");
        }
        for path in ["/image", "/frame", "/in-frame", "/style", "/script", "/fetch", "/hopped"] {
            let requests = other.requests(path);
            assert_eq!(requests.len(), 2, "{path}");
            for request in requests {
                assert!(!format!("{:?}", request.headers).contains(CANARY), "{path}: {:?}", request.headers);
                assert!(path == "/frame" || !request.header("user-agent").contains("Tester/2"), "{path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_target_that_redirects_elsewhere_takes_no_secret_along() {
    with_two_sites(async |service, other, key| {
        let elsewhere = other.page("/landed");
        let redirect = move |_: &harness::RecordedRequest| {
            Response::builder().status(StatusCode::FOUND).header("Location", &elsewhere).finish()
        };
        service.site.put("/start", redirect);
        other.put("/landed", |request| {
            assert!(!format!("{:?}", request.headers).contains(CANARY));
            let challenge = Response::builder().status(StatusCode::UNAUTHORIZED);
            challenge.header("WWW-Authenticate", "Basic realm=x").content_type("text/html").body("<p>who?")
        });

        let body = json!({"url": service.site.page("/start"), "headers": {"X-Token": CANARY},
            "basic_auth": {"username": "ada", "password": CANARY}});
        let job = submit(service, key, "screenshot", body).await;

        assert_eq!((&job["status"], &job["target_status"]), (&json!("completed"), &json!(401)), "{job}");
        assert_eq!(service.site.requests("/start")[0].header("x-token"), CANARY);
        let requests = other.requests("/landed");
        assert!(!requests.is_empty());
        assert!(requests.iter().all(|request| !format!("{:?}", request.headers).contains(CANARY)));
    })
    .await;
}

#[tokio::test]
async fn the_base_url_of_html_receives_its_headers() {
    with_two_sites(async |service, other, key| {
        let html = format!("<!doctype html><img src=/own><img src='{}'>", other.page("/other"));
        let body = json!({"html": html, "base_url": service.site.page("/"), "headers": {"X-Token": CANARY}, "wait_for": "load"});

        let job = submit(service, key, "pdf", body).await;

        assert_eq!(job["status"], "completed", "{job}");
        assert_eq!(service.site.requests("/own")[0].header("x-token"), CANARY);
        assert_eq!(other.requests("/other")[0].header("x-token"), "");
    })
    .await;
}

#[tokio::test]
async fn cookies_are_sent_as_their_attributes_say_to_their_host_and_to_one_job() {
    with_service(async |service| {
        let site = &service.site;
        let allowed = format!("{},127.0.0.2/32:{}", site.allowed(), site.port());
        let worker = service.worker_process_with(1, &[("TINTYPE_EGRESS_ALLOW", &allowed)]).await;
        let key = service.account("ada", 50).await;
        let elsewhere = site.private("/hopped");
        site.put("/hop", move |_| Response::builder().status(StatusCode::FOUND).header("Location", &elsewhere).finish());
        site.put_html(
            "/page",
            format!(
                "<!doctype html><img src=/image><img src='{0}/other-image'><iframe src='{0}/other-frame'></iframe>
                <img src=/hop><body style='margin:0'><script>fetch('{0}/other-fetch', {{credentials: 'include'}}).catch(() => 0);
                document.body.style.background = document.cookie === 'open=1' ? '#00ff00' : '#ff0000'</script>",
                site.private("")
            ),
        );
        let cookies = json!([
            {"name": "open", "value": "1", "domain": "127.0.0.1"},
            {"name": "closed", "value": CANARY, "url": site.page("/"), "http_only": true, "same_site": "strict"},
            {"name": "elsewhere", "value": CANARY, "url": site.page("/"), "path": "/deep"},
        ]);

        let body = json!({"url": site.page("/page"), "cookies": cookies, "wait_for": "network_idle"});
        let image = service.post(&key, "/v1/screenshot", &body).await;
        submit(service, &key, "screenshot", json!({"url": site.page("/page"), "wait_for": "network_idle"})).await;

        assert_eq!(image.status, 200, "{}", image.json());
        decode_image(&image.bytes).assert_colour((1000, 600), GREEN);
        for path in ["/page", "/image", "/hop"] {
            let requests = site.requests(path);
            assert_eq!(requests.len(), 2, "{path}");
            let sent = requests[0].header("cookie");
            assert!(sent.contains("open=1") && sent.contains("closed=CANARY") && !sent.contains("elsewhere"), "{sent}");
            assert_eq!(requests[1].header("cookie"), "", "the next job has none");
        }
        for path in ["/other-image", "/other-frame", "/other-fetch", "/hopped"] {
            let requests = site.requests(path);
            assert!(!requests.is_empty() && requests.iter().all(|request| request.header("cookie").is_empty()), "{path}");
        }
        drop(worker);
    })
    .await;
}

/// A page that wants these credentials.
fn guarded(request: &harness::RecordedRequest) -> Response {
    // ada:sesame
    if request.header("authorization") == "Basic YWRhOnNlc2FtZQ==" {
        return Response::builder()
            .content_type("text/html")
            .body("<body style='margin:0;background:#00ff00'><img src=/guarded-image>");
    }
    let challenge = Response::builder().status(StatusCode::UNAUTHORIZED).content_type("text/html");
    challenge.header("WWW-Authenticate", "Basic realm=\"private\"").body("<body style='margin:0;background:#ff0000'>")
}

#[tokio::test]
async fn credentials_respond_to_a_401_of_the_target_for_one_job() {
    with_worker(async |service, key| {
        service.site.put("/guarded", guarded);
        service.site.put("/guarded-image", guarded);
        let url = service.site.page("/guarded");

        for (options, status) in [
            (json!({"basic_auth": {"username": "ada", "password": "sesame"}}), 200),
            (json!({}), 401),
            (json!({"basic_auth": {"username": "ada", "password": "wrong"}}), 401),
        ] {
            let mut body = json!({"url": url, "wait_for": "load"});
            body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());
            let job = submit(service, key, "screenshot", body).await;

            assert_eq!((&job["status"], &job["target_status"]), (&json!("completed"), &json!(status)), "{job}");
            let shown = job["final_url"].as_str().expect("a URL");
            assert!(!shown.contains("ada") && !shown.contains("sesame"), "{shown}");
        }
        assert!(
            service.site.requests("/guarded-image").iter().all(|request| !request.header("authorization").is_empty())
        );
        assert!(service.site.requests("/guarded").len() < 12, "a wrong password is not tried for ever");
    })
    .await;
}

#[tokio::test]
async fn a_status_that_the_request_refuses_fails_the_job() {
    with_worker(async |service, key| {
        service.site.put("/teapot", |_| {
            Response::builder().status(StatusCode::IM_A_TEAPOT).content_type("text/html").body("<p>short and stout")
        });
        service.site.put_html("/parts", "<!doctype html><img src=/teapot><p>text");
        for (path, refused, completes) in [
            ("/teapot", json!(["400-599"]), false),
            ("/teapot", json!(["404", "418"]), false),
            ("/teapot", json!(["4xx"]), false),
            ("/teapot", json!(["500-599"]), true),
            ("/teapot", json!([]), true),
            ("/parts", json!(["400-599"]), true),
        ] {
            let body = json!({"url": service.site.page(path), "fail_on_status": refused, "wait_for": "load"});
            let job = submit(service, key, "pdf", body).await;

            assert_eq!(job["status"], if completes { "completed" } else { "failed" }, "{refused}: {job}");
            if !completes {
                assert_eq!(
                    (&job["error_code"], &job["target_status"]),
                    (&json!("STATUS_REFUSED"), &json!(418)),
                    "{job}"
                );
                assert!(job["error_message"].as_str().is_some_and(|message| message.contains("418")), "{job}");
            }
        }
        assert_eq!(service.get(key, "/v1/balance").await.json()["credits_remaining"], 50 - 3);
    })
    .await;
}

#[tokio::test]
async fn a_refused_status_fails_before_what_is_waited_for_times_out() {
    with_worker(async |service, key| {
        let body = json!({"url": service.site.page("/missing"), "fail_on_status": ["404"], "wait_for": "#never", "timeout_ms": 60000});

        let failed = tokio::time::timeout(Duration::from_secs(30), service.post(key, "/v1/screenshot", &body)).await;

        let failed = failed.expect("at once").json();
        assert_eq!(failed["detail"]["reason"], "status_refused", "{failed}");
    })
    .await;
}
