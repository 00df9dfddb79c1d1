//! Tests of an account as far as it is known.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use domain::account::{LedgerCursor, LedgerEntry, LedgerKind, LedgerPage};

use super::{AccountPane, MoneyData, Place};
use crate::console::core::screen::Context;

/// The movements with these numbers, each of one credit, as a page of a ledger that begins with 1.
fn page(ids: impl Iterator<Item = i64>) -> LedgerPage {
    let entry = |id: i64| LedgerEntry {
        id,
        at: DateTime::UNIX_EPOCH + TimeDelta::seconds(id),
        kind: LedgerKind::Adjust,
        amount: 1,
        balance: id,
        job: None,
        error_code: None,
        actor: None,
        reason: None,
    };
    let entries: Vec<_> = ids.map(entry).collect();
    let last = entries.last().filter(|entry| entry.id > 1);
    let next = last.map(|entry| LedgerCursor { at: entry.at, id: entry.id, balance: entry.id - 1 });
    LedgerPage { entries, next }
}

fn known(pane: &AccountPane) -> Vec<i64> {
    pane.entries.rows().iter().map(|entry| entry.id).collect()
}

#[test]
fn newer_movements_come_before_those_that_are_known_and_the_cursor_stays() {
    let cx = Context { now: Duration::ZERO, clock: None, size: (120, 36) };
    let mut pane = AccountPane::new(Place::Screen);
    pane.show(Some("ada"));
    pane.entries.set_height(3);
    pane.arrived(&cx, MoneyData::Ledger(page((7..=10).rev())));
    pane.arrived(&cx, MoneyData::OlderLedger(page((1..=6).rev())));
    pane.entries.go_to(8);
    assert_eq!((pane.adds_up(), pane.next), (Some(true), None));

    pane.arrived(&cx, MoneyData::Ledger(page((9..=12).rev())));

    assert_eq!(known(&pane), (1..=12).rev().collect::<Vec<_>>());
    assert_eq!(pane.entries.selected().map(|entry| entry.id), Some(2));
    assert_eq!(pane.adds_up(), Some(true));
}

#[test]
fn a_gap_is_never_shown_as_if_nothing_had_moved() {
    let cx = Context { now: Duration::ZERO, clock: None, size: (120, 36) };
    let mut pane = AccountPane::new(Place::Screen);
    pane.show(Some("ada"));
    pane.arrived(&cx, MoneyData::Ledger(page((7..=10).rev())));
    pane.arrived(&cx, MoneyData::OlderLedger(page((1..=6).rev())));

    pane.arrived(&cx, MoneyData::Ledger(page((97..=100).rev())));

    assert_eq!((known(&pane), pane.adds_up()), (vec![100, 99, 98, 97], None));
    assert_eq!(pane.next.map(|next| next.id), Some(97));
}

#[test]
fn another_account_begins_with_nothing() {
    let cx = Context { now: Duration::ZERO, clock: None, size: (120, 36) };
    let mut pane = AccountPane::new(Place::Pane);
    pane.show(Some("ada"));
    pane.arrived(&cx, MoneyData::Ledger(page((1..=3).rev())));

    pane.show(Some("bob"));

    assert_eq!((known(&pane), pane.next, pane.ledger.data()), (vec![], None, None));
}
