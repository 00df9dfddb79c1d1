//! Many renders, hostile ones among them, leave a worker as they found it.
//!
//! `TINTYPE_SOAK_RENDERS` says how many; what is asserted does not depend on it.

use harness::Process;
use harness::inspect::{Tree, memory, open_files};
use serde_json::{Value, json};

use crate::hostile::green;
use crate::room::{Room, seen};

in_both_modes!(many_renders_leave_memory_files_and_processes_as_they_were);

/// How many there are unless `TINTYPE_SOAK_RENDERS` says so.
const RENDERS: usize = 150;

/// Of ten renders, the first three and the last are of pages that mean no harm.
fn page(room: &Room<'_>, number: usize) -> (&'static str, Value) {
    let site = &room.service.site;
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

async fn many_renders_leave_memory_files_and_processes_as_they_were(room: &Room<'_>) {
    let renders = std::env::var("TINTYPE_SOAK_RENDERS").ok().and_then(|renders| renders.parse().ok());
    let renders: usize = renders.unwrap_or(RENDERS);
    let keys = [room.service.account("ada", 1_000_000).await, room.service.account("bob", 1_000_000).await];
    let site = &room.service.site;
    site.put_html("/windows", green("for (let time = 0; time < 50; time++) open('/flag')"));
    site.put_html("/stores", green("localStorage.x = 'x'.repeat(1e6); caches.open('x').then(kept => kept.put('/x', new Response('x'.repeat(1e6))))"));
    site.put_html(
        "/reaches",
        green(&format!(
            "for (let time = 0; time < 20; time++) fetch('{}?' + time).catch(() => {{}})",
            site.private("/flag")
        )),
    );
    let worker = room.worker(2).await;

    // What is kept for use again is there after the first of them.
    let first = (renders / 3).max(30);
    render(room, &keys, 0..first).await;
    let before = Standing::of(room, &worker, usize::MAX).await;
    render(room, &keys, first..first + renders).await;
    let after = Standing::of(room, &worker, before.processes).await;

    eprintln!("{renders} renders: {before:?}, then {after:?}");
    assert!(after.files <= before.files + 8, "files stay open: {before:?} {after:?}");
    assert!(after.directories <= before.directories + 1, "directories stay: {before:?} {after:?}");
    assert!(after.memory <= before.memory + before.memory / 2 + 32 * 1024, "memory grows: {before:?} {after:?}");
    assert_eq!(room.service.count("select count(*) from queue").await, 0);
    room.leave(worker).await;
}

/// A worker at rest.
#[derive(Debug)]
struct Standing {
    processes: usize,
    files: usize,
    directories: usize,
    /// In KiB.
    memory: u64,
}

impl Standing {
    /// Waits until a worker has no more processes than that, and none that runs a page of a
    /// job, and looks at it. One that never rests fails the test.
    async fn of(room: &Room<'_>, worker: &Process, processes: usize) -> Self {
        let slack = processes.saturating_add(4);
        let processes = seen(worker, |tree: &Tree| Some(tree.pids().len()).filter(|found| *found <= slack)).await;
        let (files, memory) = (open_files(worker.id()), memory(worker.id()));
        Self { processes, files, directories: room.directories(), memory }
    }
}

/// Renders of two accounts, a few at a time.
async fn render(room: &Room<'_>, keys: &[String; 2], numbers: std::ops::Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for few in numbers.chunks(20) {
        let mut jobs = Vec::new();
        for number in few {
            let (kind, body) = page(room, *number);
            let key = &keys[number % 2];
            jobs.push((*number, key, room.ask(key, kind, body).await));
        }
        for (number, key, job) in jobs {
            let ended = room.service.ended(key, &job).await;
            match number % 10 {
                0 | 1 | 2 | 9 => assert_eq!(ended["status"], "completed", "{number}: {ended}"),
                6 | 8 => assert_eq!(ended["status"], "failed", "{number}: {ended}"),
                _ => {} // It ended, as it could.
            }
        }
    }
}
