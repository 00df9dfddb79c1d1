//! What keys may do, and for how long.

use std::time::Duration;

use domain::key::{self, Expiry, KeyCondition, KeyFilter, KeyLimits, KeySummary, NewKey, RotateKeyError};
use harness::fixtures::actor;
use harness::{ApiResponse, Service, with_service};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_hours(1);
const JOB: &str = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41";

/// Creates a key of the account `ada` with these scopes.
async fn key_with(service: &Service, scopes: &str) -> String {
    service.key_of(&NewKey { scopes: scopes.parse().expect("scopes"), ..NewKey::new("ada") }).await
}

/// Returns the keys of the account `ada`, newest first.
async fn keys_of_ada(service: &Service) -> Vec<KeySummary> {
    let filter = KeyFilter { account: Some("ada".to_owned()), ..KeyFilter::default() };
    key::page(&service.db, &filter, None, 10).await.expect("keys").keys
}

/// Returns the public id of a key.
fn id(key: &str) -> &str {
    key.split('_').nth(1).expect("an id")
}

async fn call(service: &Service, key: &str, method: Method, path: &str) -> ApiResponse {
    let body = json!({"html": "<p>", "async": true});
    let send = |http: &reqwest::Client, url: &str| {
        let request = http.request(method.clone(), format!("{url}{path}")).header("X-API-Key", key);
        if method == Method::POST { request.json(&body) } else { request }
    };
    service.send(send).await
}

