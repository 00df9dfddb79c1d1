//! Exhaustion: pages that take all memory, and pages that are too large to capture.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use poem::Response;
use serde_json::json;

use super::hostile::{CRASHES, Expect, HANGS, TIMEOUT_MS, withstand};
use harness::fixtures::green;
use harness::sandboxed::Sandbox;

with_each_isolation!(
    a_page_that_allocates_without_end_is_killed_and_affects_no_other_job,
    images_that_decompress_to_gigabytes_do_no_harm,
    pages_of_any_height_are_captured_completely_or_rejected,
    pages_with_millions_of_elements_do_no_harm,
);

/// The memory limit of a browser in MiB: an idle browser uses a tenth of it.
const MEMORY: &str = "512";

async fn a_page_that_allocates_without_end_is_killed_and_affects_no_other_job(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 50).await, sandbox.service.account("bob", 5000).await);
    let worker = sandbox.worker_with(2, &[("TINTYPE_BROWSER_MEMORY", MEMORY)]).await;
    for (path, what) in [
        (
            "/arrays",
            "const kept = []; const take = () => { kept.push(new Uint8Array(1 << 26).fill(1)); setTimeout(take, 0) }; take()",
        ),
        (
            "/strings",
            "const kept = []; const take = () => { kept.push(Array.from({length: 1e5}, (_, at) => 'x' + at + Math.random())); setTimeout(take, 0) }; take()",
        ),
        (
            "/nodes",
            "const take = () => { for (let at = 0; at < 1e4; at++) document.body.append(document.createElement('b')); setTimeout(take, 0) }; take()",
        ),
        (
            "/stored",
            "const take = async () => { const name = await caches.open('x'); for (let at = 0; ; at++) await name.put('/' + at, new Response(new Uint8Array(1 << 24).fill(1))) }; take()",
        ),
    ] {
        sandbox.service.site.put_html(path, green(what));
        // It waits for an element that never appears, so that only the memory limit ends it early.
        let body = json!({"url": sandbox.service.site.page(path), "wait_for": "#never", "timeout_ms": 20000});
        let ends = if path == "/arrays" { CRASHES.to_vec() } else { [CRASHES.as_slice(), &HANGS].concat() };
        withstand(sandbox, (&ada, &bob), (path, body), Expect::Fails(&ends)).await;
    }
    sandbox.stop_worker(worker).await;
}

/// A PNG of one bit per pixel, whose file is small for its size.
fn picture(side: u32) -> Vec<u8> {
    let mut data = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; 1 + side.div_ceil(8) as usize];
    for _ in 0..side {
        data.write_all(&row).expect("memory");
    }
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(data);
        let length = u32::try_from(data.len()).expect("small");
        [&length.to_be_bytes(), &name[..], data, &sum.sum().to_be_bytes()].concat()
    };
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let end = chunk(b"IEND", &[]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &data.finish().expect("memory")), end]
        .concat()
}

async fn images_that_decompress_to_gigabytes_do_no_harm(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 50).await, sandbox.service.account("bob", 5000).await);
    let (site, worker) = (&sandbox.service.site, sandbox.worker_with(2, &[("TINTYPE_BROWSER_MEMORY", "1024")]).await);
    let png = picture(30_000);
    assert!(png.len() < 1 << 20, "it is small on its way");
    site.put("/large.png", move |_| Response::builder().content_type("image/png").body(png.clone()));
    let many: Vec<_> = (0..20).map(|at| format!("<img src='/large.png?{at}' width=10 height=10>")).collect();
    site.put_html("/one", green("").replace("<script>", "<img src=/large.png width=100 height=100><script>"));
    site.put_html("/many", green("").replace("<script>", &format!("{}<script>", many.concat())));
    site.put_html(
        "/canvases",
        green(
            "
        for (let at = 0; at < 50; at++) {
            const canvas = Object.assign(document.createElement('canvas'), {width: 16000, height: 16000});
            canvas.style.cssText = 'width:1px;height:1px'; document.body.append(canvas);
            canvas.getContext('2d')?.fillRect(0, 0, 16000, 16000);
        }",
        ),
    );
    site.put_html(
        "/filters",
        green("").replace(
            "<script>",
            "<div style='width:9000px;height:9000px;filter:blur(5000px);background:#00ff00'></div><script>",
        ),
    );
    site.put_html("/vectors", green("").replace("<script>", "<svg width=10 height=10><defs><filter id=f x=0 y=0 width=1e5 height=1e5><feTurbulence numOctaves=99/></filter></defs><rect width=1e5 height=1e5 filter=url(#f)></rect></svg><script>"));

    let ends = [HANGS.as_slice(), &CRASHES].concat();
    for path in ["/one", "/many", "/canvases", "/filters", "/vectors"] {
        let body = json!({"url": site.page(path), "wait_for": "load", "timeout_ms": 5000});
        withstand(sandbox, (&ada, &bob), (path, body), Expect::AnyOr(&ends)).await;
    }
    sandbox.assert_within_timeout(5000).await;
    sandbox.stop_worker(worker).await;
}

