//! A customer: calls either API, repeats what fails, and remembers what was acknowledged.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::history::History;
use super::response::{Meaning, Response};

/// How long a customer waits for a response: longer than the longest synchronous call.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(100);

/// How many of its calls a customer remembers.
const MEMORY: usize = 12;

/// Someone who calls until the load ends.
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) apis: Vec<String>,
    pub(super) random: StdRng,
    pub(super) history: Arc<History>,
    pub(super) stopped: watch::Receiver<bool>,
    /// Submissions that were acknowledged.
    pub(super) earlier: Vec<Submission>,
}

/// A submission that was acknowledged: with which idempotency key, and as which job.
#[derive(Clone)]
pub(super) struct Submission {
    idempotency_key: String,
    path: &'static str,
    body: Value,
    job: String,
}

impl Customer {
    pub(super) async fn run(mut self) {
        for call in 0.. {
            if *self.stopped.borrow() {
                return;
            }
            self.call(call).await;
            let pause = Duration::from_millis(self.random.random_range(100..1500));
            let mut stopped = self.stopped.clone();
            let _stopped = timeout(pause, stopped.wait_for(|stopped| *stopped)).await;
        }
    }

    async fn call(&mut self, number: usize) {
        let key = format!("{}-{number}", self.name);
        let fast = json!({"html": format!("<h1>{key}</h1>")});
        let delay = self.random.random_range(500..6000);
        let slow = json!({"wait_for": "#done", "html": format!(
            "<script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<p id=done>'), {delay})</script>{key}")});
        let earlier =
            (!self.earlier.is_empty()).then(|| self.earlier[self.random.random_range(0..self.earlier.len())].clone());
        match (self.random.random_range(0..100), earlier) {
            (0..20, _) => {
                self.submit("asynchronous calls", "/v1/screenshot", key, with(fast, "async", json!(true))).await;
            }
            (20..30, _) => self.submit("asynchronous calls", "/v1/pdf", key, with(slow, "async", json!(true))).await,
            (30..50, _) => self.submit("synchronous calls", "/v1/screenshot", key, fast).await,
            (50..55, _) => self.submit("synchronous calls", "/v1/pdf", key, slow).await,
            (55..60, _) => self.abandon(&fast).await,
            (60..65, _) => self.submit_batch(key).await,
            (65..73, Some(earlier)) => self.cancel(&earlier.job).await,
            (73..78, Some(earlier)) => self.retry(&earlier.job, key).await,
            (78..85, Some(earlier)) => self.repeat(earlier).await,
            (_, Some(earlier)) => self.look(&earlier.job).await,
            (_, None) => {}
        }
    }

    async fn submit(&mut self, kind: &'static str, path: &'static str, idempotency_key: String, body: Value) {
        let start = Instant::now();
        let Some(response) = self.post(path, &idempotency_key, &body).await else { return };
        self.history.took(kind, start.elapsed());
        let Some(job) = self.submitted(&response) else { return };
        if response.status == 429 {
            return; // The job was withdrawn, and its key with it: a repetition is a new call.
        }
        self.earlier.push(Submission { idempotency_key, path, body, job });
        if self.earlier.len() > MEMORY {
            self.earlier.remove(0);
        }
    }

    /// Records the job of a response, and its result if that is the response.
    fn submitted(&self, response: &Response) -> Option<String> {
        let Some(job) = response.job() else {
            if response.status != 402 {
                let (status, code) = (response.status, response.code());
                self.history.violated(format!("{} got {status} {code} without a job: {}", self.name, response.json()));
            }
            return None;
        };
        self.history.acknowledged(&self.key, &job);
        match response.status {
            200 => self.history.ended(&job, "completed", Some(response.fingerprint())),
            500.. => self.history.ended(&job, "failed", None),
            _ => {}
        }
        Some(job)
    }

    /// Goes away before the response.
    async fn abandon(&mut self, body: &Value) {
        let url = format!("{}/v1/screenshot", self.api());
        let request = reqwest::Client::new().post(url).header("X-API-Key", &self.key).json(body);
        let abandon_after = Duration::from_millis(self.random.random_range(1..300));
        let response = timeout(abandon_after, request.send()).await;
        let what = if response.is_ok() { "abandoned too late" } else { "abandoned" };
        self.history.responded(what.to_owned(), false);
    }

