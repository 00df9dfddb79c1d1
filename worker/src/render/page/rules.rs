//! The rules for a page's requests: which are blocked, and which carry secrets.

use std::collections::HashMap;

use chromiumoxide_cdp::cdp::browser_protocol::fetch::{
    AuthChallengeResponse, AuthChallengeResponseResponse, HeaderEntry,
};
use domain::options::{Block, ResourceType};
use domain::secret::{BasicAuth, Header, Secrets};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::blocklist::ChosenLists;
use crate::render::failure::origin;

/// How often credentials are sent to one URL. A second time, they may have been cut off; after that,
/// they are wrong.
const MAX_ANSWERS: u32 = 2;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is sent as it is.
    Send,
    /// It is sent with these headers instead of its own.
    SendWith(Vec<HeaderEntry>),
    /// It is not sent.
    Block,
}

/// The rules for the requests of one page. Secrets are sent to the origin of the target alone,
/// whatever the page embeds or redirects to.
#[derive(Debug)]
pub(crate) struct Rules {
    frame: String,
    block: Block,
    blocklist: ChosenLists,
    /// The URL of the page, on behalf of which requests are sent.
    page: String,
    /// The origin that receives the secrets.
    target: Option<String>,
    headers: Vec<Header>,
    basic_auth: Option<BasicAuth>,
    answers: HashMap<String, u32>,
}

impl Rules {
    /// The rules of a job for a page whose main frame is `frame`. `target` is the URL whose origin
    /// receives the secrets.
    pub(super) fn new(
        frame: &str,
        block: &Block,
        target: Option<&str>,
        secrets: &Secrets,
        blocklist: ChosenLists,
    ) -> Self {
        Self {
            frame: frame.to_owned(),
            block: block.clone(),
            blocklist,
            page: target.unwrap_or_default().to_owned(),
            target: target.map(origin),
            headers: secrets.headers.clone(),
            basic_auth: secrets.basic_auth.clone(),
            answers: HashMap::new(),
        }
    }

    /// The main frame of the page.
    pub(super) fn frame(&self) -> &str {
        &self.frame
    }

    /// Whether any request has to be decided on.
    pub(super) fn has_any(&self) -> bool {
        self.block.has_requests() || !self.headers.is_empty() || self.has_credentials()
    }

    /// Whether challenges have to be responded to.
    pub(super) fn has_credentials(&self) -> bool {
        self.basic_auth.is_some()
    }

    /// Decides on a request that is paused. The document of the page itself is never blocked.
    pub(super) fn decide(&mut self, paused: &Value) -> Verdict {
        let text = |path: &str| paused.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let kind = text("/resourceType");
        let is_page = kind == "Document" && text("/frameId") == self.frame;
        let url = text("/request/url");
        if is_page {
            url.clone_into(&mut self.page);
        } else if self.blocklist.blocks(url, &self.page, kind) {
            return Verdict::Block;
        }
        if !is_page && is_type(kind).is_some_and(|is_type| self.block.resources.iter().any(|kind| is_type(*kind))) {
            return Verdict::Block;
        }
        self.with_headers(url, paused.pointer("/request/headers"))
    }

    /// Adds the headers to a request to the target. A request that was redirected to another origin
    /// still has them, so they are removed from it.
    fn with_headers(&self, url: &str, sent: Option<&Value>) -> Verdict {
        if self.headers.is_empty() {
            return Verdict::Send;
        }
        let sent = sent.and_then(Value::as_object).into_iter().flatten();
        let sent = sent.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let is_ours = |name: &str| self.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        if self.is_target(url) {
            let kept = sent.filter(|(name, _)| !is_ours(name)).map(|(name, value)| HeaderEntry::new(name, value));
            let added = self.headers.iter();
            let added = added.map(|header| HeaderEntry::new(header.name.clone(), header.value.expose_secret()));
            return Verdict::SendWith(kept.chain(added).collect());
        }
        let is_leaked = |(name, value): &(&str, &str)| {
            let mut headers = self.headers.iter();
            headers.any(|header| header.name.eq_ignore_ascii_case(name) && header.value.expose_secret() == *value)
        };
        let (leaked, kept): (Vec<_>, Vec<_>) = sent.partition(is_leaked);
        if leaked.is_empty() {
            return Verdict::Send;
        }
        Verdict::SendWith(kept.into_iter().map(|(name, value)| HeaderEntry::new(name, value)).collect())
    }

    /// Responds to a challenge: with the credentials if it is the target's, and otherwise not at all.
    pub(super) fn authenticate(&mut self, challenged: &Value) -> AuthChallengeResponse {
        let text = |path: &str| challenged.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let url = text("/request/url");
        let is_target = text("/authChallenge/source") != "Proxy"
            && self.is_target(url)
            && self.is_target(text("/authChallenge/origin"));
        let refuse = AuthChallengeResponse::new(AuthChallengeResponseResponse::CancelAuth);
        let (Some(basic_auth), true) = (&self.basic_auth, is_target) else { return refuse };
        let answers = self.answers.entry(url.to_owned()).or_default();
        *answers += 1;
        if *answers > MAX_ANSWERS {
            return refuse;
        }
        AuthChallengeResponse {
            username: Some(basic_auth.username.expose_secret().to_owned()),
            password: Some(basic_auth.password.expose_secret().to_owned()),
            ..AuthChallengeResponse::new(AuthChallengeResponseResponse::ProvideCredentials)
        }
    }