async fn pages_of_any_height_are_captured_completely_or_rejected(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 50).await, sandbox.service.account("bob", 5000).await);
    let (site, worker) = (&sandbox.service.site, sandbox.worker(2).await);
    for (path, style) in
        [("/400000", "height:400000px"), ("/endless", "height:1e9px"), ("/wide", "width:1e9px;height:10px")]
    {
        site.put_html(path, green("").replace("<script>", &format!("<div style='{style}'></div><script>")));
    }
    site.put_html(
        "/grows",
        green("setInterval(() => { document.body.style.height = document.body.scrollHeight + 50000 + 'px' }, 0)"),
    );
    let full = |path: &str, format: &str| json!({"url": site.page(path), "full_page": true, "format": format, "timeout_ms": 5000});

    let ends = [HANGS.as_slice(), &["PAGE_TOO_TALL", "RESULT_TOO_LARGE"]].concat();
    for format in ["png", "jpeg"] {
        withstand(sandbox, (&ada, &bob), ("/400000", full("/400000", format)), Expect::Fails(&["PAGE_TOO_TALL"])).await;
        withstand(sandbox, (&ada, &bob), ("/endless", full("/endless", format)), Expect::Fails(&["PAGE_TOO_TALL"]))
            .await;
    }
    withstand(sandbox, (&ada, &bob), ("/wide", full("/wide", "png")), Expect::AnyOr(&ends)).await;
    withstand(sandbox, (&ada, &bob), ("/grows", full("/grows", "png")), Expect::AnyOr(&ends)).await;
    let window = json!({"url": site.page("/400000"), "timeout_ms": 5000});
    withstand(sandbox, (&ada, &bob), ("a window of it", window), Expect::Green).await;

    let sheets: String = (0..20_000).map(|_| "<p style='break-after:page'>x").collect();
    let sheets = sandbox.submit(&ada, "pdf", json!({"html": sheets, "timeout_ms": 5000})).await;
    let sheets = sandbox.service.wait_for_job(&ada, &sheets).await;
    harness::sandboxed::assert_failed(&sheets, &[HANGS.as_slice(), &["PDF_TOO_LARGE"]].concat());
    sandbox.assert_within_timeout(5000).await;
    sandbox.assert_renders(&ada).await;
    sandbox.stop_worker(worker).await;
}

async fn pages_with_millions_of_elements_do_no_harm(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 50).await, sandbox.service.account("bob", 5000).await);
    let (site, worker) = (&sandbox.service.site, sandbox.worker(2).await);
    site.put_html("/wide", green("const all = []; for (let at = 0; at < 1e6; at++) all.push('<b>x</b>'); document.body.innerHTML = all.join('')"));
    site.put_html("/deep", green("let at = document.body; for (let depth = 0; depth < 2e5; depth++) at = at.appendChild(document.createElement('div'))"));
    site.put_html("/styled", green("const all = []; for (let at = 0; at < 1e5; at++) all.push(`@keyframes k${at}{to{left:1px}} :has(:nth-child(${at})) b{animation:k${at} 1s}`); const style = document.createElement('style'); style.textContent = all.join(''); document.head.append(style); document.body.innerHTML += '<b>x</b>'.repeat(2000)"));
    site.put_html("/framed", green("for (let at = 0; at < 100; at++) document.body.append(Object.assign(document.createElement('iframe'), {src: '/flag?' + at, width: 5, height: 5}))"));

    let ends = [HANGS.as_slice(), &CRASHES].concat();
    for path in ["/wide", "/deep", "/styled", "/framed"] {
        withstand(sandbox, (&ada, &bob), (path, json!({"url": site.page(path)})), Expect::AnyOr(&ends)).await;
    }
    sandbox.assert_within_timeout(TIMEOUT_MS).await;
    sandbox.stop_worker(worker).await;
}
