//! The console, in a terminal.

use harness::{Service, Terminal, binary, run, with_service};
use serde_json::{Value, json};

const SMALL: (u16, u16) = (80, 24);

fn console(service: &Service) -> Terminal {
    Terminal::open(&binary("tintype"), SMALL, &[("DATABASE_URL", &service.database_url)])
}

/// Returns the first number after a word on the screen.
fn number(screen: &str, word: &str) -> Option<i64> {
    let (_, behind) = screen.split_once(word)?;
    let digits = behind.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

async fn fetch_overview(service: &Service) -> Value {
    let output = run(&binary("tintype"), &["overview", "--json"], &[("DATABASE_URL", &service.database_url)]).await;
    serde_json::from_str(&output.stdout).expect("an overview")
}

#[tokio::test]
async fn the_console_agrees_with_the_overview_and_the_database() {
    with_service(async |service| {
        let key = service.account("ada", 30).await;
        let batch = vec![json!({"type": "screenshot", "html": "<p>"}); 7];
        service.post(&key, "/v1/bulk", &json!({"jobs": batch})).await;
        let mut console = console(service);

        let shown = console.wait_for(|screen| Some((number(screen, "queued")?, number(screen, "ada")?))).await;
        let overview = fetch_overview(service).await;
        assert_eq!(shown, (7, 23));
        assert_eq!((&overview["queue"]["queued"], &overview["accounts"][0]["credits"]), (&json!(7), &json!(23)));
        assert_eq!(service.scalar("select count(*) from queue where lease is null").await, 7);

        service.worker(2).await;
        service.wait_for_count("select coalesce(sum(completed), 0)::bigint from stat_minute", 7).await;
        let done = |screen: &str| (number(screen, "queued")? == 0).then(|| number(screen, "Expiries")).flatten();
        let expiring = console.wait_for(|screen| done(screen).filter(|expiring| *expiring == 7)).await;
        let overview = fetch_overview(service).await;
        let hours = overview["expiries"].as_array().expect("hours").iter();
        assert_eq!(expiring, hours.map(|hour| hour["results"].as_i64().expect("a count")).sum::<i64>());
        assert_eq!(service.scalar("select count(*) from result").await, 7);
        console.press("q");
    })
    .await;
}

#[tokio::test]
async fn the_console_survives_an_outage_of_the_database() {
    with_service(async |service| {
        service.account("ada", 30).await;
        let mut console = console(service);
        console.wait_for(|screen| screen.contains("● live").then_some(())).await;

        service.execute("alter table worker rename to hidden").await;
        console.wait_for(|screen| (!screen.contains("● live")).then_some(())).await;
        service.execute("alter table hidden rename to worker").await;

        console.wait_for(|screen| screen.contains("● live").then_some(())).await;
    })
    .await;
}
