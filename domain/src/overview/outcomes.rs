//! Outcomes: why jobs failed lately, and how long they took.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::histogram::Histogram;
use crate::{Db, DbError};

/// The largest number of failures that is looked at.
pub const MAX_FAILURES: i64 = 1_000;

/// Why jobs failed lately, and how long they took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// The latest failures.
    pub failures: Failures,
    /// How long jobs took that ended in the last five minutes, by type. Approximate: from histograms. Jobs that ended
    /// in a worker or an API of an earlier version are missing.
    pub latency: Vec<Latency>,
}

/// The latest failures: at most [`MAX_FAILURES`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// How many there are. If it is [`MAX_FAILURES`], there are older ones.
    pub sampled: i64,
    /// When the oldest of them was.
    pub oldest: Option<DateTime<Utc>>,
    /// By error code and type, the most frequent of the last five minutes first.
    pub groups: Vec<FailureGroup>,
}

/// Failures of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// The error code.
    pub code: String,
    /// The type of the jobs.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many were in the last five minutes.
    pub recent: i64,
    /// How many were in the last hour.
    pub hour: i64,
    /// How many there are.
    pub sampled: i64,
    /// When the last one was.
    pub last: DateTime<Utc>,
}

/// How long the jobs of a type took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// The type of the jobs.
    #[serde(rename = "type")]
    pub kind: String,
    /// Jobs that completed.
    pub completed: i64,
    /// Jobs that failed.
    pub failed: i64,
    /// From the submission to the start of the last attempt. `None` if no job had an attempt.
    pub wait: Option<Percentiles>,
    /// From there to the end.
    pub render: Option<Percentiles>,
}

/// Durations that a part of the jobs did not exceed, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of them.
    pub p50_ms: i64,
    /// 95 of 100.
    pub p95_ms: i64,
    /// 99 of 100.
    pub p99_ms: i64,
}

impl Percentiles {
    fn of(histogram: &Histogram) -> Option<Self> {
        Some(Self {
            p50_ms: histogram.percentile(50)?,
            p95_ms: histogram.percentile(95)?,
            p99_ms: histogram.percentile(99)?,
        })
    }
}

/// What ended in one minute in the same way.
#[derive(Debug, Deserialize)]
struct Ended {
    #[serde(rename = "type")]
    kind: String,
    code: String,
    jobs: i64,
    wait: Vec<i64>,
    render: Vec<i64>,
}

/// Reads the outcomes.
pub async fn outcomes(db: &Db) -> Result<Outcomes, DbError> {
    let row = sqlx::query!(
        r#"
        with latest as materialized (
            select at, type, code from failure order by at desc limit $1
        )
        select
            (select count(*) from latest) as "sampled!",
            (select min(at) from latest) as oldest,
            (
                select coalesce(json_agg(kinds), '[]')
                from (
                    select
                        code,
                        type,
                        count(*) filter (where at > now() - interval '5 minutes') as recent,
                        count(*) filter (where at > now() - interval '1 hour') as hour,
                        count(*) as sampled,
                        max(at) as last
                    from latest
                    group by code, type
                    order by recent desc, sampled desc, code, type
                    limit 50
                ) as kinds
            ) as "groups!: Json<Vec<FailureGroup>>",
            (
                select coalesce(json_agg(recent), '[]')
                from (
                    select type, code, jobs, wait, render
                    from stat_outcome
                    where minute > now() - interval '5 minutes'
                    limit 1000
                ) as recent
            ) as "ended!: Json<Vec<Ended>>"
        "#,
        MAX_FAILURES,
    )
    .fetch_one(db)
    .await?;
    let failures = Failures { sampled: row.sampled, oldest: row.oldest, groups: row.groups.0 };
    Ok(Outcomes { failures, latency: latency(&row.ended.0) })
}

/// Adds up the minutes and codes of each type.
fn latency(ended: &[Ended]) -> Vec<Latency> {
    let mut by_type: BTreeMap<&str, (Latency, Histogram, Histogram)> = BTreeMap::new();
    for Ended { kind, code, jobs, wait, render } in ended {
        let (latency, waits, renders) = by_type.entry(kind).or_default();
        *if code.is_empty() { &mut latency.completed } else { &mut latency.failed } += jobs;
        waits.add(wait);
        renders.add(render);
    }
    let finish = |(kind, (latency, waits, renders)): (&str, (Latency, Histogram, Histogram))| Latency {
        kind: kind.to_owned(),
        wait: Percentiles::of(&waits),
        render: Percentiles::of(&renders),
        ..latency
    };
    // Screenshots first: they are what most jobs are.
    by_type.into_iter().rev().map(finish).collect()
}
