//! Lists of jobs: newest first, a page at a time, filtered, and of one account only.

use domain::id::JobId;
use domain::job::{self, Claimant, Lane};
use domain::key::Caller;
use harness::fixtures::{failure, html_job, new_job, register_worker, rendered};
use harness::{Service, with_service};
use serde_json::{Value, json};

/// An account with jobs in each state, newest first: their ids.
struct Jobs {
    key: String,
    caller: Caller,
    queued: JobId,
    processing: JobId,
    failed: JobId,
    completed: JobId,
}

async fn caller(service: &Service, name: &str) -> (String, Caller) {
    let key = service.account(name, 1000).await;
    let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
    (key, caller)
}

async fn submit(service: &Service, caller: &Caller) -> JobId {
    job::submit(&service.db, caller, &html_job("<p>"), None).await.expect("a job").job
}

async fn jobs_in_each_state(service: &Service, name: &str) -> Jobs {
    let (key, caller) = caller(service, name).await;
    let mut claimant = Claimant::new(register_worker(&service.db, name).await);
    let mut claim = async || claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
    let completed = submit(service, &caller).await;
    claim().await.lease.complete(&service.db, &rendered(10)).await.expect("a live lease");
    let failed = submit(service, &caller).await;
    claim().await.lease.fail(&service.db, &failure()).await.expect("a live lease");
    let processing = submit(service, &caller).await;
    let _lease = claim().await;
    let queued = submit(service, &caller).await;
    Jobs { key, caller, queued, processing, failed, completed }
}

async fn list(service: &Service, key: &str, query: &str) -> Value {
    let response = service.get(key, &format!("/v1/jobs?{query}")).await;
    assert_eq!(response.status, 200, "{query}: {}", response.json());
    response.json()
}

