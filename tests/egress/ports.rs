//! Ports: services that speak no HTTP are out of reach, on public hosts, too.

use std::net::TcpListener;

use harness::with_service;
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use harness::sandboxed::{GREEN, Sandbox, assert_failed, blocked};

use super::assert_blocked;

with_each_isolation!(
    no_part_of_a_page_reaches_another_service,
    a_page_that_navigates_to_another_service_is_blocked_however_it_does_so,
    an_opened_port_is_reached_even_if_browsers_refuse_it,
);

/// Ports of other services above 1023 that browsers do not refuse by themselves.
const SERVICES: [u16; 12] = [1433, 1883, 2375, 2379, 2525, 3306, 3389, 5432, 5900, 6379, 9042, 27017];

#[tokio::test]
async fn a_url_at_the_port_of_another_service_is_rejected_before_anything_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;

        for port in SERVICES.into_iter().chain([22, 25, 587, 2049, 6000, 6667, 11211]) {
            for host in ["93.184.216.34", "[2606:4700::1111]", "example.com"] {
                let url = format!("http://{host}:{port}/");
                assert_blocked(service, &key, "/v1/screenshot", &url).await;
            }
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}

async fn no_part_of_a_page_reaches_another_service(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    sandbox.dns.answer("db.example.com", &["93.184.216.34"]);
    site.put("/to-service", |visit| {
        let port = visit.query.trim_start_matches("port=");
        let to = format!("http://db.example.com:{port}/");
        Response::builder().status(StatusCode::FOUND).header("Location", to).finish()
    });
    // Plain requests, tunnels, web sockets and redirects, one after the other.
    let page = format!(
        "<!doctype html><body style='background:#00ff00'><script>(async () => {{
         const settled = promise => promise.catch(() => {{}});
         const socket = url => new Promise(done => {{
             const opened = new WebSocket(url); opened.onclose = opened.onerror = done;
         }});
         for (const port of {}) {{
             await settled(fetch(`http://93.184.216.34:${{port}}/`, {{mode: 'no-cors'}}));
             await settled(fetch(`https://db.example.com:${{port}}/`, {{mode: 'no-cors'}}));
             await settled(fetch(`/to-service?port=${{port}}`, {{mode: 'no-cors'}}));
             await socket(`ws://db.example.com:${{port}}/`);
         }}
         document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         }})()</script>",
        json!(SERVICES),
    );
    site.put_html("/services", page);

    let job = json!({"url": site.page("/services"), "wait_for": "#done", "timeout_ms": 60000});
    let job = sandbox.screenshot(&key, job).await;

    sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    assert_eq!(count(&job, "port"), 4 * SERVICES.len(), "{job}");
    assert_eq!(sandbox.dns.query_count("db.example.com"), 0, "a denied port is denied before its name is resolved");
    sandbox.network.assert_no_packets_sent();
    sandbox.stop_worker(worker).await;
}

async fn a_page_that_navigates_to_another_service_is_blocked_however_it_does_so(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 50).await);
    let worker = sandbox.worker(1).await;

    // The last of them is refused by the browser itself.
    for port in [6379, 5432, 6000] {
        let to = format!("http://93.184.216.34:{port}/");
        let location = to.clone();
        site.put("/redirected", move |_| {
            Response::builder().status(StatusCode::FOUND).header("Location", &location).finish()
        });
        site.put_html("/script", format!("<!doctype html><body><script>location = '{to}'</script>"));
        site.put_html("/refreshed", format!("<!doctype html><meta http-equiv=refresh content='0;url={to}'>"));
        for path in ["/redirected", "/script", "/refreshed"] {
            let body = json!({"url": site.page(path), "wait_for": "network_idle", "timeout_ms": 10000});
            let job = sandbox.screenshot(&key, body).await;

            assert_failed(&job, &["URL_BLOCKED"]);
        }
    }
    sandbox.network.assert_no_packets_sent();
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;
}

async fn an_opened_port_is_reached_even_if_browsers_refuse_it(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    // One that browsers refuse and one that they do not, whichever are free on this machine.
    let (refused, _refused) = serve_one_of(&[6000, 6566, 6697, 10080, 2049]);
    let (service, _service) = serve_one_of(&[9042, 27018, 5909, 6379]);
    let allow = format!("{},127.0.0.1/32:{refused},127.0.0.1/32:{service}", sandbox.service.site.allowed());
    let worker = sandbox.worker_with(1, &[("TINTYPE_EGRESS_ALLOW", &allow)]).await;
    sandbox.service.site.put_html("/opened", &*opened(&[refused, service]));

    let body = json!({"url": sandbox.service.site.page("/opened"), "wait_for": "#done", "timeout_ms": 10000});
    let job = sandbox.screenshot(&key, body).await;

    sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    assert_eq!(blocked(&job), Vec::<&str>::new(), "{job}");
    sandbox.stop_worker(worker).await;
}

/// A page that turns green once it has fetched from each port.
fn opened(ports: &[u16]) -> String {
    format!(
        "<!doctype html><body><script>(async () => {{
         for (const port of {}) await fetch(`http://127.0.0.1:${{port}}/`, {{mode: 'no-cors'}});
         document.body.style.background = '#00ff00';
         document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         }})()</script>",
        json!(ports),
    )
}

/// Serves an empty response at the first of these ports that is free.
fn serve_one_of(ports: &[u16]) -> (u16, JoinSet<()>) {
    let listener = ports.iter().find_map(|port| TcpListener::bind(("127.0.0.1", *port)).ok()).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _request = stream.read(&mut request).await;
            let _client_gone = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        }
    });
    (port, tasks)
}

fn count(job: &Value, class: &str) -> usize {
    let entries = job["blocked"].as_array().into_iter().flatten();
    let of = entries.filter(|entry| entry["class"] == class).filter_map(|entry| entry["count"].as_u64());
    usize::try_from(of.sum::<u64>()).expect("a number")
}
