//! What operators read of accounts, ledgers and keys costs the same however many there are.

use domain::Db;
use domain::account::{self, SpenderOrder};
use domain::db::connect_lazily;
use domain::key::{self, KeyCondition, KeyFilter};
use harness::{Database, with_database};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};

/// 100,000 accounts, of which 450 spend each minute; 150,000 keys; and one account with a long ledger, many keys and
/// a movement in each minute of the last day.
const SCALE: &str = "
    insert into account (name, balance) select 'acct-' || lpad(n::text, 6, '0'), 0 from generate_series(1, 100000) as n;
    create table numbered as select id, row_number() over (order by id) as n from account;
    insert into api_key (id, account, digest, name, created_at, created_by, last_used_at)
    select
        lpad(numbered.n::text, 9, '0') || k, id, decode(repeat('00', 32), 'hex'), 'key ' || numbered.n,
        now() - numbered.n * interval '10 seconds', 'op', now() - numbered.n * interval '1 minute'
    from numbered
    cross join generate_series(1, 2) as k
    where k = 1 or numbered.n % 2 = 0;
    insert into stat_account (minute, account, debits, refunds, refused)
    select date_trunc('minute', now()) - m * interval '1 minute', id, 10, 1, 1
    from generate_series(30, 0, -1) as m, numbered
    where n <= 450
    order by m desc, hashtext(id::text || m::text);
    insert into account (name, balance) values ('big', 60000);
    insert into ledger (account, kind, amount)
    select id, 'adjust', amount from numbered cross join unnest(array[1, -1]) as amount where n <= 50000;
    insert into event (kind, account, actor, message)
    select 'account.created', id, 'op', 'x' from numbered;
    insert into ledger (account, kind, amount, created_at)
    select id, 'adjust', case when n % 2 = 0 then 3 else 1 end, now() - n * interval '1 second'
    from generate_series(30000, 1, -1) as n, account
    where name = 'big';
    insert into event (kind, account, actor, at)
    select 'credits.adjusted', id, 'op', now() - n * interval '1 second'
    from generate_series(30000, 1, -1) as n, account
    where name = 'big';
    insert into stat_account (minute, account, debits)
    select date_trunc('minute', now()) - n * interval '1 minute', id, 1
    from generate_series(1440, 0, -1) as n, account
    where name = 'big';
    insert into failure (job, type, code, account)
    select uuid_at(now() - n * interval '1 second'), 'pdf', 'X', case when n % 3 = 0 then big.id else numbered.id end
    from generate_series(1, 100000) as n join numbered using (n), (select id from account where name = 'big') as big;
    insert into api_key (id, account, digest, name, created_at)
    select 'b' || lpad(n::text, 9, '0'), id, decode(repeat('00', 32), 'hex'), 'key', now() - n * interval '1 second'
    from generate_series(1, 3000) as n, account
    where name = 'big';
    drop table numbered;
    analyze;
    ";

/// Removes what no statement of the service would have written.
const RESET: &str = "truncate failure";

/// Returns how many pages each statement of one connection touches that contains the words, with a generic plan.
async fn pages(db: &Db, words: &str, arguments: &str) -> i64 {
    let names = sqlx::query_scalar("select name from pg_prepared_statements where position($1 in statement) > 0");
    let names: Vec<String> = names.bind(words).fetch_all(db).await.expect("statements");
    assert_eq!(names.len(), 1, "one statement says {words:?}");
    let call = if arguments.is_empty() { names[0].clone() } else { format!("{}({arguments})", names[0]) };
    let mut pages = i64::MAX;
    for _ in 0..2 {
        let explain = format!(
            "begin; set local plan_cache_mode = force_generic_plan; explain (analyze, buffers, format json) execute {call}; rollback"
        );
        let row = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_one(db).await.expect("an explanation");
        let plan = &row.try_get::<Value, _>(0).expect("json")[0]["Plan"];
        assert!(!plan.to_string().contains("Seq Scan"), "{words}: {plan:#}");
        let touched = ["Shared Hit Blocks", "Shared Read Blocks"].map(|kind| plan[kind].as_i64().expect("a count"));
        pages = pages.min(touched.iter().sum());
    }
    pages
}

#[tokio::test]
async fn with_100_000_accounts_each_read_of_money_touches_at_most_200_pages() {
    with_database(async |database| {
        let db = &database.db;
        sqlx::raw_sql(SCALE).execute(db).await.expect("a load");
        sqlx::raw_sql("vacuum").execute(db).await.expect("a vacuum");

        let measured = measure(database).await;

        println!("pages: {measured:?}");
        for (name, pages) in &measured {
            assert!(*pages <= 200, "{name} touches {pages} pages: {measured:?}");
        }
        database.execute(RESET).await;
    })
    .await;
}

async fn measure(database: &Database) -> Vec<(&'static str, i64)> {
    let db = connect_lazily(&database.url, 1).expect("a pool");
    let big = account::details(&db, "big").await.expect("the call succeeds").expect("an account").id;
    account::page(&db, "acct-05", None, 50).await.expect("a page");
    account::spenders(&db, SpenderOrder::RunsDry).await.expect("a page");
    account::hours(&db, big).await.expect("hours");
    account::ledger(&db, big, None, 50).await.expect("a page");
    account::unrefunded(&db, big).await.expect("a check");
    let stale = KeyFilter { condition: Some(KeyCondition::Stale), ..KeyFilter::default() };
    key::page(&db, &stale, None, 40).await.expect("a page");
    let first = "null, null, ''";
    vec![
        ("accounts by name", pages(&db, "name collate \"C\" > $1", "'', 'acct-05', 'acct-05z', 51").await),
        ("spenders", pages(&db, "ranked as materialized", "'runs_dry', 30").await),
        ("account", pages(&db, "as \"active_keys!\"", "'big', 100").await),
        ("hours", pages(&db, "left join moved using (hour)", &format!("'{big}'")).await),
        (
            "ledger",
            pages(&db, "rows between unbounded preceding", &format!("'{big}', 9000000000, null, 41, null")).await,
        ),
        ("refunds", pages(&db, "as \"is_refunded!\"", &format!("'{big}', 25")).await),
        ("newest keys", pages(&db, "owner as materialized", &format!("{first}, 40, null, null, 40, null")).await),
        ("stale keys", pages(&db, "owner as materialized", &format!("{first}, 600, 'idle', null, 30, null")).await),
        ("keys of an account", pages(&db, "owner as materialized", "'big', null, '', 600, null, 'b0', 40, null").await),
    ]
}
