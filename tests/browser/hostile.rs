//! Hostile pages: scripts, dialogs, windows, navigations and responses without end.
//!
//! Each job ends in time, with the expected error or a correct image. The other slot renders
//! correctly at the same time, and so does the same slot afterwards.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::stream;
use harness::fixtures::green;
use harness::processes::{ProcessTree, kill_process};
use poem::{Body, Response};
use serde_json::{Value, json};

use super::processes::hold;
use harness::sandboxed::{GREEN, Sandbox, assert_failed, wait_for_processes};

with_each_isolation!(
    endless_scripts_time_out,
    endless_dialogs_and_windows_do_no_harm,
    pop_ups_of_every_kind_leave_the_page_as_it_is,
    pages_that_navigate_without_end_do_no_harm,
    endless_responses_do_no_harm,
    messages_of_any_size_do_no_harm,
    a_download_fails_the_job_and_leaves_no_file,
    a_page_whose_renderer_is_killed_is_rendered_again,
    a_slot_is_free_soon_after_the_timeout_of_its_render,
);

pub(crate) const HANGS: [&str; 3] = ["NAVIGATION_TIMEOUT", "WAIT_TIMEOUT", "CAPTURE_TIMEOUT"];
pub(crate) const CRASHES: [&str; 2] = ["RENDERER_CRASHED", "BROWSER_CRASHED"];

/// The expected end of a job with a hostile page.
pub(crate) enum Expect<'a> {
    /// It fails with one of these codes.
    Fails(&'a [&'a str]),
    /// It is green.
    Green,
    /// It is green, or it fails with one of these codes.
    GreenOr(&'a [&'a str]),
    /// It is captured in any state, or it fails with one of these codes.
    AnyOr(&'a [&'a str]),
}

pub(crate) const TIMEOUT_MS: i64 = 3000;

/// Renders a hostile page on one slot while another account renders on the other.
pub(crate) async fn withstand(
    sandbox: &Sandbox<'_>,
    (ada, bob): (&str, &str),
    (what, body): (&str, Value),
    expect: Expect<'_>,
) {
    let mut body = body;
    if body["timeout_ms"].is_null() {
        body["timeout_ms"] = json!(TIMEOUT_MS);
    }
    let hostile = sandbox.submit(ada, "screenshot", body).await;
    let wait = format!("/v1/jobs/{hostile}?wait_s=1");
    let ended = loop {
        sandbox.assert_renders(bob).await;
        let job = sandbox.service.get(ada, &wait).await.json();
        if job["status"] == "completed" || job["status"] == "failed" {
            break job;
        }
    };
    eprintln!("{what}: {} {}", ended["status"], ended["error_code"]);
    let failed = ended["status"] == "failed";
    match expect {
        Expect::Fails(codes) => assert_failed(&ended, codes),
        Expect::GreenOr(codes) | Expect::AnyOr(codes) if failed => assert_failed(&ended, codes),
        Expect::Green | Expect::GreenOr(_) => {
            sandbox.image(ada, &ended).await.assert_colour((640, 700), GREEN);
        }
        Expect::AnyOr(_) => drop(sandbox.image(ada, &ended).await),
    }
    sandbox.assert_renders(ada).await;
}

/// Renders pages with these scripts, one after the other, on a worker with two slots.
async fn withstand_scripts(sandbox: &Sandbox<'_>, scripts: &[(&str, &str, Expect<'_>)]) {
    let (ada, bob) = (sandbox.service.account("ada", 500).await, sandbox.service.account("bob", 5000).await);
    let worker = sandbox.worker(2).await;
    for (number, (what, script, expect)) in scripts.iter().enumerate() {
        let path = format!("/hostile/{number}");
        sandbox.service.site.put_html(&path, green(script));
        let expect = match expect {
            Expect::Fails(codes) => Expect::Fails(codes),
            Expect::Green => Expect::Green,
            Expect::GreenOr(codes) => Expect::GreenOr(codes),
            Expect::AnyOr(codes) => Expect::AnyOr(codes),
        };
        let body = json!({"url": sandbox.service.site.page(&path), "delay_ms": 500});
        withstand(sandbox, (&ada, &bob), (what, body), expect).await;
    }
    sandbox.assert_within_timeout(TIMEOUT_MS).await;
    sandbox.stop_worker(worker).await;
}

