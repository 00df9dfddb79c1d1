//! Usage per day, the balance and the check of a key.

use domain::job::{Claimant, Lane};
use harness::fixtures::{failure, new_job, register_worker};
use harness::{Service, with_service};
use serde_json::{Value, json};

async fn usage(service: &Service, key: &str, query: &str) -> Value {
    let response = service.get(key, &format!("/v1/usage{query}")).await;
    assert_eq!(response.status, 200, "{query}: {}", response.json());
    response.json()
}

/// A day in UTC, by the clock of the database.
async fn days_ago(service: &Service, days: i32) -> String {
    let day = sqlx::query_scalar("select ((now() at time zone 'UTC')::date - $1)::text").bind(days);
    day.fetch_one(&service.db).await.expect("a day")
}

fn day(date: &str, jobs: i64, failures: i64) -> Value {
    json!({"date": date, "jobs": jobs, "credits": jobs, "failures": failures, "refunds": failures})
}

#[tokio::test]
async fn usage_is_counted_per_day_and_account() {
    with_service(async |service| {
        let (key, other) = (service.account("ada", 50).await, service.account("eve", 50).await);
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        for (key, jobs) in [(&key, 3), (&other, 1)] {
            let caller = domain::key::verify(&service.db, key).await.expect("a caller");
            let batch = vec![new_job(Lane::Interactive); jobs];
            domain::job::submit_batch(&service.db, &caller, &batch, None).await.expect("a batch");
        }
        for claim in claimant.claim(&service.db, 4).await.expect("a claim") {
            claim.lease.fail(&service.db, &failure()).await.expect("a live lease");
        }
        // One was submitted a second before midnight, and failed on the next day.
        service.execute("
            update ledger set created_at = case kind when 'debit' then '2026-02-28T23:59:59Z' else '2026-03-01T00:00:00Z' end::timestamptz
            where job = (select min(job::text)::uuid from ledger where account = (select id from account where name = 'ada'));
            update ledger set created_at = '2026-03-01T12:00:00Z'
            where job = (select max(job::text)::uuid from ledger where account = (select id from account where name = 'ada'))
        ").await;

        let month = usage(service, &key, "?from=2026-02-28&to=2026-03-02").await;
        let today = usage(service, &key, "").await;

        let days = json!([day("2026-02-28", 1, 0), day("2026-03-01", 1, 2), day("2026-03-02", 0, 0)]);
        assert_eq!(month, json!({"from": "2026-02-28", "to": "2026-03-02", "days": days}));
        let of_today = today["days"].as_array().expect("days").last().expect("today").clone();
        assert_eq!(of_today, day(&days_ago(service, 0).await, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn the_default_period_is_the_last_30_days() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let (today, before_3, before_29) =
            (days_ago(service, 0).await, days_ago(service, 3).await, days_ago(service, 29).await);

        for (query, from, to, days) in [
            ("", before_29.as_str(), today.as_str(), 30),
            (&format!("?from={before_3}"), &before_3, &today, 4),
            ("?to=2026-01-30", "2026-01-01", "2026-01-30", 30),
            ("?from=2024-01-01&to=2024-12-31", "2024-01-01", "2024-12-31", 366),
            ("?from=9999-12-31&to=9999-12-31", "9999-12-31", "9999-12-31", 1),
        ] {
            let usage = usage(service, &key, query).await;

            let found = usage["days"].as_array().expect("days");
            assert_eq!((&usage["from"], &usage["to"], found.len()), (&json!(from), &json!(to), days), "{query}");
            assert_eq!((&found[0]["date"], &found[days - 1]["date"]), (&json!(from), &json!(to)), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_invalid_period_is_rejected_with_its_reason() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        for (query, field, words) in [
            ("from=2026-01-02&to=2026-01-01", "from", "must not be after `to`"),
            ("from=2025-01-01&to=2026-01-02", "from", "at most 365 days before"),
            ("from=1970-01-01", "from", "at most 365 days before"),
            ("from=9999-01-01", "from", "must not be after `to`"),
            ("from=1969-12-31", "from", "must be from 1970-01-01"),
            ("to=-4800-01-01", "to", "must be a date"),
            ("from=2026-02-30", "from", ""),
            ("to=today", "to", ""),
            ("to=2026-01-01T00:00:00Z", "to", ""),
            ("from=", "from", ""),
            ("days=3", "days", "unknown query parameter"),
        ] {
            let response = service.get(&key, &format!("/v1/usage?{query}")).await;

            let detail = response.json()["detail"].clone();
            assert_eq!((response.status, &detail["code"]), (422, &json!("VALIDATION_ERROR")), "{query}: {detail}");
            assert_eq!(detail["errors"][0]["field"], field, "{query}");
            assert!(detail["errors"][0]["message"].as_str().expect("a message").contains(words), "{query}: {detail}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_valid_key_can_be_checked() {
    with_service(async |service| {
        let key = service.account("ada", 0).await;
        service.execute("update account set suspended_at = now()").await;

        let valid = service.get(&key, "/v1/ping").await;
        let invalid = service.get("tt_nonsense", "/v1/ping").await;

        assert_eq!((valid.status, valid.json()), (200, json!({"status": "ok"})));
        assert_eq!((invalid.status, &invalid.json()["detail"]["code"]), (401, &json!("INVALID_API_KEY")));
    })
    .await;
}
