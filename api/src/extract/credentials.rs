//! Finds the API key in a request.

use percent_encoding::percent_decode_str;
use poem::Request;
use poem::http::header;

use crate::error::code::Code;
use crate::error::problem::Problem;

/// Query parameters that other services take keys in, in lower case and without separators.
const QUERY_NAMES: [&str; 8] =
    ["accesskey", "accesstoken", "apikey", "authorization", "authtoken", "key", "token", "xapikey"];

/// Returns the one API key that was sent, or `None` if none was.
///
/// The same key may be sent twice, because some clients send it in both headers. An empty
/// header, and an `Authorization` of another scheme, which a proxy may need, are ignored.
pub(super) fn find(request: &Request) -> Result<Option<&[u8]>, Problem> {
    if query_names(request).any(|name| QUERY_NAMES.contains(&name.as_str())) {
        let message = "send the API key in the `X-API-Key` header, not in the URL: URLs are logged on their way. \
            Replace the key if it was real";
        return Err(Problem::new(Code::AmbiguousCredentials, message).reason("key_in_url"));
    }
    let headers = request.headers();
    let keys = headers.get_all("x-api-key").iter().map(|key| key.as_bytes().trim_ascii());
    let tokens = headers.get_all(header::AUTHORIZATION).iter().filter_map(|token| bearer(token.as_bytes()));
    let mut credentials = keys.chain(tokens).filter(|credential| !credential.is_empty());
    let first = credentials.next();
    if credentials.any(|other| Some(other) != first) {
        let message = "several different API keys were sent; send one, in the `X-API-Key` header";
        return Err(Problem::new(Code::AmbiguousCredentials, message));
    }
    Ok(first)
}

/// Returns the token of a `Bearer` authorization, with the scheme in any case.
fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.trim_ascii().split_at_checked("bearer".len())?;
    let is_separated = token.first().is_none_or(u8::is_ascii_whitespace);
    (is_separated && scheme.eq_ignore_ascii_case(b"bearer")).then(|| token.trim_ascii())
}

fn query_names(request: &Request) -> impl Iterator<Item = String> {
    let pairs = request.uri().query().unwrap_or_default().split('&');
    pairs.map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy().to_lowercase();
        name.chars().filter(|letter| !matches!(letter, '-' | '_')).collect()
    })
}

#[cfg(test)]
mod tests {
    use poem::Request;

    use super::{bearer, find};

    #[test]
    fn a_bearer_token_is_found_whatever_its_spelling() {
        for (authorization, token) in [
            ("Bearer tt_1", Some("tt_1")),
            ("bearer tt_1", Some("tt_1")),
            ("BEARER   tt_1 ", Some("tt_1")),
            ("Bearer\ttt_1", Some("tt_1")),
            ("Bearer", Some("")),
            ("Bearertt_1", None),
            ("Basic dHQ6", None),
            ("tt_1", None),
            ("", None),
        ] {
            assert_eq!(bearer(authorization.as_bytes()), token.map(str::as_bytes), "{authorization}");
        }
    }

    #[test]
    fn a_key_in_the_query_is_rejected_under_every_usual_name() {
        for name in ["api_key", "apikey", "API-Key", "key", "token", "access_token", "access_key", "%6bey", "x-api-key"]
        {
            let request = Request::builder().uri_str(format!("/v1/balance?a=1&{name}=tt_1")).finish();

            let problem = find(&request).expect_err(name);

            assert_eq!((problem.code.name(), problem.reason.as_deref()), ("AMBIGUOUS_CREDENTIALS", Some("key_in_url")));
            assert!(!problem.message.contains("tt_1"), "{name}");
        }
        for name in ["wait_s", "keys", "cursor"] {
            let request = Request::builder().uri_str(format!("/v1/balance?{name}=tt_1")).finish();

            assert_eq!(find(&request).expect("another parameter"), None, "{name}");
        }
    }
}
