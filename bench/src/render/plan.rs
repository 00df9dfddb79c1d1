//! What is measured: sections, and in each of them cases.

use clap::ValueEnum;
use serde::Serialize;

use super::kind::{Kind, Output};
use super::order::{Browsers, Flags, Manner, Page, Speed};
use super::peers::Peer;
use super::tintype::{ACCOUNTS, Call};

/// What is measured, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Section {
    /// Pages that are navigated to, of each kind.
    Url,
    /// Documents that are given, of each kind that stands alone.
    Html,
    /// Tintype with one, few and many accounts.
    Accounts,
    /// One and four at once.
    AtOnce,
}

impl Section {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Url, Self::Html, Self::Accounts, Self::AtOnce];
}

/// How much is measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    /// How often everybody has a turn.
    pub(crate) rounds: usize,
    /// For how long a turn lasts.
    pub(crate) seconds: f64,
    /// How often a void turn is tried again.
    pub(crate) again: usize,
    /// How many at once, where nothing else is said.
    pub(crate) at_once: usize,
    /// Which kinds of pages.
    pub(crate) kinds: Vec<Kind>,
}

/// Who renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// A raw loop.
    Raw(Manner),
    /// A peer.
    Peer(Peer),
    /// Tintype.
    Tintype {
        /// How it is called.
        call: Call,
        /// By how many accounts in turn.
        accounts: usize,
        /// Whether documents are given.
        given: bool,
    },
}

/// One row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    /// Of which section.
    pub(crate) section: Section,
    /// What.
    pub(crate) kind: Kind,
    /// By whom.
    pub(crate) who: Who,
    /// How many at once.
    pub(crate) at_once: usize,
}

/// The limit for URL jobs.
pub(crate) const LIMIT: Who = raw(Page::Reused, Browsers::One, Speed::Usual);

/// The limit for `html` jobs.
pub(crate) const GIVEN_LIMIT: Who = raw(Page::Given, Browsers::One, Speed::Usual);

const fn raw(page: Page, browsers: Browsers, speed: Speed) -> Who {
    Who::Raw(Manner { page, browsers, speed, flags: Flags::Safe })
}

/// All that makes Tintype faster than the limit: its flags, a browser for each slot, and PNGs compressed for speed.
const fn levers(page: Page) -> Who {
    Who::Raw(Manner { page, browsers: Browsers::PerSlot, speed: Speed::Optimized, flags: Flags::Fast })
}

/// What a render costs with all of Tintype's levers, and without its isolation.
pub(crate) const LEVERS: Who = levers(Page::Reused);

/// The same of documents that are given.
pub(crate) const GIVEN_LEVERS: Who = levers(Page::Given);

