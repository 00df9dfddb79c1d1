//! Pages with frames of many sites: none waits for the idle connection of another.

use poem::Response;
use serde_json::{Value, json};

use harness::sandboxed::{GREEN, Sandbox};

with_each_isolation!(a_page_of_many_sites_is_loaded_before_idle_connections_are_closed);

/// How long a page may take, in ms. The proxy closes a browser's idle connections after 15 s:
/// a page that waits for them does not meet this.
const TIMEOUT_MS: u64 = 14_000;

/// How a page includes other sites. A frame takes a process, so most pages have images, which
/// open the same connections.
const FRAME: &str = "iframe";
const IMAGE: &str = "img";

async fn a_page_of_many_sites_is_loaded_before_idle_connections_are_closed(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let worker = sandbox.worker(1).await;
    for (element, count) in [(IMAGE, 63), (IMAGE, 64), (FRAME, 64), (IMAGE, 100), (IMAGE, 140)] {
        let path = format!("/{element}/{count}");

        let job = render(sandbox, &key, element, count, &path).await;

        assert_eq!(job["status"], "completed", "{element} × {count}: {job}");
        sandbox.image(&key, &job).await.assert_colour((1270, 710), GREEN);
        assert_eq!(sandbox.service.site.requests(&path).len(), count, "{element} × {count}");
    }
    sandbox.stop_worker(worker).await;
}

/// Renders a page that includes one resource from each of `count` sites.
async fn render(sandbox: &Sandbox<'_>, key: &str, element: &str, count: usize, path: &str) -> Value {
    let site = &sandbox.service.site;
    let hosts: Vec<String> = (0..count).map(|index| format!("www.site{index}.example.com")).collect();
    for host in &hosts {
        sandbox.dns.answer(host, &["127.0.0.1"]);
    }
    let part = |host| format!("<{element} src='http://{host}:{}{path}' width=9 height=9></{element}>", site.port());
    let parts = hosts.iter().map(part).collect::<Vec<_>>().concat();
    site.put(path, |_| {
        Response::builder().content_type("image/svg+xml").body("<svg xmlns='http://www.w3.org/2000/svg'/>")
    });
    site.put_html("/sites", format!("<!doctype html><body style='background:#00ff00'>{parts}"));
    let body = json!({"url": site.page("/sites"), "wait_for": "load", "timeout_ms": TIMEOUT_MS});
    sandbox.screenshot(key, body).await
}