    async fn submit_batch(&mut self, idempotency_key: String) {
        let jobs: Vec<_> = (0..4).map(|_| json!({"type": "screenshot", "html": "<p>"})).collect();
        let Some(response) = self.post("/v1/bulk", &idempotency_key, &json!({"jobs": jobs})).await else { return };
        for entry in response.json()["jobs"].as_array().into_iter().flatten() {
            if let Some(job) = entry["job_id"].as_str() {
                self.history.acknowledged(&self.key, job);
            }
        }
    }

    async fn cancel(&mut self, job: &str) {
        let path = format!("/v1/jobs/{job}");
        let key = self.key.clone();
        let cancel = |http: &reqwest::Client, api: &str| http.delete(format!("{api}{path}")).header("X-API-Key", &key);
        let Some(response) = self.until_final(cancel).await else { return };
        match response.status {
            200 => self.history.ended(job, "failed", None),
            409 => {}
            other => self.history.violated(format!("cancelling {job} got {other} {}", response.json())),
        }
    }

    async fn retry(&mut self, job: &str, idempotency_key: String) {
        let path = format!("/v1/jobs/{job}/retry");
        let Some(response) = self.post(&path, &idempotency_key, &json!({})).await else { return };
        match (response.status, response.job()) {
            (202, Some(job)) => self.history.acknowledged(&self.key, &job),
            (402 | 409 | 410, _) => {}
            (other, _) => self.history.violated(format!("retrying {job} got {other} {}", response.json())),
        }
    }

    /// Submits again, and expects the same job.
    async fn repeat(&mut self, earlier: Submission) {
        let Some(response) = self.post(earlier.path, &earlier.idempotency_key, &earlier.body).await else { return };
        let (job, again) = (&earlier.job, self.submitted(&response));
        if again.as_ref() != Some(job) {
            self.history.violated(format!("{} was {job}, and {again:?} when repeated", earlier.idempotency_key));
        }
    }

    /// Gets a job and its result.
    async fn look(&mut self, job: &str) {
        let Some(response) = self.get(&format!("/v1/jobs/{job}")).await else { return };
        let status = response.json()["status"].as_str().unwrap_or_default().to_owned();
        match (response.status, status.as_str()) {
            (200, "failed") => self.history.ended(job, "failed", None),
            (200, "completed") => {
                let Some(result) = self.get(&format!("/v1/jobs/{job}/result")).await else { return };
                if result.status == 200 {
                    self.history.ended(job, "completed", Some(result.fingerprint()));
                } else {
                    self.history.violated(format!("the result of {job} got {} {}", result.status, result.code()));
                }
            }
            (200, _) => {}
            (other, _) => self.history.violated(format!("{job} got {other} {}", response.code())),
        }
    }

    async fn post(&mut self, path: &str, idempotency_key: &str, body: &Value) -> Option<Response> {
        let key = self.key.clone();
        self.until_final(|http, api| {
            let request = http.post(format!("{api}{path}")).header("X-API-Key", &key);
            request.header("Idempotency-Key", idempotency_key).json(body)
        })
        .await
    }

    async fn get(&mut self, path: &str) -> Option<Response> {
        let key = self.key.clone();
        self.until_final(|http, api| http.get(format!("{api}{path}")).header("X-API-Key", &key)).await
    }

    /// Repeats a call, at any of the APIs, until its response is final. `None` if the load ends before.
    async fn until_final(
        &mut self,
        request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> Option<Response> {
        loop {
            // A connection of its own, as behind a load balancer.
            let sent = request(&reqwest::Client::new(), &self.api()).timeout(RESPONSE_TIMEOUT).send().await;
            let response = match sent {
                Ok(response) => Response::read(response).await,
                Err(error) => Err(error),
            };
            match response {
                Ok(response) => match self.judge(&response) {
                    Meaning::Final => return Some(response),
                    Meaning::Repeat | Meaning::Wrong => {}
                },
                Err(error) => self.history.responded(reason(&error).to_owned(), false),
            }
            if *self.stopped.borrow() {
                return None;
            }
            sleep(Duration::from_millis(self.random.random_range(100..600))).await;
        }
    }

    fn judge(&self, response: &Response) -> Meaning {
        let meaning = response.meaning();
        let what = format!("{} {}", response.status, response.code());
        if meaning == Meaning::Wrong {
            self.history.violated(format!("{} got {what}: {}", self.name, response.json()));
        }
        self.history.responded(what, meaning == Meaning::Final);
        meaning
    }

    fn api(&mut self) -> String {
        self.apis[self.random.random_range(0..self.apis.len())].clone()
    }
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "not connected"
    } else if error.is_timeout() {
        "no response in time"
    } else {
        "connection lost"
    }
}
