//! `GET /v1/usage`

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::extract::auth::{Auth, Read};
use crate::extract::json::StrictJson;
use crate::wire::response::usage::Usage;

pub(crate) struct UsageApi;

pub(crate) struct GetUsageErrors;

impl ErrorCodes for GetUsageErrors {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::ValidationError, Code::DatabaseUnavailable];
}

#[OpenApi]
impl UsageApi {
    /// Get your usage per day
    ///
    /// Returns what the jobs of your account cost on each day, in UTC, including days without
    /// jobs. A failure and its refund count on the day on which the job failed.
    #[oai(path = "/v1/usage", method = "get", operation_id = "getUsage", tag = "Tag::Account")]
    async fn usage(
        &self,
        app: Data<&App>,
        auth: Auth<Read>,
        /// The first day, such as `2026-01-01`. The default is 29 days before `to`; at most 365
        /// days before it.
        from: Query<Option<NaiveDate>>,
        /// The last day, such as `2026-01-31`. The default is today.
        to: Query<Option<NaiveDate>>,
    ) -> Result<StrictJson<Usage>, DocumentedError<GetUsageErrors>> {
        Ok(StrictJson(domain::usage::usage(&app.db, &auth.0, from.0, to.0).await?.into()))
    }
}
