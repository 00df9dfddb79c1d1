//! Isolation: a page finds nothing that an earlier page has stored.

use std::collections::BTreeSet;

use harness::processes::ProcessTree;
use harness::{Process, RecordedRequest, decode_image, with_service};
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::processes::hold;
use harness::sandboxed::{GREEN, Sandbox};

with_each_isolation!(
    a_page_sees_nothing_of_earlier_pages_in_a_hundred_of_two_accounts,
    an_html_document_sees_nothing_of_earlier_ones_of_its_account,
    a_pdf_sees_nothing_of_earlier_pdfs_of_its_account,
    the_probe_finds_what_its_own_page_has_stored,
    a_screenshot_has_a_renderer_for_every_site_and_a_pdf_has_one_in_another_browser,
    pdfs_of_two_accounts_never_share_a_browser,
);

/// Looks for everything that a page can store, stores it, and reports to `/found` what it found.
const REMEMBER: &str = include_str!("remember.html");

/// The number of renders.
const HUNDRED: usize = 100;

fn build(sandbox: &Sandbox<'_>) {
    let site = &sandbox.service.site;
    site.put_html("/visit", remember(sandbox));
    // If the cache survived, only the first page would request it.
    site.put("/cached", |_| {
        let response =
            Response::builder().content_type("text/plain").header("Cache-Control", "public, max-age=86400, immutable");
        response.header("Access-Control-Allow-Origin", "*").body("kept")
    });
    site.put("/guarded", |visit| {
        let status = if visit.header("authorization").is_empty() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        Response::builder().status(status).header("WWW-Authenticate", "Basic realm=x").body("")
    });
    site.put("/sw.js", |_| Response::builder().content_type("text/javascript").body(
        "self.onactivate = event => event.waitUntil(clients.claim());
         self.onfetch = event => { if (event.request.url.endsWith('/mark')) event.respondWith(new Response('marked')) }",
    ));
    for path in ["/found", "/mark"] {
        site.put(path, |_| {
            Response::builder()
                .header("Access-Control-Allow-Origin", "*")
                .header("Set-Cookie", "sent=1; Max-Age=86400")
                .body("none")
        });
    }
}

fn remember(sandbox: &Sandbox<'_>) -> String {
    REMEMBER.replace("SITE", sandbox.service.site.page("").trim_end_matches('/'))
}

/// Asserts that every page found nothing.
fn assert_nothing_found(sandbox: &Sandbox<'_>, renders: usize) {
    let found = sandbox.service.site.requests("/found");
    assert_eq!(found.len(), renders);
    for visit in &found {
        assert!(visit.query.ends_with("&found="), "something was left: {}", visit.query);
        assert_eq!(visit.query, found[0].query);
    }
    for path in ["/cached", "/mark"] {
        let came = sandbox.service.site.requests(path);
        assert_eq!(came.len(), renders, "{path} is asked for by every render");
        assert!(came.iter().all(|visit| visit.header("cookie").is_empty()), "{path} was sent a cookie");
    }
    let known = |visit: &&RecordedRequest| !visit.header("authorization").is_empty();
    let guarded = sandbox.service.site.requests("/guarded");
    assert!(guarded.iter().filter(known).count() <= renders, "credentials are sent once, by whom they are of");
}

async fn a_page_sees_nothing_of_earlier_pages_in_a_hundred_of_two_accounts(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 100).await, sandbox.service.account("bob", 100).await);
    build(sandbox);
    sandbox.dns.answer("shop.example.com", &["127.0.0.1"]);
    // With two slots, a browser of each account is idle in between and used again.
    let worker = sandbox.worker(2).await;
    let address = sandbox.service.site.page("/visit");
    let named = format!("http://shop.example.com:{}/visit", sandbox.service.site.port());

    let mut browsers = BTreeSet::new();
    for render in 0..HUNDRED {
        browsers.extend(ProcessTree::below(worker.id()).browsers());
        let key = if render % 2 == 0 { &ada } else { &bob };
        // A page at a loopback address is a secure context, with caches and service workers.
        // A page at a name is resolved again by every job.
        let url = if render % 4 < 2 { &address } else { &named };
        assert_new(sandbox, key, json!({"url": url, "wait_for": "#done"})).await;
    }

    assert!(browsers.len() < HUNDRED / 4, "browsers were to be used again: {}", browsers.len());
    assert_eq!(sandbox.dns.query_count("shop.example.com"), HUNDRED / 2, "no response of a name server is kept");
    let found = sandbox.service.site.requests("/found");
    assert_eq!(found.len(), HUNDRED);
    for trusted in ["trusted=true", "trusted=false"] {
        let queries: Vec<_> = found.iter().map(|visit| &visit.query).filter(|query| query.contains(trusted)).collect();
        assert_eq!(queries.len(), HUNDRED / 2);
        assert!(queries.iter().all(|query| *query == queries[0] && query.ends_with("&found=")), "{queries:?}");
    }
    for path in ["/cached", "/mark"] {
        let came = sandbox.service.site.requests(path);
        assert_eq!(came.len(), HUNDRED, "{path} is asked for by every render");
        assert!(came.iter().all(|visit| visit.header("cookie").is_empty()), "{path} was sent a cookie");
    }
    sandbox.stop_worker(worker).await;
}

