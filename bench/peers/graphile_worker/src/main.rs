//! `graphile_worker` as a contender, set up as its documentation recommends for many small jobs.
//!
//! A local queue, which locks up to 100 jobs ahead, and completions that are batched,
//! 1 ms after the first; `LISTEN`/`NOTIFY` by default.

use std::sync::Arc;
use std::time::Duration;

use contender::{Contender, Job, Recorder, Slots};
use graphile_worker::{
    Database, IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RawJobSpec, TaskHandler, WorkerContext, WorkerOptions,
    WorkerUtils,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

struct GraphileWorker {
    db: PgPool,
    utils: WorkerUtils,
}

impl Contender for GraphileWorker {
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
        let db = pool.connect(url).await?;
        Ok(Self { utils: WorkerUtils::new(Database::from(db.clone()), "graphile_worker"), db })
    }

    async fn setup(&self, _accounts: u32) -> anyhow::Result<()> {
        Ok(self.utils.migrate().await?)
    }

    async fn enqueue(&self, _account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        if let [one] = jobs {
            self.utils.add_raw_job(BenchJob::IDENTIFIER, one.options(), JobSpec::default()).await?;
        } else {
            let raw = |job: &Job| RawJobSpec {
                identifier: BenchJob::IDENTIFIER.to_owned(),
                payload: job.options(),
                spec: JobSpec::default(),
            };
            self.utils.add_raw_jobs(&jobs.iter().map(raw).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    async fn work(&self, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()> {
        let worker = WorkerOptions::default()
            .pg_pool(self.db.clone())
            .schema("graphile_worker")
            .concurrency(slots.count.into())
            .local_queue(LocalQueueConfig::default())
            .complete_job_batch_delay(Duration::from_millis(1))
            .listen_os_shutdown_signals(false)
            .add_extension(recorder)
            .define_job::<BenchJob>()
            .init()
            .await?;
        let stop = async {
            slots.stopped().await;
            worker.request_shutdown();
        };
        let (result, ()) = tokio::join!(worker.run(), stop);
        Ok(result?)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct BenchJob(Value);

impl TaskHandler for BenchJob {
    const IDENTIFIER: &'static str = "bench";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let recorder = context.get_ext::<Arc<Recorder>>().ok_or("the recorder is missing")?;
        recorder.run(Job::from_options(&self.0)).await;
        Ok::<(), &'static str>(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    contender::run::<GraphileWorker>().await
}
