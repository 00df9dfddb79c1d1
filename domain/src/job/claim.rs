//! Claiming: how queued jobs become one worker's, for a while.
//!
//! A [`Claimant`] hands out [`Lease`]s, each the right to finish one attempt before a
//! deadline. Whatever crashes, three things hold:
//!
//! * **One holder.** Every claim takes the next lease number, and only the lease whose
//!   number the queue row carries is live.
//! * **The dead write nothing.** Every write names job and lease, so a worker given up
//!   for dead that wakes late changes no row, and is told so.
//! * **Nothing is stuck.** A lease lapses with its worker or at its deadline, and
//!   [`reap`](super::reap()) gives the job to the next, until the attempts are spent.

use std::time::{Duration, Instant};

use super::{Fence, GRACE, Lane, Lease};
use crate::id::{AccountId, JobId, WorkerId};
use crate::render::Options;
use crate::schema::interval;
use crate::{Db, DbError};

/// How near the head of its lane a preferred account's job must stand, in jobs.
pub const NEAR: i64 = 32;

/// How old the clock is, at least, that a claim looks no further back than; nor further than
/// the clock as it stands, which a race may have lowered. What comes in below took longer
/// than this to commit, and is found by the next look at everything.
const FLOOR_AGE: Duration = Duration::from_secs(5);

/// A job to render, and the right to finish it.
#[derive(Debug)]
pub struct Claim {
    /// What every later statement proves itself by.
    pub lease: Lease,
    /// Whose job it is.
    pub account: AccountId,
    /// What was asked for. Unreadable to a worker that is older than the API; another may
    /// read it.
    pub options: Result<Options, BadOptions>,
    /// Which attempt this is, counted from 1.
    pub attempt: i16,
    source_slot: Option<i16>,
}

/// What was asked for is in words that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no worker could read this job's options")]
pub struct BadOptions;

/// A worker that claims, and what it remembers from one claim to the next: whose turn it
/// is, and how far back it need not look. Correctness never depends on either.
#[derive(Debug)]
pub struct Claimant {
    worker: WorkerId,
    turn: u32,
    floors: Floors,
}

impl Claimant {
    /// A worker that has not claimed yet.
    pub fn new(worker: WorkerId) -> Self {
        Self { worker, turn: 0, floors: Floors::default() }
    }

    /// Takes up to `free` jobs, those that stand first in line.
    ///
    /// Any number of workers may ask at once: `skip locked` shows each of them other rows,
    /// and nobody waits. Each turn looks at one lane first, by weight, and at the other
    /// for what is left. Behind a long transaction dead rows cannot be cleared away; a
    /// claim that begins at the floor does not step over them.
    pub async fn claim(&mut self, db: &Db, free: usize) -> Result<Vec<Claim>, DbError> {
        self.claim_preferring(db, free, None).await
    }

    /// Takes jobs as [`claim`](Self::claim) does, and first those of one account that stand
    /// among the [`NEAR`] first of the lane whose turn it is.
    pub async fn claim_preferring(
        &mut self,
        db: &Db,
        free: usize,
        account: Option<AccountId>,
    ) -> Result<Vec<Claim>, DbError> {
        let lane = Lane::first(self.turn);
        self.turn = self.turn.wrapping_add(1);
        let floors = self.floors.next();
        let (floor, other_floor) = (floors.of(lane), floors.of(lane.other()));
        let rows = sqlx::query!(
            r#"
            with near as (
                select job, account, fair_tag
                from queue
                where lease is null and not parked and lane = $1 and fair_tag >= least($2, lane_clock($1))
                order by lane, fair_tag, job
                limit $7
            ), preferred as materialized (
                select job
                from queue
                where $6::uuid is not null
                    and job = any(array(select job from near where account = $6 order by fair_tag, job limit $4))
                    and deadline is null and not parked
                for update skip locked
            ), first as materialized (
                select job
                from queue
                where lease is null and not parked and lane = $1 and fair_tag >= least($2, lane_clock($1))
                    and job <> all(array(select job from preferred))
                order by lane, fair_tag, job
                limit $4 - (select count(*) from preferred)
                for update skip locked
            ), second as materialized (
                select job
                from queue
                where lease is null and not parked and lane = 1 - $1
                    and fair_tag >= least($3, lane_clock(1::smallint - $1))
                order by lane, fair_tag, job
                limit $4 - (select count(*) from preferred) - (select count(*) from first)
                for update skip locked
            ), claimed as (
                update queue
                set lease = nextval('lease_number'),
                    worker = $5,
                    attempt = attempt + 1,
                    started_at = now(),
                    deadline = now() + budget_ms * interval '1 millisecond' + $8::interval
                where job = any(array(
                        select job from preferred union all select job from first union all select job from second
                    ))
                    and lease is null
                returning job, account, lane, lease, attempt, fair_tag, budget_ms
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
                claimed.budget_ms,
                job.options,
                job.source_slot,
                (select count(*) from advanced) as advanced
            from claimed
            join job on job.id = claimed.job
            order by claimed.lane, claimed.fair_tag, claimed.job
            "#,
            lane.number(),
            floor,
            other_floor,
            i64::try_from(free).unwrap_or(i64::MAX),
            self.worker as _,
            account as _,
            NEAR,
            interval(GRACE),
        )
        .fetch_all(db)
        .await?;
        let mut claims = Vec::with_capacity(rows.len());
        for row in rows {
            self.floors.saw(row.lane, row.fair_tag);
            let term = Duration::from_millis(row.budget_ms.unsigned_abs().into()) + GRACE;
            claims.push(Claim {
                lease: Lease::new(Fence { job: row.job, number: row.number }, term),
                account: row.account,
                options: serde_json::from_value(row.options).map_err(|_| BadOptions),
                attempt: row.attempt,
                source_slot: row.source_slot,
            });
        }
        Ok(claims)
    }
}

impl Claim {
    /// Reads the page that was sent along; `None` where the page is a URL's.
    pub async fn html(&self, db: &Db) -> Result<Option<Vec<u8>>, DbError> {
        let Some(slot) = self.source_slot else { return Ok(None) };
        sqlx::query_scalar!("select source_html($1, $2)", slot, self.lease.job() as _).fetch_one(db).await
    }
}

/// The tags that claims need not look below, per lane.
#[derive(Debug, Clone, Copy, Default)]
struct Tags([i64; 2]);

impl Tags {
    fn of(self, lane: Lane) -> i64 {
        let Self([interactive, bulk]) = self;
        match lane {
            Lane::Interactive => interactive,
            Lane::Bulk => bulk,
        }
    }
}

/// How far back claims look: to what this worker itself had claimed a while ago, and now
/// and then once at everything.
#[derive(Debug, Default)]
struct Floors {
    floor: Tags,
    next: Tags,
    highest: Tags,
    set: Option<Instant>,
}

impl Floors {
    fn next(&mut self) -> Tags {
        if self.set.is_some_and(|set| set.elapsed() < FLOOR_AGE) {
            return self.floor;
        }
        self.floor = std::mem::replace(&mut self.next, self.highest);
        self.set = Some(Instant::now());
        Tags::default()
    }

    fn saw(&mut self, lane: i16, tag: i64) {
        let Tags([interactive, bulk]) = &mut self.highest;
        let highest = if lane == Lane::Interactive.number() { interactive } else { bulk };
        *highest = tag.max(*highest);
    }
}
