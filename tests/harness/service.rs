//! A whole service for one test: API, workers, web site and database.

use std::sync::Mutex;
use std::time::Duration;

use domain::Db;
use domain::key::NewKey;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use service::http::listen;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;
use crate::database::{Database, wait_for};
use crate::files::{DecodedImage, Pdf, decode_image, read_pdf};
use crate::fixtures::actor;
use crate::process::{Process, binary};
use crate::site::Site;

/// How long a synchronous call waits for its job to start, unless a test says otherwise.
const SYNC_WAIT: Duration = Duration::from_secs(30);

/// The secret key of the API and the workers.
pub const SECRET_KEY: &str = "ABEiM0RVZneImaq7zN3u/wECAwQFBgcICQoLDA0ODxA=";

/// A running service.
pub struct Service {
    /// The URL of the API, such as `http://127.0.0.1:40123`.
    pub url: String,
    /// A web site that may be rendered.
    pub site: Site,
    /// The database, to read and change what the API does not show.
    pub db: Db,
    /// The URL of the database, for processes.
    pub database_url: String,
    http: reqwest::Client,
    tasks: Mutex<JoinSet<()>>,
    stops: Mutex<Vec<oneshot::Sender<()>>>,
    sync_wait: Duration,
}

/// A response of the API.
#[derive(Debug)]
pub struct ApiResponse {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

/// Runs a test of a service, then stops the service and audits its database.
pub async fn with_service(test: impl AsyncFnOnce(&Service)) {
    with_sync_wait(SYNC_WAIT, test).await;
}

/// Runs a test of a service with a worker and an account that has 50 credits, whose key it gets.
pub async fn with_worker(test: impl AsyncFnOnce(&Service, &str)) {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 50).await;
        test(service, &key).await;
    })
    .await;
}

/// Runs a test of a service whose synchronous calls wait this long for their jobs to start.
pub async fn with_sync_wait(sync_wait: Duration, test: impl AsyncFnOnce(&Service)) {
    run(Database::create().await, sync_wait, test).await;
}

/// Runs a test of a service on this database.
pub async fn with_service_on(database: Database, test: impl AsyncFnOnce(&Service)) {
    run(database, SYNC_WAIT, test).await;
}

async fn run(database: Database, sync_wait: Duration, test: impl AsyncFnOnce(&Service)) {
    let service = Service::start(&database, sync_wait).await;
    test(&service).await;
    service.stop().await;
    database.audit().await;
    database.drop().await;
}

impl Service {
    async fn start(database: &Database, sync_wait: Duration) -> Self {
        let site = Site::open().await;
        let listener = listen("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let service = Self {
            url,
            sync_wait,
            db: database.db.clone(),
            database_url: database.url.clone(),
            http: reqwest::Client::new(),
            tasks: Mutex::new(JoinSet::new()),
            stops: Mutex::new(Vec::new()),
            site,
        };
        service.serve(listener, &service.database_url, "");
        service
    }

