use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{
    Account, Burn, FailureGroup, Failures, FleetSummary, MAX_COUNTED, Minute, Outcomes, Snapshot, Worker,
};

use super::Severity::{Critical, Notice, Warning};
use super::{Facts, Finding, drain, findings};
use crate::console::core::route::Route;

fn at() -> DateTime<Utc> {
    "2026-05-01T12:00:30Z".parse().expect("a time")
}

/// An empty queue.
fn healthy() -> Snapshot {
    Snapshot { at: at(), ..Snapshot::default() }
}

/// Two workers that are alive, and others.
fn two_workers(others: &[Worker]) -> FleetSummary {
    let mut fleet = FleetSummary { workers: others.to_vec(), ..FleetSummary::default() };
    (fleet.total.alive, fleet.total.slots) = (2, 8);
    fleet
}

/// An hour of minutes of which the last ones differ; the very last is not over.
fn hour(usual: (i64, i64, i64), last: &[(i64, i64, i64)]) -> Vec<Minute> {
    let usual = std::iter::repeat_n(usual, 60 - last.len());
    let start = at() - TimeDelta::seconds(30) - TimeDelta::minutes(59);
    let minute = |(number, (submitted, completed, failed)): (i64, (i64, i64, i64))| Minute {
        minute: start + TimeDelta::minutes(number),
        submitted,
        completed,
        failed,
    };
    (0..).zip(usual.chain(last.iter().copied())).map(minute).collect()
}

fn judge(snapshot: &Snapshot) -> Vec<Finding> {
    findings(&Facts { snapshot: Some(snapshot), fleet: Some(&two_workers(&[])), ..Facts::default() })
}

fn only(found: Vec<Finding>) -> Finding {
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().expect("one")
}

#[test]
fn nothing_is_wrong_with_a_healthy_service_or_one_that_nothing_is_known_of() {
    assert_eq!(judge(&healthy()), []);
    assert_eq!(findings(&Facts::default()), []);
    let minutes = hour((300, 295, 5), &[]);
    let (snapshot, fleet) = (healthy(), two_workers(&[]));
    let (outcomes, burn) = (Outcomes::default(), Burn::default());
    let facts = Facts {
        snapshot: Some(&snapshot),
        minutes: &minutes,
        outcomes: Some(&outcomes),
        burn: Some(&burn),
        fleet: Some(&fleet),
        took: Some(Duration::from_millis(2)),
        ..Facts::default()
    };
    assert_eq!(findings(&facts), []);
}

#[test]
fn a_service_without_a_worker_is_critical_once_a_job_waits() {
    for (queued, processing, severity) in [(0, 0, Warning), (1, 0, Critical), (0, 1, Critical)] {
        let mut snapshot = healthy();
        (snapshot.queue.queued, snapshot.queue.processing) = (queued, processing);
        let fleet = FleetSummary::default();
        let found = only(findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&fleet), ..Facts::default() }));
        assert_eq!((found.id.as_str(), found.severity), ("no-worker", severity), "{queued} {processing}");
        assert_eq!(found.target, Some(Route::Workers(None)));
    }
}

#[test]
fn a_lost_worker_that_holds_leases_is_critical_and_named() {
    let snapshot = healthy();
    let lost = |name: &str, busy, silent_s| Worker {
        name: name.to_owned(),
        busy,
        silent_s,
        lapses_in_s: (busy > 0).then_some(26.0),
        ..Worker::default()
    };
    let alive = Worker { alive: true, name: "w-1".to_owned(), ..Worker::default() };
    let workers = two_workers(&[lost("w-3", 0, 30.0), lost("w-4", 0, 3_000.0), lost("w-12", 8, 94.0), alive]);
    let found = findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&workers), ..Facts::default() });

    let texts: Vec<_> = found.iter().map(|finding| (finding.severity, finding.text.as_str())).collect();
    assert_eq!(
        texts,
        [
            (Critical, "worker w-12 silent for 1m34s, holds 8 leases (first ends in 26s)"),
            (Warning, "worker w-3 silent for 30s"),
        ]
    );
    assert_eq!(found[0].target, Some(Route::Workers(Some("w-12".to_owned()))));
    assert_eq!(found[0].since, Some(at() - TimeDelta::seconds(94)));

    let many: Vec<_> = (0..9).map(|number| lost(&format!("w-{number}"), 1, 20.0)).collect();
    let found = findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&two_workers(&many)), ..Facts::default() });
    assert_eq!((found.len(), found[4].text.as_str()), (5, "5 more workers are lost"));
}

