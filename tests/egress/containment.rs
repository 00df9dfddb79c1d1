//! Containment: whatever a page tries, it reaches only what is allowed.

use std::net::SocketAddr;

use harness::Canary;
use nix::unistd::geteuid;
use poem::Response;
use serde_json::{Value, json};

use harness::sandboxed::{BLUE, GREEN, Sandbox, blocked};

with_each_isolation!(
    a_page_that_tries_everything_reaches_no_denied_address,
    a_worker_without_root_confines_pages_just_as_well,
    a_pdf_of_a_page_that_tries_everything_reaches_no_denied_address,
    an_html_page_is_trusted_and_registers_no_service_worker,
    nothing_is_requested_from_the_site_of_html_jobs_whatever_is_allowed,
    public_addresses_are_allowed_except_the_machine_s_own,
    a_canary_records_every_contact,
);

/// Tries everything that a page can do to send something, waits for each attempt, and turns
/// green. It reports to `/reached` what it tried and how often it got a response.
const REACH: &str = include_str!("reach.html");

/// A service worker that uses navigation preload, and sends requests of its own.
const WORKER: &str = "
    self.onactivate = event => event.waitUntil(self.registration.navigationPreload.enable());
    self.onfetch = event => event.respondWith((async () => {
        const target = new URL(event.request.url).searchParams.get('to');
        if (target) await fetch(target, {mode: 'no-cors'}).catch(() => {});
        return await event.preloadResponse || fetch(event.request);
    })());";

async fn a_page_that_tries_everything_reaches_no_denied_address(sandbox: &Sandbox<'_>) {
    let worker = sandbox.worker(1).await;
    reach(sandbox, worker, "screenshot").await;
}

async fn a_worker_without_root_confines_pages_just_as_well(sandbox: &Sandbox<'_>) {
    if geteuid().is_root() {
        let (worker, _way) = sandbox.worker_as("nobody", 1).await;
        reach(sandbox, worker, "screenshot").await;
    } else {
        let worker = sandbox.worker(1).await;
        reach(sandbox, worker, "screenshot").await;
    }
}

/// The browsers of PDFs do not isolate sites.
async fn a_pdf_of_a_page_that_tries_everything_reaches_no_denied_address(sandbox: &Sandbox<'_>) {
    let worker = sandbox.worker(1).await;
    reach(sandbox, worker, "pdf").await;
}

async fn reach(sandbox: &Sandbox<'_>, worker: harness::Process, kind: &str) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let canary = Canary::listen(sandbox.network).await;
    sandbox.dns.answer("shop.example.com", &["127.0.0.1"]);
    sandbox.dns.answer("inside.example.com", &[&canary.tcp[0].ip().to_string()]);
    build(sandbox, &canary);

    let render = async |source: Value| {
        let mut body = source;
        body["wait_for"] = json!("#done");
        body["timeout_ms"] = json!(60000);
        let job = sandbox.submit(&key, kind, body).await;
        sandbox.service.wait_for_job(&key, &job).await
    };
    let job = render(json!({"url": site.page("/reach")})).await;
    // A page at a loopback address is a secure context. A page at a name uses the proxy even
    // where loopback addresses bypass it.
    let named = render(json!({"url": format!("http://shop.example.com:{}/reach", site.port())})).await;
    let from_html = render(json!({"html": page(sandbox, &canary)})).await;
    canary.assert_no_contacts().await;
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;

    canary.assert_no_contacts().await;
    sandbox.network.assert_no_packets_sent();
    for job in [&job, &named, &from_html] {
        match kind {
            "pdf" => assert_eq!(job["status"], "completed", "{job}"),
            _image => sandbox.image(&key, job).await.assert_colour((640, 700), GREEN),
        }
        let classes = blocked(job);
        assert!(classes.contains(&"private_address") && classes.contains(&"name"), "{job}");
    }
    assert_eq!(site.requests("/reached").len(), 3, "every page came to its end");
    assert!(!site.requests("/allowed").is_empty(), "what is allowed is reached by address");
    let by_name = |visit: &harness::RecordedRequest| visit.header("host").starts_with("shop.example.com");
    assert!(site.requests("/allowed").iter().any(by_name), "what is allowed is reached by name");
    assert!(!site.requests("/sw/preloaded").is_empty(), "the service worker's pages are asked for");
}