    /// Starts another API that connects to the database at this URL, and returns its own URL.
    pub async fn start_api(&self, database_url: &str) -> String {
        let listener = listen("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        self.serve(listener, database_url, "");
        url
    }

    /// Starts another API that trusts these proxies, and returns its URL.
    pub async fn start_api_behind(&self, trusted_proxies: &str) -> String {
        let listener = listen("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        self.serve(listener, &self.database_url, trusted_proxies);
        url
    }

    /// Starts another API with a changed configuration, and returns its URL.
    pub async fn start_api_with(&self, change: impl FnOnce(&mut api::Config)) -> String {
        let listener = listen("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut config = self.api_config(&self.database_url, "");
        change(&mut config);
        self.spawn(|stop| async move {
            let stopped = async { drop(stop.await) };
            api::serve(listener, config, stopped).await.expect("the API serves");
        });
        url
    }

    fn serve(&self, listener: TcpListener, database_url: &str, trusted_proxies: &str) {
        let config = self.api_config(database_url, trusted_proxies);
        self.spawn(|stop| async move {
            let stopped = async { drop(stop.await) };
            api::serve(listener, config, stopped).await.expect("the API serves");
        });
    }

    /// Returns the configuration of an API.
    pub fn api_config(&self, database_url: &str, trusted_proxies: &str) -> api::Config {
        api::Config {
            database_url: database_url.parse().expect("a URL"),
            connections: 8,
            sync_wait: self.sync_wait,
            egress_allow: self.site.allowed().parse().expect("an exception"),
            secret_key: Some(SECRET_KEY.parse().expect("never fails")),
            trusted_proxies: trusted_proxies.parse().expect("networks"),
            ..api::Config::default()
        }
    }

    /// Starts a worker in this process, and waits until it has registered.
    pub async fn worker(&self, slots: u16) {
        let before = self.workers().await;
        let config = worker::Config {
            slots,
            egress_allow: self.site.allowed().parse().expect("an exception"),
            secret_key: Some(SECRET_KEY.parse().expect("never fails")),
            launcher: Some(binary("tintype-worker")),
            ..worker::Config::default()
        };
        let db = domain::db::connect(&self.database_url, config.connections()).await.expect("a worker's connection");
        self.spawn(|stop| async move {
            let stopped = async { drop(stop.await) };
            worker::run(config, db, stopped).await.expect("the worker runs");
        });
        self.wait_for_count("select count(*) from worker", before + 1).await;
    }

    /// Starts a worker as a process, and waits until it has registered.
    pub async fn worker_process(&self, slots: u16) -> Process {
        self.worker_process_with(slots, &[]).await
    }

    /// Starts a worker as a process with more environment variables, and waits until it has
    /// registered.
    pub async fn worker_process_with(&self, slots: u16, env: &[(&str, &str)]) -> Process {
        let slots = slots.to_string();
        let own = [("DATABASE_URL", self.database_url.as_str())];
        let env = [&own, &self.worker_environment(&slots)[..], env].concat();
        self.registered(|| Process::start(&binary("tintype-worker"), &[], &env)).await
    }

    /// Starts a worker as `start` does with these environment variables, and waits until it has
    /// registered.
    pub async fn worker_started_by(&self, slots: u16, start: impl FnOnce(&[(&str, &str)]) -> Process) -> Process {
        let slots = slots.to_string();
        let own = [("DATABASE_URL", self.database_url.as_str())];
        let env = [&own, &self.worker_environment(&slots)[..]].concat();
        self.registered(|| start(&env)).await
    }

    /// Starts a worker as a process of another user, which needs the URL of the
    /// database, and waits until it has registered.
    pub async fn worker_process_as(&self, user: &str, slots: u16, env: &[(&str, &str)]) -> Process {
        let slots = slots.to_string();
        let env = [&self.worker_environment(&slots)[..], env].concat();
        self.registered(|| Process::start_as(user, "tintype-worker", &env)).await
    }

    fn worker_environment<'a>(&'a self, slots: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("TINTYPE_EGRESS_ALLOW", self.site.allowed()),
            ("TINTYPE_SLOTS", slots),
            ("TINTYPE_GRACE", "1"),
            ("TINTYPE_SECRET_KEY", SECRET_KEY),
        ]
    }

    async fn registered(&self, start: impl FnOnce() -> Process) -> Process {
        let before = self.workers().await;
        let process = start();
        self.wait_for_count("select count(*) from worker", before + 1).await;
        process
    }

    async fn workers(&self) -> i64 {
        self.scalar("select count(*) from worker").await
    }

    /// Creates an account with credits, and returns a key of it.
    pub async fn account(&self, name: &str, credits: i64) -> String {
        domain::account::create(&self.db, &actor(), name, credits).await.expect("an account");
        self.key(name).await
    }

    /// Creates another key of an account.
    pub async fn key(&self, account: &str) -> String {
        self.key_of(&NewKey::new(account)).await
    }

    /// Creates a key.
    pub async fn key_of(&self, new: &NewKey) -> String {
        domain::key::create(&self.db, &actor(), new).await.expect("a key").key.expose_secret().to_owned()
    }

    /// Sends a GET request to the API.
    pub async fn get(&self, key: &str, path: &str) -> ApiResponse {
        respond(self.http.get(format!("{}{path}", self.url)).header("X-API-Key", key)).await
    }

    /// Sends JSON to the API in a POST request.
    pub async fn post(&self, key: &str, path: &str, body: &Value) -> ApiResponse {
        respond(self.http.post(format!("{}{path}", self.url)).header("X-API-Key", key).json(body)).await
    }

    /// Sends any request to the API.
    pub async fn send(&self, request: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder) -> ApiResponse {
        respond(request(&self.http, &self.url)).await
    }

    /// Submits a job to `/v1/{kind}`, and returns its id.
    pub async fn submit(&self, key: &str, kind: &str, mut body: Value) -> String {
        body["async"] = json!(true);
        let response = self.post(key, &format!("/v1/{kind}"), &body).await;
        assert_eq!(response.status, 202, "{}", response.json());
        response.json()["job_id"].as_str().expect("a job_id").to_owned()
    }

    /// Submits a screenshot, waits until it has ended, and returns the job.
    pub async fn screenshot(&self, key: &str, body: Value) -> Value {
        let job = self.submit(key, "screenshot", body).await;
        self.wait_for_job(key, &job).await
    }

    /// Submits a PDF, waits until it has ended, and returns the job.
    pub async fn pdf(&self, key: &str, body: Value) -> Value {
        let job = self.submit(key, "pdf", body).await;
        self.wait_for_job(key, &job).await
    }

    /// Returns the document of a completed job.
    pub async fn document(&self, key: &str, job: &Value) -> Pdf {
        assert_eq!(job["status"], "completed", "{job}");
        let result = self.get(key, job["result_url"].as_str().expect("a path")).await;
        assert_eq!(result.status, 200, "{}", result.json());
        read_pdf(&result.bytes)
    }

    /// Returns the image of a completed job.
    pub async fn image(&self, key: &str, job: &Value) -> DecodedImage {
        assert_eq!(job["status"], "completed", "{job}");
        let result = self.get(key, job["result_url"].as_str().expect("a path")).await;
        assert_eq!(result.status, 200, "{}", result.json());
        decode_image(&result.bytes)
    }

    /// Waits until a job has ended, and returns it.
    pub async fn wait_for_job(&self, key: &str, job: &str) -> Value {
        let path = format!("/v1/jobs/{job}?wait_s=30");
        let ended = async {
            loop {
                let job = self.get(key, &path).await.json();
                if matches!(job["status"].as_str(), Some("completed" | "failed")) {
                    return job;
                }
            }
        };
        timeout(TEST_TIMEOUT, ended).await.expect("the job ends in time")
    }

    /// Waits until `check` returns a value. It checks again after every change.
    pub async fn wait_for<T>(&self, check: impl AsyncFn() -> Option<T>) -> T {
        wait_for(&self.database_url, check).await
    }

    /// Waits until the number that a query selects is `min` or more.
    pub async fn wait_for_count(&self, sql: &'static str, min: i64) {
        self.wait_for(async || (self.scalar(sql).await >= min).then_some(())).await;
    }

    /// Returns the one number that a query selects.
    pub async fn scalar(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db).await.expect("a number")
    }

