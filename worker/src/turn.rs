//! One turn of a slot: a job is rendered, and ended behind its fence.

mod end;

use std::sync::Arc;

use domain::Db;
use domain::bell::{Bell, Bells};
use domain::egress::Policy;
use domain::job::{Claim, ErrorCode, Failure, Rendered};
use domain::render::Page;
use domain::schema::is_away;
use domain::stat::Tally;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::browser::{Context, Purpose};
use crate::darkroom::{Seat, Shelf};
use crate::egress::Gate;
use crate::live::{Entry, Stop};
use crate::outage::Outage;
use crate::render::{self, NotRendered, Request, milliseconds};

/// What every turn needs, whichever slot it is of.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) db: Db,
    pub(crate) policy: Policy,
    /// The most memory that a browser may take, in MiB.
    pub(crate) memory: u64,
    pub(crate) tally: Tally,
    pub(crate) outage: Arc<Outage>,
    pub(crate) bells: Bells,
}

/// How a turn went.
#[derive(Debug)]
enum Outcome {
    Rendered(Rendered),
    NotRendered(NotRendered),
    Unread,
    Stopped(Stop),
}

/// What became of the job.
#[derive(Debug)]
enum Ending {
    Completed(usize),
    Failed(ErrorCode),
    Again(ErrorCode),
    Released,
    Lost,
    /// The lease lapses, and the job is another's.
    Unknown(String),
}

impl Means {
    /// Renders a job, ends it, and says so.
    pub(crate) async fn turn(&self, claim: Claim, browsers: Shelf, mut entry: Entry) {
        let start = Instant::now();
        let (job, attempt, origin) = (claim.lease.job(), claim.attempt, origin(&claim));
        let ending = self.render_and_end(claim, &browsers, &mut entry).await;
        drop(entry);
        match &ending {
            Ending::Completed(_) | Ending::Failed(_) => self.bells.ring(Bell::Ended),
            Ending::Released => self.bells.ring(Bell::Queued),
            Ending::Again(_) | Ending::Lost | Ending::Unknown(_) => {}
        }
        let duration_ms = milliseconds(start.elapsed());
        match ending {
            Ending::Completed(bytes) => {
                info!(job.id = %job, attempt, duration_ms, bytes, origin, "rendered {bytes} bytes");
            }
            Ending::Failed(code) => {
                info!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed, refunded");
            }
            Ending::Again(code) => {
                warn!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed, tried again soon");
            }
            Ending::Released => info!(job.id = %job, attempt, duration_ms, origin, "given back"),
            Ending::Lost => info!(job.id = %job, attempt, duration_ms, origin, "stopped: no longer ours"),
            Ending::Unknown(why) => warn!(job.id = %job, attempt, duration_ms, origin, "left to lapse: {why}"),
        }
    }

    /// Renders in a browser of the account's, in a context of its own. That is disposed of
    /// in any case, while the job is being ended: the customer need not wait for it.
    async fn render_and_end(&self, claim: Claim, browsers: &Shelf, entry: &mut Entry) -> Ending {
        let start = Instant::now();
        let ready = async {
            let mut seat = browsers.take(claim.account).await?;
            let context = seat.context(purpose(&claim)).await.ok()?;
            Some((seat, context))
        };
        let ready = tokio::select! {
            biased;
            why = entry.stopped() => Err(Outcome::Stopped(why)),
            ready = ready => ready.ok_or(Outcome::NotRendered(NotRendered::Untouched)),
        };
        let (seat, mut context) = match ready {
            Ok(ready) => ready,
            Err(outcome) => return self.end(claim.lease, outcome, start).await,
        };
        let gate = seat.proxy().open();
        let outcome = tokio::select! {
            biased;
            why = entry.stopped() => Outcome::Stopped(why),
            () = seat.state().outgrown() => Outcome::NotRendered(render::overgrown(self.memory)),
            outcome = self.work(&claim, &mut context, &gate) => outcome,
        };
        let left = Left::of(&outcome, &gate);
        drop(gate);
        tokio::join!(self.end(claim.lease, outcome, start), leave(seat, context, left)).0
    }

    async fn work(&self, claim: &Claim, context: &mut Context, gate: &Gate) -> Outcome {
        let options = match &claim.options {
            Ok(options) => options,
            Err(bad) => {
                let unreadable = Failure::new(ErrorCode::WorkerLost, bad.to_string());
                return Outcome::NotRendered(NotRendered::Chance(unreadable));
            }
        };
        let html = match claim.html(&self.db).await {
            Ok(html) => html,
            Err(error) if is_away(&error) => {
                self.outage.met("a page is read", &error);
                return Outcome::Unread;
            }
            Err(error) => {
                error!(job.id = %claim.lease.job(), "the html of a job cannot be read: {error}");
                let unreadable = Failure::new(ErrorCode::WorkerLost, "no worker could read the html of this job");
                return Outcome::NotRendered(NotRendered::Chance(unreadable));
            }
        };
        if matches!(options.page, Page::Html) && html.is_none() {
            let gone = Failure::new(ErrorCode::NavigationFailed, "the html of this job is no longer kept");
            return Outcome::NotRendered(NotRendered::Final(gone));
        }
        let request = Request { job: claim.lease.job(), options, html, policy: &self.policy };
        match render::render(context, gate, request).await {
            Ok(rendered) => Outcome::Rendered(rendered),
            Err(why) => Outcome::NotRendered(why),
        }
    }
}

/// What a turn has left in its browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Nothing but what a page leaves that has asked nothing of the network.
    Little,
    /// What went over the network, or was never finished.
    Much,
    /// Perhaps harm.
    Harm,
}

impl Left {
    fn of(outcome: &Outcome, gate: &Gate) -> Self {
        match outcome {
            Outcome::Rendered(_) if gate.report().connections == 0 => Self::Little,
            Outcome::NotRendered(why) if why.harms() => Self::Harm,
            Outcome::Rendered(_) | Outcome::NotRendered(_) | Outcome::Unread | Outcome::Stopped(_) => Self::Much,
        }
    }
}

/// Leaves a browser as if nothing had been; one where that is in doubt has had its last job.
async fn leave(mut seat: Seat, context: Context, left: Left) {
    let rest = match left {
        Left::Little => match context.wiped().await {
            Ok(wiped) => return seat.keep(wiped),
            Err(context) => Some(context),
        },
        Left::Much => Some(context),
        Left::Harm => None,
    };
    let gone = match rest {
        Some(context) => context.dispose().await,
        None => false,
    };
    if !gone {
        seat.state().retire();
    }
}

fn purpose(claim: &Claim) -> Purpose {
    match &claim.options {
        Ok(options) if matches!(options.page, Page::Html) => Purpose::Html(render::window(options)),
        Ok(_) | Err(_) => Purpose::Web,
    }
}

/// All of a page's address that may be logged.
fn origin(claim: &Claim) -> String {
    match claim.options.as_ref().map(|options| &options.page) {
        Ok(Page::Url(target)) => target.origin(),
        Ok(Page::Html) => "html".to_owned(),
        Err(_) => "unreadable".to_owned(),
    }
}
