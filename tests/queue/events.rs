//! Events: what is listed, page by page, with each filter.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Db;
use domain::event::{Event, EventCursor, EventFilter, EventId, EventLevel, MAX_PAGE, page, tail};
use harness::fixtures::{create_account, register_worker, submit_jobs};
use harness::{Database, with_database};

/// 3,000 events and 1,000 failures, of which some have the same time, over an hour. Ids follow the order of time only
/// roughly, as when transactions commit late.
const HISTORY: &str = "
    update event set at = now() - interval '1 hour';
    insert into event (at, kind, job, worker, account, actor, message)
    select
        now() - interval '1 hour' + n * interval '1 second' + (n % 7) * interval '2 seconds',
        (array['job.lapsed', 'job.retried', 'worker.joined', 'slot.swept'])[n % 4 + 1],
        case when n % 4 < 2 then gen_random_uuid() end,
        case when n % 3 = 0 then (select id from worker where name = 'w-1') end,
        case when n % 5 = 0 then (select id from account where name = 'ada') end,
        case when n % 50 = 0 then 'eve' end,
        'event ' || n
    from generate_series(1, 3000) as n;
    insert into failure (job, at, type, code, account, worker)
    select
        uuid_at(now() - interval '2 hours' + n * interval '3 seconds'),
        now() - interval '1 hour' + (n / 2) * interval '6 seconds',
        'pdf',
        (array['TIMEOUT', 'DNS_FAILED'])[n % 2 + 1],
        (select id from account where name = 'ada'),
        case when n % 3 = 0 then (select id from worker where name = 'w-1') end
    from generate_series(1, 1000) as n;
    analyze event; analyze failure";

async fn with_history(test: impl AsyncFnOnce(&Database)) {
    with_database(async |database| {
        create_account(&database.db, "ada", 10).await;
        register_worker(&database.db, "w-1").await;
        database.execute(HISTORY).await;
        test(database).await;
        database.execute("delete from failure").await;
    })
    .await;
}

/// Reads all pages, and fails if an event is on two of them.
async fn all(db: &Db, filter: &EventFilter, limit: i64) -> Vec<Event> {
    let (mut events, mut seen, mut after): (Vec<Event>, BTreeSet<EventId>, Option<EventCursor>) = Default::default();
    loop {
        let page = page(db, filter, after, limit).await.expect("a page");
        assert!(page.events.len() <= usize::try_from(limit).expect("a few"));
        for event in page.events {
            assert!(seen.insert(event.key().expect("a key")), "twice: {event:?}");
            events.push(event);
        }
        after = page.next;
        if after.is_none() {
            return events;
        }
    }
}

#[tokio::test]
async fn pages_have_every_event_and_every_failure_once() {
    with_history(async |database| {
        let everything = EventFilter::default();
        for limit in [37, 200, MAX_PAGE] {
            let events = all(&database.db, &everything, limit).await;
            let failures = events.iter().filter(|event| event.kind == "job.failed").count();
            assert_eq!((events.len() - failures, failures), (3_000 + 3, 1_000), "{limit}");
            let newest_first = |pair: &[Event]| pair[0].at >= pair[1].at - Duration::from_secs(15);
            assert!(events.windows(2).all(newest_first), "only what committed late is out of order");
        }
    })
    .await;
}