    /// Executes statements, for example to move time or to damage rows.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.db).await.expect("the statements succeed");
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, start: impl FnOnce(oneshot::Receiver<()>) -> F) {
        let (stop, stopped) = oneshot::channel();
        self.stops.lock().expect("no panic").push(stop);
        self.tasks.lock().expect("no panic").spawn(start(stopped));
    }

    async fn stop(self) {
        let stops = self.stops.into_inner().expect("no panic");
        stops.into_iter().for_each(drop);
        let mut tasks = self.tasks.into_inner().expect("no panic");
        let exits = async {
            while let Some(task) = tasks.join_next().await {
                task.expect("no task panics");
            }
        };
        timeout(TEST_TIMEOUT, exits).await.expect("every task stops in time");
    }
}

impl ApiResponse {
    /// Returns the body as JSON, or as a string if it is not JSON.
    pub fn json(&self) -> Value {
        let text = || String::from_utf8_lossy(&self.bytes).into_owned();
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| Value::String(text()))
    }

    /// Returns a header as text, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn respond(request: reqwest::RequestBuilder) -> ApiResponse {
    let response = timeout(TEST_TIMEOUT, request.send()).await.expect("a response in time").expect("a response");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a complete body").to_vec();
    ApiResponse { status, headers, bytes }
}
