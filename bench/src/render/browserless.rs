//! browserless: a server over HTTP, a browser for each request.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::driver::{Driver, own_folder, unprivileged};
use super::http::Http;
use super::kind::{Output, VIEWPORT};
use super::order::{Order, Outcome, Target};
use super::process::{Moment, Roots};

/// Its running server.
#[derive(Debug)]
pub(crate) struct Browserless {
    driver: Driver,
    host: String,
}

impl Browserless {
    /// Starts it, and warms it up.
    pub(crate) async fn ready(program: &[PathBuf], order: &Arc<Order>) -> anyhow::Result<Self> {
        own_folder(&order.folder)?;
        let port = free_port()?;
        let (node, arguments) = program.split_first().context("no program")?;
        let mut command = unprivileged(node)?;
        let main = arguments.first().and_then(|main| main.parent()).context("no program")?;
        // It looks for parts of itself where it is started.
        command.args(arguments).current_dir(main).env("HOST", "127.0.0.1").env("PORT", port.to_string());
        command.env("BENCH_CHROMIUM", &order.chromium).env("DEBUG", "-all").env("TIMEOUT", "60000");
        command.env("CONCURRENT", order.at_once.to_string()).env("QUEUED", "100");
        let driver = Driver::start(command, &order.folder).await?;
        let server = Self { driver, host: format!("127.0.0.1:{port}") };
        let warmed = server.run(order, order.first, Duration::from_millis(500)).await?;
        if warmed.millis.is_empty() {
            let why = warmed.faults.first().cloned().unwrap_or_default();
            server.end().await;
            anyhow::bail!("nothing renders: {why}");
        }
        server.until_closed(&order.chromium).await?;
        Ok(server)
    }

    /// The process to look at, and all below it.
    pub(crate) fn pid(&self) -> u32 {
        self.driver.pid()
    }

    /// Renders for so long.
    pub(crate) async fn go(&self, order: &Arc<Order>, seconds: f64) -> anyhow::Result<Outcome> {
        let outcome = self.run(order, order.first + order.warm, Duration::from_secs_f64(seconds)).await?;
        self.until_closed(&order.chromium).await?;
        Ok(outcome)
    }

    /// Ends it.
    pub(crate) async fn end(self) {
        self.driver.end().await;
    }

    /// Waits until the browsers are gone that it closes after its last answers: they belong to what is measured.
    async fn until_closed(&self, chromium: &Path) -> anyhow::Result<()> {
        let roots = Roots::new(vec![self.pid()], chromium);
        let closed = async {
            while Moment::now()?.has_browsers(&roots) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_secs(10), closed).await.context("its browsers do not close")?
    }

    async fn run(&self, order: &Arc<Order>, first: usize, time: Duration) -> anyhow::Result<Outcome> {
        let next = Arc::new(AtomicUsize::new(first));
        let begun = Instant::now();
        let mut slots = JoinSet::new();
        for _slot in 0..order.at_once {
            slots.spawn(turns(Arc::clone(order), Http::new(&self.host), Arc::clone(&next), begun + time));
        }
        let mut outcome = Outcome::default();
        while let Some(part) = slots.join_next().await {
            outcome.add(part?);
        }
        outcome.seconds = begun.elapsed().as_secs_f64();
        Ok(outcome)
    }
}

async fn turns(order: Arc<Order>, mut http: Http, next: Arc<AtomicUsize>, end: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    while Instant::now() < end && outcome.faults.len() < 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(target) = order.targets.get(number % order.targets.len()) else { break };
        let started = Instant::now();
        let file = render(&mut http, &order, target).await;
        outcome.note(&order, target, started.elapsed().as_secs_f64() * 1000.0, file);
    }
    outcome
}

async fn render(http: &mut Http, order: &Order, target: &Target) -> anyhow::Result<Vec<u8>> {
    let (path, body) = wanted(order.output, target);
    let line = format!("POST /chromium/{path}");
    http.ask(&line, "Content-Type: application/json\r\n", body.to_string().as_bytes()).await?.expect(200)
}

fn wanted(output: Output, target: &Target) -> (&'static str, Value) {
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

/// A port that nobody listens on.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
