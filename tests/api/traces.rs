//! Traces: the spans that both programs export, and what a collector that is away costs.

use std::time::{Duration, Instant};

use harness::{CollectedSpan, Collector, LoggedProcess, Service, binary, run, with_service};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// How long the last spans may take when a process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

const SERVER: i32 = 2;
const CONSUMER: i32 = 5;

/// An API and a worker that export to an endpoint.
struct Traced {
    api: LoggedProcess,
    worker: LoggedProcess,
    url: String,
    key: String,
}

impl Traced {
    async fn start(service: &Service, endpoint: &str, env: &[(&str, &str)]) -> Self {
        let key = service.account("ada", 20).await;
        let env = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_BSP_SCHEDULE_DELAY", "50")], env].concat();
        let api = LoggedProcess::start(service, "tintype-api", &env);
        let worker = LoggedProcess::start(service, "tintype-worker", &env);
        service.wait_for_count("select count(*) from worker", 1).await;
        let url = api.url().await;
        Self { api, worker, url, key }
    }

    /// Renders a page synchronously, and returns the status and the id of the job.
    async fn render(&self, traceparent: Option<&str>, body: &Value) -> (u16, String) {
        let request = reqwest::Client::new().post(format!("{}/v1/screenshot", self.url));
        let request = request.header("X-API-Key", &self.key).header("X-Request-Id", "mine-1").json(body);
        let request = traceparent.iter().fold(request, |request, value| request.header("traceparent", *value));
        let response = request.send().await.expect("a response");
        (response.status().as_u16(), response.headers()["x-job-id"].to_str().expect("an id").to_owned())
    }
}

fn named<'a>(spans: &'a [CollectedSpan], name: &str) -> &'a CollectedSpan {
    let mut named = spans.iter().filter(|span| span.name == name);
    let span = named.next().unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
    assert!(named.next().is_none(), "one {name} in {spans:#?}");
    span
}

const PHASES: [&str; 5] = ["browser", "navigate", "wait", "capture", "store"];
const ALL: [&str; 8] = ["POST /v1/screenshot", "queue", "attempt", "browser", "navigate", "wait", "capture", "store"];

#[tokio::test]
async fn the_request_the_wait_and_the_phases_of_a_job_are_spans_of_the_callers_trace() {
    with_service(async |service| {
        let collector = Collector::start().await;
        service.site.put_html("/page", "<h1>page</h1>");
        let traced = Traced::start(service, &collector.url, &[]).await;
        let page = json!({"url": format!("{}?token=SECRET-9c31", service.site.page("/page"))});

        let (status, job) = traced.render(Some(&format!("00-{TRACE}-{CALLER}-01")), &page).await;

        assert_eq!(status, 200);
        let spans = collector.trace(Some(TRACE), &ALL).await;
        assert_eq!(spans.len(), ALL.len(), "{spans:#?}");
        let (request, queue, attempt) =
            (named(&spans, "POST /v1/screenshot"), named(&spans, "queue"), named(&spans, "attempt"));
        assert_eq!((&*request.parent, &request.kind, &*request.service), (CALLER, &SERVER, "tintype-api"));
        assert_eq!((&queue.parent, &attempt.parent), (&request.id, &request.id));
        assert_eq!((attempt.kind, &*attempt.service), (CONSUMER, "tintype-worker"));
        for phase in PHASES.map(|name| named(&spans, name)) {
            assert_eq!(phase.parent, attempt.id, "{phase:?}");
            assert!(attempt.start <= phase.start && phase.start <= phase.end, "{phase:?}");
        }
        assert!(queue.start <= queue.end && queue.end == attempt.start && attempt.start < attempt.end);
        for span in [request, queue, attempt] {
            assert_eq!(span.attributes["job.id"], json!(job), "{span:?}");
            assert_eq!(span.attributes["request.id"], "mine-1", "{span:?}");
            assert!(span.attributes["account.id"].is_string() && span.attributes["key.id"].is_string(), "{span:?}");
        }
        assert_eq!(request.attributes["http.response.status_code"], 200);
        assert_eq!((&attempt.attributes["attempt"], &attempt.attributes["outcome"]), (&json!(1), &json!("completed")));
        assert!(!spans.iter().any(|span| span.has_failed), "{spans:#?}");
        assert!(!format!("{spans:?}").contains("SECRET"), "{spans:#?}");

        let failing = json!({"url": service.site.page("/missing"), "fail_on_status": ["4xx"]});
        let (status, job) = traced.render(None, &failing).await;

        let log = traced.worker.line(|line| line["job.id"] == json!(job) && line["outcome"] == "failed").await;
        let trace = log["trace.id"].as_str().expect("a trace of its own");
        let spans = collector.trace(Some(trace), &["POST /v1/screenshot", "queue", "attempt"]).await;
        let (request, attempt) = (named(&spans, "POST /v1/screenshot"), named(&spans, "attempt"));
        assert_eq!((status >= 500, request.has_failed), (true, true));
        assert_eq!((&*request.parent, &attempt.parent, attempt.has_failed), ("", &request.id, true));
        assert_eq!(attempt.attributes["error.code"], log["error.code"]);
    })
    .await;
}

