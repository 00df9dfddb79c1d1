//! How a request becomes a caller's.
//!
//! The derived security schemes document both ways to send a key; the verdict is ours,
//! for an error of theirs is replaced by a generic one on its way out.

use domain::key::{self, Caller, VerifyError};
use poem::http::header;
use poem::{Request, RequestBody};
use poem_openapi::auth::{ApiKey, Bearer};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};

use crate::check::shortened;
use crate::document::in_query;
use crate::problem::{Code, Problem};
use crate::service::Service;
use crate::wire::error::FieldError;

/// The key, as the header that this service is named for in every SDK.
#[derive(SecurityScheme)]
#[oai(rename = "ApiKey", ty = "api_key", key_in = "header", key_name = "X-API-Key")]
#[expect(dead_code, reason = "documents the scheme")]
struct KeyScheme(ApiKey);

/// The key, as a bearer token.
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

/// The verified owner of the key that was sent.
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
        let service = request.data::<Service>().ok_or_else(|| Problem::new(Code::Internal, "no service"))?;
        let key = sent(request).ok_or_else(|| refused("send your key in the `X-API-Key` header"))?;
        match key::verify(&service.db, key).await {
            Ok(caller) => {
                known_parameters(request)?;
                readable_once(request)?;
                Ok(Self(caller))
            }
            Err(VerifyError::Invalid) => Err(refused("the API key is not valid").into()),
            Err(VerifyError::Db(error)) => Err(Problem::from(error).into()),
        }
    }
}

/// The one key that was sent. More than one is none.
fn sent(request: &Request) -> Option<&str> {
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

/// No parameter in the query is ignored: the document knows it, or it is refused.
fn known_parameters(request: &Request) -> Result<(), Problem> {
    let query = request.uri().query().unwrap_or_default();
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
    let known = in_query(request.uri().path(), request.method().as_str());
    let Some(name) = names.find(|name| !known.contains(name)) else { return Ok(()) };
    let message = match known.as_slice() {
        [] => "is not supported in the query: leave it out".to_owned(),
        known => format!("is not supported in the query, which may have: {}", known.join(", ")),
    };
    Err(Problem::invalid(vec![FieldError::new(shortened(name), message)]))
}

fn refused(message: &str) -> Problem {
    Problem::new(Code::InvalidApiKey, message).header(header::WWW_AUTHENTICATE, &"Bearer")
}

/// A header that cannot be read would pass for none, and the call for one that is done as
/// often as it is sent.
fn readable_once(request: &Request) -> Result<(), Problem> {
    let mut keys = request.headers().get_all("idempotency-key").iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(()),
        (Some(key), None) if key.to_str().is_ok() => Ok(()),
        _ => {
            Err(Problem::invalid(vec![FieldError::new("Idempotency-Key", "must be one, of visible ASCII characters")]))
        }
    }
}
