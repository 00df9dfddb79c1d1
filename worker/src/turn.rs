//! One turn of a slot: a job is rendered, and ended behind its fence.

mod end;

use std::sync::Arc;

use domain::Db;
use domain::bell::{Bell, Bells};
use domain::egress::Policy;
use domain::id::JobId;
use domain::job::{Claim, ErrorCode, Failure, Rendered};
use domain::render::Page;
use domain::schema::is_away;
use domain::stat::Tally;
use tokio::sync::OwnedSemaphorePermit;
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

/// The right to render, until it is dropped.
pub(crate) type Slot = Option<OwnedSemaphorePermit>;

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

/// The log's words for a turn.
struct About {
    job: JobId,
    attempt: i16,
    /// All of the page's address that may be logged.
    origin: String,
    start: Instant,
}

impl Means {
    /// Renders a job, ends it, and says so. The slot is free for the next as soon as nothing
    /// of this one is left in its browser: a file on its way to Postgres needs none.
    pub(crate) async fn turn(&self, claim: Claim, browsers: Shelf, mut entry: Entry, slot: Slot) {
        let about = About::of(&claim);
        let (outcome, used) = self.render(&claim, &browsers, &mut entry).await;
        let end = async {
            let ending = self.end(claim.lease, outcome, about.start).await;
            drop(entry);
            match &ending {
                Ending::Completed(_) | Ending::Failed(_) => self.bells.ring(Bell::Ended),
                Ending::Released => self.bells.ring(Bell::Queued),
                Ending::Again(_) | Ending::Lost | Ending::Unknown(_) => {}
            }
            about.tell(ending);
        };
        let leave = async {
            if let Some(used) = used {
                used.leave().await;
            }
            drop(slot);
        };
        tokio::join!(end, leave);
    }

    /// Renders in a browser of the account's, in a context of its own, and hands out both.
    async fn render(&self, claim: &Claim, browsers: &Shelf, entry: &mut Entry) -> (Outcome, Option<Used>) {
        let ready = async {
            let mut seat = browsers.take(claim.account).await?;
            let context = seat.context(purpose(claim)).await.ok()?;
            Some((seat, context))
        };
        let ready = tokio::select! {
            biased;
            why = entry.stopped() => return (Outcome::Stopped(why), None),
            ready = ready => ready,
        };
        let Some((seat, mut context)) = ready else { return (Outcome::NotRendered(NotRendered::Untouched), None) };
        let gate = seat.proxy().open();
        let outcome = tokio::select! {
            biased;
            why = entry.stopped() => Outcome::Stopped(why),
            () = seat.state().outgrown() => Outcome::NotRendered(render::overgrown(self.memory)),
            outcome = self.work(claim, &mut context, &gate) => outcome,
        };
        let heavy = seat.state().memory() > self.memory * 1024 * 1024 / 4;
        let left = match Left::of(&outcome, &gate) {
            // What a document has stored takes memory for as long as its context is kept.
            Left::Little if heavy => Left::Much,
            left @ (Left::Little | Left::Much | Left::Harm) => left,
        };
        let strays = seat.proxy().strays();
        (outcome, Some(Used { seat, context, left, strays }))
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

/// A browser and a context that a page was rendered in.
struct Used {
    seat: Seat,
    context: Context,
    left: Left,
    /// How many connections had come from nobody's page by then.
    strays: u64,
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

impl Used {
    /// Leaves a browser as if nothing had been; one where that is in doubt has had its last job.
    async fn leave(self) {
        let Self { mut seat, context, left, strays } = self;
        let rest = match left {
            Left::Little => match context.wiped().await {
                Ok(wiped) => return seat.keep(wiped, strays),
                Err(context) => Some(context),
            },
            Left::Much => Some(context),
            Left::Harm => None,
        };
        let gone = match rest {
            Some(context) => context.dispose().await,
            None => false,
        };
        if !gone || seat.prepare().await.is_err() {
            seat.state().retire();
        }
    }
}

impl About {
    fn of(claim: &Claim) -> Self {
        Self { job: claim.lease.job(), attempt: claim.attempt, origin: origin(claim), start: Instant::now() }
    }

    fn tell(self, ending: Ending) {
        let Self { job, attempt, origin, start } = self;
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
