//! The `doctor` command: tests which protections against hostile pages are in force here.
//!
//! It starts a browser as a worker does, inspects its processes from outside, and renders a
//! page that tries to reach listeners on this machine: the one that is allowed must be
//! reached, the others must not.

mod finding;
mod probes;
mod processes;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::egress::Policy;
use domain::id::JobId;
use domain::options::{Area, Backdrop, ImageFormat, Options, Output, Readiness, Screenshot, Viewport, WaitFor};
use domain::secret::Secrets;
use tokio::time::timeout;

use crate::browser::{Browser, Launcher, Network, Purpose, Sandbox, StartError};
use crate::config::Config;
use crate::render::{PageSource, Request, render};
use finding::{Finding, Status};
use probes::{Counts, Probes};

/// How long the test page may take.
const PAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Why the doctor fails.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// No browser could be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The test could not be carried out. Retry.
    #[error("cannot examine the browser: {0}")]
    Inconclusive(String),
    /// Standard output cannot be written. Correct that.
    #[error("cannot print the report: {0}")]
    Print(io::Error),
    /// Some protections are not in force. Each was printed.
    #[error("{0} of the protections are not in force")]
    Unprotected(usize),
}

/// Tests the protections on this machine and prints a line for each.
pub async fn doctor(config: Config) -> Result<(), DoctorError> {
    let probes = Probes::start().await.map_err(|error| DoctorError::Inconclusive(error.to_string()))?;
    let policy: Policy = probes
        .exception()
        .parse()
        .map_err(|error: domain::egress::InvalidException| DoctorError::Inconclusive(error.to_string()))?;
    let config = Config { egress_allow: policy.clone(), ..config };
    let (launcher, mut browser) = Launcher::detect(&config).await?;
    let mut findings = vec![Finding::new("browser", true, format!("{}, {}", browser.product(), launcher.binary()))];
    findings.push(network(&launcher));
    findings.push(sandbox(&launcher));
    findings.extend(render_test_page(&mut browser, &policy, &probes).await?);
    browser.kill().await;
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    service::print::line(&lines.join("\n")).map_err(DoctorError::Print)?;
    match findings.iter().filter(|finding| finding.status == Status::Fail).count() {
        0 => Ok(()),
        failed => Err(DoctorError::Unprotected(failed)),
    }
}

fn network(launcher: &Launcher) -> Finding {
    match launcher.network() {
        Network::Isolated => {
            Finding::new("network", true, "each browser has its own network namespace, whose only exit is its proxy")
        }
        Network::Shared => Finding {
            subject: "network",
            status: Status::Weak,
            detail: "browsers share the machine's network; only flags confine them to the proxy".to_owned(),
        },
    }
}

fn sandbox(launcher: &Launcher) -> Finding {
    match launcher.sandbox() {
        Sandbox::On => Finding::new("sandbox flag", true, "on"),
        Sandbox::UnsafelyOff => Finding::new("sandbox flag", false, "turned off by TINTYPE_UNSAFE_NO_SANDBOX"),
    }
}

/// Renders the page that tries to reach the probes, and inspects the browser's processes while
/// it does.
async fn render_test_page(
    browser: &mut Browser,
    policy: &Policy,
    probes: &Probes,
) -> Result<Vec<Finding>, DoctorError> {
    let options = options();
    let context = browser.take_context(Purpose::OwnPage).await;
    let mut context = context.map_err(|error| DoctorError::Inconclusive(error.to_string()))?;
    let session = browser.proxy().open_session();
    let source = PageSource::Html(probes.page().into_bytes());
    let secrets = Secrets::default();
    let blocklist = Arc::default();
    let request = Request { job: JobId::new(), browser: "", source, options: &options, secrets, policy, blocklist };
    let inspect = async {
        probes.until_reached().await;
        processes::inspect(browser.process_group())
    };
    let (rendered, inspected) = tokio::join!(render(&mut context, &session, request), timeout(PAGE_TIMEOUT, inspect));
    let blocked = session.report().blocked;
    context.dispose().await;
    rendered.map_err(|error| DoctorError::Inconclusive(format!("{error:?}")))?;
    let no_request = |_| DoctorError::Inconclusive("the test page sent no request".to_owned());
    let mut findings = inspected.map_err(no_request)?;
    let Counts { allowed, denied } = probes.counts();
    let blocked: Vec<String> = blocked.iter().map(|(class, count)| format!("{} ×{count}", class.name())).collect();
    let detail = format!("{denied} connections and packets arrived; the proxy denied {}", blocked.join(", "));
    findings.extend([
        Finding::new("allowed addresses", allowed > 0, format!("{allowed} connection(s) arrived")),
        Finding::new("denied addresses", denied == 0, detail),
    ]);
    Ok(findings)
}

fn options() -> Options {
    let output =
        Output::Screenshot(Screenshot { format: ImageFormat::Png, area: Area::Viewport, backdrop: Backdrop::White });
    let readiness = Readiness {
        wait_for: WaitFor::Selector("#done".to_owned()),
        timeout_ms: PAGE_TIMEOUT.as_millis().try_into().unwrap_or(u32::MAX),
        ..Readiness::default()
    };
    let viewport = Viewport { width: 320, height: 200, device_scale_factor: 1.0 };
    Options { readiness, viewport, ..Options::new(output) }
}
