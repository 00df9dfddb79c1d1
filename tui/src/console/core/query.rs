//! Queries: everything that the console asks the database.

mod expiry;
mod fleet;
mod job;
mod money;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use expiry::ExpiryQuery;
pub(crate) use fleet::FleetQuery;
pub(crate) use job::{JobPanel, JobQuery};
pub(crate) use money::{AccountOrder, MoneyPanel, MoneyQuery, Place};

use super::preview::PreviewQuery;
use super::route::Screen;

/// Data that is read and shown together. Each is asked for once at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Panel {
    /// The counters of the service, which every screen's header shows.
    Overview,
    /// The overview's charts.
    Throughput,
    /// The overview's failures and latencies.
    Outcomes,
    /// The overview's accounts.
    Burn,
    /// The overview's expiries.
    ExpiryHours,
    /// The overview's workers.
    FleetSummary,
    /// The workers.
    Workers,
    /// The jobs of one worker.
    InFlight,
    /// The latest events.
    EventTail,
    /// Older events.
    EventPage,
    /// The account of an event.
    EventAccount,
    /// Accounts, ledgers and keys.
    Money(MoneyPanel),
    /// Of the screens of jobs.
    Job(JobPanel),
    /// The results that expire in each hour.
    ExpiryTimeline,
    /// The first page of results that expire next.
    ExpiryFirst,
    /// The page behind.
    ExpiryMore,
    /// Whose results expire.
    ExpiryAccounts,
    /// What results occupy.
    ExpiryStorage,
    /// The preview of a result.
    Preview,
}

/// A question to the database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Query {
    /// The counters of the service.
    Overview,
    /// The jobs that were submitted and ended in each of the last minutes.
    Throughput(i32),
    /// Why jobs failed lately, and how long they took.
    Outcomes,
    /// Who spends credits, and for how long they last.
    Burn,
    /// How many results expire in each hour.
    ExpiryHours,
    /// Who is alive, and who holds how many leases.
    FleetSummary,
    /// About workers and events.
    Fleet(FleetQuery),
    /// About accounts, ledgers and keys.
    Money(MoneyQuery),
    /// About jobs.
    Job(JobQuery),
    /// A question about results.
    Expiry(ExpiryQuery),
    /// A preview of a result.
    Preview(PreviewQuery),
}

/// Which connection a query uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// For data that is read again and again.
    Live,
    /// What the operator asked for: it never waits behind the other.
    Hand,
}

/// What a visible screen needs to be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Need {
    /// The question.
    pub(crate) query: Query,
    /// How often it is asked; `None`: once.
    pub(crate) every: Option<Duration>,
    /// The connection that it uses.
    pub(crate) lane: Lane,
}

impl Need {
    /// Data that is read again and again.
    pub(crate) fn live(query: Query, every: Duration) -> Self {
        Self { query, every: Some(every), lane: Lane::Live }
    }

    /// Data that the operator asked for, and that is read again this often.
    pub(crate) fn by_hand(query: Query, every: Option<Duration>) -> Self {
        Self { query, every, lane: Lane::Hand }
    }
}

impl Query {
    /// Where the answer is shown.
    pub(crate) fn panel(&self) -> Panel {
        match self {
            Self::Overview => Panel::Overview,
            Self::Throughput(_) => Panel::Throughput,
            Self::Outcomes => Panel::Outcomes,
            Self::Burn => Panel::Burn,
            Self::ExpiryHours => Panel::ExpiryHours,
            Self::FleetSummary => Panel::FleetSummary,
            Self::Fleet(FleetQuery::Workers) => Panel::Workers,
            Self::Fleet(FleetQuery::InFlight(_)) => Panel::InFlight,
            Self::Fleet(FleetQuery::Tail(..)) => Panel::EventTail,
            Self::Fleet(FleetQuery::Page(..)) => Panel::EventPage,
            Self::Fleet(FleetQuery::Account(_)) => Panel::EventAccount,
            Self::Money(query) => Panel::Money(query.panel()),
            Self::Job(query) => Panel::Job(query.panel()),
            Self::Expiry(ExpiryQuery::Hours) => Panel::ExpiryTimeline,
            Self::Expiry(ExpiryQuery::First(_)) => Panel::ExpiryFirst,
            Self::Expiry(ExpiryQuery::More(_)) => Panel::ExpiryMore,
            Self::Expiry(ExpiryQuery::Accounts(_)) => Panel::ExpiryAccounts,
            Self::Expiry(ExpiryQuery::Storage) => Panel::ExpiryStorage,
            Self::Preview(_) => Panel::Preview,
        }
    }
}

impl Panel {
    /// The screen that it belongs to; `None`: it belongs to all.
    pub(crate) fn screen(self) -> Option<Screen> {
        match self {
            Self::Overview | Self::Preview => None,
            Self::Throughput | Self::Outcomes | Self::Burn | Self::ExpiryHours | Self::FleetSummary => {
                Some(Screen::Overview)
            }
            Self::Workers | Self::InFlight => Some(Screen::Workers),
            Self::EventTail | Self::EventPage | Self::EventAccount => Some(Screen::Events),
            Self::Money(panel) => Some(panel.screen()),
            Self::Job(JobPanel::Detail) => Some(Screen::Job),
            Self::Job(_) => Some(Screen::Jobs),
            Self::ExpiryTimeline
            | Self::ExpiryFirst
            | Self::ExpiryMore
            | Self::ExpiryAccounts
            | Self::ExpiryStorage => Some(Screen::Expiries),
        }
    }
}
