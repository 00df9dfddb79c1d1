//! `tintype migrate`: the schema, brought up to date.

use serde_json::json;

use domain::schema;

use super::CommandError;
use crate::database::Source;
use crate::print::{self, Form};

/// Runs the migrations that the database has not seen.
pub(crate) async fn run(source: &Source, form: Form) -> Result<(), CommandError> {
    let db = source.connect().await?;
    schema::migrate(&db).await.map_err(|error| CommandError::Migrate(error.into()))?;
    let migrations = schema::MIGRATOR.iter().count();
    match form {
        Form::Json => print::json(&json!({ "migrations": migrations }))?,
        Form::Text => print::line(&format!("the schema is up to date: {migrations} migrations"))?,
    }
    Ok(())
}
