//! `tintype migrate`: migrates the database's schema.

use domain::db::{self, SchemaState};
use serde_json::json;

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::target::Target;

/// Applies the migrations that are missing in the database.
pub(crate) async fn run(target: &Target, format: OutputFormat) -> Result<(), CommandError> {
    let db = target.connect_to_any_schema().await?;
    let state = db::migrate(&db).await?;
    let migrations = db::MIGRATOR.iter().count();
    let text = || {
        let is_newer = matches!(state, SchemaState::Newer(..));
        if is_newer {
            format!("nothing was changed: {state}")
        } else {
            format!("the schema is up to date: {migrations} migrations")
        }
    };
    Ok(format.print(&json!({ "migrations": migrations, "schema": state.name() }), text)?)
}
