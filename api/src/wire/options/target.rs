//! The page to render: a URL or HTML.

use domain::options::{Source, TargetUrl};

use crate::error::body::FieldError;
use crate::error::code::Code;
use crate::error::problem::Problem;
use crate::wire::context::ParseContext;

/// Maximum length of `html`, in bytes.
const MAX_HTML_BYTES: usize = 5 * 1024 * 1024;

/// Parses `url` and `html`. Exactly one of them must be present. Reports invalid fields in
/// the context, and returns an error with a code of its own if the target is denied or too
/// large.
pub(crate) fn parse(
    url: Option<String>,
    html: Option<String>,
    context: &mut ParseContext<'_>,
) -> Result<Option<Source>, Problem> {
    match (url, html) {
        (Some(url), None) => Ok(parse_url("url", &url, context)?.map(Source::Url)),
        (None, Some(html)) if html.len() > MAX_HTML_BYTES => {
            let field = context.path("html");
            let message = format!("`{field}` is {} bytes long; the maximum is {MAX_HTML_BYTES}", html.len());
            Err(Problem::new(Code::PayloadTooLarge, message))
        }
        (None, Some(html)) if html.trim().is_empty() => {
            context.error("html", "must not be empty");
            Ok(None)
        }
        (None, Some(html)) => Ok(Some(Source::Html(html))),
        (Some(_), Some(_)) => {
            context.error("html", "must not be sent together with `url`");
            Ok(None)
        }
        (None, None) => {
            context.error("url", "is required, unless `html` is sent");
            Ok(None)
        }
    }
}

/// Parses `base_url`, which only `html` can have. The egress policy applies to it as to `url`.
pub(crate) fn parse_base_url(
    base_url: Option<&str>,
    source: Option<&Source>,
    context: &mut ParseContext<'_>,
) -> Result<Option<TargetUrl>, Problem> {
    let Some(base_url) = base_url else { return Ok(None) };
    if matches!(source, Some(Source::Url(_))) {
        context.error("base_url", "applies to `html` only: leave it out with `url`");
        return Ok(None);
    }
    parse_url("base_url", base_url, context)
}

/// Returns the URL the egress policy applies to, and whose origin receives the secrets of a job.
pub(crate) fn target_url<'a>(source: Option<&'a Source>, base_url: Option<&'a TargetUrl>) -> Option<&'a TargetUrl> {
    match source {
        Some(Source::Url(url)) => Some(url),
        Some(Source::Html(_)) | None => base_url,
    }
}

fn parse_url(field: &str, raw: &str, context: &mut ParseContext<'_>) -> Result<Option<TargetUrl>, Problem> {
    let url = match TargetUrl::parse(raw) {
        Ok(url) => url,
        Err(error) => {
            context.error(field, error.to_string());
            return Ok(None);
        }
    };
    context.environment.policy.check_target(&url).map_err(|denied| {
        let field = context.path(field);
        let problem = Problem::new(Code::UrlBlocked, format!("`{field}` is denied: {denied}"));
        Problem { errors: vec![FieldError::new(field, denied.to_string())], ..problem }
    })?;
    Ok(Some(url))
}
