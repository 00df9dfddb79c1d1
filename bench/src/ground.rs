//! The ground of one measurement: a fresh database of one contender.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::contenders::Contender;
use crate::program;
use crate::server::Server;

/// How many jobs are enqueued by one call, where enqueueing is not what is measured.
const FILL: u32 = 1_000;

/// A fresh database of one contender.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    /// Whose.
    pub(crate) contender: &'a Contender,
    /// Where.
    pub(crate) url: String,
    /// A pool to it, for the runner's own questions.
    pub(crate) db: PgPool,
    server: &'a Server,
    database: String,
}

/// Makes the database that all of a contender's others are copied from.
pub(crate) async fn prepare(server: &Server, contender: &Contender, accounts: u32) -> anyhow::Result<()> {
    let template = format!("{}_template", contender.database());
    execute(&server.admin, &format!("drop database if exists {template} (force)")).await?;
    execute(&server.admin, &format!("create database {template}")).await?;
    program::setup(contender, &server.url(&template), accounts).await?;
    let db = PgPoolOptions::new().max_connections(1).connect(&server.url(&template)).await?;
    // Where it is not installed, what needs it is left out.
    let _ = execute(&db, "create extension if not exists pg_stat_statements").await;
    db.close().await;
    Ok(())
}

impl<'a> Ground<'a> {
    /// Copies the contender's prepared database.
    pub(crate) async fn fresh(server: &'a Server, contender: &'a Contender) -> anyhow::Result<Self> {
        let database = contender.database();
        execute(&server.admin, &format!("drop database if exists {database} (force)")).await?;
        let create = format!("create database {database} template {database}_template");
        let mut tries = 50;
        // Who set it up may take a moment to be gone.
        while let Err(error) = execute(&server.admin, &create).await {
            tries -= 1;
            ensure!(tries > 0, "{error:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let url = server.url(&database);
        let db = PgPoolOptions::new().max_connections(4).connect(&url).await?;
        Ok(Self { contender, url, db, server, database })
    }

    /// Enqueues jobs of one account, to be worked off.
    pub(crate) async fn fill(&self, jobs: u32) -> anyhow::Result<()> {
        let order = program::Order { jobs, by: FILL, connections: 4, ..program::Order::default() };
        program::enqueue(self, &order).await.map(drop)
    }

    /// What precedes every measurement: statistics for the planner, and a checkpoint.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        execute(&self.db, "analyze").await?;
        execute(&self.db, "checkpoint").await
    }

    /// How many of so many jobs are completed.
    pub(crate) async fn completed(&self, jobs: u32) -> anyhow::Result<i64> {
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(self.contender.completed)).bind(i64::from(jobs));
        count.fetch_one(&self.db).await.context("counting completions")
    }

    /// Waits until all of so many jobs are completed.
    pub(crate) async fn all_completed(&self, jobs: u32, patience: Duration) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let completed = self.completed(jobs).await?;
            if completed >= i64::from(jobs) {
                return Ok(());
            }
            ensure!(begun.elapsed() < patience, "only {completed} of {jobs} jobs were completed");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// How many bytes of write-ahead log there are, of the whole server.
    pub(crate) async fn wal(&self) -> anyhow::Result<f64> {
        let bytes = "select (pg_current_wal_lsn() - '0/0')::float8";
        Ok(sqlx::query_scalar(bytes).fetch_one(&self.db).await?)
    }

    /// How many transactions were committed in this database.
    pub(crate) async fn commits(&self) -> anyhow::Result<f64> {
        let commits = "select xact_commit::float8 from pg_stat_database where datname = current_database()";
        // A backend tells what it did once a second, or when it ends.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        Ok(sqlx::query_scalar(commits).fetch_one(&self.db).await?)
    }

    /// Drops it.
    pub(crate) async fn clear(self) -> anyhow::Result<()> {
        self.db.close().await;
        execute(&self.server.admin, &format!("drop database if exists {} (force)", self.database)).await
    }
}

/// Executes a statement whose every word is ours.
pub(crate) async fn execute(db: &PgPool, statement: &str) -> anyhow::Result<()> {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(db).await;
    done.map(drop).with_context(|| format!("executing: {statement}"))
}
