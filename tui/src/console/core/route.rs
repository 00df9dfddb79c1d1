//! Routes: where the operator is, and how they got there.

use domain::id::JobId;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Screen {
    /// Whether the service is healthy, and what is worst.
    Overview,
    /// Which jobs, and why.
    Jobs,
    /// One job.
    Job,
    /// Which workers are alive, full, slow or lost.
    Workers,
    /// Who runs out of credits.
    Accounts,
    /// One account, with its ledger.
    Account,
    /// Who calls.
    Keys,
    /// What disappears when.
    Expiries,
    /// What happened.
    Events,
}

impl Screen {
    /// All screens.
    pub(crate) const ALL: [Self; 9] = [
        Self::Overview,
        Self::Jobs,
        Self::Job,
        Self::Workers,
        Self::Accounts,
        Self::Account,
        Self::Keys,
        Self::Expiries,
        Self::Events,
    ];

    /// The screens that have a number, in its order.
    pub(crate) const NUMBERED: [Self; 7] =
        [Self::Overview, Self::Jobs, Self::Workers, Self::Accounts, Self::Keys, Self::Expiries, Self::Events];

    /// The numbered screen whose tab is in a column of the line of tabs, in a terminal of this width.
    pub(crate) fn at(column: u16, width: u16) -> Option<Self> {
        // A number, a blank, the name, and a blank or a sign at each side; a divider between two.
        let tab_width = |name: &str| u16::try_from(name.len() + 4).unwrap_or(u16::MAX);
        let needed: u16 = Self::NUMBERED.iter().map(|screen| tab_width(screen.name()) + 1).sum::<u16>() - 1;
        let mut start = 0;
        Self::NUMBERED.into_iter().find(|screen| {
            let name = if needed <= width { screen.name() } else { screen.short_name() };
            let tab = start..start + tab_width(name);
            start = tab.end + 1;
            tab.contains(&column)
        })
    }

    /// The name on the screen.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Jobs => "Jobs",
            Self::Job => "Job",
            Self::Workers => "Workers",
            Self::Accounts => "Accounts",
            Self::Account => "Account",
            Self::Keys => "Keys",
            Self::Expiries => "Expiries",
            Self::Events => "Events",
        }
    }

    /// The name in a narrow terminal.
    pub(crate) fn short_name(self) -> &'static str {
        match self {
            Self::Overview => "Ovw",
            Self::Jobs => "Jobs",
            Self::Job => "Job",
            Self::Workers => "Wrk",
            Self::Accounts | Self::Account => "Acc",
            Self::Keys => "Keys",
            Self::Expiries => "Exp",
            Self::Events => "Evt",
        }
    }

    /// The numbered screen that this one belongs to.
    pub(crate) fn tab(self) -> Self {
        match self {
            Self::Job => Self::Jobs,
            Self::Account => Self::Accounts,
            Self::Overview
            | Self::Jobs
            | Self::Workers
            | Self::Accounts
            | Self::Keys
            | Self::Expiries
            | Self::Events => self,
        }
    }
}

/// A place to go to: a screen, and what it is about. Without a filter or an id, a list is shown as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The overview.
    Overview,
    /// The jobs that pass a filter.
    Jobs(Option<String>),
    /// A job.
    Job(JobId),
    /// The workers, with the cursor on the one of this name or id.
    Workers(Option<String>),
    /// The accounts that pass a filter.
    Accounts(Option<String>),
    /// The account of this name.
    Account(String),
    /// The keys that pass a filter.
    Keys(Option<String>),
    /// The expiries.
    Expiries,
    /// The events that pass a filter.
    Events(Option<String>),
}

impl Route {
    /// A list screen as it was left.
    pub(crate) fn to(screen: Screen) -> Self {
        match screen.tab() {
            Screen::Jobs | Screen::Job => Self::Jobs(None),
            Screen::Workers => Self::Workers(None),
            Screen::Accounts | Screen::Account => Self::Accounts(None),
            Screen::Keys => Self::Keys(None),
            Screen::Expiries => Self::Expiries,
            Screen::Events => Self::Events(None),
            Screen::Overview => Self::Overview,
        }
    }

    /// The screen.
    pub(crate) fn screen(&self) -> Screen {
        match self {
            Self::Overview => Screen::Overview,
            Self::Jobs(_) => Screen::Jobs,
            Self::Job(_) => Screen::Job,
            Self::Workers(_) => Screen::Workers,
            Self::Accounts(_) => Screen::Accounts,
            Self::Account(_) => Screen::Account,
            Self::Keys(_) => Screen::Keys,
            Self::Expiries => Screen::Expiries,
            Self::Events(_) => Screen::Events,
        }
    }
}

/// The way to the current screen. A numbered screen begins a new way.
#[derive(Debug, Clone)]
pub(crate) struct Routes {
    way: Vec<Route>,
    current: Route,
}

impl Default for Routes {
    fn default() -> Self {
        Self { way: Vec::new(), current: Route::Overview }
    }
}

impl Routes {
    /// How many steps back are remembered.
    const MAX: usize = 32;

    /// Where the operator is.
    pub(crate) fn current(&self) -> &Route {
        &self.current
    }

    /// The way, from its start to the current screen.
    pub(crate) fn way(&self) -> impl Iterator<Item = &Route> {
        self.way.iter().chain([&self.current])
    }

    /// Goes on to another place, from where there is a way back.
    pub(crate) fn go(&mut self, route: Route) {
        if route != self.current {
            self.way.push(std::mem::replace(&mut self.current, route));
            let surplus = self.way.len().saturating_sub(Self::MAX);
            self.way.drain(..surplus);
        }
    }

    /// Begins a new way.
    pub(crate) fn start(&mut self, route: Route) {
        self.way.clear();
        self.current = route;
    }

    /// Replaces the current place, such as by its neighbour in a list.
    pub(crate) fn replace(&mut self, route: Route) {
        self.current = route;
    }

    /// Goes one step back, and returns whether there was one.
    pub(crate) fn back(&mut self) -> bool {
        let previous = self.way.pop();
        let found = previous.is_some();
        if let Some(previous) = previous {
            self.current = previous;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, Routes, Screen};

    #[test]
    fn the_way_back_leads_through_every_place() {
        let mut routes = Routes::default();
        routes.go(Route::Jobs(None));
        routes.go(Route::Account("ada".to_owned()));
        routes.go(Route::Account("ada".to_owned()));
        assert_eq!(routes.way().count(), 3);

        assert!(routes.back() && routes.current() == &Route::Jobs(None));
        assert!(routes.back() && routes.current() == &Route::Overview);
        assert!(!routes.back());
    }

    #[test]
    fn every_numbered_screen_is_its_own_tab() {
        for screen in Screen::NUMBERED {
            assert_eq!((screen.tab(), Route::to(screen).screen()), (screen, screen));
        }
    }
}
