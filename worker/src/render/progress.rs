//! How far a page has come, as its events tell.

use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventFrameNavigated, EventFrameStartedNavigating, EventFrameStoppedLoading, EventLifecycleEvent,
};
use domain::render::Milestone;
use serde_json::Value;

/// Deprecated without a successor: nothing else tells that a refresh is due.
const FRAME_SCHEDULED_NAVIGATION: &str = "Page.frameScheduledNavigation";

/// It was begun, or was nothing but a jump within the page.
const FRAME_CLEARED_SCHEDULED_NAVIGATION: &str = "Page.frameClearedScheduledNavigation";

/// How far a page's main document has come.
///
/// A page that a script sends elsewhere begins anew with the next document: what counts
/// is the one that is there, and a page on its way to another has reached nothing.
#[derive(Debug, Default)]
pub(super) struct Progress {
    frame: String,
    /// Where the document comes from; `None` while it is still the empty one.
    address: Option<Address>,
    /// The document that events are counted for.
    loader: String,
    reached: Vec<Milestone>,
    leaving: Leaving,
    /// Nothing was loading any more before a document came: there was none.
    nothing: bool,
}

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Reached(String),
    /// Nowhere: the browser shows an error, for what should be here could not be reached.
    Unreachable(String),
}

/// One of the documents that a page shows in turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document(String);

/// Whether the page is about to be replaced by another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Leaving {
    #[default]
    No,
    /// It is due at once.
    Soon,
    /// It is being asked for.
    Begun,
}

impl Progress {
    /// A page whose main frame is this.
    pub(super) fn of(frame: &str) -> Self {
        Self { frame: frame.to_owned(), ..Self::default() }
    }

    /// Whether a document has begun to arrive.
    pub(super) fn has_begun(&self) -> bool {
        self.address.is_some()
    }

    /// Whether what was asked for was answered with no document at all.
    pub(super) fn came_to_nothing(&self) -> bool {
        self.nothing
    }

    /// Whether a document has begun to arrive that could be reached, in place of one that
    /// could not.
    pub(super) fn has_begun_anew(&self) -> bool {
        matches!(self.address, Some(Address::Reached(_)))
    }

    /// Whether an event says anything of a page's progress.
    pub(super) fn heeds(method: &str) -> bool {
        [
            EventFrameNavigated::IDENTIFIER,
            EventLifecycleEvent::IDENTIFIER,
            FRAME_SCHEDULED_NAVIGATION,
            FRAME_CLEARED_SCHEDULED_NAVIGATION,
            EventFrameStartedNavigating::IDENTIFIER,
            EventFrameStoppedLoading::IDENTIFIER,
        ]
        .contains(&method)
    }

    /// Whether a document has begun to arrive, and is there to stay.
    pub(super) fn is_settled(&self) -> bool {
        self.address.is_some() && self.leaving == Leaving::No
    }

    /// Whether a document that is there to stay has come so far.
    pub(super) fn has_reached(&self, milestone: Milestone) -> bool {
        self.is_settled() && (milestone == Milestone::Commit || self.reached.contains(&milestone))
    }

    /// Whether the document is there to stay, and still the one that was there.
    pub(super) fn stays(&self, document: &Document) -> bool {
        self.leaving == Leaving::No && self.loader == document.0
    }

    /// The document that is there.
    pub(super) fn document(&self) -> Document {
        Document(self.loader.clone())
    }

    /// Where the document comes from; `None` while it is still the empty one.
    pub(super) fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// Takes note of an event, and answers whether it says anything new.
    pub(super) fn note(&mut self, method: &str, params: &Value) -> bool {
        let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
        match method {
            EventFrameNavigated::IDENTIFIER => self.commit(params.get("frame")),
            _ if text("frameId") != self.frame => false,
            EventLifecycleEvent::IDENTIFIER => self.reach(text("loaderId"), text("name")),
            FRAME_SCHEDULED_NAVIGATION if is_soon(params) => self.turn(Leaving::No, Leaving::Soon),
            FRAME_CLEARED_SCHEDULED_NAVIGATION => self.turn(Leaving::Soon, Leaving::No),
            EventFrameStartedNavigating::IDENTIFIER if text("navigationType") == "sameDocument" => false,
            EventFrameStartedNavigating::IDENTIFIER => {
                (self.leaving, self.nothing) = (Leaving::Begun, false);
                true
            }
            EventFrameStoppedLoading::IDENTIFIER => self.stop(),
            _ => false,
        }
    }

    fn commit(&mut self, frame: Option<&Value>) -> bool {
        let text = |name: &str| frame.and_then(|frame| frame.get(name)).and_then(Value::as_str).unwrap_or_default();
        if text("id") != self.frame {
            return false;
        }
        self.follow(text("loaderId"));
        self.address = Some(match text("unreachableUrl") {
            "" => Address::Reached(text("url").to_owned()),
            url => Address::Unreachable(url.to_owned()),
        });
        self.leaving = Leaving::No;
        true
    }

    fn reach(&mut self, loader: &str, name: &str) -> bool {
        let milestone = match name {
            "DOMContentLoaded" => Milestone::DomContentLoaded,
            "load" => Milestone::Load,
            "networkIdle" => Milestone::NetworkIdle,
            _ => return false,
        };
        self.follow(loader);
        self.reached.push(milestone);
        true
    }

