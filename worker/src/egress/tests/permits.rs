//! Which connections count against the limit of a session, and which do not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::fixtures::{
    CONNECTED, NO_CONTENT, TestProxy, TestSite, connect_request, get_request, is_closed, read_response,
};
use crate::egress::budget::Limits;
use crate::egress::status::ConnectStatus;

async fn proxy_with_one_permit(site: &TestSite) -> TestProxy {
    TestProxy::with_limits(site, Limits { max_active: 1, ..Limits::DEFAULT }).await
}

#[tokio::test]
async fn an_idle_upstream_connection_does_not_keep_another_request_waiting() {
    let mut site = TestSite::start().await;
    let proxy = proxy_with_one_permit(&site).await;
    let session = proxy.inner.open_session();
    let request = get_request(site.url("/").as_str());
    let mut idle = Vec::new();

    for _ in 0..10 {
        let mut browser = proxy.connect().await;
        browser.write_all(request.as_bytes()).await.expect("written");
        assert_eq!(read_response(&mut browser).await, NO_CONTENT);
        idle.push(browser);
    }

    assert_eq!(session.report().attempts, 10);
    assert_eq!(site.connections().len(), 10, "each has an upstream connection of its own");
    for browser in &mut idle {
        browser.write_all(request.as_bytes()).await.expect("written");
        assert_eq!(read_response(browser).await, NO_CONTENT);
    }
    assert!(site.connections().is_empty(), "which is open, and reused");
}

#[tokio::test]
async fn a_response_in_progress_keeps_another_request_waiting_until_the_browser_abandons_it() {
    let site = TestSite::responding("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await;
    let proxy = proxy_with_one_permit(&site).await;
    let session = proxy.inner.open_session();
    let mut first = proxy.connect().await;
    first.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
    let mut begun = [0; 42];
    first.read_exact(&mut begun).await.expect("the head and half of the body");

    let mut second = proxy.connect().await;
    second.write_all(connect_request(&site.address.to_string()).as_bytes()).await.expect("written");
    while session.report().attempts < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.connect_status(&site.url("/")), Some(ConnectStatus::Connecting));
    drop(first);

    assert_eq!(read_response(&mut second).await, CONNECTED);
}

#[tokio::test]
async fn the_end_of_a_session_ends_what_waits_for_a_permit() {
    let site = TestSite::start().await;
    let proxy = proxy_with_one_permit(&site).await;
    let session = proxy.inner.open_session();
    let target = site.address.to_string();
    let (_tunnel, _) = proxy.open_tunnel(&target).await;
    let mut waiting = proxy.connect().await;
    waiting.write_all(connect_request(&target).as_bytes()).await.expect("written");
    while session.report().attempts < 2 {
        tokio::task::yield_now().await;
    }

    drop(session);

    assert!(is_closed(&mut waiting).await);
}

#[tokio::test]
async fn a_denied_request_does_not_wait_for_a_permit() {
    let site = TestSite::start().await;
    let proxy = proxy_with_one_permit(&site).await;
    let _session = proxy.inner.open_session();
    let (_tunnel, _) = proxy.open_tunnel(&site.address.to_string()).await;

    let denied = proxy.send(&get_request("http://10.0.0.1/")).await;

    assert_eq!(denied, super::fixtures::FORBIDDEN);
}
