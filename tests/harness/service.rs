//! The service of one story.

use std::sync::Mutex;
use std::time::Duration;

use domain::Db;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::database::{Database, until};
use crate::process::{Process, binary};
use crate::site::Site;

/// A whole Tintype, for one story.
pub struct Service {
    /// Where the API listens, such as `http://127.0.0.1:40123`.
    pub url: String,
    /// The web site that may be rendered.
    pub site: Site,
    /// The database, to look behind the API and to move time.
    pub db: Db,
    /// Where the database is, for processes.
    pub database_url: String,
    http: reqwest::Client,
    tasks: Mutex<JoinSet<()>>,
    stops: Mutex<Vec<oneshot::Sender<()>>>,
    sync_wait: Duration,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

/// Tells a story: makes a service, lets it happen, stops everything and audits.
pub async fn story(happen: impl AsyncFnOnce(&Service)) {
    story_waiting(Duration::from_secs(30), happen).await;
}

/// Tells a story in which synchronous calls wait so long for their jobs to start.
pub async fn story_waiting(sync_wait: Duration, happen: impl AsyncFnOnce(&Service)) {
    story_on(Database::create().await, sync_wait, happen).await;
}

/// Tells a story on a database that was made before.
pub async fn story_on(database: Database, sync_wait: Duration, happen: impl AsyncFnOnce(&Service)) {
    let service = Service::start(&database, sync_wait).await;
    happen(&service).await;
    service.stop().await;
    database.audit().await;
    database.drop().await;
}

impl Service {
    async fn start(database: &Database, sync_wait: Duration) -> Self {
        let site = Site::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
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
        service.serve(listener, &service.database_url);
        service
    }

    /// Starts another API, which has its own way to the database, and answers where it listens.
    pub async fn api(&self, database_url: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        self.serve(listener, database_url);
        url
    }

    fn serve(&self, listener: TcpListener, database_url: &str) {
        let config = api::Config {
            database_url: database_url.parse().expect("a URL"),
            listen: String::new(),
            connections: 8,
            sync_wait: self.sync_wait,
            egress_allow: self.site.allowed().parse().expect("an exception"),
            print_openapi: false,
        };
        self.task(|stop| async move {
            let stopped = async { drop(stop.await) };
            api::serve(listener, config, stopped).await.expect("the API serves");
        });
    }

    /// Starts a worker in this process, of so many slots, and waits until it has registered.
    pub async fn worker(&self, slots: u16) {
        let before = self.count("select count(*) from worker").await;
        let config = worker::Config {
            slots,
            egress_allow: self.site.allowed().parse().expect("an exception"),
            launcher: Some(binary("tintype-worker")),
            ..worker::Config::default()
        };
        let db = domain::schema::connect(&self.database_url, config.connections()).await.expect("a worker connects");
        self.task(|stop| async move {
            let stopped = async { drop(stop.await) };
            worker::run(config, db, stopped).await.expect("the worker works");
        });
        self.until_count("select count(*) from worker", before + 1).await;
    }

    /// Starts a worker as a process, and waits until it has registered.
    pub async fn worker_process(&self, slots: u16) -> Process {
        self.worker_process_with(slots, &[]).await
    }

    /// Starts a worker as a process in such an environment, and waits until it has registered.
    pub async fn worker_process_with(&self, slots: u16, with: &[(&str, &str)]) -> Process {
        let before = self.count("select count(*) from worker").await;
        let slots = slots.to_string();
        let env = [
            ("DATABASE_URL", self.database_url.as_str()),
            ("TINTYPE_EGRESS_ALLOW", self.site.allowed()),
            ("TINTYPE_SLOTS", &slots),
            ("TINTYPE_GRACE", "1"),
        ];
        let process = Process::start(&binary("tintype-worker"), &[], &[&env, with].concat());
        self.until_count("select count(*) from worker", before + 1).await;
        process
    }

    /// Starts a worker as a process of another user, in such an environment, and waits
    /// until it has registered.
    pub async fn worker_process_as(&self, user: &str, slots: u16, with: &[(&str, &str)]) -> Process {
        let before = self.count("select count(*) from worker").await;
        let slots = slots.to_string();
        let env = [("TINTYPE_EGRESS_ALLOW", self.site.allowed()), ("TINTYPE_SLOTS", &slots), ("TINTYPE_GRACE", "1")];
        let process = Process::start_as(user, "tintype-worker", &[&env, with].concat());
        self.until_count("select count(*) from worker", before + 1).await;
        process
    }

    /// Makes an account with credits, and a key for it.
    pub async fn account(&self, name: &str, credits: i64) -> String {
        domain::account::create(&self.db, name, credits).await.expect("an account");
        domain::key::create(&self.db, name).await.expect("a key").key
    }

    /// Asks the API.
    pub async fn get(&self, key: &str, path: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.url)).header("X-API-Key", key)).await
    }

    /// Sends JSON to the API.
    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        answer(self.http.post(format!("{}{path}", self.url)).header("X-API-Key", key).json(body)).await
    }

    /// Sends anything to the API.
    pub async fn send(&self, ask: impl FnOnce(&reqwest::Client, &str) -> reqwest::RequestBuilder) -> Answer {
        answer(ask(&self.http, &self.url)).await
    }

    /// Waits until a job has ended, and answers how.
    pub async fn ended(&self, key: &str, job: &str) -> Value {
        self.until(async || {
            let job = self.get(key, &format!("/v1/jobs/{job}")).await.json();
            let status = job.get("status").and_then(Value::as_str);
            matches!(status, Some("completed" | "failed")).then_some(job)
        })
        .await
    }

    /// Waits until a look finds what it looks for. It looks again after every change.
    pub async fn until<T>(&self, look: impl AsyncFn() -> Option<T>) -> T {
        until(&self.database_url, look).await
    }

    /// Waits until a count is reached.
    pub async fn until_count(&self, sql: &'static str, least: i64) {
        self.until(async || (self.count(sql).await >= least).then_some(())).await;
    }

    /// Counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db).await.expect("a count")
    }

    /// Changes what only time or a fault would change.
    pub async fn change(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.db).await.expect("a change");
    }

    fn task<F: Future<Output = ()> + Send + 'static>(&self, start: impl FnOnce(oneshot::Receiver<()>) -> F) {
        let (stop, stopped) = oneshot::channel();
        self.stops.lock().expect("no panic").push(stop);
        self.tasks.lock().expect("no panic").spawn(start(stopped));
    }

    async fn stop(self) {
        let stops = self.stops.into_inner().expect("no panic");
        stops.into_iter().for_each(drop);
        let mut tasks = self.tasks.into_inner().expect("no panic");
        let ended = async {
            while let Some(task) = tasks.join_next().await {
                task.expect("no task panics");
            }
        };
        timeout(PATIENCE, ended).await.expect("everything stops when told to");
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        let text = || String::from_utf8_lossy(&self.bytes).into_owned();
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| Value::String(text()))
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = timeout(PATIENCE, request.send()).await.expect("in time").expect("the API answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a whole body").to_vec();
    Answer { status, headers, bytes }
}
