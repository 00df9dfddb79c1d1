//! Names that do not belong to the public internet.

/// Top-level and second-level domains reserved by RFC 6761, 6762, 7686 and 8375, or used for
/// private networks by convention.
const RESERVED_SUFFIXES: [&str; 11] =
    ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp", "home", "invalid", "test", "onion"];

/// The site of html jobs, each of which is served at an origin of its own, once, and only to itself. Nothing is ever
/// requested from it. A browser trusts `localhost` as it trusts https, so pages can use what needs a secure context,
/// and still load `http:` images.
pub const HTML_SITE: &str = "render.localhost";

/// Whether a name belongs to [`HTML_SITE`].
pub(super) fn is_html_site(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.strip_suffix(HTML_SITE).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a name is reserved: a single label, or a reserved domain or a subdomain of one.
pub(super) fn is_reserved(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let in_domain = |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || RESERVED_SUFFIXES.iter().any(|suffix| in_domain(suffix))
}

/// Whether a name denotes this machine (RFC 6761, section 6.3).
pub fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}
