//! The place of a span in a trace, as W3C Trace Context writes it.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The place of a span in a trace: the value of a `traceparent` header.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceContext(pub(super) SpanContext);

/// It is not the value of a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid traceparent")]
pub struct InvalidTraceContext;

impl TraceContext {
    /// Returns the id of the trace, 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.0.trace_id().to_string()
    }

    /// Whether the trace is recorded by those who started it.
    pub fn is_sampled(&self) -> bool {
        self.0.is_sampled()
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;

    /// Reads the header of W3C Trace Context, level 1. Later versions may append fields, and set flags whose
    /// meaning is unknown here.
    fn from_str(header: &str) -> Result<Self, InvalidTraceContext> {
        let mut fields = header.split('-');
        let mut field = |digits| fields.next().filter(|text| is_hex(text, digits)).ok_or(InvalidTraceContext);
        let (version, trace, span, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        if version == "ff" || (version == "00" && fields.next().is_some()) {
            return Err(InvalidTraceContext);
        }
        let trace = TraceId::from_hex(trace).map_err(|_| InvalidTraceContext)?;
        let span = SpanId::from_hex(span).map_err(|_| InvalidTraceContext)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| InvalidTraceContext)?;
        let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
        let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
        if context.is_valid() { Ok(Self(context)) } else { Err(InvalidTraceContext) }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled());
        write!(f, "00-{}-{}-{flags:02x}", self.0.trace_id(), self.0.span_id())
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn parse(header: &str) -> Option<String> {
        header.parse().ok().map(|context: TraceContext| context.to_string())
    }

    #[test]
    fn the_context_of_a_valid_header_is_passed_on() {
        for flags in ["00", "01"] {
            let header = format!("00-{TRACE}-{SPAN}-{flags}");
            assert_eq!(parse(&header), Some(header));
        }
        assert_eq!(parse(&format!("00-{TRACE}-{SPAN}-03")), Some(format!("00-{TRACE}-{SPAN}-01")));
        assert_eq!(parse(&format!("00-{TRACE}-{SPAN}-fe")), Some(format!("00-{TRACE}-{SPAN}-00")));
        let later = format!("cc-{TRACE}-{SPAN}-01-what-the-future-brings");
        assert_eq!(parse(&later), Some(format!("00-{TRACE}-{SPAN}-01")));
    }

    #[test]
    fn an_invalid_header_is_ignored() {
        let zeros = "0".repeat(32);
        for bad in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}a-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-+1"),
            format!(" 00-{TRACE}-{SPAN}-01"),
        ] {
            assert_eq!(parse(&bad), None, "{bad:?}");
        }
    }
}
