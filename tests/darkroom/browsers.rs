//! Browsers: who they run as, what they know, whom they serve, and how they end.

use std::collections::BTreeSet;

use harness::inspect::{Tree, kill_process, listens, status, variables};
use harness::{Process, binary, run};
use nix::sys::signal::Signal;
use serde_json::json;

use crate::hostile::green;
use crate::room::{GREEN, Room, seen};

in_both_modes!(
    a_browser_is_sandboxed_knows_nothing_and_listens_nowhere,
    a_browser_never_serves_two_accounts,
    a_browser_that_is_killed_costs_its_own_job_an_attempt_and_no_other,
    a_worker_that_is_killed_takes_its_browsers_with_it,
    a_browser_keeps_no_namespace_of_ours_where_it_has_its_own,
);

/// Has a page rendered that works for a while, and then waits; and looks who renders it.
async fn held(room: &Room<'_>, worker: &Process, key: &str, path: &str) -> (String, harness::Held, i32) {
    let held = room.service.site.hold(path);
    let before = room.service.site.came(path).len();
    let page = green(&format!(
        "const end = Date.now() + 400; while (Date.now() < end);
         fetch('{path}').then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'))"
    ));
    room.service.site.put_html(&format!("{path}/page"), page);
    let body = json!({"url": room.service.site.page(&format!("{path}/page")), "wait_for": "#done"});
    let job = room.ask(key, "screenshot", body).await;
    room.service.site.until_came(path, before + 1).await;
    let tree = Tree::below(worker.id());
    (job, held, tree.browser_of(tree.busiest_renderer()))
}

async fn a_browser_is_sandboxed_knows_nothing_and_listens_nowhere(room: &Room<'_>) {
    let key = room.service.account("ada", 10).await;
    let worker = room.worker(1).await;
    let (job, held, browser) = held(room, &worker, &key, "/held").await;
    let tree = Tree::below(worker.id());
    let processes = tree.with_those_below(browser);

    assert!(!listens(&[worker.id()], browser).is_empty(), "the worker's proxy listens, and it is seen");
    assert_eq!(listens(&processes, browser), Vec::<String>::new(), "no process of a browser listens");
    let known = variables(browser);
    let may = |name: &String| ["HOME", "TMPDIR", "LANG"].contains(&name.as_str()) || name.starts_with("FONTCONFIG_");
    assert!(known.iter().all(may) && known.contains("HOME"), "{known:?}");
    assert!(variables(worker.id()).contains("DATABASE_URL"), "the worker knows more");
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
    let job = room.service.ended(&key, &job).await;
    room.picture(&key, &job).await.assert_colour((640, 360), GREEN);
    room.leave(worker).await;
}

async fn a_browser_never_serves_two_accounts(room: &Room<'_>) {
    let keys = [room.service.account("ada", 10).await, room.service.account("bob", 10).await];
    let worker = room.worker(1).await;
    let mut served = [BTreeSet::new(), BTreeSet::new()];

    for round in 0..4 {
        for (at, key) in keys.iter().enumerate() {
            let (job, held, browser) = held(room, &worker, key, &format!("/held/{round}/{at}")).await;
            served[at].insert(browser);
            held.release();
            let job = room.service.ended(key, &job).await;
            room.picture(key, &job).await.assert_colour((640, 360), GREEN);
        }
    }

    let [ada, bob] = served;
    assert!(!ada.is_empty() && ada.is_disjoint(&bob), "{ada:?} and {bob:?}");
    room.leave(worker).await;
}

async fn a_browser_that_is_killed_costs_its_own_job_an_attempt_and_no_other(room: &Room<'_>) {
    let (ada, bob) = (room.service.account("ada", 10).await, room.service.account("bob", 10).await);
    let worker = room.worker(2).await;
    let (spared, let_spared, its) = held(room, &worker, &bob, "/spared").await;
    let others: BTreeSet<i32> = Tree::below(worker.id()).renderers().into_iter().collect();
    let (doomed, let_doomed, _) = held(room, &worker, &ada, "/doomed").await;
    let tree = Tree::below(worker.id());
    let fresh = tree.renderers().into_iter().filter(|pid| !others.contains(pid)).map(|pid| tree.browser_of(pid));
    let browser = fresh.into_iter().find(|browser| *browser != its).expect("another browser serves the other account");

    kill_process(browser);
    room.service.site.until_came("/doomed", 2).await;
    let_doomed.release();
    let_spared.release();
    let (doomed, spared) = (room.service.ended(&ada, &doomed).await, room.service.ended(&bob, &spared).await);

    room.picture(&ada, &doomed).await.assert_colour((640, 360), GREEN);
    room.picture(&bob, &spared).await.assert_colour((640, 360), GREEN);
    assert_eq!((&doomed["attempt"], &spared["attempt"]), (&json!(2), &json!(1)), "{doomed} {spared}");
    room.leave(worker).await;
}

async fn a_worker_that_is_killed_takes_its_browsers_with_it(room: &Room<'_>) {
    let key = room.service.account("ada", 10).await;
    let mut worker = room.worker(1).await;
    let (job, held, _) = held(room, &worker, &key, "/held").await;
    let orphans = harness::Orphans::adopt(worker.id());

    worker.signal(Signal::SIGKILL);
    worker.ended().await;
    orphans.gone().await;
    held.release();
    room.service.change("update worker set beat_at = now() - interval '1 minute'").await;
    let next = room.worker(1).await;
    room.service.change("update worker set judges_from = now()").await;
    let job = room.service.ended(&key, &job).await;

    room.picture(&key, &job).await.assert_colour((640, 360), GREEN);
    room.leave(next).await;
}

async fn a_browser_keeps_no_namespace_of_ours_where_it_has_its_own(room: &Room<'_>) {
    let key = room.service.account("ada", 10).await;
    let worker = room.worker(1).await;
    room.assert_renders(&key).await;
    let browsers = seen(&worker, |tree| Some(tree.browsers()).filter(|browsers| !browsers.is_empty())).await;

    let network = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/net")).expect("root may look");
    let apart: BTreeSet<_> = browsers.iter().map(|browser| network(*browser)).collect();

    if room.has_namespaces() {
        assert_eq!(apart.len(), browsers.len(), "each has one of its own");
        assert!(!apart.contains(&network(worker.id())));
    } else {
        assert_eq!(apart, BTreeSet::from([network(worker.id())]));
    }
    room.leave(worker).await;
}

/// Nobody's job is claimed by a worker that could not render it.
#[tokio::test]
async fn a_worker_whose_browser_does_not_start_says_why_and_claims_nothing() {
    harness::story(async |service| {
        let key = service.account("ada", 10).await;
        let body = json!({"html": "<p>x", "async": true});
        let asked = service.post(&key, "/v1/screenshot", &body).await;
        assert_eq!(asked.status, 202, "{}", asked.json());
        let env = [("DATABASE_URL", service.database_url.as_str()), ("TINTYPE_CHROMIUM", "/bin/false")];

        let ended = run(&binary("tintype-worker"), &[], &env).await;

        assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
        assert!(ended.stderr.contains("browser"), "{}", ended.stderr);
        assert_eq!(service.count("select count(*) from queue where attempt = 0 and lease is null").await, 1);
    })
    .await;
}
