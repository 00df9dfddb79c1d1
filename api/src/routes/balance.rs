//! `GET /v1/balance`

use domain::account;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::auth::Auth;
use crate::problem::{Code, Documented, Refusal};
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::account::Balance;

pub(crate) struct Routes;

pub(crate) struct Reading;

impl Documented for Reading {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::DatabaseUnavailable];
}

#[OpenApi]
impl Routes {
    /// What your account has left
    #[oai(path = "/v1/balance", method = "get", operation_id = "getBalance", tag = "Tag::Account")]
    async fn balance(&self, service: Data<&Service>, auth: Auth) -> Result<Strict<Balance>, Refusal<Reading>> {
        Ok(Strict(account::balance(&service.db, &auth.0).await?.into()))
    }
}
