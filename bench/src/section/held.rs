//! A held transaction: what a transaction that is open for minutes does to the claim.
//!
//! It is a snapshot in the contender's own database that locks none of its tables, as a report
//! or a forgotten session would. Rows that die after it cannot be vacuumed.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{Instant, sleep_until};

use super::{Context, jobs_for};
use crate::contenders::Contender;
use crate::database::{BenchDatabase, execute};
use crate::plan::{Plan, Section};
use crate::program::{self, EnqueueArgs, WorkerProcess};
use crate::server::Server;
use crate::table::Table;

/// How many contenders are measured at once, each in a database of its own: the load of each is light.
const AT_ONCE: usize = 4;

/// Jobs per second.
const RATE: f64 = 200.0;

/// Slots.
const SLOTS: u16 = 4;

/// What the claims of a contender have cost so far.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Claims {
    calls: f64,
    ms: f64,
    blocks: f64,
}

/// The measured values.
struct HeldCosts {
    early: Claims,
    late: Claims,
    dead: f64,
    waiting: f64,
}

pub(super) async fn measure(server: &Server, plan: &Plan, contenders: &[&'static Contender], table: &mut Table) {
    for group in contenders.chunks(AT_ONCE) {
        let mut futures = Vec::new();
        for contender in group.iter().copied() {
            futures.push(Box::pin(measure_one(Context { server, plan, contender })));
        }
        for (contender, costs) in group.iter().zip(join_all(futures).await) {
            match costs {
                Ok(costs) => add_figures(contender, &costs, table),
                Err(error) => table.add_gap(contender, Some(Section::Held), &error),
            }
        }
    }
}

/// Awaits up to [`AT_ONCE`] futures at once.
async fn join_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures = futures.into_iter();
    let (first, second, third, fourth) = (futures.next(), futures.next(), futures.next(), futures.next());
    let await_if = async |future: Option<_>| match future {
        Some(future) => Some(future.await),
        None => None,
    };
    let (first, second, third, fourth) =
        tokio::join!(await_if(first), await_if(second), await_if(third), await_if(fourth));
    [first, second, third, fourth].into_iter().flatten().collect()
}

async fn measure_one(context: Context<'_>) -> anyhow::Result<HeldCosts> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    execute(&database.db, "create table bystander ()").await?;
    database.analyze_and_checkpoint().await?;
    let mut worker = WorkerProcess::ready(&database, SLOTS, 0, false).await?;
    let mut transaction = database.db.begin_with("begin isolation level repeatable read").await?;
    sqlx::query("select 1 from bystander").execute(&mut *transaction).await?;
    worker.go().await?;
    let jobs = jobs_for(RATE, context.plan.held.as_secs_f64(), 100..=1_000_000);
    let args = EnqueueArgs { jobs, rate: Some(RATE), ..EnqueueArgs::default() };
    let (enqueued, samples) = tokio::join!(program::enqueue(&database, &args), sample_claims(&database, context.plan));
    enqueued?;
    let (early, late) = samples?;
    let dead = dead_tuples(&database.db).await?;
    let waiting = f64::from(jobs) - f64::from(u32::try_from(database.completed(jobs).await?)?);
    transaction.rollback().await?;
    worker.stop().await?;
    database.drop_database().await?;
    Ok(HeldCosts { early, late, dead, waiting })
}

/// Returns what claims cost in the first part, and in the last.
async fn sample_claims(database: &BenchDatabase<'_>, plan: &Plan) -> anyhow::Result<(Claims, Claims)> {
    let start = Instant::now();
    let part = plan.held_window();
    let mut samples = Vec::new();
    for offset in [Duration::ZERO, part, plan.held.saturating_sub(part), plan.held] {
        sleep_until(start + offset).await;
        samples.push(claims(database).await?);
    }
    let [zero, early, before, late] = samples.as_slice() else { anyhow::bail!("expected four samples") };
    Ok((early.since(zero), late.since(before)))
}

async fn claims(database: &BenchDatabase<'_>) -> anyhow::Result<Claims> {
    let statement = "
        select
            coalesce(sum(calls), 0)::float8 as calls,
            coalesce(sum(total_exec_time), 0)::float8 as ms,
            coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as blocks
        from pg_stat_statements
        where toplevel and query ilike $1
            and dbid = (select oid from pg_database where datname = current_database())";
    Ok(sqlx::query_as(statement).bind(database.contender.claim).fetch_one(&database.db).await?)
}

impl Claims {
    fn since(self, earlier: &Self) -> Self {
        Self { calls: self.calls - earlier.calls, ms: self.ms - earlier.ms, blocks: self.blocks - earlier.blocks }
    }
}

async fn dead_tuples(db: &PgPool) -> anyhow::Result<f64> {
    // Backends report their statistics once a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let dead = "select coalesce(sum(n_dead_tup), 0)::float8 from pg_stat_user_tables";
    Ok(sqlx::query_scalar(dead).fetch_one(db).await?)
}

fn add_figures(contender: &Contender, costs: &HeldCosts, table: &mut Table) {
    let per_claim = |claims: &Claims, amount: f64| amount / claims.calls;
    let cases = [
        ("claim, first part", "ms", per_claim(&costs.early, costs.early.ms)),
        ("claim, last part", "ms", per_claim(&costs.late, costs.late.ms)),
        ("blocks per claim, first part", "blocks", per_claim(&costs.early, costs.early.blocks)),
        ("blocks per claim, last part", "blocks", per_claim(&costs.late, costs.late.blocks)),
        ("claims, last part", "calls", costs.late.calls),
        ("dead tuples at the end", "rows", costs.dead),
        ("jobs not completed at the end", "jobs", costs.waiting.max(0.0)),
    ];
    for (case, unit, value) in cases {
        table.add(Section::Held, contender, case, unit, vec![value]);
    }
}
