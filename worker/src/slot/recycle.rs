//! Recycling: prepares a browser for its next job, or retires it.

use domain::job::{RenderRequest, Target};
use domain::options::Output;

use super::outcome::RenderOutcome;
use crate::browser::{Context, Lane, Purpose, Retirement, SiteIsolation};
use crate::pool::browsers::PooledBrowser;

/// A browser, and what a job was rendered in.
#[derive(Debug)]
pub(super) struct UsedBrowser {
    pub(super) browser: PooledBrowser,
    pub(super) used: Used,
}

/// What a job was rendered in.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) context: Option<UsedContext>,
    pub(super) lane: Option<UsedLane>,
    /// The browser may be damaged. Retire it.
    damaged: bool,
}

/// The context that a job was rendered in.
#[derive(Debug)]
pub(super) struct UsedContext {
    pub(super) context: Context,
    /// The job has left only what a page without network access can leave, which a reset removes. If not, there is
    /// network state, options of the job, or an unfinished render: dispose of the context.
    pub(super) resettable: bool,
    /// How many connections outside of any job there had been when the job ended.
    pub(super) unattributed: u64,
}

/// The page of the static lane that a job was rendered in.
#[derive(Debug)]
pub(super) struct UsedLane {
    pub(super) lane: Lane,
    /// Clearing the page removes all that the job has left.
    pub(super) clearable: bool,
    /// As for a context.
    pub(super) unattributed: u64,
}

/// Whether a page may be rendered in the context of an earlier job and leave it to a later one:
/// it is served by us, and neither an option nor a secret sets anything in it that a reset would not
/// remove.
fn reusable(request: &RenderRequest) -> bool {
    let RenderRequest { target, options, secrets } = request;
    matches!(target, Target::Html(_)) && options.allow_page_reuse() && secrets.is_none()
}

/// Returns which context a job needs.
pub(super) fn purpose(request: &RenderRequest) -> Purpose {
    if reusable(request) { Purpose::SharedPage } else { Purpose::OwnPage }
}

/// Returns whether the browser of a job isolates sites.
pub(super) fn isolation(request: &RenderRequest) -> SiteIsolation {
    match request.options.output {
        Output::Screenshot(_) => SiteIsolation::On,
        Output::Pdf(_) => SiteIsolation::Off,
    }
}

impl UsedContext {
    pub(super) fn new(context: Context) -> Self {
        Self { context, resettable: false, unattributed: 0 }
    }
}

impl UsedLane {
    pub(super) fn new(lane: Lane) -> Self {
        Self { lane, clearable: false, unattributed: 0 }
    }
}

impl Used {
    /// Takes into account how the attempt ended, which may have been before the render did.
    pub(super) fn end(&mut self, outcome: &RenderOutcome) {
        self.damaged = matches!(outcome, RenderOutcome::Failed(error) if error.may_damage_browser());
    }
}

impl UsedBrowser {
    /// Prepares the browser for the next job, or retires it if that fails.
    pub(super) async fn recycle(self) {
        let Self { mut browser, used: Used { context, lane, damaged } } = self;
        if damaged {
            return browser.state().retire(Retirement::Damaged);
        }
        if let Some(UsedLane { lane, clearable: true, unattributed }) = lane
            && let Some(lane) = lane.clear().await
        {
            browser.store_lane(lane, unattributed);
        }
        let Some(UsedContext { context, resettable, unattributed }) = context else { return };
        let context = if resettable {
            match context.reset().await {
                Ok(reset) => return browser.store_context(reset, unattributed),
                Err(context) => context,
            }
        } else {
            context
        };
        if !context.dispose().await || browser.prepare_context().await.is_err() {
            browser.state().retire(Retirement::Damaged);
        }
    }
}
