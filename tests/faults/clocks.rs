//! Processes with wrong clocks: only the clock of Postgres counts.

use std::path::{Path, PathBuf};

use harness::{Process, Service, binary, with_service};
use serde_json::json;

use super::{COMPLETED, Client, LAPSED};
use harness::fixtures::ALLOW_REAPING;

/// Replaces the wall clock of a program by one that is wrong by `SKEW` seconds.
const CLOCK: &str = "
    #define _GNU_SOURCE
    #include <sys/syscall.h>
    #include <time.h>
    #include <unistd.h>
    int clock_gettime(clockid_t clock, struct timespec *time) {
        int failed = syscall(SYS_clock_gettime, clock, time);
        if (!failed && clock == CLOCK_REALTIME) time->tv_sec += SKEW;
        return failed;
    }";

/// Compiles a clock, for `LD_PRELOAD`.
pub(crate) async fn clock(folder: &Path, name: &str, skew: &str) -> PathBuf {
    let (source, clock) = (folder.join("clock.c"), folder.join(name));
    std::fs::write(&source, CLOCK).expect("a source");
    let paths = [source.to_str().expect("a plain path"), clock.to_str().expect("a plain path")];
    let args = ["-shared", "-fPIC", &format!("-DSKEW={skew}"), "-o", paths[1], paths[0]];
    let made = harness::run(Path::new("cc"), &args, &[]).await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    clock
}

/// Starts an API as a process, and returns its URL, which is in the first line of its log.
async fn api(service: &Service, clock: &str) -> (Process, String) {
    let api = binary("tintype-api");
    let env =
        [("DATABASE_URL", service.database_url.as_str()), ("TINTYPE_LISTEN", "127.0.0.1:0"), ("LD_PRELOAD", clock)];
    let args = ["-c", "exec \"$0\" 2>&1", api.to_str().expect("a plain path")];
    let mut process = Process::start(Path::new("/bin/sh"), &args, &env);
    let line = process.first_line().await;
    let (_, url) = line.trim().split_once("http://").expect("a line that says where");
    (process, format!("http://{url}"))
}

/// Counts the jobs whose ids differ from the time of Postgres by about ten minutes.
const SKEWED: &str = "
    select count(*) from job
    where abs(extract(epoch from created_at) - ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000)
        between 590 and 610";

#[tokio::test]
async fn processes_whose_clocks_differ_by_twenty_minutes_work_together() {
    let folder = tempfile::Builder::new().prefix("tintype-clock.").tempdir_in("/tmp").expect("a folder");
    let (fast, slow) = (clock(folder.path(), "fast.so", "600").await, clock(folder.path(), "slow.so", "-600").await);
    let (fast, slow) = (fast.to_str().expect("a plain path"), slow.to_str().expect("a plain path"));
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let (_early, early) = api(service, fast).await;
        let (_late, late) = api(service, slow).await;
        let workers = [
            service.worker_process_with(2, &[("LD_PRELOAD", fast)]).await,
            service.worker_process_with(2, &[("LD_PRELOAD", slow)]).await,
        ];
        service.execute(ALLOW_REAPING).await;
        for (worker, clock) in workers.iter().zip([fast, slow]) {
            let maps = std::fs::read_to_string(format!("/proc/{}/maps", worker.id())).expect("a process");
            assert!(maps.contains(clock), "the worker reads another clock");
        }

        for url in [&early, &late] {
            let client = Client::new(url, &key);
            let jobs = vec![json!({"type": "screenshot", "html": "<p>", "delay_ms": 4000}); 4];
            assert_eq!(client.post("/v1/bulk", &json!({"jobs": jobs})).await.status, 202);
            let synchronous = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;
            assert_eq!(synchronous.status, 200, "{}", synchronous.json());
        }
        service.wait_for_count(COMPLETED, 10).await;

        assert_eq!(service.scalar(SKEWED).await, 10);
        assert_eq!(service.scalar(LAPSED).await, 0);
        assert_eq!(service.scalar("select count(*) from job where attempt <> 1").await, 0);
        assert_eq!(service.scalar("select count(*) from result where expires_at between now() + interval '23 hours' and now() + interval '25 hours'").await, 10);
    })
    .await;
}
