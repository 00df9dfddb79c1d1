//! `tintype audit`: checks the invariants of the live database.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use domain::audit::{Violation, audit};
use domain::job::DEFAULT_MAX_AGE_HOURS;
use serde_json::json;

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::sanitize;
use crate::target::Target;

/// The options of `tintype audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The age at which an unfinished job fails: the same value as for the workers
    #[arg(long, env = "TINTYPE_MAX_AGE", value_name = "HOURS", default_value_t = DEFAULT_MAX_AGE_HOURS)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=168))]
    max_age: u16,
}

/// Checks the invariants. The exit code is 1 if one is violated; `main` exits with 2 on errors.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &AuditArgs) -> Result<ExitCode, CommandError> {
    let db = target.connect().await?;
    let violations = audit(&db, Duration::from_hours(args.max_age.into())).await?;
    format.print(&json!({ "broken": violations }), || describe(&violations))?;
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(violations: &[Violation]) -> String {
    if violations.is_empty() {
        return "every invariant holds".to_owned();
    }
    let lines = violations
        .iter()
        .map(|violation| format!("violated: {}\n          {}", violation.invariant, sanitize(&violation.row)));
    lines.collect::<Vec<_>>().join("\n")
}
