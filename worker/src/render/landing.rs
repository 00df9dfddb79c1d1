//! Where a page comes from: checked before it is opened, and again before it is taken.

use std::time::Duration;

use domain::egress::{Policy, Refused};
use domain::job::{ErrorCode, Failure};
use domain::render::TargetUrl;
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use super::NotRendered;
use super::page::HTML_HOST;
use super::progress::Address;

/// How long a name may take to be resolved.
const RESOLVE: Duration = Duration::from_secs(5);

/// Refuses a target that is not on the public internet, whatever its name resolves to.
pub(super) async fn check(policy: &Policy, target: &TargetUrl) -> Result<(), NotRendered> {
    policy.check_target(target).map_err(refused)?;
    let Host::Domain(name) = target.host() else { return Ok(()) };
    let origin = target.origin();
    let resolved = timeout(RESOLVE, lookup_host((name, target.port()))).await.map_err(|_| {
        let message = format!("Timeout: {origin}: its name was not resolved within {} s", RESOLVE.as_secs());
        NotRendered::fail(ErrorCode::DnsTimeout, message)
    })?;
    let mut addresses = resolved.map_err(|error| unresolved(&origin, &error.to_string()))?.peekable();
    if addresses.peek().is_none() {
        return Err(unknown(&origin));
    }
    addresses.try_for_each(|address| policy.check_address(address.ip(), address.port())).map_err(refused)
}

/// Refuses to take a picture of a document that is not one of the web's, or not one of
/// the public internet's: redirects and scripts lead anywhere.
pub(super) async fn check_landed(policy: &Policy, address: Option<&Address>) -> Result<(), NotRendered> {
    let url = match address {
        Some(Address::Reached(url)) => url.as_str(),
        Some(Address::Unreachable(url)) => return Err(dead(url)),
        None => "",
    };
    match read(url) {
        Landed::Ours => Ok(()),
        Landed::Web(target) => check(policy, &target).await,
        Landed::Elsewhere(scheme) => {
            let message = format!("the page led to a document of `{scheme}:`; only http and https are rendered");
            Err(NotRendered::fail(ErrorCode::UrlBlocked, message))
        }
    }
}

/// The page led to one that the browser could not reach.
fn dead(url: &str) -> NotRendered {
    let origin = Url::parse(url).map_or_else(|_| "nowhere".to_owned(), |url| url.origin().ascii_serialization());
    let message = format!("the page led to {origin}, which could not be reached");
    NotRendered::fail(ErrorCode::NavigationFailed, message)
}

fn unknown(origin: &str) -> NotRendered {
    NotRendered::fail(ErrorCode::NavigationFailed, format!("{origin}: its name is unknown"))
}

/// A name that does not exist will not exist next time; a resolver that fails may work by
/// then. Only the words of the system tell them apart.
fn unresolved(origin: &str, error: &str) -> NotRendered {
    let no_such_name = ["not known", "does not resolve", "No address associated"];
    if no_such_name.iter().any(|words| error.contains(words)) {
        return unknown(origin);
    }
    let message = format!("Timeout: {origin}: its name could not be resolved just now");
    NotRendered::Chance(Failure::new(ErrorCode::DnsTimeout, message))
}

/// What kind of document a page has led to.
#[derive(Debug, PartialEq)]
enum Landed {
    /// The one that was sent along.
    Ours,
    Web(TargetUrl),
    Elsewhere(String),
}

fn read(url: &str) -> Landed {
    let Ok(mut url) = Url::parse(url) else { return Landed::Elsewhere("nameless".to_owned()) };
    if url.scheme() == "http" && url.host_str() == Some(HTML_HOST) {
        return Landed::Ours;
    }
    // A redirect may carry credentials, and a target never does; where it leads is what counts.
    let _http_urls_may = url.set_username("").and_then(|()| url.set_password(None));
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    TargetUrl::parse(url.as_str()).map_or_else(|_| Landed::Elsewhere(url.scheme().to_owned()), Landed::Web)
}

fn refused(refused: Refused) -> NotRendered {
    let message = format!("{refused}; whoever runs this service may allow it with TINTYPE_EGRESS_ALLOW");
    NotRendered::fail(ErrorCode::UrlBlocked, message)
}

#[cfg(test)]
mod tests {
    use domain::render::TargetUrl;

    use super::{ErrorCode, Landed, NotRendered, dead, read, unresolved};

    #[test]
    fn only_documents_of_the_web_are_taken() {
        let web = |url: &str| Landed::Web(TargetUrl::parse(url).expect(url));
        let elsewhere = |scheme: &str| Landed::Elsewhere(scheme.to_owned());
        for (url, landed) in [
            ("http://html.render.invalid/", Landed::Ours),
            ("https://html.render.invalid/", web("https://html.render.invalid/")),
            ("https://example.com/a?b#c", web("https://example.com/")),
            ("http://u:p@example.com:81/a", web("http://example.com:81/")),
            ("file:///etc/passwd", elsewhere("file")),
            ("data:text/html,x", elsewhere("data")),
            ("about:blank", elsewhere("about")),
            ("blob:http://example.com/6b29", elsewhere("blob")),
            ("chrome-error://chromewebdata/", elsewhere("chrome-error")),
            ("", elsewhere("nameless")),
        ] {
            assert_eq!(read(url), landed, "{url}");
        }
    }

    #[test]
    fn only_a_name_that_does_not_exist_is_given_up() {
        let lookup = |detail: &str| unresolved("http://a", &format!("failed to lookup address information: {detail}"));
        for detail in [
            "Name or service not known",
            "nodename nor servname provided, or not known",
            "Name does not resolve",
            "No address associated with hostname",
        ] {
            assert!(matches!(lookup(detail), NotRendered::Final(_)), "{detail}");
        }
        for detail in
            ["Temporary failure in name resolution", "Try again", "Non-recoverable failure in name resolution"]
        {
            let NotRendered::Chance(failure) = lookup(detail) else { panic!("{detail}") };

            assert_eq!(failure.code, ErrorCode::DnsTimeout);
        }
    }

    #[test]
    fn a_page_that_leads_to_a_dead_host_says_which() {
        let NotRendered::Final(failure) = dead("https://dead.example:8/a?b") else { panic!("it would fail again") };

        assert_eq!(failure.code, ErrorCode::NavigationFailed);
        assert!(failure.message.contains("https://dead.example:8,"), "{}", failure.message);
    }
}
