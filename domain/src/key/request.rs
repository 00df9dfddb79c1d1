//! The request of a caller.

/// The request of a caller. It is stored with the jobs that the request submits, so that they are found in the
/// logs and traces of every process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// Its id, of at most 128 characters.
    pub request_id: Option<String>,
    /// The place in its trace that the spans of its jobs refer to, as W3C Trace Context writes it.
    pub traceparent: Option<String>,
}
