//! Money as operators see and change it: every movement is in the ledger, and every change is an event.

use domain::Db;
use domain::account::{
    self, AccountState, AdjustError, LedgerEntry, LedgerKind, LedgerPage, SpenderOrder, adjust, grant, ledger,
};
use domain::event::{Actor, latest};
use domain::id::AccountId;
use harness::fixtures::{actor, claim_one, create_account, failure, register_reaper, submit_job, submit_jobs};
use harness::with_database;

use domain::job::Lane;

/// An operator who gives a reason.
fn because(reason: &str) -> Actor {
    Actor { reason: Some(reason.to_owned()), ..Actor::new("eve@desk") }
}

async fn whole(db: &Db, account: AccountId) -> Vec<LedgerEntry> {
    ledger(db, account, None, 200).await.expect("a ledger").entries
}

#[tokio::test]
async fn an_adjustment_moves_the_balance_and_records_its_actor_and_reason() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;

        let added = adjust(db, &because("billed twice"), "ada", 5).await.expect("it is adjusted");
        let removed = adjust(db, &because("fraud"), "ada", -15).await.expect("it is adjusted");

        assert_eq!((added, removed), (15, 0));
        let entries = whole(db, ada.account()).await;
        let recorded: Vec<_> = entries
            .iter()
            .map(|entry| (entry.kind, entry.amount, entry.balance, entry.actor.as_deref(), entry.reason.as_deref()))
            .collect();
        let eve = Some("eve@desk");
        assert_eq!(
            recorded,
            [
                (LedgerKind::Adjust, -15, 0, eve, Some("fraud")),
                (LedgerKind::Adjust, 5, 15, eve, Some("billed twice")),
                (LedgerKind::Grant, 10, 10, Some("test"), None),
            ]
        );
        let events = latest(db, 2).await.expect("events");
        let messages: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.message.as_str())).collect();
        assert_eq!(
            messages,
            [("credits.adjusted", "ada: -15 credits, balance 0"), ("credits.adjusted", "ada: +5 credits, balance 15")]
        );
    })
    .await;
}

#[tokio::test]
async fn an_adjustment_without_reason_effect_account_or_enough_credits_changes_nothing() {
    with_database(async |database| {
        let db = &database.db;
        create_account(db, "ada", 10).await;
        let events = async || database.scalar("select count(*) from event").await;
        let before = events().await;

        let why = because("a test");
        assert!(matches!(adjust(db, &actor(), "ada", 5).await, Err(AdjustError::NoReason)));
        assert!(matches!(adjust(db, &because(" "), "ada", 5).await, Err(AdjustError::NoReason)));
        assert!(matches!(adjust(db, &why, "ada", 0).await, Err(AdjustError::NothingToAdjust)));
        assert!(matches!(adjust(db, &why, "ada", -11).await, Err(AdjustError::BelowZero)));
        assert!(matches!(adjust(db, &why, "ada", i64::MIN).await, Err(AdjustError::BelowZero)));
        assert!(matches!(adjust(db, &why, "ada", i64::MAX).await, Err(AdjustError::TooMany)));
        assert!(matches!(adjust(db, &why, "eve", 5).await, Err(AdjustError::NoSuchAccount(name)) if name == "eve"));

        assert_eq!((events().await, database.scalar("select balance from account").await), (before, 10));
        assert_eq!(database.scalar("select count(*) from ledger").await, 1);
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_ledger_have_no_gap_and_each_balance_is_the_sum_until_then() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 1000).await;
        create_account(db, "bob", 1000).await;
        let worker = register_reaper(db, "live").await;
        submit_jobs(db, &ada, 30, Lane::Interactive).await;
        for _ in 0..3 {
            claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");
        }
        grant(db, &because("invoice 7"), "ada", 50).await.expect("a grant");

        let (mut entries, mut after) = (Vec::new(), None);
        let last = loop {
            let page = ledger(db, ada.account(), after, 7).await.expect("a page");
            assert!(page.entries.len() <= 7);
            entries.extend(page.entries.clone());
            after = page.next;
            if after.is_none() {
                break page;
            }
            // Jobs that are submitted between two pages are on no later one.
            submit_job(db, &ada).await;
        };

        assert_eq!((last.opening_balance(), entries.len()), (Some(0), 1 + 30 + 3 + 1));
        for (newer, older) in entries.iter().zip(entries.iter().skip(1)) {
            assert!((newer.at, newer.id) > (older.at, older.id));
            assert_eq!(newer.balance - newer.amount, older.balance);
        }
        let refunds: Vec<_> = entries.iter().filter(|entry| entry.kind == LedgerKind::Refund).collect();
        assert_eq!(refunds.len(), 3);
        assert!(refunds.iter().all(|refund| refund.job.is_some() && refund.amount == 1));
        assert!(refunds.iter().all(|refund| refund.error_code.as_deref() == Some("RENDERER_CRASHED")));
        assert_eq!(entries[0].reason.as_deref(), Some("invoice 7"));
        let check = account::unrefunded(db, ada.account()).await.expect("a check");
        assert_eq!((check.checked, check.unrefunded), (3, vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_without_its_refund_is_found() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 10).await;
        let job = submit_job(db, &ada).await;
        let worker = register_reaper(db, "live").await;
        claim_one(db, worker).await.lease.fail(db, &failure()).await.expect("a live lease");

        database.execute("create temp table kept as select * from ledger where kind = 'refund'").await;
        let before = account::unrefunded(db, ada.account()).await.expect("a check");
        database.execute("delete from ledger where kind = 'refund'").await;
        let check = account::unrefunded(db, ada.account()).await.expect("a check");
        database
            .execute("insert into ledger (account, job, kind, amount) select account, id, 'refund', cost from job")
            .await;

        assert_eq!((before.checked, before.unrefunded), (1, vec![]));
        assert_eq!(check.unrefunded, [job]);
    })
    .await;
}

