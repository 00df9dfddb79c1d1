//! Tintype as a contender: with billing, or without it where `BENCH_WITHOUT_BILLING` is set.
//!
//! This is the only part of the benchmark that calls `domain`. Without billing, jobs reach the same tables by
//! a separate statement that skips the account and the ledger; claiming and completing
//! are the same. The domain stores a result for each completed job: here it has one byte. All
//! jobs are in one lane, so that only their accounts decide the order.

use std::collections::HashMap;
use std::ops::Range;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use contender::{Contender, Job, OPTIONS_BYTES, Recorder, Slots};
use domain::audit::audit;
use domain::event::Actor;
use domain::id::WorkerId;
use domain::job::{
    self, Blocked, Claim, Claimant, Lane, NewJob, RenderReport, RenderRequest, Rendered, Submitter, Target, Timings,
};
use domain::key::{self, Caller, NewKey};
use domain::options::stored::StoredOptions;
use domain::options::{Area, Backdrop, ImageFormat, Options, Output, Screenshot, Source, TargetUrl};
use domain::secret::NewSecrets;
use domain::worker::{self, WorkerInfo, WorkerStats};
use domain::{Db, account, db};
use rand::Rng;
use secrecy::ExposeSecret;
use sqlx::types::Json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

/// The pause after an empty claim, in milliseconds, about as in the real worker. A notification ends it.
const IDLE_INTERVAL_MILLIS: Range<u64> = 200..300;

/// How often a worker beats, as in the real worker.
const BEAT_INTERVAL: Duration = Duration::from_secs(3);

/// The credits of an account: more than any measurement spends.
const CREDITS: i64 = 1_000_000_000;

/// Enqueues without account and ledger.
const ENQUEUE_WITHOUT_BILLING: &str = "
    with requested as (
        select job, options, position
        from unnest($2::uuid[], $3::jsonb[]) with ordinality as requested (job, options, position)
    ), recorded as (
        insert into job (id, account, key, type, options, cost)
        select job, $1, 'bench', 'screenshot', options, 1 from requested
    )
    insert into queue (job, account, cost, lane, fair_tag)
    select job, $1, 1, 0, lane_clock(0::smallint) + position * fair_step() from requested";

struct Tintype {
    db: Db,
    /// Absent where each call is a statement of its own.
    submitter: Option<Submitter>,
    billing: Billing,
    /// Sends and receives notifications for as long as it exists.
    _notifier_task: JoinSet<()>,
}

enum Billing {
    Enabled(Mutex<HashMap<u32, Caller>>),
    Disabled,
}

impl Contender for Tintype {
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let billing = match std::env::var_os("BENCH_WITHOUT_BILLING") {
            None => Billing::Enabled(Mutex::default()),
            Some(_) => Billing::Disabled,
        };
        // Connect as the service does.
        let db = db::connect_lazily(url, connections)?;
        let notifier = db.clone();
        let notifier_task = JoinSet::from_iter([async move { notifier.run_notifier().await }]);
        let submitter = std::env::var_os("BENCH_ONE_BY_ONE").is_none().then(|| Submitter::new(db.clone()));
        Ok(Self { db, submitter, billing, _notifier_task: notifier_task })
    }

    async fn setup(&self, accounts: u32) -> anyhow::Result<()> {
        Box::pin(db::migrate(&self.db)).await?;
        if let Billing::Disabled = self.billing {
            return Ok(());
        }
        sqlx::query("create table bench_key (account integer primary key, key text not null)")
            .execute(self.db.pool())
            .await?;
        let actor = Actor::new("bench");
        for number in 0..accounts {
            let name = format!("bench-{number}");
            account::create(&self.db, &actor, &name, CREDITS).await?;
            let key = key::create(&self.db, &actor, &NewKey::new(&name)).await?.key;
            let insert = sqlx::query("insert into bench_key values ($1, $2)")
                .bind(i32::try_from(number)?)
                .bind(key.expose_secret().to_owned());
            insert.execute(self.db.pool()).await?;
        }
        Ok(())
    }

    async fn load_accounts(&self, accounts: Range<u32>) -> anyhow::Result<()> {
        let Billing::Enabled(callers) = &self.billing else { return Ok(()) };
        let keys: Vec<(i32, String)> =
            sqlx::query_as("select account, key from bench_key").fetch_all(self.db.pool()).await?;
        for (number, key) in keys {
            let number = u32::try_from(number)?;
            if accounts.contains(&number) {
                let caller = key::verify(&self.db, &key).await?;
                callers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, caller);
            }
        }
        Ok(())
    }

    async fn enqueue(&self, account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        match &self.billing {
            Billing::Enabled(callers) => self.enqueue_with_billing(callers, account, jobs).await?,
            Billing::Disabled => {
                self.enqueue_without_billing(account, jobs).await?;
                self.db.notifier().notify_queued();
            }
        }
        Ok(())
    }

    async fn audit(&self) -> anyhow::Result<Vec<String>> {
        let violations = audit(&self.db, Duration::from_hours(job::DEFAULT_MAX_AGE_HOURS.into())).await?;
        Ok(violations.iter().map(|violation| format!("{}: {}", violation.invariant, violation.row)).collect())
    }

    async fn work(&self, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()> {
        let info = WorkerInfo {
            name: "bench".to_owned(),
            version: "bench".to_owned(),
            browser: "none".to_owned(),
            slots: slots.count,
            ..WorkerInfo::default()
        };
        let worker = worker::register(&self.db, &info).await?;
        tokio::select! {
            result = self.claim_until_stopped(worker, slots, recorder) => result,
            result = self.beat(worker) => result,
        }
    }
}

