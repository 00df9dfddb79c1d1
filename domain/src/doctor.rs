//! The doctor: what of the database, its server and its surroundings is as it should be.
//!
//! Each check is one statement that reads views of the server and no history, so it may run on a
//! live system, as any role. What the role may not see is reported as unknown.

mod clock;
mod connections;
mod finding;
mod notifications;
mod partitions;
mod rates;
mod replication;
mod server;
mod settings;
mod tables;
mod transactions;

pub use finding::{Finding, Status};

use crate::db::sqlstate;
use crate::{Db, DbError};

/// Runs every check.
pub async fn doctor(db: &Db) -> Result<Vec<Finding>, DbError> {
    let checks = [
        ("server", server::server(db).await),
        ("settings", settings::settings(db).await),
        ("connections", connections::connections(db).await),
        ("transactions", transactions::transactions(db).await),
        ("tables", tables::tables(db).await),
        ("partitions", partitions::partitions(db).await),
        ("rates", rates::rates(db).await),
        ("clock", clock::clock(db).await),
        ("notifications", notifications::notifications(db).await),
        ("replication", replication::replication(db).await),
    ];
    let mut findings = Vec::new();
    for (check, found) in checks {
        match found {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(unknown(check, error)?),
        }
    }
    Ok(findings)
}

/// What a statement that the role may not execute, or that needs the schema, says.
fn unknown(check: &'static str, error: DbError) -> Result<Finding, DbError> {
    let advice = match sqlstate(&error).as_deref() {
        Some("42501") => "run deploy/roles.sql and deploy/grants.sql: see docs/operations.md#roles-and-grants",
        Some("42P01" | "42703" | "42883") => "it needs Tintype's schema: run `tintype migrate`",
        _ => return Err(error),
    };
    let message = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    Ok(Finding::new(check, Status::Unknown, message).advised(advice))
}
