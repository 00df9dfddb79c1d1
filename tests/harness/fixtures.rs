//! Fixtures: accounts, jobs, workers and results, made by the verbs of `domain`.

use domain::Db;
use domain::event::Actor;
use domain::id::{JobId, WorkerId};
use domain::job::{self, Blocked, Claim, Claimant, ErrorCode, Failure, Lane, NewJob, RenderReport, Rendered, Timings};
use domain::key::{Caller, NewKey};
use domain::options::{Area, Backdrop, ImageFormat, Options, Output, Screenshot, Source, TargetUrl};
use domain::secret::{BasicAuth, Cookie, Header, Keyring, NewSecrets, Secrets};
use domain::worker::{self, WorkerInfo};
use secrecy::ExposeSecret;

/// Makes every worker that has beaten until now silent for longer than a lease allows.
pub const EXPIRE_BEATS: &str = "update worker set beat_at = now() - interval '1 minute'";

/// Allows every worker to reap the leases of others.
pub const ALLOW_REAPING: &str = "update worker set judges_from = now()";

/// Creates an account with credits and a key, and returns the caller that the key proves.
pub async fn create_account(db: &Db, name: &str, credits: i64) -> Caller {
    domain::account::create(db, &actor(), name, credits).await.expect("an account");
    create_key(db, name).await
}

/// Creates another key of an account.
pub async fn create_key(db: &Db, account: &str) -> Caller {
    let key = domain::key::create(db, &actor(), &NewKey::new(account)).await.expect("a key").key;
    domain::key::verify(db, key.expose_secret()).await.expect("a caller")
}

/// The operator who makes the changes of a test.
pub fn actor() -> Actor {
    Actor::new("test")
}

/// The smallest job: a screenshot of a URL.
pub fn new_job(lane: Lane) -> NewJob {
    let source = Source::Url(TargetUrl::parse("https://example.com/").expect("a URL"));
    let output =
        Output::Screenshot(Screenshot { format: ImageFormat::Png, area: Area::Viewport, backdrop: Backdrop::White });
    NewJob { source, options: Options::new(output), lane, secrets: NewSecrets::default(), reference: None }
}

/// The smallest job in the interactive lane.
pub fn interactive_job() -> NewJob {
    new_job(Lane::Interactive)
}

/// A screenshot of this HTML.
pub fn html_job(html: &str) -> NewJob {
    NewJob { source: Source::Html(html.to_owned()), ..interactive_job() }
}

/// The keys of an operator.
pub fn keyring(keys: &str) -> Keyring {
    Keyring::parse(keys).expect("secret keys")
}

/// A screenshot of a URL that is sent this header, and a cookie and credentials besides.
pub fn secret_job(keyring: &Keyring, value: &str) -> NewJob {
    let headers = vec![Header { name: "X-Token".to_owned(), value: value.into() }];
    let cookie = Cookie { domain: Some("example.com".to_owned()), ..Cookie::new("session", value) };
    let basic_auth = Some(BasicAuth { username: "ada".into(), password: value.into() });
    let secrets = Secrets { headers, cookies: vec![cookie], basic_auth };
    let target = TargetUrl::parse("https://example.com/").ok();
    NewJob { secrets: NewSecrets::new(&secrets, target.as_ref(), keyring).expect("valid secrets"), ..interactive_job() }
}

/// Submits one interactive job.
pub async fn submit_job(db: &Db, caller: &Caller) -> JobId {
    job::submit(db, caller, &interactive_job(), None).await.expect("a job").job
}

/// Submits many jobs in batches of up to 1,000, and asserts that all were paid for.
pub async fn submit_jobs(db: &Db, caller: &Caller, jobs: usize, lane: Lane) -> Vec<JobId> {
    let mut ids = Vec::new();
    for part in vec![new_job(lane); jobs].chunks(1000) {
        ids.extend(job::submit_batch(db, caller, part, None).await.expect("a batch").jobs);
    }
    assert_eq!(ids.len(), jobs, "all of them are paid for");
    ids
}

/// Registers a worker of four slots.
pub async fn register_worker(db: &Db, name: &str) -> WorkerId {
    let (name, version, browser) = (name.to_owned(), "1".to_owned(), "none".to_owned());
    let info = WorkerInfo { name, version, browser, slots: 4, ..WorkerInfo::default() };
    worker::register(db, &info).await.expect("a worker")
}

/// Registers a worker that may reap the leases of others at once.
pub async fn register_reaper(db: &Db, name: &str) -> WorkerId {
    let worker = register_worker(db, name).await;
    let may_reap = sqlx::query("update worker set judges_from = now() where name = $1").bind(name);
    may_reap.execute(db).await.expect("an update");
    worker
}

/// Claims the first job of the queue.
pub async fn claim_one(db: &Db, worker: WorkerId) -> Claim {
    claim(&mut Claimant::new(worker), db, 1).await.pop().expect("a job is due")
}

/// Claims as many jobs as there are free slots.
pub async fn claim(claimant: &mut Claimant, db: &Db, free_slots: usize) -> Vec<Claim> {
    claimant.claim(db, free_slots).await.expect("a claim")
}

/// Claims one job at a time, and returns the jobs in the order of their claims.
pub async fn claim_each(claimant: &mut Claimant, db: &Db, claims: usize) -> Vec<JobId> {
    let mut jobs = Vec::new();
    for _ in 0..claims {
        jobs.extend(claim(claimant, db, 1).await.iter().map(|claim| claim.lease.job()));
    }
    jobs
}

/// A finished render with a result of this size.
pub fn rendered(bytes: usize) -> Rendered {
    Rendered {
        bytes: vec![7; bytes],
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
        report: RenderReport::default(),
        thumbnail: None,
    }
}

/// A failed render.
pub fn failure() -> Failure {
    Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer")
}

/// A document that is green unless its script changes it.
pub fn green(script: &str) -> String {
    format!("<!doctype html><body style='margin:0;background:#00ff00'><script>{script}</script>")
}
