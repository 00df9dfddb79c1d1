//! underway as a contender: one task, one worker, `LISTEN`/`NOTIFY` by default.
//!
//! A worker fills one more of its slots at each notification and each poll. By default it polls
//! once a minute, and would drain a backlog with one slot; here it polls every 10 ms.

use std::sync::Arc;

use contender::{Contender, Job, Recorder, Slots};
use jiff::ToSpan;
use serde_json::Value;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::OnceCell;
use underway::{Queue, Task, Worker};

struct Underway {
    db: PgPool,
    queue: OnceCell<Arc<Queue<BenchTask>>>,
}

impl Contender for Underway {
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
        Ok(Self { db: pool.connect(url).await?, queue: OnceCell::new() })
    }

    fn connections(slots: u16) -> u32 {
        // A transaction is open while a job runs; a heartbeat and a claim need one each, too.
        u32::from(slots) * 2 + 4
    }

    async fn setup(&self, _accounts: u32) -> anyhow::Result<()> {
        underway::run_migrations(&self.db).await?;
        self.queue().await.map(drop)
    }

    async fn enqueue(&self, _account: u32, jobs: &[Job]) -> anyhow::Result<()> {
        let queue = self.queue().await?;
        let task = BenchTask { recorder: None };
        if let [one] = jobs {
            queue.enqueue(&self.db, &task, &one.options()).await?;
        } else {
            let inputs: Vec<Value> = jobs.iter().map(Job::options).collect();
            queue.enqueue_multi(&self.db, &task, &inputs).await?;
        }
        Ok(())
    }

    async fn work(&self, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()> {
        let mut worker = Worker::new(self.queue().await?, BenchTask { recorder: Some(recorder) });
        worker.set_concurrency_limit(slots.count.into());
        let stop = async {
            slots.stopped().await;
            worker.shutdown();
        };
        let (result, ()) = tokio::join!(worker.run_every(10.milliseconds()), stop);
        Ok(result?)
    }
}

impl Underway {
    async fn queue(&self) -> anyhow::Result<Arc<Queue<BenchTask>>> {
        let build = async { Ok(Arc::new(Queue::builder().name("bench").pool(self.db.clone()).build().await?)) };
        self.queue.get_or_try_init(|| build).await.cloned()
    }
}

#[derive(Clone)]
struct BenchTask {
    recorder: Option<Arc<Recorder>>,
}

impl Task for BenchTask {
    type Input = Value;
    type Output = ();

    async fn execute(&self, _tx: Transaction<'_, Postgres>, input: Value) -> underway::task::Result<()> {
        if let Some(recorder) = &self.recorder {
            recorder.run(Job::from_options(&input)).await;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    contender::run::<Underway>().await
}
