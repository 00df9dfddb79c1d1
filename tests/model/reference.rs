//! The model: what the queue should do, in memory, one operation at a time.

use std::collections::{BTreeMap, HashMap};

use domain::id::{BatchId, JobId};
use domain::job::{Lane, MAX_ATTEMPTS, PREFERENCE_STEPS, PREFERENCE_WINDOW};

use super::operation::{Ask, Body, Call, WORKERS};

/// How far a job moves the virtual time of an account of weight 1.
const STEP: i64 = 1_000_000;

/// Seconds of a clock that only the test case moves.
type Seconds = i64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Parked { due: Seconds },
    Leased { worker: usize, deadline: Seconds },
    Completed { expires: Seconds },
    Failed { code: &'static str },
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) owner: usize,
    pub(crate) state: State,
    pub(crate) attempt: i16,
    /// The lease that holds it, or that ended it.
    pub(crate) lease: Option<i64>,
    pub(crate) html: bool,
    lane: Lane,
    tag: i64,
    pub(crate) created: Seconds,
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) balance: i64,
    pub(crate) granted: i64,
    pub(crate) suspended: bool,
    pub(crate) weight: i64,
    /// With a rate of one job a minute and a burst of 20: when the next job conforms to the rate.
    pub(crate) arrives: Option<Seconds>,
    tags: [i64; 2],
}

#[derive(Debug, Default)]
pub(crate) struct Worker {
    beat: Seconds,
    judges_from: Seconds,
    claims: u32,
}

/// The response to an accepted call, and to its repetitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) jobs: Vec<JobId>,
    pub(crate) batch: Option<BatchId>,
    pub(crate) used: i64,
    pub(crate) remaining: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    New { accepted: usize, remaining: i64 },
    Same(Outcome),
    Unpaid,
    Suspended,
    Limited,
    KeyReused,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) now: Seconds,
    pub(crate) accounts: Vec<Account>,
    pub(crate) workers: [Worker; WORKERS],
    /// In the order of submission, which is the order of their ids.
    pub(crate) jobs: BTreeMap<JobId, Job>,
    keys: HashMap<(usize, u8), (Seconds, Body, Outcome)>,
    clocks: [i64; 2],
}

impl Body {
    pub(crate) fn asks(&self) -> &[Ask] {
        match self {
            Self::One(ask) => std::slice::from_ref(ask),
            Self::Batch(asks) => asks,
        }
    }
}

impl State {
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, Self::Completed { .. } | Self::Failed { .. })
    }
}

impl Model {
    pub(crate) fn open_account(&mut self, credits: i64) {
        let (balance, granted) = (credits, credits);
        self.accounts.push(Account { balance, granted, suspended: false, weight: 1, arrives: None, tags: [0; 2] });
    }

    pub(crate) fn submit(&self, call: &Call) -> Expected {
        let account = &self.accounts[call.who];
        if let Some((at, body, response)) = call.key.and_then(|key| self.keys.get(&(call.who, key)))
            && self.now - at < 86400
        {
            return if *body == call.body { Expected::Same(response.clone()) } else { Expected::KeyReused };
        }
        let asked = call.body.asks().len();
        let allowance = self.allowance(call.who);
        let paid = asked.min(usize::try_from(account.balance).expect("no balance is negative"));
        match (&call.body, paid) {
            _ if account.suspended => Expected::Suspended,
            _ if allowance.is_some_and(|allowance| allowance < i64::try_from(asked).expect("few")) => Expected::Limited,
            (Body::One(_), 0) => Expected::Unpaid,
            (_, paid) => {
                Expected::New { accepted: paid, remaining: account.balance - i64::try_from(paid).expect("few") }
            }
        }
    }

    /// Returns how many jobs a rate-limited account may submit now.
    pub(crate) fn allowance(&self, who: usize) -> Option<i64> {
        self.accounts[who].arrives.map(|arrives| 20 - (arrives.max(self.now) - self.now + 59) / 60)
    }

