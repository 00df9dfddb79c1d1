//! Canaries: secrets of customers are in nothing that anybody can read afterwards.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use harness::{SECRET_KEY, Service, binary, run, with_service};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const CANARY: &str = "CANARY-5d1f9c";

/// A process that logs everything it can, and its log.
struct Logged {
    _child: Child,
    log: Arc<Mutex<String>>,
}

impl Logged {
    fn start(service: &Service, program: &str, env: &[(&str, &str)]) -> (Self, tokio::sync::oneshot::Receiver<String>) {
        let mut command = Command::new(binary(program));
        command.env("DATABASE_URL", &service.database_url).env("TINTYPE_SECRET_KEY", SECRET_KEY);
        command.env("TINTYPE_EGRESS_ALLOW", service.site.allowed()).env("RUST_LOG", "trace").envs(env.iter().copied());
        let mut child = command.kill_on_drop(true).stderr(Stdio::piped()).spawn().expect("the process starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, url) = tokio::sync::oneshot::channel();
        let (written, mut sender) = (Arc::clone(&log), Some(sender));
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, host)) = line.split_once("listening on http://")
                    && let Some(sender) = sender.take()
                {
                    let _nobody_waits = sender.send(format!("http://{}", host.trim()));
                }
                written.lock().expect("no panic").push_str(&line);
            }
        });
        (Self { _child: child, log }, url)
    }

    fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }
}

/// A body with a canary in every secret.
fn body(url: &str) -> Value {
    json!({
        "url": url,
        "headers": {"X-Token": CANARY, "Authorization": format!("Bearer {CANARY}")},
        "cookies": [{"name": "session", "value": CANARY, "url": url}],
        "basic_auth": {"username": CANARY, "password": CANARY},
    })
}

/// Bodies whose secrets are invalid.
fn invalid_bodies(url: &str) -> Vec<Value> {
    let with = |name: &str, value: Value| {
        let mut body = body(url);
        body[name] = value;
        body
    };
    vec![
        with("headers", json!({"X-Token": format!("{CANARY}\r\n")})),
        with("headers", json!({"X-Token": [CANARY]})),
        with("headers", json!([CANARY])),
        with("cookies", json!([{"name": "a", "value": format!("{CANARY};"), "url": url}])),
        with("cookies", json!([{"name": "a", "value": CANARY}])),
        with("cookies", json!(CANARY)),
        with("basic_auth", json!({"username": format!("{CANARY}:"), "password": CANARY})),
        with("basic_auth", json!(format!("{CANARY}:{CANARY}"))),
        with("quality", json!(0)),
    ]
}

#[tokio::test]
async fn no_log_list_error_event_table_or_console_contains_a_secret_of_a_job() {
    with_service(async |service| {
        let key = service.account("ada", 50).await;
        let (api, url) = Logged::start(service, "tintype-api", &[("TINTYPE_LISTEN", "127.0.0.1:0")]);
        let api_url = url.await.expect("the API listens");
        let site = &service.site;
        site.put_html("/page", "<h1>page</h1>");
        let held = site.hold("/held");
        let http = reqwest::Client::new();
        let post = async |path: &str, body: &Value| {
            let request = http.post(format!("{api_url}{path}")).header("X-API-Key", &key).json(body);
            request.send().await.expect("a response").text().await.expect("a text")
        };
        let submit = async |mut body: Value| {
            body["async_mode"] = json!(true);
            let accepted: Value = serde_json::from_str(&post("/v1/screenshot", &body).await).expect("json");
            accepted["job_id"].as_str().unwrap_or_else(|| panic!("{accepted}")).to_owned()
        };

        let cancelled = submit(body(&site.page("/held"))).await;
        let deleted = http.delete(format!("{api_url}/v1/jobs/{cancelled}")).header("X-API-Key", &key).send().await;
        let mut seen = vec![deleted.expect("a response").text().await.expect("a text")];
        let (worker, _) = Logged::start(service, "tintype-worker", &[("TINTYPE_SLOTS", "1")]);
        let mut refused = body(&site.page("/missing"));
        refused["fail_on_status"] = json!(["4xx"]);
        let (completed, failed) = (submit(body(&site.page("/page"))).await, submit(refused).await);
        for (job, status) in [(&completed, "completed"), (&failed, "failed"), (&cancelled, "failed")] {
            let job = service.wait_for_job(&key, job).await;
            assert_eq!(job["status"], status, "{job}");
            seen.push(job.to_string());
        }
        for invalid in invalid_bodies(&site.page("/page")) {
            seen.push(post("/v1/screenshot", &invalid).await);
            seen.push(post("/v1/bulk", &json!({"jobs": [invalid]})).await);
        }
        let retried = post(&format!("/v1/jobs/{failed}/retry"), &json!({})).await;
        assert!(retried.contains("SECRETS_GONE"), "{retried}");
        seen.push(retried);
        for path in ["/v1/jobs", "/v1/usage", "/v1/balance"] {
            seen.push(service.get(&key, path).await.json().to_string());
        }
        let env = [("DATABASE_URL", service.database_url.as_str())];
        for args in [vec!["job", "show", &failed], vec!["job", "list"], vec!["events"], vec!["overview"], vec!["audit"]]
        {
            let shown = run(&binary("tintype"), &args, &env).await;
            seen.push(format!("{} {}", shown.stdout, shown.stderr));
        }
        held.release();

        assert_eq!(site.requests("/page")[0].header("x-token"), CANARY, "it was sent to the target");
        let logs = [api.log(), worker.log()];
        assert!(logs.iter().all(|log| log.len() > 1000), "the processes log");
        for text in seen.iter().chain(&logs) {
            assert!(!text.contains(CANARY), "{}", excerpt(text));
        }
        assert_eq!(tables_with_a_canary(service).await, [""; 0]);
    })
    .await;
}

/// The text around the canary.
fn excerpt(text: &str) -> String {
    let at = text.find(CANARY).unwrap_or_default();
    text.chars().skip(text[..at].chars().count().saturating_sub(300)).take(600).collect()
}

/// Returns the tables with a row that contains the canary, as text or as bytes.
async fn tables_with_a_canary(service: &Service) -> Vec<String> {
    let tables = "select quote_ident(relname) from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&service.db).await.expect("tables");
    assert!(tables.len() > 20, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let sql = format!(
            "select exists (select from {table} as row where row::text like '%{CANARY}%'
                or row::text like '%' || encode('{CANARY}', 'hex') || '%')"
        );
        let sql = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
        if sql.fetch_one(&service.db).await.expect("an answer") {
            found.push(table);
        }
    }
    found
}
