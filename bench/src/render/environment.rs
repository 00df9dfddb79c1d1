//! What all rounds share: sites, peers, and a running Tintype.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Target;
use super::groups::Groups;
use super::kind::Kind;
use super::pages::Corpus;
use super::peers::Peers;
use super::site::Sites;
use super::tintype::{Programs, Tintype};
use crate::server::Server;

/// What all rounds share.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Tintype, running from the first round to the last.
    pub(crate) tintype: Tintype,
    /// The installed peers.
    pub(crate) peers: Peers,
    /// A directory that is removed with Postgres.
    pub(crate) dir: PathBuf,
    /// The page for checking that something renders.
    pub(crate) probe: Target,
    /// The files that the sites serve.
    pub(crate) corpus: Corpus,
    /// How Tintype was built, for the report.
    pub(crate) built: &'static str,
    /// The control groups, if the system allows them.
    pub(crate) groups: Option<Arc<Groups>>,
    sites: Sites,
    rounds: usize,
}

impl Environment {
    /// Starts all of it.
    pub(crate) async fn start(
        server: &Server,
        built: Option<&Path>,
        slots: usize,
        groups: Option<Arc<Groups>>,
    ) -> anyhow::Result<Self> {
        let dir = server.dir().to_owned();
        let corpus = Corpus::generate()?;
        let sites = Sites::serve(&corpus).await?;
        let probe = target(&corpus, &sites, Kind::Tiny, 0, false)?;
        let programs = Programs::prepare(built, &dir, server.url("tintype"), sites.port).await?;
        let programs = programs.in_groups(groups.clone());
        std::fs::copy(std::env::current_exe()?, dir.join("programs/bench"))?;
        let tintype = Tintype::start(server, programs, slots, &probe).await?;
        let peers = Peers::prepare(&dir).await?;
        let built = if built.is_some() { "existing Tintype binaries" } else { "Tintype built in release mode" };
        Ok(Self { tintype, peers, dir, probe, corpus, built, groups, sites, rounds: 0 })
    }

    /// Returns a page of a kind on the site with this number.
    pub(crate) fn target(&self, kind: Kind, site: usize, html: bool) -> anyhow::Result<Target> {
        target(&self.corpus, &self.sites, kind, site, html)
    }

    /// Returns the program of the raw loops: this one.
    pub(crate) fn raw_program(&self) -> Vec<PathBuf> {
        vec![self.dir.join("programs/bench"), PathBuf::from("drive")]
    }

    /// Counts rounds.
    pub(crate) fn next_round(&mut self) -> usize {
        self.rounds += 1;
        self.rounds
    }
}

fn target(corpus: &Corpus, sites: &Sites, kind: Kind, site: usize, html: bool) -> anyhow::Result<Target> {
    let pages = kind.pages(site);
    let (origin, path) = (sites.origin(site), kind.path(pages));
    let html = match (html, kind.is_self_contained()) {
        (false, _) => None,
        (true, true) => Some(corpus.numbered_page(&path, site)?),
        (true, false) => Some(corpus.page(&path, &origin)?),
    };
    Ok(Target { url: format!("{origin}{path}"), html, pages })
}
