//! awa, as a contender: queue storage, its fenced engine; `LISTEN`/`NOTIFY` as it comes.
//!
//! As in awa's own benchmark, jobs have no deadline of their own (`deadline_duration` 0), which
//! lets it claim and complete in compact batches: what is lost is rescued by heartbeat.

use std::sync::Arc;
use std::time::Duration;

use awa::{
    Client, InsertOpts, InsertParams, JobContext, JobError, JobResult, QueueConfig, QueueStorage, QueueStorageConfig,
    Worker,
};
use contender::{Contender, Job, Slots, Starts};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

const QUEUE: &str = "bench";
const KIND: &str = "bench_job";

/// How long jobs under way may take when it is told to stop.
const STOP: Duration = Duration::from_secs(5);

struct Awa {
    db: PgPool,
}

impl Contender for Awa {
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
        Ok(Self { db: pool.connect(url).await? })
    }

    async fn setup(&self, _accounts: u32) -> anyhow::Result<()> {
        awa::migrations::run(&self.db).await?;
        // The first worker of a fresh installation turns queue storage on, for enqueueing, too.
        let client = self.client(1, Arc::default())?;
        client.start().await?;
        // A client that is stopped as soon as it has started may never say that it has.
        let _stopped = tokio::time::timeout(STOP * 2, client.shutdown(STOP)).await;
        Ok(())
    }

    async fn enqueue(&self, _account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        let params: Vec<InsertParams> = jobs.iter().map(params).collect();
        match params.as_slice() {
            some if some.len() <= 20 => awa::insert_many(&self.db, some).await.map(drop)?,
            many => {
                QueueStorage::new(QueueStorageConfig::default())?.enqueue_params_copy(&self.db, many).await.map(drop)?
            }
        }
        Ok(())
    }

    async fn work(&self, slots: Slots, starts: Arc<Starts>) -> anyhow::Result<()> {
        let client = self.client(slots.count, starts)?;
        client.start().await?;
        slots.stopped().await;
        client.shutdown(STOP).await;
        Ok(())
    }
}

impl Awa {
    fn client(&self, slots: u16, starts: Arc<Starts>) -> anyhow::Result<Client> {
        let queue =
            QueueConfig { max_workers: slots.into(), deadline_duration: Duration::ZERO, ..QueueConfig::default() };
        Ok(Client::builder(self.db.clone()).queue(QUEUE, queue).register_worker(Runs { starts }).build()?)
    }
}

fn params(job: &Job) -> InsertParams {
    let opts = InsertOpts { queue: QUEUE.to_owned(), ..InsertOpts::default() };
    InsertParams { kind: KIND.to_owned(), args: job.options(), opts }
}

struct Runs {
    starts: Arc<Starts>,
}

#[async_trait::async_trait]
impl Worker for Runs {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn perform(&self, context: &JobContext) -> Result<JobResult, JobError> {
        self.starts.run(Job::read(&context.job.args)).await;
        Ok(JobResult::Completed)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    contender::run::<Awa>().await
}
