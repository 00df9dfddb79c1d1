//! Authenticates the caller of a request.
//!
//! The derived security schemes only document how to send a key. They do not verify it,
//! because poem-openapi replaces their errors with a generic one.

use domain::key::{self, Caller, VerifyError};
use poem::http::header;
use poem::{Request, RequestBody};
use poem_openapi::auth::{ApiKey, Bearer};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};

use crate::app::App;
use crate::error::code::Code;
use crate::error::problem::{Problem, internal};
use crate::extract::{idempotency_key, query};

/// The API key, in the header that the SDKs use.
#[derive(SecurityScheme)]
#[oai(rename = "ApiKey", ty = "api_key", key_in = "header", key_name = "X-API-Key")]
#[expect(dead_code, reason = "documents the scheme")]
struct KeyScheme(ApiKey);

/// The API key, as a bearer token.
#[derive(SecurityScheme)]
#[oai(rename = "Bearer", ty = "bearer")]
#[expect(dead_code, reason = "documents the scheme")]
struct BearerScheme(Bearer);

#[derive(SecurityScheme)]
#[expect(dead_code, reason = "documents the schemes")]
enum Schemes {
    Key(KeyScheme),
    Bearer(BearerScheme),
}

/// The verified owner of the API key.
pub(crate) struct Auth(pub(crate) Caller);

impl<'a> ApiExtractor<'a> for Auth {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Schemes as ApiExtractor>::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        <Schemes as ApiExtractor>::security_schemes()
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = request.data::<App>().ok_or_else(internal)?;
        let key = api_key(request).ok_or_else(|| unauthorized("send your API key in the `X-API-Key` header"))?;
        match key::verify(&app.db, key).await {
            Ok(caller) => {
                query::reject_unknown(request, &app.document)?;
                idempotency_key::reject_unreadable(request)?;
                Ok(Self(caller))
            }
            Err(VerifyError::Invalid) => Err(unauthorized("the API key is not valid").into()),
            Err(VerifyError::Db(error)) => Err(Problem::from(error).into()),
        }
    }
}

/// Returns the API key, or `None` if several were sent.
fn api_key(request: &Request) -> Option<&str> {
    let mut keys = request.headers().get_all("x-api-key").iter();
    let mut tokens = request.headers().get_all(header::AUTHORIZATION).iter();
    match (keys.next(), keys.next(), tokens.next(), tokens.next()) {
        (Some(key), None, _, _) => key.to_str().ok(),
        (None, _, Some(token), None) => {
            let (scheme, token) = token.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        }
        _ => None,
    }
}

fn unauthorized(message: &str) -> Problem {
    Problem::new(Code::InvalidApiKey, message).header(header::WWW_AUTHENTICATE, &"Bearer")
}
