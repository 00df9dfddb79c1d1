//! Keys: when they were used, how fast they may submit, and how operators find them.

use std::sync::Arc;
use std::time::Duration;

use domain::account::RateOf;
use domain::event::latest;
use domain::job::{self, Lane, SubmitError};
use domain::key::{
    self, Caller, CreatedKey, Expiry, KeyCondition, KeyFilter, KeyLimits, KeyState, KeySummary, LimitKeyError, NewKey,
    write_uses,
};
use domain::{Db, db};
use harness::fixtures::{actor, create_account, interactive_job, new_job};
use harness::with_database;
use secrecy::ExposeSecret;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

async fn create(db: &Db, name: &str) -> CreatedKey {
    let new = NewKey { name: name.to_owned(), ..NewKey::new("ada") };
    key::create(db, &actor(), &new).await.expect("a key")
}

async fn verify(db: &Db, key: &CreatedKey) -> Caller {
    key::verify(db, key.key.expose_secret()).await.expect("a caller")
}

async fn limit_rate(db: &Db, key: &CreatedKey, rate: Option<(i32, i32)>) {
    let limits = KeyLimits { rate: Some(rate), ..KeyLimits::default() };
    key::limit(db, &actor(), &key.id.to_string(), &limits).await.expect("a limit");
}

async fn keys(db: &Db, filter: &KeyFilter) -> Vec<KeySummary> {
    key::page(db, filter, None, 50).await.expect("keys").keys
}

/// Changes with each version of a row of `api_key`.
const VERSIONS: &str = "select sum(xmin::text::bigint)::bigint from api_key";

