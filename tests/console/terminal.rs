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

        let is_shown = |screen: &str| (number(screen, "QUEUED")? == 7 && number(screen, "ada")? == 23).then_some(());
        console.wait_for(is_shown).await;
        let overview = fetch_overview(service).await;
        assert_eq!((&overview["queue"]["queued"], &overview["accounts"][0]["credits"]), (&json!(7), &json!(23)));
        assert_eq!(service.scalar("select count(*) from queue where lease is null").await, 7);

        service.worker(2).await;
        service.wait_for_count("select coalesce(sum(results), 0)::bigint from stat_expiry", 7).await;
        console.press("r");
        let is_done = |screen: &str| (number(screen, "QUEUED")? == 0 && number(screen, "results")? == 7).then_some(());
        console.wait_for(is_done).await;
        let overview = fetch_overview(service).await;
        let hours = overview["expiries"].as_array().expect("hours").iter();
        assert_eq!(hours.map(|hour| hour["results"].as_i64().expect("a count")).sum::<i64>(), 7);
        assert_eq!(service.scalar("select count(*) from result").await, 7);
        console.press("q");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_any_more_stays_on_the_screen_and_says_so() {
    with_service(async |service| {
        service.account("ada", 30).await;
        let mut console = console(service);
        console.wait_for(|screen| screen.contains("No account spent credits").then_some(())).await;

        service.execute("alter table stat_account rename to hidden").await;
        console.press("r");
        console.wait_for(|screen| screen.contains("not read for").then_some(())).await;
        service.execute("alter table hidden rename to stat_account").await;
        console.press("r");

        console.wait_for(|screen| (!screen.contains("not read for")).then_some(())).await;
        console.press("q");
    })
    .await;
}
