//! The doctor: finds out what protects this machine from pages, by trying it.
//!
//! It starts a browser as a worker would, looks at its processes from outside, and has it
//! render a page that reaches for what it should not: an ear on this machine must hear
//! nothing, and another, which is allowed, must hear it.

mod ears;
mod look;

use std::time::Duration;

use domain::egress::Policy;
use domain::id::JobId;
use domain::render::{Area, ImageFormat, Options, Output, Page, Screenshot, Viewport, WaitFor};
use tokio::time::timeout;

use crate::browser::{Browser, Launcher, Net, Purpose, Sandbox, StartError};
use crate::config::Config;
use crate::render::{Request, render};
use ears::{Ears, Heard};

/// How long the page may reach for things.
const TRIAL: Duration = Duration::from_secs(20);

/// What is wrong with this machine.
#[derive(Debug, thiserror::Error)]
pub enum Ailing {
    /// There is no browser to examine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing could be found out. Try again.
    #[error("the browser could not be examined: {0}")]
    Unknown(String),
    /// Each was said. Mend it.
    #[error("{0} of the protections are not in force")]
    Unprotected(usize),
}

/// What was found of one protection.
#[derive(Debug)]
struct Finding {
    what: &'static str,
    health: Health,
    found: String,
}

/// Whether a protection is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Fine,
    /// It is not, and others stand in for it.
    Weak,
    Ill,
}

impl Finding {
    fn new(what: &'static str, fine: bool, found: impl Into<String>) -> Self {
        Self { what, health: if fine { Health::Fine } else { Health::Ill }, found: found.into() }
    }
}

/// Examines this machine, and says what it finds.
pub async fn doctor(config: Config) -> Result<(), Ailing> {
    let unknown = |error: std::io::Error| Ailing::Unknown(error.to_string());
    let ears = Ears::open().await.map_err(unknown)?;
    let policy: Policy =
        ears.allowed().parse().map_err(|bad: domain::egress::BadAllowed| Ailing::Unknown(bad.to_string()))?;
    let config = Config { egress_allow: policy.clone(), ..config };
    let (launcher, mut browser) = Launcher::try_out(&config).await?;
    let mut findings = vec![Finding::new("browser", true, format!("{}, {}", browser.product(), launcher.binary()))];
    findings.push(network(&launcher));
    findings.push(sandbox(&launcher));
    findings.extend(trial(&mut browser, &policy, &ears).await?);
    browser.kill().await;
    for Finding { what, health, found } in &findings {
        let mark = match health {
            Health::Fine => "ok  ",
            Health::Weak => "weak",
            Health::Ill => "BAD ",
        };
        println!("{mark}  {what}: {found}");
    }
    match findings.iter().filter(|finding| finding.health == Health::Ill).count() {
        0 => Ok(()),
        ill => Err(Ailing::Unprotected(ill)),
    }
}

fn network(launcher: &Launcher) -> Finding {
    match launcher.net() {
        Net::Own => {
            Finding::new("network", true, "each browser has a namespace of its own; its proxy is the only exit")
        }
        Net::Shared => Finding {
            what: "network",
            health: Health::Weak,
            found: "browsers share the machine's, and only their flags keep them to the proxy".to_owned(),
        },
    }
}

fn sandbox(launcher: &Launcher) -> Finding {
    match launcher.sandbox() {
        Sandbox::On => Finding::new("sandbox flag", true, "on"),
        Sandbox::UnsafelyOff => Finding::new("sandbox flag", false, "TINTYPE_UNSAFE_NO_SANDBOX turns it off"),
    }
}

/// Has a page reach for what it may, and for what it may not, and looks at the browser's
/// processes meanwhile.
async fn trial(browser: &mut Browser, policy: &Policy, ears: &Ears) -> Result<Vec<Finding>, Ailing> {
    let viewport = Viewport { width: 320, height: 200, device_scale_factor: 1.0 };
    let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
    let options = Options {
        wait_for: WaitFor::Selector("#done".to_owned()),
        timeout_ms: TRIAL.as_millis().try_into().unwrap_or(u32::MAX),
        ..Options::new(Page::Html, output)
    };
    let mut context = browser.context(Purpose::Web).await.map_err(|error| Ailing::Unknown(error.to_string()))?;
    let gate = browser.proxy().open();
    let request = Request { job: JobId::new(), options: &options, html: Some(ears.page().into_bytes()), policy };
    let look = async {
        ears.hear().await;
        look::at(browser.group())
    };
    let (rendered, looked) = tokio::join!(render(&mut context, &gate, request), timeout(TRIAL, look));
    let blocked = gate.report().blocked;
    context.dispose().await;
    rendered.map_err(|why| Ailing::Unknown(format!("{why:?}")))?;
    let mut findings = looked.map_err(|_| Ailing::Unknown("its page asked for nothing".to_owned()))?;
    let Heard { allowed, forbidden } = ears.heard();
    let blocked: Vec<String> = blocked.iter().map(|(class, count)| format!("{} ×{count}", class.name())).collect();
    findings.extend([
        Finding::new("an address that is allowed", allowed > 0, format!("reached {allowed} times")),
        Finding::new(
            "addresses that are not",
            forbidden == 0,
            format!("{forbidden} connections and packets arrived; the proxy refused {}", blocked.join(", ")),
        ),
    ]);
    Ok(findings)
}