    fn is_target(&self, url: &str) -> bool {
        self.target.as_deref().is_some_and(|target| target == origin(url))
    }
}

/// Returns a test for the types that a name in the protocol stands for; `None` for documents and
/// sockets. When a request is paused, the browser does not distinguish `fetch` from
/// `XMLHttpRequest`.
fn is_type(kind: &str) -> Option<fn(ResourceType) -> bool> {
    Some(match kind {
        "Document" | "WebSocket" => return None,
        "Image" => |kind| kind == ResourceType::Image,
        "Media" => |kind| kind == ResourceType::Media,
        "Font" => |kind| kind == ResourceType::Font,
        "Stylesheet" => |kind| kind == ResourceType::Stylesheet,
        "Script" => |kind| kind == ResourceType::Script,
        "XHR" | "Fetch" => |kind| matches!(kind, ResourceType::Xhr | ResourceType::Fetch),
        "EventSource" => |kind| kind == ResourceType::Eventsource,
        "Manifest" => |kind| kind == ResourceType::Manifest,
        "TextTrack" => |kind| kind == ResourceType::Texttrack,
        "Ping" | "CSPViolationReport" => |kind| kind == ResourceType::Ping,
        "Prefetch" => |kind| kind == ResourceType::Prefetch,
        _ => |kind| kind == ResourceType::Other,
    })
}

#[cfg(test)]
mod tests {
    use domain::options::{Block, ResourceType};
    use domain::secret::{BasicAuth, Header, Secrets};
    use serde_json::{Value, json};

    use super::{Rules, Verdict};
    use crate::blocklist::ChosenLists;

    fn rules(block: &Block) -> Rules {
        let header = Header { name: "X-Token".to_owned(), value: "canary".into() };
        let basic_auth = BasicAuth { username: "ada".into(), password: "canary".into() };
        let secrets = Secrets { headers: vec![header], cookies: Vec::new(), basic_auth: Some(basic_auth) };
        Rules::new("main", block, Some("https://a.example/page"), &secrets, ChosenLists::default())
    }

    fn paused(url: &str, headers: &Value) -> Value {
        json!({"resourceType": "Image", "frameId": "main", "request": {"url": url, "headers": headers}})
    }

    fn headers(verdict: Verdict) -> Option<Vec<(String, String)>> {
        match verdict {
            Verdict::Send => None,
            Verdict::SendWith(headers) => Some(headers.into_iter().map(|header| (header.name, header.value)).collect()),
            Verdict::Block => panic!("the request is blocked"),
        }
    }

    #[test]
    fn headers_are_sent_to_the_origin_of_the_target_alone() {
        let mut rules = rules(&Block::default());
        let own = json!({"Accept": "*/*", "x-token": "of the page"});
        for (url, expected) in [
            ("https://a.example/image", Some(vec![("Accept", "*/*"), ("X-Token", "canary")])),
            ("https://a.example:443/", Some(vec![("Accept", "*/*"), ("X-Token", "canary")])),
            ("http://a.example/", None),
            ("https://a.example:8443/", None),
            ("https://b.example/?https://a.example/", None),
            ("https://a.example.b.example/", None),
            ("data:image/png;base64,", None),
        ] {
            let expected = expected.map(|headers: Vec<_>| {
                headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
            });
            assert_eq!(headers(rules.decide(&paused(url, &own))), expected, "{url}");
        }
    }

    #[test]
    fn headers_that_a_redirect_took_along_are_removed() {
        let redirected = paused("https://b.example/", &json!({"Accept": "*/*", "X-Token": "canary"}));

        let sent = headers(rules(&Block::default()).decide(&redirected));

        assert_eq!(sent, Some(vec![("Accept".to_owned(), "*/*".to_owned())]));
    }

    #[test]
    fn credentials_respond_to_the_target_and_not_for_ever() {
        let mut rules = rules(&Block::default());
        let challenge = |url: &str, origin: &str, source: &str| json!({"request": {"url": url}, "authChallenge": {"source": source, "origin": origin}});
        let mut responds = |url: &str, origin: &str, source: &str| {
            rules.authenticate(&challenge(url, origin, source)).password.as_deref() == Some("canary")
        };

        assert!(!responds("https://b.example/", "https://b.example", "Server"));
        assert!(!responds("https://a.example/", "https://b.example", "Server"));
        assert!(!responds("https://a.example/", "https://a.example", "Proxy"));
        for is_answered in [true, true, false, false] {
            assert_eq!(responds("https://a.example/", "https://a.example", "Server"), is_answered);
        }
        assert!(responds("https://a.example/image", "https://a.example", "Server"));
    }

    #[test]
    fn the_page_itself_is_never_blocked() {
        let block = Block { resources: vec![ResourceType::Image, ResourceType::Other], ..Block::default() };
        let mut rules = Rules::new("main", &block, None, &Secrets::default(), ChosenLists::default());
        let request = |kind: &str, frame: &str| json!({"resourceType": kind, "frameId": frame, "request": {"url": "https://a.example/", "headers": {}}});

        assert!(matches!(rules.decide(&request("Document", "main")), Verdict::Send));
        assert!(matches!(rules.decide(&request("Document", "child")), Verdict::Send));
        assert!(matches!(rules.decide(&request("Image", "main")), Verdict::Block));
        assert!(matches!(rules.decide(&request("Preflight", "main")), Verdict::Block));
        assert!(matches!(rules.decide(&request("Script", "main")), Verdict::Send));
    }
}