    /// Records that a call was accepted.
    pub(crate) fn accepted(&mut self, call: &Call, response: Outcome) {
        let account = &mut self.accounts[call.who];
        account.balance = response.remaining;
        account.arrives = account.arrives.map(|arrives| arrives.max(self.now) + 60 * response.used);
        for (&id, ask) in response.jobs.iter().zip(call.body.asks()) {
            let tag = &mut account.tags[ask.lane as usize];
            *tag = (*tag).max(self.clocks[ask.lane as usize]) + STEP / account.weight;
            let (lane, html, tag) = (ask.lane, ask.html, *tag);
            let (owner, created, state) = (call.who, self.now, State::Queued);
            self.jobs.insert(id, Job { owner, state, attempt: 0, lease: None, html, lane, tag, created });
        }
        if let (Some(key), false) = (call.key, response.jobs.is_empty()) {
            self.keys.insert((call.who, key), (self.now, call.body.clone(), response));
        }
    }

    /// Returns the jobs that a claim takes, in the order of its response: the first of the
    /// queue, but before them those of the preferred account that are near the head.
    pub(crate) fn line(&self, worker: usize, free: usize, prefer: Option<usize>) -> Vec<JobId> {
        let first = if self.workers[worker].claims % 5 == 4 { Lane::Bulk } else { Lane::Interactive };
        let mut line: Vec<_> = self.jobs.iter().filter(|(_, job)| job.state == State::Queued).collect();
        line.sort_by_key(|(id, job)| (job.lane != first, job.tag, **id));
        let limit = line.first().map_or(0, |(_, job)| job.tag) + PREFERENCE_STEPS * STEP;
        let near = |place, job: &Job| {
            place < PREFERENCE_WINDOW && job.tag <= limit && job.lane == first && prefer == Some(job.owner)
        };
        let (mut taken, others): (Vec<_>, Vec<_>) = (0..).zip(line).partition(|(place, (_, job))| near(*place, job));
        taken.extend(others);
        taken.truncate(free);
        taken.sort_by_key(|(_, (id, job))| (job.lane as usize, job.tag, **id));
        taken.into_iter().map(|(_, (id, _))| *id).collect()
    }

    pub(crate) fn claimed(&mut self, worker: usize, leases: &[(JobId, i64)]) {
        self.workers[worker].claims += 1;
        for (id, lease) in leases {
            let job = self.jobs.get_mut(id).expect("it was in line");
            job.state = State::Leased { worker, deadline: self.now + 45 };
            job.lease = Some(*lease);
            job.attempt += 1;
            let clock = &mut self.clocks[job.lane as usize];
            *clock = job.tag.max(*clock);
        }
    }

    pub(crate) fn holds(&self, id: JobId, lease: i64) -> bool {
        let job = &self.jobs[&id];
        matches!(job.state, State::Leased { .. }) && job.lease == Some(lease)
    }

    pub(crate) fn complete(&mut self, id: JobId) {
        self.job(id).state = State::Completed { expires: self.now + 86400 };
    }

    /// Fails a job, and refunds it. A job that was never started restores the position of its
    /// account.
    pub(crate) fn fail(&mut self, id: JobId, code: &'static str) {
        let job = self.jobs.get_mut(&id).expect("it was submitted");
        let account = &mut self.accounts[job.owner];
        job.state = State::Failed { code };
        account.balance += 1;
        if job.attempt == 0 {
            account.tags[job.lane as usize] -= STEP / account.weight;
        }
    }

    /// Returns whether the job is parked; otherwise its attempts are spent.
    pub(crate) fn retry(&mut self, id: JobId, code: &'static str) -> bool {
        let (now, job) = (self.now, self.job(id));
        if job.attempt >= MAX_ATTEMPTS {
            self.fail(id, code);
            return false;
        }
        job.state = State::Parked { due: now + 5 * i64::from(job.attempt) };
        job.lease = None;
        true
    }