#[tokio::test]
async fn a_trace_that_its_caller_does_not_record_is_not_exported() {
    with_service(async |service| {
        let collector = Collector::start().await;
        let env = [("OTEL_SERVICE_NAME", "shots"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")];
        let traced = Traced::start(service, &collector.url, &env).await;
        let page = json!({"html": "<p>"});
        let other = "0af7651916cd43dd8448eb211c80319c";

        traced.render(Some(&format!("00-{other}-{CALLER}-00")), &page).await;
        traced.render(Some(&format!("00-{TRACE}-{CALLER}-01")), &page).await;

        let spans = collector.trace(Some(TRACE), &ALL).await;
        assert!(spans.iter().all(|span| span.service == "shots"), "{spans:#?}");
        assert!(collector.all().iter().all(|span| span.trace == TRACE), "{:#?}", collector.all());
        let kept = service.scalar("select count(*) from job where traceparent like '00-0af7651916cd43dd%-00'").await;
        assert_eq!(kept, 1, "the job has its trace, and that it is not recorded");
        assert!(traced.worker.line(|line| line["trace.id"] == other).await["outcome"] == "completed");
    })
    .await;
}

#[tokio::test]
async fn a_job_without_a_trace_has_one_of_its_own_if_only_the_worker_exports() {
    with_service(async |service| {
        let collector = Collector::start().await;
        let key = service.account("ada", 5).await;
        let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "60000")];
        let mut worker = LoggedProcess::start(service, "tintype-worker", &env);
        let job = service.screenshot(&key, json!({"html": "<p>"})).await;
        assert_eq!(job["status"], "completed", "{job}");
        worker.line(|line| line["outcome"] == "completed").await;

        worker.stop().await;

        let spans = collector.all();
        let (queue, attempt) = (named(&spans, "queue"), named(&spans, "attempt"));
        assert_eq!((&*queue.parent, &attempt.parent), ("", &queue.id), "flushed at the end: {spans:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_collector_that_is_away_or_hangs_stops_neither_jobs_nor_the_shutdown() {
    with_service(async |service| {
        // Connections are accepted by the kernel, and nothing answers.
        let hanging = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let hangs = format!("http://{}", hanging.local_addr().expect("an address"));
        let mut traced = Traced::start(service, &hangs, &[("OTEL_BSP_MAX_QUEUE_SIZE", "4")]).await;
        let away = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        let refused = LoggedProcess::start(service, "tintype-api", &away);

        for _ in 0..3 {
            assert_eq!(traced.render(None, &json!({"html": "<p>"})).await.0, 200);
        }
        let ping = reqwest::Client::new().get(format!("{}/v1/ping", refused.url().await));
        assert_eq!(ping.header("X-API-Key", &traced.key).send().await.expect("a response").status().as_u16(), 200);
        let warning = refused.message("cannot export traces").await;
        let stopping = Instant::now();
        traced.api.stop().await;

        assert!(stopping.elapsed() < 3 * FLUSH_TIMEOUT, "{:?}", stopping.elapsed());
        assert_eq!(warning["level"], "warn");
        assert!(traced.api.message("spans were not exported").await["spans"].as_u64().is_some_and(|spans| spans >= 3));
        traced.worker.stop().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_started_for_traces_unless_an_endpoint_is_set() {
    with_service(async |service| {
        let thread_names = async |env: &[(&str, &str)]| {
            let api = LoggedProcess::start(service, "tintype-api", env);
            api.url().await;
            let tasks = std::fs::read_dir(format!("/proc/{}/task", api.id())).expect("a running process");
            let name = |task: std::io::Result<std::fs::DirEntry>| {
                std::fs::read_to_string(task.expect("a thread").path().join("comm")).unwrap_or_default()
            };
            tasks.map(name).collect::<String>()
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");

        assert!(thread_names(&[endpoint]).await.contains("OpenTelemetry"));
        for off in [&[][..], &[endpoint, ("OTEL_SDK_DISABLED", "true")], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]] {
            let names = thread_names(off).await;
            assert!(!names.contains("OpenTelemetry") && !names.contains("reqwest"), "{off:?}: {names}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_used_is_refused_at_the_start() {
    for program in ["tintype-api", "tintype-worker"] {
        for env in [
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318")][..],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        ] {
            let database = ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
            let output =
                run(&binary(program), &[], &[env, &[database, ("TINTYPE_LISTEN", "127.0.0.1:0")]].concat()).await;

            assert_eq!(output.code, Some(1), "{output:?}");
            assert!(output.stderr.contains("OTEL_EXPORTER_OTLP"), "{output:?}");
        }
    }
}