#[test]
fn failures_are_critical_above_ten_a_minute_and_three_times_the_norm() {
    let group = |code: &str, kind: &str, recent| FailureGroup {
        code: code.to_owned(),
        kind: kind.to_owned(),
        recent,
        hour: recent,
        sampled: recent,
        last: at(),
    };
    let groups = vec![group("DNS_TIMEOUT", "screenshot", 17), group("CAPTURE_TIMEOUT", "pdf", 83)];
    let outcomes = Outcomes { failures: Failures { groups, ..Failures::default() }, ..Outcomes::default() };
    for (usual, last, expected) in [
        ((9, 9, 0), [(9, 9, 10), (9, 9, 1)], None),
        ((9, 9, 0), [(9, 9, 11), (9, 9, 1)], Some(11)),
        ((99, 90, 5), [(99, 90, 15), (99, 90, 15)], None),
        ((99, 90, 5), [(99, 90, 16), (99, 90, 0)], Some(16)),
        ((99, 90, 5), [(99, 90, 5), (99, 90, 31)], Some(31)),
    ] {
        let minutes = hour(usual, &last);
        let found = findings(&Facts { minutes: &minutes, outcomes: Some(&outcomes), ..Facts::default() });
        let expected =
            expected.map(|per_min| format!("{per_min} failed/min, normal {}; 83% are CAPTURE_TIMEOUT on pdf", usual.2));
        assert_eq!(found.first().map(|finding| finding.text.clone()), expected, "{last:?}");
    }

    let minutes = hour((99, 90, 5), &[(99, 90, 40), (99, 90, 50), (99, 90, 50), (99, 90, 3)]);
    let found = only(findings(&Facts { minutes: &minutes, outcomes: Some(&outcomes), ..Facts::default() }));
    assert_eq!(found.since, Some(minutes[56].minute));
    let filter = "status:failed error:CAPTURE_TIMEOUT type:pdf since:1h";
    assert_eq!(found.target, Some(Route::Jobs(Some(filter.to_owned()))));
}

#[test]
fn a_batch_that_its_customer_cancels_is_no_alarm() {
    let cancelled = FailureGroup {
        code: "CANCELLED".to_owned(),
        kind: "pdf".to_owned(),
        recent: 1_000,
        hour: 1_000,
        sampled: 1_000,
        last: at(),
    };
    let failures = Failures { groups: vec![cancelled], ..Failures::default() };
    let outcomes = Outcomes { failures, ..Outcomes::default() };
    for last in [[(9, 9, 1_000), (9, 9, 0)], [(0, 0, 7), (0, 0, 0)]] {
        let usual = if last[0].1 > 0 { (9, 9, 0) } else { (0, 0, 0) };
        let minutes = hour(usual, &last);
        let found = only(findings(&Facts { minutes: &minutes, outcomes: Some(&outcomes), ..Facts::default() }));
        assert_eq!(found.severity, Notice, "{found:?}");
    }
}

#[test]
fn a_quiet_service_where_every_job_fails_is_found() {
    let minutes = hour((1, 1, 0), &[(1, 0, 1); 6]);
    let found = only(findings(&Facts { minutes: &minutes, ..Facts::default() }));
    assert_eq!((found.severity, found.text.as_str()), (Warning, "all 6 jobs of the last minutes failed"));

    let minutes = hour((1, 1, 0), &[(1, 0, 1), (1, 0, 1), (1, 0, 1), (1, 0, 1), (1, 1, 1), (1, 0, 1)]);
    assert_eq!(findings(&Facts { minutes: &minutes, ..Facts::default() }), []);
}

#[test]
fn a_wait_is_worse_in_the_lane_that_customers_wait_for() {
    for (interactive, bulk, severity) in [
        (Some(60.0), Some(60.0), None),
        (Some(61.0), None, Some(Warning)),
        (Some(301.0), None, Some(Critical)),
        (None, Some(61.0), Some(Notice)),
        (None, Some(1_801.0), Some(Warning)),
        (None, Some(7_201.0), Some(Critical)),
    ] {
        let mut snapshot = healthy();
        snapshot.queue.interactive.oldest_wait_s = interactive;
        snapshot.queue.bulk.oldest_wait_s = bulk;
        let found = judge(&snapshot);
        assert_eq!(found.first().map(|finding| finding.severity), severity, "{interactive:?} {bulk:?}");
    }
}

#[test]
fn a_queue_that_grows_for_five_minutes_is_found_with_its_rates() {
    let mut snapshot = healthy();
    snapshot.queue.queued = 1_204;
    let fleet = two_workers(&[]);
    let growing = hour((243, 243, 0), &[(305, 240, 3); 6]);
    let found = only(findings(&Facts {
        snapshot: Some(&snapshot),
        fleet: Some(&fleet),
        minutes: &growing,
        ..Facts::default()
    }));
    assert_eq!(
        (found.severity, found.text.as_str()),
        (Warning, "1,204 jobs are queued: 305/min in, 243/min out for 5 min")
    );

    let paused =
        hour((243, 243, 0), &[(305, 240, 3), (305, 240, 3), (240, 240, 3), (305, 240, 3), (305, 240, 3), (0, 0, 0)]);
    assert_eq!(
        findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&fleet), minutes: &paused, ..Facts::default() }),
        []
    );
    snapshot.queue.queued = 8;
    assert_eq!(
        findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&fleet), minutes: &growing, ..Facts::default() }),
        []
    );
}

