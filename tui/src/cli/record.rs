//! `tintype record` and `tintype replay`: what the screens showed, for a look at it after an incident.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use service::signals::ShutdownSignals;
use tokio::time::{MissedTickBehavior, interval};

use super::error::CommandError;
use crate::console::record;
use crate::output::note;
use crate::target::Target;

/// The options of `tintype record`.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// Seconds between two readings
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    interval: u64,
    /// The file to append to [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Read once, and end
    #[arg(long)]
    once: bool,
}

/// The options of `tintype replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A file that `tintype record` has written
    pub(crate) file: PathBuf,
    /// The time to begin at, such as `2026-11-28T14:32:00Z` [default: the beginning]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<DateTime<Utc>>,
}

/// Records until it is ended. A database that does not answer leaves a gap.
pub(crate) async fn run(target: &Target, args: &RecordArgs) -> Result<(), CommandError> {
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(OpenOptions::new().create(true).append(true).open(path)?),
        None => Box::new(io::stdout()),
    };
    let db = target.connect().await?;
    let mut signals = ShutdownSignals::listen()?;
    let mut ticks = interval(Duration::from_secs(args.interval));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = signals.recv() => return Ok(()),
        }
        match record(&db, &mut *out).await {
            Ok(_) if args.once => return Ok(()),
            Ok(_) => {}
            Err(reason) if args.once => return Err(CommandError::Db(reason)),
            Err(reason) => note(&reason),
        }
    }
}
