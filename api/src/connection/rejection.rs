//! Responses to what is not a valid HTTP request.
//!
//! hyper responds to it before there is a request that a route could see, with a status and no
//! body. This recognises such a response and replaces it by one like every other error.

use poem::http::StatusCode;

use crate::error::code::Code;
use crate::error::problem::Problem;

/// The longest head of a response without a body that hyper writes: a status line, `connection`,
/// `content-length` and `date`.
const MAX_HEAD_BYTES: usize = 256;

/// Returns the replacement for a response that hyper wrote by itself, or `None` for any other.
pub(super) fn replacement(written: &[u8]) -> Option<Vec<u8>> {
    if written.len() > MAX_HEAD_BYTES || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = str::from_utf8(written).ok()?.to_ascii_lowercase();
    if !head.ends_with("\r\n\r\n") || !head.contains("\r\ncontent-length: 0\r\n") || head.contains("\r\nx-request-id:")
    {
        return None;
    }
    let (code, message) = match head.get(9..12)? {
        "400" => (Code::MalformedJson, "the request is not valid HTTP: check the path, headers and `Content-Length`"),
        "414" => (Code::PayloadTooLarge, "the path and query are too long"),
        "431" => (Code::PayloadTooLarge, "the headers are too large"),
        _ => return None,
    };
    let status: u16 = head.get(9..12)?.parse().ok()?;
    Some(response(StatusCode::from_u16(status).ok()?, &Problem::new(code, message)))
}

fn response(status: StatusCode, problem: &Problem) -> Vec<u8> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    tracing::info!(request.id = %id, status = status.as_u16(), "rejected what is not a valid HTTP request");
    let body = problem.body(&id);
    let reason = status.canonical_reason().unwrap_or("Error");
    let head = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n\
         x-request-id: {id}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        status.as_u16(),
        body.len(),
    );
    (head + &body).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::replacement;

    #[test]
    fn only_an_error_that_no_route_wrote_is_replaced() {
        let own = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let replaced = String::from_utf8(replacement(own.as_bytes()).expect("a response")).expect("text");

        assert!(replaced.starts_with("HTTP/1.1 400 Bad Request\r\n") && replaced.ends_with('}'), "{replaced}");
        for other in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n",
        ] {
            assert_eq!(replacement(other.as_bytes()), None, "{other}");
        }
    }
}
