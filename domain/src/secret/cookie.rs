//! Cookies that a customer sends to the page.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Host;

use super::invalid::InvalidSecret;
use super::text::has_control;
use crate::options::TargetUrl;

/// The longest name and value of a cookie together, in bytes: what browsers store.
pub const MAX_COOKIE_BYTES: usize = 4096;

/// The longest path of a cookie, in bytes: what browsers store.
const MAX_PATH_BYTES: usize = 1024;

/// The end of the year 9999, in seconds since 1970: the last time that cookies can express.
const MAX_EXPIRES: f64 = 253_402_300_799.0;

/// One cookie.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    #[serde(serialize_with = "super::text::expose")]
    pub value: SecretString,
    /// The host that receives it, and its subdomains.
    pub domain: Option<String>,
    /// A URL whose host receives it. A cookie has a domain, a URL, or both.
    pub url: Option<TargetUrl>,
    /// The path under which it is sent.
    pub path: Option<String>,
    /// When it expires, in seconds since 1970. Without it, it lasts for the render.
    pub expires: Option<f64>,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// Whether only https requests carry it.
    pub secure: bool,
    /// Which requests of other sites carry it.
    pub same_site: Option<SameSite>,
}

/// Which requests of other sites carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString)]
#[strum(ascii_case_insensitive)]
pub enum SameSite {
    /// None.
    Strict,
    /// Navigations.
    Lax,
    /// All. Requires a secure cookie.
    None,
}

/// The name is not one of [`SameSite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `Strict`, `Lax` or `None`")]
pub struct UnknownSameSite;

impl SameSite {
    /// Parses a name, in any case.
    pub fn parse(raw: &str) -> Result<Self, UnknownSameSite> {
        <Self as FromStr>::from_str(raw).map_err(|_unknown| UnknownSameSite)
    }
}

impl Cookie {
    /// A cookie of a domain or a URL, without attributes.
    pub fn new(name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            url: None,
            path: None,
            expires: None,
            http_only: false,
            secure: false,
            same_site: None,
        }
    }

    /// The host that receives it, and whether its subdomains do, too.
    pub fn site(&self) -> Option<(Host, bool)> {
        match (&self.domain, &self.url) {
            (Some(domain), _) => parse_domain(domain).map(|host| {
                let has_subdomains = matches!(host, Host::Domain(_));
                (host, has_subdomains)
            }),
            (None, Some(url)) => Some((url.host().to_owned(), false)),
            (None, None) => None,
        }
    }

    /// Returns what is wrong with the cookie at this path of the job.
    pub(super) fn validate(&self, at: &str) -> Vec<InvalidSecret> {
        let fields = [
            ("name", invalid_name(&self.name)),
            ("value", self.invalid_value()),
            ("path", self.path.as_deref().and_then(invalid_path)),
            ("expires", self.expires.and_then(invalid_expires)),
            ("same_site", self.invalid_same_site()),
        ];
        let prefix = self.violated_prefix().map(|message| InvalidSecret::new(format!("{at}.name"), message));
        let error = |(field, message): (&str, Option<&'static str>)| {
            message.map(|message| InvalidSecret::new(format!("{at}.{field}"), message))
        };
        fields.into_iter().filter_map(error).chain(prefix).chain(self.invalid_site(at)).collect()
    }

    fn invalid_value(&self) -> Option<&'static str> {
        let value = self.value.expose_secret();
        if self.name.len() + value.len() > MAX_COOKIE_BYTES {
            Some("must be at most 4096 bytes long, together with the name")
        } else if has_control(value) || value.contains(';') {
            Some("must not contain semicolons, line breaks or other control characters")
        } else {
            None
        }
    }

    fn invalid_same_site(&self) -> Option<&'static str> {
        (self.same_site == Some(SameSite::None) && !self.secure)
            .then_some("`None` requires `secure: true`: browsers reject the cookie otherwise")
    }

    /// Browsers accept names with these prefixes only with what the prefix promises.
    fn violated_prefix(&self) -> Option<&'static str> {
        let name = self.name.to_ascii_lowercase();
        let own_host = self.domain.is_none() && self.path.as_deref().is_none_or(|path| path == "/");
        if name.starts_with("__host-") && !(self.secure && own_host) {
            Some("`__Host-` requires `secure: true`, `url` instead of `domain`, and no `path` but `/`")
        } else if name.starts_with("__secure-") && !self.secure {
            Some("`__Secure-` requires `secure: true`")
        } else {
            None
        }
    }

    fn invalid_site(&self, at: &str) -> Option<InvalidSecret> {
        let error = |message| Some(InvalidSecret::new(format!("{at}.domain"), message));
        match (&self.domain, &self.url) {
            (None, None) => {
                Some(InvalidSecret::new(at, "a cookie requires `domain` or `url`: the site that receives it"))
            }
            (None, Some(_)) => None,
            (Some(domain), url) => match (parse_domain(domain), url) {
                (None, _) => error("must be a host such as `example.com`, without scheme, port or path"),
                (Some(domain), Some(url)) if !is_within(&url.host(), &domain) => {
                    error("must be the host of `url` or a parent domain of it; one of both is enough")
                }
                (Some(_), _) => None,
            },
        }
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookie(..)")
    }
}

fn invalid_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("must not be empty")
    } else if name.len() > MAX_COOKIE_BYTES {
        Some("must be at most 4096 bytes long, together with the value")
    } else if has_control(name) || name.contains([';', '=']) || name.trim() != name {
        Some("must not contain `=`, semicolons, control characters, or spaces around it")
    } else {
        None
    }
}

fn invalid_path(path: &str) -> Option<&'static str> {
    if path.len() > MAX_PATH_BYTES {
        Some("must be at most 1024 bytes long")
    } else if !path.starts_with('/') || has_control(path) || path.contains(';') {
        Some("must begin with `/`, and must not contain semicolons or control characters")
    } else {
        None
    }
}

fn invalid_expires(expires: f64) -> Option<&'static str> {
    (!(expires > 0.0 && expires <= MAX_EXPIRES))
        .then_some("must be a time in seconds since 1970; leave it out for a cookie that lasts for the render")
}

/// Parses a host. A leading dot has no meaning.
fn parse_domain(domain: &str) -> Option<Host> {
    let host = domain.strip_prefix('.').unwrap_or(domain);
    let of_a_host = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '*' | ',' | ';' | '=');
    if host.is_empty() || host.starts_with('.') || !host.chars().all(of_a_host) {
        return None;
    }
    Host::parse(host).ok().filter(|host| host.to_string().len() <= 253)
}

/// Whether the host of a URL receives the cookies of a domain.
fn is_within(host: &Host<&str>, domain: &Host) -> bool {
    match (host, domain) {
        (Host::Domain(host), Host::Domain(domain)) => {
            host == domain || host.strip_suffix(domain.as_str()).is_some_and(|parent| parent.ends_with('.'))
        }
        (host, domain) => host.to_string() == domain.to_string(),
    }
}

#[cfg(test)]
mod tests;
