//! The processes of browsers: their privileges and environment, whom they serve, how they end.

use std::collections::BTreeSet;

use harness::fixtures::{ALLOW_REAPING, EXPIRE_BEATS};
use harness::processes::{ProcessTree, environment_names, kill_process, listening_addresses, status};
use harness::{Process, binary, run};
use nix::sys::signal::Signal;
use serde_json::json;

use harness::fixtures::green;
use harness::sandboxed::{GREEN, Sandbox, wait_for_processes};

with_each_isolation!(
    a_browser_is_sandboxed_has_no_secrets_and_does_not_listen,
    a_browser_never_serves_two_accounts,
    killing_a_browser_costs_only_its_own_job_an_attempt,
    killing_a_worker_kills_its_browsers,
    a_browser_does_not_share_the_workers_network_namespace,
);

/// Submits a page that computes for a while and then waits for a held response. Returns the
/// job, the held response and the browser.
async fn held(sandbox: &Sandbox<'_>, worker: &Process, key: &str, path: &str) -> (String, harness::HeldResponse, i32) {
    let (job, held) = hold(sandbox, key, ("screenshot", path), "").await;
    let tree = ProcessTree::below(worker.id());
    (job, held, tree.browser_of(tree.busiest_renderer()))
}

/// Submits a page with these elements that computes for a while, loads, and then waits for a held
/// response. Returns the job and the held response.
pub(super) async fn hold(
    sandbox: &Sandbox<'_>,
    key: &str,
    (kind, path): (&str, &str),
    elements: &str,
) -> (String, harness::HeldResponse) {
    let held = sandbox.service.site.hold(path);
    let before = sandbox.service.site.requests(path).len();
    let page = green(&format!(
        "const end = Date.now() + 400; while (Date.now() < end);
         onload = () => setTimeout(() => {{
             fetch('{path}').then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'))
         }}, 100)"
    ));
    sandbox.service.site.put_html(&format!("{path}/page"), page + elements);
    let body = json!({"url": sandbox.service.site.page(&format!("{path}/page")), "wait_for": "#done"});
    let job = sandbox.submit(key, kind, body).await;
    sandbox.service.site.wait_for_requests(path, before + 1).await;
    (job, held)
}

async fn a_browser_is_sandboxed_has_no_secrets_and_does_not_listen(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let worker = sandbox.worker(1).await;
    let (job, held, browser) = held(sandbox, &worker, &key, "/held").await;
    let tree = ProcessTree::below(worker.id());
    let processes = tree.subtree(browser);

    assert!(
        !listening_addresses(&[worker.id()], browser).is_empty(),
        "the worker's proxy listening_addresses, and it is seen"
    );
    assert_eq!(
        listening_addresses(&processes, browser),
        Vec::<String>::new(),
        "no process of a browser listening_addresses"
    );
    let known = environment_names(browser);
    let may = |name: &String| ["HOME", "TMPDIR", "LANG"].contains(&name.as_str()) || name.starts_with("FONTCONFIG_");
    assert!(known.iter().all(may) && known.contains("HOME"), "{known:?}");
    assert!(environment_names(worker.id()).contains("DATABASE_URL"), "the worker knows more");
    assert_eq!(status(browser, "CapEff").trim_start_matches('0'), "");
    for pid in processes {
        assert!(
            !status(pid, "Uid").split_whitespace().any(|uid| uid == "0"),
            "a browser's process is root, as the worker may be"
        );
    }
    let renderers: Vec<i32> = tree.renderers().into_iter().filter(|pid| tree.browser_of(*pid) == browser).collect();
    assert!(!renderers.is_empty());
    for renderer in renderers {
        assert_eq!((status(renderer, "Seccomp").as_str(), status(renderer, "NoNewPrivs").as_str()), ("2", "1"));
        assert_eq!(status(renderer, "CapEff").trim_start_matches('0'), "");
    }
    held.release();
    let job = sandbox.service.wait_for_job(&key, &job).await;
    sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    sandbox.stop_worker(worker).await;
}

