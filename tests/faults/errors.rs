//! Statements that fail: by the server's word, or for want of room.

use std::time::Duration;

use harness::{Database, Fault, Moment, Proxy, Server, Service, story, story_on};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::{BALANCE, COMPLETE, COMPLETED, Client, DEBITS, JUDGES, LAPSED, REFUNDS, UNFINISHED};
use crate::{asynchronous, away, job_of, told, worker_behind};

/// Of the statements that touch these, four in ten fail: deadlock, serialization, `statement_timeout`.
const ERRORS: &str = "
    create function fault() returns trigger language plpgsql as $$
    begin
        if random() < 0.4 then
            raise 'injected' using errcode = (array['40P01', '40001', '57014'])[ceil(random() * 3)];
        end if;
        return null;
    end
    $$;
    create trigger fault after insert on ledger for each statement execute function fault();
    create trigger fault after insert on result for each statement execute function fault();
    create trigger fault after update on queue for each statement execute function fault();
    create trigger fault after update on worker for each statement execute function fault();";

#[tokio::test]
async fn statements_that_fail_in_passing_are_asked_again_and_nothing_is_done_twice() {
    story(async |service| {
        let key = service.account("ada", 100).await;
        let client = Client::new(&service.url, &key);
        service.change(ERRORS).await;
        let _worker = service.worker_process(2).await;

        for call in 0..12 {
            let once = format!("call-{call}");
            let mut answer = client.post_once(&once, "/v1/screenshot", &asynchronous()).await;
            while answer.status != 202 {
                assert_eq!(told(&answer), away(), "{}", answer.json());
                answer = client.post_once(&once, "/v1/screenshot", &asynchronous()).await;
            }
        }
        service.until(async || (service.count(UNFINISHED).await == 0).then_some(())).await;

        assert_eq!((service.count(COMPLETED).await, service.count(LAPSED).await), (12, 0));
        assert_eq!(service.count("select count(*) from job where attempt <> 1").await, 0);
        assert_eq!((service.count(DEBITS).await, service.count(BALANCE).await), (12, 88));
    })
    .await;
}

/// What pages and pictures are kept in goes to the small disk.
const MOVED: &str = "
    do $$
    begin
        for slot in 0..31 loop
            execute format('alter table result_%s set tablespace small', slot);
            execute format('alter table source_%s set tablespace small', slot);
        end loop;
    end
    $$";

/// Fills the disk, the last corner included.
const FILL: &str = "
    create table ballast (bytes bytea) tablespace small;
    alter table ballast alter bytes set storage external;
    do $$
    begin
        for size in 1..3 loop
            begin
                loop
                    begin
                        insert into ballast values (convert_to(repeat('x', (array[100000, 1500, 20])[size]), 'UTF8'));
                    exception when disk_full then
                        exit;
                    end;
                end loop;
            end;
        end loop;
    end
    $$";

#[tokio::test]
async fn a_full_disk_fails_what_needs_room_as_a_whole_and_nothing_else() {
    let mut server = Server::start().await;
    let disk = match server.disk(8 << 20).await {
        Ok(disk) => disk,
        Err(reason) => return eprintln!("skipped: no small disk can be mounted here: {reason}"),
    };
    let database = Database::create_at(&server.url).await;
    let small = format!("create tablespace small location '{}'", disk.display());
    sqlx::raw_sql(AssertSqlSafe(small)).execute(&database.db).await.expect("a tablespace");
    database.change(MOVED).await;
    story_on(database, Duration::from_secs(30), async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let proxy = Proxy::to(&service.database_url).await;
        let _worker = worker_behind(service, &proxy, 1).await;
        let kept = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;
        assert_eq!(kept.status, 200, "{}", kept.json());
        service.change(FILL).await;

        let source = json!({"html": "x".repeat(100_000), "async": true});
        let with_source = client.post("/v1/pdf", &source).await;
        assert_eq!(told(&with_source), away(), "{}", with_source.json());
        assert_eq!(service.count(DEBITS).await, 1);
        let saved = failing(service, &proxy, &client).await;
        let path = format!("/v1/jobs/{}", kept.header("x-job-id"));
        let (job, result) = (client.get(&path).await, client.get(&format!("{path}/result")).await);
        assert_eq!((job.status, result.status, result.bytes), (200, 200, kept.bytes));
        assert_eq!((service.count(COMPLETED).await, service.count(UNFINISHED).await), (1, 1));

        service.change("drop table ballast").await;
        let saved = service.ended(&client.key, &saved).await;
        assert_eq!((&saved["status"], &saved["attempt"]), (&json!("completed"), &json!(1)), "{saved}");

        service.change(FILL).await;
        let lost = failing(service, &proxy, &client).await;
        service.change("update queue set attempt = 3, deadline = now()").await;
        service.change(JUDGES).await;
        let lost = service.ended(&client.key, &lost).await;
        assert_eq!((&lost["status"], &lost["error_code"]), (&json!("failed"), &json!("WORKER_LOST")), "{lost}");
        assert_eq!((service.count(REFUNDS).await, service.count(BALANCE).await), (1, 8));
    })
    .await;
}

/// A job of which nothing is sent along, and whose completion has failed and is tried again.
async fn failing(service: &Service, proxy: &Proxy, client: &Client) -> String {
    let tried_again = proxy.on(COMPLETE, 2, Moment::After, Fault::Hold);
    let viewport = json!({"width": 3840, "height": 2160});
    let page = json!({"url": service.site.page("/flag"), "viewport": viewport, "async": true});
    let job = job_of(&client.post("/v1/screenshot", &page).await);
    tried_again.met().await;
    proxy.release();
    job
}