async fn an_html_document_sees_nothing_of_earlier_ones_of_its_account(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 60).await;
    build(sandbox);
    let worker = sandbox.worker(1).await;
    let html = remember(sandbox);

    for _ in 0..50 {
        assert_new(sandbox, &key, json!({"html": html, "wait_for": "#done"})).await;
    }

    assert_nothing_found(sandbox, 50);
    sandbox.stop_worker(worker).await;
}

/// The browsers of PDFs do not isolate sites. Their pages are of three kinds of origins: an
/// address, a name, and that of an html job.
async fn a_pdf_sees_nothing_of_earlier_pdfs_of_its_account(sandbox: &Sandbox<'_>) {
    const RENDERS: usize = 18;
    let key = sandbox.service.account("ada", 60).await;
    build(sandbox);
    sandbox.dns.answer("shop.example.com", &["127.0.0.1"]);
    let worker = sandbox.worker(1).await;
    let named = format!("http://shop.example.com:{}/visit", sandbox.service.site.port());
    let pages = [
        json!({"url": sandbox.service.site.page("/visit")}),
        json!({"url": named}),
        json!({"html": remember(sandbox)}),
    ];

    let mut browsers = BTreeSet::new();
    for page in pages.iter().cycle().take(RENDERS) {
        let mut body = page.clone();
        body["wait_for"] = json!("#done");
        let job = sandbox.service.pdf(&key, body).await;
        assert_eq!(job["status"], "completed", "{job}");
        browsers.extend(ProcessTree::below(worker.id()).browsers());
    }

    assert!(browsers.len() < RENDERS / 2, "browsers were to be used again: {}", browsers.len());
    let found = sandbox.service.site.requests("/found");
    assert_eq!(found.len(), RENDERS);
    for visit in &found {
        assert!(visit.query.ends_with("&found="), "something was left: {}", visit.query);
    }
    for path in ["/cached", "/mark"] {
        let came = sandbox.service.site.requests(path);
        assert_eq!(came.len(), RENDERS, "{path} is asked for by every render");
        assert!(came.iter().all(|visit| visit.header("cookie").is_empty()), "{path} was sent a cookie");
    }
    sandbox.stop_worker(worker).await;
}

/// Holds a page with these elements, and returns its finished job, its browser, and how many
/// renderers it had.
async fn processes_of(
    sandbox: &Sandbox<'_>,
    (worker, key): (&Process, &str),
    (kind, path): (&str, &str),
    elements: &str,
) -> (Value, i32, usize) {
    let before = ProcessTree::below(worker.id()).renderers();
    let (job, held) = hold(sandbox, key, (kind, path), elements).await;
    let tree = ProcessTree::below(worker.id());
    let fresh: Vec<i32> = tree.renderers().into_iter().filter(|pid| !before.contains(pid)).collect();
    let browsers: BTreeSet<i32> = fresh.iter().map(|pid| tree.browser_of(*pid)).collect();
    held.release();
    let job = sandbox.service.wait_for_job(key, &job).await;
    assert_eq!(job["status"], "completed", "{job}");
    assert_eq!(browsers.len(), 1, "one browser renders one job: {browsers:?}");
    (job, *browsers.first().expect("a browser"), fresh.len())
}

