//! The plan: sections, and the cases in each.

use clap::ValueEnum;
use serde::Serialize;

use super::config::{Browsers, Flags, Page, RawOptions, Speed};
use super::kind::{Kind, Output};
use super::peers::Peer;
use super::tintype::{ACCOUNTS, Call};

/// The sections, in the order in which they are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Section {
    /// Pages that are navigated to, of each kind.
    Url,
    /// Documents that are sent with the job, of each kind that needs no other files.
    Html,
    /// Tintype with one, few and many accounts.
    Accounts,
    /// One and four renders at once.
    AtOnce,
}

impl Section {
    /// All sections.
    pub(crate) const ALL: [Self; 4] = [Self::Url, Self::Html, Self::Accounts, Self::AtOnce];
}

/// How much is measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    /// The number of rounds.
    pub(crate) rounds: usize,
    /// The duration of a round.
    pub(crate) seconds: f64,
    /// How often a void round is repeated.
    pub(crate) again: usize,
    /// Concurrent renders, unless a case says otherwise.
    pub(crate) at_once: usize,
    /// The kinds of pages.
    pub(crate) kinds: Vec<Kind>,
}

/// The contender of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renderer {
    /// A raw loop.
    Raw(RawOptions),
    /// A peer.
    Peer(Peer),
    /// Tintype.
    Tintype {
        /// How it is called.
        call: Call,
        /// The number of accounts, used in turn.
        accounts: usize,
        /// Whether documents are sent with the job.
        html: bool,
    },
}

/// One row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    /// Its section.
    pub(crate) section: Section,
    /// Its kind of page.
    pub(crate) kind: Kind,
    /// Its contender.
    pub(crate) renderer: Renderer,
    /// Concurrent renders.
    pub(crate) at_once: usize,
}

/// The limit for `url` jobs.
pub(crate) const URL_LIMIT: Renderer = raw(Page::Reused, Browsers::One, Speed::Default);

/// The limit for `html` jobs.
pub(crate) const HTML_LIMIT: Renderer = raw(Page::Supplied, Browsers::One, Speed::Default);

const fn raw(page: Page, browsers: Browsers, speed: Speed) -> Renderer {
    Renderer::Raw(RawOptions { page, browsers, speed, flags: Flags::Safe })
}

/// Everything that makes Tintype faster than the limit: its flags, a browser per slot, and PNGs compressed for speed.
const fn tuned(page: Page) -> Renderer {
    Renderer::Raw(RawOptions { page, browsers: Browsers::PerSlot, speed: Speed::Optimized, flags: Flags::Fast })
}

/// The cost of a render with everything that speeds Tintype up, and without its isolation.
pub(crate) const URL_TUNED: Renderer = tuned(Page::Reused);

/// The same for documents that are sent with the job.
pub(crate) const HTML_TUNED: Renderer = tuned(Page::Supplied);

impl Renderer {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw(options) => match options.page {
                Page::Fresh => "raw-fresh",
                Page::Reused => "raw-reused",
                Page::Supplied => "raw-given",
            },
            Self::Peer(peer) => peer.name(),
            Self::Tintype { .. } => "tintype",
        }
    }

    /// Whether documents are sent to it.
    pub(crate) fn is_html(self) -> bool {
        match self {
            Self::Raw(options) => options.page == Page::Supplied,
            Self::Peer(_) => false,
            Self::Tintype { html, .. } => html,
        }
    }

    /// Its name in the table.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Raw(options) => title_of(options),
            Self::Peer(Peer::Playwright) => "Playwright".to_owned(),
            Self::Peer(Peer::Puppeteer) => "Puppeteer".to_owned(),
            Self::Peer(peer @ (Peer::Cluster | Peer::Browserless)) => peer.name().to_owned(),
            Self::Tintype { call, accounts, html } => {
                let what = if html { "`html`" } else { "`url`" };
                let call = match call {
                    Call::Synchronous => "synchronous",
                    Call::Queued => "synchronous, as many waiting",
                    Call::Bulk => "bulk",
                };
                let plural = if accounts == 1 { "" } else { "s" };
                format!("**Tintype**, {what}, {call}, {accounts} account{plural}")
            }
        }
    }
}