async fn endless_scripts_time_out(sandbox: &Sandbox<'_>) {
    let scripts = [
        ("spins at once", "while (true) {}", Expect::Fails(&HANGS)),
        ("spins in a worker", "new Worker(URL.createObjectURL(new Blob(['while (true) {}'])))", Expect::Green),
        (
            "never yields between promises",
            "const again = () => Promise.resolve().then(again); again()",
            Expect::Fails(&HANGS),
        ),
        (
            "blocks every frame",
            "const hog = () => { const end = Date.now() + 3000; while (Date.now() < end); requestAnimationFrame(hog) }; requestAnimationFrame(hog)",
            Expect::GreenOr(&HANGS),
        ),
        ("matches for ever", "/(a+)+$/.test('a'.repeat(50) + 'b')", Expect::Fails(&HANGS)),
        (
            "halts in a debugger",
            "for (;;) { debugger; if (document.body.dataset.left) break; document.body.dataset.left = 1 }",
            Expect::Green,
        ),
        (
            "asks synchronously",
            "const ask = new XMLHttpRequest(); ask.open('GET', '/forever', false); try { ask.send() } catch {}",
            Expect::GreenOr(&HANGS),
        ),
        ("spins later", "onload = () => setTimeout(() => { while (true) {} }, 100)", Expect::Fails(&HANGS)),
    ];
    withstand_scripts(sandbox, &scripts).await;
}

async fn endless_dialogs_and_windows_do_no_harm(sandbox: &Sandbox<'_>) {
    let ends = [HANGS.as_slice(), &CRASHES, &["NAVIGATION_FAILED"]].concat();
    let scripts = [
        ("alerts", "for (;;) alert('again')", Expect::GreenOr(&ends)),
        ("asks", "for (;;) { confirm('sure?'); prompt('really?') }", Expect::GreenOr(&ends)),
        ("asks later", "setInterval(() => { alert(1) }, 0)", Expect::GreenOr(&ends)),
        (
            "does not let go",
            "onbeforeunload = event => { event.preventDefault(); return 'stay' }; location = '/flag'",
            Expect::AnyOr(&ends),
        ),
        ("prints", "for (let time = 0; time < 100; time++) print()", Expect::GreenOr(&ends)),
        ("opens windows", "for (let time = 0; time < 1000; time++) open('/flag')", Expect::GreenOr(&HANGS)),
        (
            "opens windows unseen",
            "for (let time = 0; time < 1000; time++) open('/flag', '_blank', 'noopener')",
            Expect::GreenOr(&HANGS),
        ),
        (
            "submits to windows",
            "const form = document.createElement('form'); form.target = '_blank'; form.action = '/flag'; document.body.append(form); for (let time = 0; time < 1000; time++) form.submit()",
            Expect::GreenOr(&HANGS),
        ),
        (
            "asks for what it may not have",
            "navigator.geolocation.getCurrentPosition(() => {}); Notification.requestPermission(); navigator.mediaDevices?.getUserMedia({video: true}).catch(() => {}); navigator.clipboard?.readText().catch(() => {}); document.documentElement.requestFullscreen().catch(() => {})",
            Expect::Green,
        ),
    ];
    withstand_scripts(sandbox, &scripts).await;
}

/// Every way to open a window without a person's click. Each would request `/popup`.
const POP_UPS: &str = "
    const attempt = open => { try { open() } catch {} };
    const click = (attributes, options) => {
        const link = Object.assign(document.createElement('a'), {href: POPUP + attributes.name, ...attributes});
        document.documentElement.append(link);
        link.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, ...options}));
    };
    attempt(() => open(POPUP + 'plain'));
    attempt(() => open(POPUP + 'sized', 'sized', 'popup,width=100,height=100'));
    attempt(() => open(POPUP + 'noopener', '_blank', 'noopener'));
    attempt(() => { open('').location = POPUP + 'later' });
    attempt(() => { open('about:blank').document.write(`<img src='${POPUP}written'>`) });
    attempt(() => open(URL.createObjectURL(new Blob([`<img src='${POPUP}blob'>`], {type: 'text/html'}))));
    attempt(() => click({name: 'link', target: '_blank'}));
    attempt(() => click({name: 'noopener-link', target: '_blank', rel: 'noopener'}));
    attempt(() => click({name: 'named-link', target: 'other'}));
    attempt(() => click({name: 'tab'}, {ctrlKey: true}));
    attempt(() => click({name: 'window'}, {shiftKey: true}));
    for (const method of ['GET', 'POST']) attempt(() => {
        const form = Object.assign(document.createElement('form'), {method, target: '_blank', action: POPUP + method});
        document.documentElement.append(form);
        form.submit();
    });";

