//! The service under faults: connections cut, servers restarted, processes killed.
//!
//! The rows of the fault matrix, less those that other stories tell: a worker killed while it
//! renders, and one that is told to stop (`service::crashes`); results that expire (`queue`).

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]

mod calls;
mod clocks;
mod cuts;
mod errors;
mod fleet;
mod outages;
mod page;
mod processes;

use domain::Db;
use domain::id::WorkerId;
use domain::job::{Blocked, Lane, NewJob, Rendered, Timings};
use domain::key::Caller;
use domain::render::{Area, ImageFormat, Options, Output, Page, Screenshot, Viewport};
use domain::worker::{About, register};
use harness::{Answer, Process, Proxy, Service};
use serde_json::{Value, json};

/// Statements, by what no other says.
const SUBMIT: &str = "insert into queue";
const CLAIM: &str = "nextval('lease_number')";
const COMPLETE: &str = "insert into result";
const BEAT: &str = "set beat_at";

const COMPLETED: &str = "select count(*) from job where state = 'completed'";
const UNFINISHED: &str = "select count(*) from queue";
const LAPSED: &str = "select count(*) from event where kind = 'job.lapsed'";
const DEBITS: &str = "select count(*) from ledger where kind = 'debit'";
const REFUNDS: &str = "select count(*) from ledger where kind = 'refund'";
const BALANCE: &str = "select balance from account";

/// Whoever beat until now has been dead for long.
const DEAD: &str = "update worker set beat_at = now() - interval '1 minute'";

/// Everybody may judge.
const JUDGES: &str = "update worker set judges_from = now()";

/// A customer, wherever the API is.
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

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    async fn post_once(&self, once: &str, path: &str, body: &Value) -> Answer {
        self.ask(self.http.post(format!("{}{path}", self.url)).header("Idempotency-Key", once).json(body)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(self.http.get(format!("{}{path}", self.url))).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask(self.http.delete(format!("{}{path}", self.url))).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.header("X-API-Key", &self.key).send().await.expect("the API answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body").to_vec();
        Answer { status, headers, bytes }
    }
}

/// An answer's status and code.
fn told(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// What an API says whose database is away.
fn away() -> (u16, String) {
    (503, "DATABASE_UNAVAILABLE".to_owned())
}

/// The id of the job that an answer tells of.
fn job_of(answer: &Answer) -> String {
    answer.json()["job_id"].as_str().unwrap_or_else(|| panic!("{:?} {}", answer.status, answer.json())).to_owned()
}

/// The simplest job there is, on the wire.
fn asynchronous() -> Value {
    json!({"html": "<p>", "async": true})
}

/// The same, below it.
fn html() -> NewJob {
    let viewport = Viewport { width: 1280, height: 720, device_scale_factor: 1.0 };
    let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
    let options = Options::new(Page::Html, output);
    NewJob { options, html: Some("<p>".to_owned()), lane: Lane::Interactive }
}

fn rendered() -> Rendered {
    Rendered {
        bytes: b"picture".to_vec(),
        content_type: "image/png",
        timings: Timings::default(),
        blocked: Blocked::default(),
    }
}

async fn registered(db: &Db, name: &str) -> WorkerId {
    let about = About { name: name.to_owned(), version: "1".to_owned(), browser: "none".to_owned(), slots: 4 };
    register(db, &about).await.expect("a worker")
}

/// An account's caller, with so many credits.
async fn caller(db: &Db, name: &str, credits: i64) -> Caller {
    domain::account::create(db, name, credits).await.expect("an account");
    let key = domain::key::create(db, name).await.expect("a key").key;
    domain::key::verify(db, &key).await.expect("a caller")
}

/// A worker process, with its own way to the database.
async fn worker_behind(service: &Service, proxy: &Proxy, slots: u16) -> Process {
    service.worker_process_with(slots, &[("DATABASE_URL", proxy.url())]).await
}
