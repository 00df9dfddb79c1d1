//! Everything secret that a job sends to its page.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::basic_auth::BasicAuth;
use super::cookie::Cookie;
use super::header::Header;
use super::invalid::InvalidSecret;
use crate::options::TargetUrl;

/// The most headers of a job.
pub const MAX_HEADERS: usize = 30;

/// The most cookies of a job.
pub const MAX_COOKIES: usize = 50;

/// Everything secret that a job sends to its page. Serialized only in order to be sealed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Sent with every request to the origin of the target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Set in the browser before the navigation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<Cookie>,
    /// Sent if the target responds with 401.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<BasicAuth>,
}

impl Secrets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        let Self { headers, cookies, basic_auth } = self;
        headers.is_empty() && cookies.is_empty() && basic_auth.is_none()
    }

    /// Returns every reason why these secrets cannot be sent to a page.
    pub fn validate(&self) -> Vec<InvalidSecret> {
        let mut errors = Vec::new();
        if self.headers.len() > MAX_HEADERS {
            errors.push(InvalidSecret::new("headers", format!("must have at most {MAX_HEADERS} headers")));
        }
        if self.cookies.len() > MAX_COOKIES {
            errors.push(InvalidSecret::new("cookies", format!("must have at most {MAX_COOKIES} cookies")));
        }
        let mut names = HashSet::new();
        for header in self.headers.iter().take(MAX_HEADERS) {
            if names.insert(header.name.to_ascii_lowercase()) {
                errors.extend(header.validate());
            } else {
                let message = "is given twice: the case of a header's name makes no difference";
                errors.push(InvalidSecret::new(header.field(), message));
            }
        }
        for (index, cookie) in self.cookies.iter().take(MAX_COOKIES).enumerate() {
            errors.extend(cookie.validate(&format!("cookies[{index}]")));
        }
        errors.extend(self.basic_auth.iter().flat_map(BasicAuth::validate));
        errors
    }

    /// Returns the cookies that the host of the target would not receive, nor a host above or below it.
    pub(super) fn misdirected(&self, target: &TargetUrl) -> impl Iterator<Item = InvalidSecret> {
        let host = target.host().to_string();
        self.cookies.iter().take(MAX_COOKIES).enumerate().filter_map(move |(index, cookie)| {
            let field = if cookie.domain.is_some() { "domain" } else { "url" };
            let site = cookie.site()?.0.to_string();
            let is_below = |host: &str, site: &str| host.strip_suffix(site).is_some_and(|rest| rest.ends_with('.'));
            let is_related = host == site || is_below(&host, &site) || is_below(&site, &host);
            let message = "is neither the host of the page nor a host above or below it, so it is not sent to the page";
            (!is_related).then(|| InvalidSecret::new(format!("cookies[{index}].{field}"), message))
        })
    }

    /// The fields of the job that have secrets.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static str> {
        let Self { headers, cookies, basic_auth } = self;
        let has = [!headers.is_empty(), !cookies.is_empty(), basic_auth.is_some()];
        ["headers", "cookies", "basic_auth"].into_iter().zip(has).filter_map(|(field, has)| has.then_some(field))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("headers", &self.headers.len())
            .field("cookies", &self.cookies.len())
            .field("basic_auth", &self.basic_auth.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{BasicAuth, Cookie, Header, MAX_COOKIES, MAX_HEADERS, Secrets};
    use crate::options::TargetUrl;

    fn header(name: &str) -> Header {
        Header { name: name.to_owned(), value: "canary".into() }
    }

    fn cookie() -> Cookie {
        Cookie { domain: Some("example.com".to_owned()), ..Cookie::new("canary", "canary") }
    }

    fn secrets() -> Secrets {
        let basic_auth = BasicAuth { username: "canary".into(), password: "canary".into() };
        Secrets { headers: vec![header("X-Canary")], cookies: vec![cookie()], basic_auth: Some(basic_auth) }
    }

    fn fields(secrets: &Secrets) -> Vec<String> {
        secrets.validate().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn secrets_are_not_printed() {
        let secrets = secrets();

        let printed = format!("{secrets:?} {:?} {:?} {:?}", secrets.headers, secrets.cookies, secrets.basic_auth);

        assert!(!printed.to_lowercase().contains("canary"), "{printed}");
    }

    #[test]
    fn as_many_as_the_limit_are_valid_and_one_more_is_not() {
        let headers = |count| (0..count).map(|number| header(&format!("X-{number}"))).collect();
        let full = Secrets { headers: headers(MAX_HEADERS), cookies: vec![cookie(); MAX_COOKIES], basic_auth: None };
        assert!(fields(&full).is_empty());

        assert_eq!(fields(&Secrets { headers: headers(MAX_HEADERS + 1), ..full.clone() }), ["headers"]);
        assert_eq!(fields(&Secrets { cookies: vec![cookie(); MAX_COOKIES + 1], ..full }), ["cookies"]);
    }

    #[test]
    fn two_headers_whose_names_differ_by_case_are_one_too_many() {
        let secrets = Secrets { headers: vec![header("X-Token"), header("x-token")], ..Secrets::default() };

        assert_eq!(fields(&secrets), ["headers.x-token"]);
    }

    #[test]
    fn a_cookie_of_an_unrelated_host_is_rejected() {
        let target = TargetUrl::parse("https://www.example.com/a").expect("a URL");
        let url = |raw: &str| Cookie { url: TargetUrl::parse(raw).ok(), ..Cookie::new("a", "b") };
        let domain = |domain: &str| Cookie { domain: Some(domain.to_owned()), ..Cookie::new("a", "b") };
        for (cookie, field) in [
            (domain("www.example.com"), None),
            (domain(".EXAMPLE.com"), None),
            (domain("b\u{fc}cher.www.example.com"), None),
            (domain("deep.www.example.com"), None),
            (url("http://www.example.com/b"), None),
            (domain("example.org"), Some("cookies[0].domain")),
            (domain("ww.example.com"), Some("cookies[0].domain")),
            (domain("api.example.com"), Some("cookies[0].domain")),
            (url("https://other.example/"), Some("cookies[0].url")),
        ] {
            let secrets = Secrets { cookies: vec![cookie.clone()], ..Secrets::default() };

            let fields: Vec<_> = secrets.misdirected(&target).map(|error| error.field).collect();

            assert_eq!(fields, Vec::from_iter(field.map(str::to_owned)), "{:?} {:?}", cookie.domain, cookie.url);
        }
    }

    #[test]
    fn every_error_is_reported_with_its_field() {
        let secrets = Secrets {
            headers: vec![header("X-Good"), header("Host")],
            cookies: vec![cookie(), Cookie::new("a", "b"), Cookie { expires: Some(-1.0), ..cookie() }],
            basic_auth: Some(BasicAuth { username: "a:b".into(), password: "\r".into() }),
        };

        assert_eq!(
            fields(&secrets),
            ["headers.Host", "cookies[1]", "cookies[2].expires", "basic_auth.username", "basic_auth.password"]
        );
    }
}