#[tokio::test]
async fn a_use_is_written_once_a_minute_and_never_by_the_call() {
    with_database(async |database| {
        let db = &database.db;
        domain::account::create(db, &actor(), "ada", 1).await.expect("an account");
        let key = create(db, "ci").await;
        let used = "select count(*) from api_key where last_used_at = date_trunc('minute', now())";
        let new_minute = || database.execute("update api_key set last_used_at = now() - interval '2 minutes'");

        verify(db, &key).await;
        assert_eq!(database.scalar("select count(*) from api_key where last_used_at is not null").await, 0);
        write_uses(db).await.expect("it is written");
        let written = database.scalar(VERSIONS).await;
        verify(db, &key).await;
        write_uses(db).await.expect("there is nothing to write");
        let other = db::connect(&database.url, 1).await.expect("another process");
        verify(&other, &key).await;
        write_uses(&other).await.expect("it is written already");
        // A test that begins in the last seconds of a minute has another one, and one more use.
        if database.scalar(used).await == 1 {
            assert_eq!(database.scalar(VERSIONS).await, written);
        }

        new_minute().await;
        let third = db::connect(&database.url, 1).await.expect("another process");
        verify(&third, &key).await;
        write_uses(&third).await.expect("it is written");
        assert_eq!(database.scalar(used).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_use_that_could_not_be_written_is_written_later() {
    with_database(async |database| {
        let db = &database.db;
        create_account(db, "ada", 1).await;

        database.execute("alter table api_key rename column last_used_at to away").await;
        write_uses(db).await.expect_err("the column is away");
        database.execute("alter table api_key rename column away to last_used_at").await;
        write_uses(db).await.expect("it is written");

        assert_eq!(database.scalar("select count(*) from api_key where last_used_at is not null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_with_a_rate_of_its_own_is_limited_and_its_siblings_are_not() {
    with_database(async |database| {
        let db = &database.db;
        let sibling = create_account(db, "ada", 1000).await;
        let key = create(db, "slow").await;
        limit_rate(db, &key, Some((1, 20))).await;
        let limited = verify(db, &key).await;

        let jobs = vec![new_job(Lane::Bulk); 20];
        let burst = job::submit_batch(db, &limited, &jobs, None).await.expect("a burst").rate.expect("a limit");
        let refused = job::submit(db, &limited, &interactive_job(), None).await;
        let other = job::submit(db, &sibling, &interactive_job(), None).await.expect("a job");

        assert_eq!((burst.of, burst.limit, burst.burst, burst.remaining), (RateOf::Key, 1, 20, 0));
        let Err(SubmitError::RateLimited(rate)) = refused else { panic!("{refused:?}") };
        assert!(rate.of == RateOf::Key && rate.wait_s > 50.0 && rate.wait_s <= 60.0, "{rate:?}");
        assert_eq!((other.rate, other.credits_remaining), (None, 979));

        limit_rate(db, &key, None).await;
        let free = verify(db, &key).await;
        assert_eq!(job::submit(db, &free, &interactive_job(), None).await.expect("a job").rate, None);
    })
    .await;
}

#[tokio::test]
async fn with_a_rate_of_account_and_key_a_submission_is_within_both_and_a_refused_one_uses_neither() {
    with_database(async |database| {
        let db = &database.db;
        domain::account::create(db, &actor(), "ada", 1000).await.expect("an account");
        let key = create(db, "slow").await;
        limit_rate(db, &key, Some((1, 20))).await;
        let limits = domain::account::Limits { rate: Some(Some((1, 30))), ..domain::account::Limits::default() };
        domain::account::limit(db, &actor(), "ada", limits).await.expect("a limit");
        let caller = verify(db, &key).await;
        let sibling = verify(db, &create(db, "fast").await).await;
        let batch = async |caller: &Caller, jobs: usize| {
            job::submit_batch(db, caller, &vec![new_job(Lane::Bulk); jobs], None).await
        };

        let first = batch(&caller, 15).await.expect("it is within both").rate.expect("a limit");
        assert_eq!((first.of, first.remaining), (RateOf::Key, 5));
        let times = "select (sum(extract(epoch from arrives_at)) * 1000)::bigint
            from (select arrives_at from account union all select arrives_at from api_key) as each";
        let before = database.scalar(times).await;
        assert!(matches!(batch(&caller, 6).await, Err(SubmitError::RateLimited(rate)) if rate.of == RateOf::Key));
        assert_eq!(database.scalar(times).await, before);
        batch(&sibling, 12).await.expect("it is within that of the account");
        assert!(matches!(batch(&caller, 4).await, Err(SubmitError::RateLimited(rate)) if rate.of == RateOf::Account));
        assert_eq!(batch(&caller, 3).await.expect("it is within both").rate.expect("a limit").of, RateOf::Account);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_concurrent_calls_with_one_key_exactly_a_burst_is_accepted() {
    with_database(async |database| {
        let db = &database.db;
        domain::account::create(db, &actor(), "ada", 1000).await.expect("an account");
        let key = create(db, "slow").await;
        limit_rate(db, &key, Some((1, 20))).await;
        let caller = verify(db, &key).await;
        let pool = db::connect(&database.url, 50).await.expect("connections");
        let start = Arc::new(Barrier::new(50));
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let (db, caller, start) = (pool.clone(), caller.clone(), Arc::clone(&start));
            calls.spawn(async move {
                domain::account::balance(&db, &caller).await.expect("a connection");
                start.wait().await;
                write_uses(&db).await.expect("uses are written beside");
                job::submit(&db, &caller, &interactive_job(), None).await
            });
        }

        let responses = calls.join_all().await;
        pool.close().await;

        let accepted = responses.iter().filter(|response| response.is_ok()).count();
        let limited = |response: &&Result<_, _>| matches!(response, Err(SubmitError::RateLimited(_)));
        assert_eq!((accepted, responses.iter().filter(limited).count()), (20, 30), "{responses:?}");
        assert_eq!(database.scalar("select balance from account").await, 980);
    })
    .await;
}

#[tokio::test]
async fn limits_of_a_key_change_what_it_may_do_and_are_recorded_without_its_secret() {
    with_database(async |database| {
        let db = &database.db;
        domain::account::create(db, &actor(), "ada", 1).await.expect("an account");
        let key = create(db, "ci").await;
        let id = key.id.to_string();
        let limits = KeyLimits {
            scopes: Some("read".parse().expect("scopes")),
            expiry: Some(Expiry::After(Duration::from_hours(1))),
            rate: Some(Some((60, 20))),
        };

        key::limit(db, &actor(), &id, &limits).await.expect("it is limited");

        let caller = verify(db, &key).await;
        assert!(caller.require(key::Scope::Render).is_err() && caller.require(key::Scope::Read).is_ok());
        let summary = keys(db, &KeyFilter::default()).await.remove(0);
        assert_eq!((summary.rate, summary.burst, summary.condition), (Some(60), Some(20), KeyCondition::ExpiresSoon));
        assert_eq!((summary.created_by.as_deref(), summary.scopes.names()), (Some("test"), "read".to_owned()));
        let events = latest(db, 10).await.expect("events");
        assert_eq!(events[0].kind, "key.limited");
        assert!(events[0].message.contains("scopes read") && events[0].message.contains("rate 60, burst 20"));
        let everything = "select concat((select json_agg(event) from event), (select json_agg(api_key) from api_key))";
        let everything: String = sqlx::query_scalar(everything).fetch_one(db).await.expect("everything");
        let secret = key.key.expose_secret().rsplit('_').next().expect("a secret");
        assert!(!everything.contains(secret) && !everything.contains(&secret[..43]));

        let never = KeyLimits { expiry: Some(Expiry::Never), ..KeyLimits::default() };
        key::limit(db, &actor(), &id, &never).await.expect("it is limited");
        let rotated = key::rotate(db, &actor(), &id, Duration::ZERO).await.expect("it is rotated").new;
        let new = keys(db, &KeyFilter::default()).await.remove(0);
        assert_eq!((new.id, new.rate, new.expires_at), (rotated.id, Some(60), None));
    })
    .await;
}

#[tokio::test]
async fn invalid_limits_of_a_key_change_nothing() {
    with_database(async |database| {
        let db = &database.db;
        domain::account::create(db, &actor(), "ada", 1).await.expect("an account");
        let (key, revoked) = (create(db, "ci").await.id.to_string(), create(db, "old").await.id.to_string());
        key::revoke(db, &actor(), &revoked).await.expect("it is revoked");
        let events = async || database.scalar("select count(*) from event").await;
        let before = events().await;
        let limit = async |id: &str, limits| key::limit(db, &actor(), id, &limits).await;
        let rate = |rate, burst| KeyLimits { rate: Some(Some((rate, burst))), ..KeyLimits::default() };
        let expiry = |expiry| KeyLimits { expiry: Some(expiry), ..KeyLimits::default() };
        let past = "2020-01-01T00:00:00Z".parse().expect("a time");

        for (jobs, burst) in [(0, 20), (-1, 20), (60, 19), (1_000_001, 20), (60, 1_000_001)] {
            assert!(matches!(limit(&key, rate(jobs, burst)).await, Err(LimitKeyError::InvalidRate)), "{jobs} {burst}");
        }
        for expiry in [expiry(Expiry::At(past)), expiry(Expiry::After(Duration::ZERO))] {
            assert!(matches!(limit(&key, expiry).await, Err(LimitKeyError::InvalidExpiry)));
        }
        assert!(matches!(limit(&revoked, rate(60, 20)).await, Err(LimitKeyError::Inactive(id)) if id == revoked));
        assert!(matches!(limit("nothing", rate(60, 20)).await, Err(LimitKeyError::NoSuchKey(_))));

        assert_eq!(events().await, before);
        assert_eq!(database.scalar("select count(*) from api_key where rate is null and expires_at is null").await, 2);
    })
    .await;
}

#[tokio::test]
async fn keys_are_found_by_account_condition_name_and_id_on_pages_without_gaps() {
    with_database(async |database| {
        let db = &database.db;
        for account in ["ada", "bob"] {
            domain::account::create(db, &actor(), account, 1).await.expect("an account");
        }
        let mut made = Vec::new();
        for name in ["active", "idle", "stale", "never_used", "unknown", "expires_soon", "expired", "revoked"] {
            made.push(create(db, name).await.id);
        }
        key::create(db, &actor(), &NewKey::new("bob")).await.expect("a key");
        database
            .execute(
                "update api_key set
                     created_at = now() - interval '40 days',
                     last_used_at = case name
                         when 'active' then now() - interval '1 hour'
                         when 'idle' then now() - interval '3 days'
                         when 'stale' then now() - interval '31 days'
                     end,
                     expires_at = case name
                         when 'expires_soon' then now() + interval '6 days'
                         when 'expired' then now() - interval '1 day'
                         else now() + interval '8 days'
                     end,
                     revoked_at = case name when 'revoked' then now() end,
                     created_by = case name when 'unknown' then null else created_by end",
            )
            .await;
        let of_ada = KeyFilter { account: Some("ada".to_owned()), ..KeyFilter::default() };

        for key in keys(db, &of_ada).await {
            assert_eq!(key.condition.name(), key.name);
            let state = match key.condition {
                KeyCondition::Revoked => KeyState::Revoked,
                KeyCondition::Expired => KeyState::Expired,
                KeyCondition::Active
                | KeyCondition::Idle
                | KeyCondition::Stale
                | KeyCondition::NeverUsed
                | KeyCondition::Unknown
                | KeyCondition::ExpiresSoon => KeyState::Active,
            };
            assert_eq!((key.state, key.account.as_str()), (state, "ada"), "{}", key.name);
            let found = KeyFilter { condition: Some(key.condition), ..of_ada.clone() };
            assert_eq!(keys(db, &found).await, [key]);
        }
        let text = |text: &str| KeyFilter { text: Some(text.to_owned()), ..KeyFilter::default() };
        assert_eq!(keys(db, &text("STALE")).await.len(), 1);
        assert_eq!(keys(db, &text(&made[0].to_string()[..9])).await[0].id, made[0]);
        for id in [made[0].to_string(), format!("tt_{}", made[0]), format!("tt_{}_secret", made[0])] {
            let found = KeyFilter { id: Some(id), ..KeyFilter::default() };
            assert_eq!(keys(db, &found).await.iter().map(|key| &key.id).collect::<Vec<_>>(), [&made[0]]);
        }
        assert_eq!(keys(db, &text("%")).await, []);
        let nobody = KeyFilter { account: Some("eve".to_owned()), ..KeyFilter::default() };
        assert_eq!(key::page(db, &nobody, None, 5).await.expect("a page").next, None);

        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = key::page(db, &KeyFilter::default(), after.as_ref(), 2).await.expect("a page");
            all.extend(page.keys.iter().map(|key| key.id.to_string()));
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        let listed = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((listed, all.len()), (9, 9));
    })
    .await;
}