async fn a_browser_never_serves_two_accounts(sandbox: &Sandbox<'_>) {
    let keys = [sandbox.service.account("ada", 10).await, sandbox.service.account("bob", 10).await];
    let worker = sandbox.worker(1).await;
    let mut served = [BTreeSet::new(), BTreeSet::new()];

    for round in 0..4 {
        for (at, key) in keys.iter().enumerate() {
            let (job, held, browser) = held(sandbox, &worker, key, &format!("/held/{round}/{at}")).await;
            served[at].insert(browser);
            held.release();
            let job = sandbox.service.wait_for_job(key, &job).await;
            sandbox.image(key, &job).await.assert_colour((640, 360), GREEN);
        }
    }

    let [ada, bob] = served;
    assert!(!ada.is_empty() && ada.is_disjoint(&bob), "{ada:?} and {bob:?}");
    sandbox.stop_worker(worker).await;
}

async fn killing_a_browser_costs_only_its_own_job_an_attempt(sandbox: &Sandbox<'_>) {
    let (ada, bob) = (sandbox.service.account("ada", 10).await, sandbox.service.account("bob", 10).await);
    let worker = sandbox.worker(2).await;
    let (spared, let_spared, its) = held(sandbox, &worker, &bob, "/spared").await;
    let others: BTreeSet<i32> = ProcessTree::below(worker.id()).renderers().into_iter().collect();
    let (doomed, let_doomed, _) = held(sandbox, &worker, &ada, "/doomed").await;
    let tree = ProcessTree::below(worker.id());
    let fresh = tree.renderers().into_iter().filter(|pid| !others.contains(pid)).map(|pid| tree.browser_of(pid));
    let browser = fresh.into_iter().find(|browser| *browser != its).expect("another browser serves the other account");

    kill_process(browser);
    sandbox.service.site.wait_for_requests("/doomed", 2).await;
    let_doomed.release();
    let_spared.release();
    let (doomed, spared) =
        (sandbox.service.wait_for_job(&ada, &doomed).await, sandbox.service.wait_for_job(&bob, &spared).await);

    sandbox.image(&ada, &doomed).await.assert_colour((640, 360), GREEN);
    sandbox.image(&bob, &spared).await.assert_colour((640, 360), GREEN);
    assert_eq!((&doomed["attempt"], &spared["attempt"]), (&json!(2), &json!(1)), "{doomed} {spared}");
    sandbox.stop_worker(worker).await;
}

async fn killing_a_worker_kills_its_browsers(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let mut worker = sandbox.worker(1).await;
    let (job, held, _) = held(sandbox, &worker, &key, "/held").await;
    let descendants = harness::Descendants::of(worker.id());

    worker.signal(Signal::SIGKILL);
    worker.wait().await;
    descendants.wait_until_exited().await;
    held.release();
    sandbox.service.execute(EXPIRE_BEATS).await;
    let next = sandbox.worker(1).await;
    sandbox.service.execute(ALLOW_REAPING).await;
    let job = sandbox.service.wait_for_job(&key, &job).await;

    sandbox.image(&key, &job).await.assert_colour((640, 360), GREEN);
    sandbox.stop_worker(next).await;
}

async fn a_browser_does_not_share_the_workers_network_namespace(sandbox: &Sandbox<'_>) {
    let key = sandbox.service.account("ada", 10).await;
    let worker = sandbox.worker(1).await;
    sandbox.assert_renders(&key).await;
    let browsers =
        wait_for_processes(&worker, |tree| Some(tree.browsers()).filter(|browsers| !browsers.is_empty())).await;

    let network = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/net")).expect("root may look");
    let apart: BTreeSet<_> = browsers.iter().map(|browser| network(*browser)).collect();

    if sandbox.has_namespaces() {
        assert_eq!(apart.len(), browsers.len(), "each has one of its own");
        assert!(!apart.contains(&network(worker.id())));
    } else {
        assert_eq!(apart, BTreeSet::from([network(worker.id())]));
    }
    sandbox.stop_worker(worker).await;
}

/// A worker that cannot render must not claim jobs.
#[tokio::test]
async fn a_worker_whose_browser_does_not_start_exits_with_the_reason_and_claims_nothing() {
    harness::with_service(async |service| {
        let key = service.account("ada", 10).await;
        let body = json!({"html": "<p>x", "async": true});
        let asked = service.post(&key, "/v1/screenshot", &body).await;
        assert_eq!(asked.status, 202, "{}", asked.json());
        let env = [("DATABASE_URL", service.database_url.as_str()), ("TINTYPE_CHROMIUM", "/bin/false")];

        let ended = run(&binary("tintype-worker"), &[], &env).await;

        assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
        assert!(ended.stderr.contains("browser"), "{}", ended.stderr);
        assert_eq!(service.scalar("select count(*) from queue where attempt = 0 and lease is null").await, 1);
    })
    .await;
}
