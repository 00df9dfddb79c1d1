//! What the target is sent, and which responses it may give.

mod cookie;

use std::collections::BTreeMap;

use domain::options::{self, StatusRange, TargetUrl};
use domain::secret::{self, Header, NewSecrets, Secrets};
use poem_openapi::Object;

use crate::wire::context::ParseContext;
use cookie::Cookie;

/// What the target is sent, and which responses it may give.
///
/// `headers`, `cookies` and `basic_auth` are sealed while the job is unfinished, deleted when it
/// ends, and never shown again.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Network {
    /// Request headers: at most 30, with values of at most 2048 bytes. They are sent with every
    /// request of the page to the origin of `url` (with `html`: of `base_url`), also for images, and
    /// with no request to another origin, also after a redirect. `Host`, `Cookie`,
    /// `Content-Length`, `Connection` and `Sec-*` are rejected.
    pub(crate) headers: Option<BTreeMap<String, String>>,
    /// Cookies that are set before the page is loaded. Each has a `domain` or a `url` of its own,
    /// whose host must be that of the page (with `html`: of `base_url`), or one above or below it.
    #[oai(default, validator(max_items = 50))]
    pub(crate) cookies: Vec<Cookie>,
    /// User name and password for HTTP authentication. They are sent when the origin of `url`
    /// (with `html`: of `base_url`) responds with 401, and to no other origin.
    pub(crate) basic_auth: Option<BasicAuth>,
    /// HTTP statuses of the page itself with which the job fails with `STATUS_REFUSED`: statuses,
    /// ranges and classes such as `404`, `500-599` or `4xx`. Without it, an error page is rendered
    /// like any other.
    #[oai(default, validator(max_items = 20))]
    pub(crate) fail_on_status: Vec<String>,
}

/// The credentials of HTTP authentication.
#[derive(Clone, Object)]
pub(crate) struct BasicAuth {
    /// The user name, without a colon.
    #[oai(validator(max_length = 1024))]
    pub(crate) username: String,
    /// The password.
    #[oai(validator(max_length = 1024))]
    pub(crate) password: String,
}

impl std::fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BasicAuth(..)")
    }
}

impl Network {
    /// Converts the options, or reports errors that the schema cannot express. `target` is the URL
    /// whose origin receives the secrets.
    pub(crate) fn parse(
        self,
        target: Option<&TargetUrl>,
        context: &mut ParseContext<'_>,
    ) -> (options::Network, NewSecrets) {
        let mut fail_on_status = Vec::new();
        for (index, raw) in self.fail_on_status.iter().enumerate() {
            fail_on_status.extend(context.check(&format!("fail_on_status[{index}]"), StatusRange::parse(raw)));
        }
        let cookies = self.cookies.into_iter().enumerate();
        let secrets = Secrets {
            headers: self.headers.into_iter().flatten().map(header).collect(),
            cookies: cookies.filter_map(|(index, cookie)| cookie.parse(index, context)).collect(),
            basic_auth: self.basic_auth.map(|BasicAuth { username, password }| secret::BasicAuth {
                username: username.into(),
                password: password.into(),
            }),
        };
        let new = NewSecrets::new(&secrets, target, context.environment.keyring).unwrap_or_else(|errors| {
            for error in errors {
                context.error(&error.field, error.message);
            }
            NewSecrets::default()
        });
        (options::Network { fail_on_status }, new)
    }
}

fn header((name, value): (String, String)) -> Header {
    Header { name, value: value.into() }
}
