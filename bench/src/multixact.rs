//! Multixacts: what Postgres writes when transactions share a row lock. They are a second log with a lock of its own,
//! and Tintype's statements are written so that none arises.

use serde::Serialize;
use sqlx::PgPool;

use crate::database::execute;
use crate::plan::Section;

/// How long Postgres' processes may take to report their statistics.
const REPORT_DELAY: std::time::Duration = std::time::Duration::from_millis(1_200);

/// What the whole server has done since its start.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Counters {
    next: i64,
    read: i64,
    written: i64,
    zeroed: i64,
}

/// The use of multixacts between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Multixacts {
    /// Multixacts that were created.
    pub(crate) created: i64,
    /// Pages that were read from disk.
    pub(crate) read: i64,
    /// Pages that were written to disk.
    pub(crate) written: i64,
    /// Pages that were begun.
    pub(crate) zeroed: i64,
}

/// The multixacts of a section.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct SectionMultixacts {
    /// The section.
    pub(crate) section: Section,
    /// The contender; `None` if several run at once.
    pub(crate) contender: Option<&'static str>,
    /// What Postgres did.
    #[serde(flatten)]
    pub(crate) used: Multixacts,
}

impl Counters {
    /// Reads the counters, after a checkpoint that writes what is unwritten.
    pub(crate) async fn read(admin: &PgPool) -> anyhow::Result<Self> {
        execute(admin, "checkpoint").await?;
        tokio::time::sleep(REPORT_DELAY).await;
        // Postgres 17 renamed `MultiXactMember` and `MultiXactOffset` to `multixact_member` and `multixact_offset`.
        let counters = "
            select
                (select next_multixact_id::text::bigint from pg_control_checkpoint()) as next,
                coalesce(sum(blks_read), 0)::bigint as read,
                coalesce(sum(blks_written), 0)::bigint as written,
                coalesce(sum(blks_zeroed), 0)::bigint as zeroed
            from pg_stat_slru
            where name ilike 'multixact%'";
        Ok(sqlx::query_as(counters).fetch_one(admin).await?)
    }

    /// Returns what was done since an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> Multixacts {
        Multixacts {
            created: self.next - earlier.next,
            read: self.read - earlier.read,
            written: self.written - earlier.written,
            zeroed: self.zeroed - earlier.zeroed,
        }
    }
}

impl Multixacts {
    /// Nothing was done.
    pub(crate) const NONE: Self = Self { created: 0, read: 0, written: 0, zeroed: 0 };

    /// Returns the sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            read: self.read + other.read,
            written: self.written + other.written,
            zeroed: self.zeroed + other.zeroed,
        }
    }
}
