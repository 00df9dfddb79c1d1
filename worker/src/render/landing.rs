//! Where a page has come from: nothing is captured but documents of the web, of hosts that
//! the wall let through.

use domain::job::ErrorCode;
use serde_json::Value;
use tokio::time::timeout_at;
use url::Url;

use super::progress::Address;
use super::{NotRendered, Render, failure, origin, script};
use crate::egress::Verdict;

/// Refuses to take a picture of a document that is not one of the web's, or of one that the
/// wall did not let through: redirects and scripts lead anywhere.
pub(super) async fn check(render: &Render<'_>, address: Option<&Address>) -> Result<(), NotRendered> {
    let url = match address {
        Some(Address::Reached(url)) => url.as_str(),
        Some(Address::Unreachable(url)) => return Err(dead(render, url)),
        None => "",
    };
    match read(url, render.own.as_deref()) {
        Landed::Ours => Ok(()),
        Landed::Web(url) => check_web(render, &url).await,
        Landed::Elsewhere(scheme) => {
            let message = format!("the page led to a document of `{scheme}:`; only http and https are rendered");
            Err(NotRendered::fail(ErrorCode::UrlBlocked, message))
        }
    }
}

/// Waits until the page has gone where the wall does not let it: for ever, in most cases.
/// What it shows then is an empty answer of the wall's, which will never be what is waited for.
pub(super) async fn barred(render: &Render<'_>) -> NotRendered {
    let mut seen = None;
    loop {
        let Ok(url) = render.page.next_reached(seen.as_deref()).await else { return std::future::pending().await };
        if let Some(why) = known(render, &url) {
            return why;
        }
        seen = Some(url);
    }
}

/// Says what the wall knows of a host that was not reached; nothing where it let it through.
pub(super) fn check_reached(render: &Render<'_>, url: &str) -> Result<(), NotRendered> {
    known(render, url).map_or(Ok(()), Err)
}

async fn check_web(render: &Render<'_>, url: &Url) -> Result<(), NotRendered> {
    match unreached(render, url) {
        Some(why) => Err(why),
        None if render.gate.has_reached(url) => match failed(render, url) {
            // The last attempt failed: was it for a part of the page, or for the page?
            Some(why) if is_ours(render).await => Err(why),
            Some(_) | None => Ok(()),
        },
        // A document of a host that was never asked: whatever showed it, it was not the web.
        None => {
            let message = format!("the page led to {}, which was never asked for it", origin(url.as_str()));
            Err(NotRendered::fail(ErrorCode::UrlBlocked, message))
        }
    }
}

fn known(render: &Render<'_>, url: &str) -> Option<NotRendered> {
    Url::parse(url).ok().and_then(|url| unreached(render, &url))
}

/// Why a host was not reached, as the wall knows it. One that was, once, may refuse the
/// next connection: that is a matter of parts of the page, and not of the page.
fn unreached(render: &Render<'_>, url: &Url) -> Option<NotRendered> {
    if render.gate.has_reached(url) { None } else { failed(render, url) }
}

/// Whether the document is an answer of the wall's own: one of its two statuses, and nothing.
async fn is_ours(render: &Render<'_>) -> bool {
    let empty = timeout_at(render.end, script::run(&render.page, script::EMPTY, None)).await;
    matches!(empty, Ok(Ok(Value::Number(status))) if matches!(status.as_u64(), Some(403 | 502)))
}

/// How the last attempt to reach a host failed.
fn failed(render: &Render<'_>, url: &Url) -> Option<NotRendered> {
    match render.gate.verdict(url)? {
        Verdict::Connected | Verdict::Trying => None,
        Verdict::Unreached(why) => Some(failure::unreached(why, &origin(url.as_str()))),
        Verdict::Spent(_) => {
            let message = "the page had asked for as much as one page may, and could not go where it led";
            Some(NotRendered::fail(ErrorCode::NavigationFailed, message))
        }
    }
}

/// The page led to one that the browser could not reach.
fn dead(render: &Render<'_>, url: &str) -> NotRendered {
    known(render, url).unwrap_or_else(|| {
        let message = format!("the page led to {}, which could not be reached", origin(url));
        NotRendered::fail(ErrorCode::NavigationFailed, message)
    })
}

/// What kind of document a page has led to.
#[derive(Debug, PartialEq)]
enum Landed {
    /// The one that was sent along.
    Ours,
    Web(Url),
    Elsewhere(String),
}

fn read(url: &str, own: Option<&str>) -> Landed {
    let Ok(url) = Url::parse(url) else { return Landed::Elsewhere("nameless".to_owned()) };
    match url.scheme() {
        "http" if own.is_some() && url.host_str() == own => Landed::Ours,
        "http" | "https" => Landed::Web(url),
        scheme => Landed::Elsewhere(scheme.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Landed, read};

    #[test]
    fn only_documents_of_the_web_are_taken() {
        let web = |url: &str| Landed::Web(Url::parse(url).expect(url));
        let elsewhere = |scheme: &str| Landed::Elsewhere(scheme.to_owned());
        for (url, landed) in [
            ("http://a.render.invalid/", Landed::Ours),
            ("https://a.render.invalid/", web("https://a.render.invalid/")),
            ("http://b.render.invalid/", web("http://b.render.invalid/")),
            ("https://example.com/a?b#c", web("https://example.com/a?b#c")),
            ("file:///etc/passwd", elsewhere("file")),
            ("data:text/html,x", elsewhere("data")),
            ("about:blank", elsewhere("about")),
            ("blob:http://example.com/6b29", elsewhere("blob")),
            ("chrome-error://chromewebdata/", elsewhere("chrome-error")),
            ("", elsewhere("nameless")),
        ] {
            assert_eq!(read(url, Some("a.render.invalid")), landed, "{url}");
        }
    }
}
