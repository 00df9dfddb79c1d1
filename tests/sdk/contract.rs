//! A client that knows nothing but the contract.

use domain::account::suspend;
use harness::fixtures::actor;
use harness::with_service;
use tokio::process::Command;

use super::program::{Directory, root};

#[tokio::test]
async fn a_client_written_from_the_contract_alone_works() {
    with_service(async |service| {
        service.worker(3).await;
        let key = service.account("ada", 1000).await;
        let mut command = Command::new("python3");
        command.arg("-B").arg(root().join("tests/sdk/contract_client.py")).env("PAGE", service.site.page("/flag"));
        for (name, credits, variable) in [("bob", 9, "OTHER_KEY"), ("cy", 7, "POOR_KEY"), ("dan", 9, "SUSPENDED_KEY")] {
            command.env(variable, service.account(name, credits).await);
        }
        suspend(&service.db, &actor(), "dan").await.expect("a suspended account");

        println!("{}", Directory::create().run(service, &key, &mut command).await);
    })
    .await;
}
