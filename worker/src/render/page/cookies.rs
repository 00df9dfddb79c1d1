//! The cookies of a job.

use chromiumoxide_cdp::cdp::browser_protocol::browser::BrowserContextId;
use chromiumoxide_cdp::cdp::browser_protocol::network::{CookieParam, CookieSameSite, TimeSinceEpoch};
use chromiumoxide_cdp::cdp::browser_protocol::storage::SetCookiesParams;
use domain::job::ErrorCode;
use domain::options::TargetUrl;
use domain::secret::{Cookie, SameSite};
use secrecy::ExposeSecret;
use url::Host;

use crate::cdp::{CallError, Client};
use crate::render::failure::RenderError;

/// Sets the cookies in a context, before it has a page.
pub(super) async fn set(client: &Client, context: &BrowserContextId, cookies: &[Cookie]) -> Result<(), RenderError> {
    let cookies = cookies.iter().map(cookie_param).collect();
    let set = SetCookiesParams { cookies, browser_context_id: Some(context.clone()) };
    match client.call(&set).await {
        Ok(_) => Ok(()),
        // The reply names no cookie.
        Err(CallError::Protocol(..)) => {
            let message = "the browser rejects one of `cookies`: check `domain`, `path` and `secure`";
            Err(RenderError::permanent(ErrorCode::NavigationFailed, message))
        }
        Err(error) => Err(error.into()),
    }
}

fn cookie_param(cookie: &Cookie) -> CookieParam {
    CookieParam {
        url: cookie.url.as_ref().map(|url: &TargetUrl| url.as_str().to_owned()),
        domain: cookie.domain.as_ref().and_then(|_| cookie.site()).map(domain),
        // Without it, the browser would take the directory of the URL.
        path: Some(cookie.path.clone().unwrap_or_else(|| "/".to_owned())),
        secure: Some(cookie.secure),
        http_only: Some(cookie.http_only),
        same_site: cookie.same_site.map(|same_site| match same_site {
            SameSite::Strict => CookieSameSite::Strict,
            SameSite::Lax => CookieSameSite::Lax,
            SameSite::None => CookieSameSite::None,
        }),
        expires: cookie.expires.map(TimeSinceEpoch::new),
        ..CookieParam::new(cookie.name.clone(), cookie.value.expose_secret())
    }
}

/// The domain as the browser expects it: without a leading dot, subdomains would not receive the cookie.
fn domain((host, has_subdomains): (Host, bool)) -> String {
    if has_subdomains { format!(".{host}") } else { host.to_string() }
}
