//! API keys: every operation requires a valid one.

use harness::fixtures::actor;
use harness::with_service;
use secrecy::ExposeSecret;
use serde_json::json;

const PATHS: [&str; 3] = ["/v1/balance", "/v1/jobs/0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41", "/v1/jobs/x/result"];

#[tokio::test]
async fn every_operation_requires_a_valid_key() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;
        let revoked = domain::key::create(&service.db, &actor(), "ada").await.expect("a key");
        domain::key::revoke(&service.db, &actor(), &revoked.id.to_string()).await.expect("it is revoked");
        let unknown = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });

        for bad in ["", "nonsense", &unknown, revoked.key.expose_secret()] {
            for path in PATHS {
                let response = service.get(bad, path).await;

                assert_eq!(
                    (response.status, &response.json()["detail"]["code"]),
                    (401, &json!("INVALID_API_KEY")),
                    "{path}"
                );
                assert_eq!(response.header("www-authenticate"), "Bearer");
            }
            for path in ["/v1/screenshot", "/v1/pdf", "/v1/bulk"] {
                assert_eq!(service.post(bad, path, &json!({"html": "<p>", "async": true})).await.status, 401, "{path}");
            }
        }
        service.execute("update api_key set digest = sha256('another secret')").await;
        assert_eq!(service.get(&key, "/v1/balance").await.status, 401, "a known id is not enough");
        assert_eq!(service.scalar("select count(*) from job").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_key_may_be_sent_as_a_bearer_token_but_only_once() {
    with_service(async |service| {
        let key = service.account("ada", 5).await;

        let bearer = service.send(|http, url| http.get(format!("{url}/v1/balance")).bearer_auth(&key)).await;
        let twice = service
            .send(|http, url| http.get(format!("{url}/v1/balance")).header("X-API-Key", &key).header("X-API-Key", &key))
            .await;

        assert_eq!((bearer.status, twice.status), (200, 401));
    })
    .await;
}
