//! What all turns share: sites, peers, and a running Tintype.

use std::path::{Path, PathBuf};

use super::kind::Kind;
use super::order::Target;
use super::pages::Corpus;
use super::peers::Peers;
use super::site::Sites;
use super::tintype::{Programs, Tintype};
use crate::server::Server;

/// What all turns share.
#[derive(Debug)]
pub(crate) struct World {
    /// Tintype, running from the first turn to the last.
    pub(crate) tintype: Tintype,
    /// Where peers are.
    pub(crate) peers: Peers,
    /// A folder that is gone with Postgres.
    pub(crate) folder: PathBuf,
    /// What shows that something renders.
    pub(crate) trial: Target,
    /// What is served.
    pub(crate) corpus: Corpus,
    /// How Tintype was built, for the reader.
    pub(crate) built: &'static str,
    sites: Sites,
    turns: usize,
}

impl World {
    /// Starts all of it.
    pub(crate) async fn start(server: &Server, built: Option<&Path>, slots: usize) -> anyhow::Result<Self> {
        let folder = server.folder().to_owned();
        let corpus = Corpus::make()?;
        let sites = Sites::serve(&corpus).await?;
        let trial = target(&corpus, &sites, Kind::Tiny, 0, false)?;
        let programs = Programs::prepare(built, &folder, server.url("tintype"), sites.port).await?;
        std::fs::copy(std::env::current_exe()?, folder.join("programs/bench"))?;
        let tintype = Tintype::start(server, programs, slots, &trial).await?;
        let peers = Peers::prepare(&folder).await?;
        let built = if built.is_some() { "Tintype as it was given" } else { "Tintype built for release" };
        Ok(Self { tintype, peers, folder, trial, corpus, built, sites, turns: 0 })
    }

    /// A page of a kind on the site of this number.
    pub(crate) fn target(&self, kind: Kind, site: usize, given: bool) -> anyhow::Result<Target> {
        target(&self.corpus, &self.sites, kind, site, given)
    }

    /// The program of the raw loops: this one.
    pub(crate) fn raw_program(&self) -> Vec<PathBuf> {
        vec![self.folder.join("programs/bench"), PathBuf::from("drive")]
    }

    /// Counts turns.
    pub(crate) fn next_turn(&mut self) -> usize {
        self.turns += 1;
        self.turns
    }
}

fn target(corpus: &Corpus, sites: &Sites, kind: Kind, site: usize, given: bool) -> anyhow::Result<Target> {
    let pages = kind.pages(site);
    let (origin, path) = (sites.origin(site), kind.path(pages));
    let html = if given { Some(corpus.page(&path, &origin)?) } else { None };
    Ok(Target { url: format!("{origin}{path}"), html, pages })
}
