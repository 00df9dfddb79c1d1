//! Listing: summaries of the newest jobs, for operators.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::error_code::ErrorCode;
use super::state::JobState;
use crate::id::JobId;
use crate::options::JobType;
use crate::{Db, DbError};

/// A summary of a job.
#[derive(Debug, Clone, Serialize)]
pub struct JobSummary {
    /// The job.
    pub id: JobId,
    /// The name of its account.
    pub account: String,
    /// The kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Its state.
    pub state: JobState,
    /// The attempts made so far.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<ErrorCode>,
}

/// Which jobs are listed: those that match every part that is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListFilter<'a> {
    /// Jobs of the account of this name.
    pub account: Option<&'a str>,
    /// Jobs that this request submitted.
    pub request_id: Option<&'a str>,
    /// Jobs of the last hours, this many.
    pub hours: Option<u16>,
}

/// How many hours are searched for a request, unless the id itself tells when it was made.
pub const DEFAULT_SEARCH_HOURS: u16 = 24;

impl ListFilter<'_> {
    /// Returns how many hours are searched, and the time around which. No index has the ids of requests, because
    /// every submission would pay for it, so a search reads all rows of that time.
    fn window(&self) -> (Option<i32>, Option<DateTime<Utc>>) {
        match (self.hours, self.request_id.map(made_at)) {
            (Some(hours), _) => (Some(hours.into()), None),
            (None, None) => (None, None),
            (None, Some(Some(time))) => (None, Some(time)),
            (None, Some(None)) => (Some(DEFAULT_SEARCH_HOURS.into()), None),
        }
    }
}

/// Returns when an id was made that the API gave to a request without one: a UUID v7 without hyphens.
fn made_at(id: &str) -> Option<DateTime<Utc>> {
    let uuid = Uuid::try_parse(id).ok().filter(|uuid| uuid.simple().to_string() == id)?;
    let (seconds, nanoseconds) = uuid.get_timestamp().filter(|_| uuid.get_version_num() == 7)?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

/// Lists the newest jobs that pass the filter. The clocks of the processes may be apart by an hour.
pub async fn list(db: &Db, filter: ListFilter<'_>, limit: i64) -> Result<Vec<JobSummary>, DbError> {
    let (hours, around) = filter.window();
    sqlx::query_as!(
        JobSummary,
        r#"
        select
            job.id as "id: JobId",
            account.name as account,
            job.type as "kind: JobType",
            state_of(job.state, queue.lease) as "state!: JobState",
            coalesce(job.attempt, queue.attempt, 0::smallint) as "attempt!",
            job.created_at,
            job.completed_at,
            job.error_code as "error_code: ErrorCode"
        from job
        join account on account.id = job.account
        left join queue on queue.job = job.id
        where ($1::text is null or account.name = $1)
            and ($2::text is null or job.request_id = $2)
            and job.id >= coalesce(
                uuid_at(coalesce($3::timestamptz - interval '1 hour', now() - make_interval(hours => $4 + 1))),
                '00000000-0000-0000-0000-000000000000'
            )
            and job.id <= coalesce(uuid_at($3 + interval '1 hour'), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        order by job.id desc
        limit $5
        "#,
        filter.account,
        filter.request_id,
        around,
        hours,
        limit,
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::{NoContext, Timestamp, Uuid};

    use super::{DEFAULT_SEARCH_HOURS, ListFilter, made_at};

    const SECONDS: u32 = 1_790_000_000;

    fn ours() -> Uuid {
        Uuid::new_v7(Timestamp::from_unix(NoContext, SECONDS.into(), 0))
    }

    #[test]
    fn an_id_that_the_api_has_given_tells_when_it_was_made() {
        assert_eq!(made_at(&ours().simple().to_string()), DateTime::from_timestamp(SECONDS.into(), 0));
        for theirs in [ours().hyphenated().to_string(), "mine-1".to_owned(), Uuid::max().simple().to_string()] {
            assert_eq!(made_at(&theirs), None, "{theirs}");
        }
    }

    #[test]
    fn a_search_for_a_request_is_bounded_and_a_list_is_not() {
        let ours = ours().simple().to_string();
        let window = |request_id, hours| ListFilter { request_id, hours, ..ListFilter::default() }.window();

        assert_eq!(window(None, None), (None, None));
        assert_eq!(window(Some(&ours), None), (None, made_at(&ours)));
        assert_eq!(window(Some("mine"), None), (Some(DEFAULT_SEARCH_HOURS.into()), None));
        for request in [Some("mine"), Some(&*ours), None] {
            assert_eq!(window(request, Some(2)), (Some(2), None), "{request:?}");
        }
    }
}
