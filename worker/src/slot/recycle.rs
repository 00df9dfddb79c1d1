//! Recycling: prepares a browser for its next job, or retires it.

use domain::job::{RenderRequest, Target};
use domain::options::Output;

use super::outcome::RenderOutcome;
use crate::browser::{Context, Purpose, Retirement, SiteIsolation};
use crate::egress::EgressSession;
use crate::pool::browsers::PooledBrowser;

/// A browser, and the context in it that a job was rendered in.
#[derive(Debug)]
pub(super) struct UsedBrowser {
    pub(super) browser: PooledBrowser,
    pub(super) context: Context,
    pub(super) residue: Residue,
    /// How many connections outside of any job there had been when the job ended.
    pub(super) unattributed: u64,
}

/// What a job has left in its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Residue {
    /// Only what a page without network access can leave, which a reset removes.
    Resettable,
    /// Network state, options of the job, or an unfinished render. Dispose of the context.
    Disposable,
    /// The browser may be damaged. Retire it.
    Harmful,
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

impl Residue {
    /// `heavy` means that the browser uses much memory: what a document has stored stays in
    /// memory for as long as its context exists.
    pub(super) fn of(purpose: Purpose, outcome: &RenderOutcome, egress: &EgressSession, heavy: bool) -> Self {
        let resettable = purpose == Purpose::SharedPage && !heavy && egress.report().attempts == 0;
        match outcome {
            RenderOutcome::Rendered(_) if resettable => Self::Resettable,
            RenderOutcome::Failed(error) if error.may_damage_browser() => Self::Harmful,
            RenderOutcome::Rendered(_)
            | RenderOutcome::Failed(_)
            | RenderOutcome::SourceUnavailable
            | RenderOutcome::Stopped(_) => Self::Disposable,
        }
    }
}

impl UsedBrowser {
    /// Resets the browser for the next job, or retires it if that fails.
    pub(super) async fn recycle(self) {
        let Self { mut browser, context, residue, unattributed } = self;
        let disposable = match residue {
            Residue::Resettable => match context.reset().await {
                Ok(reset) => return browser.store_context(reset, unattributed),
                Err(context) => Some(context),
            },
            Residue::Disposable => Some(context),
            Residue::Harmful => None,
        };
        let disposed = match disposable {
            Some(context) => context.dispose().await,
            None => false,
        };
        if !disposed || browser.prepare_context().await.is_err() {
            browser.state().retire(Retirement::Damaged);
        }
    }
}