    fn turn(&mut self, from: Leaving, to: Leaving) -> bool {
        if self.leaving == from {
            self.leaving = to;
        }
        true
    }

    /// Nothing more comes, be it that the document is complete, or that it was left for
    /// another that never came.
    fn stop(&mut self) -> bool {
        self.turn(Leaving::Begun, Leaving::No);
        self.nothing = self.address.is_none();
        self.reached.extend([Milestone::DomContentLoaded, Milestone::Load]);
        true
    }

    /// The empty document's events come first, and are forgotten with it.
    fn follow(&mut self, loader: &str) {
        if self.loader != loader {
            loader.clone_into(&mut self.loader);
            self.reached.clear();
        }
    }
}

/// A page that is sent elsewhere at once is not the page that was asked for. One that
/// refreshes itself every now and then is.
fn is_soon(scheduled: &Value) -> bool {
    scheduled.get("delay").and_then(Value::as_f64).is_some_and(|seconds| seconds < 1.0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use domain::render::Milestone;

    use super::{Address, Progress};

    fn after(events: &[(&str, Value)]) -> Progress {
        let mut progress = Progress::of("main");
        for (method, params) in events {
            progress.note(&format!("Page.{method}"), params);
        }
        progress
    }

    fn lifecycle(loader: &str, name: &str) -> (&'static str, Value) {
        ("lifecycleEvent", json!({"frameId": "main", "loaderId": loader, "name": name}))
    }

    fn committed(loader: &str) -> (&'static str, Value) {
        ("frameNavigated", json!({"frame": {"id": "main", "loaderId": loader, "url": format!("http://{loader}/")}}))
    }

    fn of_main(method: &'static str, mut more: Value) -> (&'static str, Value) {
        more["frameId"] = "main".into();
        (method, more)
    }

    #[test]
    fn the_empty_document_reaches_nothing() {
        let progress = after(&[lifecycle("blank", "load"), of_main("frameStoppedLoading", json!({}))]);

        assert!(!progress.has_begun());
        assert!(!progress.has_reached(Milestone::Load));
    }

    #[test]
    fn a_document_reaches_what_its_events_say_in_whatever_order() {
        let events =
            [lifecycle("blank", "load"), lifecycle("a", "DOMContentLoaded"), committed("a"), lifecycle("a", "load")];
        let progress = after(&events);

        assert!(progress.has_reached(Milestone::DomContentLoaded));
        assert!(progress.has_reached(Milestone::Load));
        assert!(!progress.has_reached(Milestone::NetworkIdle));
        assert_eq!(progress.address(), Some(&Address::Reached("http://a/".to_owned())));
    }

    #[test]
    fn a_page_that_could_not_be_reached_says_which() {
        let url = "chrome-error://chromewebdata/";
        let error = json!({"frame": {"id": "main", "loaderId": "a", "url": url, "unreachableUrl": "http://dead/"}});

        let progress = after(&[("frameNavigated", error)]);

        assert_eq!(progress.address(), Some(&Address::Unreachable("http://dead/".to_owned())));
    }

    #[test]
    fn frames_within_the_page_count_for_nothing() {
        let frame = json!({"frame": {"id": "child", "loaderId": "c", "url": "http://c/"}});
        let progress = after(&[committed("a"), ("frameNavigated", frame)]);

        assert_eq!(progress.address(), Some(&Address::Reached("http://a/".to_owned())));
    }

    #[test]
    fn a_page_on_its_way_elsewhere_has_reached_nothing() {
        let begun = of_main("frameStartedNavigating", json!({"navigationType": "differentDocument"}));
        let leaving = [committed("a"), lifecycle("a", "load"), begun];

        assert!(!after(&leaving).has_reached(Milestone::Load));
        assert!(!after(&[&leaving[..], &[committed("b")]].concat()).has_reached(Milestone::Load));
        assert!(
            after(&[&leaving[..], &[committed("b"), lifecycle("b", "load")]].concat()).has_reached(Milestone::Load)
        );
    }

    #[test]
    fn a_page_that_was_left_for_nothing_is_complete() {
        let begun = of_main("frameStartedNavigating", json!({"navigationType": "differentDocument"}));
        let progress = after(&[committed("a"), begun, of_main("frameStoppedLoading", json!({}))]);

        assert!(progress.has_reached(Milestone::Load));
    }

    #[test]
    fn a_jump_within_the_page_leads_nowhere_else() {
        let scheduled = of_main("frameScheduledNavigation", json!({"delay": 0}));
        let cleared = of_main("frameClearedScheduledNavigation", json!({}));
        let progress = after(&[committed("a"), lifecycle("a", "load"), scheduled, cleared]);

        assert!(progress.has_reached(Milestone::Load));
    }

    #[test]
    fn only_a_refresh_that_is_due_at_once_is_waited_for() {
        let after_refresh = |delay: f64| {
            let scheduled = of_main("frameScheduledNavigation", json!({"delay": delay, "reason": "metaTagRefresh"}));
            after(&[committed("a"), lifecycle("a", "load"), scheduled]).has_reached(Milestone::Load)
        };

        assert!(!after_refresh(0.0));
        assert!(after_refresh(30.0));
    }
}
