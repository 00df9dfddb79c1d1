//! awa as a contender: queue storage, its fenced engine; `LISTEN`/`NOTIFY` by default.
//!
//! As in awa's own benchmark, jobs have no deadline (`deadline_duration` 0), so it can claim and
//! complete in compact batches; lost jobs are rescued by heartbeat.

use std::sync::Arc;
use std::time::Duration;

use awa::{
    Client, InsertOpts, InsertParams, JobContext, JobError, JobResult, QueueConfig, QueueStorage, QueueStorageConfig,
    Worker,
};
use contender::{Contender, Job, Recorder, Slots};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

const QUEUE: &str = "bench";
const KIND: &str = "bench_job";

/// How long running jobs may take after it is told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

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
        // The first worker of a new installation enables queue storage, also for enqueueing.
        let client = self.client(1, Arc::default())?;
        client.start().await?;
        // A client that is stopped right after its start may never report that it has started.
        let _stopped = tokio::time::timeout(STOP_TIMEOUT * 2, client.shutdown(STOP_TIMEOUT)).await;
        Ok(())
    }

    async fn enqueue(&self, _account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        let params: Vec<InsertParams> = jobs.iter().map(params).collect();
        match params.as_slice() {
            few if few.len() <= 20 => awa::insert_many(&self.db, few).await.map(drop)?,
            many => {
                QueueStorage::new(QueueStorageConfig::default())?.enqueue_params_copy(&self.db, many).await.map(drop)?
            }
        }
        Ok(())
    }

    async fn work(&self, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()> {
        let client = self.client(slots.count, recorder)?;
        client.start().await?;
        slots.stopped().await;
        client.shutdown(STOP_TIMEOUT).await;
        Ok(())
    }
}

impl Awa {
    fn client(&self, slots: u16, recorder: Arc<Recorder>) -> anyhow::Result<Client> {
        let queue =
            QueueConfig { max_workers: slots.into(), deadline_duration: Duration::ZERO, ..QueueConfig::default() };
        Ok(Client::builder(self.db.clone()).queue(QUEUE, queue).register_worker(BenchWorker { recorder }).build()?)
    }
}

fn params(job: &Job) -> InsertParams {
    let opts = InsertOpts { queue: QUEUE.to_owned(), ..InsertOpts::default() };
    InsertParams { kind: KIND.to_owned(), args: job.options(), opts }
}

struct BenchWorker {
    recorder: Arc<Recorder>,
}

#[async_trait::async_trait]
impl Worker for BenchWorker {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn perform(&self, context: &JobContext) -> Result<JobResult, JobError> {
        self.recorder.run(Job::from_options(&context.job.args)).await;
        Ok(JobResult::Completed)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    contender::run::<Awa>().await
}