/// Credits that moved, or submissions refused, in the current minute.
async fn moved(database: &harness::Database, account: &str, debits: i64, refunds: i64, refused: i64) {
    let sql = "insert into stat_account (minute, account, debits, refunds, refused)
        select date_trunc('minute', now()), id, $2, $3, $4 from account where name = $1";
    let row = sqlx::query(sql).bind(account).bind(debits).bind(refunds).bind(refused);
    row.execute(&database.db).await.expect("counts");
}

#[tokio::test]
async fn accounts_are_listed_by_name_with_what_they_spend() {
    with_database(async |database| {
        let db = &database.db;
        for name in ["b-1", "b-2", "a", "B", "ä", "b"] {
            account::create(db, &actor(), name, 60).await.expect("an account");
        }
        account::suspend(db, &actor(), "b-1").await.expect("it is suspended");
        moved(database, "b", 40, 10, 2).await;

        let all = account::page(db, "", None, 4).await.expect("a page");
        let rest = account::page(db, "", all.next.as_deref(), 4).await.expect("a page");
        let prefixed = account::page(db, "b", None, 10).await.expect("a page");

        let names = |page: &account::AccountPage| page.accounts.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!((names(&all), all.is_complete), (["B", "a", "b", "b-1"].map(str::to_owned).to_vec(), false));
        assert_eq!(
            (names(&rest), rest.is_complete, rest.next.is_none()),
            (vec!["b-2".to_owned(), "ä".to_owned()], true, true)
        );
        assert_eq!(names(&prefixed), ["b", "b-1", "b-2"]);
        let b = &prefixed.accounts[0];
        assert!(b.burn_per_minute > 4.9 && b.burn_per_minute <= 6.0, "30 credits in five to six minutes: {b:?}");
        let empty = b.empty_in_s.expect("it spends");
        assert!((empty - 60.0 / b.burn_per_minute * 60.0).abs() < 0.001, "{b:?}");
        assert_eq!((b.refused, prefixed.accounts[1].state), (2, AccountState::Suspended));
        assert_eq!((prefixed.accounts[1].empty_in_s, prefixed.accounts[1].refused), (None, 0));
    })
    .await;
}

#[tokio::test]
async fn accounts_that_run_dry_come_first_and_those_that_are_refused_are_among_them() {
    with_database(async |database| {
        let db = &database.db;
        for (name, credits) in [("rich", 100_000), ("poor", 10), ("empty", 0), ("quiet", 1)] {
            account::create(db, &actor(), name, credits).await.expect("an account");
        }
        moved(database, "rich", 900, 0, 0).await;
        moved(database, "poor", 30, 20, 1).await;
        moved(database, "empty", 0, 0, 7).await;

        let names = async |order| {
            let page = account::spenders(db, order).await.expect("a page");
            assert!(page.is_complete);
            page.accounts.into_iter().map(|it| it.name).collect::<Vec<_>>()
        };

        assert_eq!(names(SpenderOrder::RunsDry).await, ["empty", "poor", "rich"]);
        assert_eq!(names(SpenderOrder::Spends).await, ["rich", "poor"]);
        assert_eq!(names(SpenderOrder::Refused).await, ["empty", "poor"]);
        database.execute("delete from stat_account").await;
        assert_eq!(account::spenders(db, SpenderOrder::RunsDry).await.expect("a page").accounts, []);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_shown_with_its_limits_its_keys_and_its_last_day() {
    with_database(async |database| {
        let db = &database.db;
        let ada = create_account(db, "ada", 60).await;
        moved(database, "ada", 30, 0, 4).await;
        database
            .execute(
                "insert into stat_account (minute, account, debits)
                 select date_trunc('hour', now(), 'UTC') - interval '3 hours', id, 7 from account",
            )
            .await;

        let details = account::details(db, "ada").await.expect("the call succeeds").expect("an account");
        let hours = account::hours(db, ada.account()).await.expect("hours");

        assert_eq!((details.id, details.credits, details.active_keys, details.refused), (ada.account(), 60, 1, 4));
        assert!(details.empty_at.expect("it spends") > details.at);
        assert_eq!((hours.len(), hours[23].debits, hours[23].refused, hours[20].debits), (24, 30, 4, 7));
        assert_eq!(hours.iter().map(|hour| hour.debits).sum::<i64>(), 37);
        assert_eq!(account::details(db, "eve").await.expect("the call succeeds"), None);
        assert_eq!(
            ledger(db, ada.account(), None, 1).await.expect("a page"),
            LedgerPage { entries: whole(db, ada.account()).await, next: None }
        );
    })
    .await;
}
