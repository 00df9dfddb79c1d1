//! One turn of a slot: a job is rendered, and ended behind its fence.

use std::time::Duration;

use domain::Db;
use domain::egress::Policy;
use domain::job::{Claim, ErrorCode, Failure, LEASE, Lease, LeaseError, Rendered, Retried};
use domain::render::Page;
use domain::stat::Tally;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::browser::{Browser, Context, Seat};
use crate::live::{Entry, Stop};
use crate::render::{self, NotRendered, Request};

/// What every turn needs.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) db: Db,
    pub(crate) policy: Policy,
    pub(crate) tally: Tally,
}

/// How a turn went.
#[derive(Debug)]
enum Turn {
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

impl Slot {
    /// Renders a job, ends it, and says so.
    pub(crate) async fn turn(&self, claim: Claim, seat: Seat, mut entry: Entry) {
        let start = Instant::now();
        let (job, attempt, origin) = (claim.lease.job(), claim.attempt, origin(&claim));
        let ending = self.render_and_end(claim, &seat, &mut entry).await;
        drop(entry);
        let duration_ms = milliseconds(start.elapsed());
        match ending {
            Ending::Completed(bytes) => {
                info!(job.id = %job, attempt, duration_ms, bytes, origin, "rendered {bytes} bytes");
            }
            Ending::Failed(code) => {
                info!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed, refunded");
            }
            Ending::Again(code) => {
                warn!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed, queued again");
            }
            Ending::Released => info!(job.id = %job, attempt, duration_ms, origin, "given back"),
            Ending::Lost => info!(job.id = %job, attempt, duration_ms, origin, "stopped: no longer ours"),
            Ending::Unknown(why) => warn!(job.id = %job, attempt, duration_ms, origin, "left to lapse: {why}"),
        }
    }

    /// Renders in a context of its own. It is disposed of in any case, while the job is
    /// being ended: the customer need not wait for that.
    async fn render_and_end(&self, claim: Claim, browser: &Browser, entry: &mut Entry) -> Ending {
        let start = Instant::now();
        let Ok(context) = browser.context().await else {
            return self.end(claim.lease, Turn::NotRendered(NotRendered::Untouched), start).await;
        };
        let turn = tokio::select! {
            turn = self.work(&claim, &context) => turn,
            why = entry.stopped() => Turn::Stopped(why),
        };
        tokio::join!(self.end(claim.lease, turn, start), context.dispose()).0
    }

    async fn work(&self, claim: &Claim, context: &Context<'_>) -> Turn {
        let options = match &claim.options {
            Ok(options) => options,
            Err(bad) => {
                let unreadable = Failure::new(ErrorCode::WorkerLost, bad.to_string());
                return Turn::NotRendered(NotRendered::Chance(unreadable));
            }
        };
        let Ok(html) = claim.html(&self.db).await else { return Turn::Unread };
        if matches!(options.page, Page::Html) && html.is_none() {
            let gone = Failure::new(ErrorCode::NavigationFailed, "the html of this job is no longer kept");
            return Turn::NotRendered(NotRendered::Final(gone));
        }
        let request = Request { options, html, policy: &self.policy };
        match render::render(context, request).await {
            Ok(rendered) => Turn::Rendered(rendered),
            Err(why) => Turn::NotRendered(why),
        }
    }

    async fn end(&self, lease: Lease, turn: Turn, start: Instant) -> Ending {
        let spent = start.elapsed();
        let ended = async {
            match turn {
                Turn::Rendered(rendered) => self.complete(lease, &rendered, spent).await,
                Turn::NotRendered(NotRendered::Final(failure)) => self.fail(lease, &failure).await,
                Turn::NotRendered(NotRendered::Chance(failure)) => self.retry(lease, &failure).await,
                Turn::NotRendered(NotRendered::Untouched)
                | Turn::Unread
                | Turn::Stopped(Stop::Silent | Stop::Shutdown) => {
                    lease.release(&self.db).await.map(|()| Ending::Released)
                }
                Turn::Stopped(Stop::Lost) => Ok(Ending::Lost),
            }
        };
        match timeout_at(start + LEASE, ended).await {
            Ok(Ok(ending)) => ending,
            Ok(Err(LeaseError::Lost(..))) => Ending::Lost,
            Ok(Err(LeaseError::Db(_, error))) => Ending::Unknown(error.to_string()),
            Err(_) => Ending::Unknown("the database did not answer in time".to_owned()),
        }
    }

    async fn complete(&self, lease: Lease, rendered: &Rendered, spent: Duration) -> Result<Ending, LeaseError> {
        lease.complete(&self.db, rendered).await?;
        let bytes = rendered.bytes.len();
        self.tally.completed(bytes, milliseconds(spent));
        Ok(Ending::Completed(bytes))
    }

    async fn fail(&self, lease: Lease, failure: &Failure) -> Result<Ending, LeaseError> {
        lease.fail(&self.db, failure).await?;
        self.tally.failed(1);
        Ok(Ending::Failed(failure.code))
    }

    async fn retry(&self, lease: Lease, failure: &Failure) -> Result<Ending, LeaseError> {
        match lease.retry(&self.db, failure).await? {
            Retried::Queued => Ok(Ending::Again(failure.code)),
            Retried::Failed => {
                self.tally.failed(1);
                Ok(Ending::Failed(failure.code))
            }
        }
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

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
