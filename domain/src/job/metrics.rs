//! Metrics of jobs and credits: what the verbs of this process did, since it started.
//!
//! An effect is counted when its commit is known, so the counters never run ahead of the database.
//! A statement whose response was lost is counted as such, and its effects are not.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_histogram, histogram};
use strum::IntoEnumIterator;

use super::error_code::ErrorCode;
use super::lane::Lane;
use crate::DbError;
use crate::db::{is_away, is_no_connection};
use crate::options::JobType;

const SUBMITTED: &str = "tintype_jobs_submitted_total";
const COMPLETED: &str = "tintype_jobs_completed_total";
const FAILED: &str = "tintype_jobs_failed_total";
const RESULT_BYTES: &str = "tintype_result_bytes_total";
const DEBITED: &str = "tintype_credits_debited_total";
const REFUNDED: &str = "tintype_credits_refunded_total";
const CLAIMS: &str = "tintype_claims_total";
const CLAIMED: &str = "tintype_jobs_claimed_total";
const QUEUE_WAIT: &str = "tintype_queue_wait_seconds";
const LAPSED: &str = "tintype_leases_lapsed_total";
const SWEPT: &str = "tintype_buckets_swept_total";
const UNKNOWN: &str = "tintype_unknown_commits_total";

/// The verbs that move credits, and whose commits may remain unknown.
#[derive(Debug, Clone, Copy, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Verb {
    Submit,
    Cancel,
    Withdraw,
    Reap,
    TimeOut,
}

/// Describes the metrics of jobs, and starts their counters at zero.
pub(crate) fn describe() {
    describe_counter!(SUBMITTED, "Jobs accepted and debited, by type and lane.");
    describe_counter!(COMPLETED, "Jobs that ended with a result.");
    describe_counter!(FAILED, "Jobs that failed and were refunded, by error code.");
    describe_counter!(RESULT_BYTES, "Bytes of stored results.");
    describe_counter!(DEBITED, "Credits debited for accepted jobs.");
    describe_counter!(REFUNDED, "Credits refunded for failed jobs.");
    describe_counter!(CLAIMS, "Claims by outcome: granted at least one job, or found the queue empty.");
    describe_counter!(CLAIMED, "Attempts begun, by lane.");
    describe_histogram!(QUEUE_WAIT, "Seconds from submission to the first claim of a job, by lane.");
    describe_counter!(LAPSED, "Leases that lapsed because a worker died or hung, by what became of the job.");
    describe_counter!(SWEPT, "Buckets of expired results that were truncated.");
    describe_counter!(
        UNKNOWN,
        "Statements whose response was lost, by verb. They may have moved jobs and credits, which is not counted."
    );
    for lane in [Lane::Interactive, Lane::Bulk] {
        for kind in [JobType::Screenshot, JobType::Pdf] {
            accepted(kind, lane, 0);
        }
        counter!(CLAIMED, "lane" => lane.name()).increment(0);
        let _registered = histogram!(QUEUE_WAIT, "lane" => lane.name());
    }
    for code in ErrorCode::iter() {
        counter!(FAILED, "code" => code.name().to_owned()).increment(0);
    }
    for verb in Verb::iter() {
        counter!(UNKNOWN, "verb" => <&str>::from(verb)).increment(0);
    }
    for (name, label, values) in
        [(CLAIMS, "outcome", ["granted", "empty"]), (LAPSED, "outcome", ["requeued", "failed"])]
    {
        for value in values {
            counter!(name, label => value).increment(0);
        }
    }
    for name in [COMPLETED, RESULT_BYTES, DEBITED, REFUNDED, SWEPT] {
        counter!(name).increment(0);
    }
}

fn accepted(kind: JobType, lane: Lane, jobs: u64) {
    counter!(SUBMITTED, "type" => <&str>::from(kind), "lane" => lane.name()).increment(jobs);
}

/// Counts accepted jobs and their debit.
pub(super) fn jobs_submitted(jobs: impl Iterator<Item = (JobType, Lane)>, credits: i64) {
    jobs.for_each(|(kind, lane)| accepted(kind, lane, 1));
    counter!(DEBITED).increment(credits.unsigned_abs());
}

/// Counts a completed job.
pub(super) fn job_completed(bytes: usize) {
    counter!(COMPLETED).increment(1);
    counter!(RESULT_BYTES).increment(bytes as u64);
}

/// Counts failed jobs and their refund.
pub(super) fn jobs_failed(code: &ErrorCode, jobs: u64, credits: i64) {
    let label = if let ErrorCode::Other(_) = code { "OTHER" } else { code.name() };
    counter!(FAILED, "code" => label.to_owned()).increment(jobs);
    counter!(REFUNDED).increment(credits.unsigned_abs());
}

/// Counts a claim that granted these jobs.
pub(super) fn claimed(jobs: usize) {
    counter!(CLAIMS, "outcome" => if jobs > 0 { "granted" } else { "empty" }).increment(1);
}

/// Counts an attempt that begins, and how long its job waited if it is the first one.
pub(super) fn attempt_begun(lane: Lane, attempt: i16, waited: Duration) {
    counter!(CLAIMED, "lane" => lane.name()).increment(1);
    if attempt == 1 {
        histogram!(QUEUE_WAIT, "lane" => lane.name()).record(waited);
    }
}

/// Counts leases that lapsed.
pub(super) fn lapsed(requeued: i64, failed: i64) {
    counter!(LAPSED, "outcome" => "requeued").increment(requeued.unsigned_abs());
    counter!(LAPSED, "outcome" => "failed").increment(failed.unsigned_abs());
}

/// Counts truncated buckets.
pub(super) fn swept(buckets: usize) {
    counter!(SWEPT).increment(buckets as u64);
}

/// Counts the statement of a verb if it may have been committed although it returned an error.
pub(super) fn known<T>(verb: Verb, result: Result<T, DbError>) -> Result<T, DbError> {
    result.inspect_err(|error| {
        if is_away(error) && !is_no_connection(error) {
            counter!(UNKNOWN, "verb" => <&str>::from(verb)).increment(1);
        }
    })
}
