//! The accounts of the benchmark, and a key of each.

use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;
use tokio::task::JoinSet;

use super::load::Load;
use super::program::Programs;

/// How many accounts are created at once.
const AT_ONCE: usize = 8;

/// The key for each job, by its number; it begins again at its end.
pub(super) type Keys = Arc<[Arc<str>]>;

/// The accounts that exist.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    keys: Vec<Arc<str>>,
}

impl Accounts {
    /// Creates accounts until there are this many.
    pub(crate) async fn create(&mut self, programs: &Programs, accounts: usize) -> anyhow::Result<()> {
        while self.keys.len() < accounts {
            let first = self.keys.len();
            let mut created = JoinSet::new();
            for number in first..accounts.min(first + AT_ONCE) {
                let programs = programs.clone();
                created.spawn(async move { create(&programs, number).await });
            }
            while let Some(key) = created.join_next().await {
                self.keys.push(key??.into());
            }
        }
        Ok(())
    }

    /// Returns a key.
    pub(crate) fn first(&self) -> anyhow::Result<&str> {
        self.keys.first().map(|key| &**key).context("no accounts")
    }

    /// Returns the keys of a load's accounts, once each.
    pub(super) fn in_turn(&self, load: Load) -> anyhow::Result<Keys> {
        Ok(self.keys.get(..load.accounts).context("not enough accounts")?.into())
    }

    /// Returns the keys as a load's jobs use them.
    pub(super) fn scheduled(&self, load: Load) -> anyhow::Result<Keys> {
        let key = |account: usize| self.keys.get(account).cloned().context("not enough accounts");
        load.schedule()?.into_iter().map(key).collect()
    }
}

async fn create(programs: &Programs, number: usize) -> anyhow::Result<String> {
    let name = format!("bench-{number}");
    programs.cli(&["account", "create", &name, "--credits", "100000000"]).await?;
    let created = programs.cli(&["key", "create", "--account", &name, "--json"]).await?;
    let created: Value = serde_json::from_str(&created)?;
    Ok(created.get("key").and_then(Value::as_str).context("no key in the output")?.to_owned())
}
