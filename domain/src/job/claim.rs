//! Claiming: queued jobs become one worker's, until a deadline.
//!
//! A [`Claimant`] hands out [`Lease`]s, each the right to finish one attempt before a
//! deadline. Three things hold whatever crashes:
//!
//! * **One holder.** Every claim takes the next lease number, and only the lease whose
//!   number is in the queue row is live.
//! * **Stale workers write nothing.** Every write names job and lease, so a worker that was
//!   given up for dead changes no row and gets [`LeaseError::Lost`](super::LeaseError::Lost).
//! * **No job is stuck.** A lease lapses at its deadline or when its worker dies, and
//!   [`reap`](super::reap()) queues the job again until its attempts are spent.

mod floor;

use std::time::Duration;

use floor::Floors;
use serde_json::Value;

use super::lane::{Lane, PREFERENCE_STEPS, PREFERENCE_WINDOW};
use super::lease::{Fence, GRACE, Lease};
use super::metrics;
use crate::db::interval;
use crate::id::{AccountId, JobId, KeyId, WorkerId};
use crate::key::RequestContext;
use crate::options::stored::{StoredOptions, StoredTarget};
use crate::options::{Options, TargetUrl};
use crate::secret::{StoredSecrets, unmark};
use crate::{Db, DbError};

/// A job to render, and the right to finish it.
#[derive(Debug)]
pub struct Claim {
    /// The right to finish it, which every later statement names.
    pub lease: Lease,
    /// The account it belongs to.
    pub account: AccountId,
    /// The key that submitted it.
    pub key: KeyId,
    /// The request that submitted it.
    pub submitted_by: RequestContext,
    /// The type of the job. A worker that is older than the API may not know it.
    pub kind: String,
    /// How long it could have been claimed before: since it was submitted or, for a later attempt,
    /// since it was due again.
    pub waited: Duration,
    /// What to render. A worker that is older than the API may not be able to read it;
    /// another worker may.
    pub request: Result<RenderRequest, InvalidOptions>,
    /// Which attempt this is, from 1.
    pub attempt: i16,
}

/// What to render.
#[derive(Debug)]
pub struct RenderRequest {
    /// The page.
    pub target: Target,
    /// How to render it.
    pub options: Options,
    /// The headers, cookies and credentials for the page, if it has any.
    pub secrets: Option<StoredSecrets>,
}

/// The page of a claimed job.
#[derive(Debug)]
pub enum Target {
    /// The browser navigates to it.
    Url(TargetUrl),
    /// The document is in the database.
    Html(StoredHtml),
}

/// A document in the database.
#[derive(Debug, Clone, Copy)]
pub struct StoredHtml {
    job: JobId,
    bucket: Option<i16>,
}

/// The options are of a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no worker could read this job's options")]
pub struct InvalidOptions;

/// A worker that claims, and what it remembers between claims: which lane is next, and
/// where its scans start. Correctness depends on neither.
#[derive(Debug)]
pub struct Claimant {
    worker: WorkerId,
    claims: u32,
    floors: Floors,
    left_more: bool,
}

impl Claimant {
    /// A worker that has not claimed yet.
    pub fn new(worker: WorkerId) -> Self {
        Self { worker, claims: 0, floors: Floors::default(), left_more: false }
    }

    /// Whether the last claim took as many jobs as it could, and left others. If it did not, what can be claimed
    /// later is announced.
    pub fn left_more(&self) -> bool {
        self.left_more
    }

    /// Claims up to `free` jobs, in fair order.
    ///
    /// Any number of workers may claim at once: `skip locked` gives each of them different
    /// rows, and none waits. Each claim looks at one lane first, by weight, and at the other
    /// for what is left. The scan starts at a floor, so that it does not step over the dead
    /// rows that a long transaction keeps.
    pub async fn claim(&mut self, db: &Db, free: usize) -> Result<Vec<Claim>, DbError> {
        self.claim_preferring(db, free, &[]).await
    }

