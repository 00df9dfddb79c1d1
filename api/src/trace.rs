//! What tells requests apart in logs and for callers: the request id and the trace.

use poem::http::HeaderMap;

/// The longest id of a caller that is used.
const MAX_ID_BYTES: usize = 128;

/// The id of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The caller's `X-Request-Id`, if there is one that is safe to repeat in headers, logs and
    /// JSON; otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let sent = only(headers, "x-request-id").filter(|id| is_safe(id));
        Self(sent.map_or_else(|| uuid::Uuid::now_v7().simple().to_string(), str::to_owned))
    }
}

/// Returns the trace id of a `traceparent` header (W3C Trace Context, level 1). Later versions may
/// append fields.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut fields = only(headers, "traceparent")?.split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_id = |id: &str, digits| is_hex(id, digits) && id.bytes().any(|byte| byte != b'0');
    let is_complete = version != "00" || fields.next().is_none();
    let is_valid = is_hex(version, 2) && version != "ff" && is_complete && is_hex(flags, 2);
    (is_valid && is_id(trace, 32) && is_id(parent, 16)).then_some(trace)
}

/// Returns the value of a header that was sent once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_safe(id: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@~".contains(&byte);
    (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(is_safe)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{RequestId, trace_id};

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let header = |value: &&str| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).expect("a header"))
        };
        values.iter().map(header).collect()
    }

    #[test]
    fn an_id_that_is_not_safe_to_repeat_is_replaced() {
        for id in
            ["", &"a".repeat(129), "a b", "a\"b", "<script>", "ü", "a;b", "a,b", "${jndi:x}", "%0a", "a'b", "a\\b"]
        {
            let RequestId(own) = RequestId::of(&headers("x-request-id", &[id]));

            assert_eq!(own.len(), 32, "{id:?}");
        }
        let RequestId(own) = RequestId::of(&headers("x-request-id", &["a", "a"]));
        assert_eq!(own.len(), 32, "which of the two is unclear");
    }

    #[test]
    fn ids_that_are_common_in_the_field_are_kept() {
        for id in [
            "a",
            &"a".repeat(128),
            "0198f2c1-7a3e-7000-8000-000000000000",
            "Root=1-67891233-abcdef012345678912345678",
            "f5d1/req-0001:2@host+1~x_y.z",
        ] {
            assert_eq!(RequestId::of(&headers("x-request-id", &[id])), RequestId(id.to_owned()));
        }
    }

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn the_trace_of_a_valid_header_is_known() {
        for rest in ["00f067aa0ba902b7-01", "00f067aa0ba902b7-00"] {
            assert_eq!(trace_id(&headers("traceparent", &[&format!("00-{TRACE}-{rest}")])), Some(TRACE));
        }
        let later = format!("cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-brings");
        assert_eq!(trace_id(&headers("traceparent", &[&later])), Some(TRACE));
    }

    #[test]
    fn an_invalid_trace_is_ignored() {
        let (zeros, parent) = ("0".repeat(32), "00f067aa0ba902b7");
        for bad in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-{parent}"),
            format!("00-{TRACE}-{parent}-01-more"),
            format!("ff-{TRACE}-{parent}-01"),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{parent}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}a-{parent}-01"),
            format!("00-{TRACE}-{parent}-1"),
            format!(" 00-{TRACE}-{parent}-01"),
        ] {
            assert_eq!(trace_id(&headers("traceparent", &[&bad])), None, "{bad:?}");
        }
        let valid = format!("00-{TRACE}-{parent}-01");
        assert_eq!(trace_id(&headers("traceparent", &[&valid, &valid])), None);
    }
}
