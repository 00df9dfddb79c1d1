//! Tintype, as a contender: with money, or without where `BENCH_WITHOUT_MONEY` is set.
//!
//! All of this benchmark that calls our domain. Without money, jobs reach the same tables by
//! a statement of its own, which skips the account and the ledger; claiming and completing
//! are the same. The domain keeps a result for each completed job: here it has one byte. All
//! jobs stand in one lane, so that only accounts tell who is served next.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use contender::{Contender, Job, OPTIONS_BYTES, Slots, Starts};
use domain::bell::{Bell, Bells};
use domain::id::WorkerId;
use domain::job::{self, Blocked, Claim, Claimant, Lane, NewJob, Rendered, Timings};
use domain::key::{self, Caller};
use domain::render::{Area, ImageFormat, Options, Output, Page, Screenshot, TargetUrl, Viewport};
use domain::worker::{self, About};
use domain::{Db, account, schema};
use rand::Rng;
use sqlx::types::Json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

/// The pause after nothing was due, in milliseconds, about as in the real worker. A bell ends it.
const IDLE: Range<u64> = 200..300;

/// How often a worker says that it lives, as in the real worker.
const BEAT: Duration = Duration::from_secs(3);

/// What an account is granted: more than any measurement spends.
const CREDITS: i64 = 1_000_000_000;

/// Enqueueing without money.
const WITHOUT_MONEY: &str = "
    with asked as (
        select job, options, position
        from unnest($2::uuid[], $3::jsonb[]) with ordinality as asked (job, options, position)
    ), recorded as (
        insert into job (id, account, key, type, options, cost)
        select job, $1, 'bench', 'screenshot', options, 1 from asked
    )
    insert into queue (job, account, cost, lane, fair_tag)
    select job, $1, 1, 0, lane_clock(0::smallint) + position * fair_step() from asked";

struct Ours {
    db: Db,
    bells: Bells,
    money: Money,
    /// Rings and listens, as long as this lives.
    _keeper: JoinSet<()>,
}

enum Money {
    With(Mutex<HashMap<u32, Caller>>),
    Without,
}

impl Contender for Ours {
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let money = match std::env::var_os("BENCH_WITHOUT_MONEY") {
            None => Money::With(Mutex::default()),
            Some(_) => Money::Without,
        };
        // As the service itself connects.
        let (db, bells) = (schema::connect_lazily(url, connections)?, Bells::default());
        let keeper = JoinSet::from_iter([bells.clone().keep(db.clone())]);
        Ok(Self { db, bells, money, _keeper: keeper })
    }

    async fn setup(&self, accounts: u32) -> anyhow::Result<()> {
        schema::migrate(&self.db).await?;
        if let Money::Without = self.money {
            return Ok(());
        }
        sqlx::query("create table bench_key (account integer primary key, key text not null)")
            .execute(self.db.pool())
            .await?;
        for number in 0..accounts {
            let name = format!("bench-{number}");
            account::create(&self.db, &name, CREDITS).await?;
            let key = key::create(&self.db, &name).await?.key;
            let keep = sqlx::query("insert into bench_key values ($1, $2)").bind(i32::try_from(number)?).bind(key);
            keep.execute(self.db.pool()).await?;
        }
        Ok(())
    }

    async fn know(&self, accounts: Range<u32>) -> anyhow::Result<()> {
        let Money::With(callers) = &self.money else { return Ok(()) };
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
        match &self.money {
            Money::With(callers) => self.enqueue_with_money(callers, account, jobs).await?,
            Money::Without => self.enqueue_without_money(account, jobs).await?,
        }
        self.bells.ring(Bell::Queued);
        Ok(())
    }

    async fn work(&self, slots: Slots, starts: Arc<Starts>) -> anyhow::Result<()> {
        let about = About {
            name: "bench".to_owned(),
            version: "bench".to_owned(),
            browser: "none".to_owned(),
            slots: slots.count,
        };
        let worker = worker::register(&self.db, &about).await?;
        tokio::select! {
            ended = self.claim_until_stopped(worker, slots, starts) => ended,
            ended = self.beat(worker) => ended,
        }
    }
}

