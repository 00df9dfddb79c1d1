//! Runs each operation on a real queue, and compares the result with the model.

use std::time::Duration;

use domain::id::{BatchId, JobId, WorkerId};
use domain::idempotency::Idempotency;
use domain::job::{
    self, Claimant, Delivery, ErrorCode, Failure, JobState, Lease, LeaseError, NewJob, Rendered, Retried, SubmitError,
    Target,
};
use domain::key::{Caller, NewKey};
use domain::options::Source;
use domain::result::{self, FindError};
use domain::worker::{self, WorkerInfo, WorkerStats};
use domain::{Db, account, audit, db, key};
use harness::fixtures::{actor, new_job, rendered};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use secrecy::ExposeSecret;

use super::operation::{Ask, Body, By, Call, Case, End, Operation, WORKERS};
use super::reference::{self, Expected, Model, Outcome, State};

/// Every wait is a multiple of it. A case must finish in less time.
pub(crate) const TICK: Duration = Duration::from_secs(5);

/// At what age jobs time out. Less than an hour: their ids cannot be moved into the past.
const AGE: Duration = Duration::from_mins(30);

/// Longer than all waits of a case, so that the audit reports no job as too old.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// The invariant that only sweeping maintains, and nothing sweeps in a case.
const NOT_SWEPT: &str = "an expired result is deleted within a bucket's width";

/// A database, and workers that outlive each case.
pub(crate) struct Fleet {
    db: Db,
    workers: Vec<WorkerId>,
}

/// The queue and its model, side by side.
pub(crate) struct Machine<'a> {
    db: &'a Db,
    model: Model,
    callers: Vec<Caller>,
    workers: Vec<(WorkerId, Claimant)>,
    /// Every lease that was not consumed, valid or not, and its worker.
    leases: Vec<(usize, Lease)>,
    /// Every call that was accepted, and its jobs.
    calls: Vec<(Call, Vec<JobId>)>,
}

impl Fleet {
    pub(crate) async fn join(url: &str) -> Self {
        let db = db::connect(url, 1).await.expect("the database responses");
        // Nothing here waits for notifications.
        sqlx::raw_sql("drop function notify_test cascade").execute(&db).await.expect("there are triggers");
        let about = WorkerInfo {
            name: "any".to_owned(),
            version: String::new(),
            browser: String::new(),
            slots: 4,
            ..WorkerInfo::default()
        };
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(worker::register(&db, &about).await.expect("a worker"));
        }
        Self { db, workers }
    }

    /// Deletes everything but the workers, and makes them live.
    pub(crate) async fn clear(&self) {
        let clear = "
            delete from queue;
            delete from job;
            delete from ledger;
            delete from account;
            delete from api_key;
            delete from idempotency;
            delete from event;
            delete from result;
            delete from source;
            update worker set beat_at = now(), judges_from = now();
            select setval('clock_interactive', 0), setval('clock_bulk', 0);
        ";
        sqlx::raw_sql(clear).execute(&self.db).await.expect("nothing stands in the way");
    }
}

impl<'a> Machine<'a> {
    pub(crate) async fn run(fleet: &'a Fleet, case: &Case) -> TestCaseResult {
        fleet.clear().await;
        let mut machine = Self::new(fleet, &case.credits).await;
        for (number, operation) in case.operations.iter().enumerate() {
            let done = machine.perform(operation).await;
            let compared = match done {
                Ok(touched) => machine.compare(touched).await,
                Err(error) => Err(error),
            };
            compared.map_err(|error| TestCaseError::fail(format!("{number}: {operation:?}: {error}")))?;
        }
        machine.end().await
    }

    async fn new(fleet: &'a Fleet, credits: &[i64]) -> Self {
        let db = &fleet.db;
        let workers = fleet.workers.iter().map(|&worker| (worker, Claimant::new(worker))).collect();
        let (mut model, mut callers) = (Model::default(), Vec::new());
        for (who, &credits) in credits.iter().enumerate() {
            account::create(db, &actor(), &who.to_string(), credits).await.expect("an account");
            let key = key::create(db, &actor(), &NewKey::new(who.to_string())).await.expect("a key");
            callers.push(key::verify(db, key.key.expose_secret()).await.expect("a caller"));
            model.open_account(credits);
        }
        Self { db, model, callers, workers, leases: Vec::new(), calls: Vec::new() }
    }

