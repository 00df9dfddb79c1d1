//! The schema: every migration, embedded, and which of them the database has.

use std::collections::BTreeMap;

use sqlx::PgExecutor;
use sqlx::migrate::Migrator;

use super::error::{DbError, sqlstate};
use crate::Db;

/// Every migration, in order.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// The schema of the database, compared with that of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SchemaState {
    /// It is the one of this program.
    #[error("the database has the schema of this version")]
    Current,
    /// There is none. Run `tintype migrate`.
    #[error("the database does not have Tintype's schema: run `tintype migrate`")]
    Absent,
    /// Migrations are missing. Run `tintype migrate`.
    #[error("the database's schema is older than this version ({0} of {1} migrations): run `tintype migrate`")]
    Older(usize, usize),
    /// A later version has migrated it. This one works, too, for as long as the upgrade takes.
    #[error(
        "the database's schema is newer than this version ({0} migrations, {1} are known): use the binaries of that version or newer"
    )]
    Newer(usize, usize),
    /// The migrations are those of another program. Use another database.
    #[error("the database has the schema of another program (its _sqlx_migrations): use another database")]
    Unrelated,
    /// This migration was edited, or is of another branch. Use the binaries that applied it.
    #[error("migration {0} was applied in another version than this program has: use the binaries that applied it")]
    Edited(i64),
}

impl SchemaState {
    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Absent => "absent",
            Self::Older(..) => "older",
            Self::Newer(..) => "newer",
            Self::Unrelated => "unrelated",
            Self::Edited(_) => "edited",
        }
    }

    /// Whether this program works on it.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Current | Self::Newer(..))
    }

    /// Compares the migrations that were applied, with their checksums, with those of this program.
    fn of(applied: &BTreeMap<i64, Vec<u8>>) -> Self {
        let checksum = |version: i64| applied.get(&version).map(Vec::as_slice);
        let first = MIGRATOR.iter().next().is_some_and(|first| checksum(first.version) == Some(&first.checksum));
        let edited = MIGRATOR.iter().find(|own| checksum(own.version).is_some_and(|found| found != &*own.checksum));
        let missing = MIGRATOR.iter().filter(|own| checksum(own.version).is_none()).count();
        let total = MIGRATOR.iter().count();
        let unknown = (applied.len() + missing).saturating_sub(total);
        match (applied.len(), edited, missing, unknown) {
            (0, ..) => Self::Absent,
            _ if !first => Self::Unrelated,
            (_, Some(edited), ..) => Self::Edited(edited.version),
            (applied, None, 0, 1..) => Self::Newer(applied, total),
            (_, None, 0, 0) => Self::Current,
            (_, None, missing, _) => Self::Older(total - missing, total),
        }
    }
}

/// What the database reports about itself.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) schema: SchemaState,
    pub(super) in_recovery: bool,
    pub(super) read_only: bool,
}

/// Reads which schema the database has. The role needs `select` on `_sqlx_migrations`.
pub async fn schema_state(db: &Db) -> Result<SchemaState, DbError> {
    report(db).await.map(|report| report.schema)
}

/// Reads which schema the database has, and whether it accepts writes.
pub(super) async fn report(db: impl PgExecutor<'_>) -> Result<Report, DbError> {
    let row = sqlx::query!(
        r#"
        select
            array(select version from _sqlx_migrations where success order by version) as "versions!",
            array(select checksum from _sqlx_migrations where success order by version) as "checksums!",
            to_regclass('setting') is not null as "has_tables!",
            pg_is_in_recovery() as "in_recovery!",
            current_setting('transaction_read_only') = 'on' as "read_only!"
        "#
    );
    match row.fetch_one(db).await {
        Ok(row) => {
            let state = SchemaState::of(&row.versions.into_iter().zip(row.checksums).collect());
            let is_gone = !row.has_tables && state != SchemaState::Unrelated;
            let schema = if is_gone { SchemaState::Absent } else { state };
            Ok(Report { schema, in_recovery: row.in_recovery, read_only: row.read_only })
        }
        Err(error) if sqlstate(&error).is_some_and(|code| code == "42P01") => {
            Ok(Report { schema: SchemaState::Absent, in_recovery: false, read_only: false })
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{MIGRATOR, SchemaState};

    #[test]
    fn a_schema_is_current_absent_older_newer_edited_or_another_programs() {
        let all: BTreeMap<i64, Vec<u8>> =
            MIGRATOR.iter().map(|migration| (migration.version, migration.checksum.to_vec())).collect();
        let total = all.len();
        let (mut older, mut newer, mut foreign, mut both) = (all.clone(), all.clone(), all.clone(), all.clone());
        let mut edited = all.clone();
        edited.insert(2, vec![1]);
        let mut edited_and_newer = edited.clone();
        edited_and_newer.insert(9_999, vec![1]);
        older.pop_last();
        newer.insert(9_999, vec![1]);
        foreign.insert(1, vec![1]);
        both.pop_last();
        both.insert(9_999, vec![1]);

        assert_eq!(SchemaState::of(&BTreeMap::new()), SchemaState::Absent);
        assert_eq!(SchemaState::of(&all), SchemaState::Current);
        assert_eq!(SchemaState::of(&older), SchemaState::Older(total - 1, total));
        assert_eq!(SchemaState::of(&newer), SchemaState::Newer(total + 1, total));
        assert_eq!(SchemaState::of(&both), SchemaState::Older(total - 1, total));
        assert_eq!(SchemaState::of(&foreign), SchemaState::Unrelated);
        assert_eq!(SchemaState::of(&edited), SchemaState::Edited(2));
        assert_eq!(SchemaState::of(&edited_and_newer), SchemaState::Edited(2));
        assert_eq!(SchemaState::of(&BTreeMap::from([(20_230_101_000_000, vec![1])])), SchemaState::Unrelated);
    }
}
