//! Authenticates the caller of a request, and checks the scopes of its key.
//!
//! The derived security schemes only document how to send a key. They do not verify it,
//! because poem-openapi replaces their errors with a generic one.

use std::marker::PhantomData;
use std::time::Instant;

use domain::key::{self, Caller, Scope, VerifyError};
use poem::http::header;
use poem::{Request, RequestBody};
use poem_openapi::auth::{ApiKey, Bearer};
use poem_openapi::registry::Registry;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};

use crate::app::App;
use crate::client::{self, TooMany};
use crate::error::code::Code;
use crate::error::problem::{Problem, internal};
use crate::extract::{credentials, idempotency_key, query};
use crate::request_log::RequestIdentity;
use crate::respond::headers::whole_seconds;

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

/// The verified owner of an API key that has the scope `S`: [`Render`], [`Read`], or `()` for
/// any key. Every operation states its scope in its signature.
pub(crate) struct Auth<S>(pub(crate) Caller, PhantomData<S>);

/// A scope that an operation requires.
pub(crate) trait RequiredScope: Send + Sync + 'static {
    const SCOPE: Option<Scope>;
}

/// Requires the scope `render`: submit, cancel and retry jobs.
pub(crate) enum Render {}

/// Requires the scope `read`: every `GET`.
pub(crate) enum Read {}

impl RequiredScope for Render {
    const SCOPE: Option<Scope> = Some(Scope::Render);
}

impl RequiredScope for Read {
    const SCOPE: Option<Scope> = Some(Scope::Read);
}

impl RequiredScope for () {
    const SCOPE: Option<Scope> = None;
}

impl<'a, S: RequiredScope> ApiExtractor<'a> for Auth<S> {
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
        let key = credentials::find(request)?;
        let key = key.ok_or_else(|| unauthorized("send your API key in the `X-API-Key` header"))?;
        let caller = verify(app, request, key).await?;
        let caller = match request.data::<RequestIdentity>() {
            Some(identity) => identity.identify(caller),
            None => caller,
        };
        if let Some(scope) = S::SCOPE {
            caller.require(scope).map_err(Problem::from)?;
        }
        query::validate(request, &app.document)?;
        idempotency_key::reject_unreadable(request)?;
        Ok(Self(caller, PhantomData))
    }
}

/// Verifies a key. An invalid one counts against the budget of the client's address; a valid
/// one works whatever the budget, so nobody is locked out by a neighbor.
async fn verify(app: &App, request: &Request, key: &[u8]) -> Result<Caller, Problem> {
    let verified = match str::from_utf8(key) {
        Ok(key) => key::verify(&app.db, key).await,
        Err(_) => Err(VerifyError::Invalid),
    };
    match verified {
        Ok(caller) => Ok(caller),
        Err(VerifyError::Db(error)) => Err(error.into()),
        Err(VerifyError::Invalid) => {
            let address = client::address(request, &app.trusted_proxies);
            app.invalid_keys.record(address, Instant::now()).map_err(too_many)?;
            Err(unauthorized("the API key is not valid"))
        }
    }
}

fn too_many(TooMany { retry_after }: TooMany) -> Problem {
    let message = "the API key is not valid, and too many invalid keys were sent from this address; check your key";
    Problem::new(Code::RateLimitExceeded, message).retry_after(whole_seconds(retry_after.as_secs_f64()).max(1))
}

fn unauthorized(message: &str) -> Problem {
    Problem::new(Code::InvalidApiKey, message).header(header::WWW_AUTHENTICATE, &"Bearer")
}
