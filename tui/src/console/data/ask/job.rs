//! Queries about jobs.

use domain::id::JobId;
use domain::job::browse::{self, JobPage, PAGE_SIZE, Selection};
use domain::job::{show, trail};
use domain::{Db, DbError};

use crate::console::core::data::{JobData, JobDetail};
use crate::console::core::query::JobQuery;

/// Asks the database.
pub(super) async fn ask(db: &Db, query: &JobQuery) -> Result<JobData, DbError> {
    Ok(match query {
        JobQuery::Page(selection, before) => JobData::Page(page(db, selection, *before).await?),
        JobQuery::Next(selection, after) => JobData::Next(*after, page(db, selection, Some(*after)).await?),
        JobQuery::Progress(jobs) => JobData::Progress(browse::refresh(db, jobs).await?),
        JobQuery::Newer(than) => JobData::Newer(*than, browse::newer(db, *than).await?),
        JobQuery::Matches(selection) => JobData::Matches(browse::count(db, selection).await?),
        JobQuery::Detail(job) => JobData::Detail(*job, detail(db, *job).await?),
    })
}

async fn page(db: &Db, selection: &Selection, before: Option<JobId>) -> Result<JobPage, DbError> {
    browse::browse(db, selection, before, PAGE_SIZE).await
}

async fn detail(db: &Db, job: JobId) -> Result<Option<Box<JobDetail>>, DbError> {
    let found = show(db, job).await?.zip(trail(db, job).await?);
    Ok(found.map(|(job, trail)| Box::new(JobDetail { job, trail })))
}
