//! Schemes: no page shows a local file or an internal page of the browser.

use std::fs::{Permissions, set_permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;
use tempfile::{Builder, NamedTempFile};

use harness::sandboxed::{GREEN, RED, Sandbox};

with_each_isolation!(no_page_shows_a_local_file_or_an_internal_page, no_frame_or_stylesheet_shows_a_local_file);

/// Creates a red page that every user of this machine can read.
fn secret() -> NamedTempFile {
    let mut file = Builder::new().prefix("tintype-secret-").suffix(".html").tempfile_in("/tmp").expect("a file");
    file.write_all(b"<!doctype html><body style='background:#ff0000'>secret").expect("a written file");
    set_permissions(file.path(), Permissions::from_mode(0o644)).expect("our file");
    file
}

async fn no_page_shows_a_local_file_or_an_internal_page(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 100).await);
    let worker = sandbox.worker(2).await;
    let secret = secret();
    let path = secret.path().display().to_string();
    let data = "data:text/html,<body style='background:%23ff0000'>";
    let mut jobs = Vec::new();
    for (number, to) in [
        format!("file://{path}"),
        format!("FILE://localhost{path}"),
        format!("file:\\\\{path}"),
        format!("view-source:file://{path}"),
        format!("view-source:{}", site.page("/flag")),
        "chrome://version".to_owned(),
        "chrome://crash".to_owned(),
        "devtools://devtools/bundled/inspector.html".to_owned(),
        data.to_owned(),
        "javascript:document.body.style.background='#ff0000'".to_owned(),
        format!("filesystem:file://{path}"),
    ]
    .iter()
    .enumerate()
    {
        let quoted = json!(to);
        site.put_html(&format!("/script/{number}"), page(&format!("<script>location = {quoted}</script>")));
        site.put_html(
            &format!("/refresh/{number}"),
            page(&format!("<meta http-equiv=refresh content=\"0;url={to}\">")),
        );
        site.put_html(
            &format!("/open/{number}"),
            page(&format!("<script>open({quoted}); open({quoted}, '_self')</script>")),
        );
        let location = to.clone();
        site.put(&format!("/redirect/{number}"), move |_| {
            Response::builder().status(StatusCode::FOUND).header("Location", &location).finish()
        });
        for how in ["script", "refresh", "open", "redirect"] {
            // A page's own script may change its colour.
            if !to.starts_with("javascript:") || how == "redirect" {
                let body = json!({"url": site.page(&format!("/{how}/{number}")), "delay_ms": 300, "timeout_ms": 10000});
                jobs.push((how, to.clone(), sandbox.submit(&key, "screenshot", body).await));
            }
        }
    }

    let mut rendered = 0;
    for (how, to, job) in jobs {
        let job = sandbox.service.wait_for_job(&key, &job).await;
        if job["status"] == "completed" {
            let picture = sandbox.image(&key, &job).await;
            assert_eq!(picture.count_colour(RED), 0, "{how} {to}");
            picture.assert_colour((640, 360), GREEN);
            rendered += 1;
        }
    }
    assert!(rendered > 0, "the browser itself keeps some pages where they are");
    let asked = sandbox.service.post(&key, "/v1/screenshot", &json!({"url": format!("file://{path}")})).await;
    assert_eq!(asked.status, 422, "{}", asked.json());
    sandbox.assert_renders(&key).await;
    sandbox.stop_worker(worker).await;
}

async fn no_frame_or_stylesheet_shows_a_local_file(sandbox: &Sandbox<'_>) {
    let (site, key) = (&sandbox.service.site, sandbox.service.account("ada", 10).await);
    let worker = sandbox.worker(1).await;
    let secret = secret();
    let file = format!("file://{}", secret.path().display());
    let parts = format!(
        "<!doctype html><body style='margin:0;background:#00ff00'>
         <style>iframe,object,embed{{width:150px;height:150px;border:0}}</style>
         <iframe src='{file}'></iframe><object data='{file}'></object><embed src='{file}'>
         <iframe srcdoc=\"<iframe src='{file}'></iframe>\"></iframe>
         <iframe src=\"data:text/html,<iframe src='{file}'></iframe>\"></iframe>
         <link rel=stylesheet href='{file}'><link rel=import href='{file}'>
         <iframe src='view-source:{file}'></iframe><iframe src='chrome://version'></iframe>
         <script>
         const paint = text => {{ if (text.includes('secret')) document.body.style.background = '#ff0000' }};
         fetch('{file}').then(answer => answer.text()).then(paint).catch(() => {{}});
         const ask = new XMLHttpRequest(); ask.onload = () => paint(ask.responseText);
         try {{ ask.open('GET', '{file}'); ask.send() }} catch {{}}
         fetch('/flag').then(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'));
         </script>"
    );
    site.put_html("/parts", parts.clone());

    let parts = parts.replace("fetch('/flag')", "Promise.resolve()");
    for body in [json!({"url": site.page("/parts")}), json!({"html": parts})] {
        let mut body = body;
        body["wait_for"] = json!("#done");
        body["delay_ms"] = json!(300);
        let job = sandbox.screenshot(&key, body).await;

        let picture = sandbox.image(&key, &job).await;
        assert_eq!(picture.count_colour(RED), 0, "{job}");
        picture.assert_colour((1200, 700), GREEN);
    }
    sandbox.stop_worker(worker).await;
}

fn page(what: &str) -> String {
    format!("<!doctype html><body style='background:#00ff00'>{what}")
}
