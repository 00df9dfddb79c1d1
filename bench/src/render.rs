//! Rendering, side by side: raw Chromium, peers, and Tintype end to end.
//!
//! ```text
//! render ──► world    sites (site, pages), Tintype on a Postgres of its own (tintype), peers, installed (peers)
//!        ──► plan     sections, groups of cases, rounds
//!        ──► turn     one turn of one case: a driver (driver; raw, peers/*.mjs), browserless or tintype renders,
//!                     process sees what that costs
//!        ──► report   results/render.md and results/render.json
//! ```

mod browserless;
mod driver;
mod http;
mod kind;
mod order;
mod pages;
mod peers;
mod plan;
mod process;
mod raw;
mod report;
mod site;
mod tintype;
mod turn;
mod world;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::ensure;

use crate::server::Server;
use kind::Kind;
use peers::Peer;
use plan::{Case, Plan, Section, Who};
use report::{Gap, Results};
use world::World;

/// Everybody's name on the command line.
const NAMES: [&str; 8] =
    ["raw-fresh", "raw-reused", "raw-given", "tintype", "playwright", "puppeteer", "puppeteer-cluster", "browserless"];

/// What of rendering is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A smoke run: one turn of two seconds each. Its figures say little.
    #[arg(long)]
    quick: bool,
    /// Only these contenders.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these kinds of pages.
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Only these sections.
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// How many renders at once, which is how many slots Tintype has.
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// How many turns everybody has.
    #[arg(long)]
    rounds: Option<usize>,
    /// How long a turn lasts.
    #[arg(long)]
    seconds: Option<f64>,
    /// Where Tintype's programs are already built, instead of building them for release.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// Measures rendering.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    for name in &args.only {
        ensure!(NAMES.contains(&name.as_str()), "no contender is called {name}: there are {}", NAMES.join(", "));
    }
    let mut plan = Plan::new(args.quick, args.kinds, args.at_once);
    plan.rounds = args.rounds.unwrap_or(plan.rounds);
    plan.seconds = args.seconds.unwrap_or(plan.seconds);
    let sections = if args.section.is_empty() { Section::ALL.to_vec() } else { args.section };
    let mut results = Results::default();
    let missing = install(&args.only, &mut results).await;
    process::adopt_orphans()?;
    let server = Server::start()?;
    let mut world = World::start(&server, args.programs.as_deref(), plan.at_once).await?;
    let about = report::About::of(&server, &world, &plan).await?;
    let takes_part = |case: &Case| {
        let name = case.who.name();
        (args.only.is_empty() || args.only.iter().any(|only| only == name)) && !missing.contains(&name)
    };
    for section in sections {
        for group in plan.groups(section) {
            let group: Vec<Case> = group.into_iter().filter(takes_part).collect();
            measure(&mut world, &plan, &group, &mut results).await;
        }
    }
    report::write(&results, &about, begun.elapsed())
}

/// Runs the raw loop of an order: this program is its own driver.
pub(crate) async fn drive(order: &Path) -> anyhow::Result<()> {
    raw::serve(order).await
}

/// Installs who takes part, and answers who could not be.
async fn install(only: &[String], results: &mut Results) -> Vec<&'static str> {
    for (what, error) in peers::install_common().await {
        results.gap(what, &error);
    }
    let mut missing = Vec::new();
    for peer in Peer::ALL {
        if !only.is_empty() && !only.iter().any(|name| name == peer.name()) {
            continue;
        }
        if let Err(error) = peers::install(peer).await {
            results.gap(peer.name(), &error);
            missing.push(peer.name());
        }
    }
    missing
}

/// Lets all cases of a group take turns, forth and back: A B C, C B A.
async fn measure(world: &mut World, plan: &Plan, group: &[Case], results: &mut Results) {
    for round in 0..plan.rounds {
        let mut order = group.to_vec();
        if round % 2 == 1 {
            order.reverse();
        }
        for case in order {
            take(world, plan, case, results).await;
        }
    }
    for _more in 0..plan.again {
        for case in group.iter().copied() {
            if results.lacks(case, plan.rounds) {
                take(world, plan, case, results).await;
            }
        }
    }
}

async fn take(world: &mut World, plan: &Plan, case: Case, results: &mut Results) {
    if results.failed(case) {
        return;
    }
    match turn::take(world, case, plan.seconds).await {
        Ok(turn) => results.note(case, turn),
        Err(error) => {
            let what = format!("{}, {}, {} at once", plain(case.who), case.kind.name(), case.at_once);
            results.fail(case, Gap::of(&what, &error));
        }
    }
}

fn plain(who: Who) -> String {
    who.title().replace("**", "")
}
