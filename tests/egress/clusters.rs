//! The names of a cluster: they never reach a name server, unless the operator opens them.

use std::collections::BTreeSet;

use harness::{ApiProcess, with_service};
use serde_json::{Value, json};

use harness::sandboxed::{GREEN, Sandbox, assert_failed, blocked};

use super::assert_blocked;

with_each_isolation!(
    the_names_of_a_cluster_are_never_queried_even_at_an_allowed_port,
    an_opened_name_is_resolved_and_its_addresses_are_still_checked,
    a_name_is_queried_as_it_is_without_search_domains,
);

/// Names of services in a cluster, as pages write them.
const NAMES: [&str; 12] = [
    "kubernetes.default.svc.cluster.local",
    "kubernetes.default.svc.cluster.local.",
    "KUBERNETES.DEFAULT.SVC",
    "kubernetes.default.svc.",
    "kubernetes.default",
    "kube-dns.kube-system",
    "web.shop.svc",
    "cluster.local",
    "kubernetes。default．svc｡cluster。local",
    "ｋｕｂｅｒｎｅｔｅｓ.default.ｓｖｃ",
    "kubernetes.default%2Esvc",
    "vault.service.consul",
];

#[tokio::test]
async fn a_url_with_the_name_of_a_cluster_s_service_is_rejected_before_anything_is_debited() {
    with_service(async |service| {
        let key = service.account("ada", 10).await;
        let port = service.site.port();

        for name in NAMES.into_iter().chain(["metadata.google.internal", "kubernetes", "db.localhost"]) {
            let urls = [format!("http://{name}/"), format!("https://{name}:8443/"), format!("http://{name}:{port}/")];
            // The names of the second kind pass at a port that is allowed for addresses.
            let urls = if NAMES.contains(&name) { &urls[..] } else { &urls[..2] };
            for url in urls {
                assert_blocked(service, &key, "/v1/pdf", url).await;
            }
        }
        assert_eq!(service.scalar("select count(*) from ledger where kind = 'debit'").await, 0);
    })
    .await;
}

async fn the_names_of_a_cluster_are_never_queried_even_at_an_allowed_port(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    for name in ["kubernetes.default.svc.cluster.local", "kubernetes.default.svc", "web.shop.svc"] {
        sandbox.dns.answer(name, &["127.0.0.1"]);
    }
    site.put_html("/inside", "<!doctype html><body style='background:#ff0000'>");
    site.put_html(
        "/names",
        format!(
            "<!doctype html><body style='background:#00ff00'><script>(async () => {{
         const part = (name, src) => new Promise(done => {{
             const element = Object.assign(document.createElement(name), {{src, onload: done, onerror: done}});
             element.style.cssText = 'width:5px;height:5px';
             document.body.append(element);
         }});
         const socket = url => new Promise(done => {{
             const opened = new WebSocket(url); opened.onclose = opened.onerror = done;
         }});
         await Promise.all({}.flatMap(name => [`${{name}}:{}`, name]).map(async at => {{
             await fetch(`http://${{at}}/inside`, {{mode: 'no-cors'}}).catch(() => {{}});
             await fetch(`https://${{at}}/inside`, {{mode: 'no-cors'}}).catch(() => {{}});
             await part('img', `http://${{at}}/inside`);
             await part('iframe', `http://${{at}}/inside`);
             await socket(`ws://${{at}}/inside`);
         }}));
         document.body.insertAdjacentHTML('beforeend', '<link rel=dns-prefetch href=//web.shop.svc>');
         document.body.insertAdjacentHTML('beforeend', '<link rel=preconnect href=https://web.shop.svc>');
         document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         }})()</script>",
            json!(NAMES),
            site.port(),
        ),
    );
    site.put_html("/leaves", format!("<script>location = 'http://web.shop.svc:{}/inside'</script>", site.port()));

    let part = json!({"url": site.page("/names"), "wait_for": "#done", "timeout_ms": 60000});
    let part = sandbox.screenshot(&key, part).await;
    let whole = json!({"url": site.page("/leaves"), "wait_for": "network_idle", "timeout_ms": 10000});
    let whole = sandbox.screenshot(&key, whole).await;

    sandbox.image(&key, &part).await.assert_colour((1270, 5), GREEN);
    assert_eq!(blocked(&part), ["name"], "{part}");
    assert_failed(&whole, &["URL_BLOCKED"]);
    assert!(site.requests("/inside").is_empty());
    assert_eq!(sandbox.dns.queried_names(), BTreeSet::new());
    sandbox.stop_worker(worker).await;
    sandbox.network.assert_no_packets_sent();
}

async fn an_opened_name_is_resolved_and_its_addresses_are_still_checked(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let allow = format!("{},*.svc.cluster.local:{}", site.allowed(), site.port());
    let env = [("DATABASE_URL", sandbox.service.database_url.as_str()), ("TINTYPE_EGRESS_ALLOW", &allow)];
    let api = ApiProcess::start(&env).await;
    let worker = sandbox.worker_with(1, &[("TINTYPE_EGRESS_ALLOW", &allow)]).await;
    sandbox.dns.answer("web.shop.svc.cluster.local", &["127.0.0.1"]);
    sandbox.dns.answer("db.shop.svc.cluster.local", &["127.0.0.2"]);
    site.put_html("/inside", "<!doctype html><body style='background:#00ff00'>");
    let shoot = async |host: &str| {
        let url = format!("http://{host}:{}/inside", site.port());
        let body = json!({"url": url, "timeout_ms": 10000, "async": true});
        let job =
            reqwest::Client::new().post(format!("{}/v1/screenshot", api.url)).header("X-API-Key", &key).json(&body);
        let job: Value = job.send().await.expect("a response").json().await.expect("JSON");
        sandbox.service.wait_for_job(&key, job["job_id"].as_str().unwrap_or_else(|| panic!("{job}"))).await
    };

    let web = shoot("web.shop.svc.cluster.local").await;
    let database = shoot("DB.shop.svc.cluster.local.").await;

    sandbox.image(&key, &web).await.assert_colour((640, 360), GREEN);
    assert_failed(&database, &["URL_BLOCKED"]);
    assert_eq!(site.requests("/inside").len(), 1);
    assert_eq!(sandbox.dns.query_count("web.shop.svc.cluster.local"), 1);
    sandbox.stop_worker(worker).await;
}

async fn a_name_is_queried_as_it_is_without_search_domains(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let worker = sandbox.worker(1).await;

    for name in ["nobody.example.com", "a.b"] {
        let url = format!("http://{name}:{}/", sandbox.service.site.port());
        let job = sandbox.screenshot(&key, json!({"url": url, "timeout_ms": 10000})).await;
        assert_failed(&job, &["NAVIGATION_FAILED"]);
    }

    let queried = ["nobody.example.com", "a.b"].map(str::to_owned);
    assert_eq!(sandbox.dns.queried_names(), BTreeSet::from(queried));
    sandbox.stop_worker(worker).await;
}
