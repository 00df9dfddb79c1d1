//! The operations on the queue, and how often each occurs.
//!
//! Numbers select among the entities that exist when the operation runs, modulo their count.

use domain::job::Lane;
use proptest::bool;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

/// A test case.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The initial credits of each account.
    pub(crate) credits: Vec<i64>,
    /// The operations, in order.
    pub(crate) operations: Vec<Operation>,
}

/// One submitted job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) lane: Lane,
    /// Whether the call contains the HTML.
    pub(crate) html: bool,
}

/// The body of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    One(Ask),
    Batch(Vec<Ask>),
}

/// A call that submits.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) who: usize,
    pub(crate) body: Body,
    /// Its idempotency key.
    pub(crate) key: Option<u8>,
}

/// Who makes a call that concerns a job.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Owner,
    Stranger,
}

/// What a worker does with a lease.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    Complete,
    Fail,
    Retry,
    Release,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Submit(Call),
    /// An earlier call with a key is repeated.
    SubmitAgain {
        call: usize,
    },
    /// The key of an earlier call is sent with another body.
    SubmitOther {
        call: usize,
        body: Body,
    },
    /// A worker claims jobs, and prefers one account.
    Claim {
        worker: usize,
        free: usize,
        prefer: Option<usize>,
    },
    Beat {
        worker: usize,
    },
    /// The worker of a lease stops beating, and uses its leases much later.
    Crash {
        lease: usize,
    },
    /// A lease is used, valid or not.
    End {
        lease: usize,
        how: End,
    },
    /// All queued jobs have failed twice.
    Tire,
    /// A worker reaps, mostly one that may.
    Reap {
        judge: usize,
    },
    Cancel {
        job: usize,
        by: By,
    },
    Withdraw {
        job: usize,
        by: By,
    },
    Unpark,
    TimeOut,
    Expire,
    Grant {
        who: usize,
        credits: i64,
    },
    Suspend {
        who: usize,
    },
    Resume {
        who: usize,
    },
    /// The account is limited to one job a minute with a burst of 20, of which this many are left.
    Limit {
        who: usize,
        weight: i16,
        allowance: Option<i64>,
    },
    /// Time passes, while live workers beat or do not.
    Wait {
        seconds: i64,
        beating: bool,
    },
}

/// The number of workers.
pub(crate) const WORKERS: usize = 3;

/// Waits after which something is due: a retry (5), the end of a worker's right to reap (10), the
/// loss of a worker (15), the end of a lease (45), the next job of a rate-limited account (60),
/// the age limit of a job (1,800), and a day, or almost a day.
const WAITS: [i64; 8] = [5, 10, 15, 45, 60, 1800, 86395, 86400];

/// How often each kind of operation occurs, of 100.
struct Weights {
    asking: u32,
    working: u32,
    trouble: u32,
}

/// Test cases of three kinds: mixed, with many failures, and with many calls.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    prop_oneof![
        2 => life(&Weights { asking: 30, working: 45, trouble: 25 }),
        2 => life(&Weights { asking: 20, working: 40, trouble: 40 }),
        1 => life(&Weights { asking: 70, working: 20, trouble: 10 }),
    ]
}

fn life(weights: &Weights) -> impl Strategy<Value = Case> {
    let operation = prop_oneof![
        weights.asking => asking(),
        weights.working => working(),
        weights.trouble => trouble(),
    ];
    (vec(0..20_i64, 2..=3), vec(operation, 1..60)).prop_map(|(credits, operations)| Case { credits, operations })
}

/// Operations of accounts and of the operator.
fn asking() -> impl Strategy<Value = Operation> {
    use Operation::{Cancel, Grant, Limit, Resume, Submit, SubmitAgain, SubmitOther, Suspend, Withdraw};
    let weight = || prop::sample::select(vec![1, 2, 4]);
    prop_oneof![
        30 => (who(), body(), weighted(0.4, 0..3_u8)).prop_map(|(who, body, key)| Submit(Call { who, body, key })),
        4 => any().prop_map(|call| SubmitAgain { call }),
        2 => (any(), body()).prop_map(|(call, body)| SubmitOther { call, body }),
        6 => (any(), by()).prop_map(|(job, by)| Cancel { job, by }),
        4 => (any(), by()).prop_map(|(job, by)| Withdraw { job, by }),
        4 => (who(), 1..6_i64).prop_map(|(who, credits)| Grant { who, credits }),
        1 => who().prop_map(|who| Suspend { who }),
        2 => who().prop_map(|who| Resume { who }),
        2 => (who(), weight(), weighted(0.5, 0..4_i64)).prop_map(|(who, weight, allowance)| Limit { who, weight, allowance }),
    ]
}

/// Operations of workers without failures.
fn working() -> impl Strategy<Value = Operation> {
    use Operation::{Beat, Claim, Unpark};
    prop_oneof![
        14 => (worker(), prop_oneof![1 => Just(0), 9 => 1..4_usize], weighted(0.2, who()))
            .prop_map(|(worker, free, prefer)| Claim { worker, free, prefer }),
        14 => (any(), end()).prop_map(|(lease, how)| Operation::End { lease, how }),
        6 => worker().prop_map(|worker| Beat { worker }),
        6 => Just(Unpark),
    ]
}

/// Failures, their handling, and the passing of time.
fn trouble() -> impl Strategy<Value = Operation> {
    use Operation::{Crash, Expire, Reap, TimeOut, Tire, Wait};
    let seconds = prop_oneof![6 => 0..4_usize, 1 => 4..WAITS.len()].prop_map(|which| WAITS[which]);
    prop_oneof![
        8 => any().prop_map(|lease| Crash { lease }),
        14 => any().prop_map(|judge| Reap { judge }),
        12 => (seconds, bool::weighted(0.9)).prop_map(|(seconds, beating)| Wait { seconds, beating }),
        3 => Just(Tire),
        2 => Just(TimeOut),
        1 => Just(Expire),
    ]
}

fn any() -> impl Strategy<Value = usize> {
    0..32_usize
}

fn who() -> impl Strategy<Value = usize> {
    0..3_usize
}

fn worker() -> impl Strategy<Value = usize> {
    0..WORKERS
}

fn ask() -> impl Strategy<Value = Ask> {
    (prop_oneof![2 => Just(Lane::Interactive), 1 => Just(Lane::Bulk)], bool::weighted(0.2))
        .prop_map(|(lane, html)| Ask { lane, html })
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![ask().prop_map(Body::One), vec(ask(), 1..=4).prop_map(Body::Batch)]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![3 => Just(By::Owner), 1 => Just(By::Stranger)]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        4 => Just(End::Complete),
        2 => Just(End::Fail),
        3 => Just(End::Retry),
        2 => Just(End::Release),
    ]
}
