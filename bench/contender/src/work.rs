//! Working: jobs of 1 ms, and who started when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::sync::watch;

use crate::args::Shift;
use crate::job::micros;
use crate::{Contender, Job};

/// How long a job takes, apart from what the queue makes of it.
const JOB: Duration = Duration::from_millis(1);

/// How many jobs may run at once, and until when.
#[derive(Debug, Clone)]
pub struct Slots {
    /// So many.
    pub count: u16,
    stop: watch::Receiver<bool>,
}

impl Slots {
    /// Ends when no further job is to be started.
    pub async fn stopped(&self) {
        // An error means that nobody is left to say it.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

/// Who started when.
#[derive(Debug, Default)]
pub struct Starts {
    ended: AtomicU64,
    first: AtomicU64,
    last_wanted: u64,
    log: Option<Mutex<Vec<(u32, u64, u64)>>>,
}

impl Starts {
    fn new(shift: &Shift) -> Self {
        Self {
            ended: AtomicU64::new(0),
            first: AtomicU64::new(u64::MAX),
            last_wanted: shift.jobs,
            log: shift.record.then(|| Mutex::new(Vec::new())),
        }
    }

    /// Runs one job.
    pub async fn run(&self, job: Job) {
        let started = micros();
        self.first.fetch_min(started, Ordering::Relaxed);
        if let Some(log) = &self.log {
            log.lock().unwrap_or_else(PoisonError::into_inner).push((job.account, job.sent, started));
        }
        // A timer of Tokio's would take twice as long. That a thread panics is not possible.
        let _ = tokio::task::spawn_blocking(|| std::thread::sleep(JOB)).await;
        if self.ended.fetch_add(1, Ordering::Relaxed) + 1 == self.last_wanted {
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

/// Works from the line `go` until stdin ends, and prints what started when.
pub(crate) async fn work<C: Contender>(contender: C, shift: Shift) -> anyhow::Result<()> {
    println!("ready");
    let mut stdin = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    stdin.read_line(&mut line).await?;
    if line.trim() != "go" {
        return Ok(());
    }
    let (say_stop, stop) = watch::channel(false);
    let starts = Arc::new(Starts::new(&shift));
    let slots = Slots { count: shift.slots, stop };
    let end = async {
        let mut rest = Vec::new();
        let _ = stdin.read_to_end(&mut rest).await;
        say_stop.send_replace(true);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        worked = contender.work(slots, starts.clone()) => worked?,
        () = end => {}
    }
    println!("{}", starts.report());
    std::process::exit(0);
}
