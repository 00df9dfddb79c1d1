//! The parts that the tests of accounts, ledgers and keys have in common: a service in which an account runs dry.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::account::{
    AccountDetails, AccountPage, AccountState, AccountSummary, Hour, LedgerEntry, LedgerKind, LedgerPage, RefundCheck,
};
use domain::id::AccountId;
use domain::key::{KeyPage, KeySummary};
use domain::overview::Snapshot;
use serde_json::json;
use uuid::Uuid;

use crate::console::core::command::Command;
use crate::console::core::data::{Data, MoneyData};
use crate::console::core::environment::Environment;
use crate::console::core::input::Input;
use crate::console::core::link::{Database, Outage};
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::{MoneyQuery, Query};
use crate::console::core::route::Route;
use crate::console::core::schedule::Fetch;
use crate::console::core::update::update;
use crate::console::glyph::UNICODE;
use crate::console::view::view;
use crate::console::widget::testing::{self, THEME};

/// The sizes that every screen is drawn in.
pub(super) const SIZES: [(u16, u16); 3] = [(60, 16), (80, 24), (120, 36)];

/// The responses of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Rows.
    Loaded,
    /// No rows.
    Empty,
    /// An error.
    Error,
}

/// The time by the database's clock.
fn clock() -> DateTime<Utc> {
    "2026-11-28T14:32:07Z".parse().expect("a time")
}

fn ago(seconds: i64) -> DateTime<Utc> {
    clock() - TimeDelta::seconds(seconds)
}

/// A console that shows this place, and waits for its data.
pub(super) fn model(route: &Route, size: (u16, u16)) -> Model {
    let environment =
        Environment { name: "prod".to_owned(), confirm_word: "PROD".to_owned(), ..Environment::default() };
    let mut model = Model::new(environment, size, 1);
    model.routes.start(route.clone());
    let (cx, screen) = (model.context(), route.screen());
    model.screens.get_mut(screen).open(&cx, route);
    update(&mut model, Duration::from_secs(1), Message::Input(Input::Resize(size.0, size.1)));
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let commands = update(&mut model, Duration::from_secs(1), Message::Connected(database));
    drop(commands);
    model.overview.arrived(Duration::from_secs(1), Snapshot { at: clock(), ..Snapshot::default() });
    model
}

/// Responds to everything that the console asks, until it asks nothing more.
pub(super) fn loaded(model: &mut Model, outcome: Outcome) {
    let now = Duration::from_secs(1);
    let refresh = Message::Connected(model.database.clone());
    let mut commands = update(model, now, refresh);
    for _ in 0..50 {
        let fetches = commands.into_iter().filter_map(|command| match command {
            Command::Fetch(fetch) => Some(fetch),
            _ => None,
        });
        commands = fetches.collect::<Vec<_>>().into_iter().flat_map(|fetch| respond(model, &fetch, outcome)).collect();
    }
}

fn respond(model: &mut Model, fetch: &Fetch, outcome: Outcome) -> Vec<Command> {
    let Query::Money(query) = &fetch.query else { return Vec::new() };
    let result = match outcome {
        Outcome::Loaded => Ok(Data::Money(full(query))),
        Outcome::Empty => Ok(Data::Money(empty(query))),
        Outcome::Error => Err("permission denied for table ledger".to_owned()),
    };
    let (panel, generation) = (fetch.query.panel(), fetch.generation);
    let took = Duration::from_millis(2);
    update(model, Duration::from_secs(1), Message::Response { panel, generation, result, took })
}

/// The screen in each state that looks different, in a terminal of this size.
pub(super) fn frames(route: &Route, size: (u16, u16)) -> Vec<(&'static str, Model)> {
    let with = |outcome| {
        let mut model = model(route, size);
        loaded(&mut model, outcome);
        model
    };
    let mut stale = with(Outcome::Loaded);
    stale.last_answer = Some(Duration::from_secs(1));
    let outage =
        Outage { reason: "connection refused".to_owned(), attempts: 4, retry_at: Some(Duration::from_secs(15)) };
    update(&mut stale, Duration::from_secs(13), Message::Disconnected(outage));
    vec![
        ("loaded", with(Outcome::Loaded)),
        ("empty", with(Outcome::Empty)),
        ("loading", model(route, size)),
        ("error", with(Outcome::Error)),
        ("stale", stale),
    ]
}

/// Draws the console.
pub(super) fn frame(model: &Model) -> String {
    let (width, height) = model.size;
    testing::lines(&testing::frame(width, height, THEME, &UNICODE, |canvas, _| view(model, canvas)).0)
}

fn account() -> AccountId {
    Uuid::from_u128(0x0198_f2c3_0000_7000_8000_0000_0000_0214).into()
}

fn empty(query: &MoneyQuery) -> MoneyData {
    let (accounts, ledger, keys) = (AccountPage::default(), LedgerPage::default(), KeyPage::default());
    match query {
        MoneyQuery::Accounts(_) => MoneyData::Accounts(AccountPage { is_complete: true, ..accounts }),
        MoneyQuery::Account(..) => MoneyData::Account(None),
        MoneyQuery::Hours(..) => MoneyData::Hours(Vec::new()),
        MoneyQuery::Ledger(..) => MoneyData::Ledger(ledger),
        MoneyQuery::OlderLedger(..) => MoneyData::OlderLedger(ledger),
        MoneyQuery::Refunds(_) => MoneyData::Refunds(RefundCheck::default()),
        MoneyQuery::Keys(_) => MoneyData::Keys(keys),
        MoneyQuery::OlderKeys(..) => MoneyData::OlderKeys(keys),
    }
}

