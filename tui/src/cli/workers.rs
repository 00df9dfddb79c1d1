//! `tintype workers`: lists and shows workers, drains them, and releases their leases.

mod describe;

use clap::{Args, Subcommand};
use domain::Db;
use domain::id::WorkerId;
use domain::worker::{self, Drain, InFlightJob, Released, Worker};
use serde::Serialize;
use serde_json::json;

use self::describe::{describe, describe_fleet};
use super::actor::ActorArgs;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{quantity, sanitize};
use crate::target::Target;

/// The options of `tintype workers`.
#[derive(Debug, Args)]
pub(crate) struct WorkersArgs {
    #[command(subcommand)]
    command: Option<WorkersCommand>,
}

/// What there is to do with workers.
#[derive(Debug, Subcommand)]
enum WorkersCommand {
    /// List the workers, those in trouble first
    List,
    /// Show a worker and the jobs that it holds
    Show {
        /// The worker's name or id
        #[arg(value_name = "NAME|ID")]
        worker: String,
    },
    /// Let a worker end the jobs that it has, and claim no more
    ///
    /// It learns of it within 3 seconds. `tintype workers show` says when it has no jobs left: it can be stopped then.
    Drain(TargetArgs),
    /// Let a drained worker claim jobs again
    Undrain(TargetArgs),
    /// Queue the jobs of a lost or drained worker again, at once and without using up an attempt
    ///
    /// A worker that still lives stops rendering them within 3 seconds, and can no longer end them.
    Release(TargetArgs),
}

/// Which worker, and who makes the change.
#[derive(Debug, Args)]
struct TargetArgs {
    /// The worker's name or id
    #[arg(value_name = "NAME|ID")]
    worker: String,
    #[command(flatten)]
    actor: ActorArgs,
}

/// Everything about a worker.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    worker: Worker,
    /// Its jobs, those whose leases lapse first; there may be more than are listed.
    in_flight: Vec<InFlightJob>,
}

/// Lists, shows or changes workers.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: WorkersArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    match args.command.unwrap_or(WorkersCommand::List) {
        WorkersCommand::List => {
            let fleet = worker::fleet(&db).await?;
            format.print(&fleet, || describe_fleet(&fleet))?;
        }
        WorkersCommand::Show { worker: name } => {
            let id = find(&db, &name).await?;
            let (fleet, in_flight) = (worker::fleet(&db).await?, worker::in_flight(&db, id).await?);
            let worker = fleet.workers.into_iter().find(|worker| worker.id == id);
            let shown = Shown { worker: worker.ok_or(CommandError::NoSuchWorker(name))?, in_flight };
            format.print(&shown, || describe(fleet.at, &shown.worker, &shown.in_flight))?;
        }
        WorkersCommand::Drain(target) => set_drain(&db, format, target, true).await?,
        WorkersCommand::Undrain(target) => set_drain(&db, format, target, false).await?,
        WorkersCommand::Release(target) => release(&db, format, target).await?,
    }
    Ok(())
}

async fn set_drain(db: &Db, format: OutputFormat, target: TargetArgs, draining: bool) -> Result<(), CommandError> {
    let TargetArgs { worker: name, actor } = target;
    let (id, actor) = (find(db, &name).await?, actor.actor());
    let changed = if draining { worker::drain(db, &actor, id).await? } else { worker::undrain(db, &actor, id).await? };
    let changed = match changed {
        Drain::Changed => true,
        Drain::Unchanged => false,
        Drain::NoSuchWorker => return Err(CommandError::NoSuchWorker(name)),
    };
    let value = json!({ "worker": id, "draining": draining, "changed": changed });
    let state = if draining { "draining" } else { "not drained" };
    let already = if changed { "" } else { " already" };
    Ok(format.print(&value, || format!("{} is {state}{already}", sanitize(&name)))?)
}

async fn release(db: &Db, format: OutputFormat, target: TargetArgs) -> Result<(), CommandError> {
    let TargetArgs { worker: name, actor } = target;
    let id = find(db, &name).await?;
    let jobs = match worker::release(db, &actor.actor(), id).await? {
        Released::Jobs(jobs) => jobs,
        Released::Working => return Err(CommandError::WorkerWorks(name)),
        Released::NoSuchWorker => return Err(CommandError::NoSuchWorker(name)),
    };
    let value = json!({ "worker": id, "released": jobs });
    Ok(format.print(&value, || format!("{} of {} queued again", quantity(jobs, "job"), sanitize(&name)))?)
}

/// The one worker of this name or id.
async fn find(db: &Db, name: &str) -> Result<WorkerId, CommandError> {
    match *worker::find(db, name).await? {
        [] => Err(CommandError::NoSuchWorker(name.to_owned())),
        [id] => Ok(id),
        ref several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(CommandError::SeveralWorkers(name.to_owned(), ids.join(", ")))
        }
    }
}
