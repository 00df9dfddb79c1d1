//! What tells requests apart in logs and for callers: the request id and the trace.

use poem::http::HeaderMap;
use service::trace::TraceContext;

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

/// Returns the caller's place in a trace, if there is one that is valid.
pub(crate) fn trace_context(headers: &HeaderMap) -> Option<TraceContext> {
    only(headers, "traceparent")?.parse().ok()
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

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{RequestId, trace_context};

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

    #[test]
    fn a_trace_that_is_sent_twice_is_ignored() {
        let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        let once = trace_context(&headers("traceparent", &[valid])).map(|context| context.to_string());

        assert_eq!(once.as_deref(), Some(valid));
        assert_eq!(trace_context(&headers("traceparent", &[valid, valid])), None);
        assert_eq!(trace_context(&headers("traceparent", &["00-0-0-0"])), None);
    }
}
