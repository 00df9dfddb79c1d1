//! Verifying the origin of a page: only http(s) documents from hosts that the proxy connected to
//! are captured. Redirects and scripts can navigate anywhere.

use domain::job::ErrorCode;
use serde_json::Value;
use tokio::time::timeout_at;
use url::Url;

use super::context::StepContext;
use crate::egress::ConnectStatus;
use crate::render::failure::{self, RenderError, origin};
use crate::render::page::evaluate::{self, EMPTY_RESPONSE_STATUS};
use crate::render::page::navigation::Address;

/// Verifies that the current document may be captured.
pub(crate) async fn verify(context: &StepContext<'_>, address: Option<&Address>) -> Result<(), RenderError> {
    let url = match address {
        Some(Address::Loaded(url)) => url.as_str(),
        Some(Address::Unreachable(url)) => return Err(unreachable(context, url)),
        None => "",
    };
    match DocumentOrigin::of(url, context.html_host.as_deref()) {
        DocumentOrigin::Html => Ok(()),
        DocumentOrigin::Web(url) => verify_web(context, &url).await,
        DocumentOrigin::Other(scheme) => {
            let message = format!("the page navigated to a `{scheme}:` URL; only http and https are rendered");
            Err(RenderError::permanent(ErrorCode::UrlBlocked, message))
        }
    }
}

/// Waits until the page navigates to a host that the proxy does not connect to, which is never
/// for most. The empty error response that it then shows would never become ready.
pub(crate) async fn denied(context: &StepContext<'_>) -> RenderError {
    let mut known = None;
    loop {
        let Ok(url) = context.page.next_url(known.as_deref()).await else { return std::future::pending().await };
        if let Err(error) = check_reached(context, &url) {
            return error;
        }
        known = Some(url);
    }
}

/// Returns why the proxy has never connected to the host of a URL, if it tried.
pub(crate) fn check_reached(context: &StepContext<'_>, url: &str) -> Result<(), RenderError> {
    let error = Url::parse(url).ok().and_then(|url| never_reached(context, &url));
    error.map_or(Ok(()), Err)
}

async fn verify_web(context: &StepContext<'_>, url: &Url) -> Result<(), RenderError> {
    if let Some(error) = never_reached(context, url) {
        return Err(error);
    }
    if !context.egress.has_connected(url) {
        // The document was not requested from its host, so something else forged it.
        let message = format!("the page navigated to {}, which was never connected to", origin(url.as_str()));
        return Err(RenderError::permanent(ErrorCode::UrlBlocked, message));
    }
    match last_failure(context, url) {
        // It may have been for the document, or for a part of the page.
        Some(error) if is_proxy_error(context).await => Err(error),
        Some(_) | None => Ok(()),
    }
}

/// Why a host has never been reached. If it was reached once, later failures concern parts of
/// the page.
fn never_reached(context: &StepContext<'_>, url: &Url) -> Option<RenderError> {
    if context.egress.has_connected(url) { None } else { last_failure(context, url) }
}

/// Why the last attempt to reach a host failed, if it did.
fn last_failure(context: &StepContext<'_>, url: &Url) -> Option<RenderError> {
    match context.egress.connect_status(url)? {
        ConnectStatus::Connected | ConnectStatus::Connecting => None,
        ConnectStatus::Failed(error) => Some(failure::dial_error(error, &origin(url.as_str()))),
        ConnectStatus::OverBudget(_) => {
            let message = "the page navigated after it had used up its traffic budget";
            Some(RenderError::permanent(ErrorCode::NavigationFailed, message))
        }
    }
}

/// Whether the document is an error response of the proxy: 403 or 502, without a body.
async fn is_proxy_error(context: &StepContext<'_>) -> bool {
    let status = evaluate::call(&context.page, EMPTY_RESPONSE_STATUS, &[]);
    let status = timeout_at(context.deadline, status).await;
    matches!(status, Ok(Ok(Value::Number(status))) if matches!(status.as_u64(), Some(403 | 502)))
}

/// The page navigated to a URL that the browser could not reach.
fn unreachable(context: &StepContext<'_>, url: &str) -> RenderError {
    let denied = || Url::parse(url).ok().and_then(|url| context.egress.denied(&url)).map(failure::denied);
    check_reached(context, url).err().or_else(denied).unwrap_or_else(|| {
        let message = format!("the page navigated to {}, which could not be reached", origin(url));
        RenderError::permanent(ErrorCode::NavigationFailed, message)
    })
}

/// Where a document comes from.
#[derive(Debug, PartialEq)]
enum DocumentOrigin {
    /// The document of an html job.
    Html,
    Web(Url),
    /// Another scheme.
    Other(String),
}

impl DocumentOrigin {
    fn of(url: &str, html_host: Option<&str>) -> Self {
        let Ok(url) = Url::parse(url) else { return Self::Other("invalid".to_owned()) };
        match url.scheme() {
            "http" if html_host.is_some() && url.host_str() == html_host => Self::Html,
            "http" | "https" => Self::Web(url),
            scheme => Self::Other(scheme.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::DocumentOrigin;

    #[test]
    fn only_http_and_https_documents_are_from_the_web() {
        let web = |url: &str| DocumentOrigin::Web(Url::parse(url).expect(url));
        let other = |scheme: &str| DocumentOrigin::Other(scheme.to_owned());
        for (url, expected) in [
            ("http://a.render.invalid/", DocumentOrigin::Html),
            ("https://a.render.invalid/", web("https://a.render.invalid/")),
            ("http://b.render.invalid/", web("http://b.render.invalid/")),
            ("https://example.com/a?b#c", web("https://example.com/a?b#c")),
            ("file:///etc/passwd", other("file")),
            ("data:text/html,x", other("data")),
            ("about:blank", other("about")),
            ("blob:http://example.com/6b29", other("blob")),
            ("chrome-error://chromewebdata/", other("chrome-error")),
            ("", other("invalid")),
        ] {
            assert_eq!(DocumentOrigin::of(url, Some("a.render.invalid")), expected, "{url}");
        }
    }
}
