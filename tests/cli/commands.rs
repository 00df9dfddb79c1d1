//! The operator's commands, as scripts use them.

use harness::{Service, binary, run, with_service};
use serde_json::{Value, json};

async fn tintype(service: &Service, args: &[&str]) -> (Option<i32>, Value) {
    let output = run(&binary("tintype"), args, &[("DATABASE_URL", &service.database_url)]).await;
    let response = serde_json::from_str(&output.stdout).unwrap_or(Value::String(output.stderr));
    (output.code, response)
}

#[tokio::test]
async fn an_account_is_created_and_its_key_works_until_it_is_revoked() {
    with_service(async |service| {
        let (code, _) = tintype(service, &["account", "create", "ada", "--credits", "5", "--json"]).await;
        assert_eq!(code, Some(0));
        let (_, granted) = tintype(service, &["--json", "account", "grant", "ada", "7"]).await;
        assert_eq!(granted["credits"], 12);

        let (_, made) = tintype(service, &["key", "--json", "create", "--account", "ada"]).await;
        let (key, id) = (made["key"].as_str().expect("a key"), made["id"].as_str().expect("an id"));

        assert_eq!(service.get(key, "/v1/balance").await.json()["credits_remaining"], 12);
        assert_eq!(tintype(service, &["key", "revoke", id]).await.0, Some(0));
        assert_eq!(service.get(key, "/v1/balance").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_created_listed_rotated_renamed_and_revoked_with_an_event_for_each_change() {
    with_service(async |service| {
        tintype(service, &["account", "create", "ada", "--credits=5", "--json"]).await;
        let by_eve = ["--as=eve", "--reason=a test", "--json"];
        let change = async |args: &[&str]| tintype(service, &[args, &by_eve[..]].concat()).await;

        let create = ["key", "create", "ada", "--name=ci", "--scopes=read", "--expires=30d"];
        let (_, created) = change(&create).await;
        let old = created["id"].as_str().expect("an id");
        let (_, rotated) = change(&["key", "rotate", old, "--overlap=2h"]).await;
        let new = rotated["id"].as_str().expect("an id");
        change(&["key", "rename", new, "ci 2"]).await;
        change(&["key", "revoke", old]).await;

        assert_eq!((&created["name"], &created["scopes"]), (&json!("ci"), &json!(["read"])));
        assert_eq!(service.get(created["key"].as_str().expect("a key"), "/v1/balance").await.status, 401);
        assert_eq!(service.get(rotated["key"].as_str().expect("a key"), "/v1/balance").await.status, 200);
        let (_, list) = tintype(service, &["key", "list", "--account=ada", "--json"]).await;
        let summary = |key: &Value| [&key["id"], &key["name"], &key["state"], &key["replaced_by"]].map(Value::clone);
        let expected = [
            [json!(new), json!("ci 2"), json!("active"), Value::Null],
            [json!(old), json!("ci"), json!("revoked"), json!(new)],
        ];
        assert_eq!(list.as_array().expect("keys").iter().map(summary).collect::<Vec<_>>(), expected);
        assert!(!list.to_string().contains("digest"), "{list}");
        let (_, events) = tintype(service, &["events", "--json", "--limit=4"]).await;
        let event = |event: &Value| [&event["kind"], &event["actor"], &event["reason"]].map(Value::clone);
        let kinds = ["key.revoked", "key.renamed", "key.rotated", "key.created"];
        let expected = kinds.map(|kind| [json!(kind), json!("eve"), json!("a test")]);
        assert_eq!(events.as_array().expect("events").iter().map(event).collect::<Vec<_>>(), expected);
    })
    .await;
}

#[tokio::test]
async fn keys_are_described_for_people_without_their_secrets() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let id = key.split('_').nth(1).expect("an id");
        let text = async |args: &[&str]| {
            run(&binary("tintype"), args, &[("DATABASE_URL", &service.database_url)]).await.stdout
        };

        let rotated = text(&["key", "rotate", id]).await;
        let list = text(&["key", "list"]).await;

        let new = rotated.lines().next().expect("a key");
        assert_eq!(service.get(new, "/v1/balance").await.status, 200);
        assert!(rotated.contains(&format!("The old key {id} works until ")), "{rotated}");
        assert_eq!(list.lines().count(), 3, "{list}");
        assert!(list.contains(id) && list.contains("active") && !list.contains(&key) && !list.contains(new), "{list}");
    })
    .await;
}

#[tokio::test]
async fn jobs_are_listed_and_shown() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let job = service.post(&key, "/v1/pdf", &json!({"html": "<p>", "async": true})).await.json()["job_id"].clone();

        let (_, list) = tintype(service, &["job", "list", "--json"]).await;
        let (_, shown) = tintype(service, &["job", "show", job.as_str().expect("a job_id"), "--json"]).await;
        let (code, _) = tintype(service, &["job", "show", "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41"]).await;

        assert_eq!((&list[0]["id"], &list[0]["account"], &list[0]["state"]), (&job, &json!("ada"), &json!("queued")));
        assert_eq!((&shown["id"], &shown["type"]), (&job, &json!("pdf")));
        assert_eq!(code, Some(1));
    })
    .await;
}