/// Returns every operation of the document, with an id in its path.
async fn operations(service: &Service) -> Vec<(Method, String)> {
    let document = service.get("", "/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths").clone();
    let path = |template: &str| {
        let segment = |segment: &'_ str| if segment.starts_with('{') { JOB.to_owned() } else { segment.to_owned() };
        template.split('/').map(segment).collect::<Vec<_>>().join("/")
    };
    let methods = |item: &Value| item.as_object().expect("operations").keys().cloned().collect::<Vec<_>>();
    let of_path = |(template, item): (&String, &Value)| {
        let path = path(template);
        methods(item)
            .into_iter()
            .map(move |method| (method.to_uppercase().parse().expect("a method"), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_operation_requires_its_scope() {
    with_service(async |service| {
        service.account("ada", 5).await;
        let (read, render) = (key_with(service, "read").await, key_with(service, "render").await);
        let operations = operations(service).await;
        assert!(operations.len() >= 7, "{operations:?}");

        for (method, path) in operations.into_iter().filter(|(_, path)| path != "/v1/ping") {
            let (required, wrong_key, present) =
                if method == Method::GET { ("read", &render, "render") } else { ("render", &read, "read") };

            let response = call(service, wrong_key, method.clone(), &path).await;

            let detail = response.json()["detail"].clone();
            assert_eq!((response.status, &detail["code"]), (403, &json!("INSUFFICIENT_SCOPE")), "{method} {path}");
            let message = format!("this operation requires the scope `{required}`; the API key has `{present}`");
            assert_eq!(detail["message"], message, "{method} {path}");
        }
        assert_eq!(service.scalar("select count(*) from job").await, 0);
        assert_eq!(service.scalar("select balance from account").await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_key_may_do_what_its_scopes_say() {
    with_service(async |service| {
        let default = service.account("ada", 20).await;
        for (key, may_render, may_read) in [
            (key_with(service, "render").await, true, false),
            (key_with(service, "read").await, false, true),
            (key_with(service, "render,read").await, true, true),
            (key_with(service, "admin").await, true, true),
            (default.clone(), true, true),
        ] {
            let job = service.submit(&default, "pdf", json!({"html": "<p>"})).await;
            let (path, result) = (format!("/v1/jobs/{job}"), format!("/v1/jobs/{job}/result"));

            for (method, path, status) in [
                (Method::GET, "/v1/balance", 200),
                (Method::GET, path.as_str(), 200),
                (Method::GET, &result, 409),
                (Method::POST, "/v1/screenshot", 202),
                (Method::POST, "/v1/pdf", 202),
                (Method::DELETE, &path, 200),
            ] {
                let is_allowed = if method == Method::GET { may_read } else { may_render };
                let expected = if is_allowed { status } else { 403 };
                assert_eq!(call(service, &key, method.clone(), path).await.status, expected, "{method} {path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn keys_of_before_this_version_may_do_everything_and_do_not_expire() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        service
            .execute(
                "create temporary table old as select id, account, digest from api_key;
                 delete from api_key;
                 insert into api_key (id, account, digest) select id, account, digest from old;",
            )
            .await;

        assert_eq!(call(service, &key, Method::POST, "/v1/pdf").await.status, 202);
        assert_eq!(call(service, &key, Method::GET, "/v1/balance").await.status, 200);
        let keys = keys_of_ada(service).await;
        assert_eq!(
            (keys[0].name.as_str(), keys[0].scopes.names(), keys[0].expires_at),
            ("default", "admin".to_owned(), None)
        );
    })
    .await;
}

#[tokio::test]
async fn an_expired_key_looks_like_a_revoked_one_and_like_one_that_never_was() {
    with_service(async |service| {
        service.account("ada", 5).await;
        let expiring = service.key_of(&NewKey { expiry: Expiry::After(HOUR), ..NewKey::new("ada") }).await;
        let (revoked, unknown) = (service.key("ada").await, service.key("ada").await);
        let works = service.get(&expiring, "/v1/balance").await.status;
        let summary = keys_of_ada(service).await;
        service
            .execute(
                "update api_key set created_at = now() - interval '2 hours', expires_at = now()
                 where expires_at is not null",
            )
            .await;
        key::revoke(&service.db, &actor(), id(&revoked)).await.expect("it is revoked");
        delete(service, id(&unknown)).await;

        let mut bodies = Vec::new();
        for key in [&expiring, &revoked, &unknown] {
            let response = service.get(key, "/v1/balance").await;
            let mut body = response.json();
            body["detail"]["request_id"] = Value::Null;
            bodies.push((response.status, body));
        }

        assert_eq!((works, bodies[0].0), (200, 401));
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
        assert!(summary.iter().any(|key| key.expires_at.is_some()), "{summary:?}");
    })
    .await;
}

async fn delete(service: &Service, id: &str) {
    sqlx::query("delete from api_key where id = $1").bind(id).execute(&service.db).await.expect("it is deleted");
}

#[tokio::test]
async fn a_revoked_key_is_rejected_by_every_server_at_the_next_request() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let other = service.start_api(&service.database_url).await;
        let statuses = async || {
            let at_other = service.send(|http, _| http.get(format!("{other}/v1/balance")).bearer_auth(&key)).await;
            (service.get(&key, "/v1/balance").await.status, at_other.status)
        };
        let before = statuses().await;

        key::revoke(&service.db, &actor(), id(&key)).await.expect("it is revoked");

        assert_eq!((before, statuses().await), ((200, 200), (401, 401)));
    })
    .await;
}

#[tokio::test]
async fn both_keys_work_during_the_overlap_of_a_rotation() {
    with_service(async |service| {
        service.account("ada", 5).await;
        let new = NewKey { name: "ci".to_owned(), scopes: "read".parse().expect("a scope"), ..NewKey::new("ada") };
        let old = service.key_of(&new).await;

        let rotation = key::rotate(&service.db, &actor(), id(&old), HOUR).await.expect("it is rotated");

        let new = rotation.new.key.expose_secret();
        let statuses =
            async || (service.get(&old, "/v1/balance").await.status, service.get(new, "/v1/balance").await.status);
        let during = statuses().await;
        service
            .execute(
                "update api_key set created_at = now() - interval '2 hours', expires_at = now()
                 where replaced_by is not null",
            )
            .await;
        assert_eq!((during, statuses().await), ((200, 200), (401, 200)));
        let keys = keys_of_ada(service).await;
        let new = keys.iter().find(|key| key.id == rotation.new.id).expect("it is listed");
        assert_eq!((new.name.as_str(), new.scopes.names(), new.expires_at), ("ci", "read".to_owned(), None));
        assert_eq!(call(service, rotation.new.key.expose_secret(), Method::POST, "/v1/pdf").await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_without_overlap_ends_the_old_key_at_once() {
    with_service(async |service| {
        let old = service.account("ada", 5).await;

        let rotation = key::rotate(&service.db, &actor(), id(&old), Duration::ZERO).await.expect("it is rotated");

        assert_eq!(service.get(&old, "/v1/balance").await.status, 401);
        assert_eq!(service.get(rotation.new.key.expose_secret(), "/v1/balance").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_never_prolongs_the_old_key_and_keeps_its_lifetime() {
    with_service(async |service| {
        service.account("ada", 5).await;
        let old = service.key_of(&NewKey { expiry: Expiry::After(HOUR), ..NewKey::new("ada") }).await;
        let before = keys_of_ada(service).await.remove(0);

        let rotation = key::rotate(&service.db, &actor(), id(&old), 24 * HOUR).await.expect("it is rotated");

        let after = keys_of_ada(service).await.remove(0);
        assert_eq!(Some(rotation.old_expires_at), before.expires_at);
        assert_eq!(
            after.expires_at.map(|end| end - after.created_at),
            before.expires_at.map(|end| end - before.created_at)
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_is_rotated_once_and_only_while_it_works() {
    with_service(async |service| {
        let old = service.account("ada", 5).await;
        let (revoked, expired) = (service.key("ada").await, service.key("ada").await);
        key::revoke(&service.db, &actor(), id(&revoked)).await.expect("it is revoked");
        sqlx::query("update api_key set created_at = now() - interval '2 hours', expires_at = now() where id = $1")
            .bind(id(&expired))
            .execute(&service.db)
            .await
            .expect("it expires");
        let rotate = async |id: &str| key::rotate(&service.db, &actor(), id, HOUR).await;

        let first = rotate(id(&old)).await.expect("it is rotated");

        let again = rotate(id(&old)).await;
        assert!(matches!(again, Err(RotateKeyError::AlreadyRotated(_, new)) if new == first.new.id));
        for inactive in [&revoked, &expired] {
            assert!(matches!(rotate(id(inactive)).await, Err(RotateKeyError::Inactive(_))), "{inactive}");
        }
        assert!(matches!(rotate("nothing").await, Err(RotateKeyError::NoSuchKey(_))));
        assert_eq!(service.scalar("select count(*) from api_key").await, 4);
        assert_eq!(service.scalar("select count(*) from event where kind = 'key.rotated'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_rotations_at_once_one_takes_effect_and_a_revocation_always_does() {
    with_service(async |service| {
        service.account("ada", 5).await;
        for _ in 0..10 {
            let (contested, revoked) = (service.key("ada").await, service.key("ada").await);
            let actor = actor();
            let rotate = |key| key::rotate(&service.db, &actor, id(key), HOUR);

            let (one, two) = tokio::join!(rotate(&contested), rotate(&contested));
            let revoke = key::revoke(&service.db, &actor, id(&revoked));
            let (_, revocation) = tokio::join!(rotate(&revoked), revoke);

            assert!(one.is_ok() ^ two.is_ok(), "{one:?} {two:?}");
            assert_eq!(revocation.expect("the database responds"), key::Revocation::Revoked);
            assert_eq!(service.get(&revoked, "/v1/balance").await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn another_accounts_job_looks_like_one_that_does_not_exist_in_every_operation() {
    with_service(async |service| {
        let (ada, eve) = (service.account("ada", 10).await, service.account("eve", 10).await);
        let job = service.submit(&ada, "pdf", json!({"html": "<p>"})).await;
        let of_jobs: Vec<_> = operations(service).await.into_iter().filter(|(_, path)| path.contains(JOB)).collect();
        assert!(of_jobs.len() >= 3, "{of_jobs:?}");

        for (method, path) in of_jobs {
            let foreign = call(service, &eve, method.clone(), &path.replace(JOB, &job)).await;
            let unknown = call(service, &eve, method.clone(), &path).await;

            assert_eq!((foreign.status, unknown.status), (404, 404), "{method} {path}");
            let without_id = |response: &ApiResponse| {
                let request_id = response.header("x-request-id");
                String::from_utf8_lossy(&response.bytes).replace(request_id, "")
            };
            assert_eq!(without_id(&foreign), without_id(&unknown), "{method} {path}");
        }
        assert_eq!(service.scalar("select count(*) from job where state is null or state <> 'failed'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_recorded_as_the_last_use_of_its_key() {
    with_service(async |service| {
        let used = service.account("ada", 5).await;
        let unused = key_with(service, "read").await;

        service.get(&used, "/v1/balance").await;
        service.wait_for_count("select count(*) from api_key where last_used_at is not null", 1).await;

        let keys = keys_of_ada(service).await;
        let condition = |key: &str| keys.iter().find(|it| it.id.to_string() == id(key)).map(|it| it.condition);
        assert_eq!(condition(&used), Some(KeyCondition::Active));
        assert_eq!(condition(&unused), Some(KeyCondition::NeverUsed));
    })
    .await;
}

#[tokio::test]
async fn a_key_over_its_own_rate_gets_429_with_its_rate_and_other_keys_do_not() {
    with_service(async |service| {
        let other = service.account("ada", 50).await;
        let key = key_with(service, "render").await;
        let limits = KeyLimits { rate: Some(Some((60, 20))), ..KeyLimits::default() };
        key::limit(&service.db, &actor(), id(&key), &limits).await.expect("a limit");
        let job = json!({"html": "<p>", "async": true});

        let batch = json!({"jobs": vec![json!({"type": "screenshot", "html": "<p>"}); 20]});
        assert_eq!(service.post(&key, "/v1/bulk", &batch).await.status, 202);
        let refused = service.post(&key, "/v1/screenshot", &job).await;
        let accepted = service.post(&other, "/v1/screenshot", &job).await;

        assert_eq!((refused.status, &refused.json()["detail"]["code"]), (429, &json!("RATE_LIMIT_EXCEEDED")));
        assert!(
            refused.json().to_string().contains("this API key may submit 60 jobs per minute"),
            "{}",
            refused.json()
        );
        assert_eq!((refused.header("retry-after"), refused.header("ratelimit-policy")), ("1", "\"jobs\";q=20;w=20"));
        assert_eq!((accepted.status, accepted.header("ratelimit")), (202, ""));
        assert_eq!(service.scalar("select balance from account").await, 29);
    })
    .await;
}
