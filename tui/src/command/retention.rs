//! `tintype retention`: how long results are kept.

use std::time::Duration;

use serde_json::json;

use domain::retention::{retain, retention};

use super::CommandError;
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;

/// Changes the retention if it is told to, and prints it.
pub(crate) async fn run(source: &Source, form: Form, hours: Option<u16>) -> Result<(), CommandError> {
    let db = source.connect().await?;
    if let Some(hours) = hours {
        retain(&db, Duration::from_hours(hours.into())).await?;
    }
    let hours = retention(&db).await?.as_secs() / 3600;
    match form {
        Form::Json => print::json(&json!({ "hours": hours }))?,
        Form::Text => {
            let hours = text::things(i64::try_from(hours).unwrap_or(i64::MAX), "hour");
            print::line(&format!("results are kept for {hours}"))?;
        }
    }
    Ok(())
}
