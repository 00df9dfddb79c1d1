//! Compares rendering with raw Chromium, with peers, and with Tintype end to end.
//!
//! ```text
//! render ──► environment  sites (site, pages), Tintype with its own Postgres (tintype), installed peers (peers)
//!        ──► plan         sections, groups of cases, rounds
//!        ──► round        one round of one case: a driver (driver; raw, peers/*.mjs), browserless or tintype renders,
//!                         process measures the cost
//!        ──► report       results/render.md and results/render.json
//! ```

mod browserless;
mod config;
mod driver;
mod environment;
mod groups;
mod http;
mod kind;
mod pages;
mod peers;
mod plan;
mod process;
mod raw;
mod report;
mod round;
mod site;
mod tintype;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;

use crate::server::Server;
use environment::Environment;
use groups::Groups;
use kind::Kind;
use plan::{Case, Plan, Renderer, Section};
use report::{Gap, Results};
use tintype::{Call, Input, TintypeCase};

pub(crate) use browserless::free_port;
pub(crate) use config::Target;
pub(crate) use driver::{Driver, create_owned_dir, unprivileged};
pub(crate) use http::Http;
pub(crate) use peers::{Peer, Peers, install, install_node};
pub(crate) use tintype::{Programs, Tintype};

/// The names of the contenders on the command line.
const CONTENDER_NAMES: [&str; 10] = [
    "raw-fresh",
    "raw-reused",
    "raw-given",
    "tintype",
    "playwright",
    "puppeteer",
    "puppeteer-cluster",
    "browserless",
    "satori",
    "takumi",
];

/// The arguments of `render`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A smoke test: one round of two seconds each, and fewer kinds and accounts. Do not quote its figures
    #[arg(long)]
    quick: bool,
    /// Only these contenders
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these kinds of pages
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Only these sections
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// Concurrent renders, and the slots of Tintype
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// The number of rounds
    #[arg(long)]
    rounds: Option<usize>,
    /// The duration of a round, in seconds
    #[arg(long)]
    seconds: Option<f64>,
    /// The directory of existing Tintype binaries; without it, they are built in release mode
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// Measures rendering.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let start = Instant::now();
    for name in &args.only {
        ensure!(
            CONTENDER_NAMES.contains(&name.as_str()),
            "unknown contender {name}; expected one of: {}",
            CONTENDER_NAMES.join(", ")
        );
    }
    let mut plan = Plan::new(args.quick, args.kinds, args.at_once);
    plan.rounds = args.rounds.unwrap_or(plan.rounds);
    plan.seconds = args.seconds.unwrap_or(plan.seconds);
    let sections = if args.section.is_empty() { Section::ALL.to_vec() } else { args.section };
    let mut results = Results::default();
    let missing = install_peers(&args.only, &mut results).await;
    process::adopt_orphans()?;
    // Removed last: Postgres is in it, too.
    let groups = Groups::enter().map(Arc::new);
    let server = Server::start()?;
    let mut environment = Environment::start(&server, args.programs.as_deref(), plan.at_once, groups.clone()).await?;
    let run_info = report::RunInfo::of(&server, &environment, &plan).await?;
    let takes_part = |case: &Case| {
        let name = case.renderer.name();
        (args.only.is_empty() || args.only.iter().any(|only| only == name)) && !missing.contains(&name)
    };
    for section in sections {
        // Browsers of many accounts would take memory and time from the contenders of the next section.
        let one_account = TintypeCase::new(Call::Synchronous, Input::Url);
        environment.tintype.prepare(one_account, plan.at_once, &environment.probe).await?;
        for group in plan.groups(section) {
            let group: Vec<Case> = group.into_iter().filter(takes_part).collect();
            measure(&mut environment, &plan, &group, &mut results).await;
        }
        results.add_audit(section, environment.tintype.audit().await?);
    }
    report::write(&results, &run_info, start.elapsed())?;
    let problems = results.problems();
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Runs a raw loop with the configuration in a file: this program is its own driver.
pub(crate) async fn drive(config: &Path) -> anyhow::Result<()> {
    raw::serve(config).await
}

/// Installs the peers, and returns those that could not be installed.
async fn install_peers(only: &[String], results: &mut Results) -> Vec<&'static str> {
    for (what, error) in peers::install_common().await {
        results.add_gap(what, &error);
    }
    let mut missing = Vec::new();
    for peer in Peer::ALL {
        if !only.is_empty() && !only.iter().any(|name| name == peer.name()) {
            continue;
        }
        if let Err(error) = peers::install(peer).await {
            results.add_gap(peer.name(), &error);
            missing.push(peer.name());
        }
    }
    missing
}

/// Measures the cases of a group in alternating order: A B C, C B A.
async fn measure(environment: &mut Environment, plan: &Plan, group: &[Case], results: &mut Results) {
    for round in 0..plan.rounds {
        let mut cases = group.to_vec();
        if round % 2 == 1 {
            cases.reverse();
        }
        for case in cases {
            run_case(environment, plan, case, results).await;
        }
    }
    for _retry in 0..plan.again {
        for case in group.iter().copied() {
            if results.needs_rounds(case, plan.rounds) {
                run_case(environment, plan, case, results).await;
            }
        }
    }
}

async fn run_case(environment: &mut Environment, plan: &Plan, case: Case, results: &mut Results) {
    if results.failed(case) {
        return;
    }
    match round::run(environment, case, plan.seconds).await {
        Ok(round) => results.add(case, round),
        Err(error) => {
            let what = format!("{}, {}, {} at once", plain(case.renderer), case.kind.name(), case.at_once);
            results.mark_failed(case, Gap::of(&what, &error));
        }
    }
}

fn plain(renderer: Renderer) -> String {
    renderer.title().replace("**", "")
}