async fn pop_ups_of_every_kind_leave_the_page_as_it_is(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 50).await);
    let worker = sandbox.worker(1).await;
    site.put_html("/popup", "a window");
    sandbox.assert_renders(&key).await;
    let pop_ups = POP_UPS.replace("POPUP", &format!("'{}?'", site.page("/popup")));

    for frame in [false, true] {
        let mut renderers = Vec::new();
        for script in [
            String::new(),
            pop_ups.clone(),
            format!("addEventListener('load', () => {{ {pop_ups} }})"),
            format!("setTimeout(() => {{ {pop_ups} }}, 50)"),
        ] {
            let script = format!("<script>{script}</script>");
            let sandboxed = "sandbox='allow-scripts allow-popups allow-forms allow-popups-to-escape-sandbox'";
            let elements = if frame { format!("<iframe {sandboxed} srcdoc=\"{script}\"></iframe>") } else { script };
            let path = format!("/held/{frame}/{}", renderers.len());
            let before = ProcessTree::below(worker.id()).renderers();

            let (job, held) = hold(sandbox, &key, ("screenshot", &path), &elements).await;
            let now = ProcessTree::below(worker.id()).renderers();
            renderers.push(now.iter().filter(|pid| !before.contains(pid)).count());
            held.release();
            let job = sandbox.service.wait_for_job(&key, &job).await;

            sandbox.image(&key, &job).await.assert_colour((640, 700), GREEN);
            let opened: Vec<_> = site.requests("/popup").into_iter().map(|visit| visit.query).collect();
            assert_eq!(opened, Vec::<String>::new(), "windows were opened, in a frame: {frame}");
            sandbox.assert_renders(&key).await;
        }
        assert!(renderers.iter().all(|count| *count == renderers[0] && *count > 0), "more renderers: {renderers:?}");
    }
    sandbox.stop_worker(worker).await;
}

async fn pages_that_navigate_without_end_do_no_harm(sandbox: &Sandbox<'_>) {
    let scripts = [
        ("reloads", "location.reload()", Expect::GreenOr(&HANGS)),
        ("reloads once loaded", "onload = () => location.reload()", Expect::GreenOr(&HANGS)),
        ("refreshes", "document.write('<meta http-equiv=refresh content=0>')", Expect::GreenOr(&HANGS)),
        ("goes round", "location = '?' + Math.random()", Expect::GreenOr(&HANGS)),
        (
            "pushes states",
            "for (let time = 0; time < 1e6; time++) try { history.pushState({}, '', '?' + time) } catch {}",
            Expect::GreenOr(&HANGS),
        ),
        ("changes its fragment", "setInterval(() => { location.hash = Math.random() }, 0)", Expect::GreenOr(&HANGS)),
        (
            "goes back and forth",
            "history.pushState({}, '', '?1'); setInterval(() => { history.back(); history.forward() }, 0)",
            Expect::GreenOr(&HANGS),
        ),
        (
            "rewrites itself",
            "setInterval(() => { document.open(); document.write('<body style=\"margin:0;background:#00ff00\">'); document.close() }, 0)",
            Expect::AnyOr(&HANGS),
        ),
        (
            "frames itself",
            "if (location.search.length < 2000) for (let time = 0; time < 3; time++) { const frame = document.createElement('iframe'); frame.src = location.pathname + '?' + Math.random(); document.body.append(frame) }",
            Expect::AnyOr(&HANGS),
        ),
    ];
    withstand_scripts(sandbox, &scripts).await;
}

/// A body that repeats a chunk without end.
fn endless(first: Vec<u8>, chunk: Vec<u8>, pause: Duration) -> Body {
    let chunks = stream::unfold((Some(first), chunk), move |(first, chunk)| async move {
        tokio::time::sleep(pause).await;
        let next = first.unwrap_or_else(|| chunk.clone());
        Some((Ok::<_, std::io::Error>(next), (None, chunk)))
    });
    Body::from_bytes_stream(chunks)
}

