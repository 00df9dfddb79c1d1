//! `tintype workers` and `tintype events`, as scripts use them.

use std::process::Stdio;

use domain::event::Actor;
use domain::worker;
use harness::fixtures::{EXPIRE_BEATS, claim_one, create_account, register_worker, submit_job};
use harness::{TEST_TIMEOUT, binary, run, with_database};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

async fn tintype(url: &str, args: &[&str]) -> (Option<i32>, Value) {
    let output = run(&binary("tintype"), args, &[("DATABASE_URL", url)]).await;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    (output.code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn a_worker_is_listed_drained_released_and_undrained_with_an_event_for_each_change() {
    with_database(async |database| {
        let caller = create_account(&database.db, "ada", 5).await;
        let worker = register_worker(&database.db, "w-1").await;
        submit_job(&database.db, &caller).await;
        let _held = claim_one(&database.db, worker).await;
        let change = async |verb: &str| {
            let args = ["workers", verb, "w-1", "--as=eve", "--reason=a test", "--json"];
            tintype(&database.url, &args).await
        };

        let (code, refused) = change("release").await;
        assert_eq!(code, Some(1));
        assert!(refused["error"].as_str().expect("an error").contains("drain it first"), "{refused}");
        assert_eq!(change("drain").await.1["changed"], true);
        assert_eq!(change("drain").await.1["changed"], false);
        let (_, shown) = tintype(&database.url, &["workers", "show", &worker.to_string(), "--json"]).await;
        assert_eq!((&shown["state"], &shown["busy"]), (&json!("draining"), &json!(1)));
        assert_eq!(shown["in_flight"][0]["account_name"], "ada");
        assert_eq!(change("release").await.1["released"], 1);
        assert_eq!(change("undrain").await, (Some(0), json!({"worker": worker, "draining": false, "changed": true})));

        let audit = ["events", "--level=audit", "--actor=eve", "--kind=worker.", "--json"];
        let (_, events) = tintype(&database.url, &audit).await;
        let kinds: Vec<_> = events.as_array().expect("events").iter().map(|event| &event["kind"]).collect();
        assert_eq!(kinds, ["worker.undrained", "worker.released", "worker.draining"]);
        let (_, list) = tintype(&database.url, &["workers", "--json"]).await;
        assert_eq!((&list["workers"][0]["name"], &list["is_cut"]), (&json!("w-1"), &json!(false)));
    })
    .await;
}

#[tokio::test]
async fn workers_are_described_for_people() {
    with_database(async |database| {
        let (_, none) = tintype(&database.url, &["workers"]).await;
        assert_eq!(none, "no workers: start tintype-worker\n");
        register_worker(&database.db, "w-2").await;
        database.execute(EXPIRE_BEATS).await;
        register_worker(&database.db, "w-1").await;

        let (_, list) = tintype(&database.url, &["workers", "list"]).await;

        let lines: Vec<&str> = list.as_str().expect("text").lines().collect();
        assert_eq!(lines[0], "1 alive · 1 lost · 0 leases on 4 slots");
        assert!(lines[3].starts_with("w-2     lost"), "those in trouble are first: {list}");
        assert_eq!(tintype(&database.url, &["workers", "show", "w-9"]).await.0, Some(1));
    })
    .await;
}

#[tokio::test]
async fn a_name_of_several_workers_is_refused_with_their_ids() {
    with_database(async |database| {
        let ids = [register_worker(&database.db, "w-1").await, register_worker(&database.db, "w-1").await];
        let (code, error) = tintype(&database.url, &["workers", "drain", "w-1", "--json"]).await;
        let error = error["error"].as_str().expect("an error");
        assert!(code == Some(1) && ids.iter().all(|id| error.contains(&id.to_string())), "{error}");
    })
    .await;
}

#[tokio::test]
async fn events_are_followed_as_they_happen() {
    with_database(async |database| {
        let worker = register_worker(&database.db, "w-1").await;
        register_worker(&database.db, "w-2").await;
        let mut process = Command::new(binary("tintype"))
            .args(["events", "--follow", "--limit=1", "--json"])
            .env("DATABASE_URL", &database.url)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut next = async || {
            let line = timeout(TEST_TIMEOUT, lines.next_line()).await.expect("in time").expect("text").expect("a line");
            serde_json::from_str::<Value>(&line).expect("JSON")
        };
        assert_eq!(next().await["message"], "w-2", "the latest one");

        worker::drain(&database.db, &Actor::new("eve"), worker).await.expect("a drain");
        let event = next().await;
        assert_eq!((&event["kind"], &event["actor"]), (&json!("worker.draining"), &json!("eve")));
        worker::undrain(&database.db, &Actor::new("eve"), worker).await.expect("an undrain");
        assert_eq!(next().await["kind"], "worker.undrained", "none is printed twice");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_level_names_those_that_there_are() {
    with_database(async |database| {
        let (code, error) = tintype(&database.url, &["events", "--level=bad"]).await;
        assert_eq!(code, Some(2));
        assert!(error.as_str().expect("text").contains("info, warning, error, audit"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn following_events_ends_when_nobody_reads_them() {
    with_database(async |database| {
        register_worker(&database.db, "w-1").await;
        let mut process = Command::new(binary("tintype"))
            .args(["events", "--follow"])
            .env("DATABASE_URL", &database.url)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let first = timeout(TEST_TIMEOUT, lines.next_line()).await.expect("in time").expect("text").expect("a line");
        assert!(first.contains("worker.joined"), "{first}");
        drop(lines);

        register_worker(&database.db, "w-2").await;
        let status = timeout(TEST_TIMEOUT, process.wait()).await.expect("it ends").expect("a status");
        assert!(status.success(), "{status}");
    })
    .await;
}
