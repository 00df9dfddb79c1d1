//! The limits of a session.

use std::time::Duration;

use domain::job::BlockedClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::fixtures::{
    CONNECTED, FORBIDDEN, TestProxy, TestSite, blocked, connect_request, get_request, is_closed, read_response,
};
use super::name_server::DnsData;
use crate::egress::budget::{Budget, Limits};
use crate::egress::status::ConnectStatus;

#[tokio::test]
async fn a_tunnel_that_receives_too_much_is_closed() {
    let site = TestSite::responding("0123456789").await;
    let proxy = TestProxy::with_limits(&site, Limits { max_received: 25, ..Limits::DEFAULT }).await;
    let session = proxy.inner.open_session();
    let (mut browser, _) = proxy.open_tunnel(&site.address.to_string()).await;

    let mut received = [0; 10];
    for _ in 0..2 {
        browser.write_all(b"\r\n\r\n").await.expect("written");
        browser.read_exact(&mut received).await.expect("within the budget");
    }
    browser.write_all(b"\r\n\r\n").await.expect("written");

    assert!(is_closed(&mut browser).await, "the third exceeds the budget");
    assert_eq!(session.connect_status(&site.url("/")), Some(ConnectStatus::OverBudget(Budget::Received)));
    assert_eq!(proxy.open_tunnel(&site.address.to_string()).await.1, FORBIDDEN);
    assert_eq!(session.report().blocked, blocked([(BlockedClass::Budget, 2)]));
}

#[tokio::test]
async fn a_response_that_is_too_large_is_cut_off() {
    let site = TestSite::responding("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789").await;
    let proxy = TestProxy::with_limits(&site, Limits { max_received: 30, ..Limits::DEFAULT }).await;
    let session = proxy.inner.open_session();

    assert_eq!(proxy.send(&get_request(site.url("/").as_str())).await, "");

    assert_eq!(session.connect_status(&site.url("/")), Some(ConnectStatus::OverBudget(Budget::Received)));
}

#[tokio::test]
async fn a_tunnel_that_sends_too_much_is_closed() {
    let site = TestSite::start().await;
    let proxy = TestProxy::with_limits(&site, Limits { max_sent: 100, ..Limits::DEFAULT }).await;
    let session = proxy.inner.open_session();
    let (mut browser, _) = proxy.open_tunnel(&site.address.to_string()).await;

    let _cut_short = browser.write_all(&[b'a'; 101]).await;

    assert!(is_closed(&mut browser).await);
    assert_eq!(session.connect_status(&site.url("/")), Some(ConnectStatus::OverBudget(Budget::Sent)));
}

#[tokio::test]
async fn the_numbers_of_hosts_and_of_attempts_are_limited() {
    let site = TestSite::start().await;
    let proxy = TestProxy::with_limits(&site, Limits { max_hosts: 2, max_attempts: 4, ..Limits::DEFAULT }).await;
    let session = proxy.inner.open_session();
    let at = |host: &str| format!("{host}:{}", site.port());
    proxy.names.set("a.example.com", DnsData::addresses(&["127.0.0.1"]));

    let mut responses = Vec::new();
    for host in ["a.example.com", "127.0.0.1", "b.example.com", "a.example.com", "a.example.com"] {
        responses.push(proxy.open_tunnel(&at(host)).await.1);
    }

    assert_eq!(responses, [CONNECTED, CONNECTED, FORBIDDEN, CONNECTED, FORBIDDEN]);
    let status = |host: &str| session.connect_status(&format!("http://{}/", at(host)).parse().expect(host));
    assert_eq!(status("b.example.com"), Some(ConnectStatus::OverBudget(Budget::Hosts)));
    assert_eq!(status("a.example.com"), Some(ConnectStatus::OverBudget(Budget::Attempts)));
    assert_eq!(proxy.names.queries("b.example.com"), 0);
    assert_eq!(session.report().blocked, blocked([(BlockedClass::Budget, 2)]));
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_another_to_close() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::with_limits(&site, Limits { max_active: 1, ..Limits::DEFAULT }).await;
    let session = proxy.inner.open_session();
    let target = site.address.to_string();
    let (first, _) = proxy.open_tunnel(&target).await;
    let mut second = proxy.connect().await;
    second.write_all(connect_request(&target).as_bytes()).await.expect("written");
    while session.report().attempts < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.connect_status(&site.url("/")), Some(ConnectStatus::Connecting));

    drop(first);

    assert_eq!(read_response(&mut second).await, CONNECTED);
    assert_eq!(site.connections(), ["site", "site"]);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let site = TestSite::responding("HTTP/1.1 200 OK\r\n\r\nfirst").await;
    let proxy =
        TestProxy::with_limits(&site, Limits { idle_timeout: Duration::from_millis(100), ..Limits::DEFAULT }).await;
    let _session = proxy.inner.open_session();

    let (mut tunnel, _) = proxy.open_tunnel(&site.address.to_string()).await;
    let mut plain = proxy.connect().await;
    plain.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
    let mut received = Vec::new();
    let _cut_short = plain.read_to_end(&mut received).await;

    assert!(is_closed(&mut tunnel).await);
    assert!(received.ends_with(b"first\r\n"), "without the last chunk: {}", String::from_utf8_lossy(&received));
}
