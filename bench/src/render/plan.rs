//! The plan: sections, and the cases in each.

use clap::ValueEnum;
use serde::Serialize;

use super::config::{Browsers, Flags, Page, RawOptions, Speed};
use super::kind::{Kind, Output};
use super::peers::Peer;
use super::tintype::{Call, Input, Load, PoolMemory, Spread, StaticLane, TintypeCase, WorkerSettings};

/// The sections, in the order in which they are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Section {
    /// Pages that are navigated to, of each kind.
    Url,
    /// Documents that are sent with the job, of each kind that needs no other files.
    Html,
    /// Documents that run no script and load nothing, with the static lane and without it.
    Static,
    /// Tintype with one and with many accounts.
    Accounts,
    /// One and four renders at once.
    AtOnce,
}

impl Section {
    /// All sections.
    pub(crate) const ALL: [Self; 5] = [Self::Url, Self::Html, Self::Static, Self::Accounts, Self::AtOnce];
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
    /// The numbers of accounts where there are many.
    pub(crate) accounts: &'static [usize],
    /// How Tintype is called with many accounts.
    pub(crate) account_calls: &'static [Call],
}

/// The contender of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renderer {
    /// A raw loop.
    Raw(RawOptions),
    /// A peer that renders a page by its URL, or a card.
    Peer(Peer),
    /// A peer that sets the document of a page that it keeps.
    SetContent(Peer),
    /// Tintype.
    Tintype(TintypeCase),
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
            Self::Peer(peer) | Self::SetContent(peer) => peer.name(),
            Self::Tintype(_) => "tintype",
        }
    }

    /// Whether documents are sent to it.
    pub(crate) fn is_html(self) -> bool {
        match self {
            Self::Raw(options) => options.page == Page::Supplied,
            Self::Peer(peer) => Peer::FOR_CARDS.contains(&peer),
            Self::SetContent(_) => true,
            Self::Tintype(case) => case.input == Input::Html,
        }
    }

    /// Its name in the table.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Raw(options) => title_of(options),
            Self::Peer(peer) => peer.title().to_owned(),
            Self::SetContent(peer) => format!("{}, `setContent` into a kept page", peer.title()),
            Self::Tintype(case) => case.title(),
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
        let all = if quick { QUICK_KINDS.to_vec() } else { Kind::ALL.to_vec() };
        let kinds = if kinds.is_empty() { all } else { kinds };
        let (rounds, seconds, again) = if quick { (1, 2.0, 0) } else { (6, 5.0, 4) };
        let (accounts, account_calls): (&[usize], &[Call]) =
            if quick { (&MANY_ACCOUNTS[..1], &ACCOUNT_CALLS[..1]) } else { (&MANY_ACCOUNTS, &ACCOUNT_CALLS) };
        Self { rounds, seconds, again, at_once, kinds, accounts, account_calls }
    }

    /// Returns the groups of a section, whose cases are measured in turn.
    pub(crate) fn groups(&self, section: Section) -> Vec<Vec<Case>> {
        let kinds = self.kinds.iter().copied();
        let at = self.at_once;
        let group = |kind: Kind, renderers: Vec<Renderer>, at_once: usize| -> Vec<Case> {
            renderers.into_iter().map(|renderer| Case { section, kind, renderer, at_once }).collect()
        };
        match section {
            Section::Url => {
                let pages = kinds.filter(|kind| *kind != Kind::Card);
                pages.map(|kind| group(kind, url_renderers(kind), at)).collect()
            }
            Section::Html => {
                let documents = kinds.filter(|kind| !matches!(kind, Kind::Full | Kind::Card));
                documents.map(|kind| group(kind, html_renderers(), at)).collect()
            }
            Section::Static => {
                let documents = kinds.filter(|kind| matches!(kind, Kind::Tiny | Kind::Invoice | Kind::Card));
                documents.map(|kind| group(kind, static_renderers(kind), at)).collect()
            }
            Section::Accounts => {
                let compared = kinds.filter(|kind| matches!(kind, Kind::Tiny | Kind::Article));
                let each_pool = |kind| POOLS.map(|pool| (kind, pool));
                compared.flat_map(each_pool).map(|(kind, pool)| group(kind, self.account_renderers(pool), at)).collect()
            }
            Section::AtOnce => {
                let tiny = kinds.filter(|kind| *kind == Kind::Tiny);
                let numbers = [1, 2, 4].into_iter().filter(|number| *number != at);
                tiny.flat_map(|kind| numbers.clone().map(move |number| (kind, number)))
                    .map(|(kind, number)| group(kind, concurrency_renderers(), number))
                    .collect()
            }
        }
    }

    /// Loads are in ascending order: a worker that has served fewer accounts is as good as new.
    fn account_renderers(&self, pool: PoolMemory) -> Vec<Renderer> {
        let many = self.accounts.iter().copied();
        let many = many.flat_map(|accounts| SPREADS.map(|spread| Load { accounts, spread }));
        let loads = [Load::ONE_ACCOUNT].into_iter().chain(many);
        let calls = |load| self.account_calls.iter().map(move |call| with_accounts(*call, load, pool));
        loads.flat_map(calls).collect()
    }
}

