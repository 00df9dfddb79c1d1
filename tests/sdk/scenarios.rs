//! What customers do first, with the generated clients: submit, poll, download, a batch, a PDF, and errors.

use harness::{Service, with_service};
use tokio::process::Command;

use super::program::{Directory, client, python};

#[tokio::test]
async fn the_generated_python_client_runs_every_scenario() {
    with_accounts(async |service, rich, poor| {
        if client("python").is_some() {
            run(service, rich, poor, &Directory::create(), python("tests/sdk/scenario.py")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_generated_typescript_client_runs_every_scenario() {
    with_accounts(async |service, rich, poor| {
        if let Some(client) = client("typescript") {
            let directory = Directory::create();
            let command = directory.typescript(&client, "tests/sdk/scenario.ts").await;
            run(service, rich, poor, &directory, command).await;
        }
    })
    .await;
}

/// Runs a test with the keys of two accounts: one has credits for 7 renders.
async fn with_accounts(test: impl AsyncFnOnce(&Service, &str, &str)) {
    with_service(async |service| {
        service.worker(2).await;
        let rich = service.account("ada", 50).await;
        let poor = service.account("bob", 7).await;
        test(service, &rich, &poor).await;
    })
    .await;
}

async fn run(service: &Service, rich: &str, poor: &str, directory: &Directory, mut command: Command) {
    command.env("POOR_KEY", poor).env("PAGE", service.site.page("/flag"));
    assert_eq!(directory.run(service, rich, &mut command).await.trim(), "done");
    let completed =
        "select count(*) from job join account on account.id = job.account where name = 'bob' and state = 'completed'";
    assert_eq!(service.scalar(completed).await, 7);
}
