//! `tintype doctor`: checks the database, its server and the connection to it.

use std::process::ExitCode;

use clap::Args;
use domain::doctor::{Finding, Status, doctor};
use serde_json::json;

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::sanitize;
use crate::target::Target;

/// The options of `tintype doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Exit with 1 for a warning, too
    #[arg(long)]
    strict: bool,
}

/// Checks the database. The exit code is 1 if a check fails; `main` exits with 2 on errors.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &DoctorArgs) -> Result<ExitCode, CommandError> {
    let db = target.connect_to_any_schema().await?;
    let findings = doctor(&db).await?;
    let worst = findings.iter().map(|finding| finding.status).max().unwrap_or(Status::Ok);
    format.print(&json!({ "status": worst, "findings": findings }), || describe(&findings))?;
    let is_bad = worst == Status::Fail || (args.strict && worst == Status::Warn);
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn describe(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let lines = findings.iter().map(|Finding { check, status, value, advice }| {
        let line = format!("{:7}  {check:width$}  {}", status.name(), sanitize(value));
        match advice {
            Some(advice) => format!("{line}\n{:7}  {:width$}  → {}", "", "", sanitize(advice)),
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
