//! The report: what a render tells of itself, besides its file.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use url::Url;

use super::warning::Warnings;

/// Maximum length of a URL that is stored, in bytes.
const MAX_URL_BYTES: usize = 8 * 1024;

/// What a render tells of itself, besides its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderReport {
    /// The HTTP status of the main document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_status: Option<u16>,
    /// The URL of the main document, after redirects. It is stored without user name and
    /// password, and not at all if it is longer than 8 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// The browser and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// What a person should know of the file.
    #[serde(default, skip_serializing_if = "Warnings::is_empty")]
    pub warnings: Warnings,
}

impl RenderReport {
    /// The stored form: null if there is nothing to tell.
    pub(super) fn stored(&self) -> Option<Json<Self>> {
        let final_url = self.final_url.as_deref().and_then(without_credentials);
        let stored = Self { final_url, ..self.clone() };
        (stored != Self::default()).then_some(Json(stored))
    }
}

/// A URL without user name and password; `None` if it is not a URL, or is too long.
fn without_credentials(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if url.has_authority() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    (url.as_str().len() <= MAX_URL_BYTES).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::RenderReport;

    fn at(url: &str) -> RenderReport {
        RenderReport { final_url: Some(url.to_owned()), ..RenderReport::default() }
    }

    #[test]
    fn a_url_is_stored_without_credentials() {
        for (url, stored) in [
            ("https://ada:secret@example.com/a?b=c#d", "https://example.com/a?b=c#d"),
            ("https://ada@example.com/", "https://example.com/"),
            ("https://example.com/", "https://example.com/"),
        ] {
            assert_eq!(at(url).stored().expect("a URL").0, at(stored), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_too_long_or_no_url_is_not_stored() {
        for url in [format!("https://example.com/{}", "a".repeat(8192)), "example".to_owned()] {
            assert!(at(&url).stored().is_none(), "{url}");
        }
    }

    #[test]
    fn a_report_is_read_whatever_a_later_version_adds() {
        let stored = json!({"target_status": 200, "weekday": 5, "warnings": [{"code": "NEW", "message": "new"}]});

        let report: RenderReport = serde_json::from_value(stored).expect("a stored report");

        assert_eq!((report.target_status, report.warnings.iter().count()), (Some(200), 1));
    }

    #[test]
    fn an_empty_report_is_not_stored() {
        assert!(RenderReport::default().stored().is_none());
    }
}