fn ids(list: &Value) -> Vec<String> {
    let jobs = list["jobs"].as_array().expect("jobs");
    jobs.iter().map(|job| job["job_id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn jobs_are_listed_newest_first_as_they_are_fetched() {
    with_service(async |service| {
        let ada = jobs_in_each_state(service, "ada").await;
        submit(service, &caller(service, "eve").await.1).await;

        let all = list(service, &ada.key, "").await;

        let expected = [ada.queued, ada.processing, ada.failed, ada.completed].map(|job| job.to_string());
        assert_eq!(ids(&all), expected);
        assert!(all.get("next_cursor").is_none(), "{all}");
        for listed in all["jobs"].as_array().expect("jobs") {
            let path = format!("/v1/jobs/{}", listed["job_id"].as_str().expect("an id"));
            let mut fetched = service.get(&ada.key, &path).await.json();
            fetched.as_object_mut().expect("a job").remove("queue_position");
            assert_eq!(listed, &fetched);
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_has_the_jobs_that_match_every_filter() {
    with_service(async |service| {
        let ada = jobs_in_each_state(service, "ada").await;
        let eves = submit(service, &caller(service, "eve").await.1).await;
        let batch = job::submit_batch(&service.db, &ada.caller, &vec![new_job(Lane::Bulk); 3], None).await;
        let batch = batch.expect("a batch");
        service.execute("update job set reference = 'order 1/ä&' where completed_at is not null").await;
        service.execute("update job set created_at = now() - interval '30 minutes' where state = 'failed'").await;
        let encoded = "reference=order%201%2F%C3%A4%26";
        let since = async |minutes: i32| {
            let since = "select to_char(now() at time zone 'UTC' - $1 * interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
            let since: String = sqlx::query_scalar(since).bind(minutes).fetch_one(&service.db).await.expect("a time");
            format!("since={since}")
        };
        let (in_batch, in_eves) = (format!("batch_id={}", batch.id), format!("batch_id={eves}"));
        let [queued, processing, failed, completed] = [ada.queued, ada.processing, ada.failed, ada.completed];
        let all_of_batch: Vec<JobId> = batch.jobs.iter().rev().copied().collect();

        for (query, expected) in [
            ("status=completed".to_owned(), vec![completed]),
            ("status=failed".to_owned(), vec![failed]),
            ("status=processing".to_owned(), vec![processing]),
            ("status=queued".to_owned(), [&all_of_batch[..], &[queued]].concat()),
            ("type=pdf".to_owned(), vec![]),
            ("type=screenshot&status=failed".to_owned(), vec![failed]),
            (encoded.to_owned(), vec![failed, completed]),
            (format!("{encoded}&status=completed"), vec![completed]),
            (format!("{encoded}&{in_batch}"), vec![]),
            ("reference=order".to_owned(), vec![]),
            (in_batch.clone(), all_of_batch.clone()),
            (format!("{in_batch}&status=queued&type=screenshot"), all_of_batch.clone()),
            (format!("{in_batch}&status=failed"), vec![]),
            (in_eves, vec![]),
            (since(10).await, [&all_of_batch[..], &[queued, processing, completed]].concat()),
            (format!("{}&{encoded}", since(10).await), vec![completed]),
            (format!("{}&status=failed", since(40).await), vec![failed]),
            (format!("{}&{in_batch}", since(-10).await), vec![]),
            ("since=0001-01-01T00:00:00Z&status=failed".to_owned(), vec![failed]),
            ("since=9999-12-31T23:59:59Z".to_owned(), vec![]),
        ] {
            let found = list(service, &ada.key, &query).await;

            assert_eq!(ids(&found), expected.iter().map(JobId::to_string).collect::<Vec<_>>(), "{query}");
            assert!(found.get("next_cursor").is_none(), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_while_jobs_are_added() {
    with_service(async |service| {
        let (key, ada) = caller(service, "ada").await;
        let mut submitted = Vec::new();
        for _ in 0..7 {
            submitted.insert(0, submit(service, &ada).await.to_string());
        }

        let mut page = list(service, &key, "limit=3").await;
        let mut listed = ids(&page);
        let mut sizes = vec![listed.len()];
        while let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) {
            submit(service, &ada).await;
            page = list(service, &key, &format!("limit=3&cursor={cursor}")).await;
            sizes.push(ids(&page).len());
            listed.extend(ids(&page));
        }

        assert_eq!((listed, sizes), (submitted, vec![3, 3, 1]));
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_exactly_full_is_the_last_one() {
    with_service(async |service| {
        let (key, ada) = caller(service, "ada").await;
        for _ in 0..3 {
            submit(service, &ada).await;
        }

        for (query, has_next) in [("limit=2", true), ("limit=3", false), ("limit=3&status=queued", false)] {
            let page = list(service, &key, query).await;

            assert_eq!(page.get("next_cursor").is_some(), has_next, "{query}");
        }
        assert_eq!(list(service, &service.account("bob", 1).await, "").await, json!({"jobs": []}));
    })
    .await;
}

/// Completed jobs of the one account, more than a page examines, and a failed job before them.
const HISTORY: &str = "
    insert into job (id, account, key, type, options, cost, state, lease, completed_at, slot, expires_at)
    select uuid_at(now() - n * interval '1 second'), account.id, 'k', 'pdf', '{}', 1, 'completed', 1, now(), 0, now()
    from account, generate_series(1, 12000) as n;
    insert into job (id, account, key, type, options, cost, state, completed_at, error_code, error_message)
    select uuid_at(now() - interval '4 hours'), account.id, 'k', 'pdf', '{}', 1, 'failed', now(), 'TLS_ERROR', 'x'
    from account;
    analyze job";

#[tokio::test]
async fn a_page_that_examined_its_share_leads_to_the_next() {
    with_service(async |service| {
        let (key, _) = caller(service, "ada").await;
        service.execute(HISTORY).await;

        let mut page = list(service, &key, "status=failed").await;
        let mut sizes = vec![ids(&page).len()];
        while let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) {
            page = list(service, &key, &format!("status=failed&cursor={cursor}")).await;
            sizes.push(ids(&page).len());
        }

        assert_eq!(sizes, [0, 0, 1]);
        service.execute("truncate job").await;
    })
    .await;
}

#[tokio::test]
async fn an_invalid_parameter_of_a_list_is_named_in_plain_words() {
    with_service(async |service| {
        let ada = jobs_in_each_state(service, "ada").await;
        let (eve_key, eve) = caller(service, "eve").await;
        for _ in 0..2 {
            submit(service, &eve).await;
        }
        let page = list(service, &ada.key, "limit=1&type=screenshot").await;
        let cursor = page["next_cursor"].as_str().expect("a next page").to_owned();
        let eves = list(service, &eve_key, "limit=1").await["next_cursor"].as_str().expect("a next page").to_owned();
        let forged = format!("{}{}", ada.queued.to_string().replace('-', ""), "0".repeat(32));
        assert_eq!(ids(&list(service, &ada.key, &format!("type=screenshot&cursor={cursor}")).await).len(), 3);

        let long = "x".repeat(129);
        for (field, value, words) in [
            ("status", "done", ""),
            ("status", "", ""),
            ("status", "Queued", ""),
            ("type", "video", ""),
            ("batch_id", "x", ""),
            ("since", "yesterday", ""),
            ("since", "2026-01-01", ""),
            ("since", "2026-01-01T00:00:00+01:00", ""),
            ("limit", "0", ""),
            ("limit", "101", ""),
            ("limit", "256", ""),
            ("limit", "-1", ""),
            ("limit", "ten", ""),
            ("limit", "", ""),
            ("reference", "", "must have 1 to 128 characters"),
            ("reference", &long, ""),
            ("reference", "a%00b", ""),
            ("cursor", "", "is not a `next_cursor` of this list"),
            ("cursor", "x", "is not a `next_cursor` of this list"),
            (
                "cursor",
                "%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC%C3%BCx",
                "is not",
            ),
            ("cursor", &forged, "is not a `next_cursor` of this list"),
            ("cursor", &eves, "is not a `next_cursor` of this list"),
            ("cursor", &cursor, "is not a `next_cursor` of this list"),
            ("cursor", &cursor.to_uppercase(), "is not a `next_cursor` of this list"),
            ("page", "2", "unknown query parameter"),
        ] {
            let response = service.get(&ada.key, &format!("/v1/jobs?{field}={value}")).await;

            let detail = response.json()["detail"].clone();
            let errors = &detail["errors"][0];
            let found = (response.status, &detail["code"], &errors["field"]);
            assert_eq!(found, (422, &json!("VALIDATION_ERROR"), &json!(field)), "{value}: {detail}");
            let message = errors["message"].as_str().expect("a message");
            assert!(message.contains(words), "{value}: {errors}");
            let of_libraries = ["verification failed", "failed to parse", "invalid digit", "premature end", "type \""];
            assert!(!of_libraries.iter().any(|words| message.contains(words)), "{value}: {errors}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_place_in_the_queue_is_that_in_which_jobs_of_the_lane_start() {
    with_service(async |service| {
        let (ada_key, ada) = caller(service, "ada").await;
        let (bob_key, bob) = caller(service, "bob").await;
        let mut backlog = Vec::new();
        for _ in 0..3 {
            backlog.push(submit(service, &ada).await);
        }
        let of_bob = submit(service, &bob).await;
        let bulk = job::submit(&service.db, &bob, &new_job(Lane::Bulk), None).await.expect("a job").job;
        let position = async |key: &str, job: JobId| {
            let job = service.get(key, &format!("/v1/jobs/{job}")).await.json();
            job.get("queue_position").cloned()
        };

        let mut places = Vec::new();
        for job in &backlog {
            places.push(position(&ada_key, *job).await.expect("a place"));
        }

        assert_eq!(places, [json!(1), json!(3), json!(4)], "the first job of bob starts after the first of ada");
        assert_eq!(position(&bob_key, of_bob).await, Some(json!(2)));
        assert_eq!(position(&bob_key, bulk).await, Some(json!(1)), "lanes are counted apart");
        let mut claimant = Claimant::new(register_worker(&service.db, "live").await);
        let claim = claimant.claim(&service.db, 1).await.expect("a claim").pop().expect("a job is due");
        assert_eq!(position(&ada_key, backlog[0]).await, None, "it has started");
        assert_eq!(position(&bob_key, of_bob).await, Some(json!(1)));
        claim.lease.retry(&service.db, &failure()).await.expect("a live lease");
        assert_eq!(position(&ada_key, backlog[0]).await, None, "it is parked until its next attempt");
        service.execute("insert into queue (job, account, cost, lane, fair_tag) select gen_random_uuid(), account, 1, 0, (select last_value from clock_interactive) - 1 from queue, generate_series(1, 999) where cost = 1 limit 999").await;
        assert_eq!(position(&bob_key, of_bob).await, Some(json!(1000)));
        service.execute("insert into queue (job, account, cost, lane, fair_tag) select gen_random_uuid(), account, 1, 0, (select last_value from clock_interactive) - 1 from queue limit 1").await;
        assert_eq!(position(&bob_key, of_bob).await, None, "it is too far back to count");
        service.execute("delete from queue where not exists (select from job where job.id = queue.job)").await;
    })
    .await;
}
