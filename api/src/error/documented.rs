//! Errors in the OpenAPI document: the codes that each operation may return.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use strum::VariantArray;

use crate::error::body::ErrorBody;
use crate::error::code::Code;
use crate::error::problem::Problem;

/// The codes that every operation may return, and that no operation has to list.
const COMMON: &[Code] = &[
    Code::AmbiguousCredentials,
    Code::InvalidApiKey,
    Code::InsufficientScope,
    Code::ValidationError,
    Code::RateLimitExceeded,
    Code::Internal,
    Code::DatabaseUnavailable,
    Code::TooManyConnections,
];

/// The error of an operation whose possible codes, `C`, are in the document.
#[derive(Debug)]
pub(crate) struct DocumentedError<C>(Problem, PhantomData<C>);

/// The error codes that an operation may return, besides those that every operation may return.
pub(crate) trait ErrorCodes: Send + Sync + 'static {
    const CODES: &'static [Code];
}

impl<C, E: Into<Problem>> From<E> for DocumentedError<C> {
    fn from(error: E) -> Self {
        Self(error.into(), PhantomData)
    }
}

impl<C> From<DocumentedError<C>> for poem::Error {
    fn from(error: DocumentedError<C>) -> Self {
        error.0.into()
    }
}

impl<C: ErrorCodes> ApiResponse for DocumentedError<C> {
    fn meta() -> MetaResponses {
        // In the order of `Code`.
        let codes: Vec<_> =
            Code::VARIANTS.iter().filter(|code| COMMON.contains(code) || C::CODES.contains(code)).collect();
        let statuses: BTreeSet<u16> = codes.iter().map(|code| code.status().as_u16()).collect();
        MetaResponses { responses: statuses.into_iter().map(|status| response(status, &codes)).collect() }
    }

    fn register(registry: &mut Registry) {
        ErrorBody::register(registry);
    }
}

/// Describes the codes of one status.
fn response(status: u16, codes: &[&Code]) -> MetaResponse {
    let codes = codes.iter().filter(|code| code.status().as_u16() == status);
    let lines: Vec<_> = codes.map(|code| format!("`{}`: {}.", code.name(), code.meaning())).collect();
    let description = if let [only] = lines.as_slice() {
        only.clone()
    } else {
        lines.iter().map(|line| format!("* {line}")).collect::<Vec<_>>().join("\n")
    };
    let retry_after = MetaHeader {
        name: "Retry-After".into(),
        description: Some("Seconds to wait before retrying.".into()),
        required: true,
        deprecated: false,
        schema: u32::schema_ref(),
    };
    MetaResponse {
        // The registry requires a `&'static str`. There is one per operation and status.
        description: Box::leak(description.into_boxed_str()),
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: "application/json", schema: ErrorBody::schema_ref() }],
        headers: if matches!(status, 429 | 503) { vec![retry_after] } else { Vec::new() },
    }
}
