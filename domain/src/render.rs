//! What to render, and how: the options of a job, parsed once and stored as they are.

mod length;
mod output;
mod paper;
mod ready;
mod target;

pub use length::{BadLength, Length};
pub use output::{Area, Background, ImageFormat, Margin, Orientation, Output, Pdf, Screenshot, Viewport};
pub use paper::Paper;
pub use ready::{Milestone, Scroll, WaitFor};
pub use target::{BadUrl, TargetUrl};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a render may take that says nothing else, in milliseconds.
pub const BUDGET_MS: u32 = 30_000;

/// The same, as a duration.
pub const BUDGET: Duration = Duration::from_millis(BUDGET_MS as u64);

/// Everything about a render but the `html`, which is kept apart.
///
/// What came with a later version is stored only where it is asked for: a worker of an
/// earlier one reads all other jobs, and a call that is repeated is recognized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Where the page comes from.
    pub page: Page,
    /// When the page counts as ready.
    #[serde(default)]
    pub wait_for: WaitFor,
    /// What to settle for, tried once, where the page was not ready in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_fallback_to: Option<Milestone>,
    /// How long to linger after that, in milliseconds.
    #[serde(default)]
    pub delay_ms: u32,
    /// Whether the page is scrolled through before it is captured.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scroll: Scroll,
    /// How long the whole render may take, in milliseconds: 1,000 to 60,000.
    #[serde(default = "budget_ms", skip_serializing_if = "is_budget")]
    pub timeout_ms: u32,
    /// The file to make.
    pub output: Output,
}

/// Where the page comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// It is navigated to.
    Url(TargetUrl),
    /// It was sent along, and is the job's source.
    Html,
}

impl Options {
    /// A page and a file, and nothing said about the rest.
    pub fn new(page: Page, output: Output) -> Self {
        Self {
            page,
            wait_for: WaitFor::default(),
            timeout_fallback_to: None,
            delay_ms: 0,
            scroll: Scroll::default(),
            timeout_ms: BUDGET_MS,
            output,
        }
    }

    /// How long the whole render may take, counted from its start.
    pub fn budget(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.into())
    }
}

fn budget_ms() -> u32 {
    BUDGET_MS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_budget(timeout_ms: &u32) -> bool {
    *timeout_ms == BUDGET_MS
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BUDGET, Milestone, Options, Scroll, WaitFor};

    fn stored() -> serde_json::Value {
        let viewport = json!({"width": 1280, "height": 720, "device_scale_factor": 1.0});
        let screenshot = json!({"format": "png", "viewport": viewport, "area": "viewport"});
        json!({"page": "html", "wait_for": "load", "delay_ms": 5, "output": {"screenshot": screenshot}})
    }

    fn with(name: &str, value: serde_json::Value) -> serde_json::Value {
        let mut stored = stored();
        stored.as_object_mut().expect("an object").insert(name.to_owned(), value);
        stored
    }

    #[test]
    fn options_that_an_earlier_version_stored_have_thirty_seconds() {
        let options: Options = serde_json::from_value(stored()).expect("options");

        assert_eq!((options.budget(), options.timeout_fallback_to, options.scroll), (BUDGET, None, Scroll::No));
    }

    #[test]
    fn options_are_stored_for_an_earlier_version_to_read_where_they_ask_nothing_new() {
        let options: Options = serde_json::from_value(stored()).expect("options");

        assert_eq!(serde_json::to_value(&options).expect("json"), stored());
    }

    #[test]
    fn every_option_comes_back_from_where_it_is_stored() {
        for (name, value) in [
            ("wait_for", json!("network_idle")),
            ("wait_for", json!({"selector": "#ready"})),
            ("timeout_fallback_to", json!("commit")),
            ("timeout_ms", json!(1000)),
            ("scroll", json!("through")),
        ] {
            let stored = with(name, value);

            let options: Options = serde_json::from_value(stored.clone()).expect(name);

            assert_eq!(serde_json::to_value(&options).expect("json"), stored);
        }
    }

    #[test]
    fn what_is_no_option_is_not_read() {
        for (name, value) in [
            ("wait_for", json!("selector")),
            ("wait_for", json!({"selektor": "p"})),
            ("timeout_fallback_to", json!({"selector": "p"})),
            ("hologram", json!(true)),
        ] {
            assert!(serde_json::from_value::<Options>(with(name, value)).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_no_milestone_is_a_selector() {
        for (raw, expected) in [
            ("commit", WaitFor::Milestone(Milestone::Commit)),
            ("domcontentloaded", WaitFor::Milestone(Milestone::DomContentLoaded)),
            ("network_idle", WaitFor::Milestone(Milestone::NetworkIdle)),
            ("Load", WaitFor::Selector("Load".to_owned())),
        ] {
            assert_eq!(WaitFor::parse(raw), expected);
        }
    }
}