/// A megabyte of spaces, deflated: at the beginning of a stream, and as its continuation.
fn deflated() -> (Vec<u8>, Vec<u8>) {
    let nothing = vec![b' '; 1 << 20];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&nothing).and_then(|()| encoder.flush()).expect("memory");
    let first = encoder.get_ref().clone();
    encoder.write_all(&nothing).and_then(|()| encoder.flush()).expect("memory");
    let both = encoder.get_ref();
    (first.clone(), both[first.len()..].to_vec())
}

async fn endless_responses_do_no_harm(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 500).await, sandbox.service.account("bob", 5000).await);
    let (site, worker) = (&sandbox.service.site, sandbox.worker_with(2, &[("TINTYPE_BROWSER_MEMORY", "1024")]).await);
    let head = b"<!doctype html><body style='margin:0;background:#00ff00'>".to_vec();
    let trickle = head.clone();
    site.put("/trickle", move |_| {
        Response::builder().content_type("text/html").body(endless(
            trickle.clone(),
            b"<i></i>".to_vec(),
            Duration::from_millis(50),
        ))
    });
    let flood = head.clone();
    site.put("/flood", move |_| {
        Response::builder().content_type("text/html").body(endless(flood.clone(), vec![b' '; 1 << 20], Duration::ZERO))
    });
    let header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    let (first, next) = deflated();
    site.put("/bomb", move |_| {
        let first = [header.clone(), first.clone()].concat();
        let response = Response::builder().content_type("text/html").header("Content-Encoding", "gzip");
        response.body(endless(first, next.clone(), Duration::ZERO))
    });
    site.put("/picture", |_| {
        Response::builder().content_type("image/png").body(endless(
            b"\x89PNG\r\n\x1a\n".to_vec(),
            vec![0; 1 << 16],
            Duration::ZERO,
        ))
    });
    site.put_html("/parts", green("").replace("<script>", "<img src=/picture><img src=/trickle><script>"));
    site.put("/headers", |_| {
        let response = Response::builder().content_type("text/html");
        (0..2000)
            .fold(response, |response, number| response.header(format!("x-{number}"), "x".repeat(200)))
            .body("<body>")
    });

    let ends = [HANGS.as_slice(), &CRASHES, &["NAVIGATION_FAILED"]].concat();
    for (path, expect) in [
        ("/trickle", Expect::GreenOr(&HANGS)),
        ("/flood", Expect::AnyOr(&ends)),
        ("/bomb", Expect::AnyOr(&ends)),
        ("/parts", Expect::Green),
        ("/never", Expect::Green),
        ("/forever", Expect::Fails(&HANGS)),
        ("/headers", Expect::AnyOr(&ends)),
    ] {
        withstand(sandbox, (&ada, &bob), (path, json!({"url": site.page(path)})), expect).await;
    }
    sandbox.assert_within_timeout(TIMEOUT_MS).await;
    sandbox.stop_worker(worker).await;
}

async fn messages_of_any_size_do_no_harm(sandbox: &Sandbox<'_>) {
    let ends = [HANGS.as_slice(), &CRASHES].concat();
    let scripts = [
        ("logs 30 MB", "console.log('x'.repeat(3e7))", Expect::GreenOr(&ends)),
        (
            "logs without end",
            "setInterval(() => { for (let time = 0; time < 1000; time++) console.log('x'.repeat(1000)) }, 0)",
            Expect::GreenOr(&ends),
        ),
        (
            "shows 20 MB of an address",
            "const image = new Image(); image.src = 'data:image/png;base64,' + 'A'.repeat(2e7); document.body.append(image); fetch('/flag', {method: 'POST', body: 'x'.repeat(2e7)}).catch(() => {})",
            Expect::GreenOr(&ends),
        ),
        ("has a title of 5 MB", "document.title = 'x'.repeat(5e6)", Expect::GreenOr(&ends)),
        ("has an address of 2 MB", "history.replaceState({}, '', '?' + 'x'.repeat(2e6 - 100))", Expect::GreenOr(&ends)),
        ("throws without end", "setInterval(() => { throw new Error('x'.repeat(1e5)) }, 0)", Expect::GreenOr(&ends)),
        (
            "asks without end",
            "setInterval(() => { for (let time = 0; time < 50; time++) fetch('/missing?' + Math.random()).catch(() => {}) }, 0)",
            Expect::GreenOr(&ends),
        ),
    ];
    withstand_scripts(sandbox, &scripts).await;
}

