//! The database of one measurement: a fresh copy for one contender.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::contenders::{Audit, Contender};
use crate::program;
use crate::server::Server;

/// Jobs per call where enqueueing is not what is measured.
const BACKLOG_BATCH: u32 = 1_000;

/// The pause between two counts of completed jobs.
const PAUSES: std::ops::RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(500);

/// Violated invariants of a database that a contender has used.
#[derive(Debug)]
pub(crate) struct Violated(Vec<String>);

impl std::fmt::Display for Violated {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(violations) = self;
        write!(formatter, "the audit found {}: {}", violations.len(), violations.join("; "))
    }
}

impl std::error::Error for Violated {}

/// A fresh database of one contender.
#[derive(Debug)]
pub(crate) struct BenchDatabase<'a> {
    /// Its contender.
    pub(crate) contender: &'a Contender,
    /// Its URL.
    pub(crate) url: String,
    /// A pool for the runner's own queries.
    pub(crate) db: PgPool,
    server: &'a Server,
    database: String,
}

/// Creates the database that all other databases of a contender are copied from.
pub(crate) async fn prepare(server: &Server, contender: &Contender, accounts: u32) -> anyhow::Result<()> {
    let template = format!("{}_template", contender.database());
    execute(&server.admin, &format!("drop database if exists {template} (force)")).await?;
    execute(&server.admin, &format!("create database {template}")).await?;
    program::setup(contender, &server.url(&template), accounts).await?;
    let db = PgPoolOptions::new().max_connections(1).connect(&server.url(&template)).await?;
    // If the extension is not installed, the sections that need it are skipped.
    let _ = execute(&db, "create extension if not exists pg_stat_statements").await;
    db.close().await;
    Ok(())
}

impl<'a> BenchDatabase<'a> {
    /// Copies the contender's prepared database.
    pub(crate) async fn fresh(server: &'a Server, contender: &'a Contender) -> anyhow::Result<Self> {
        let database = contender.database();
        execute(&server.admin, &format!("drop database if exists {database} (force)")).await?;
        let create = format!("create database {database} template {database}_template");
        let mut attempts = 50;
        // The connection of the setup program may take a moment to close.
        while let Err(error) = execute(&server.admin, &create).await {
            attempts -= 1;
            ensure!(attempts > 0, "{error:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let url = server.url(&database);
        let db = PgPoolOptions::new().max_connections(4).connect(&url).await?;
        Ok(Self { contender, url, db, server, database })
    }

    /// Enqueues jobs of one account, to be drained.
    pub(crate) async fn enqueue_backlog(&self, jobs: u32) -> anyhow::Result<()> {
        let args = program::EnqueueArgs { jobs, by: BACKLOG_BATCH, connections: 4, ..program::EnqueueArgs::default() };
        program::enqueue(self, &args).await.map(drop)
    }

    /// Prepares a measurement: updates the statistics of the planner, and writes a checkpoint.
    pub(crate) async fn analyze_and_checkpoint(&self) -> anyhow::Result<()> {
        execute(&self.db, "analyze").await?;
        execute(&self.db, "checkpoint").await
    }

    /// Returns how many of `jobs` jobs are completed.
    pub(crate) async fn completed(&self, jobs: u32) -> anyhow::Result<i64> {
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(self.contender.completed)).bind(i64::from(jobs));
        count.fetch_one(&self.db).await.context("counting completed jobs")
    }

    /// Waits until all of `jobs` jobs are completed.
    pub(crate) async fn wait_until_completed(&self, jobs: u32, timeout: Duration) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let completed = self.completed(jobs).await?;
            if completed >= i64::from(jobs) {
                return Ok(());
            }
            ensure!(start.elapsed() < timeout, "only {completed} of {jobs} jobs were completed within {timeout:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits for the same without taking processor time from what is measured: it counts more often towards the end.
    pub(crate) async fn watch_until_completed(&self, jobs: u32, timeout: Duration) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let completed = self.completed(jobs).await?;
            if completed >= i64::from(jobs) {
                return Ok(());
            }
            let elapsed = start.elapsed();
            ensure!(elapsed < timeout, "only {completed} of {jobs} jobs were completed within {timeout:?}");
            let completed = f64::from(u32::try_from(completed)?).max(1.0);
            let rest = elapsed.mul_f64((f64::from(jobs) / completed - 1.0).min(100.0));
            tokio::time::sleep(rest.mul_f64(0.7).clamp(*PAUSES.start(), *PAUSES.end())).await;
        }
    }

    /// Returns the position in the write-ahead log of the whole server, in bytes.
    pub(crate) async fn wal_position(&self) -> anyhow::Result<f64> {
        let position = "select (pg_current_wal_lsn() - '0/0')::float8";
        Ok(sqlx::query_scalar(position).fetch_one(&self.db).await?)
    }

    /// Returns the number of transactions committed in this database.
    pub(crate) async fn commits(&self) -> anyhow::Result<f64> {
        let commits = "select xact_commit::float8 from pg_stat_database where datname = current_database()";
        // A backend reports its statistics once a second, or when it ends.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        Ok(sqlx::query_scalar(commits).fetch_one(&self.db).await?)
    }

    /// Audits the database if the contender has an audit, and drops it.
    pub(crate) async fn drop_database(self) -> anyhow::Result<()> {
        let violations = match self.contender.audit {
            Audit::Available => program::audit(self.contender, &self.url).await?,
            Audit::None => Vec::new(),
        };
        self.db.close().await;
        execute(&self.server.admin, &format!("drop database if exists {} (force)", self.database)).await?;
        ensure!(violations.is_empty(), Violated(violations));
        Ok(())
    }
}

/// Executes a statement that contains no text from outside the benchmark.
pub(crate) async fn execute(db: &PgPool, statement: &str) -> anyhow::Result<()> {
    let result = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(db).await;
    result.map(drop).with_context(|| format!("executing: {statement}"))
}
