//! Parts of a page are left out.

use harness::with_worker;
use serde_json::{Value, json};

#[tokio::test]
async fn resources_of_a_type_are_not_requested_by_one_job() {
    let html = |base: &str| {
        format!(
            "<!doctype html><body style='margin:0;background:#00ff00'>
            <link rel=stylesheet href='{base}/style'><script src='{base}/script'></script>
            <script>fetch('{base}/fetch').catch(() => 0); const x = new XMLHttpRequest(); x.open('GET', '{base}/xhr'); x.send()</script>
            <style>@font-face {{ font-family: f; src: url('{base}/font') }} p {{ font-family: f }}</style><p>text</p>
            <img src='{base}/image'><video src='{base}/media'></video>"
        )
    };
    with_worker(async |service, key| {
        let site = &service.site;
        let paths = [
            ("stylesheet", "/style"),
            ("script", "/script"),
            ("fetch", "/fetch"),
            ("xhr", "/xhr"),
            ("font", "/font"),
            ("image", "/image"),
            ("media", "/media"),
        ];
        for (_, path) in paths {
            site.put(path, |_| {
                poem::Response::builder().header("Access-Control-Allow-Origin", "*").body("body { background: red }")
            });
        }
        site.put_html("/page", html(&site.page("")));
        let url = site.page("/page");
        let all: Vec<_> = paths.iter().map(|(kind, _)| *kind).collect();

        for (blocked, are_requested) in [(json!(all), false), (Value::Null, true), (json!(all), false)] {
            let before = paths.map(|(_, path)| site.requests(path).len());
            let mut body = json!({"url": url, "wait_for": "network_idle"});
            if !blocked.is_null() {
                body["block_resources"] = blocked.clone();
            }
            let image = service.post(key, "/v1/screenshot", &body).await;

            assert_eq!(image.status, 200, "{}", image.json());
            let after = paths.map(|(_, path)| site.requests(path).len());
            for (index, (kind, _)) in paths.iter().enumerate() {
                assert_eq!(after[index] > before[index], are_requested, "{kind}: {blocked}");
            }
        }
        for (kind, path) in paths {
            let before = paths.map(|(_, path)| site.requests(path).len());
            let body = json!({"url": url, "wait_for": "network_idle", "block_resources": [kind]});
            assert_eq!(service.post(key, "/v1/screenshot", &body).await.status, 200);
            let after = paths.map(|(_, path)| site.requests(path).len());
            for (index, (other, _)) in paths.iter().enumerate() {
                // The browser does not distinguish these two when it asks.
                let is_either = |name: &str| ["fetch", "xhr"].contains(&name);
                let is_blocked = *other == kind || is_either(other) && is_either(kind);
                assert_eq!(after[index] > before[index], !is_blocked, "{other} when {kind} is blocked ({path})");
            }
        }
    })
    .await;
}

/// A request that is blocked on purpose did not fail.
#[tokio::test]
async fn requests_that_the_options_block_are_not_reported_as_failed() {
    with_worker(async |service, key| {
        let html = format!("<!doctype html><img src='{}'>", service.site.page("/flag"));
        let body = json!({"html": html, "block_resources": ["image"], "wait_for": "load"});

        let job = service.submit(key, "screenshot", body).await;

        let job = service.wait_for_job(key, &job).await;
        assert_eq!((&job["status"], job.get("warnings")), (&json!("completed"), None), "{job}");
    })
    .await;
}
