//! Faults: connections that break, servers that crash, processes that are killed.

mod calls;
pub(crate) mod clocks;
mod connecting;
mod connections;
mod containers;
mod crashes;
mod database_connections;
mod disconnects;
mod draining;
mod errors;
mod failover;
mod fleet;
mod outages;
mod page;
mod printing;
mod processes;
mod roles;
mod schema;
mod sessions;
mod standby;

use harness::{ApiResponse, Process, Proxy, Service};
use serde_json::{Value, json};

// Texts that identify statements: no other statement contains them.

pub(crate) const SUBMIT: &str = "insert into queue";
pub(crate) const CLAIM: &str = "nextval('lease_number')";
pub(crate) const COMPLETE: &str = "insert into result";
pub(crate) const BEAT: &str = "set beat_at";

const COMPLETED: &str = "select count(*) from job where state = 'completed'";
const UNFINISHED: &str = "select count(*) from queue";
const LAPSED: &str = "select count(*) from event where kind = 'job.lapsed'";
const DEBITS: &str = "select count(*) from ledger where kind = 'debit'";
const REFUNDS: &str = "select count(*) from ledger where kind = 'refund'";
const BALANCE: &str = "select balance from account";

/// A client of one of several APIs.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    fn new(url: &str, key: &str) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), key: key.to_owned() }
    }

    async fn post(&self, path: &str, body: &Value) -> ApiResponse {
        self.send(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    async fn post_idempotent(&self, idempotency_key: &str, path: &str, body: &Value) -> ApiResponse {
        self.send(self.idempotent(idempotency_key, path, body)).await
    }

    fn idempotent(&self, idempotency_key: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).header("Idempotency-Key", idempotency_key).json(body)
    }

    async fn get(&self, path: &str) -> ApiResponse {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    async fn delete(&self, path: &str) -> ApiResponse {
        self.send(self.http.delete(format!("{}{path}", self.url))).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> ApiResponse {
        self.try_send(request).await.expect("a complete response")
    }

    /// Sends a request whose response may be cut off, because the database goes away.
    async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<ApiResponse, reqwest::Error> {
        let response = request.header("X-API-Key", &self.key).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(ApiResponse { status, headers, bytes: response.bytes().await?.to_vec() })
    }
}

/// Returns the status and the error code of a response.
fn status_and_code(response: &ApiResponse) -> (u16, String) {
    (response.status, response.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// The status and error code while the database is unavailable.
fn database_unavailable() -> (u16, String) {
    (503, "DATABASE_UNAVAILABLE".to_owned())
}

/// Returns the job id in a response.
fn job_id(response: &ApiResponse) -> String {
    response.json()["job_id"].as_str().unwrap_or_else(|| panic!("{:?} {}", response.status, response.json())).to_owned()
}

/// The smallest job, submitted asynchronously.
fn async_job() -> Value {
    json!({"html": "<p>", "async": true})
}

/// Starts a worker process that connects to the database through a proxy.
async fn worker_through(service: &Service, proxy: &Proxy, slots: u16) -> Process {
    service.worker_process_with(slots, &[("DATABASE_URL", proxy.url())]).await
}