#[tokio::test]
async fn filters_find_the_events_that_a_plain_search_finds() {
    with_history(async |database| {
        let everything = all(&database.db, &EventFilter::default(), MAX_PAGE).await;
        let worker = domain::worker::find(&database.db, "w-1").await.expect("a worker")[0];
        let account = everything.iter().find_map(|event| event.account).expect("an account");
        let (since, until) = (everything[900].at, everything[300].at);
        let with = |change: fn(&mut EventFilter)| {
            let mut filter = EventFilter::default();
            change(&mut filter);
            filter
        };
        #[expect(clippy::type_complexity, reason = "it is used once")]
        let cases: Vec<(EventFilter, Box<dyn Fn(&Event) -> bool>)> = vec![
            (with(|f| f.levels = vec![EventLevel::Warning]), Box::new(|e| e.level == EventLevel::Warning)),
            (with(|f| f.levels = vec![EventLevel::Error]), Box::new(|e| e.level == EventLevel::Error)),
            (with(|f| f.levels = vec![EventLevel::Audit]), Box::new(|e| e.actor.is_some())),
            (with(|f| f.kind = Some("slot.swept".to_owned())), Box::new(|e| e.kind == "slot.swept")),
            (with(|f| f.kind = Some("job.".to_owned())), Box::new(|e| e.kind.starts_with("job."))),
            (with(|f| f.kind = Some("job.failed".to_owned())), Box::new(|e| e.kind == "job.failed")),
            (with(|f| f.worker = Some("w-1".to_owned())), Box::new(move |e| e.worker == Some(worker))),
            (with(|f| f.account = Some("ada".to_owned())), Box::new(move |e| e.account == Some(account))),
            (with(|f| f.actor = Some("eve".to_owned())), Box::new(|e| e.actor.as_deref() == Some("eve"))),
            (with(|f| f.code = Some("TIMEOUT".to_owned())), Box::new(|e| e.message.starts_with("TIMEOUT"))),
            (
                with(|f| {
                    f.worker = Some("w-1".to_owned());
                    f.levels = vec![EventLevel::Error];
                    f.code = Some("TIMEOUT".to_owned());
                }),
                Box::new(move |e| e.worker == Some(worker) && e.message.starts_with("TIMEOUT")),
            ),
            (
                EventFilter { since: Some(since), until: Some(until), ..EventFilter::default() },
                Box::new(move |e| (since..=until).contains(&e.at)),
            ),
            (with(|f| f.worker = Some("nobody".to_owned())), Box::new(|_| false)),
        ];
        for (filter, passes) in cases {
            let found: BTreeSet<_> = all(&database.db, &filter, 100).await.iter().map(Event::key).collect();
            let expected: BTreeSet<_> = everything.iter().filter(|event| passes(event)).map(Event::key).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
        let job = everything.iter().find(|event| event.kind == "job.failed").and_then(|event| event.job);
        let of_job = all(&database.db, &EventFilter { job, ..EventFilter::default() }, 100).await;
        assert_eq!(of_job.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_tail_finds_what_committed_late() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 10).await;
        submit_jobs(&database.db, &caller, 1, domain::job::Lane::Bulk).await;
        let first = tail(&database.db, &EventFilter::default(), None, None).await.expect("a tail");
        let newest = first.events.iter().map(|event| event.at).max();
        database.execute("insert into event (at, kind) values (now() - interval '20 seconds', 'late.commit')").await;
        database.execute("insert into event (at, kind) values (now() - interval '1 hour', 'long.ago')").await;

        let second = tail(&database.db, &EventFilter::default(), newest, None).await.expect("a tail");
        assert!(second.events.iter().any(|event| event.kind == "late.commit"));
        assert!(second.events.iter().all(|event| event.kind != "long.ago"));
    })
    .await;
}

#[tokio::test]
async fn an_event_with_a_smaller_id_that_commits_after_it_was_passed_is_found() {
    with_database(async |database| {
        let db = &database.db;
        database.execute("insert into event (kind) values ('first')").await;
        let mut late = db.pool().begin().await.expect("a transaction");
        sqlx::query("insert into event (kind) values ('late')").execute(&mut *late).await.expect("an event");
        database.execute("insert into event (kind) values ('second')").await;
        let kinds = async |newest| {
            let page = tail(db, &EventFilter::default(), newest, None).await.expect("a tail");
            (
                page.events.iter().map(|event| event.at).max(),
                page.events.into_iter().map(|e| e.kind).collect::<Vec<_>>(),
            )
        };

        let (newest, before) = kinds(None).await;
        late.commit().await.expect("a commit");
        let (_, after) = kinds(newest).await;

        assert_eq!(before, ["second", "first"]);
        assert_eq!(after, ["second", "late", "first"]);
    })
    .await;
}
