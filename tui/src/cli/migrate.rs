//! `tintype migrate`: migrates the database's schema.

use domain::db;
use serde_json::json;

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::target::Target;

/// Applies the migrations that are missing in the database.
pub(crate) async fn run(target: &Target, format: OutputFormat) -> Result<(), CommandError> {
    let db = target.connect().await?;
    db::migrate(&db).await.map_err(|error| CommandError::Migrate(error.into()))?;
    let migrations = db::MIGRATOR.iter().count();
    let text = || format!("the schema is up to date: {migrations} migrations");
    Ok(format.print(&json!({ "migrations": migrations }), text)?)
}
