//! Sessions: when they end, and the connections and resolved names that belong to them.

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fixtures::{CONNECTED, FORBIDDEN, TestProxy, TestSite, get_request, is_closed, read_response};
use super::name_server::DnsData;

#[tokio::test]
async fn a_name_keeps_its_address_for_the_whole_session() {
    let mut site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let name = format!("rebind.example.com:{}", site.port());
    let session = proxy.inner.open_session();
    proxy.names.set("rebind.example.com", DnsData::addresses(&["127.0.0.1"]));
    let (_open, first) = proxy.open_tunnel(&name).await;

    proxy.names.set("rebind.example.com", DnsData::addresses(&["127.0.0.2"]));
    let (_other, second) = proxy.open_tunnel(&name).await;

    assert_eq!((first.as_str(), second.as_str()), (CONNECTED, CONNECTED));
    assert_eq!(proxy.names.queries("rebind.example.com"), 1);
    drop(session);
    let _next = proxy.inner.open_session();
    assert_eq!(proxy.open_tunnel(&name).await.1, FORBIDDEN, "the next session resolves it again");
    assert_eq!(proxy.names.queries("rebind.example.com"), 2);
    assert_eq!(site.connections(), ["site", "site"]);
}

#[tokio::test]
async fn concurrent_connections_to_a_name_share_one_query() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();
    proxy.names.set("shared.example.com", DnsData::addresses(&["127.0.0.1"]));
    let name = format!("shared.example.com:{}", site.port());

    let responses = join_all((0..6).map(|_| proxy.open_tunnel(&name))).await;

    assert!(responses.iter().all(|(_, response)| response == CONNECTED));
    assert_eq!(proxy.names.queries("shared.example.com"), 1);
}

#[tokio::test]
async fn the_end_of_a_session_closes_its_connections() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    let (mut tunnel, _) = proxy.open_tunnel(&site.address.to_string()).await;
    let mut plain = proxy.connect().await;
    plain.write_all(get_request(site.url("/").as_str()).as_bytes()).await.expect("written");
    read_response(&mut plain).await;

    drop(session);

    assert!(is_closed(&mut tunnel).await && is_closed(&mut plain).await);
    let _next = proxy.inner.open_session();
    assert_eq!(proxy.open_tunnel(&site.address.to_string()).await.1, CONNECTED);
}

#[tokio::test]
async fn opening_a_session_ends_the_previous_one() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let first = proxy.inner.open_session();
    let (mut old, _) = proxy.open_tunnel(&site.address.to_string()).await;

    let second = proxy.inner.open_session();
    assert!(is_closed(&mut old).await);
    drop(first);

    assert_eq!(proxy.open_tunnel(&site.address.to_string()).await.1, CONNECTED);
    assert_eq!(second.report().attempts, 1);
}

#[tokio::test]
async fn dropping_the_proxy_closes_all_connections() {
    let site = TestSite::start().await;
    let proxy = TestProxy::allowing(&site).await;
    let session = proxy.inner.open_session();
    let (mut tunnel, _) = proxy.open_tunnel(&site.address.to_string()).await;

    drop(proxy.inner);

    assert!(is_closed(&mut tunnel).await);
    while TcpStream::connect(proxy.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(session.report().attempts, 1);
}