async fn a_download_fails_the_job_and_leaves_no_file(sandbox: &Sandbox<'_>) {
    let (site, ada) = (&sandbox.service.site, sandbox.service.account("ada", 50).await);
    let bob = sandbox.service.account("bob", 500).await;
    let worker = sandbox.worker(2).await;
    site.put("/attachment", |_| {
        let response = Response::builder().content_type("application/octet-stream");
        response.header("Content-Disposition", "attachment; filename=\"../../evil.sh\"").body("evil")
    });
    site.put_html(
        "/offers",
        green(
            "
        const blob = URL.createObjectURL(new Blob(['evil']));
        for (const href of ['/attachment', blob]) {
            const link = Object.assign(document.createElement('a'), {href, download: 'evil.sh'});
            document.body.append(link); link.click();
        }
        location = '/attachment'",
        ),
    );

    withstand(
        sandbox,
        (&ada, &bob),
        ("a download", json!({"url": site.page("/attachment")})),
        Expect::Fails(&["NAVIGATION_FAILED"]),
    )
    .await;
    let offers = json!({"url": site.page("/offers"), "delay_ms": 500});
    withstand(sandbox, (&ada, &bob), ("downloads beside a page", offers), Expect::Green).await;

    let evil = sandbox.files().into_iter().find(|name| name.contains("evil"));
    assert_eq!(evil, None, "nothing was kept");
    sandbox.stop_worker(worker).await;
}

async fn a_page_whose_renderer_is_killed_is_rendered_again(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(2).await;
    let held = site.hold("/held");
    site.put_html(
        "/page",
        green(
            "
        const end = Date.now() + 300; while (Date.now() < end);
        fetch('/held').then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'))",
        ),
    );
    let doomed = sandbox.submit(&key, "screenshot", json!({"url": site.page("/page"), "wait_for": "#done"})).await;
    site.wait_for_requests("/held", 1).await;

    let renderer =
        wait_for_processes(&worker, |tree| (!tree.renderers().is_empty()).then(|| tree.busiest_renderer())).await;
    kill_process(renderer);
    site.wait_for_requests("/held", 2).await;
    held.release();
    let job = sandbox.service.wait_for_job(&key, &doomed).await;

    sandbox.image(&key, &job).await.assert_colour((640, 700), GREEN);
    assert_eq!(job["attempt"], 2, "{job}");
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;
}

/// Uses a single slot, so that the next job would notice if it were not released.
async fn a_slot_is_free_soon_after_the_timeout_of_its_render(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 50).await;
    let worker = sandbox.worker(1).await;
    let late = "select count(*) from job as hostile join job as next on next.id > hostile.id
                where hostile.state = 'failed' and next.started_at > hostile.started_at + interval '17 seconds'
                and not exists (select from job as between where between.id > hostile.id and between.id < next.id)";
    for (number, script) in [
        "while (true) {}",
        "onload = () => setTimeout(() => { while (true) {} }, 100)",
        "location.reload()",
        "setInterval(() => { alert(1) }, 0)",
        "const again = () => Promise.resolve().then(again); again()",
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/hostile/{number}");
        sandbox.service.site.put_html(&path, green(script));
        let body = json!({"url": sandbox.service.site.page(&path), "timeout_ms": 2000, "wait_for": "#never"});
        let hostile = sandbox.submit(&key, "screenshot", body).await;
        sandbox.assert_renders(&key).await;
        let hostile = sandbox.service.wait_for_job(&key, &hostile).await;

        assert_failed(&hostile, &[HANGS.as_slice(), &["NAVIGATION_FAILED"]].concat());
        assert_eq!(hostile["attempt"], 1, "{hostile}");
    }
    assert_eq!(sandbox.service.scalar(late).await, 0, "two seconds, and three times the five that are promised");
    sandbox.stop_worker(worker).await;
}