    /// Runs an operation, and returns the job it concerned, if it concerned one.
    async fn perform(&mut self, operation: &Operation) -> Result<Option<JobId>, TestCaseError> {
        let db = self.db;
        match *operation {
            Operation::Submit(ref call) => {
                let who = call.who % self.callers.len();
                return self.submit(&Call { who, ..call.clone() }).await;
            }
            Operation::SubmitAgain { call } => {
                if let Some(call) = self.keyed(call) {
                    return self.submit(&call).await;
                }
            }
            Operation::SubmitOther { call, ref body } => {
                if let Some(call) = self.keyed(call) {
                    return self.submit(&Call { body: body.clone(), ..call }).await;
                }
            }
            Operation::Claim { worker, free, prefer } => return self.claim(worker, free, prefer).await,
            Operation::Beat { worker } => self.beat(worker).await?,
            Operation::Crash { lease } => {
                if let Some(&(worker, _)) = self.leases.get(lease.checked_rem(self.leases.len()).unwrap_or(0)) {
                    let crash = sqlx::query("update worker set beat_at = beat_at - interval '15 s' where id = $1");
                    crash.bind(self.workers[worker].0).execute(db).await.expect("the call succeeds");
                    self.model.crash(worker);
                }
            }
            Operation::Tire => {
                let tire = sqlx::query("update queue set attempt = 2 where lease is null and not parked");
                tire.execute(db).await.expect("the call succeeds");
                self.model.tire();
            }
            Operation::End { lease, how } => {
                if !self.leases.is_empty() {
                    let (_, lease) = self.leases.swap_remove(lease % self.leases.len());
                    return self.finish(lease, how).await;
                }
            }
            Operation::Reap { judge } => {
                let judges: Vec<usize> = (0..WORKERS).filter(|worker| self.model.judges(*worker)).collect();
                let judge =
                    if judge % 4 == 0 || judges.is_empty() { judge % WORKERS } else { judges[judge % judges.len()] };
                let reaped = job::reap(db, self.workers[judge].0).await.expect("the call succeeds");
                let (queued, failed) = (reaped.queued.try_into().ok(), reaped.failed.try_into().ok());
                let expected = self.model.reap(judge);
                prop_assert_eq!((queued, failed), (Some(expected.0), Some(expected.1)));
            }
            Operation::Cancel { job, by } => {
                if let Some((job, who)) = self.choose(job, by) {
                    let mine = self.model.jobs[&job].owner == who && self.model.jobs[&job].state.is_open();
                    prop_assert_eq!(job::cancel(db, &self.callers[who], job).await.expect("the call succeeds"), mine);
                    if mine {
                        self.model.fail(job, "CANCELLED");
                    }
                    return Ok(Some(job));
                }
            }
            Operation::Withdraw { job, by } => {
                if let Some((job, who)) = self.choose(job, by) {
                    let call = self.calls.iter().find(|(_, jobs)| jobs.contains(&job)).map(|(call, _)| call);
                    let key = call.and_then(|call| call.key);
                    let once = call.and_then(|call| once(call, &asked(call.body.asks())));
                    let done = job::withdraw(db, &self.callers[who], job, once.as_ref(), "late").await;
                    prop_assert_eq!(done.expect("the call succeeds"), self.model.withdraw(job, who, key));
                    return Ok(Some(job));
                }
            }
            Operation::Unpark => {
                let unparked = job::unpark(db).await.expect("the call succeeds");
                prop_assert_eq!(usize::try_from(unparked).expect("few"), self.model.unpark());
            }
            Operation::TimeOut => {
                let failed = job::time_out(db, AGE).await.expect("the call succeeds");
                let age = i64::try_from(AGE.as_secs()).expect("short");
                prop_assert_eq!(usize::try_from(failed).expect("few"), self.model.time_out(age));
            }
            Operation::Expire => self.expire().await?,
            Operation::Grant { who, credits } => {
                let who = who % self.callers.len();
                let account = &mut self.model.accounts[who];
                account.granted += credits;
                account.balance += credits;
                prop_assert_eq!(
                    account::grant(db, &actor(), &who.to_string(), credits).await.expect("the call succeeds"),
                    account.balance
                );
            }
            Operation::Suspend { who } => self.suspend(who, true).await?,
            Operation::Resume { who } => self.suspend(who, false).await?,
            Operation::Limit { who, weight, allowance } => self.limit(who, weight, allowance).await,
            Operation::Wait { seconds, beating } => self.wait(seconds, beating).await,
        }
        Ok(None)
    }

