//! A response to a customer, and what it means for the call.

use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::header::HeaderMap;
use serde_json::Value;

/// A complete response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What a customer does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The call has come to its end, as it should or for a reason that is the customer's.
    Final,
    /// The service asks for the call to be repeated.
    Repeat,
    /// The service must never say this.
    Wrong,
}

impl Response {
    pub(super) async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await?.to_vec() })
    }

    pub(super) fn meaning(&self) -> Meaning {
        match (self.status, self.code().as_str()) {
            // The job has ended, and a repetition would return the same.
            (500, "RENDER_ERROR") | (429, "QUEUE_FULL") => Meaning::Final,
            (409, "IDEMPOTENCY_IN_PROGRESS") | (429 | 503, _) => Meaning::Repeat,
            (500.., _) => Meaning::Wrong,
            _ => Meaning::Final,
        }
    }

    /// Returns the error code, empty if there is none.
    pub(super) fn code(&self) -> String {
        if self.status < 400 {
            return String::new();
        }
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Returns the job that the response is about, if it names one.
    pub(super) fn job(&self) -> Option<String> {
        let header = self.headers.get("x-job-id").and_then(|id| id.to_str().ok().map(str::to_owned));
        header.or_else(|| self.json()["job_id"].as_str().map(str::to_owned))
    }

    /// Returns a fingerprint of the body, to tell results apart.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        hasher.finish()
    }
}
