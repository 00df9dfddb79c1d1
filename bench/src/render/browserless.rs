//! browserless: an HTTP server that starts a browser for each request.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::config::{DriverConfig, Outcome, Target};
use super::driver::{Driver, create_owned_dir, unprivileged};
use super::groups::{Groups, Member};
use super::http::Http;
use super::kind::{Output, VIEWPORT};
use super::process::{ProcessSnapshot, Roots};

/// Its running server.
#[derive(Debug)]
pub(crate) struct Browserless {
    driver: Driver,
    host: String,
}

impl Browserless {
    /// Starts it and warms it up.
    pub(crate) async fn ready(
        program: &[PathBuf],
        config: &Arc<DriverConfig>,
        groups: Option<&Groups>,
    ) -> anyhow::Result<Self> {
        create_owned_dir(&config.dir)?;
        let port = free_port()?;
        let (node, arguments) = program.split_first().context("no program given")?;
        let mut command = unprivileged(node)?;
        let main = arguments.first().and_then(|main| main.parent()).context("no program given")?;
        // It expects its own files in the working directory.
        command.args(arguments).current_dir(main).env("HOST", "127.0.0.1").env("PORT", port.to_string());
        command.env("BENCH_CHROMIUM", &config.chromium).env("DEBUG", "-all").env("TIMEOUT", "60000");
        command.env("CONCURRENT", config.at_once.to_string()).env("QUEUED", "100");
        let driver = Driver::start(command, &config.dir, groups).await?;
        let server = Self { driver, host: format!("127.0.0.1:{port}") };
        let warmed = server.run(config, config.first, Duration::from_millis(500)).await?;
        if warmed.millis.is_empty() {
            let why = warmed.faults.first().cloned().unwrap_or_default();
            server.stop().await;
            anyhow::bail!("no page renders: {why}");
        }
        server.wait_until_closed(&config.chromium).await?;
        Ok(server)
    }

    /// The root of its processes.
    pub(crate) fn pid(&self) -> u32 {
        self.driver.pid()
    }

    /// Renders for the given time.
    pub(crate) async fn go(&self, config: &Arc<DriverConfig>, seconds: f64) -> anyhow::Result<Outcome> {
        let outcome = self.run(config, config.first + config.warm, Duration::from_secs_f64(seconds)).await?;
        self.wait_until_closed(&config.chromium).await?;
        Ok(outcome)
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        self.driver.stop().await;
    }

    /// Waits until the browsers have ended that it closes after its last responses: they are part of the cost.
    async fn wait_until_closed(&self, chromium: &Path) -> anyhow::Result<()> {
        let roots = Roots::new(vec![self.pid()], chromium, Member::Peer);
        let closed = async {
            while ProcessSnapshot::now()?.has_browsers(&roots) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_secs(10), closed).await.context("its browsers did not close in time")?
    }

    async fn run(&self, config: &Arc<DriverConfig>, first: usize, time: Duration) -> anyhow::Result<Outcome> {
        let next = Arc::new(AtomicUsize::new(first));
        let start = Instant::now();
        let mut slots = JoinSet::new();
        for _slot in 0..config.at_once {
            slots.spawn(run_slot(Arc::clone(config), Http::new(&self.host), Arc::clone(&next), start + time));
        }
        let mut outcome = Outcome::default();
        while let Some(part) = slots.join_next().await {
            outcome.merge(part?);
        }
        outcome.seconds = start.elapsed().as_secs_f64();
        Ok(outcome)
    }
}

async fn run_slot(config: Arc<DriverConfig>, mut http: Http, next: Arc<AtomicUsize>, end: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    while Instant::now() < end && outcome.faults.len() < 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(target) = config.targets.get(number % config.targets.len()) else { break };
        let started = Instant::now();
        let file = render(&mut http, &config, target).await;
        outcome.add(&config, target, started.elapsed().as_secs_f64() * 1000.0, file);
    }
    outcome
}

async fn render(http: &mut Http, config: &DriverConfig, target: &Target) -> anyhow::Result<Vec<u8>> {
    let (path, body) = request(config.output, target);
    let line = format!("POST /chromium/{path}");
    http.request(&line, "Content-Type: application/json\r\n", body.to_string().as_bytes()).await?.expect(200)
}

fn request(output: Output, target: &Target) -> (&'static str, Value) {
    let (width, height) = VIEWPORT;
    let viewport = json!({ "width": width, "height": height });
    let (path, options) = match output {
        Output::Png { full, .. } => ("screenshot", json!({ "type": "png", "fullPage": full })),
        Output::Pdf => {
            let margin = json!({ "top": "1cm", "right": "1cm", "bottom": "1cm", "left": "1cm" });
            ("pdf", json!({ "format": "A4", "printBackground": true, "tagged": true, "margin": margin }))
        }
    };
    let load = json!({ "waitUntil": "load" });
    let body = match output {
        Output::Png { .. } => {
            json!({ "url": target.url, "gotoOptions": load, "viewport": viewport, "options": options })
        }
        Output::Pdf => json!({ "url": target.url, "gotoOptions": load, "options": options }),
    };
    (path, body)
}

/// Returns a free port.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