/// Adds the page and its resources to the site.
fn build(sandbox: &Sandbox<'_>, canary: &Canary) {
    let (site, page) = (&sandbox.service.site, page(sandbox, canary));
    let reports: Vec<_> = canary.tcp.iter().map(|at| format!("http://{at}/csp")).collect();
    let policy = format!("img-src 'none'; report-uri {}", reports.join(" "));
    site.put("/reach", move |_| {
        let response = Response::builder().content_type("text/html");
        response.header("Content-Security-Policy-Report-Only", &policy).body(page.clone())
    });
    site.put("/sw.js", |_| {
        Response::builder().content_type("text/javascript").header("Service-Worker-Allowed", "/sw/").body(WORKER)
    });
    site.put("/sw/preloaded", |visit| {
        let to = visit.query.trim_start_matches("to=").replace("%3A", ":").replace("%2F", "/");
        Response::builder().status(poem::http::StatusCode::FOUND).header("Location", to).finish()
    });
    for path in ["/allowed", "/reached"] {
        site.put(path, |_| Response::builder().header("Access-Control-Allow-Origin", "*").body("here"));
    }
}

fn page(sandbox: &Sandbox<'_>, canary: &Canary) -> String {
    let port = canary.tcp[0].port();
    let tried = |at: &&SocketAddr| [80, 5432].contains(&at.port()) || !sandbox.network.is_isolated();
    let mut web: Vec<String> = canary.tcp.iter().filter(tried).map(ToString::to_string).collect();
    web.extend([format!("localhost:{port}"), format!("a.localhost:{port}"), format!("inside.example.com:{port}")]);
    if sandbox.network.is_isolated() {
        let spellings = ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::ffff:a9fe:a9fe]"];
        web.extend(spellings.map(|spelling| format!("{spelling}:80")));
    }
    let udp: Vec<String> = canary.udp.iter().map(ToString::to_string).collect();
    let targets = json!({
        "web": web,
        "udp": udp,
        "names": ["stun-canary.example.org", "turn-canary.example.org"],
        "site": sandbox.service.site.page(""),
        "shop": format!("http://shop.example.com:{}", sandbox.service.site.port()),
    });
    REACH.replace("TARGETS", &targets.to_string())
}

async fn an_html_page_is_trusted_and_registers_no_service_worker(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    site.put("/sw.js", |_| Response::builder().content_type("text/javascript").body(WORKER));
    let html = "<!doctype html><body style='margin:0'><script>
        (async () => {
            const blob = URL.createObjectURL(new Blob([''], {type: 'text/javascript'}));
            const urls = ['/sw.js', 'sw.js', '?', location.href, 'SITE/sw.js', blob, 'data:text/javascript,'];
            const register = url => navigator.serviceWorker.register(url).then(() => url, () => null);
            const registered = (await Promise.all(urls.map(register))).filter(Boolean);
            const all = await navigator.serviceWorker.getRegistrations();
            const isRight = isSecureContext && !registered.length && !all.length;
            document.body.style.background = isRight ? '#00ff00' : '#ff0000';
            document.body.insertAdjacentHTML('beforeend', '<p id=done>');
        })()</script>"
        .replace("SITE", site.page("").trim_end_matches('/'));

    for body in [json!({"html": html}), json!({"html": html, "base_url": site.page("/")})] {
        let mut body = body;
        body["wait_for"] = json!("#done");
        let job = sandbox.screenshot(&key, body).await;
        sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    }
    assert!(site.requests("/sw.js").is_empty());
    sandbox.stop_worker(worker).await;
}