async fn a_screenshot_has_a_renderer_for_every_site_and_a_pdf_has_one_in_another_browser(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 20).await);
    let mut frames = Vec::new();
    for host in ["shop.example.com", "blog.example.org"] {
        sandbox.dns.answer(host, &["127.0.0.1"]);
        frames.push(format!("<iframe src='http://{host}:{}/frame/{host}'></iframe>", site.port()));
        site.put_html(&format!("/frame/{host}"), format!("<p>words of {host}"));
    }
    let frames = frames.concat();
    let worker = sandbox.worker(1).await;
    let (mut with_isolation, mut without) = (BTreeSet::new(), BTreeSet::new());

    for round in 0..2 {
        for (elements, renderers) in [("", 1), (&*frames, 3)] {
            let path = format!("/held/picture/{round}/{renderers}");
            let (job, browser, count) = processes_of(sandbox, (&worker, &key), ("screenshot", &path), elements).await;
            sandbox.image(&key, &job).await.assert_colour((640, 700), GREEN);
            assert_eq!(count, renderers, "a renderer for each site");
            with_isolation.insert(browser);
        }
        let path = format!("/held/pdf/{round}");
        let (job, browser, count) = processes_of(sandbox, (&worker, &key), ("pdf", &path), &frames).await;
        let text = sandbox.service.document(&key, &job).await.text;
        for host in ["shop.example.com", "blog.example.org"] {
            assert!(text.contains(&format!("words of {host}")), "{host} is not in {text}");
        }
        assert_eq!(count, 1, "one renderer prints all frames");
        without.insert(browser);
    }

    assert!(with_isolation.is_disjoint(&without), "{with_isolation:?} and {without:?}");
    sandbox.stop_worker(worker).await;
}

async fn pdfs_of_two_accounts_never_share_a_browser(sandbox: &Sandbox<'_>) {
    let keys = [sandbox.service.account("ada", 20).await, sandbox.service.account("bob", 20).await];
    // With two slots, a browser of each account is idle in between and used again.
    let worker = sandbox.worker(2).await;
    let mut served = [BTreeSet::new(), BTreeSet::new()];

    for round in 0..4 {
        for (at, key) in keys.iter().enumerate() {
            let path = format!("/held/{round}/{at}");
            let (_, browser, _) = processes_of(sandbox, (&worker, key), ("pdf", &path), "").await;
            served[at].insert(browser);
        }
    }

    let [ada, bob] = served;
    assert!(ada.is_disjoint(&bob), "{ada:?} and {bob:?}");
    assert!(ada.len() < 4 && bob.len() < 4, "browsers were to be used again: {ada:?} and {bob:?}");
    sandbox.stop_worker(worker).await;
}

/// Proves that the probe works: a second look within the same job finds everything.
async fn the_probe_finds_what_its_own_page_has_stored(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    build(sandbox);
    let worker = sandbox.worker(1).await;
    let again = remember(sandbox).replace("const again = false", "const again = true");
    sandbox.service.site.put_html("/visit", again);

    let job = sandbox.screenshot(&key, json!({"url": sandbox.service.site.page("/visit"), "wait_for": "#done"})).await;

    assert!(!sandbox.image(&key, &job).await.is_colour((640, 360), GREEN));
    let found = sandbox.service.site.requests("/found");
    let last = &found.last().expect("a report").query;
    for left in ["cookie", "local", "session", "name", "database", "cache", "worker", "marked", "auth"] {
        assert!(last.contains(left), "{left} is not among {last}");
    }
    assert_eq!(sandbox.service.site.requests("/cached").len(), 1, "what is kept is not asked for again");
    sandbox.stop_worker(worker).await;
}

async fn assert_new(sandbox: &Sandbox<'_>, key: &str, body: Value) {
    let job = sandbox.screenshot(key, body).await;
    sandbox.image(key, &job).await.assert_colour((640, 360), GREEN);
}

#[tokio::test]
async fn a_page_sees_no_cookies_or_storage_of_an_earlier_one() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 10).await;
        let page = service.site.page("/remember");

        for _ in 0..3 {
            let response = service.post(&key, "/v1/screenshot", &json!({"url": page, "wait_for": "#done"})).await;

            assert_eq!(response.status, 200, "{:?}", response.json());
            decode_image(&response.bytes).assert_colour((640, 360), [0, 255, 0]);
        }
    })
    .await;
}
