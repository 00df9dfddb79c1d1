//! Denied and rejected requests, and what they reveal to the browser and to the job.

use domain::egress::Denied;
use domain::job::BlockedClass;
use tokio::io::AsyncWriteExt;

use super::fixtures::{
    FORBIDDEN, TestProxy, TestSite, blocked, connect_request, get_request, is_closed, read_response,
};
use super::name_server::DnsData;
use crate::egress::dial::DialError;
use crate::egress::status::ConnectStatus;

#[tokio::test]
async fn a_request_that_no_browser_sends_is_rejected() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();
    let (site_at, proxy_at) = (site.address, proxy.address);

    for raw in [
        get_request("/"),
        get_request("*"),
        get_request(&format!("/http://{site_at}/")),
        get_request(&format!("https://{site_at}/")),
        get_request(&format!("ws://{site_at}/")),
        get_request(&format!("ftp://{site_at}/")),
        get_request(&format!("http://u:p@{site_at}/")),
        get_request(&format!("http://evil.com\\@{site_at}/")),
        connect_request("127.0.0.1"),
        connect_request("127.0.0.1:"),
        connect_request(&format!("u@{site_at}")),
        connect_request(&format!("http://{site_at}/")),
        format!("GET / HTTP/1.1\r\nHost: {proxy_at}\r\n\r\n"),
        format!("GET http://{site_at}/ HTTP/1.0\r\n\r\n"),
        "GET /json/list HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\r\n\r\n".to_owned(),
    ] {
        let response = proxy.send(&raw).await;

        let is_bad_request = response.get(8..).is_some_and(|rest| rest.starts_with(" 400 Bad Request\r\n"))
            && response.ends_with("\r\n\r\n");
        assert!(is_bad_request, "{raw:?} got {response:?}");
    }
    assert_eq!(proxy.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, "", "HTTP/2");
    assert!(site.connections().is_empty());
}

#[tokio::test]
async fn a_request_head_that_is_too_large_is_rejected() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();
    let mut browser = proxy.connect().await;

    let head = format!("GET {} HTTP/1.1\r\nCookie: {}", site.url("/"), "a".repeat(80 * 1024));
    let _cut_short = browser.write_all(head.as_bytes()).await;

    let response = read_response(&mut browser).await;
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 431 "), "{response}");
    assert!(is_closed(&mut browser).await);
    assert!(site.connections().is_empty());
}

#[tokio::test]
async fn denied_and_unknown_hosts_get_the_same_response() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    proxy.names.set("internal.example.com", DnsData::addresses(&["10.0.0.1"]));
    proxy.names.set("mixed.example.com", DnsData::addresses(&["93.184.216.34", "127.0.0.1"]));
    proxy.names.set("families.example.com", DnsData::addresses(&["93.184.216.34", "fd00::1"]));
    proxy.names.set("alias.example.com", DnsData::alias("internal.example.com"));
    proxy.names.set("loop.example.com", DnsData::addresses(&["127.0.0.1"]));
    proxy.names.set("broken.example.com", DnsData::ServFail);

    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "0",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "192.0.0.192",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "localhost6",
        "ip6-localhost",
        "host.docker.internal",
        "gateway.docker.internal",
        "metadata.google.internal",
        "printer",
        "nas.local",
        "html.render.invalid",
        "internal.example.com",
        "mixed.example.com",
        "families.example.com",
        "alias.example.com",
        "loop.example.com",
        "broken.example.com",
        "unknown.example.com",
        "unknown_name.example.com",
    ] {
        for port in ["80", "443", "22", "0"] {
            assert_eq!(proxy.send(&connect_request(&format!("{host}:{port}"))).await, FORBIDDEN, "{host}:{port}");
            assert_eq!(proxy.send(&get_request(&format!("http://{host}:{port}/"))).await, FORBIDDEN, "{host}:{port}");
        }
    }
    let neighbour = format!("127.0.0.2:{}", site.port());
    assert_eq!(proxy.send(&connect_request(&neighbour)).await, FORBIDDEN, "the exception covers one address");
    assert_eq!(proxy.send(&connect_request(&proxy.address.to_string())).await, FORBIDDEN, "the proxy itself");
    assert_eq!(proxy.send(&get_request(&format!("http://{}/", proxy.address))).await, FORBIDDEN, "the proxy itself");
    assert!(site.connections().is_empty());
    drop(session);
}

#[tokio::test]
async fn only_the_session_reports_the_reason_of_a_denial() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    proxy.names.set("internal.example.com", DnsData::addresses(&["10.0.0.1"]));

    for url in [
        "http://10.0.0.1/",
        "http://internal.example.com/",
        "http://nas.local/",
        "http://93.184.216.34:25/",
        "http://unknown.example.com/",
    ] {
        proxy.send(&get_request(url)).await;
    }

    let status = |url: &str| session.connect_status(&url.parse().expect(url));
    let denied = |reason| Some(ConnectStatus::Failed(DialError::Denied(reason)));
    assert_eq!(status("http://10.0.0.1/any"), denied(Denied::Address));
    assert_eq!(status("http://internal.example.com./"), denied(Denied::Address));
    assert_eq!(status("http://nas.local/"), denied(Denied::Name));
    assert_eq!(status("https://93.184.216.34:25/"), denied(Denied::Port));
    assert_eq!(status("http://unknown.example.com/"), Some(ConnectStatus::Failed(DialError::NoSuchName)));
    assert_eq!(status("https://unknown.example.com/"), None, "another port");
    assert_eq!(
        session.report().blocked,
        blocked([(BlockedClass::Name, 1), (BlockedClass::Port, 1), (BlockedClass::PrivateAddress, 2)])
    );
}

#[tokio::test]
async fn a_host_that_the_policy_denies_is_not_resolved() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    proxy.names.set("nas.local", DnsData::addresses(&["93.184.216.34"]));
    proxy.names.set("mail.example.com", DnsData::addresses(&["93.184.216.34"]));

    proxy.send(&connect_request("nas.local:80")).await;
    proxy.send(&connect_request("mail.example.com:25")).await;

    let status = |url: &str| session.connect_status(&url.parse().expect(url));
    let denied = |reason| Some(ConnectStatus::Failed(DialError::Denied(reason)));
    assert_eq!(status("http://nas.local/"), denied(Denied::Name));
    assert_eq!(status("http://mail.example.com:25/"), denied(Denied::Port));
    assert_eq!(proxy.names.queries("nas.local") + proxy.names.queries("mail.example.com"), 0);
}

#[tokio::test]
async fn a_host_that_refuses_connections_is_a_bad_gateway() {
    let site = TestSite::start().await;
    let (address, url) = (site.address.to_string(), site.url("/"));
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    site.close().await;

    let expected = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(proxy.send(&connect_request(&address)).await, expected);
    assert_eq!(proxy.send(&get_request(url.as_str())).await, expected);
    assert_eq!(session.connect_status(&url), Some(ConnectStatus::Failed(DialError::Refused)));
    assert!(session.report().blocked.is_empty());
}

#[tokio::test]
async fn every_request_is_denied_while_no_session_is_open() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;

    let before = proxy.send(&connect_request(&site.address.to_string())).await;
    drop(proxy.inner.open_session());
    let after = proxy.send(&get_request(site.url("/").as_str())).await;

    assert_eq!((before.as_str(), after.as_str()), (FORBIDDEN, FORBIDDEN));
    assert!(site.connections().is_empty());
}
