//! What the stories begin with: who pays, what is asked for, who renders.

use domain::Db;
use domain::id::{JobId, WorkerId};
use domain::job::{self, Blocked, Claim, Claimant, ErrorCode, Failure, Lane, NewJob, Rendered, Timings};
use domain::key::Caller;
use domain::render::{Area, ImageFormat, Options, Output, Page, Screenshot, Viewport};
use domain::worker::{self, About};

/// An account with so many credits, and a key of its own.
pub(crate) async fn account(db: &Db, name: &str, credits: i64) -> Caller {
    domain::account::create(db, name, credits).await.expect("an account");
    key(db, name).await
}

/// Another key of an account.
pub(crate) async fn key(db: &Db, name: &str) -> Caller {
    let key = domain::key::create(db, name).await.expect("a key").key;
    domain::key::verify(db, &key).await.expect("a caller")
}

/// A job without a page of its own, the smallest there is.
pub(crate) fn asked(lane: Lane) -> NewJob {
    let viewport = Viewport { width: 1280, height: 720, device_scale_factor: 1.0 };
    let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
    let options = Options::new(Page::Html, output);
    NewJob { options, html: None, lane }
}

/// A job that somebody waits for.
pub(crate) fn interactive() -> NewJob {
    asked(Lane::Interactive)
}

/// A job with its page.
pub(crate) fn page(html: &str) -> NewJob {
    NewJob { html: Some(html.to_owned()), ..interactive() }
}

/// Submits one job.
pub(crate) async fn submitted(db: &Db, caller: &Caller) -> JobId {
    job::submit(db, caller, &interactive(), None).await.expect("a job").job
}

/// Submits many at once.
pub(crate) async fn dumped(db: &Db, caller: &Caller, jobs: usize, lane: Lane) -> Vec<JobId> {
    let mut ids = Vec::new();
    for part in vec![asked(lane); jobs].chunks(1000) {
        ids.extend(job::submit_batch(db, caller, part, None).await.expect("a batch").jobs);
    }
    assert_eq!(ids.len(), jobs, "all of them are paid");
    ids
}

/// A worker that may judge others at once.
pub(crate) async fn worker(db: &Db, name: &str) -> WorkerId {
    let about = About { name: name.to_owned(), version: "1".to_owned(), browser: "none".to_owned(), slots: 4 };
    let worker = worker::register(db, &about).await.expect("a worker");
    sqlx::query("update worker set judges_from = now() where name = $1").bind(name).execute(db).await.expect("a judge");
    worker
}

/// Claims the first job in line.
pub(crate) async fn claimed(db: &Db, worker: WorkerId) -> Claim {
    taken(&mut Claimant::new(worker), db, 1).await.pop().expect("a job is due")
}

/// Claims up to so many.
pub(crate) async fn taken(claimant: &mut Claimant, db: &Db, free: usize) -> Vec<Claim> {
    claimant.claim(db, free).await.expect("a claim")
}

/// Claims one at a time, so often, and tells which jobs came in which order.
pub(crate) async fn order(claimant: &mut Claimant, db: &Db, claims: usize) -> Vec<JobId> {
    let mut jobs = Vec::new();
    for _ in 0..claims {
        jobs.extend(taken(claimant, db, 1).await.iter().map(|claim| claim.lease.job()));
    }
    jobs
}

/// What a render made.
pub(crate) fn rendered(bytes: usize) -> Rendered {
    Rendered {
        bytes: vec![7; bytes],
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
    }
}

/// Why one made nothing.
pub(crate) fn failure() -> Failure {
    Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer")
}