#[tokio::test]
async fn the_overview_agrees_with_the_database() {
    with_service(async |service| {
        let key = service.account("ada", 30).await;
        let batch = vec![json!({"type": "screenshot", "html": "<p>"}); 4];
        service.post(&key, "/v1/bulk", &json!({"jobs": batch})).await;
        let (_, waiting) = tintype(service, &["overview", "--json"]).await;
        service.worker(2).await;
        service.wait_for_count("select coalesce(sum(completed), 0)::bigint from stat_minute", 4).await;
        let (_, done) = tintype(service, &["overview", "--json"]).await;

        assert_eq!((&waiting["queue"]["queued"], &waiting["queue"]["processing"]), (&json!(4), &json!(0)));
        assert!(waiting["queue"]["oldest_wait_s"].as_f64().is_some_and(|wait| wait >= 0.0));
        assert_eq!((&done["queue"]["queued"], &done["queue"]["oldest_wait_s"]), (&json!(0), &Value::Null));
        let completed =
            done["throughput"].as_array().expect("minutes").iter().map(|minute| minute["completed"].as_i64());
        assert_eq!(completed.map(|completed| completed.expect("a count")).sum::<i64>(), 4);
        assert_eq!(done["throughput"].as_array().map(Vec::len), Some(60));
        let account = &done["accounts"][0];
        assert_eq!((&account["name"], &account["credits"], &account["spent"]), (&json!("ada"), &json!(26), &json!(4)));
        assert_eq!((&done["latency"][0]["completed"], &done["attention"]), (&json!(4), &json!([])));
        let results = done["expiries"].as_array().expect("hours").iter().map(|hour| hour["results"].as_i64());
        assert_eq!(results.map(|results| results.expect("a count")).sum::<i64>(), 4);
        let bytes = done["expiries"].as_array().expect("hours").iter().map(|hour| hour["bytes"].as_i64());
        let kept = service.scalar("select sum(size)::bigint from result").await;
        assert_eq!(bytes.map(|bytes| bytes.expect("a count")).sum::<i64>(), kept);
        assert_eq!((&done["workers"][0]["slots"], &done["workers"][0]["alive"]), (&json!(2), &json!(true)));
    })
    .await;
}

#[tokio::test]
async fn the_exit_code_of_the_audit_reports_violations() {
    with_service(async |service| {
        service.account("ada", 5).await;
        let (well, none) = tintype(service, &["audit", "--json"]).await;

        service.execute("update account set balance = 6").await;
        let (broken, named) = tintype(service, &["audit", "--json"]).await;
        service.execute("update account set balance = 5").await;
        let nowhere =
            run(&binary("tintype"), &["audit"], &[("DATABASE_URL", "postgres://nobody@localhost:1/none")]).await;

        assert_eq!((well, none), (Some(0), json!({"broken": []})));
        assert_eq!(broken, Some(1));
        assert_eq!(named["broken"][0]["invariant"], "an account's balance is the sum of its ledger");
        assert_eq!(nowhere.code, Some(2), "it could not look: {nowhere:?}");
    })
    .await;
}

