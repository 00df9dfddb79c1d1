//! The console of pages: what they write to it goes nowhere.

use std::time::Duration;

use harness::TEST_TIMEOUT;
use serde_json::json;
use tokio::time::{sleep, timeout};

use harness::fixtures::green;
use harness::sandboxed::{GREEN, Sandbox};

with_each_isolation!(a_page_that_writes_hundreds_of_megabytes_to_its_console_leaves_no_trace_on_disk);

/// Writes 200 MB in lines of 100 kB, by every function, then calls `written`.
const WRITE: &str = "
    const line = 'console '.repeat(12500);
    for (let index = 0; index < 500; index++) {
        for (const write of ['log', 'warn', 'error', 'trace']) console[write](line);
    }
    written();";

/// How many bytes the files of all browsers may have in total: a profile has some hundred
/// kilobytes.
const MAX_BYTES: u64 = 50_000_000;

/// How often files, which send no notification, are looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

async fn a_page_that_writes_hundreds_of_megabytes_to_its_console_leaves_no_trace_on_disk(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    sandbox.assert_renders(&key).await;
    assert!(sandbox.file_bytes() > 0, "the browsers' files are where this test looks for them");
    site.put_html("/frame", format!("<script>{}</script>", WRITE.replace("written()", "parent.count()")));
    site.put("/worker.js", |_| {
        let script = WRITE.replace("written()", "postMessage('written')");
        poem::Response::builder().content_type("text/javascript").body(script)
    });
    let page = format!(
        "let left = 3;
         window.count = () => --left || document.body.insertAdjacentHTML('beforeend', '<p id=done>');
         new Worker('/worker.js').onmessage = count;
         document.body.insertAdjacentHTML('beforeend', '<iframe src=/frame></iframe>');
         {{ {} }}",
        WRITE.replace("written()", "count()"),
    );
    site.put_html("/page", green(&page));

    let body = json!({"url": site.page("/page"), "wait_for": "#done", "timeout_ms": 60000});
    let job = sandbox.submit(&key, "screenshot", body).await;
    let mut largest = 0;
    let ended = sandbox.service.wait_for_job(&key, &job);
    let mut ended = std::pin::pin!(timeout(TEST_TIMEOUT, ended));
    let job = loop {
        tokio::select! {
            ended = &mut ended => break ended.expect("the job ends in time"),
            () = sleep(POLL_INTERVAL) => largest = largest.max(sandbox.file_bytes()),
        }
    };

    sandbox.image(&key, &job).await.assert_colour((640, 700), GREEN);
    assert_eq!(job["attempt"], 1, "{job}");
    let largest = largest.max(sandbox.file_bytes());
    assert!(largest < MAX_BYTES, "the files of the browsers had {largest} bytes");
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;
}