    pub(crate) fn release(&mut self, id: JobId) {
        let clocks = self.clocks;
        let job = self.job(id);
        (job.state, job.lease) = (State::Queued, None);
        job.attempt -= 1;
        job.tag = job.tag.max(clocks[job.lane as usize]);
    }

    pub(crate) fn tire(&mut self) {
        for job in self.jobs.values_mut().filter(|job| job.state == State::Queued) {
            job.attempt = MAX_ATTEMPTS - 1;
        }
    }

    pub(crate) fn judges(&self, worker: usize) -> bool {
        let Worker { beat, judges_from, .. } = self.workers[worker];
        self.now - beat < 10 && judges_from <= self.now
    }

    /// Returns how many jobs are queued again, and how many have failed.
    pub(crate) fn reap(&mut self, judge: usize) -> (usize, usize) {
        let silence = |worker: usize| self.now - self.workers[worker].beat;
        if !self.judges(judge) {
            return (0, 0);
        }
        let lapsed = self.all(|job| match job.state {
            State::Leased { worker, deadline } => deadline <= self.now || silence(worker) >= 15,
            State::Queued | State::Parked { .. } | State::Completed { .. } | State::Failed { .. } => false,
        });
        let (again, spent): (Vec<_>, Vec<_>) = lapsed.into_iter().partition(|id| self.jobs[id].attempt < MAX_ATTEMPTS);
        for id in &again {
            self.back_in_line(*id);
        }
        for id in &spent {
            self.fail(*id, "WORKER_LOST");
        }
        (again.len(), spent.len())
    }

    pub(crate) fn unpark(&mut self) -> usize {
        let due = self.all(|job| matches!(job.state, State::Parked { due } if due <= self.now));
        for id in &due {
            self.back_in_line(*id);
        }
        due.len()
    }

    pub(crate) fn time_out(&mut self, age: Seconds) -> usize {
        let waits = |state| matches!(state, State::Queued | State::Parked { .. });
        let old = self.all(|job| waits(job.state) && self.now - job.created >= age);
        for id in &old {
            self.fail(*id, "QUEUE_TIMEOUT");
        }
        old.len()
    }

    /// Withdraws a job that was never started, and frees the key of a call that submitted only it.
    pub(crate) fn withdraw(&mut self, id: JobId, who: usize, key: Option<u8>) -> bool {
        let job = &self.jobs[&id];
        if job.owner != who || job.state != State::Queued || job.attempt > 0 {
            return false;
        }
        self.keys.retain(|kept, (.., response)| Some(*kept) != key.map(|key| (who, key)) || response.jobs != [id]);
        self.fail(id, "CANCELLED");
        true
    }

    pub(crate) fn beat(&mut self, worker: usize) {
        let Worker { beat, judges_from, .. } = &mut self.workers[worker];
        if self.now - *beat >= 10 {
            *judges_from = self.now + 15;
        }
        *beat = self.now;
    }

    /// Moves the clock, while live workers beat or do not.
    pub(crate) fn wait(&mut self, seconds: Seconds, beating: bool) {
        let heard = |worker: &&mut Worker| beating && self.now - worker.beat < 10;
        for worker in self.workers.iter_mut().filter(heard) {
            worker.beat += seconds;
        }
        self.now += seconds;
    }

    pub(crate) fn crash(&mut self, worker: usize) {
        self.workers[worker].beat -= 15;
    }

    pub(crate) fn all(&self, is: impl Fn(&Job) -> bool) -> Vec<JobId> {
        self.jobs.iter().filter(|(_, job)| is(job)).map(|(id, _)| *id).collect()
    }

    fn back_in_line(&mut self, id: JobId) {
        let clocks = self.clocks;
        let job = self.job(id);
        (job.state, job.lease) = (State::Queued, None);
        job.tag = clocks[job.lane as usize] + STEP;
    }

    fn job(&mut self, id: JobId) -> &mut Job {
        self.jobs.get_mut(&id).expect("it was submitted")
    }
}
