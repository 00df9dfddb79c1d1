//! What a screenshot and a PDF have in common: a page.

use domain::egress::Policy;
use domain::job::Lane;
use domain::render::{Page, TargetUrl};

use poem_openapi::Enum;

use crate::problem::{Code, Problem};
use crate::wire::error::FieldError;

/// Longest `html`, in bytes.
const LONGEST_HTML: usize = 5 * 1024 * 1024;

/// A page as it was sent, and what is wrong with it so far.
pub(crate) struct Sent<'a> {
    /// What names its fields, such as `jobs[3].`.
    pub(crate) prefix: &'a str,
    pub(crate) policy: &'a Policy,
    /// Where it stands in line unless it says otherwise.
    pub(crate) lane: Lane,
    pub(crate) errors: Vec<FieldError>,
}

/// Where a job stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Priority {
    /// Somebody waits for it.
    Interactive,
    /// It may take its time: an account's bulk jobs never delay its interactive ones.
    Bulk,
}

impl<'a> Sent<'a> {
    /// A page that is the whole body.
    pub(crate) fn alone(policy: &'a Policy) -> Self {
        Self { prefix: "", policy, lane: Lane::Interactive, errors: Vec::new() }
    }

    pub(crate) fn lane(&self, priority: Option<Priority>) -> Lane {
        match priority {
            Some(Priority::Interactive) => Lane::Interactive,
            Some(Priority::Bulk) => Lane::Bulk,
            None => self.lane,
        }
    }

    pub(crate) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{}{field}", self.prefix), message));
    }

    /// Exactly one of the two, and a target that may be rendered.
    pub(crate) fn page(
        &mut self,
        url: Option<String>,
        html: Option<String>,
    ) -> Result<Option<(Page, Option<String>)>, Problem> {
        match (url, html) {
            (Some(url), None) => Ok(self.target(&url)?.map(|url| (Page::Url(url), None))),
            (None, Some(html)) if html.len() > LONGEST_HTML => {
                let field = format!("{}html", self.prefix);
                let message = format!("`{field}` is {} bytes long; at most {LONGEST_HTML} are taken", html.len());
                Err(Problem::new(Code::PayloadTooLarge, message))
            }
            (None, Some(html)) if html.trim().is_empty() => {
                self.wrong("html", "must not be empty");
                Ok(None)
            }
            (None, Some(html)) => Ok(Some((Page::Html, Some(html)))),
            (Some(_), Some(_)) => {
                self.wrong("html", "must not be sent together with `url`: send one of them");
                Ok(None)
            }
            (None, None) => {
                self.wrong("url", "is missing: send `url` or `html`");
                Ok(None)
            }
        }
    }

    fn target(&mut self, raw: &str) -> Result<Option<TargetUrl>, Problem> {
        let url = match TargetUrl::parse(raw) {
            Ok(url) => url,
            Err(bad) => {
                self.wrong("url", bad.to_string());
                return Ok(None);
            }
        };
        self.policy.check_target(&url).map_err(|refused| {
            let field = format!("{}url", self.prefix);
            let problem = Problem::new(Code::UrlBlocked, format!("`{field}` is refused: {refused}"));
            Problem { errors: vec![FieldError::new(field, refused.to_string())], ..problem }
        })?;
        Ok(Some(url))
    }

    /// Whether the call is asynchronous, by either name.
    pub(crate) fn asynchronous(&mut self, async_mode: Option<bool>, alias: Option<bool>) -> bool {
        if let (Some(one), Some(other)) = (async_mode, alias)
            && one != other
        {
            self.wrong("async", "contradicts `async_mode`: send one of them");
        }
        async_mode.or(alias).unwrap_or(false)
    }
}
