//! The verdict: everything is healed, the queue is empty, and every promise was kept.

use std::path::Path;
use std::time::Duration;

use domain::audit;
use domain::job::DEFAULT_MAX_AGE;
use nix::sys::signal::Signal;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::fleet::Fleet;
use super::history::History;

/// How long the queue may take to become empty: three times the lease of a job whose worker was lost twice.
const SETTLE: Duration = Duration::from_mins(5);

/// How long processes of browsers may take to end after their worker.
const ORPHANS: Duration = Duration::from_secs(15);

const POLL: Duration = Duration::from_millis(250);

/// Waits until no job is unfinished.
pub(super) async fn settle(fleet: &mut Fleet, history: &History) {
    let db = fleet.connect().await;
    let deadline = Instant::now() + SETTLE;
    loop {
        let unfinished: i64 = sqlx::query_scalar("select count(*) from queue").fetch_one(&db).await.expect("a number");
        if unfinished == 0 {
            break;
        }
        if Instant::now() > deadline {
            history.violated(format!("{unfinished} jobs have not ended {} s after the load", SETTLE.as_secs()));
            break;
        }
        sleep(POLL).await;
    }
    db.close().await;
}

/// Checks everything, stops the programs, and returns what is wrong.
pub(super) async fn violations(mut fleet: Fleet, history: &History) -> Vec<String> {
    check_jobs(&fleet, history).await;
    let db = fleet.connect().await;
    print_ends(&db).await;
    for violation in audit::audit(&db, DEFAULT_MAX_AGE).await.expect("an audit") {
        history.violated(format!("{}: {}", violation.invariant, violation.row));
    }
    db.close().await;
    stop(&mut fleet, history).await;
    check_remains(&fleet, history).await;
    let violations = history.violations();
    if !violations.is_empty() {
        fleet.keep_logs();
    }
    violations
}

/// Every acknowledged job has ended, as its customer saw.
async fn check_jobs(fleet: &Fleet, history: &History) {
    let (http, url) = (reqwest::Client::new(), fleet.api_urls().remove(0));
    for (job, known) in history.jobs() {
        let request = http.get(format!("{url}/v1/jobs/{job}")).header("X-API-Key", &known.key);
        let response = request.send().await.expect("a response of a healed API");
        let (code, found) = (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default());
        let status = found["status"].as_str().unwrap_or_default();
        if code != 200 || !matches!(status, "completed" | "failed") {
            history.violated(format!("{job} was acknowledged, and got {code} {found}"));
        } else if known.end.as_deref().is_some_and(|end| end != status) {
            history.violated(format!("{job} was {known:?}, and is {status} in the end"));
        }
    }
}

async fn print_ends(db: &domain::Db) {
    let ends = "
        select coalesce(state::text || coalesce(' ' || error_code, ''), 'unfinished'), count(*)
        from job group by 1
        union all
        select 'credits: ' || kind::text, abs(sum(amount))::bigint from ledger group by 1
        order by 1";
    let ends: Vec<(String, i64)> = sqlx::query_as(ends).fetch_all(db).await.expect("the ends of jobs");
    for (end, count) in ends {
        eprintln!("  {end:<28} {count}");
    }
}

async fn stop(fleet: &mut Fleet, history: &History) {
    for member in &fleet.members {
        member.program.signal(Signal::SIGTERM);
    }
    for member in &mut fleet.members {
        match member.program.exited().await {
            Ok(Some(0)) => {}
            Ok(code) => history.violated(format!("{} got SIGTERM, and returned {code:?}", member.program.name)),
            Err(late) => history.violated(late),
        }
    }
}

/// No browser outlives its worker, and no profile.
async fn check_remains(fleet: &Fleet, history: &History) {
    for disk in fleet.members.iter().filter_map(|member| member.disk.as_deref()) {
        let deadline = Instant::now() + ORPHANS;
        while !processes_of(disk).is_empty() && Instant::now() < deadline {
            sleep(POLL).await;
        }
        for orphan in processes_of(disk) {
            history.violated(format!("a browser outlived its worker: {orphan}"));
        }
        for entry in std::fs::read_dir(disk).expect("our directory").flatten() {
            history.violated(format!("a worker left {}", entry.path().display()));
        }
    }
}

/// Returns the command lines that name a directory.
fn processes_of(directory: &Path) -> Vec<String> {
    let directory = directory.to_str().expect("a plain path");
    let processes = std::fs::read_dir("/proc").expect("/proc is mounted").flatten();
    let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let commands = commands.map(|command| String::from_utf8_lossy(&command).replace('\0', " "));
    commands.filter(|command| command.contains(directory)).collect()
}
