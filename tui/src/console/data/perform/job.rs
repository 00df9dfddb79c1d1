//! Changes of jobs.

use domain::event::{Actor, is_repeated};
use domain::id::JobId;
use domain::job::browse::{ExpectError, expect};
use domain::job::{Resubmitted, cancel_many, resubmit};
use domain::{Db, DbError};

use crate::console::core::filter;
use crate::console::core::write::{JobChange, JobWrite, Jobs, Report};
use crate::console::data::link::describe;
use crate::output::format::quantity;

/// Makes a change of jobs.
pub(super) async fn perform(db: &Db, actor: &Actor, id: u64, write: &JobWrite) -> Result<Report, String> {
    let jobs = match &write.jobs {
        Jobs::Ids(jobs) => jobs.clone(),
        Jobs::Matching { filter, expected } => matching(db, filter, *expected).await?,
    };
    match write.change {
        JobChange::Retry => retry(db, actor, &jobs, id).await,
        JobChange::Cancel => cancel(db, actor, &jobs).await,
    }
}

async fn matching(db: &Db, text: &str, expected: usize) -> Result<Vec<JobId>, String> {
    let selection = filter::parse(text, None).map_err(|error| error.to_string())?;
    expect(db, &selection, expected).await.map_err(|error| match error {
        ExpectError::Db(error) => describe(&error),
        error @ (ExpectError::Drift { .. } | ExpectError::TooMany) => error.to_string(),
    })
}

async fn retry(db: &Db, actor: &Actor, jobs: &[JobId], id: u64) -> Result<Report, String> {
    // Nanoseconds since 1970 fit until the year 2262.
    let confirmation = i64::try_from(id).unwrap_or(i64::MAX);
    match resubmit(db, actor, jobs, confirmation).await {
        Ok(resubmitted) => retried(&resubmitted),
        Err(error) if is_repeated(&error) => Err("this confirmation has had its effect already".to_owned()),
        Err(error) => Err(describe(&error)),
    }
}

fn retried(resubmitted: &Resubmitted) -> Result<Report, String> {
    let left_out = resubmitted.left_out().unwrap_or_default();
    if resubmitted.jobs.is_empty() {
        return Err(left_out);
    }
    let count = i64::try_from(resubmitted.jobs.len()).unwrap_or(i64::MAX);
    let done = format!("submitted {} again for {}", quantity(count, "job"), quantity(resubmitted.credits, "credit"));
    Ok(Report::new(if left_out.is_empty() { done } else { format!("{done}; {left_out}") }))
}

async fn cancel(db: &Db, actor: &Actor, jobs: &[JobId]) -> Result<Report, String> {
    let cancelled: i64 = cancel_many(db, actor, jobs).await.map_err(|error: DbError| describe(&error))?;
    let ended = i64::try_from(jobs.len()).unwrap_or(i64::MAX).saturating_sub(cancelled);
    match (cancelled, ended) {
        (0, _) => Err("the jobs had ended already".to_owned()),
        (_, 0) => Ok(Report::new(format!("cancelled {} and refunded them", quantity(cancelled, "job")))),
        _ => Ok(Report::new(format!(
            "cancelled {} and refunded them; {} had ended",
            quantity(cancelled, "job"),
            quantity(ended, "job")
        ))),
    }
}
