//! Whether the failed jobs of an account were refunded, for operators. `tintype audit` checks all of them.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, JobId};
use crate::{Db, DbError};

/// How many failed jobs are checked.
pub const MAX_CHECKED: i64 = 25;

/// The newest failed jobs of an account, and those without a refund.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundCheck {
    /// How many failed jobs were checked, the newest first.
    pub checked: i64,
    /// Those that were not refunded: none, unless the ledger is wrong.
    pub unrefunded: Vec<JobId>,
}

/// Checks the newest failed jobs of an account.
pub async fn unrefunded(db: &Db, account: AccountId) -> Result<RefundCheck, DbError> {
    let rows = sqlx::query!(
        r#"
        select
            newest.job as "job: JobId",
            exists (
                select from ledger where ledger.job = newest.job and ledger.kind = 'refund'
            ) as "is_refunded!"
        from (
            select job from failure where account = $1 order by job desc limit $2
        ) as newest
        order by newest.job desc
        "#,
        account as _,
        MAX_CHECKED,
    )
    .fetch_all(db)
    .await?;
    let checked = i64::try_from(rows.len()).unwrap_or(MAX_CHECKED);
    let unrefunded = rows.into_iter().filter(|row| !row.is_refunded).map(|row| row.job).collect();
    Ok(RefundCheck { checked, unrefunded })
}
