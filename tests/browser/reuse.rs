//! Reuse: HTML documents of one account that send no request share a renderer, one after the
//! other, and find nothing of each other.

use harness::processes::ProcessTree;
use harness::read_pdf;
use serde_json::json;

use harness::sandboxed::{Sandbox, wait_for_processes};

with_each_isolation!(
    a_document_without_requests_shares_only_its_renderer_with_the_next,
    a_document_with_requests_does_not_share_its_renderer,
    a_document_with_an_option_that_sets_something_in_the_page_does_not_share_its_renderer,
    a_document_whose_workers_or_requests_outlive_it_shares_nothing,
    an_image_does_not_depend_on_what_its_renderer_rendered_before,
);

/// Reports what it finds of an earlier document, then stores everything it can.
const LEAVE: &str = "<!doctype html><body style='margin:0;height:100vh'><script>
    const site = location.hostname.split('.').slice(1).join('.');
    const look = () => Object.entries({
        cookie: document.cookie, wide: /left/.test(document.cookie), name: window.name, history: history.length > 2, referrer: document.referrer,
        local: localStorage.length, session: sessionStorage.length, global: window.left, proto: ({}).left,
        opener: window.opener, frames: window.length, back: window.navigation?.currentEntry.index > 1,
    }).filter(([, value]) => value).map(([name]) => name).join(' ') || 'nothing';
    const channel = new BroadcastChannel('left');
    const tell = what => document.body.insertAdjacentHTML('afterbegin', '<p>' + what + '</p>');
    channel.onmessage = () => tell('found a voice');
    setInterval(() => channel.postMessage('left'), 10);
    tell('found ' + look());
    document.cookie = 'left=1; domain=' + site + '; max-age=86400';
    document.cookie = 'own=1; max-age=86400';
    window.name = 'left'; localStorage.left = 1; sessionStorage.left = 1; window.left = 1; Object.prototype.left = 1;
    history.pushState(1, '', '/a'); history.pushState(2, '', '/b');
    indexedDB.open('left').onsuccess = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>');
    const worker = new Worker(URL.createObjectURL(new Blob(['setInterval(() => { for (let i = 0; i < 1e6; i++); }, 1)'])));
</script>";

/// Renders a document as a PDF, and returns its text.
async fn report_of(sandbox: &Sandbox<'_>, key: &str, html: &str) -> String {
    let response = sandbox.service.post(key, "/v1/pdf", &json!({"html": html, "wait_for": "#done"})).await;
    assert_eq!(response.status, 200, "{:?}", response.json());
    read_pdf(&response.bytes).text.trim().to_owned()
}

async fn a_document_without_requests_shares_only_its_renderer_with_the_next(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 60).await;
    let worker = sandbox.worker(1).await;
    let html = LEAVE;

    let mut renderers = Vec::new();
    for _ in 0..20 {
        assert_eq!(report_of(sandbox, &key, html).await, "found nothing", "after {} others", renderers.len());
        renderers.push(ProcessTree::below(worker.id()).renderers());
    }

    let shared = renderers.windows(2).filter(|pair| pair[0].iter().any(|pid| pair[1].contains(pid))).count();
    assert!(shared >= 10, "the renderer was to be shared: {renderers:?}");
    assert_eq!(sandbox.service.scalar("select count(*) from job where blocked is not null").await, 0);
    // Proves that the probe works: a second look of the same document finds everything.
    let again = html.replace("indexedDB", "tell('left ' + look()); indexedDB");
    let found = report_of(sandbox, &key, &again).await;
    for left in ["cookie", "wide", "name", "history", "local", "session", "global", "proto", "back"] {
        assert!(found.contains(left), "{left} is not among {found}");
    }
    sandbox.stop_worker(worker).await;
}