    async fn submit(&mut self, call: &Call) -> Result<Option<JobId>, TestCaseError> {
        let caller = &self.callers[call.who];
        let jobs = asked(call.body.asks());
        let once = once(call, &jobs);
        let result = match &call.body {
            Body::One(_) => job::submit(self.db, caller, &jobs[0], once.as_ref()).await.map(|one| {
                let response = accepted(vec![one.job], None, one.credits_used, one.credits_remaining);
                (response, one.rate, one.replayed)
            }),
            Body::Batch(_) => job::submit_batch(self.db, caller, &jobs, once.as_ref()).await.map(|batch| {
                let response = accepted(batch.jobs, Some(batch.id), batch.credits_used, batch.credits_remaining);
                (response, batch.rate, batch.replayed)
            }),
        };
        let expected = self.model.submit(call);
        let (response, rate, replayed) = match result {
            Ok(result) => result,
            Err(refused) => {
                let refused = match refused {
                    SubmitError::InsufficientCredits => Expected::Unpaid,
                    SubmitError::Suspended => Expected::Suspended,
                    SubmitError::RateLimited(_) => Expected::Limited,
                    SubmitError::KeyReused => Expected::KeyReused,
                    SubmitError::Db(error) => return Err(TestCaseError::fail(format!("the database: {error}"))),
                };
                prop_assert_eq!(refused, expected);
                return Ok(None);
            }
        };
        if replayed {
            prop_assert_eq!(Expected::Same(response), expected);
            return Ok(None);
        }
        prop_assert_eq!(Expected::New { accepted: response.jobs.len(), remaining: response.remaining }, expected);
        prop_assert_eq!(response.used, i64::try_from(response.jobs.len()).expect("few"));
        prop_assert!(
            self.model.jobs.keys().chain(&response.jobs).is_sorted(),
            "ids sort by the time of their submission"
        );
        let first = response.jobs.first().copied();
        self.calls.push((call.clone(), response.jobs.clone()));
        self.model.accepted(call, response);
        prop_assert_eq!(rate.map(|rate| rate.remaining), self.model.allowance(call.who));
        Ok(first)
    }

    async fn claim(
        &mut self,
        worker: usize,
        free: usize,
        prefer: Option<usize>,
    ) -> Result<Option<JobId>, TestCaseError> {
        let prefer = prefer.map(|who| who % self.callers.len());
        let accounts: Vec<_> = prefer.iter().map(|who| self.callers[*who].account()).collect();
        let expected = self.model.line(worker, free, prefer);
        let claims =
            self.workers[worker].1.claim_preferring(self.db, free, &accounts).await.expect("the call succeeds");
        let jobs: Vec<JobId> = claims.iter().map(|claim| claim.lease.job()).collect();
        prop_assert_eq!(&jobs, &expected);
        let leases: Vec<_> = claims.iter().map(|claim| (claim.lease.job(), claim.lease.fence().number)).collect();
        let earlier = self.leases.iter().map(|(_, lease)| lease.fence().number).max();
        prop_assert!(leases.iter().all(|(_, lease)| Some(*lease) > earlier), "lease numbers grow");
        self.model.claimed(worker, &leases);
        for claim in claims {
            let job = &self.model.jobs[&claim.lease.job()];
            prop_assert_eq!((claim.attempt, claim.account), (job.attempt, self.callers[job.owner].account()));
            let html = match claim.request.expect("known options").target {
                Target::Url(_) => None,
                Target::Html(html) => html.read(self.db).await.expect("the call succeeds"),
            };
            prop_assert_eq!(html, job.html.then(|| b"<p>".to_vec()));
            self.leases.push((worker, claim.lease));
        }
        Ok(jobs.first().copied())
    }

