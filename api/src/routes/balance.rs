//! `GET /v1/balance`

use domain::account;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::extract::auth::{Auth, Read};
use crate::extract::json::StrictJson;
use crate::wire::response::account::Balance;

pub(crate) struct BalanceApi;

pub(crate) struct GetBalanceErrors;

impl ErrorCodes for GetBalanceErrors {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::DatabaseUnavailable];
}

#[OpenApi]
impl BalanceApi {
    /// Get the balance of your account
    ///
    /// Returns the credits that are left, and whether the account may submit jobs. A job costs one
    /// credit when it is submitted, and a failed job is refunded.
    #[oai(path = "/v1/balance", method = "get", operation_id = "getBalance", tag = "Tag::Account")]
    async fn balance(
        &self,
        app: Data<&App>,
        auth: Auth<Read>,
    ) -> Result<StrictJson<Balance>, DocumentedError<GetBalanceErrors>> {
        Ok(StrictJson(account::balance(&app.db, &auth.0).await?.into()))
    }
}
