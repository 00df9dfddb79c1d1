//! Many renders, hostile ones among them, leak nothing.
//!
//! `TINTYPE_SOAK_RENDERS` sets their number; the assertions do not depend on it.

use harness::Process;
use harness::processes::{ProcessTree, anonymous_memory, open_files};
use serde_json::{Value, json};

use harness::fixtures::green;
use harness::sandboxed::{Sandbox, wait_for_processes};

with_each_isolation!(many_renders_leak_no_memory_files_or_processes);

/// The default number of renders.
const RENDERS: usize = 150;

/// Of ten renders, the first three and the last are of harmless pages.
fn page(sandbox: &Sandbox<'_>, number: usize) -> (&'static str, Value) {
    let site = &sandbox.service.site;
    let own = |path: &str| json!({"url": site.page(path), "timeout_ms": 10000});
    match number % 10 {
        0 => ("screenshot", json!({"html": format!("<h1>{number}</h1>"), "timeout_ms": 10000})),
        1 => ("pdf", own("/invoice")),
        2 => ("screenshot", json!({"url": site.page("/tall"), "full_page": true, "format": "jpeg"})),
        3 => ("screenshot", own("/alert")),
        4 => ("screenshot", json!({"url": site.page("/windows"), "timeout_ms": 2000})),
        5 => ("screenshot", own("/stores")),
        6 => ("screenshot", json!({"url": site.page("/spin"), "timeout_ms": 1000})),
        7 => ("screenshot", own("/reaches")),
        8 => (
            "screenshot",
            json!({"url": format!("{}?after={}", site.page("/leave"), site.private("/flag")), "wait_for": "network_idle", "timeout_ms": 5000}),
        ),
        _ => ("screenshot", own("/flag")),
    }
}

async fn many_renders_leak_no_memory_files_or_processes(sandbox: &Sandbox<'_>) {
    let renders = std::env::var("TINTYPE_SOAK_RENDERS").ok().and_then(|renders| renders.parse().ok());
    let renders: usize = renders.unwrap_or(RENDERS);
    let keys = [sandbox.service.account("ada", 1_000_000).await, sandbox.service.account("bob", 1_000_000).await];
    let site = &sandbox.service.site;
    site.put_html("/windows", green("for (let time = 0; time < 50; time++) open('/flag')"));
    site.put_html("/stores", green("localStorage.x = 'x'.repeat(1e6); caches.open('x').then(kept => kept.put('/x', new Response('x'.repeat(1e6))))"));
    site.put_html(
        "/reaches",
        green(&format!(
            "for (let time = 0; time < 20; time++) fetch('{}?' + time).catch(() => {{}})",
            site.private("/flag")
        )),
    );
    let worker = sandbox.worker(2).await;

    // The first renders create whatever is kept for reuse.
    let first = (renders / 3).max(30);
    render(sandbox, &keys, 0..first).await;
    let before = Resources::of(sandbox, &worker, usize::MAX).await;
    render(sandbox, &keys, first..first + renders).await;
    let after = Resources::of(sandbox, &worker, before.processes).await;

    eprintln!("{renders} renders: {before:?}, then {after:?}");
    assert!(after.files <= before.files + 8, "files stay open: {before:?} {after:?}");
    assert!(after.directories <= before.directories + 1, "directories stay: {before:?} {after:?}");
    assert!(after.memory <= before.memory + before.memory / 2 + 32 * 1024, "memory grows: {before:?} {after:?}");
    assert_eq!(sandbox.service.scalar("select count(*) from queue").await, 0);
    sandbox.stop_worker(worker).await;
}

/// The resources of an idle worker.
#[derive(Debug)]
struct Resources {
    processes: usize,
    files: usize,
    directories: usize,
    /// In KiB.
    memory: u64,
}

impl Resources {
    /// Waits until a worker has at most this many processes and a few more, and measures it. A
    /// worker that never gets there fails the test.
    async fn of(sandbox: &Sandbox<'_>, worker: &Process, processes: usize) -> Self {
        let slack = processes.saturating_add(4);
        let processes =
            wait_for_processes(worker, |tree: &ProcessTree| Some(tree.pids().len()).filter(|found| *found <= slack))
                .await;
        let (files, memory) = (open_files(worker.id()), anonymous_memory(worker.id()));
        Self { processes, files, directories: sandbox.browser_directories(), memory }
    }
}

/// Renders pages for two accounts, 20 at a time.
async fn render(sandbox: &Sandbox<'_>, keys: &[String; 2], numbers: std::ops::Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for few in numbers.chunks(20) {
        let mut jobs = Vec::new();
        for number in few {
            let (kind, body) = page(sandbox, *number);
            let key = &keys[number % 2];
            jobs.push((*number, key, sandbox.submit(key, kind, body).await));
        }
        for (number, key, job) in jobs {
            let ended = sandbox.service.wait_for_job(key, &job).await;
            match number % 10 {
                0 | 1 | 2 | 9 => assert_eq!(ended["status"], "completed", "{number}: {ended}"),
                6 | 8 => assert_eq!(ended["status"], "failed", "{number}: {ended}"),
                _ => {} // It ended, as it could.
            }
        }
    }
}
