//! JSON bodies, validated against the document with all errors reported at once.

mod body;
pub(crate) mod semantics;
mod text;

use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};

use crate::app::App;
use crate::error::body::FieldError;
use crate::error::problem::{Problem, internal};
use crate::extract::json::semantics::Semantics;

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

impl<'a, T: Semantics> ApiExtractor<'a> for StrictJson<T> {
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
        let app = request.data::<App>().ok_or_else(internal)?;
        let bytes = body::read(request, body).await?;
        let validated = app.document.validate(&T::name(), text::parse(&bytes)?);
        if !validated.errors.is_empty() {
            return Err(Problem::invalid(semantics::all_errors::<T>(validated, app.environment())).into());
        }
        let parsed = T::parse_from_json(Some(validated.value));
        Ok(Self(parsed.map_err(|_| Problem::invalid(vec![FieldError::new("body", "does not match its schema")]))?))
    }
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