    async fn beat(&mut self, worker: usize) -> TestCaseResult {
        let mine = self.leases.iter().filter(|(whose, _)| *whose == worker);
        let mine: Vec<_> = mine.map(|(_, lease)| lease.fence()).collect();
        let beat = worker::beat(self.db, self.workers[worker].0, &mine, WorkerStats::default()).await;
        let lost = beat.expect("the call succeeds").lost;
        self.model.beat(worker);
        let expected: Vec<_> = mine.into_iter().filter(|fence| !self.model.holds(fence.job, fence.number)).collect();
        prop_assert_eq!(lost, expected);
        Ok(())
    }

    async fn finish(&mut self, lease: Lease, how: End) -> Result<Option<JobId>, TestCaseError> {
        let fence = lease.fence();
        let (job, live) = (fence.job, self.model.holds(fence.job, fence.number));
        let failure = Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer");
        let bytes = fence.number.to_string().into_bytes();
        let rendered = Rendered { bytes, ..rendered(1) };
        let parked = live && matches!(how, End::Retry) && self.model.retry(job, "RENDERER_CRASHED");
        let done = match how {
            End::Complete => lease.complete(self.db, &rendered).await,
            End::Fail => lease.fail(self.db, &failure).await,
            End::Release => lease.release(self.db).await,
            End::Retry => match lease.retry(self.db, &failure).await {
                Ok(Retried::Parked) if parked => {
                    self.rest(job).await;
                    Ok(())
                }
                Ok(Retried::Failed) if live && !parked => Ok(()),
                Ok(other) => return Err(TestCaseError::fail(format!("{other:?}, and it should not"))),
                Err(error) => Err(error),
            },
        };
        match done {
            Ok(()) => prop_assert!(live, "a stale lease was used"),
            Err(LeaseError::Lost(..)) => prop_assert!(!live, "a live lease was lost"),
            Err(LeaseError::Db(_, error)) => return Err(TestCaseError::fail(format!("the database: {error}"))),
        }
        match how {
            End::Complete if live => self.model.complete(job),
            End::Fail if live => self.model.fail(job, "RENDERER_CRASHED"),
            End::Release if live => self.model.release(job),
            End::Complete | End::Fail | End::Release | End::Retry => {}
        }
        Ok(Some(job))
    }

    /// Rounds the retry delay of about 1 or 5 seconds to 5 or 10 seconds.
    async fn rest(&self, job: JobId) {
        let rested = sqlx::query(
            "update queue set due_at = now() + attempt * interval '5 s'
             where job = $1 and parked and due_at - now() < interval '1.21 s' * (array[1, 5])[attempt]",
        );
        let rested = rested.bind(job).execute(self.db).await.expect("the call succeeds");
        assert_eq!(rested.rows_affected(), 1, "it rests no longer than it should");
    }

    async fn expire(&mut self) -> TestCaseResult {
        job::expire(self.db).await.expect("the call succeeds");
        let now = self.model.now;
        let kept = self.model.all(|job| match job.state {
            State::Completed { expires } => now < expires,
            // It can be retried.
            State::Failed { .. } => job.html && now - job.created < 86400,
            State::Queued | State::Parked { .. } | State::Leased { .. } => job.html,
        });
        if kept.is_empty() {
            let left: i64 = sqlx::query_scalar("select (select count(*) from result) + (select count(*) from source)")
                .fetch_one(self.db)
                .await
                .expect("the call succeeds");
            prop_assert_eq!(left, 0, "everything has expired");
        }
        Ok(())
    }

    async fn suspend(&mut self, who: usize, suspended: bool) -> TestCaseResult {
        let who = who % self.callers.len();
        let name = who.to_string();
        let result = if suspended {
            account::suspend(self.db, &actor(), &name).await
        } else {
            account::resume(self.db, &actor(), &name).await
        };
        let before = std::mem::replace(&mut self.model.accounts[who].suspended, suspended);
        let expected = if before == suspended { account::Suspension::Unchanged } else { account::Suspension::Changed };
        prop_assert_eq!(result.expect("the call succeeds"), expected);
        Ok(())
    }