fn full(query: &MoneyQuery) -> MoneyData {
    match query {
        MoneyQuery::Accounts(_) => MoneyData::Accounts(accounts()),
        MoneyQuery::Account(_, name) => MoneyData::Account(Some(Box::new(details(name)))),
        MoneyQuery::Hours(..) => MoneyData::Hours(hours()),
        MoneyQuery::Ledger(..) => MoneyData::Ledger(movements()),
        MoneyQuery::Refunds(_) => MoneyData::Refunds(RefundCheck { checked: 25, unrefunded: Vec::new() }),
        MoneyQuery::Keys(_) => MoneyData::Keys(keys()),
        MoneyQuery::OlderLedger(..) | MoneyQuery::OlderKeys(..) => empty(query),
    }
}

fn accounts() -> AccountPage {
    let rows = [
        ("acct-214", 61, 40.1, Some(91.0), 3),
        ("acct-300", 0, 0.0, Some(0.0), 12),
        ("acct-009", 412, 3.1, Some(7_974.0), 0),
        ("acct-118", 900, 0.0, None, 0),
        ("Docs GmbH 日本", 40_511, 22.0, Some(110_484.0), 0),
    ];
    let row = |(name, credits, burn, empty, refused): (&str, i64, f64, Option<f64>, i64)| AccountSummary {
        id: account(),
        name: name.to_owned(),
        state: if name == "acct-118" { AccountState::Suspended } else { AccountState::Active },
        plan: "prepaid".to_owned(),
        credits,
        burn_per_minute: burn,
        empty_in_s: empty,
        refused,
    };
    AccountPage { at: clock(), accounts: rows.map(row).into(), next: None, is_complete: true }
}

fn details(name: &str) -> AccountDetails {
    AccountDetails {
        at: clock(),
        id: account(),
        name: name.to_owned(),
        state: AccountState::Active,
        suspended_at: None,
        created_at: ago(90 * 86_400),
        plan: "prepaid".to_owned(),
        weight: 2,
        rate: Some(120),
        burst: Some(40),
        credits: 61,
        burn_per_minute: 40.1,
        empty_at: Some(ago(-91)),
        refused: 3,
        active_keys: 3,
    }
}

fn hours() -> Vec<Hour> {
    let hour = |n: i64| Hour { hour: ago((23 - n) * 3_600), debits: n * n * 4, refunds: n, refused: n / 12 };
    (0..24).map(hour).collect()
}

fn movements() -> LedgerPage {
    let mut balance = 0;
    let kinds = [
        (LedgerKind::Grant, 50, Some("goodwill, ticket 771")),
        (LedgerKind::Debit, -1, None),
        (LedgerKind::Debit, -3, None),
        (LedgerKind::Refund, 1, Some("TIMEOUT")),
        (LedgerKind::Adjust, -20, Some("billed twice")),
        (LedgerKind::Debit, -1, None),
        (LedgerKind::Grant, 35, Some("invoice 2291")),
    ];
    let entry = |(n, (kind, amount, why)): (usize, (LedgerKind, i64, Option<&str>))| {
        balance += amount;
        let n = i64::try_from(n).expect("a few");
        let is_of_job = matches!(kind, LedgerKind::Debit | LedgerKind::Refund);
        let job = Uuid::from_u128(0x0198_f2c3_4f6e_7c2d_a1b0_3d5c_77e0_9b40 + u128::from(n.unsigned_abs()));
        LedgerEntry {
            id: n,
            at: ago(900 - n * 60),
            kind,
            amount,
            balance,
            job: is_of_job.then(|| job.into()),
            error_code: why.filter(|_| is_of_job).map(str::to_owned),
            actor: (!is_of_job).then(|| "lee@desk".to_owned()),
            reason: why.filter(|_| !is_of_job).map(str::to_owned),
        }
    };
    let mut entries: Vec<_> = kinds.into_iter().enumerate().map(entry).collect();
    entries.reverse();
    LedgerPage { entries, next: None }
}

fn keys() -> KeyPage {
    let rows = [
        ("7Qm2xkcdAA", "acct-214", "checkout-prod", "active", Some(30), None, Some(120)),
        ("9f3aBBccDD", "Docs GmbH 日本", "docs-ci", "active", Some(240), Some(40), None),
        ("77aa00EEff", "acct-214", "laptop maria", "idle", Some(2 * 86_400), None, None),
        ("b812GGhhII", "acct-118", "ribbon-old", "stale", Some(41 * 86_400), None, None),
        ("00afJJkkLL", "acct-009", "nine", "never_used", None, None, Some(60)),
        ("1c0dMMnnOO", "acct-300", "reports", "expires_soon", Some(3_600), Some(3), None),
        ("3e9fPPqqRR", "acct-300", "cee-batch", "expired", None, Some(-2), None),
        ("d41dSSttUU", "acct-300", "dline", "revoked", Some(14_400), None, None),
        ("0000VVwwXX", "acct-300", "before the upgrade", "unknown", None, None, None),
    ];
    let row = |(id, account, name, condition, used, days, rate): (
        &str,
        &str,
        &str,
        &str,
        Option<i64>,
        Option<i64>,
        Option<i32>,
    )| {
        let state = if ["expired", "revoked"].contains(&condition) { condition } else { "active" };
        let key = json!({
            "id": id, "account": account, "name": name, "scopes": ["render", "read"], "state": state,
            "condition": condition, "created_at": ago(60 * 86_400),
            "created_by": (condition != "unknown").then_some("lee@desk"),
            "last_used_at": used.map(ago), "expires_at": days.map(|days| ago(-days * 86_400)),
            "revoked_at": (condition == "revoked").then(|| ago(7_200)), "replaced_by": null,
            "rate": rate, "burst": rate.map(|_| 20),
        });
        serde_json::from_value::<KeySummary>(key).expect("a key")
    };
    KeyPage { at: clock(), keys: rows.map(row).into(), next: None }
}
