//! Working: jobs of 1 ms, and a record of when each started.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::sync::watch;

use crate::args::WorkArgs;
use crate::job::unix_micros;
use crate::{Contender, Job};

/// The duration of a job, without the overhead of the queue.
const JOB_DURATION: Duration = Duration::from_millis(1);

/// How many jobs may run concurrently, and until when.
#[derive(Debug, Clone)]
pub struct Slots {
    /// The number of slots.
    pub count: u16,
    stop: watch::Receiver<bool>,
}

impl Slots {
    /// Ends when no further job is to be started.
    pub async fn stopped(&self) {
        // An error means that the sender is gone.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

/// When each job started.
#[derive(Debug, Default)]
pub struct Recorder {
    ended: AtomicU64,
    first: AtomicU64,
    expected: u64,
    log: Option<Mutex<Vec<(u32, u64, u64)>>>,
}

impl Recorder {
    fn new(args: &WorkArgs) -> Self {
        Self {
            ended: AtomicU64::new(0),
            first: AtomicU64::new(u64::MAX),
            expected: args.jobs,
            log: args.record.then(|| Mutex::new(Vec::new())),
        }
    }

    /// Runs one job.
    pub async fn run(&self, job: Job) {
        let started = unix_micros();
        self.first.fetch_min(started, Ordering::Relaxed);
        if let Some(log) = &self.log {
            log.lock().unwrap_or_else(PoisonError::into_inner).push((job.account, job.sent, started));
        }
        // One of Tokio's timers would take twice as long. This thread cannot panic.
        let _ = tokio::task::spawn_blocking(|| std::thread::sleep(JOB_DURATION)).await;
        if self.ended.fetch_add(1, Ordering::Relaxed) + 1 == self.expected {
            println!("ran");
        }
    }

    fn report(&self) -> serde_json::Value {
        let log = self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner).clone());
        json!({
            "first": self.first.load(Ordering::Relaxed),
            "ran": self.ended.load(Ordering::Relaxed),
            "starts": log.unwrap_or_default(),
        })
    }
}

/// Works from the line `go` until stdin ends, and prints the recorded starts.
pub(crate) async fn work<C: Contender>(contender: C, args: WorkArgs) -> anyhow::Result<()> {
    println!("ready");
    let mut stdin = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    stdin.read_line(&mut line).await?;
    if line.trim() != "go" {
        return Ok(());
    }
    let (stop_sender, stop) = watch::channel(false);
    let recorder = Arc::new(Recorder::new(&args));
    let slots = Slots { count: args.slots, stop };
    let end = async {
        let mut rest = Vec::new();
        let _ = stdin.read_to_end(&mut rest).await;
        stop_sender.send_replace(true);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        worked = contender.work(slots, recorder.clone()) => worked?,
        () = end => {}
    }
    println!("{}", recorder.report());
    std::process::exit(0);
}