    async fn limit(&mut self, who: usize, weight: i16, allowance: Option<i64>) {
        let who = who % self.callers.len();
        let limits = account::Limits { weight: Some(weight), rate: Some(allowance.map(|_| (1, 20))) };
        account::limit(self.db, &actor(), &who.to_string(), limits).await.expect("the call succeeds");
        if let Some(allowance) = allowance {
            let early = sqlx::query("update account set arrives_at = now() + $2 * interval '1 min' where name = $1");
            early.bind(who.to_string()).bind(20 - allowance).execute(self.db).await.expect("the call succeeds");
        }
        let account = &mut self.model.accounts[who];
        account.weight = weight.into();
        account.arrives = allowance.map(|allowance| self.model.now + (20 - allowance) * 60);
    }

    /// Moves time by moving every stored time into the past.
    async fn wait(&mut self, seconds: i64, beating: bool) {
        let wait = "
            with at as (select $1 * interval '1 s' as by), queues as (
                update queue
                set created_at = created_at - by, due_at = due_at - by, started_at = started_at - by, deadline = deadline - by
                from at
            ), workers as (
                update worker
                set beat_at = case when $2 and is_heard(beat_at) then beat_at else beat_at - by end,
                    judges_from = judges_from - by
                from at
            ), jobs as (
                update job
                set created_at = created_at - by, completed_at = completed_at - by, expires_at = expires_at - by
                from at
            ), results as (
                update result set expires_at = expires_at - by from at
            ), keys as (
                update idempotency set created_at = created_at - by from at
            )
            update account set arrives_at = arrives_at - by from at";
        sqlx::query(wait).bind(seconds).bind(beating).execute(self.db).await.expect("the call succeeds");
        self.model.wait(seconds, beating);
    }