/// The kinds of pages of a smoke test.
const QUICK_KINDS: [Kind; 4] = [Kind::Tiny, Kind::Article, Kind::Invoice, Kind::Card];

/// How Tintype is called with many accounts: so that jobs wait, and there is a choice among them.
const ACCOUNT_CALLS: [Call; 2] = [Call::Queued, Call::Bulk];

/// The numbers of accounts where there are many.
pub(crate) const MANY_ACCOUNTS: [usize; 2] = [50, 200];

/// How jobs are spread over many accounts.
pub(crate) const SPREADS: [Spread; 2] = [Spread::Uniform, Spread::Zipf];

/// The memory for browsers that many accounts are measured with.
pub(crate) const POOLS: [PoolMemory; 2] = [PoolMemory::Gib(8), PoolMemory::Gib(1)];

/// The ways to call Tintype.
pub(crate) const CALLS: [Call; 3] = [Call::Synchronous, Call::Queued, Call::Bulk];

/// Tintype with these accounts and this memory for browsers.
pub(crate) const fn with_accounts(call: Call, load: Load, pool: PoolMemory) -> Renderer {
    let settings = WorkerSettings { pool, ..WorkerSettings::DEFAULT };
    Renderer::Tintype(TintypeCase { load, settings, ..TintypeCase::new(call, Input::Url) })
}

/// Tintype with documents and the static lane, or without it.
pub(crate) const fn with_lane(call: Call, lane: StaticLane) -> Renderer {
    let settings = WorkerSettings { lane, ..WorkerSettings::DEFAULT };
    Renderer::Tintype(TintypeCase { settings, ..TintypeCase::new(call, Input::Html) })
}

/// Tintype with one account and its defaults.
pub(crate) const fn tintype(call: Call, input: Input) -> Renderer {
    Renderer::Tintype(TintypeCase::new(call, input))
}

fn url_renderers(kind: Kind) -> Vec<Renderer> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Default), URL_LIMIT];
    all.push(URL_TUNED);
    if matches!(kind.output(), Output::Png { full: true, .. }) {
        all.push(raw(Page::Reused, Browsers::One, Speed::Optimized));
    }
    all.extend(CALLS.map(|call| tintype(call, Input::Url)));
    all.extend(Peer::WITH_BROWSER.map(Renderer::Peer));
    all
}

fn html_renderers() -> Vec<Renderer> {
    let mut all = vec![HTML_LIMIT, HTML_TUNED];
    all.extend(CALLS.map(|call| tintype(call, Input::Html)));
    all
}

/// A worker keeps its lane, so the calls of a lane follow each other.
fn static_renderers(kind: Kind) -> Vec<Renderer> {
    let mut all = vec![HTML_LIMIT];
    for lane in [StaticLane::Off, StaticLane::On] {
        all.extend(CALLS.map(|call| with_lane(call, lane)));
    }
    all.extend(Peer::WITH_SET_CONTENT.map(Renderer::SetContent));
    if kind == Kind::Card {
        all.extend(Peer::FOR_CARDS.map(Renderer::Peer));
    }
    all
}

fn concurrency_renderers() -> Vec<Renderer> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Default), URL_LIMIT];
    all.extend([Call::Synchronous, Call::Queued].map(|call| tintype(call, Input::Url)));
    all.extend(Peer::WITH_BROWSER.map(Renderer::Peer));
    all
}
