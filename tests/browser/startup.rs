//! Startup: workers whose browsers do not start, and the report of `tintype-worker doctor`.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use harness::processes::{ProcessTree, kill_process};
use harness::{Process, binary, run, skip, with_service};
use serde_json::json;
use tokio::time::timeout;

use harness::sandboxed::wait_for_processes;

/// A browser that does not start once a file named `broken` exists beside it.
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
async fn a_worker_whose_browsers_no_longer_start_claims_nothing_and_deregisters() {
    let Some(browser) = BROWSERS.into_iter().find(|path| Path::new(path).exists()) else {
        skip("no headless shell is installed");
        return;
    };
    with_service(async |service| {
        let key = service.account("ada", 9).await;
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("our folder");
        let breakable = folder.path().join("breakable-headless-shell");
        write(&breakable, BREAKABLE.replace("BROWSER", browser)).expect("a script");
        set_permissions(&breakable, Permissions::from_mode(0o755)).expect("our script");
        let chromium = breakable.to_str().expect("a plain path");
        let env = [("TINTYPE_CHROMIUM", chromium), ("TINTYPE_STATIC_LANE", "false")];
        let mut worker: Process = service.worker_process_with(1, &env).await;
        let well = service.post(&key, "/v1/screenshot", &json!({"html": "<p>well"})).await;
        assert_eq!(well.status, 200, "{:?}", well.json());

        // No browser is being started, so none can be started before it is broken: one serves the
        // account, and one of each kind is clean.
        wait_for_processes(&worker, |tree| (tree.browsers().len() == 3).then_some(())).await;
        write(folder.path().join("broken"), "").expect("a file");
        for browser in ProcessTree::below(worker.id()).browsers() {
            kill_process(browser);
        }
        let body = json!({"html": "<p>", "async": true});
        let job = service.post(&key, "/v1/screenshot", &body).await.json()["job_id"].as_str().map(str::to_owned);
        let ended = timeout(harness::TEST_TIMEOUT, worker.wait()).await;

        assert_eq!(ended.expect("it ends by itself"), Some(1));
        assert_eq!(service.scalar("select count(*) from worker").await, 0, "it left the fleet");
        assert_eq!(service.scalar("select count(*) from queue where attempt = 0 and lease is null").await, 1);
        service.worker(1).await;
        let job = service.wait_for_job(&key, &job.expect("a job")).await;
        assert_eq!(job["status"], "completed", "another worker renders it: {job}");
    })
    .await;
}

/// The doctor also runs on its own.
#[tokio::test]
async fn the_doctor_reports_every_protection_in_force() {
    let ended = run(&binary("tintype-worker"), &["doctor"], &[("CANARY", "of the worker")]).await;

    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    for line in ["ok    sandbox: ", "ok    environment: ", "ok    DevTools: over a pipe", "ok    denied addresses: 0 "]
    {
        assert!(ended.stdout.contains(line), "no {line:?} in {}", ended.stdout);
    }
}

#[tokio::test]
async fn the_doctor_reports_weak_and_missing_protections() {
    let doctor = async |with| run(&binary("tintype-worker"), &["doctor"], &[with]).await;

    let flags = doctor(("TINTYPE_NO_NETNS", "true")).await;
    let bare = doctor(("TINTYPE_UNSAFE_NO_SANDBOX", "true")).await;

    assert_eq!(flags.code, Some(0), "{}{}", flags.stdout, flags.stderr);
    assert!(flags.stdout.contains("weak  network: "), "{}", flags.stdout);
    assert_eq!(bare.code, Some(1), "{}{}", bare.stdout, bare.stderr);
    assert!(bare.stdout.contains("BAD   sandbox: 0 of "), "{}", bare.stdout);
    assert!(bare.stderr.contains("WITHOUT their sandbox"), "it is said loudly: {}", bare.stderr);
}

#[tokio::test]
async fn a_worker_rejects_root_and_unknown_users_for_its_browsers() {
    for user in ["root", "no-such-user"] {
        if !nix::unistd::geteuid().is_root() {
            skip("only root can run browsers as another user");
            return;
        }
        let ended = run(&binary("tintype-worker"), &["doctor"], &[("TINTYPE_BROWSER_USER", user)]).await;

        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("TINTYPE_BROWSER_USER"), "{}", ended.stderr);
    }
}
