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
        (Some(url), None) => Ok(parse_url(&url, context)?.map(Source::Url)),
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

fn parse_url(raw: &str, context: &mut ParseContext<'_>) -> Result<Option<TargetUrl>, Problem> {
    let url = match TargetUrl::parse(raw) {
        Ok(url) => url,
        Err(error) => {
            context.error("url", error.to_string());
            return Ok(None);
        }
    };
    context.policy.check_target(&url).map_err(|denied| {
        let field = context.path("url");
        let problem = Problem::new(Code::UrlBlocked, format!("`{field}` is denied: {denied}"));
        Problem { errors: vec![FieldError::new(field, denied.to_string())], ..problem }
    })?;
    Ok(Some(url))
}
