//! Settings of the server that decide over durability and throughput.

use super::finding::{Finding, Status};
use crate::{Db, DbError};

/// A setting, a test for bad values, and what they mean.
type Rule = (&'static str, fn(&str) -> bool, Status, &'static str);

const RULES: [Rule; 9] = [
    ("fsync", is_off, Status::Fail, "a crash of the machine destroys the database: turn it on"),
    ("full_page_writes", is_off, Status::Fail, "a crash of the machine may destroy pages: turn it on"),
    ("synchronous_commit", is_off, Status::Fail, "a crash loses jobs that were acknowledged: turn it on"),
    ("autovacuum", is_off, Status::Fail, "the queue's index grows without limit: turn it on"),
    ("track_counts", is_off, Status::Fail, "autovacuum does nothing without it: turn it on"),
    (
        "wal_level",
        |value| value == "minimal",
        Status::Warn,
        "neither standbys nor backups of WAL are possible: use replica",
    ),
    (
        "archive_mode",
        is_off,
        Status::Ok,
        "no WAL is archived: after a loss of the disk, everything since the last backup is gone",
    ),
    (
        "shared_buffers",
        |value| value == "128MB",
        Status::Ok,
        "the default: a quarter of the memory is usual on a host of its own",
    ),
    (
        "max_wal_size",
        |value| value == "1GB",
        Status::Ok,
        "the default: raise it until checkpoints are caused by checkpoint_timeout",
    ),
];

fn is_off(value: &str) -> bool {
    value == "off"
}

pub(super) async fn settings(db: &Db) -> Result<Vec<Finding>, DbError> {
    let names: Vec<String> = RULES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let values = sqlx::query!(
        r#"
        select wanted.name as "name!", current_setting(wanted.name) as "value!"
        from unnest($1::text[]) as wanted (name)
        where exists (select from pg_settings where pg_settings.name = wanted.name)
        "#,
        &names
    )
    .fetch_all(db)
    .await?;
    let value = |name: &str| values.iter().find(|row| row.name == name).map(|row| row.value.as_str());
    let finding = |(name, is_bad, status, advice): Rule| {
        let value = value(name)?;
        Some(Finding::judged(name, value, is_bad(value).then_some((status, advice))))
    };
    Ok(RULES.into_iter().filter_map(finding).collect())
}