#[test]
fn a_queue_that_can_no_longer_be_counted_is_critical() {
    let mut snapshot = healthy();
    snapshot.queue.queued = MAX_COUNTED;
    let found = only(judge(&snapshot));
    assert_eq!((found.severity, found.text.as_str()), (Critical, "10,000+ jobs are queued"));
}

#[test]
fn the_time_to_drain_follows_from_the_last_full_minutes() {
    for (arriving, ending, jobs, time) in
        [(10, 40, 90, Some(180)), (40, 10, 90, None), (10, 10, 90, None), (10, 40, 0, Some(0))]
    {
        let minutes = hour((0, 0, 0), &[(arriving, ending, 0); 6]);
        assert_eq!(drain(&minutes).time(jobs), time.map(Duration::from_secs), "{arriving} {ending}");
    }
    assert_eq!(drain(&[]).time(1), None);
}

#[test]
fn leases_past_their_deadline_and_draining_workers_are_found() {
    let mut snapshot = healthy();
    snapshot.queue.stuck = 3;
    let mut fleet = two_workers(&[]);
    fleet.total.draining = 1;
    let found = findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&fleet), ..Facts::default() });
    let texts: Vec<_> = found.iter().map(|finding| (finding.severity, finding.id.as_str())).collect();
    assert_eq!(texts, [(Critical, "stuck"), (Notice, "draining")]);
}

#[test]
fn accounts_that_are_or_will_soon_be_empty_are_named() {
    let account = |name: &str, credits, per_min: f64, refused, suspended| Account {
        name: name.to_owned(),
        credits,
        suspended,
        spent: 0,
        per_min,
        refused,
        empty_in_s: (per_min > 0.0).then(|| f64::from(i32::try_from(credits).expect("few")) / per_min * 60.0),
    };
    for (account, expected) in [
        (account("a", 0, 0.0, 12, false), Some((Warning, "account a is empty: 12 submissions refused"))),
        (account("a", 0, 5.0, 0, false), Some((Warning, "account a is empty: nothing refused yet"))),
        (account("a", 61, 40.1, 0, false), Some((Warning, "account a has 61 credits, spends 40/min: empty in 1m31s"))),
        (
            account("a", 400, 40.1, 0, false),
            Some((Warning, "account a has 400 credits, spends 40/min: empty in 9m58s")),
        ),
        (account("a", 402, 40.1, 0, false), None),
        (account("a", 9, 0.0, 1, true), Some((Notice, "account a is suspended: 1 submission refused"))),
        (account("a", 9, 0.0, 0, true), None),
        (account("a", 9, 0.0, 2, false), Some((Notice, "account a: 2 submissions refused, over its rate or credits"))),
    ] {
        let burn = Burn { accounts: vec![account], ..Burn::default() };
        let found = findings(&Facts { burn: Some(&burn), ..Facts::default() });
        assert_eq!(found.first().map(|finding| (finding.severity, finding.text.as_str())), expected);
        assert!(found.iter().all(|finding| finding.target == Some(Route::Account("a".to_owned()))));
    }
}

#[test]
fn results_that_are_overdue_and_a_sweep_that_is_silent_are_found() {
    for (last, overdue, expected) in [
        (Some(60), None, None),
        (Some(181), None, Some("no worker has swept expired results for 3m01s")),
        (None, None, None),
        (Some(30), Some(600), Some("expired results are kept: overdue for 10m00s")),
    ] {
        let (snapshot, mut fleet) = (healthy(), two_workers(&[]));
        let ago = |s: Option<i64>| s.map(|s| at() - TimeDelta::seconds(s));
        (fleet.sweep.last_at, fleet.sweep.overdue_since) = (ago(last), ago(overdue));
        let found = findings(&Facts { snapshot: Some(&snapshot), fleet: Some(&fleet), ..Facts::default() });
        assert_eq!(found.first().map(|finding| finding.text.as_str()), expected, "{last:?} {overdue:?}");
    }
}

#[test]
fn a_database_that_is_away_slow_or_newer_is_found_and_comes_first() {
    let mut snapshot = healthy();
    snapshot.queue.stuck = 1;
    let facts = Facts {
        outage: Some(("connection refused", Some(Duration::from_secs(12)))),
        hint: Some("the schema is newer"),
        took: Some(Duration::from_secs(1)),
        snapshot: Some(&snapshot),
        ..Facts::default()
    };
    let ids = |found: Vec<Finding>| found.into_iter().map(|finding| finding.id).collect::<Vec<_>>();
    assert_eq!(ids(findings(&facts)), ["database", "stuck", "schema"]);
    assert_eq!(ids(findings(&Facts { outage: None, ..facts })), ["stuck", "slow", "schema"]);
}
