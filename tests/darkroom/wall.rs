//! The wall: whatever a page tries, nothing but what is allowed hears of it.

use std::net::SocketAddr;

use harness::Canary;
use nix::unistd::geteuid;
use poem::Response;
use serde_json::{Value, json};

use crate::room::{BLUE, GREEN, Room, blocked};

in_both_modes!(
    a_page_that_tries_every_way_out_reaches_nothing_it_may_not,
    a_worker_that_is_no_root_keeps_pages_in_just_as_well,
    a_public_address_is_dialled_and_the_machine_s_own_is_not,
    a_canary_hears_whoever_comes,
);

/// Tries everything that a page can do to make something leave, waits for each, and turns
/// green. What was tried and how often something answered is told to `/reached`.
const REACH: &str = include_str!("reach.html");

/// A service worker that has navigations answered past the page, and asks for more itself.
const WORKER: &str = "
    self.onactivate = event => event.waitUntil(self.registration.navigationPreload.enable());
    self.onfetch = event => event.respondWith((async () => {
        const target = new URL(event.request.url).searchParams.get('to');
        if (target) await fetch(target, {mode: 'no-cors'}).catch(() => {});
        return await event.preloadResponse || fetch(event.request);
    })());";

async fn a_page_that_tries_every_way_out_reaches_nothing_it_may_not(room: &Room<'_>) {
    let worker = room.worker(1).await;
    reach(room, worker).await;
}

async fn a_worker_that_is_no_root_keeps_pages_in_just_as_well(room: &Room<'_>) {
    if geteuid().is_root() {
        let (worker, _way) = room.worker_as("nobody", 1).await;
        reach(room, worker).await;
    } else {
        let worker = room.worker(1).await;
        reach(room, worker).await;
    }
}

async fn reach(room: &Room<'_>, worker: harness::Process) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let canary = Canary::open(room.network).await;
    room.dns.answer("shop.example.com", &["127.0.0.1"]);
    room.dns.answer("inside.example.com", &[&canary.tcp[0].ip().to_string()]);
    build(room, &canary);

    let body = json!({"url": site.page("/reach"), "wait_for": "#done", "timeout_ms": 60000});
    let job = room.shoot(&key, body).await;
    // A page at an address is trusted with more; one at a name comes through the proxy also
    // where addresses of this machine do not.
    let named = format!("http://shop.example.com:{}/reach", site.port());
    let named = room.shoot(&key, json!({"url": named, "wait_for": "#done", "timeout_ms": 60000})).await;
    let html = json!({"html": page(room, &canary), "wait_for": "#done", "timeout_ms": 60000});
    let from_html = room.shoot(&key, html).await;
    canary.assert_silent().await;
    room.assert_renders(&key).await;
    room.leave(worker).await;

    canary.assert_silent().await;
    room.network.assert_nothing_left();
    for job in [&job, &named, &from_html] {
        room.picture(&key, job).await.assert_colour((640, 700), GREEN);
        let classes = blocked(job);
        assert!(classes.contains(&"private_address") && classes.contains(&"name"), "{job}");
    }
    assert_eq!(site.came("/reached").len(), 3, "every page came to its end");
    assert!(!site.came("/allowed").is_empty(), "what is allowed is reached by address");
    let by_name = |visit: &harness::Visit| visit.header("host").starts_with("shop.example.com");
    assert!(site.came("/allowed").iter().any(by_name), "what is allowed is reached by name");
    assert!(!site.came("/sw/preloaded").is_empty(), "the service worker's pages are asked for");
}

/// Puts the page and what belongs to it on the site.
fn build(room: &Room<'_>, canary: &Canary) {
    let (site, page) = (&room.service.site, page(room, canary));
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

fn page(room: &Room<'_>, canary: &Canary) -> String {
    let port = canary.tcp[0].port();
    let tried = |at: &&SocketAddr| [80, 5432].contains(&at.port()) || !room.network.is_own();
    let mut web: Vec<String> = canary.tcp.iter().filter(tried).map(ToString::to_string).collect();
    web.extend([format!("localhost:{port}"), format!("a.localhost:{port}"), format!("inside.example.com:{port}")]);
    if room.network.is_own() {
        let spellings = ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "[::ffff:a9fe:a9fe]"];
        web.extend(spellings.map(|spelling| format!("{spelling}:80")));
    }
    let udp: Vec<String> = canary.udp.iter().map(ToString::to_string).collect();
    let targets = json!({
        "web": web,
        "udp": udp,
        "names": ["stun-canary.example.org", "turn-canary.example.org"],
        "site": room.service.site.page(""),
        "shop": format!("http://shop.example.com:{}", room.service.site.port()),
    });
    REACH.replace("TARGETS", &targets.to_string())
}

async fn a_public_address_is_dialled_and_the_machine_s_own_is_not(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let worker = room.worker(1).await;
    let canary = Canary::open(room.network).await;
    let page = |host: &str| {
        format!(
            "<!doctype html><body style='background:#0000ff'><img src='http://{host}/' onerror='done()'><script>
                 const done = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>')</script>"
        )
    };
    site.put_html("/own", page(if room.network.is_own() { "93.184.216.77:8080" } else { "127.0.0.2:8080" }));
    site.put_html("/public", page("172.32.0.1:8080"));

    let own = room.shoot(&key, json!({"url": site.page("/own"), "wait_for": "#done", "timeout_ms": 10000})).await;
    room.picture(&key, &own).await.assert_colour((640, 360), BLUE);
    canary.assert_silent().await;
    room.network.assert_nothing_left();
    assert_eq!(blocked(&own), ["private_address"], "{own}");

    let public = room.shoot(&key, json!({"url": site.page("/public"), "wait_for": "load", "timeout_ms": 3000})).await;
    assert_eq!(blocked(&public), Vec::<&str>::new(), "{public}");
    if room.network.is_own() {
        assert!(room.network.left() > 0, "what may be reached is dialled");
    }
    room.leave(worker).await;
}

/// The proof that silence means something.
async fn a_canary_hears_whoever_comes(room: &Room<'_>) {
    let canary = Canary::open(room.network).await;
    canary.assert_silent().await;
    room.network.assert_nothing_left();

    let connection = tokio::net::TcpStream::connect(canary.tcp[1]).await.expect("it listens");
    let datagram = tokio::net::UdpSocket::bind((canary.udp[1].ip(), 0)).await.expect("a free port");
    datagram.send_to(b"out", canary.udp[1]).await.expect("it listens");
    let heard: Vec<Value> =
        canary.heard().await.iter().map(|note| json!([note.at.to_string(), note.from.to_string()])).collect();

    let by_tcp = json!([canary.tcp[1].to_string(), connection.local_addr().expect("an address").to_string()]);
    let by_udp = json!([canary.udp[1].to_string(), datagram.local_addr().expect("an address").to_string()]);
    assert_eq!(heard, [by_tcp, by_udp]);
    if room.network.is_own() {
        let outside = tokio::net::UdpSocket::bind("0.0.0.0:0").await.expect("a free port");
        outside.send_to(b"out", "198.51.100.99:3478").await.expect("a way out");
        assert_eq!(room.network.left(), 1);
    }
}
