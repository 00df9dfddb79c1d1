//! Warnings: what a person should know of a completed job.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Maximum number of warnings of a job: more than there are codes.
const MAX_WARNINGS: usize = 16;

/// Maximum length of a message that is stored, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

/// What a person should know of a completed job. Each code occurs once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Warning>")]
pub struct Warnings(Vec<Warning>);

/// One thing that a person should know of a completed job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// For programs.
    pub code: WarningCode,
    /// For people.
    pub message: String,
    /// How many times it happened, where that can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// What a warning is about, for programs. Clients depend on every name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(from = "String", into = "String")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum WarningCode {
    /// A font in use had not loaded in time.
    FontsLate,
    /// Requests of the page failed.
    RequestsFailed,
    /// An animation was still running.
    AnimationRunning,
    /// `wait_for` timed out, and `timeout_fallback_to` was used.
    FallbackUsed,
    /// The page has no end: scrolling stopped at its limit.
    ScrollIncomplete,
    /// The content of a PDF was scaled down to fit the sheet.
    ContentScaled,
    /// The content of a PDF is wider than the sheet, even at the smallest scale.
    ContentCutOff,
    /// Frames of the page are missing from the file.
    FramesMissing,
    /// A clip reached beyond the page, and was trimmed to it.
    ClipTrimmed,
    /// No element matched one of `click_selectors`.
    ClickNotFound,
    /// A code that a later version wrote.
    #[strum(disabled)]
    Other(String),
}

impl Warning {
    /// A warning without a count.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let message = message.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE_CHARS).collect();
        Self { code, message, count: None }
    }

    /// Adds how many times it happened.
    #[must_use]
    pub fn with_count(self, count: u32) -> Self {
        Self { count: Some(count), ..self }
    }
}

impl Warnings {
    /// Adds a warning, in place of an earlier one with the same code. Once there are
    /// 16, further codes are dropped.
    pub fn push(&mut self, warning: Warning) {
        if let Some(earlier) = self.0.iter_mut().find(|earlier| earlier.code == warning.code) {
            *earlier = warning;
        } else if self.0.len() < MAX_WARNINGS {
            self.0.push(warning);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The warnings, in the order in which their codes were first added.
    pub fn iter(&self) -> impl Iterator<Item = &Warning> {
        self.0.iter()
    }
}

impl From<Vec<Warning>> for Warnings {
    fn from(stored: Vec<Warning>) -> Self {
        stored.into_iter().collect()
    }
}

impl FromIterator<Warning> for Warnings {
    fn from_iter<I: IntoIterator<Item = Warning>>(warnings: I) -> Self {
        let mut all = Self::default();
        warnings.into_iter().for_each(|warning| all.push(warning));
        all
    }
}

impl WarningCode {
    /// The name on the wire and in the database.
    pub fn name(&self) -> &str {
        if let Self::Other(name) = self { name } else { self.into() }
    }
}

impl From<String> for WarningCode {
    fn from(name: String) -> Self {
        Self::from_str(&name).unwrap_or(Self::Other(name))
    }
}

impl From<WarningCode> for String {
    fn from(code: WarningCode) -> Self {
        code.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Warning, WarningCode, Warnings};

    #[test]
    fn warnings_are_read_as_they_were_stored() {
        let codes = [
            ("FONTS_LATE", WarningCode::FontsLate),
            ("REQUESTS_FAILED", WarningCode::RequestsFailed),
            ("ANIMATION_RUNNING", WarningCode::AnimationRunning),
            ("FALLBACK_USED", WarningCode::FallbackUsed),
            ("SCROLL_INCOMPLETE", WarningCode::ScrollIncomplete),
            ("CONTENT_SCALED", WarningCode::ContentScaled),
            ("CONTENT_CUT_OFF", WarningCode::ContentCutOff),
            ("FRAMES_MISSING", WarningCode::FramesMissing),
            ("MOON_FULL", WarningCode::Other("MOON_FULL".to_owned())),
        ];
        for (name, code) in codes {
            let warnings: Warnings = [Warning::new(code, "a message").with_count(3)].into_iter().collect();
            let stored = json!([{"code": name, "message": "a message", "count": 3}]);

            assert_eq!(serde_json::to_value(&warnings).expect("json"), stored);
            assert_eq!(serde_json::from_value::<Warnings>(stored).expect("stored warnings"), warnings);
        }
    }

    #[test]
    fn a_warning_without_a_count_stores_none() {
        let warning = Warning::new(WarningCode::FontsLate, "late\u{0}");

        assert_eq!(serde_json::to_value(warning).expect("json"), json!({"code": "FONTS_LATE", "message": "late"}));
    }

    #[test]
    fn each_code_occurs_once_with_its_latest_warning() {
        let code = || WarningCode::RequestsFailed;
        let other = Warning::new(WarningCode::FontsLate, "late");

        let warnings: Warnings =
            [Warning::new(code(), "1").with_count(1), other.clone(), Warning::new(code(), "2").with_count(2)]
                .into_iter()
                .collect();

        assert_eq!(warnings.iter().collect::<Vec<_>>(), [&Warning::new(code(), "2").with_count(2), &other]);
    }

    #[test]
    fn a_job_has_at_most_16_warnings() {
        let warning = |number: u32| Warning::new(WarningCode::Other(number.to_string()), "many");

        assert_eq!((0..40).map(warning).collect::<Warnings>().iter().count(), 16);
    }
}