    /// Compares every balance and every job, and fetches one job as its owner and as another
    /// account.
    async fn compare(&self, touched: Option<JobId>) -> TestCaseResult {
        let lines: Vec<String> = sqlx::query_scalar(
            "select array(select 'balance ' || balance from account order by name) || array(
                 select concat_ws(
                     ' ', id, coalesce(job.state::text, case when parked then 'parked' end, state_of(null, queue.lease)::text),
                     error_code, coalesce(job.attempt, queue.attempt), coalesce(job.lease, queue.lease)
                 )
                 from job left join queue on queue.job = job.id
                 order by id
             )",
        )
        .fetch_one(self.db)
        .await
        .expect("the call succeeds");
        let balances = self.model.accounts.iter().map(|account| format!("balance {}", account.balance));
        let jobs = self.model.jobs.iter().map(|(id, job)| {
            let state = match job.state {
                State::Queued => "queued",
                State::Parked { .. } => "parked",
                State::Leased { .. } => "processing",
                State::Completed { .. } => "completed",
                State::Failed { code } => &format!("failed {code}"),
            };
            let lease = job.lease.map(|lease| format!(" {lease}"));
            format!("{id} {state} {}{}", job.attempt, lease.unwrap_or_default())
        });
        let expected: Vec<String> = balances.chain(jobs).collect();
        for (line, expected) in lines.iter().zip(&expected) {
            prop_assert_eq!(line, expected);
        }
        prop_assert_eq!(lines.len(), expected.len(), "as many jobs");
        match touched {
            Some(job) => self.look(job).await,
            None => Ok(()),
        }
    }

    /// Fetches a job and its result: its owner gets what the model says, another account nothing.
    async fn look(&self, id: JobId) -> TestCaseResult {
        let expected = &self.model.jobs[&id];
        let (owner, stranger) = (&self.callers[expected.owner], &self.callers[self.stranger(expected.owner)]);
        prop_assert!(
            job::fetch(self.db, stranger, id).await.expect("the call succeeds").is_none(),
            "a stranger saw a job"
        );
        let strange = result::find(self.db, stranger, id).await;
        prop_assert!(matches!(strange, Err(FindError::NoSuchJob)), "a stranger found {strange:?}");

        let seen = job::fetch(self.db, owner, id).await.expect("the call succeeds").expect("the owner sees it");
        let found = result::find(self.db, owner, id).await;
        let state = match (expected.state, found) {
            (State::Queued | State::Parked { .. }, Err(FindError::NotReady(JobState::Queued))) => JobState::Queued,
            (State::Leased { .. }, Err(FindError::NotReady(JobState::Processing))) => JobState::Processing,
            (State::Failed { code: expected }, Err(FindError::Failed { code, .. })) if code.name() == expected => {
                JobState::Failed
            }
            (State::Completed { expires }, Err(FindError::Expired(_))) if expires <= self.model.now => {
                JobState::Completed
            }
            (State::Completed { expires }, Ok(kept)) if expires > self.model.now => {
                let bytes = kept.slice(self.db, &(0..kept.size)).await.expect("the call succeeds").expect("it is kept");
                prop_assert_eq!(String::from_utf8_lossy(&bytes).parse().ok(), expected.lease, "whose result it is");
                JobState::Completed
            }
            (expected, found) => return Err(TestCaseError::fail(format!("{expected:?}, and its result: {found:?}"))),
        };
        prop_assert_eq!((seen.state, seen.attempt), (state, expected.attempt));
        Ok(())
    }

    /// Fetches every result, runs the audit, and cancels the remaining jobs: then the credits that
    /// were granted and are not left were spent on completed jobs.
    async fn end(mut self) -> TestCaseResult {
        for job in self.model.all(|job| matches!(job.state, State::Completed { .. })) {
            self.look(job).await?;
        }
        let violations = audit::audit(self.db, FOREVER).await.expect("the audit runs");
        let violations: Vec<_> = violations.iter().filter(|violation| violation.invariant != NOT_SWEPT).collect();
        prop_assert!(violations.is_empty(), "{:#?}", violations);
        for job in self.model.all(|job| job.state.is_open()) {
            let owner = &self.callers[self.model.jobs[&job].owner];
            prop_assert!(
                job::cancel(self.db, owner, job).await.expect("the call succeeds"),
                "an open job is cancelled"
            );
            self.model.fail(job, "CANCELLED");
        }
        for (who, account) in self.model.accounts.iter().enumerate() {
            let completed = |job: &reference::Job| job.owner == who && matches!(job.state, State::Completed { .. });
            let spent = i64::try_from(self.model.all(completed).len()).expect("few");
            let left = account::balance(self.db, &self.callers[who]).await.expect("the call succeeds").credits;
            prop_assert_eq!(left, account.granted - spent, "account {}: granted {}", who, account.granted);
        }
        self.compare(None).await
    }

    /// Returns an earlier call with a key.
    fn keyed(&self, call: usize) -> Option<Call> {
        let keyed: Vec<_> = self.calls.iter().map(|(call, _)| call).filter(|call| call.key.is_some()).collect();
        (!keyed.is_empty()).then(|| keyed[call % keyed.len()].clone())
    }

    /// Selects a job, and the account that makes the call.
    fn choose(&self, job: usize, by: By) -> Option<(JobId, usize)> {
        let job = *self.model.jobs.keys().nth(job.checked_rem(self.model.jobs.len())?)?;
        let owner = self.model.jobs[&job].owner;
        Some(match by {
            By::Owner => (job, owner),
            By::Stranger => (job, self.stranger(owner)),
        })
    }

    fn stranger(&self, owner: usize) -> usize {
        (owner + 1) % self.callers.len()
    }
}

fn accepted(jobs: Vec<JobId>, batch: Option<BatchId>, used: i64, remaining: i64) -> Outcome {
    Outcome { jobs, batch, used, remaining }
}

fn once(call: &Call, jobs: &[NewJob]) -> Option<Idempotency> {
    let fingerprint = match call.body {
        Body::One(_) => job::fingerprint(Delivery::Poll, &jobs[0]),
        Body::Batch(_) => job::fingerprint_batch(jobs),
    };
    call.key.map(|key| Idempotency::new(&key.to_string(), fingerprint).expect("a key"))
}

fn asked(asks: &[Ask]) -> Vec<NewJob> {
    let new = |&Ask { lane, html }: &Ask| {
        let job = new_job(lane);
        if html { NewJob { source: Source::Html("<p>".to_owned()), ..job } } else { job }
    };
    asks.iter().map(new).collect()
}
