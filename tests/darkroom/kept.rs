//! Documents of one account that ask nothing of the network share a renderer, one after the
//! other, and still none of them sees anything of another.

use harness::inspect::Tree;
use harness::pdf;
use serde_json::json;

use crate::room::{Room, seen};

in_both_modes!(
    a_document_that_asks_nothing_leaves_its_renderer_and_nothing_else_to_the_next,
    a_document_that_asks_something_leaves_nothing_at_all,
    a_document_whose_workers_or_requests_outlive_it_leaves_nothing_at_all,
    a_picture_is_the_same_whatever_its_renderer_made_before,
);

/// Tells what it finds of an earlier document; then it leaves all that it can.
const LEAVE: &str = "<!doctype html><body style='margin:0;height:100vh'><script>
    const site = location.hostname.split('.').slice(1).join('.');
    const look = () => Object.entries({
        cookie: document.cookie, wide: /left/.test(document.cookie), name: window.name, history: history.length > 1, referrer: document.referrer,
        local: localStorage.length, session: sessionStorage.length, global: window.left, proto: ({}).left,
        opener: window.opener, frames: window.length, back: window.navigation?.canGoBack,
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

/// Prints a document, and reads what it tells.
async fn told(room: &Room<'_>, key: &str, html: &str) -> String {
    let answer = room.service.post(key, "/v1/pdf", &json!({"html": html, "wait_for": "#done"})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    pdf(&answer.bytes).text.trim().to_owned()
}

async fn a_document_that_asks_nothing_leaves_its_renderer_and_nothing_else_to_the_next(room: &Room<'_>) {
    let key = room.service.account("ada", 60).await;
    let worker = room.worker(1).await;
    let html = LEAVE;

    let mut renderers = Vec::new();
    for _ in 0..20 {
        assert_eq!(told(room, &key, html).await, "found nothing", "after {} others", renderers.len());
        renderers.push(Tree::below(worker.id()).renderers());
    }

    let shared = renderers.windows(2).filter(|pair| pair[0].iter().any(|pid| pair[1].contains(pid))).count();
    assert!(shared >= 10, "the renderer was to be shared: {renderers:?}");
    assert_eq!(room.service.count("select count(*) from job where blocked is not null").await, 0);
    // The proof that what is left would be found: a second look of the same document.
    let again = html.replace("indexedDB", "tell('left ' + look()); indexedDB");
    let found = told(room, &key, &again).await;
    for left in ["cookie", "wide", "name", "history", "local", "session", "global", "proto", "back"] {
        assert!(found.contains(left), "{left} is not among {found}");
    }
    room.leave(worker).await;
}

async fn a_document_whose_workers_or_requests_outlive_it_leaves_nothing_at_all(room: &Room<'_>) {
    let key = room.service.account("ada", 60).await;
    let site = &room.service.site;
    site.put_html("/late", "heard");
    let worker = room.worker(1).await;
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
            assert_eq!(told(room, &key, &html).await, "found nothing", "{script}");
        }
    }
    assert_eq!(room.service.count("select count(*) from job where blocked is not null").await, 0);
    assert!(site.came("/late").is_empty(), "nobody speaks on when his job has ended: {}", site.came("/late").len());
    room.leave(worker).await;
}

/// Whatever is set for one picture is not left set for the next.
async fn a_picture_is_the_same_whatever_its_renderer_made_before(room: &Room<'_>) {
    let key = room.service.account("ada", 60).await;
    let worker = room.worker(1).await;
    let html = "<!doctype html><body style='margin:0;height:3000px;background:linear-gradient(red,blue)'>text";
    let shot = async |more: serde_json::Value| {
        let mut body = json!({"html": html});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = room.service.post(&key, "/v1/screenshot", &body).await;
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.bytes
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
        told_anything(room, &key, html).await;
        assert!(shot(json!({})).await == plain, "after {before} and a document");
    }
    room.leave(worker).await;
}

async fn told_anything(room: &Room<'_>, key: &str, html: &str) {
    let answer = room.service.post(key, "/v1/pdf", &json!({"html": html})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
}

async fn a_document_that_asks_something_leaves_nothing_at_all(room: &Room<'_>) {
    let key = room.service.account("ada", 10).await;
    let site = &room.service.site;
    site.put_html("/asked", "answer");
    let worker = room.worker(1).await;
    let asking = "<!doctype html><script>fetch('ASKED', {mode: 'no-cors'}).then(() =>
        document.body.insertAdjacentHTML('beforeend', '<p id=done>'))</script><body>";
    let asking = asking.replace("ASKED", &site.page("/asked"));

    for render in 1..=3 {
        let job = room.shoot(&key, json!({"html": asking, "wait_for": "#done"})).await;
        assert_eq!((&job["status"], site.came("/asked").len()), (&json!("completed"), render), "{job}");
        seen(&worker, |tree| tree.renderers().is_empty().then_some(())).await;
    }

    room.leave(worker).await;
}