impl Who {
    /// What it is called on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw(manner) => match manner.page {
                Page::Fresh => "raw-fresh",
                Page::Reused => "raw-reused",
                Page::Given => "raw-given",
            },
            Self::Peer(peer) => peer.name(),
            Self::Tintype { .. } => "tintype",
        }
    }

    /// Whether documents are given to it.
    pub(crate) fn is_given(self) -> bool {
        match self {
            Self::Raw(manner) => manner.page == Page::Given,
            Self::Peer(_) => false,
            Self::Tintype { given, .. } => given,
        }
    }

    /// What it is called in the table.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Raw(manner) => title_of(manner),
            Self::Peer(Peer::Playwright) => "Playwright".to_owned(),
            Self::Peer(Peer::Puppeteer) => "Puppeteer".to_owned(),
            Self::Peer(peer @ (Peer::Cluster | Peer::Browserless)) => peer.name().to_owned(),
            Self::Tintype { call, accounts, given } => {
                let what = if given { "`html`" } else { "`url`" };
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

fn title_of(manner: Manner) -> String {
    let page = match manner.page {
        Page::Fresh => "raw, fresh context",
        Page::Reused => "raw, reused page",
        Page::Given => "raw, documents given on one site",
    };
    let browsers = match manner.browsers {
        Browsers::One => "",
        Browsers::PerSlot => ", a browser per slot",
    };
    let speed = match manner.speed {
        Speed::Usual => "",
        Speed::Optimized => ", `optimizeForSpeed`",
    };
    let flags = match manner.flags {
        Flags::Safe => "",
        Flags::Fast => ", with Tintype's flags for speed",
    };
    let limit = if Who::Raw(manner) == LIMIT {
        " (the honest limit)"
    } else if Who::Raw(manner) == GIVEN_LIMIT {
        " (the limit for `html`)"
    } else {
        ""
    };
    format!("{page}{browsers}{speed}{flags}{limit}")
}

impl Plan {
    /// The plan of the table, or of a smoke run.
    pub(crate) fn new(quick: bool, kinds: Vec<Kind>, at_once: usize) -> Self {
        let kinds = if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds };
        let (rounds, seconds, again) = if quick { (1, 2.0, 0) } else { (6, 5.0, 4) };
        Self { rounds, seconds, again, at_once, kinds }
    }

    /// The groups of a section whose cases take turns.
    pub(crate) fn groups(&self, section: Section) -> Vec<Vec<Case>> {
        let kinds = self.kinds.iter().copied();
        let case = |kind: Kind, who: Who, at_once: usize| Case { section, kind, who, at_once };
        let at = self.at_once;
        match section {
            Section::Url => {
                kinds.map(|kind| by_url(kind).into_iter().map(|who| case(kind, who, at)).collect()).collect()
            }
            Section::Html => {
                let alone = kinds.filter(|kind| kind.stands_alone() || *kind == Kind::Article);
                alone.map(|kind| given().into_iter().map(|who| case(kind, who, at)).collect()).collect()
            }
            Section::Accounts => {
                let two = kinds.filter(|kind| matches!(kind, Kind::Tiny | Kind::Article));
                two.map(|kind| accounts().into_iter().map(|who| case(kind, who, at)).collect()).collect()
            }
            Section::AtOnce => {
                let tiny = kinds.filter(|kind| *kind == Kind::Tiny);
                let numbers = [1, 2, 4].into_iter().filter(|number| *number != at);
                tiny.flat_map(|kind| numbers.clone().map(move |number| (kind, number)))
                    .map(|(kind, number)| at_once().into_iter().map(|who| case(kind, who, number)).collect())
                    .collect()
            }
        }
    }
}

fn tintype(call: Call, accounts: usize, given: bool) -> Who {
    Who::Tintype { call, accounts, given }
}

fn by_url(kind: Kind) -> Vec<Who> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Usual), LIMIT];
    all.push(LEVERS);
    if matches!(kind.output(), Output::Png { full: true, .. }) {
        all.push(raw(Page::Reused, Browsers::One, Speed::Optimized));
    }
    all.extend([Call::Synchronous, Call::Queued, Call::Bulk].map(|call| tintype(call, 1, false)));
    all.extend(Peer::ALL.map(Who::Peer));
    all
}

fn given() -> Vec<Who> {
    let mut all = vec![GIVEN_LIMIT, GIVEN_LEVERS];
    all.extend([Call::Synchronous, Call::Queued, Call::Bulk].map(|call| tintype(call, 1, true)));
    all
}

fn accounts() -> Vec<Who> {
    let mut all = vec![LIMIT, GIVEN_LIMIT];
    for given in [false, true] {
        for call in [Call::Queued, Call::Bulk] {
            all.extend([1, 4, ACCOUNTS].map(|number| tintype(call, number, given)));
        }
    }
    all
}

fn at_once() -> Vec<Who> {
    let mut all = vec![raw(Page::Fresh, Browsers::One, Speed::Usual), LIMIT];
    all.extend([Call::Synchronous, Call::Queued].map(|call| tintype(call, 1, false)));
    all.extend(Peer::ALL.map(Who::Peer));
    all
}
