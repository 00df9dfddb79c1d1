//! Workers whose browsers start no more, and what the doctor says of those that do.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use harness::inspect::{Tree, kill_process};
use harness::{Process, binary, run, story};
use serde_json::json;
use tokio::time::timeout;

/// A browser that starts for as long as nobody has broken it.
const BREAKABLE: &str = "#!/bin/sh
if [ -e \"$(dirname \"$0\")/broken\" ]; then echo 'it is broken' >&2; exit 7; fi
exec BROWSER \"$@\"
";

const BROWSERS: [&str; 3] = [
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/headless_shell",
    "/opt/chrome-headless-shell/chrome-headless-shell",
];

#[tokio::test]
async fn a_worker_whose_browsers_start_no_more_claims_nothing_and_leaves_the_fleet() {
    let Some(browser) = BROWSERS.into_iter().find(|path| Path::new(path).exists()) else {
        eprintln!("skipped: no headless shell is installed");
        return;
    };
    story(async |service| {
        let key = service.account("ada", 9).await;
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("our folder");
        let breakable = folder.path().join("breakable-headless-shell");
        write(&breakable, BREAKABLE.replace("BROWSER", browser)).expect("a script");
        set_permissions(&breakable, Permissions::from_mode(0o755)).expect("our script");
        let chromium = breakable.to_str().expect("a plain path");
        let mut worker: Process = service.worker_process_with(1, &[("TINTYPE_CHROMIUM", chromium)]).await;
        let well = service.post(&key, "/v1/screenshot", &json!({"html": "<p>well"})).await;
        assert_eq!(well.status, 200, "{:?}", well.json());

        write(folder.path().join("broken"), "").expect("a file");
        for browser in Tree::below(worker.id()).browsers() {
            kill_process(browser);
        }
        let body = json!({"html": "<p>", "async": true});
        let job = service.post(&key, "/v1/screenshot", &body).await.json()["job_id"].as_str().map(str::to_owned);
        let ended = timeout(harness::PATIENCE, worker.ended()).await;

        assert_eq!(ended.expect("it ends by itself"), Some(1));
        assert_eq!(service.count("select count(*) from worker").await, 0, "it left the fleet");
        assert_eq!(service.count("select count(*) from queue where attempt = 0 and lease is null").await, 1);
        service.worker(1).await;
        let job = service.ended(&key, &job.expect("a job")).await;
        assert_eq!(job["status"], "completed", "another worker renders it: {job}");
    })
    .await;
}

/// What the worker does for a whole fleet it does when asked, too.
#[tokio::test]
async fn the_doctor_finds_every_protection_in_force_and_says_which() {
    let ended = run(&binary("tintype-worker"), &["doctor"], &[("CANARY", "of the worker")]).await;

    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    for line in
        ["ok    sandbox: ", "ok    environment: ", "ok    DevTools: over a pipe", "ok    addresses that are not: 0 "]
    {
        assert!(ended.stdout.contains(line), "no {line:?} in {}", ended.stdout);
    }
}
