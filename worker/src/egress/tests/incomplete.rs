//! Responses that end before they are complete: a browser must not take them for complete ones.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::fixtures::{TestProxy, TestSite, get_request};

/// Sends one request, and returns everything the proxy sends until it closes the connection.
async fn received(response: &'static str) -> String {
    let site = TestSite::responding(response).await;
    let proxy = TestProxy::allowing(&site).await;
    let _session = proxy.inner.open_session();
    let mut browser = proxy.connect().await;
    // So that the proxy closes the connection after a complete response, too.
    let request = get_request(site.url("/").as_str()).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    browser.write_all(request.as_bytes()).await.expect("written");
    let mut received = Vec::new();
    let _reset_or_closed = browser.read_to_end(&mut received).await;
    String::from_utf8(received).expect("ASCII").replace("connection: close\r\n", "")
}

#[tokio::test]
async fn a_response_shorter_than_its_content_length_stays_shorter() {
    assert_eq!(
        received("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf\0").await,
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    );
}

#[tokio::test]
async fn a_chunked_response_without_its_last_chunk_stays_without_it() {
    for response in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n\0",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n9\r\nth\0",
    ] {
        let received = received(response).await;

        assert!(
            received.starts_with("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
            "{received:?}"
        );
        assert!(!received.ends_with("0\r\n\r\n"), "{received:?}");
    }
}

#[tokio::test]
async fn a_response_that_ends_with_its_connection_is_complete() {
    assert_eq!(
        received("HTTP/1.1 200 OK\r\n\r\nwhole\0").await,
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n"
    );
}

#[tokio::test]
async fn a_wrong_content_encoding_is_passed_on_unchanged() {
    assert_eq!(
        received("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain\0").await,
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain"
    );
}

#[tokio::test]
async fn a_response_without_content_is_complete() {
    assert_eq!(received("HTTP/1.1 204 No Content\r\n\r\n\0").await, "HTTP/1.1 204 No Content\r\n\r\n");
}

#[tokio::test]
async fn an_empty_reply_stays_empty() {
    assert_eq!(received("\0").await, "");
}
