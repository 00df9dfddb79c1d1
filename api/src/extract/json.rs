//! JSON bodies, validated against the document with all errors reported at once.

use poem::error::ReadBodyError;
use poem::http::header;
use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};

use crate::app::App;
use crate::error::body::FieldError;
use crate::error::code::Code;
use crate::error::problem::{Problem, internal};

/// Maximum size of the body of a single job, in bytes.
const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// Maximum size of the body of a batch, in bytes.
const MAX_BULK_BODY_BYTES: usize = 24 * 1024 * 1024;

/// A JSON payload with exactly the media type `application/json`, in both directions.
pub(crate) struct StrictJson<T>(pub(crate) T);

impl<T: Type> StrictJson<T> {
    fn media() -> Vec<MetaMediaType> {
        vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: T::schema_ref() }]
    }
}

impl<T: Type> Payload for StrictJson<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for StrictJson<T> {
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
        check_media_type(request)?;
        let app = request.data::<App>().ok_or_else(internal)?;
        let max = if request.uri().path().ends_with("/bulk") { MAX_BULK_BODY_BYTES } else { MAX_BODY_BYTES };
        let bytes = body.take()?.into_bytes_limit(max).await.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => {
                Problem::new(Code::PayloadTooLarge, format!("the body must be at most {max} bytes long"))
            }
            error @ (ReadBodyError::BodyHasBeenTaken | ReadBodyError::Utf8(_) | ReadBodyError::Io(_)) => {
                Problem::new(Code::MalformedJson, format!("the body could not be read: {error}"))
            }
        })?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {error}")))?;
        let errors = app.document.validate(&T::name(), &value);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors).into());
        }
        let parsed = T::parse_from_json(Some(value));
        let body = parsed.map_err(|error| Problem::invalid(vec![FieldError::new("body", error.into_message())]))?;
        Ok(Self(body))
    }
}

fn check_media_type(request: &Request) -> Result<(), Problem> {
    let is_json = request.content_type().is_some_and(|content_type| {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(Problem::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`"));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType, "send the body without `Content-Encoding`"));
    }
    Ok(())
}

impl<T: ToJSON> IntoResponse for StrictJson<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type("application/json").body(self.0.to_json_string())
    }
}

impl<T: ToJSON> ApiResponse for StrictJson<T> {
    fn meta() -> MetaResponses {
        let (status, content) = (Some(200), Self::media());
        let response = MetaResponse { description: "Success.", status, status_range: None, content, headers: vec![] };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