impl Ours {
    async fn enqueue_with_money(
        &self,
        callers: &Mutex<HashMap<u32, Caller>>,
        account: u32,
        jobs: &[Job],
    ) -> anyhow::Result<()> {
        let caller = callers.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        let caller = caller.context("an unknown account")?;
        let new = |job: &Job| anyhow::Ok(NewJob { options: options(job)?, html: None, lane: Lane::Interactive });
        if let [one] = jobs {
            job::submit(&self.db, &caller, &new(one)?, None).await?;
        } else {
            let jobs = jobs.iter().map(new).collect::<Result<Vec<_>, _>>()?;
            job::submit_batch(&self.db, &caller, &jobs, None).await?;
        }
        Ok(())
    }

    async fn enqueue_without_money(&self, account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        let ids: Vec<Uuid> = jobs.iter().map(|_| Uuid::now_v7()).collect();
        let options = jobs.iter().map(|job| options(job).map(Json)).collect::<Result<Vec<_>, _>>()?;
        sqlx::query(WITHOUT_MONEY)
            .bind(Uuid::from_u128(account.into()))
            .bind(ids)
            .bind(options)
            .execute(self.db.pool())
            .await?;
        Ok(())
    }

    /// As many jobs as there are free slots, and at once again while more may be due.
    async fn claim_until_stopped(&self, worker: WorkerId, slots: Slots, starts: Arc<Starts>) -> anyhow::Result<()> {
        let mut claimant = Claimant::new(worker);
        let mut bell = self.bells.heard(Bell::Queued);
        let mut turns = JoinSet::new();
        loop {
            let free = usize::from(slots.count) - turns.len();
            bell.borrow_and_update();
            let claims = claimant.claim(&self.db, free).await?;
            let more_may_be_due = claims.len() == free;
            for claim in claims {
                turns.spawn(turn(self.db.clone(), self.bells.clone(), claim, starts.clone()));
            }
            let pause = Duration::from_millis(rand::rng().random_range(IDLE));
            tokio::select! {
                Some(ended) = turns.join_next() => ended??,
                () = sleep(pause), if !more_may_be_due => {}
                Ok(()) = bell.changed(), if !more_may_be_due => {}
                () = slots.stopped() => return Ok(()),
            }
            while let Some(ended) = turns.try_join_next() {
                ended??;
            }
        }
    }

    async fn beat(&self, worker: WorkerId) -> anyhow::Result<()> {
        loop {
            sleep(BEAT).await;
            worker::beat(&self.db, worker, &[]).await?;
        }
    }
}

async fn turn(db: Db, bells: Bells, claim: Claim, starts: Arc<Starts>) -> anyhow::Result<()> {
    starts.run(read(&claim.options.context("unreadable options")?)).await;
    let rendered = Rendered {
        bytes: vec![0],
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
    };
    claim.lease.complete(&db, &rendered).await?;
    bells.ring(Bell::Ended);
    Ok(())
}

/// A job as options of ours, of as many bytes as everybody's.
fn options(job: &Job) -> anyhow::Result<Options> {
    let bare = options_with_padding(job, 0)?;
    let padding = OPTIONS_BYTES.saturating_sub(serde_json::to_string(&bare)?.len());
    options_with_padding(job, padding)
}

fn options_with_padding(job: &Job, padding: usize) -> anyhow::Result<Options> {
    let url = format!("https://a.test/?{}.{}.{}", job.account, job.sent, "x".repeat(padding));
    let viewport = Viewport { width: 1280, height: 720, device_scale_factor: 1.0 };
    let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
    Ok(Options::new(Page::Url(TargetUrl::parse(&url)?), output))
}

fn read(options: &Options) -> Job {
    let Page::Url(url) = &options.page else { return Job { account: 0, sent: 0 } };
    let mut words = url.as_str().split(['?', '.']).skip(2);
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let account = u32::try_from(number()).unwrap_or(0);
    Job { account, sent: number() }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    contender::run::<Ours>().await
}

#[cfg(test)]
mod tests {
    use super::{Job, options, read};

    #[test]
    fn a_job_has_256_bytes_of_options_and_reads_back() {
        let job = Job::now(7);

        let options = options(&job).expect("options");

        assert_eq!(serde_json::to_string(&options).expect("json").len(), 256);
        assert_eq!(read(&options), job);
    }
}
