//! Compares whether pages come out right: the cases of `tests/visual`, with Tintype and with peers.
//!
//! ```text
//! fidelity ──► contender  Tintype with its own Postgres, or a peer's script (peer)
//!          ──► cases      the pages, their site, and what a right render of each looks like
//!          ──► report     results/fidelity.md and results/fidelity.json
//! ```

mod contender;
mod peer;
mod report;

use std::path::PathBuf;

use anyhow::ensure;
use cases::{Case, Collection, Site, judge, load};

use crate::render::{Peer, Peers, Programs, Target, Tintype, install, install_node};
use crate::server::Server;
use contender::Contender;
use peer::Script;
use report::{Results, RunInfo};

/// The peers, with their defaults.
const PEERS: [Peer; 2] = [Peer::Playwright, Peer::Puppeteer];

/// The arguments of `fidelity`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these contenders: tintype, playwright, puppeteer
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these cases, by their ids
    #[arg(long, value_delimiter = ',')]
    cases: Vec<String>,
    /// The directory of existing Tintype binaries; without it, they are built in release mode
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// Renders all cases with all contenders, one after the other.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    for name in &args.only {
        let known = ["tintype", "playwright", "puppeteer"];
        ensure!(known.contains(&name.as_str()), "unknown contender {name}; expected one of: {}", known.join(", "));
    }
    let takes_part = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let cases = choose(&args.cases)?;
    let (site, server, mut results) = (Site::open().await?, Server::start()?, Results::default());
    let programs =
        Programs::prepare(args.programs.as_deref(), server.dir(), server.url("tintype"), site.port()).await?;
    let probe = Target { url: format!("{}/p/packed.html", site.url()), html: None, pages: 1 };
    // Also where only peers are compared: it knows which Chromium all of them use.
    let tintype = Tintype::start(&server, programs, 1, &probe).await?;
    let chromium = tintype.chromium.clone();
    let run_info = RunInfo::of(&server, &chromium).await?;
    if takes_part("tintype") {
        render_all(&Contender::Tintype(&tintype), "this build", &site, &cases, &mut results).await;
    }
    if let Err(error) = install_node().await {
        results.add_gap("the peers' Node", &error);
    }
    for peer in PEERS.into_iter().filter(|peer| takes_part(peer.name())) {
        if let Err(error) = install(peer).await {
            results.add_gap(peer.name(), &error);
            continue;
        }
        let peers = Peers::prepare(server.dir()).await?;
        let version = peers.version(peer);
        let script = Script::new(peers, peer, server.dir(), &chromium)?;
        render_all(&Contender::Peer(&script), &version, &site, &cases, &mut results).await;
    }
    report::write(&results, &run_info)
}

fn choose(ids: &[String]) -> anyhow::Result<Vec<Case>> {
    let mut cases = load(Collection::Shared)?;
    cases.extend(load(Collection::Own)?);
    for id in ids {
        ensure!(cases.iter().any(|case| case.id == *id), "unknown case {id}");
    }
    cases.retain(|case| ids.is_empty() || ids.contains(&case.id));
    Ok(cases)
}

/// Only Tintype renders the cases about errors of our API.
async fn render_all(contender: &Contender<'_>, version: &str, site: &Site, cases: &[Case], results: &mut Results) {
    let name = contender.name();
    results.add_contender(name, version);
    for case in cases {
        if case.contract && !contender.is_tintype() {
            continue;
        }
        let verdict = async {
            let body = case.request(&site.url())?;
            let downloads = site.downloads();
            let mut rendered = contender.render(case.kind, &body).await?;
            rendered.requests = site.downloads() - downloads;
            judge(case, &rendered).await
        };
        match verdict.await {
            Ok(verdict) => results.add(name, case, verdict),
            Err(error) => results.add_gap(&format!("{name}, {}", case.id), &error),
        }
    }
}
