//! `tintype retention`: how long results are kept.

use std::time::Duration;

use clap::Args;
use domain::retention::{retention, set_retention};
use serde_json::json;

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::quantity;
use crate::target::Target;

/// The options of `tintype retention`.
#[derive(Debug, Args)]
#[command(mut_group("ActorArgs", |group| group.requires("hours")))]
pub(crate) struct RetentionArgs {
    /// The new retention, from 1 to 672 hours (28 days)
    #[arg(value_name = "HOURS")]
    hours: Option<u16>,
    #[command(flatten)]
    actor: ActorArgs,
}

/// Sets the retention if a new one is given, and prints it.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: RetentionArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    if let Some(hours) = args.hours {
        set_retention(&db, &args.actor.actor(), Duration::from_hours(hours.into())).await?;
    }
    let hours = retention(&db).await?.as_secs() / 3_600;
    let text = || format!("results are kept for {}", quantity(i64::try_from(hours).unwrap_or(i64::MAX), "hour"));
    Ok(format.print(&json!({ "hours": hours }), text)?)
}