fn title_of(options: RawOptions) -> String {
    let page = match options.page {
        Page::Fresh => "raw, fresh context",
        Page::Reused => "raw, reused page",
        Page::Supplied => "raw, documents given on one site",
    };
    let browsers = match options.browsers {
        Browsers::One => "",
        Browsers::PerSlot => ", a browser per slot",
    };
    let speed = match options.speed {
        Speed::Default => "",
        Speed::Optimized => ", `optimizeForSpeed`",
    };
    let flags = match options.flags {
        Flags::Safe => "",
        Flags::Fast => ", with Tintype's flags for speed",
    };
    let limit = if Renderer::Raw(options) == URL_LIMIT {
        " (the honest limit)"
    } else if Renderer::Raw(options) == HTML_LIMIT {
        " (the limit for `html`)"
    } else {
        ""
    };
    format!("{page}{browsers}{speed}{flags}{limit}")
}

impl Plan {
    /// Returns the plan of the full table, or of a smoke test.
    pub(crate) fn new(quick: bool, kinds: Vec<Kind>, at_once: usize) -> Self {
        let kinds = if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds };
        let (rounds, seconds, again) = if quick { (1, 2.0, 0) } else { (6, 5.0, 4) };
        Self { rounds, seconds, again, at_once, kinds }
    }

    /// Returns the groups of a section, whose cases are measured in turn.
    pub(crate) fn groups(&self, section: Section) -> Vec<Vec<Case>> {
        let kinds = self.kinds.iter().copied();
        let case = |kind: Kind, renderer: Renderer, at_once: usize| Case { section, kind, renderer, at_once };
        let at = self.at_once;
        match section {
            Section::Url => kinds
                .map(|kind| url_renderers(kind).into_iter().map(|renderer| case(kind, renderer, at)).collect())
                .collect(),
            Section::Html => {
                let self_contained = kinds.filter(|kind| kind.is_self_contained() || *kind == Kind::Article);
                self_contained
                    .map(|kind| html_renderers().into_iter().map(|renderer| case(kind, renderer, at)).collect())
                    .collect()
            }
            Section::Accounts => {
                let compared = kinds.filter(|kind| matches!(kind, Kind::Tiny | Kind::Article));
                compared
                    .map(|kind| account_renderers().into_iter().map(|renderer| case(kind, renderer, at)).collect())
                    .collect()
            }
            Section::AtOnce => {
                let tiny = kinds.filter(|kind| *kind == Kind::Tiny);
                let numbers = [1, 2, 4].into_iter().filter(|number| *number != at);
                tiny.flat_map(|kind| numbers.clone().map(move |number| (kind, number)))
                    .map(|(kind, number)| {
                        concurrency_renderers().into_iter().map(|renderer| case(kind, renderer, number)).collect()
                    })
                    .collect()
            }
        }
    }
}

fn tintype(call: Call, accounts: usize, html: bool) -> Renderer {
    Renderer::Tintype { call, accounts, html }
}

fn url_renderers(kind: Kind) -> Vec<Renderer> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Default), URL_LIMIT];
    all.push(URL_TUNED);
    if matches!(kind.output(), Output::Png { full: true, .. }) {
        all.push(raw(Page::Reused, Browsers::One, Speed::Optimized));
    }
    all.extend([Call::Synchronous, Call::Queued, Call::Bulk].map(|call| tintype(call, 1, false)));
    all.extend(Peer::ALL.map(Renderer::Peer));
    all
}

fn html_renderers() -> Vec<Renderer> {
    let mut all = vec![HTML_LIMIT, HTML_TUNED];
    all.extend([Call::Synchronous, Call::Queued, Call::Bulk].map(|call| tintype(call, 1, true)));
    all
}

fn account_renderers() -> Vec<Renderer> {
    let mut all = vec![URL_LIMIT, HTML_LIMIT];
    for html in [false, true] {
        for call in [Call::Queued, Call::Bulk] {
            all.extend([1, 4, ACCOUNTS].map(|number| tintype(call, number, html)));
        }
    }
    all
}

fn concurrency_renderers() -> Vec<Renderer> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Default), URL_LIMIT];
    all.extend([Call::Synchronous, Call::Queued].map(|call| tintype(call, 1, false)));
    all.extend(Peer::ALL.map(Renderer::Peer));
    all
}
