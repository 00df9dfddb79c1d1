//! Redirects: by response, by script, by markup, and by name.

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;

use harness::sandboxed::{BLUE, GREEN, RED, Sandbox, assert_failed, blocked};

with_each_isolation!(
    a_page_that_navigates_to_a_private_address_is_blocked_however_it_does_so,
    a_subresource_at_a_private_address_is_missing_from_its_page,
    a_page_that_navigates_to_an_allowed_one_is_captured_there,
);

/// Adds a path that redirects.
fn redirect(sandbox: &Sandbox<'_>, path: &str, status: StatusCode, to: &str) {
    let to = to.to_owned();
    sandbox.service.site.put(path, move |_| Response::builder().status(status).header("Location", &to).finish());
}

async fn a_page_that_navigates_to_a_private_address_is_blocked_however_it_does_so(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 50).await);
    let worker = sandbox.worker(1).await;
    sandbox.dns.answer("inside.example.com", &["127.0.0.2"]);
    let named = format!("http://inside.example.com:{}/inside", site.port());
    site.put_html("/inside", "<!doctype html><body style='background:#ff0000'>");

    for (to, how) in [(site.private("/inside"), 302), (site.private("/inside"), 307), (named.clone(), 301)] {
        redirect(sandbox, "/away", StatusCode::from_u16(how).expect("a status"), &to);
        let job = sandbox.screenshot(&key, json!({"url": site.page("/away"), "timeout_ms": 10000})).await;
        assert_failed(&job, &["URL_BLOCKED"]);
    }
    for to in [site.private("/inside"), named.clone(), "http://a.internal/".to_owned()] {
        for page in [
            format!("<meta http-equiv=refresh content='0;url={to}'>"),
            format!("<script>location = '{to}'</script>"),
            format!("<form action='{to}' method=post></form><script>document.forms[0].submit()</script>"),
        ] {
            site.put_html("/away", format!("<!doctype html><body style='background:#00ff00'>{page}"));
            let away = json!({"url": site.page("/away"), "wait_for": "network_idle", "timeout_ms": 10000});
            let job = sandbox.screenshot(&key, away).await;
            assert_failed(&job, &["URL_BLOCKED"]);
        }
    }
    // A denied target fails at once, without waiting for the selector.
    let direct = sandbox.screenshot(&key, json!({"url": named, "wait_for": "#done", "timeout_ms": 10000})).await;

    assert_failed(&direct, &["URL_BLOCKED"]);
    assert!(site.requests("/inside").is_empty());
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;
}

async fn a_subresource_at_a_private_address_is_missing_from_its_page(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    sandbox.dns.answer("inside.example.com", &["127.0.0.2"]);
    redirect(sandbox, "/to-private", StatusCode::FOUND, &site.private("/inside"));
    redirect(sandbox, "/to-name", StatusCode::FOUND, &format!("http://inside.example.com:{}/inside", site.port()));
    site.put_html("/inside", "<!doctype html><body style='background:#ff0000'>");
    site.put("/allowed", |_| Response::builder().content_type("text/html").body("<body style='background:#0000ff'>"));
    let frame = |src: &str| format!("<iframe src='{src}' style='border:0;width:200px;height:200px'></iframe>");
    let page = format!(
        "<!doctype html><body style='margin:0;background:#00ff00'>{}{}{}<img src='/to-private'><script src='/to-name'></script>
         <script>fetch('/to-private', {{mode: 'no-cors'}}).catch(() => {{}})</script>",
        frame("/allowed"),
        frame("/to-private"),
        frame("/to-name"),
    );
    site.put_html("/parts", page);

    let parts = json!({"url": site.page("/parts"), "wait_for": "network_idle", "timeout_ms": 15000});
    let job = sandbox.screenshot(&key, parts).await;

    let picture = sandbox.image(&key, &job).await;
    picture.assert_colour((100, 100), BLUE);
    picture.assert_colour((1000, 600), GREEN);
    for x in [300, 500] {
        assert!(!picture.is_colour((x, 100), RED), "what is inside is not shown");
    }
    assert_eq!(blocked(&job), ["private_address"], "{job}");
    assert!(site.requests("/inside").is_empty());
    sandbox.stop_worker(worker).await;
}

async fn a_page_that_navigates_to_an_allowed_one_is_captured_there(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    sandbox.dns.answer("shop.example.com", &["127.0.0.1"]);
    let shop = format!("http://shop.example.com:{}/flag", site.port());
    redirect(sandbox, "/away", StatusCode::FOUND, &shop);

    for url in [site.page("/away"), site.page(&format!("/leave?after={shop}")), shop] {
        let job = sandbox.screenshot(&key, json!({"url": url, "wait_for": "network_idle", "timeout_ms": 15000})).await;

        let picture = sandbox.image(&key, &job).await;
        picture.assert_colour((640, 100), RED);
        picture.assert_colour((640, 620), BLUE);
        assert_eq!(blocked(&job), Vec::<&str>::new(), "{job}");
    }
    sandbox.stop_worker(worker).await;
}
