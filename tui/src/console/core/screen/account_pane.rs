//! One account, as far as it is known: beside the list of accounts, and on its own screen.

use std::time::Duration;

use domain::account::{AccountDetails, Hour, LedgerCursor, LedgerEntry, LedgerPage, RefundCheck};

use super::state::Context;
use crate::console::core::data::MoneyData;
use crate::console::core::draft::{AccountDraft, Draft};
use crate::console::core::list::{List, Row};
use crate::console::core::load::Load;
use crate::console::core::query::{MoneyPanel, MoneyQuery, Need, Place, Query};
use crate::console::core::write::Write;

/// How often the account and its newest movements are read.
const EVERY: Duration = Duration::from_secs(5);

/// How often the last 24 hours and the refunds are read.
const SELDOM: Duration = Duration::from_mins(1);

/// How many movements are read again and again.
const MOVEMENTS: [(Place, i64); 2] = [(Place::Pane, 15), (Place::Screen, 40)];

impl Row for LedgerEntry {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }
}

/// An account, as far as it is known.
#[derive(Debug)]
pub(crate) struct AccountPane {
    place: Place,
    /// Its name.
    pub(crate) name: Option<String>,
    /// The account; `None` if there is none of this name.
    pub(crate) details: Load<Option<AccountDetails>>,
    /// Its last 24 hours.
    pub(crate) hours: Load<Vec<Hour>>,
    /// Whether its failed jobs were refunded.
    pub(crate) refunds: Load<RefundCheck>,
    /// The state of its ledger.
    pub(crate) ledger: Load<()>,
    /// The movements, newest first.
    pub(crate) entries: List<LedgerEntry>,
    /// Where the ledger continues.
    pub(crate) next: Option<LedgerCursor>,
}

impl AccountPane {
    /// Nothing is known yet.
    pub(crate) fn new(place: Place) -> Self {
        Self {
            place,
            name: None,
            details: Load::default(),
            hours: Load::default(),
            refunds: Load::default(),
            ledger: Load::default(),
            entries: List::default(),
            next: None,
        }
    }

    /// Shows an account. What is known of another one is forgotten.
    pub(crate) fn show(&mut self, name: Option<&str>) {
        if self.name.as_deref() != name {
            let mut entries = std::mem::take(&mut self.entries);
            entries.clear();
            *self = Self { name: name.map(str::to_owned), entries, ..Self::new(self.place) };
        }
    }

    /// The account, if it exists and is known.
    pub(crate) fn account(&self) -> Option<&AccountDetails> {
        self.details.data()?.as_ref()
    }

    /// What must be read.
    pub(super) fn needs(&self) -> Vec<Need> {
        let Some(name) = &self.name else { return Vec::new() };
        let need = |query, every| Need::by_hand(Query::Money(query), every);
        let mut needs = vec![need(MoneyQuery::Account(self.place, name.clone()), Some(EVERY))];
        if let Some(account) = self.account() {
            let limit = MOVEMENTS.iter().find(|(place, _)| *place == self.place).map_or(15, |(_, limit)| *limit);
            needs.push(need(MoneyQuery::Ledger(self.place, account.id, limit), Some(EVERY)));
            needs.push(need(MoneyQuery::Hours(self.place, account.id), Some(SELDOM)));
            if self.place == Place::Screen {
                needs.push(need(MoneyQuery::Refunds(account.id), Some(SELDOM)));
                if let Some(next) = self.next.filter(|_| self.entries.is_near_end()) {
                    needs.push(need(MoneyQuery::OlderLedger(account.id, next), None));
                }
            }
        }
        needs
    }

    /// Records that data was asked for.
    pub(super) fn asked(&mut self, panel: MoneyPanel, now: Duration) {
        match panel {
            MoneyPanel::Account(_) => self.details.asked(now),
            MoneyPanel::Hours(_) => self.hours.asked(now),
            MoneyPanel::Ledger(_) | MoneyPanel::OlderLedger => self.ledger.asked(now),
            MoneyPanel::Refunds => self.refunds.asked(now),
            MoneyPanel::Accounts | MoneyPanel::Keys | MoneyPanel::OlderKeys => {}
        }
    }

    /// Takes data that arrived.
    pub(super) fn arrived(&mut self, cx: &Context, data: MoneyData) {
        let now = cx.now;
        match data {
            MoneyData::Account(account) => self.details.arrived(now, account.map(|account| *account)),
            MoneyData::Hours(hours) => self.hours.arrived(now, hours),
            MoneyData::Refunds(check) => self.refunds.arrived(now, check),
            MoneyData::Ledger(page) => {
                self.ledger.arrived(now, ());
                self.newest(page);
            }
            MoneyData::OlderLedger(page) => {
                self.ledger.arrived(now, ());
                self.entries.append(page.entries);
                self.next = page.next;
            }
            MoneyData::Accounts(_) | MoneyData::Keys(_) | MoneyData::OlderKeys(_) => {}
        }
    }

    /// Records that data could not be read.
    pub(super) fn failed(&mut self, panel: MoneyPanel, reason: String) {
        match panel {
            MoneyPanel::Account(_) => self.details.failed(reason),
            MoneyPanel::Hours(_) => self.hours.failed(reason),
            MoneyPanel::Ledger(_) | MoneyPanel::OlderLedger => self.ledger.failed(reason),
            MoneyPanel::Refunds => self.refunds.failed(reason),
            MoneyPanel::Accounts | MoneyPanel::Keys | MoneyPanel::OlderKeys => {}
        }
    }

    /// Puts the newest movements before those that are known. If more has moved than was read, the older ones are
    /// read again.
    fn newest(&mut self, page: LedgerPage) {
        let oldest = page.entries.last().map(|entry| (entry.at, entry.id));
        let known = self.entries.rows();
        let overlaps = oldest.is_some_and(|oldest| known.iter().any(|entry| (entry.at, entry.id) == oldest));
        let older = known.iter().filter(|entry| overlaps && oldest.is_some_and(|oldest| (entry.at, entry.id) < oldest));
        let older: Vec<_> = older.cloned().collect();
        if older.is_empty() {
            self.next = page.next;
        }
        self.entries.replace(page.entries.into_iter().chain(older).collect());
    }

    /// Whether the whole ledger is known, and adds up to the balance.
    pub(crate) fn adds_up(&self) -> Option<bool> {
        let oldest = self.entries.rows().last().filter(|_| self.next.is_none())?;
        Some(oldest.balance == oldest.amount)
    }

    /// Asks for credits to grant or adjust.
    pub(super) fn adjust(&self) -> Option<Draft> {
        let account = self.name.clone()?;
        let balance = self.account().map(|account| account.credits);
        Some(Draft::Account(AccountDraft::Credits { account, balance }))
    }

    /// Asks for limits.
    pub(super) fn limit(&self) -> Option<Draft> {
        let account = self.account()?;
        let (name, weight, rate) = (account.name.clone(), account.weight, account.rate.zip(account.burst));
        Some(Draft::Account(AccountDraft::Limit { account: name, weight, rate }))
    }

    /// Suspends the account, or resumes it.
    pub(super) fn hold(&self) -> Option<Write> {
        let account = self.account()?;
        let suspend = account.suspended_at.is_none();
        Some(Write::Hold { account: account.name.clone(), suspend, reason: String::new() })
    }
}

#[cfg(test)]
#[path = "account_pane_tests.rs"]
mod tests;
