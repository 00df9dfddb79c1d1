//! The navigation of a page, as its events report it.

use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventFrameNavigated, EventFrameStartedNavigating, EventFrameStoppedLoading, EventLifecycleEvent,
};
use domain::options::Milestone;
use serde_json::Value;

/// Deprecated without a replacement: no other event reports that a refresh is scheduled.
const FRAME_SCHEDULED_NAVIGATION: &str = "Page.frameScheduledNavigation";

/// The scheduled navigation has started, or stays within the document.
const FRAME_CLEARED_SCHEDULED_NAVIGATION: &str = "Page.frameClearedScheduledNavigation";

/// The navigation of a page's main frame.
///
/// Everything refers to the current document: when a script navigates, the next document starts
/// over, and while a navigation is pending, the page has reached no milestone.
#[derive(Debug, Default)]
pub(crate) struct Navigation {
    frame: String,
    /// Where the document comes from; `None` while it is the initial blank one.
    address: Option<Address>,
    /// The loader of the current document.
    loader: String,
    reached: Vec<Milestone>,
    pending: Pending,
    /// Loading has stopped, and no document has arrived.
    no_document: bool,
}

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// From this URL.
    Loaded(String),
    /// The document is the browser's error page, because this URL could not be reached.
    Unreachable(String),
}

/// Identifies one of the documents that a page shows in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentId(pub(crate) String);

/// Whether another document is about to replace the current one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Pending {
    #[default]
    No,
    Scheduled,
    Started,
}

impl Navigation {
    /// The navigation of a new page, whose main frame is `frame`.
    pub(super) fn new(frame: &str) -> Self {
        Self { frame: frame.to_owned(), ..Self::default() }
    }

    /// The navigation of a page that is kept: it has arrived, and stays.
    pub(super) fn of_kept(frame: &str, document: &DocumentId) -> Self {
        let address = Some(Address::Loaded("about:blank".to_owned()));
        Self { address, loader: document.0.clone(), ..Self::new(frame) }
    }

    /// Whether an event means that the page leaves its document.
    pub(super) fn is_departure(method: &str) -> bool {
        [FRAME_SCHEDULED_NAVIGATION, EventFrameStartedNavigating::IDENTIFIER, EventFrameNavigated::IDENTIFIER]
            .contains(&method)
    }

    /// Whether a document, or an error page, has started to arrive.
    pub(crate) fn has_committed(&self) -> bool {
        self.address.is_some()
    }

    /// Whether the navigation has ended without a document.
    pub(crate) fn has_no_document(&self) -> bool {
        self.no_document
    }

