//! Cookies in requests.

use domain::options::TargetUrl;
use domain::secret;
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// A cookie.
#[derive(Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Cookie {
    /// The name.
    pub(crate) name: String,
    /// The value; at most 4096 bytes together with the name.
    pub(crate) value: String,
    /// The host that receives it, and its subdomains. Either this or `url` is required.
    #[oai(validator(max_length = 253))]
    pub(crate) domain: Option<String>,
    /// A URL whose host alone receives it.
    #[oai(validator(max_length = 8192))]
    pub(crate) url: Option<String>,
    /// The path under which it is sent. `/` by default.
    #[oai(validator(max_length = 1024))]
    pub(crate) path: Option<String>,
    /// When it expires, in seconds since 1970. Without it, it lasts for the render.
    pub(crate) expires: Option<f64>,
    /// Hide the cookie from scripts of the page.
    #[oai(default)]
    pub(crate) http_only: bool,
    /// Send the cookie with https requests only.
    #[oai(default)]
    pub(crate) secure: bool,
    /// Which requests of other sites carry it. `None` requires `secure`.
    pub(crate) same_site: Option<SameSite>,
}

/// The requests of other sites that carry a cookie.
///
/// * `Strict`: none.
/// * `Lax`: navigations to the page.
/// * `None`: all; requires `secure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum SameSite {
    /// None.
    Strict,
    /// Navigations to the page.
    Lax,
    /// All.
    None,
}

impl std::fmt::Debug for Cookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookie(..)")
    }
}

impl Cookie {
    /// Converts the cookie, or reports errors and returns `None`.
    pub(super) fn parse(self, index: usize, context: &mut ParseContext<'_>) -> Option<secret::Cookie> {
        let url = match self.url.as_deref().map(TargetUrl::parse).transpose() {
            Ok(url) => url,
            Err(error) => {
                context.error(&format!("cookies[{index}].url"), error.to_string());
                return None;
            }
        };
        Some(secret::Cookie {
            domain: self.domain,
            url,
            path: self.path,
            expires: self.expires,
            http_only: self.http_only,
            secure: self.secure,
            same_site: self.same_site.map(Into::into),
            ..secret::Cookie::new(self.name, self.value)
        })
    }
}

impl From<SameSite> for secret::SameSite {
    fn from(same_site: SameSite) -> Self {
        match same_site {
            SameSite::Strict => Self::Strict,
            SameSite::Lax => Self::Lax,
            SameSite::None => Self::None,
        }
    }
}