#[tokio::test]
async fn a_command_that_fails_says_why() {
    with_service(async |service| {
        service.account("ada", 5).await;

        for (args, why) in [
            (["account", "create", "ada", "--json", "--credits=1"], "exists already"),
            (["account", "create", "eve", "--json", "--credits=-1"], "cannot start with -1 credits"),
            (["account", "grant", "--json", "nobody", "1"], "no account named"),
            (["account", "grant", "--json", "ada", "0"], "1 credit or more"),
            (["key", "create", "--json", "--account", "nobody"], "no account named"),
            (["key", "create", "--json", "ada", "--name="], "1 to 100 characters"),
            (["key", "create", "--json", "ada", "--expires=2020-01-01T00:00:00Z"], "in the future"),
            (["key", "rename", "--json", "nothing", "ci"], "no key with the id"),
            (["key", "rotate", "--json", "nothing", "--overlap=1h"], "no key with the id"),
            (["key", "revoke", "--json", "nothing", "--as=eve"], "no key with the id"),
        ] {
            let (code, said) = tintype(service, &args).await;

            assert_eq!(code, Some(1), "{args:?}");
            assert!(said.as_str().is_some_and(|said| said.contains(why)), "{args:?}: {said}");
        }
        let migrated = tintype(service, &["migrate"]).await;
        assert_eq!(migrated.0, Some(0), "twice does no harm: {migrated:?}");
    })
    .await;
}

#[tokio::test]
async fn limits_suspensions_and_resumptions_take_effect_and_are_logged_as_events() {
    with_service(async |service| {
        let key = service.account("ada", 50).await;
        let submit = async || service.post(&key, "/v1/screenshot", &json!({"html": "<p>", "async": true})).await;

        tintype(service, &["account", "limit", "ada", "--rate=60", "--burst=20", "--weight=3", "--json"]).await;
        let limited = submit().await;
        tintype(service, &["account", "limit", "ada", "--no-rate", "--json"]).await;
        let unlimited = submit().await;
        tintype(service, &["account", "suspend", "ada", "--json"]).await;
        let suspended = submit().await;
        tintype(service, &["account", "resume", "ada", "--json"]).await;

        assert_eq!((limited.header("ratelimit"), unlimited.header("ratelimit")), ("\"jobs\";r=19;t=1", ""));
        assert_eq!((suspended.status, &suspended.json()["detail"]["code"]), (403, &json!("ACCOUNT_SUSPENDED")));
        assert_eq!(submit().await.status, 202);
        let (_, events) = tintype(service, &["events", "--json"]).await;
        let kinds: Vec<_> = events.as_array().expect("events").iter().map(|event| event["kind"].clone()).collect();
        let expected = [
            "account.resumed",
            "account.suspended",
            "account.limited",
            "account.limited",
            "key.created",
            "account.created",
        ];
        assert_eq!(kinds, expected);
    })
    .await;
}

#[tokio::test]
async fn the_retention_can_be_changed_within_its_bounds() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service.worker(1).await;

        let (_, before) = tintype(service, &["retention", "--json"]).await;
        let (_, after) = tintype(service, &["retention", "48", "--json"]).await;
        let (refused, why) = tintype(service, &["retention", "0", "--json"]).await;
        let made = service.post(&key, "/v1/screenshot", &json!({"html": "<p>"})).await;

        assert_eq!((before, after), (json!({"hours": 24}), json!({"hours": 48})));
        assert_eq!(refused, Some(1));
        assert!(why.to_string().contains("results can be kept from 1 hour to 28 days"), "{why}");
        assert_eq!(made.status, 200);
        let kept = "select extract(hour from expires_at - completed_at)::bigint + 24 * extract(day from expires_at - completed_at)::bigint from job";
        assert_eq!(service.scalar(kept).await, 48);
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_key_is_printed_without_a_database() {
    let text = run(&binary("tintype"), &["secret-key"], &[]).await;
    let json = run(&binary("tintype"), &["secret-key", "--json"], &[]).await;

    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let json = json["secret_key"].as_str().expect("a key");
    assert_ne!(text.stdout.trim(), json, "each is new");
    for key in [text.stdout.trim(), json] {
        domain::secret::Keyring::parse(key).expect("a valid key");
    }
}
