//! Statements that fail with transient errors or because the disk is full.

use harness::{Database, Fault, FaultPoint, PostgresServer, Proxy, Service, skip, with_service, with_service_on};
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::{
    BALANCE, COMPLETE, COMPLETED, Client, DEBITS, LAPSED, REFUNDS, UNFINISHED, async_job, database_unavailable, job_id,
    status_and_code, worker_through,
};
use harness::fixtures::ALLOW_REAPING;

/// Makes 40% of the statements that change these tables fail with a deadlock, a serialization
/// failure or a statement timeout.
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
async fn statements_with_transient_errors_are_retried_and_take_effect_once() {
    with_service(async |service| {
        let key = service.account("ada", 100).await;
        let client = Client::new(&service.url, &key);
        service.execute(ERRORS).await;
        let _worker = service.worker_process(2).await;

        for call in 0..12 {
            let once = format!("call-{call}");
            let mut response = client.post_idempotent(&once, "/v1/screenshot", &async_job()).await;
            while response.status != 202 {
                assert_eq!(status_and_code(&response), database_unavailable(), "{}", response.json());
                response = client.post_idempotent(&once, "/v1/screenshot", &async_job()).await;
            }
        }
        service.wait_for(async || (service.scalar(UNFINISHED).await == 0).then_some(())).await;

        assert_eq!((service.scalar(COMPLETED).await, service.scalar(LAPSED).await), (12, 0));
        assert_eq!(service.scalar("select count(*) from job where attempt <> 1").await, 0);
        assert_eq!((service.scalar(DEBITS).await, service.scalar(BALANCE).await), (12, 88));
    })
    .await;
}

/// Moves the tables of sources and results to the small disk.
const MOVED: &str = "
    do $$
    begin
        for slot in 0..31 loop
            execute format('alter table result_%s set tablespace small', slot);
            execute format('alter table source_%s set tablespace small', slot);
        end loop;
    end
    $$";

/// Fills the disk to the last bytes.
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
async fn a_full_disk_fails_only_what_needs_space_and_fails_it_as_a_whole() {
    let mut server = PostgresServer::start().await;
    let disk = match server.mount_disk(8 << 20).await {
        Ok(disk) => disk,
        Err(reason) => return skip(&format!("a small disk cannot be mounted: {reason}")),
    };
    let database = Database::create_at(&server.url).await;
    let small = format!("create tablespace small location '{}'", disk.display());
    sqlx::raw_sql(AssertSqlSafe(small)).execute(&database.db).await.expect("a tablespace");
    database.execute(MOVED).await;
    with_service_on(database, async |service| {
        let client = Client::new(&service.url, &service.account("ada", 10).await);
        let proxy = Proxy::to(&service.database_url).await;
        let _worker = worker_through(service, &proxy, 1).await;
        let kept = client.post("/v1/screenshot", &json!({"html": "<p>"})).await;
        assert_eq!(kept.status, 200, "{}", kept.json());
        service.execute(FILL).await;

        let source = json!({"html": "x".repeat(100_000), "async": true});
        let with_source = client.post("/v1/pdf", &source).await;
        assert_eq!(status_and_code(&with_source), database_unavailable(), "{}", with_source.json());
        assert_eq!(service.scalar(DEBITS).await, 1);
        let saved = failing(service, &proxy, &client).await;
        let path = format!("/v1/jobs/{}", kept.header("x-job-id"));
        let (job, result) = (client.get(&path).await, client.get(&format!("{path}/result")).await);
        assert_eq!((job.status, result.status, result.bytes), (200, 200, kept.bytes));
        assert_eq!((service.scalar(COMPLETED).await, service.scalar(UNFINISHED).await), (1, 1));

        service.execute("drop table ballast").await;
        let saved = service.wait_for_job(&client.key, &saved).await;
        assert_eq!((&saved["status"], &saved["attempt"]), (&json!("completed"), &json!(1)), "{saved}");

        service.execute(FILL).await;
        let lost = failing(service, &proxy, &client).await;
        service.execute("update queue set attempt = 3, deadline = now()").await;
        service.execute(ALLOW_REAPING).await;
        let lost = service.wait_for_job(&client.key, &lost).await;
        assert_eq!((&lost["status"], &lost["error_code"]), (&json!("failed"), &json!("WORKER_LOST")), "{lost}");
        assert_eq!((service.scalar(REFUNDS).await, service.scalar(BALANCE).await), (1, 8));
    })
    .await;
}

/// Submits a job without HTML, and waits until its completion has failed and is retried.
async fn failing(service: &Service, proxy: &Proxy, client: &Client) -> String {
    let tried_again = proxy.inject(COMPLETE, 2, FaultPoint::After, Fault::Hold);
    let viewport = json!({"width": 3840, "height": 2160});
    let page = json!({"url": service.site.page("/flag"), "viewport": viewport, "async": true});
    let job = job_id(&client.post("/v1/screenshot", &page).await);
    tried_again.occurred().await;
    proxy.release();
    job
}
