//! Names: resolved once, every address checked, and only checked addresses are dialled.

use harness::Canary;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use harness::sandboxed::{GREEN, Sandbox, assert_failed, blocked};

with_each_isolation!(
    a_name_is_resolved_once_for_each_job,
    a_name_with_one_denied_address_is_denied,
    a_name_that_does_not_exist_fails_the_job_and_is_not_queried_elsewhere,
    a_resolver_that_never_responds_delays_only_its_own_job,
    no_spelling_of_a_private_address_is_reached,
);

async fn a_name_is_resolved_once_for_each_job(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    sandbox.dns.answer_in_sequence("rebind.example.com", &[&["127.0.0.1"], &["127.0.0.2"]]);
    // Each request uses a connection of its own.
    site.put("/part", |_| poem::Response::builder().header("Connection", "close").body(""));
    site.put_html(
        "/parts",
        "<!doctype html><body style='background:#00ff00'><script>(async () => {
         for (let part = 0; part < 20; part++) await fetch('/part?' + part).catch(() => {});
         document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         })()</script>",
    );
    let url = format!("http://rebind.example.com:{}/parts", site.port());

    let first = sandbox.screenshot(&key, json!({"url": url, "wait_for": "#done", "timeout_ms": 20000})).await;
    let asked = sandbox.dns.query_count("rebind.example.com");
    let second = sandbox.screenshot(&key, json!({"url": url, "timeout_ms": 20000})).await;

    sandbox.image(&key, &first).await.assert_colour((640, 360), GREEN);
    assert_eq!(asked, 1, "a job asks once");
    assert_failed(&second, &["URL_BLOCKED"]);
    assert_eq!(sandbox.dns.query_count("rebind.example.com"), 2, "the next job asks again");
    assert_eq!((site.requests("/part").len(), site.requests("/parts").len()), (20, 1));
    for request in site.requests("/part").iter().chain(&site.requests("/parts")) {
        assert_eq!(request.to.map(|at| at.to_string()).as_deref(), Some("127.0.0.1"), "{request:?}");
    }
    sandbox.stop_worker(worker).await;
}

async fn a_name_with_one_denied_address_is_denied(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 20).await);
    let worker = sandbox.worker(1).await;
    let canary = Canary::listen(sandbox.network).await;
    let forbidden = sandbox.network.denied_addresses()[2].to_string();
    site.put_html("/mixed", "<!doctype html><body style='background:#00ff00'>");
    sandbox.dns.answer("two.example.com", &["127.0.0.1", &forbidden]);
    sandbox.dns.answer("three.example.com", &[&forbidden, "127.0.0.1"]);
    sandbox.dns.answer("six.example.com", &["127.0.0.1", "::1"]);
    sandbox.dns.answer("mapped.example.com", &["::ffff:169.254.169.254"]);
    sandbox.dns.answer("nat.example.com", &["64:ff9b::7f00:1"]);
    sandbox.dns.answer("zero.example.com", &["0.0.0.0"]);
    sandbox.dns.alias("alias.example.com", "metadata.example.org", &[&forbidden]);
    sandbox.dns.answer("one.example.com", &["127.0.0.1"]);
    let shoot = async |name: &str| {
        let url = format!("http://{name}.example.com:{}/mixed", site.port());
        sandbox.screenshot(&key, json!({"url": url, "timeout_ms": 10000})).await
    };

    for name in ["two", "three", "six", "mapped", "nat", "zero", "alias"] {
        let job = shoot(name).await;
        assert_failed(&job, &["URL_BLOCKED"]);
        let job = job.to_string();
        assert!(
            !job.contains(&forbidden) && !job.contains("127.0.0.1"),
            "the addresses of a name are not reported: {job}"
        );
    }
    assert!(site.requests("/mixed").is_empty());
    let one = shoot("one").await;

    sandbox.image(&key, &one).await.assert_colour((640, 360), GREEN);
    assert_eq!(site.requests("/mixed").len(), 1);
    canary.assert_no_contacts().await;
    sandbox.stop_worker(worker).await;
}