    /// Claims jobs as [`claim`](Self::claim) does, but first those of these accounts that are
    /// among the first [`PREFERENCE_WINDOW`] of the lane, and within [`PREFERENCE_STEPS`] of its head.
    #[expect(clippy::too_many_lines, reason = "it is one statement")]
    pub async fn claim_preferring(
        &mut self,
        db: &Db,
        free: usize,
        accounts: &[AccountId],
    ) -> Result<Vec<Claim>, DbError> {
        self.left_more = false;
        let lane = Lane::first(self.claims);
        self.claims = self.claims.wrapping_add(1);
        let floors = self.floors.next();
        let (floor, other_floor) = (floors.of(lane), floors.of(lane.other()));
        let rows = sqlx::query!(
            r#"
            with head as (
                select job, account, fair_tag, first_value(fair_tag) over (order by lane, fair_tag, job) as first_tag
                from queue
                where lease is null and not parked and lane = $1 and fair_tag >= least($2, lane_clock($1))
                order by lane, fair_tag, job
                limit $7
            ), preferred as materialized (
                select job
                from queue
                where cardinality($6::uuid[]) > 0
                    and job = any(array(
                        select job from head
                        where account = any($6) and fair_tag <= first_tag + $9 * fair_step()
                        order by fair_tag, job
                        limit $4
                    ))
                    and deadline is null and not parked
                for update skip locked
            ), first_lane as materialized (
                select job
                from queue
                where lease is null and not parked and lane = $1 and fair_tag >= least($2, lane_clock($1))
                    and job <> all(array(select job from preferred))
                order by lane, fair_tag, job
                limit $4 - (select count(*) from preferred)
                for update skip locked
            ), second_lane as materialized (
                select job
                from queue
                where lease is null and not parked and lane = 1 - $1
                    and fair_tag >= least($3, lane_clock(1::smallint - $1))
                order by lane, fair_tag, job
                limit $4 - (select count(*) from preferred) - (select count(*) from first_lane)
                for update skip locked
            ), claimed as (
                update queue
                set lease = nextval('lease_number'),
                    worker = $5,
                    attempt = attempt + 1,
                    started_at = now(),
                    deadline = now() + budget_ms * interval '1 millisecond' + $8::interval
                where job = any(array(
                        select job from preferred
                        union all select job from first_lane
                        union all select job from second_lane
                    ))
                    and lease is null
                returning job, account, lane, lease, attempt, fair_tag, budget_ms, due_at
            ), advanced as materialized (
                select advance_clock(lane, max(fair_tag)) from claimed group by lane
            )
            select
                claimed.job as "job: JobId",
                claimed.account as "account: AccountId",
                claimed.lease as "number!",
                claimed.attempt,
                claimed.lane,
                claimed.fair_tag,
                claimed.budget_ms as timeout_ms,
                job.options,
                job.source_slot as source_bucket,
                job.key as "key: KeyId",
                job.type::text as "kind!",
                job.request_id,
                job.traceparent,
                (extract(epoch from now() - claimed.due_at) * 1000)::bigint as "waited_ms!",
                (select count(*) from advanced) as advanced,
                (select count(*) from claimed) = $4 and coalesce(
                    -- In the order of the scans above, so that it is planned as one of them.
                    (
                        select true from queue
                        where lease is null and not parked and lane = $1 and fair_tag >= least($2, lane_clock($1))
                            and job <> all(array(select job from preferred union all select job from first_lane))
                        order by lane, fair_tag, job
                        limit 1
                    ), (
                        select true from queue
                        where lease is null and not parked and lane = 1 - $1
                            and fair_tag >= least($3, lane_clock(1::smallint - $1))
                            and job <> all(array(select job from second_lane))
                        order by lane, fair_tag, job
                        limit 1
                    ), false
                ) as "left_more!"
            from claimed
            join job on job.id = claimed.job
            order by claimed.lane, claimed.fair_tag, claimed.job
            "#,
            lane.number(),
            floor,
            other_floor,
            i64::try_from(free).unwrap_or(i64::MAX),
            self.worker as _,
            accounts as _,
            PREFERENCE_WINDOW,
            interval(GRACE),
            PREFERENCE_STEPS,
        )
        .fetch_all(db)
        .await?;
        metrics::claimed(rows.len());
        self.left_more = rows.iter().any(|row| row.left_more);
        let mut claims = Vec::with_capacity(rows.len());
        for row in rows {
            self.floors.claimed(row.lane, row.fair_tag);
            let waited = Duration::from_millis(u64::try_from(row.waited_ms).unwrap_or(0));
            metrics::attempt_begun(Lane::of(row.lane), row.attempt, waited);
            let duration = Duration::from_millis(row.timeout_ms.unsigned_abs().into()) + GRACE;
            claims.push(Claim {
                lease: Lease::new(Fence { job: row.job, number: row.number }, duration),
                account: row.account,
                key: row.key,
                submitted_by: RequestContext { request_id: row.request_id, traceparent: row.traceparent },
                kind: row.kind,
                waited,
                request: RenderRequest::read((row.account, row.job), row.options, row.source_bucket),
                attempt: row.attempt,
            });
        }
        Ok(claims)
    }
}

impl RenderRequest {
    fn read(
        (account, job): (AccountId, JobId),
        mut options: Value,
        bucket: Option<i16>,
    ) -> Result<Self, InvalidOptions> {
        let secrets = unmark(&mut options).then(|| StoredSecrets::new(account, job));
        let stored: StoredOptions = serde_json::from_value(options).map_err(|_| InvalidOptions)?;
        let (target, options) = stored.into_parts();
        let target = match target {
            StoredTarget::Url(url) => Target::Url(url),
            StoredTarget::Html => Target::Html(StoredHtml { job, bucket }),
        };
        Ok(Self { target, options, secrets })
    }
}

impl StoredHtml {
    /// Reads the document; `None` if it is no longer stored.
    pub async fn read(&self, db: &Db) -> Result<Option<Vec<u8>>, DbError> {
        let Some(bucket) = self.bucket else { return Ok(None) };
        // Its size is not known before it is read.
        let _permit = db.permit_for(usize::MAX).await?;
        sqlx::query_scalar!("select source_html($1, $2)", bucket, self.job as _).fetch_one(db).await
    }
}