async fn a_document_whose_workers_or_requests_outlive_it_shares_nothing(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 60).await;
    let site = &sandbox.service.site;
    site.put_html("/late", "heard");
    let worker = sandbox.worker(1).await;
    let done = "onload = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>found nothing</p>');";
    let late = site.page("/late");
    for script in [
        format!("addEventListener('pagehide', () => navigator.sendBeacon('{late}'))"),
        format!(
            "addEventListener('pagehide', () => {{ for (let at = 0; at < 100; at++) fetch('{late}?' + at, {{keepalive: true, mode: 'no-cors'}}) }})"
        ),
        format!(
            "new SharedWorker(URL.createObjectURL(new Blob([\"setInterval(() => fetch('{late}', {{mode: 'no-cors'}}), 300)\"])), {{extendedLifetime: true}})"
        ),
        "setTimeout(() => open('/x', '_blank', 'noopener'), 60)".to_owned(),
    ] {
        let html = format!("<!doctype html><body><script>{script};{done}</script>");
        for _ in 0..4 {
            assert_eq!(report_of(sandbox, &key, &html).await, "found nothing", "{script}");
        }
    }
    assert_eq!(sandbox.service.scalar("select count(*) from job where blocked is not null").await, 0);
    assert!(site.requests("/late").is_empty(), "requests after the end of their job: {}", site.requests("/late").len());
    sandbox.stop_worker(worker).await;
}

/// The settings of one image must not affect the next.
async fn an_image_does_not_depend_on_what_its_renderer_rendered_before(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 60).await;
    let worker = sandbox.worker_with(1, &[("TINTYPE_STATIC_LANE", "false")]).await;
    let html = "<!doctype html><body style='margin:0;height:3000px;background:linear-gradient(red,blue)'>text";
    let shot = async |more: serde_json::Value| {
        let mut body = json!({"html": html});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let response = sandbox.service.post(&key, "/v1/screenshot", &body).await;
        assert_eq!(response.status, 200, "{:?}", response.json());
        response.bytes
    };
    let plain = shot(json!({})).await;
    for before in [
        json!({"viewport": {"width": 1280, "height": 720, "device_scale_factor": 3}}),
        json!({"viewport": {"width": 1280, "height": 720, "device_scale_factor": 0.5}}),
        json!({"full_page": true}),
        json!({"scroll": true}),
        json!({"format": "jpeg"}),
    ] {
        drop(shot(before.clone()).await);
        assert!(shot(json!({})).await == plain, "after {before}");
        print(sandbox, &key, html).await;
        assert!(shot(json!({})).await == plain, "after {before} and a document");
    }
    sandbox.stop_worker(worker).await;
}

async fn print(sandbox: &Sandbox<'_>, key: &str, html: &str) {
    let response = sandbox.service.post(key, "/v1/pdf", &json!({"html": html})).await;
    assert_eq!(response.status, 200, "{:?}", response.json());
}

async fn a_document_with_requests_does_not_share_its_renderer(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let site = &sandbox.service.site;
    site.put_html("/asked", "response");
    let worker = sandbox.worker(1).await;
    let asking = "<!doctype html><script>fetch('ASKED', {mode: 'no-cors'}).then(() =>
        document.body.insertAdjacentHTML('beforeend', '<p id=done>'))</script><body>";
    let asking = asking.replace("ASKED", &site.page("/asked"));

    for render in 1..=3 {
        let job = sandbox.screenshot(&key, json!({"html": asking, "wait_for": "#done"})).await;
        assert_eq!((&job["status"], site.requests("/asked").len()), (&json!("completed"), render), "{job}");
        wait_for_processes(&worker, |tree| tree.renderers().is_empty().then_some(())).await;
    }

    sandbox.stop_worker(worker).await;
}

async fn a_document_with_an_option_that_sets_something_in_the_page_does_not_share_its_renderer(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 20).await;
    let worker = sandbox.worker_with(1, &[("TINTYPE_STATIC_LANE", "false")]).await;
    let has_renderer = |has: bool| {
        let worker = &worker;
        async move { wait_for_processes(worker, |tree| (tree.renderers().is_empty() != has).then_some(())).await }
    };

    for (group, option) in [
        ("viewport", json!({"viewport": {"width": 800}})),
        ("viewport", json!({"viewport": {"device_scale_factor": 2}})),
        ("emulation", json!({"dark_mode": true})),
        ("emulation", json!({"reduced_motion": true})),
    ] {
        let plain = json!({"html": "<p>plain"});
        let job = sandbox.screenshot(&key, plain.clone()).await;
        assert_eq!(job["status"], "completed", "{job}");
        has_renderer(true).await;

        let mut body = plain;
        body.as_object_mut().expect("an object").extend(option.as_object().expect("an object").clone());
        let job = sandbox.screenshot(&key, body).await;
        assert_eq!(job["status"], "completed", "{group}: {job}");
        has_renderer(false).await;
    }

    sandbox.stop_worker(worker).await;
}