    /// Whether an event is one that [`on_event`](Self::on_event) handles.
    pub(super) fn is_navigation_event(method: &str) -> bool {
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

    /// Whether a document has started to arrive, and no other is about to replace it.
    pub(crate) fn is_settled(&self) -> bool {
        self.address.is_some() && self.pending == Pending::No
    }

    /// Whether the page is settled and has reached a milestone.
    pub(crate) fn has_reached(&self, milestone: Milestone) -> bool {
        self.is_settled() && (milestone == Milestone::Commit || self.reached.contains(&milestone))
    }

    /// Whether `document` is still the current one, and no other is about to replace it.
    pub(super) fn stays_on(&self, document: &DocumentId) -> bool {
        self.pending == Pending::No && self.loader == document.0
    }

    /// The current document.
    pub(super) fn document(&self) -> DocumentId {
        DocumentId(self.loader.clone())
    }

    /// Returns the URL of the current document if `loader` loaded it.
    pub(super) fn loaded_url(&self, loader: &str) -> Option<&str> {
        match &self.address {
            Some(Address::Loaded(url)) if self.loader == loader => Some(url),
            Some(Address::Loaded(_) | Address::Unreachable(_)) | None => None,
        }
    }

    /// Where the document comes from; `None` while it is the initial blank one.
    pub(super) fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// Handles an event, and returns whether anything may have changed.
    pub(super) fn on_event(&mut self, method: &str, params: &Value) -> bool {
        let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
        match method {
            EventFrameNavigated::IDENTIFIER => self.commit(params.get("frame")),
            _ if text("frameId") != self.frame => false,
            EventLifecycleEvent::IDENTIFIER => self.reach(text("loaderId"), text("name")),
            FRAME_SCHEDULED_NAVIGATION if is_imminent(params) => self.change_pending(Pending::No, Pending::Scheduled),
            FRAME_CLEARED_SCHEDULED_NAVIGATION => self.change_pending(Pending::Scheduled, Pending::No),
            EventFrameStartedNavigating::IDENTIFIER if text("navigationType") == "sameDocument" => false,
            EventFrameStartedNavigating::IDENTIFIER => {
                (self.pending, self.no_document) = (Pending::Started, false);
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
        self.switch_to(text("loaderId"));
        self.address = Some(match text("unreachableUrl") {
            "" => Address::Loaded(format!("{}{}", text("url"), text("urlFragment"))),
            url => Address::Unreachable(url.to_owned()),
        });
        self.pending = Pending::No;
        true
    }

    fn reach(&mut self, loader: &str, name: &str) -> bool {
        let milestone = match name {
            "DOMContentLoaded" => Milestone::DomContentLoaded,
            "load" => Milestone::Load,
            _ => return false,
        };
        self.switch_to(loader);
        self.reached.push(milestone);
        true
    }

    fn change_pending(&mut self, from: Pending, to: Pending) -> bool {
        if self.pending == from {
            self.pending = to;
        }
        true
    }

    /// Loading has stopped: the document is complete, or the navigation to another one failed.
    fn stop(&mut self) -> bool {
        self.change_pending(Pending::Started, Pending::No);
        self.no_document = self.address.is_none();
        self.reached.extend([Milestone::DomContentLoaded, Milestone::Load]);
        true
    }

    /// Forgets the milestones of another document. Those of the initial blank one come first.
    fn switch_to(&mut self, loader: &str) {
        if self.loader != loader {
            loader.clone_into(&mut self.loader);
            self.reached.clear();
        }
    }
}

/// A page that navigates at once is not the page that was requested. A page that refreshes
/// itself periodically is.
fn is_imminent(scheduled: &Value) -> bool {
    scheduled.get("delay").and_then(Value::as_f64).is_some_and(|seconds| seconds < 1.0)
}

#[cfg(test)]
mod tests {
    use domain::options::Milestone;
    use serde_json::{Value, json};

    use super::{Address, Navigation};

    fn after(events: &[(&str, Value)]) -> Navigation {
        let mut navigation = Navigation::new("main");
        for (method, params) in events {
            navigation.on_event(&format!("Page.{method}"), params);
        }
        navigation
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
    fn the_blank_document_reaches_no_milestone() {
        let navigation = after(&[lifecycle("blank", "load"), of_main("frameStoppedLoading", json!({}))]);

        assert!(!navigation.has_committed());
        assert!(!navigation.has_reached(Milestone::Load));
    }

    #[test]
    fn a_document_reaches_the_milestones_of_its_events_in_any_order() {
        let events =
            [lifecycle("blank", "load"), lifecycle("a", "DOMContentLoaded"), committed("a"), lifecycle("a", "load")];
        let navigation = after(&events);

        assert!(navigation.has_reached(Milestone::DomContentLoaded));
        assert!(navigation.has_reached(Milestone::Load));
        assert!(!navigation.has_reached(Milestone::NetworkIdle));
        assert_eq!(navigation.address(), Some(&Address::Loaded("http://a/".to_owned())));
    }

    #[test]
    fn an_unreachable_page_has_the_url_that_was_requested() {
        let url = "chrome-error://chromewebdata/";
        let error = json!({"frame": {"id": "main", "loaderId": "a", "url": url, "unreachableUrl": "http://dead/"}});

        let navigation = after(&[("frameNavigated", error)]);

        assert_eq!(navigation.address(), Some(&Address::Unreachable("http://dead/".to_owned())));
    }

    #[test]
    fn child_frames_are_ignored() {
        let frame = json!({"frame": {"id": "child", "loaderId": "c", "url": "http://c/"}});
        let navigation = after(&[committed("a"), ("frameNavigated", frame)]);

        assert_eq!(navigation.address(), Some(&Address::Loaded("http://a/".to_owned())));
    }

    #[test]
    fn a_page_that_is_navigating_has_reached_no_milestone() {
        let begun = of_main("frameStartedNavigating", json!({"navigationType": "differentDocument"}));
        let leaving = [committed("a"), lifecycle("a", "load"), begun];

        assert!(!after(&leaving).has_reached(Milestone::Load));
        assert!(!after(&[&leaving[..], &[committed("b")]].concat()).has_reached(Milestone::Load));
        assert!(
            after(&[&leaving[..], &[committed("b"), lifecycle("b", "load")]].concat()).has_reached(Milestone::Load)
        );
    }

    #[test]
    fn a_page_whose_next_navigation_failed_is_complete() {
        let begun = of_main("frameStartedNavigating", json!({"navigationType": "differentDocument"}));
        let navigation = after(&[committed("a"), begun, of_main("frameStoppedLoading", json!({}))]);

        assert!(navigation.has_reached(Milestone::Load));
    }

    #[test]
    fn a_navigation_within_the_document_keeps_its_milestones() {
        let scheduled = of_main("frameScheduledNavigation", json!({"delay": 0}));
        let cleared = of_main("frameClearedScheduledNavigation", json!({}));
        let navigation = after(&[committed("a"), lifecycle("a", "load"), scheduled, cleared]);

        assert!(navigation.has_reached(Milestone::Load));
    }

    #[test]
    fn only_an_imminent_refresh_is_waited_for() {
        let after_refresh = |delay: f64| {
            let scheduled = of_main("frameScheduledNavigation", json!({"delay": delay, "reason": "metaTagRefresh"}));
            after(&[committed("a"), lifecycle("a", "load"), scheduled]).has_reached(Milestone::Load)
        };

        assert!(!after_refresh(0.0));
        assert!(after_refresh(30.0));
    }
}