impl Tintype {
    async fn enqueue_with_billing(
        &self,
        callers: &Mutex<HashMap<u32, Caller>>,
        account: u32,
        jobs: &[Job],
    ) -> anyhow::Result<()> {
        let caller = callers.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        let caller = caller.context("an unknown account")?;
        let new = |job: &Job| {
            let (source, options) = request(job)?;
            anyhow::Ok(NewJob {
                source,
                options,
                lane: Lane::Interactive,
                secrets: NewSecrets::default(),
                reference: None,
            })
        };
        if let [one] = jobs {
            match &self.submitter {
                Some(submitter) => submitter.submit(&caller, &Arc::new(new(one)?), None).await?,
                None => job::submit(&self.db, &caller, &new(one)?, None).await?,
            };
        } else {
            let jobs = jobs.iter().map(new).collect::<Result<Vec<_>, _>>()?;
            job::submit_batch(&self.db, &caller, &jobs, None).await?;
        }
        Ok(())
    }

    async fn enqueue_without_billing(&self, account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        let ids: Vec<Uuid> = jobs.iter().map(|_| Uuid::now_v7()).collect();
        let options = jobs.iter().map(|job| stored_options(job).map(Json)).collect::<Result<Vec<_>, _>>()?;
        sqlx::query(ENQUEUE_WITHOUT_BILLING)
            .bind(Uuid::from_u128(account.into()))
            .bind(ids)
            .bind(options)
            .execute(self.db.pool())
            .await?;
        Ok(())
    }

    /// Claims as many jobs as there are free slots, and again for each that ends while others are left. A job that
    /// ends is otherwise no reason to claim, as in the real worker.
    async fn claim_until_stopped(&self, worker: WorkerId, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()> {
        let mut claimant = Claimant::new(worker);
        let mut queued = self.db.notifier().subscribe_queued();
        let mut jobs_in_progress = JoinSet::new();
        loop {
            while jobs_in_progress.len() >= usize::from(slots.count) {
                tokio::select! {
                    Some(result) = jobs_in_progress.join_next() => result??,
                    () = slots.stopped() => return Ok(()),
                }
            }
            let free = usize::from(slots.count) - jobs_in_progress.len();
            queued.borrow_and_update();
            let claims = claimant.claim(&self.db, free).await?;
            let left_more = claimant.left_more();
            for claim in claims {
                jobs_in_progress.spawn(run_job(self.db.clone(), claim, recorder.clone()));
            }
            let pause = Duration::from_millis(rand::rng().random_range(IDLE_INTERVAL_MILLIS));
            let mut paused = pin!(sleep(pause));
            let mut may_claim = false;
            while !may_claim {
                may_claim = tokio::select! {
                    Some(result) = jobs_in_progress.join_next() => {
                        result??;
                        left_more
                    }
                    () = &mut paused, if !left_more => true,
                    Ok(()) = queued.changed(), if !left_more => true,
                    () = slots.stopped() => return Ok(()),
                };
            }
            while let Some(result) = jobs_in_progress.try_join_next() {
                result??;
            }
        }
    }

    async fn beat(&self, worker: WorkerId) -> anyhow::Result<()> {
        loop {
            sleep(BEAT_INTERVAL).await;
            worker::beat(&self.db, worker, &[], WorkerStats::default()).await?;
        }
    }
}

async fn run_job(db: Db, claim: Claim, recorder: Arc<Recorder>) -> anyhow::Result<()> {
    recorder.run(job_of(&claim.request.context("unreadable options")?)).await;
    let rendered = Rendered {
        bytes: vec![0],
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
        report: RenderReport::default(),
        thumbnail: None,
    };
    claim.lease.complete(&db, &rendered).await?;
    Ok(())
}

/// A job as a request, whose stored options have as many bytes as every contender's.
fn request(job: &Job) -> anyhow::Result<(Source, Options)> {
    let (source, options) = padded_request(job, 0)?;
    let unpadded = serde_json::to_string(&StoredOptions::new(&source, &options))?.len();
    padded_request(job, OPTIONS_BYTES.saturating_sub(unpadded))
}

fn stored_options(job: &Job) -> anyhow::Result<StoredOptions> {
    request(job).map(|(source, options)| StoredOptions::new(&source, &options))
}

fn padded_request(job: &Job, padding: usize) -> anyhow::Result<(Source, Options)> {
    let url = format!("https://a.test/?{}.{}.{}", job.account, job.sent, "x".repeat(padding));
    let output =
        Output::Screenshot(Screenshot { format: ImageFormat::Png, area: Area::Viewport, backdrop: Backdrop::White });
    Ok((Source::Url(TargetUrl::parse(&url)?), Options::new(output)))
}

fn job_of(request: &RenderRequest) -> Job {
    match &request.target {
        Target::Url(url) => job_from_url(url),
        Target::Html(_) => Job { account: 0, sent: 0 },
    }
}

fn job_from_url(url: &TargetUrl) -> Job {
    let mut words = url.as_str().split(['?', '.']).skip(2);
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let account = u32::try_from(number()).unwrap_or(0);
    Job { account, sent: number() }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(contender::run::<Tintype>()).await
}

#[cfg(test)]
mod tests {
    use super::{Job, Source, job_from_url, request, stored_options};

    #[test]
    fn a_job_has_256_bytes_of_options_and_reads_back() {
        let job = Job::now(7);

        let (source, _) = request(&job).expect("a request");

        assert_eq!(serde_json::to_string(&stored_options(&job).expect("options")).expect("json").len(), 256);
        let Source::Url(url) = source else { panic!("the source is a URL") };
        assert_eq!(job_from_url(&url), job);
    }
}