async fn nothing_is_requested_from_the_site_of_html_jobs_whatever_is_allowed(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 20).await);
    let allow = format!("{},127.0.0.0/8:{},127.0.0.0/8:80", site.allowed(), site.port());
    let worker = sandbox.worker_with(1, &[("TINTYPE_EGRESS_ALLOW", &allow)]).await;
    let canary = Canary::listen(sandbox.network).await;
    for path in ["/probe", "/allowed"] {
        site.put(path, |_| Response::builder().header("Access-Control-Allow-Origin", "*").body("here"));
    }
    let (mut hosts, port) = (Vec::new(), site.port());
    for name in ["anything.render.localhost", "render.localhost", "render.localhost.", "a.b.render.localhost"] {
        sandbox.dns.answer(name, &["127.0.0.1"]);
        hosts.extend([format!("http://{name}:{port}"), format!("http://{name}"), format!("https://{name}:{port}")]);
    }
    let page = format!(
        "<!doctype html><body style='margin:0;background:#00ff00'><script>
            const settled = promise => promise.then(() => {{}}, () => {{}});
            const part = (name, src) => new Promise(done => {{
                const element = Object.assign(document.createElement(name), {{src, onload: done, onerror: done}});
                element.style.cssText = 'width:5px;height:5px';
                document.body.append(element);
            }});
            (async () => {{
                await settled(fetch('{}', {{mode: 'no-cors'}}));
                await settled(fetch('http://127.0.0.2:{port}/allowed', {{mode: 'no-cors'}}));
                for (const host of {}) {{
                    await settled(fetch(`${{host}}/probe`, {{mode: 'no-cors'}}));
                    await Promise.all(['img', 'iframe', 'script'].map(name => part(name, `${{host}}/probe`)));
                }}
                document.body.insertAdjacentHTML('beforeend', '<p id=done>');
            }})()</script>",
        site.page("/allowed"),
        json!(hosts),
    );
    site.put_html("/page", page.clone());

    for kind in ["screenshot", "pdf"] {
        for body in [json!({"url": site.page("/page")}), json!({"html": page})] {
            let mut body = body;
            body["wait_for"] = json!("#done");
            let job = sandbox.submit(&key, kind, body).await;
            let job = sandbox.service.wait_for_job(&key, &job).await;
            assert_eq!((&job["status"], blocked(&job)), (&json!("completed"), vec!["name"]), "{job}");
        }
    }
    assert_eq!(site.requests("/probe").len(), 0, "{:?}", site.requests("/probe"));
    assert_eq!(site.requests("/allowed").len(), 8, "the exceptions apply");
    canary.assert_no_contacts().await;
    sandbox.stop_worker(worker).await;
}

async fn public_addresses_are_allowed_except_the_machine_s_own(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    let canary = Canary::listen(sandbox.network).await;
    let page = |host: &str| {
        format!(
            "<!doctype html><body style='background:#0000ff'><img src='http://{host}/' onerror='done()'><script>
                 const done = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>')</script>"
        )
    };
    site.put_html("/own", page(if sandbox.network.is_isolated() { "93.184.216.77:8080" } else { "127.0.0.2:8080" }));
    site.put_html("/public", page("172.32.0.1:8080"));

    let own =
        sandbox.screenshot(&key, json!({"url": site.page("/own"), "wait_for": "#done", "timeout_ms": 10000})).await;
    sandbox.image(&key, &own).await.assert_colour((640, 360), BLUE);
    canary.assert_no_contacts().await;
    sandbox.network.assert_no_packets_sent();
    assert_eq!(blocked(&own), ["private_address"], "{own}");

    let public =
        sandbox.screenshot(&key, json!({"url": site.page("/public"), "wait_for": "load", "timeout_ms": 3000})).await;
    assert_eq!(blocked(&public), Vec::<&str>::new(), "{public}");
    if sandbox.network.is_isolated() {
        assert!(sandbox.network.packets_sent() > 0, "what may be reached is dialled");
    }
    sandbox.stop_worker(worker).await;
}

/// Proves that the canaries work.
async fn a_canary_records_every_contact(sandbox: &Sandbox<'_>) {
    let canary = Canary::listen(sandbox.network).await;
    canary.assert_no_contacts().await;
    sandbox.network.assert_no_packets_sent();

    let connection = tokio::net::TcpStream::connect(canary.tcp[1]).await.expect("it listens");
    let datagram = tokio::net::UdpSocket::bind((canary.udp[1].ip(), 0)).await.expect("a free port");
    datagram.send_to(b"out", canary.udp[1]).await.expect("it listens");
    let heard: Vec<Value> = canary
        .contacts()
        .await
        .iter()
        .map(|contact| json!([contact.to.to_string(), contact.from.to_string()]))
        .collect();

    let by_tcp = json!([canary.tcp[1].to_string(), connection.local_addr().expect("an address").to_string()]);
    let by_udp = json!([canary.udp[1].to_string(), datagram.local_addr().expect("an address").to_string()]);
    assert_eq!(heard, [by_tcp, by_udp]);
    if sandbox.network.is_isolated() {
        let outside = tokio::net::UdpSocket::bind("0.0.0.0:0").await.expect("a free port");
        outside.send_to(b"out", "198.51.100.99:3478").await.expect("a way out");
        assert_eq!(sandbox.network.packets_sent(), 1);
    }
}
