//! The pool: browsers stay for the next job of their account while the memory of the pool allows it.

use std::collections::BTreeSet;

use harness::processes::ProcessTree;
use harness::sandboxed::wait_for_processes;
use harness::{Process, Service, with_service};
use serde_json::json;

/// How many browsers are clean while those of accounts are in service: one of each kind.
const CLEAN: usize = 2;

/// The settings of a worker whose jobs all need the same kind of browser.
fn memory(mib: &str) -> [(&str, &str); 2] {
    [("TINTYPE_POOL_MEMORY", mib), ("TINTYPE_STATIC_LANE", "false")]
}

async fn accounts(service: &Service) -> Vec<String> {
    let mut keys = Vec::new();
    for name in ["ada", "bob", "cyd", "dot"] {
        keys.push(service.account(name, 10).await);
    }
    keys
}

/// Renders a job of each account, one after the other, and returns the browsers when there are `count`.
async fn render_each(service: &Service, worker: &Process, keys: &[String], count: usize) -> BTreeSet<i32> {
    for key in keys {
        let job = service.screenshot(key, json!({"html": "<p>x"})).await;
        assert_eq!(job["status"], "completed", "{job}");
    }
    let browsers = |tree: &ProcessTree| Some(tree.browsers()).filter(|browsers| browsers.len() == count);
    wait_for_processes(worker, browsers).await.into_iter().collect()
}

#[tokio::test]
async fn browsers_of_more_accounts_than_slots_stay_for_their_next_jobs_while_memory_allows() {
    with_service(async |service| {
        let keys = accounts(service).await;
        let worker = service.worker_process_with(1, &memory("65536")).await;

        let first = render_each(service, &worker, &keys, keys.len() + CLEAN).await;
        let second = render_each(service, &worker, &keys, keys.len() + CLEAN).await;

        assert_eq!(first, second, "no job of the second round needed a new browser");
    })
    .await;
}

#[tokio::test]
async fn a_pool_without_memory_keeps_a_browser_for_its_slot() {
    with_service(async |service| {
        let keys = accounts(service).await;
        let worker = service.worker_process_with(1, &memory("0")).await;

        render_each(service, &worker, &keys, 1 + CLEAN).await;
        let [.., last] = keys.as_slice() else { panic!("there are accounts") };
        let last = std::slice::from_ref(last);
        let first = render_each(service, &worker, last, 1 + CLEAN).await;
        let second = render_each(service, &worker, last, 1 + CLEAN).await;

        assert_eq!(first, second, "the account that came last has kept it");
    })
    .await;
}
