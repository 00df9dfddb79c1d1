//! Schemes: pages lead to files and to the browser's own, and neither is ever shown.

use std::fs::{Permissions, set_permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;
use tempfile::{Builder, NamedTempFile};

use crate::room::{GREEN, RED, Room};

in_both_modes!(no_page_shows_a_file_or_what_is_the_browser_s_own, no_frame_and_no_style_shows_a_file);

/// A red page that anybody on this machine may read.
fn secret() -> NamedTempFile {
    let mut file = Builder::new().prefix("tintype-secret-").suffix(".html").tempfile_in("/tmp").expect("a file");
    file.write_all(b"<!doctype html><body style='background:#ff0000'>secret").expect("a written file");
    set_permissions(file.path(), Permissions::from_mode(0o644)).expect("our file");
    file
}

async fn no_page_shows_a_file_or_what_is_the_browser_s_own(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 100).await);
    let worker = room.worker(2).await;
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
            // A script of the page's own may colour the page.
            if !to.starts_with("javascript:") || how == "redirect" {
                let body = json!({"url": site.page(&format!("/{how}/{number}")), "delay_ms": 300, "timeout_ms": 10000});
                jobs.push((how, to.clone(), room.ask(&key, "screenshot", body).await));
            }
        }
    }

    let mut rendered = 0;
    for (how, to, job) in jobs {
        let job = room.service.ended(&key, &job).await;
        if job["status"] == "completed" {
            let picture = room.picture(&key, &job).await;
            assert_eq!(picture.count_colour(RED), 0, "{how} {to}");
            picture.assert_colour((640, 360), GREEN);
            rendered += 1;
        }
    }
    assert!(rendered > 0, "the browser itself keeps some pages where they are");
    let asked = room.service.post(&key, "/v1/screenshot", &json!({"url": format!("file://{path}")})).await;
    assert_eq!(asked.status, 422, "{}", asked.json());
    room.assert_renders(&key).await;
    room.leave(worker).await;
}

async fn no_frame_and_no_style_shows_a_file(room: &Room<'_>) {
    let (site, key) = (&room.service.site, room.service.account("ada", 10).await);
    let worker = room.worker(1).await;
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
        let job = room.shoot(&key, body).await;

        let picture = room.picture(&key, &job).await;
        assert_eq!(picture.count_colour(RED), 0, "{job}");
        picture.assert_colour((1200, 700), GREEN);
    }
    room.leave(worker).await;
}

fn page(what: &str) -> String {
    format!("<!doctype html><body style='background:#00ff00'>{what}")
}
