//! A JSON body that is checked against the document, and every fault in it named at once.

use poem::error::ReadBodyError;
use poem::http::header;
use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};

use crate::check::check;
use crate::document::document;
use crate::problem::{Code, Problem};
use crate::wire::error::FieldError;

/// Longest body of one job, and of a batch.
const LONGEST: usize = 6 * 1024 * 1024;
const LONGEST_BULK: usize = 24 * 1024 * 1024;

/// A JSON payload: `application/json` to the letter, both ways.
pub(crate) struct Strict<T>(pub(crate) T);

impl<T: Type> Strict<T> {
    /// How the document describes it.
    pub(crate) fn media() -> Vec<MetaMediaType> {
        vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: T::schema_ref() }]
    }
}

impl<T: Type> Payload for Strict<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Strict<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest { description: None, content: Self::media(), required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        accepts(request)?;
        let limit = if request.uri().path().ends_with("/bulk") { LONGEST_BULK } else { LONGEST };
        let bytes = body.take()?.into_bytes_limit(limit).await.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => {
                Problem::new(Code::PayloadTooLarge, format!("the body is longer than {limit} bytes"))
            }
            error @ (ReadBodyError::BodyHasBeenTaken | ReadBodyError::Utf8(_) | ReadBodyError::Io(_)) => {
                Problem::new(Code::MalformedJson, format!("the body could not be read: {error}"))
            }
        })?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::new(Code::MalformedJson, format!("the body is not JSON: {error}")))?;
        let errors = check(document(), &T::name(), &value);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors).into());
        }
        let parsed = T::parse_from_json(Some(value));
        let body = parsed.map_err(|error| Problem::invalid(vec![FieldError::new("body", error.into_message())]))?;
        Ok(Self(body))
    }
}

/// Plain JSON.
fn accepts(request: &Request) -> Result<(), Problem> {
    let json = request.content_type().is_some_and(|sent| {
        let essence = sent.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !json {
        return Err(Problem::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`"));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType, "send the body without `Content-Encoding`"));
    }
    Ok(())
}

impl<T: ToJSON> IntoResponse for Strict<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type("application/json").body(self.0.to_json_string())
    }
}

impl<T: ToJSON> ApiResponse for Strict<T> {
    fn meta() -> MetaResponses {
        let (status, content) = (Some(200), Self::media());
        let response = MetaResponse { description: "Done.", status, status_range: None, content, headers: vec![] };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
