//! Tunnels and forwarded requests.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::fixtures::{CONNECTED, NO_CONTENT, TestProxy, TestSite, get_request, read_response};
use crate::egress::status::ConnectStatus;

#[tokio::test]
async fn a_tunnel_carries_bytes_in_both_directions() {
    let mut site = TestSite::responding("pong").await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();

    let (mut browser, response) = proxy.open_tunnel(&site.address.to_string()).await;
    browser.write_all(b"ping\r\n\r\n").await.expect("written");
    let mut received = [0; 4];
    browser.read_exact(&mut received).await.expect("a response");

    assert_eq!(response, CONNECTED);
    assert_eq!((&received, site.requests()), (b"pong", vec!["ping\r\n\r\n".to_owned()]));
    assert_eq!(session.connect_status(&site.url("/any")), Some(ConnectStatus::Connected));
    assert_eq!(session.connect_status(&"http://elsewhere.example.com/".parse().expect("a URL")), None);
    let report = session.report();
    assert_eq!((report.attempts, report.bytes_sent, report.bytes_received), (1, 8, 4));
    assert!(report.resolve_duration.is_some() && report.connect_duration.is_some() && report.blocked.is_empty());
    assert_eq!(site.connections(), ["site"]);
}

#[tokio::test]
async fn a_forwarded_request_has_its_host_header_replaced_and_hop_by_hop_headers_removed() {
    let site = TestSite::responding(
        "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\
         Proxy-Authenticate: Basic\r\nX-Page: 1\r\n\r\nok",
    )
    .await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();

    let response = proxy
        .send(&format!(
            "GET {} HTTP/1.1\r\nHost: 169.254.169.254\r\nhost: other\r\nProxy-Connection: keep-alive\r\n\
             Proxy-Authorization: Basic eDp5\r\nConnection: x-hop, upgrade\r\nUpgrade: websocket\r\nX-Hop: 1\r\n\
             TE: trailers\r\nAccept: */*\r\n\r\n",
            site.url("/a?b")
        ))
        .await;

    assert_eq!(response, "HTTP/1.1 200 Fine\r\ncontent-length: 2\r\nx-page: 1\r\n\r\nok");
    assert_eq!(site.requests(), [format!("GET /a?b HTTP/1.1\r\nhost: {}\r\naccept: */*\r\n\r\n", site.address)]);
}

#[tokio::test]
async fn a_request_body_is_forwarded_unchanged() {
    let site = TestSite::responding_after("END", NO_CONTENT).await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();
    let post = |rest: &str| format!("POST {} HTTP/1.1\r\nHost: x\r\n{rest}", site.url("/"));

    proxy.send(&post("Content-Length: 6\r\n\r\na\r\nEND")).await;
    proxy.send(&post("Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nEND\r\n0\r\n\r\n")).await;

    let head = format!("POST / HTTP/1.1\r\nhost: {}\r\n", site.address);
    let plain = format!("{head}content-length: 6\r\n\r\na\r\nEND");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n3\r\nEND");
    assert_eq!(site.requests(), [plain, chunked]);
}

#[tokio::test]
async fn an_upstream_connection_is_reused_for_the_same_host() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();

    let mut browser = proxy.connect().await;
    for _ in 0..3 {
        browser.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
        assert_eq!(read_response(&mut browser).await, NO_CONTENT);
    }

    assert_eq!((site.connections(), site.requests().len()), (vec!["site"], 3));
    assert_eq!(session.report().attempts, 1);
}

#[tokio::test]
async fn a_closed_upstream_connection_is_replaced() {
    let mut site = TestSite::responding("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n\0").await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();

    let mut browser = proxy.connect().await;
    for _ in 0..3 {
        browser.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
        assert_eq!(read_response(&mut browser).await, NO_CONTENT);
    }

    assert_eq!(site.connections(), ["site", "site", "site"]);
}

#[tokio::test]
async fn a_broken_upstream_response_closes_the_browsers_connection() {
    for response in ["\0", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "nonsense\r\n\r\n"] {
        let site = TestSite::responding(response).await;
        let proxy = TestProxy::allowing(&site).await;
        let _session = proxy.inner.open_session();

        assert_eq!(proxy.send(&get_request(site.url("/").as_str())).await, "", "{response:?}");
    }
}

#[tokio::test]
async fn a_response_is_streamed_before_it_is_complete() {
    let site = TestSite::responding("HTTP/1.1 200 OK\r\n\r\nfirst").await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();

    let mut browser = proxy.connect().await;
    browser.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
    let head = read_response(&mut browser).await;
    let mut chunk = [0; 10];
    browser.read_exact(&mut chunk).await.expect("a chunk");

    assert_eq!(head, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(&chunk, b"5\r\nfirst\r\n");
}