async fn a_name_that_does_not_exist_fails_the_job_and_is_not_queried_elsewhere(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    let canary = Canary::listen(sandbox.network).await;
    site.put_html(
        "/part",
        "<!doctype html><body style='background:#00ff00'><img src='http://nobody.example.com/' onerror='done()'><script>
         const done = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>')</script>",
    );

    let whole = sandbox.screenshot(&key, json!({"url": "http://nobody.example.com/", "timeout_ms": 10000})).await;
    let part =
        sandbox.screenshot(&key, json!({"url": site.page("/part"), "wait_for": "load", "timeout_ms": 10000})).await;

    assert_failed(&whole, &["NAVIGATION_FAILED"]);
    sandbox.image(&key, &part).await.assert_colour((640, 360), GREEN);
    assert_eq!(blocked(&part), Vec::<&str>::new(), "{part}");
    assert_eq!(sandbox.dns.query_count("nobody.example.com"), 2, "the resolver that was named is asked");
    sandbox.stop_worker(worker).await;
    canary.assert_no_contacts().await;
    sandbox.network.assert_no_packets_sent();
}

async fn a_resolver_that_never_responds_delays_only_its_own_job(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 10).await, sandbox.service.account("bob", 10).await);
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let silent_at = silent.local_addr().expect("an address").to_string();
    let worker = sandbox.worker_with(2, &[("TINTYPE_RESOLVER", &silent_at)]).await;

    let lost =
        sandbox.submit(&ada, "screenshot", json!({"url": "http://shop.example.com/", "timeout_ms": 10000})).await;
    let mut question = [0; 512];
    silent.recv_from(&mut question).await.expect("it is asked");
    for _ in 0..3 {
        sandbox.assert_renders(&bob).await;
    }
    let lost = sandbox.service.wait_for_job(&ada, &lost).await;

    assert_failed(&lost, &["DNS_TIMEOUT"]);
    assert!(lost["error_message"].as_str().is_some_and(|message| message.contains("Timeout")), "{lost}");
    sandbox.assert_within_timeout(10000).await;
    sandbox.stop_worker(worker).await;
}

/// Targets that are denied, in spellings that parsers have interpreted differently.
const TARGETS: [&str; 50] = [
    "http://0/",
    "http://0.0.0.0/",
    "http://0x0/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://①②⑦.⓪.⓪.①/",
    "http://127%2e0%2e0%2e1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fd00:ec2::23]/",
    "http://[2002:7f00:1::]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://169.254.169.254/",
    "http://2852039166/",
    "http://169.254.170.2/",
    "http://169.254.170.23/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://10.9.8.7/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://0.1.2.3/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://localhost6/",
    "http://metadata.google.internal/",
    "http://host.docker.internal/",
    "http://printer/",
];

async fn no_spelling_of_a_private_address_is_reached(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    let canary = Canary::listen(sandbox.network).await;
    let page = |targets: &[&str]| {
        format!(
            "<!doctype html><body style='background:#00ff00'><script>(async () => {{
             const settled = promise => Promise.race([promise.catch(() => {{}}), new Promise(done => setTimeout(done, 2000))]);
             for (const url of {}) await settled(fetch(url, {{mode: 'no-cors'}}));
             await fetch('/allowed'); document.body.insertAdjacentHTML('beforeend', '<p id=done>')
             }})()</script>",
            json!(targets),
        )
    };
    site.put_html("/targets", page(&TARGETS));

    let targets = json!({"url": site.page("/targets"), "wait_for": "#done", "timeout_ms": 60000});
    let job = sandbox.screenshot(&key, targets).await;
    let refused = sandbox.service.post(&key, "/v1/bulk", &literals()).await;

    sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    assert_eq!(site.requests("/allowed").len(), 1);
    assert_eq!(count(&job, "private_address") + count(&job, "name"), TARGETS.len(), "{job}");
    assert_eq!(count(&job, "name"), 6, "{job}");
    assert_eq!(refused.status, 422, "{}", refused.json());
    sandbox.stop_worker(worker).await;
    canary.assert_no_contacts().await;
    sandbox.network.assert_no_packets_sent();
}

/// A batch with the same targets.
fn literals() -> Value {
    json!({"jobs": TARGETS.iter().take(20).map(|url| json!({"type": "pdf", "url": url})).collect::<Vec<_>>()})
}

fn count(job: &Value, class: &str) -> usize {
    let entries = job["blocked"].as_array().into_iter().flatten();
    let of = entries.filter(|entry| entry["class"] == class).filter_map(|entry| entry["count"].as_u64());
    usize::try_from(of.sum::<u64>()).expect("a number")
}
