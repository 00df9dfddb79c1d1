//! Names: resolved once, every address judged, and what was judged is what is dialled.

use harness::Canary;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::room::{GREEN, Room, assert_failed, blocked};

in_both_modes!(
    a_name_keeps_its_address_for_a_job_and_is_asked_for_again_by_the_next,
    a_name_with_one_forbidden_address_among_its_own_is_refused,
    a_name_that_does_not_exist_fails_the_job_and_leaks_nowhere,
    a_resolver_that_never_answers_costs_a_job_its_time_and_nobody_else_s,
    no_spelling_of_a_private_target_is_reached,
);

async fn a_name_keeps_its_address_for_a_job_and_is_asked_for_again_by_the_next(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let worker = room.worker(1).await;
    room.dns.answer_in_turn("rebind.example.com", &[&["127.0.0.1"], &["127.0.0.2"]]);
    // Every part is asked for by a connection of its own.
    site.put("/part", |_| poem::Response::builder().header("Connection", "close").body(""));
    site.put_html(
        "/parts",
        "<!doctype html><body style='background:#00ff00'><script>(async () => {
         for (let part = 0; part < 20; part++) await fetch('/part?' + part).catch(() => {});
         document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         })()</script>",
    );
    let url = format!("http://rebind.example.com:{}/parts", site.port());

    let first = room.shoot(&key, json!({"url": url, "wait_for": "#done", "timeout_ms": 20000})).await;
    let asked = room.dns.asked("rebind.example.com");
    let second = room.shoot(&key, json!({"url": url, "timeout_ms": 20000})).await;

    room.picture(&key, &first).await.assert_colour((640, 360), GREEN);
    assert_eq!(asked, 1, "a job asks once");
    assert_failed(&second, &["URL_BLOCKED"]);
    assert_eq!(room.dns.asked("rebind.example.com"), 2, "the next job asks again");
    assert_eq!((site.came("/part").len(), site.came("/parts").len()), (20, 1));
    for visit in site.came("/part").iter().chain(&site.came("/parts")) {
        assert_eq!(visit.at.map(|at| at.to_string()).as_deref(), Some("127.0.0.1"), "{visit:?}");
    }
    room.leave(worker).await;
}

async fn a_name_with_one_forbidden_address_among_its_own_is_refused(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 20).await);
    let worker = room.worker(1).await;
    let canary = Canary::open(room.network).await;
    let forbidden = room.network.forbidden()[2].to_string();
    site.put_html("/mixed", "<!doctype html><body style='background:#00ff00'>");
    room.dns.answer("two.example.com", &["127.0.0.1", &forbidden]);
    room.dns.answer("three.example.com", &[&forbidden, "127.0.0.1"]);
    room.dns.answer("six.example.com", &["127.0.0.1", "::1"]);
    room.dns.answer("mapped.example.com", &["::ffff:169.254.169.254"]);
    room.dns.answer("nat.example.com", &["64:ff9b::7f00:1"]);
    room.dns.answer("zero.example.com", &["0.0.0.0"]);
    room.dns.alias("alias.example.com", "metadata.example.org", &[&forbidden]);
    room.dns.answer("one.example.com", &["127.0.0.1"]);
    let shoot = async |name: &str| {
        let url = format!("http://{name}.example.com:{}/mixed", site.port());
        room.shoot(&key, json!({"url": url, "timeout_ms": 10000})).await
    };

    for name in ["two", "three", "six", "mapped", "nat", "zero", "alias"] {
        let job = shoot(name).await;
        assert_failed(&job, &["URL_BLOCKED"]);
        let told = job.to_string();
        assert!(
            !told.contains(&forbidden) && !told.contains("127.0.0.1"),
            "what a name resolved to is not told: {told}"
        );
    }
    assert!(site.came("/mixed").is_empty());
    let one = shoot("one").await;

    room.picture(&key, &one).await.assert_colour((640, 360), GREEN);
    assert_eq!(site.came("/mixed").len(), 1);
    canary.assert_silent().await;
    room.leave(worker).await;
}

async fn a_name_that_does_not_exist_fails_the_job_and_leaks_nowhere(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let worker = room.worker(1).await;
    let canary = Canary::open(room.network).await;
    site.put_html(
        "/part",
        "<!doctype html><body style='background:#00ff00'><img src='http://nobody.example.com/' onerror='done()'><script>
         const done = () => document.body.insertAdjacentHTML('beforeend', '<p id=done>')</script>",
    );

    let whole = room.shoot(&key, json!({"url": "http://nobody.example.com/", "timeout_ms": 10000})).await;
    let part = room.shoot(&key, json!({"url": site.page("/part"), "wait_for": "load", "timeout_ms": 10000})).await;

    assert_failed(&whole, &["NAVIGATION_FAILED"]);
    room.picture(&key, &part).await.assert_colour((640, 360), GREEN);
    assert_eq!(blocked(&part), Vec::<&str>::new(), "{part}");
    assert_eq!(room.dns.asked("nobody.example.com"), 2, "the resolver that was named is asked");
    room.leave(worker).await;
    canary.assert_silent().await;
    room.network.assert_nothing_left();
}

async fn a_resolver_that_never_answers_costs_a_job_its_time_and_nobody_else_s(room: &Room<'_>) {
    let (ada, bob) = (room.service.account("ada", 10).await, room.service.account("bob", 10).await);
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let silent_at = silent.local_addr().expect("an address").to_string();
    let worker = room.worker_with(2, &[("TINTYPE_RESOLVER", &silent_at)]).await;

    let lost = room.ask(&ada, "screenshot", json!({"url": "http://shop.example.com/", "timeout_ms": 10000})).await;
    let mut question = [0; 512];
    silent.recv_from(&mut question).await.expect("it is asked");
    for _ in 0..3 {
        room.assert_renders(&bob).await;
    }
    let lost = room.service.ended(&ada, &lost).await;

    assert_failed(&lost, &["DNS_TIMEOUT"]);
    assert!(lost["error_message"].as_str().is_some_and(|message| message.contains("Timeout")), "{lost}");
    room.assert_in_time(10000).await;
    room.leave(worker).await;
}

/// Targets that must not be reached, in spellings that parsers have disagreed about.
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

async fn no_spelling_of_a_private_target_is_reached(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let worker = room.worker(1).await;
    let canary = Canary::open(room.network).await;
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
    let job = room.shoot(&key, targets).await;
    let refused = room.service.post(&key, "/v1/bulk", &literals()).await;

    room.picture(&key, &job).await.assert_colour((640, 360), GREEN);
    assert_eq!(site.came("/allowed").len(), 1);
    assert_eq!(count(&job, "private_address") + count(&job, "name"), TARGETS.len(), "{job}");
    assert_eq!(count(&job, "name"), 6, "{job}");
    assert_eq!(refused.status, 422, "{}", refused.json());
    room.leave(worker).await;
    canary.assert_silent().await;
    room.network.assert_nothing_left();
}

/// The same, asked for by a customer.
fn literals() -> Value {
    json!({"jobs": TARGETS.iter().take(20).map(|url| json!({"type": "pdf", "url": url})).collect::<Vec<_>>()})
}

fn count(job: &Value, class: &str) -> usize {
    let entries = job["blocked"].as_array().into_iter().flatten();
    let of = entries.filter(|entry| entry["class"] == class).filter_map(|entry| entry["count"].as_u64());
    usize::try_from(of.sum::<u64>()).expect("a number")
}
