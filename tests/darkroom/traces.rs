//! Traces: whatever a page leaves behind, the next one finds nothing.

use std::collections::BTreeSet;

use harness::Visit;
use harness::inspect::Tree;
use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

use crate::room::{GREEN, Room};

in_both_modes!(
    nothing_of_a_page_is_seen_by_the_next_in_a_hundred_of_two_accounts,
    nothing_of_a_document_that_was_sent_is_seen_by_the_next_of_its_account,
    what_a_page_leaves_is_seen_by_itself,
);

/// Looks for what an earlier page left, leaves all of it, and tells `/found` what it saw.
const REMEMBER: &str = include_str!("remember.html");

/// How often a page is rendered.
const HUNDRED: usize = 100;

fn build(room: &Room<'_>) {
    let site = &room.service.site;
    site.put_html("/visit", remember(room));
    // It would be there without asking: only the first asks, unless nothing is kept.
    site.put("/cached", |_| {
        let response =
            Response::builder().content_type("text/plain").header("Cache-Control", "public, max-age=86400, immutable");
        response.header("Access-Control-Allow-Origin", "*").body("kept")
    });
    site.put("/guarded", |visit| {
        let status = if visit.header("authorization").is_empty() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        Response::builder().status(status).header("WWW-Authenticate", "Basic realm=x").body("")
    });
    site.put("/sw.js", |_| Response::builder().content_type("text/javascript").body(
        "self.onactivate = event => event.waitUntil(clients.claim());
         self.onfetch = event => { if (event.request.url.endsWith('/mark')) event.respondWith(new Response('marked')) }",
    ));
    for path in ["/found", "/mark"] {
        site.put(path, |_| {
            Response::builder()
                .header("Access-Control-Allow-Origin", "*")
                .header("Set-Cookie", "sent=1; Max-Age=86400")
                .body("none")
        });
    }
}

fn remember(room: &Room<'_>) -> String {
    REMEMBER.replace("SITE", room.service.site.page("").trim_end_matches('/'))
}

/// Every visit found what the first did: nothing.
fn assert_nothing_found(room: &Room<'_>, renders: usize) {
    let found = room.service.site.came("/found");
    assert_eq!(found.len(), renders);
    for visit in &found {
        assert!(visit.query.ends_with("&found="), "something was left: {}", visit.query);
        assert_eq!(visit.query, found[0].query);
    }
    for path in ["/cached", "/mark"] {
        let came = room.service.site.came(path);
        assert_eq!(came.len(), renders, "{path} is asked for by every render");
        assert!(came.iter().all(|visit| visit.header("cookie").is_empty()), "{path} was sent a cookie");
    }
    let known = |visit: &&Visit| !visit.header("authorization").is_empty();
    let guarded = room.service.site.came("/guarded");
    assert!(guarded.iter().filter(known).count() <= renders, "credentials are sent once, by whom they are of");
}

async fn nothing_of_a_page_is_seen_by_the_next_in_a_hundred_of_two_accounts(room: &Room<'_>) {
    let (ada, bob) = (room.service.account("ada", 100).await, room.service.account("bob", 100).await);
    build(room);
    room.dns.answer("shop.example.com", &["127.0.0.1"]);
    // Two, so that a browser of each account rests and is used again.
    let worker = room.worker(2).await;
    let address = room.service.site.page("/visit");
    let named = format!("http://shop.example.com:{}/visit", room.service.site.port());

    let mut browsers = BTreeSet::new();
    for render in 0..HUNDRED {
        browsers.extend(Tree::below(worker.id()).browsers());
        let key = if render % 2 == 0 { &ada } else { &bob };
        // By address a page is trusted with more: caches, and workers that serve. By name
        // it is asked for again by every job.
        let url = if render % 4 < 2 { &address } else { &named };
        assert_new(room, key, json!({"url": url, "wait_for": "#done"})).await;
    }

    assert!(browsers.len() < HUNDRED / 4, "browsers were to be used again: {}", browsers.len());
    assert_eq!(room.dns.asked("shop.example.com"), HUNDRED / 2, "no answer of a name server is kept");
    let found = room.service.site.came("/found");
    assert_eq!(found.len(), HUNDRED);
    for trusted in ["trusted=true", "trusted=false"] {
        let queries: Vec<_> = found.iter().map(|visit| &visit.query).filter(|query| query.contains(trusted)).collect();
        assert_eq!(queries.len(), HUNDRED / 2);
        assert!(queries.iter().all(|query| *query == queries[0] && query.ends_with("&found=")), "{queries:?}");
    }
    for path in ["/cached", "/mark"] {
        let came = room.service.site.came(path);
        assert_eq!(came.len(), HUNDRED, "{path} is asked for by every render");
        assert!(came.iter().all(|visit| visit.header("cookie").is_empty()), "{path} was sent a cookie");
    }
    room.leave(worker).await;
}

async fn nothing_of_a_document_that_was_sent_is_seen_by_the_next_of_its_account(room: &Room<'_>) {
    let key = room.service.account("ada", 60).await;
    build(room);
    let worker = room.worker(1).await;
    let html = remember(room);

    for _ in 0..50 {
        assert_new(room, &key, json!({"html": html, "wait_for": "#done"})).await;
    }

    assert_nothing_found(room, 50);
    room.leave(worker).await;
}

/// The proof that the page would see what is left: a second look within one job sees all.
async fn what_a_page_leaves_is_seen_by_itself(room: &Room<'_>) {
    let key = room.service.account("ada", 10).await;
    build(room);
    let worker = room.worker(1).await;
    let again = remember(room).replace("const again = false", "const again = true");
    room.service.site.put_html("/visit", again);

    let job = room.shoot(&key, json!({"url": room.service.site.page("/visit"), "wait_for": "#done"})).await;

    assert!(!room.picture(&key, &job).await.is_colour((640, 360), GREEN));
    let found = room.service.site.came("/found");
    let last = &found.last().expect("it told").query;
    for left in ["cookie", "local", "session", "name", "database", "cache", "worker", "marked", "auth"] {
        assert!(last.contains(left), "{left} is not among {last}");
    }
    assert_eq!(room.service.site.came("/cached").len(), 1, "what is kept is not asked for again");
    room.leave(worker).await;
}

async fn assert_new(room: &Room<'_>, key: &str, body: Value) {
    let job = room.shoot(key, body).await;
    room.picture(key, &job).await.assert_colour((640, 360), GREEN);
}
