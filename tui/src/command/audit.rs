//! `tintype audit`: what must hold, asked of the live database.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use domain::audit::audit;

use super::CommandError;
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;

/// Checks the invariants. A broken one makes the code 1; an error, in `main`, makes it 2.
pub(crate) async fn run(source: &Source, form: Form, max_age: u16) -> Result<ExitCode, CommandError> {
    let db = source.connect().await?;
    let broken = audit(&db, Duration::from_hours(max_age.into())).await?;
    match form {
        Form::Json => print::json(&json!({ "broken": broken }))?,
        Form::Text if broken.is_empty() => print::line("every invariant holds")?,
        Form::Text => {
            for found in &broken {
                print::line(&format!("broken: {}\n        {}", found.invariant, text::clean(&found.row)))?;
            }
        }
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
