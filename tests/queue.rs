//! The queue alone: `domain` on a real Postgres, without API, worker or Chromium.

mod audit;
mod browse;
mod claims;
mod completions;
mod draining;
mod events;
mod expiries;
mod expiry;
mod facts;
mod fairness;
mod history;
mod idempotency;
mod keys;
mod leases;
mod limits;
mod load;
mod money;
mod money_reads;
mod parking;
mod plans;
mod races;
mod reaping;
mod roles;
mod secrets;
mod together;
mod upgrade;
mod work;

use harness::Service;
use harness::fixtures::html_job;

/// Creates an account with submitted jobs, and returns its API key.
async fn account_with_jobs(service: &Service, jobs: usize) -> String {
    let key = service.account("ada", 100).await;
    let caller = domain::key::verify(&service.db, &key).await.expect("a caller");
    for _ in 0..jobs {
        domain::job::submit(&service.db, &caller, &html_job("<p>"), None).await.expect("a job");
    }
    key
}
