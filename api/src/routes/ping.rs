//! `GET /v1/ping`

use poem_openapi::OpenApi;

use super::tag::Tag;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::extract::auth::Auth;
use crate::extract::json::StrictJson;
use crate::wire::response::account::Pong;

pub(crate) struct PingApi;

pub(crate) struct PingErrors;

impl ErrorCodes for PingErrors {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::DatabaseUnavailable];
}

#[OpenApi]
impl PingApi {
    /// Check your API key
    ///
    /// Succeeds if the API key is valid, and does nothing else.
    #[expect(clippy::unused_async, reason = "operations are async functions")]
    #[oai(path = "/v1/ping", method = "get", operation_id = "ping", tag = "Tag::Account")]
    async fn ping(&self, _auth: Auth<()>) -> Result<StrictJson<Pong>, DocumentedError<PingErrors>> {
        Ok(StrictJson(Pong { status: "ok".to_owned() }))
    }
}
