//! An incident, played through in a terminal with real workers.

use harness::{Service, Terminal, binary, with_service};
use nix::sys::signal::Signal;
use serde_json::json;

const SIZE: (u16, u16) = (100, 30);

/// The console of an operator at work.
struct Operator {
    console: Terminal,
}

impl Operator {
    fn open(service: &Service) -> Self {
        let console = Terminal::open(&binary("tintype"), SIZE, &[("DATABASE_URL", &service.database_url)]);
        Self { console }
    }

    /// Types text, one key after another.
    fn type_text(&self, text: &str) {
        text.chars().map(String::from).for_each(|key| self.console.press(if key == " " { "Space" } else { &key }));
    }

    async fn sees(&mut self, text: &str) {
        self.console.wait_for(|screen| screen.contains(text).then_some(())).await;
    }

    /// Goes to the overview, waits for an alert with this text, and presses the letter before it.
    async fn follows_the_alert(&mut self, text: &str) {
        self.console.press("1");
        let letter = |screen: &str| {
            let line = screen.lines().find(|line| line.contains(text) && line.contains('→'))?;
            line.trim_start_matches(['│', ' ']).chars().next()
        };
        let letter = self.console.wait_for(letter).await;
        self.console.press(&letter.to_string());
    }

    async fn unlocks(&mut self) {
        self.console.press("W");
        self.sees("type WRITE").await;
        self.type_text("WRITE");
        self.console.press("Enter");
        self.sees("WRITE 09:5").await;
    }

    /// Gives the reason and types what the dialog asks for.
    async fn confirms(&mut self, reason: &str) {
        let expected = |screen: &str| {
            let (_, after) = screen.split_once("│ type ")?;
            Some(after.split_once(" to confirm")?.0.to_owned())
        };
        let expected = self.console.wait_for(expected).await;
        self.type_text(reason);
        self.console.press("Enter");
        self.type_text(&expected);
        self.sees(&format!("to confirm: {expected}")).await;
        // A dialog that has just appeared takes no confirmation.
        while self.console.wait_for(|screen| Some(screen.contains(" to confirm"))).await {
            self.console.press("Enter");
        }
    }

    fn filters(&mut self, filter: &str) {
        self.console.press("2");
        self.console.press("/");
        self.console.press("C-u");
        self.type_text(filter);
        self.console.press("Enter");
    }
}

#[tokio::test]
async fn an_incident_is_found_and_handled_by_the_keys_on_the_screen() {
    with_service(async |service| {
        let key = service.account("ada", 8).await;
        let mut doomed = service.worker_process(2).await;
        let hanging = service.site.hold("/hanging");
        let page = service.site.page("/hanging");
        for _ in 0..2 {
            service.submit(&key, "screenshot", json!({"url": page})).await;
        }
        service.wait_for_count("select count(*) from queue where lease is not null", 2).await;
        doomed.signal(Signal::SIGKILL);
        doomed.wait().await;
        hanging.release();
        service.worker(2).await;
        for _ in 0..3 {
            let missing = service.site.page("/missing");
            service.submit(&key, "pdf", json!({"url": missing, "fail_on_status": ["404"]})).await;
        }
        let request = service.submit(&key, "pdf", json!({"html": "<p>"})).await;
        service.wait_for_count("select count(*) from failure", 3).await;
        // More than the account can pay for: it is refused.
        let batch = vec![json!({"type": "pdf", "html": "<p>"}); 20];
        service.post(&key, "/v1/bulk", &json!({"jobs": batch})).await;
        service.post(&key, "/v1/bulk", &json!({"jobs": batch})).await;
        let mut operator = Operator::open(service);

        operator.follows_the_alert("silent").await;
        operator.sees("lost").await;
        operator.follows_the_alert("ada").await;
        operator.sees("ada").await;

        operator.unlocks().await;
        operator.console.press("4");
        operator.sees("ACCOUNTS 1").await;
        operator.console.press("C");
        operator.sees("how many to add").await;
        operator.type_text("500");
        operator.console.press("Enter");
        operator.console.press("Enter");
        operator.confirms("ticket 4711, paid").await;
        service.wait_for_count("select balance from account", 500).await;

        operator.filters(&format!("id:{request}"));
        operator.sees("completed").await;
        operator.filters("status:failed");
        operator.sees("STATUS_REFUSED").await;
        operator.console.press("V");
        operator.sees("all that match: 3 jobs").await;
        operator.console.press("R");
        operator.confirms("the site is back").await;
        service.wait_for_count("select count(*) from event where kind = 'jobs.resubmitted'", 1).await;
        service.wait_for_count("select count(*) from failure", 6).await;

        operator.console.press("5");
        operator.sees("API KEYS 1").await;
        operator.console.press("K");
        operator.confirms("leaked in a repository").await;
        service.wait_for_count("select count(*) from api_key where revoked_at is not null", 1).await;

        let audited = "select count(distinct kind) from event where actor is not null and reason is not null
            and kind in ('credits.granted', 'jobs.resubmitted', 'key.revoked')";
        assert_eq!(service.scalar(audited).await, 3);
        operator.console.press("C-o");
        for command in ["tintype key revoke", "tintype jobs retry --filter", "tintype account grant ada 500"] {
            operator.sees(command).await;
            operator.console.press("j");
        }
    })
    .await;
}
